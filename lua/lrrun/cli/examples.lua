--- Examples for each verb, the first thing that its help shows: commands as they are typed, and
--- what they do. tests/spec/cli/examples_spec.lua runs them. Layer: cli.

return {
  run = {
    { "lrrun recipe.lua", "trains" },
    { "lrrun recipe.lua --set optimizer.lr=0.01 --epochs 5", "with another rate and length" },
  },
  plan = { { "lrrun plan recipe.lua", "layers, shapes, memory and rates, without training" } },
  range = { { "lrrun range recipe.lua --seeds 3", "the median of three tests" } },
  probe = {
    { "lrrun probe recipe.lua --at init,25%,end", "trains in memory and measures three times" },
    { "lrrun probe runs/recipe-1", "looks at the checkpoints that the run has kept" },
  },
  advise = {
    { "lrrun advise recipe.lua", "a rate, for what three runs cost" },
    { "lrrun advise recipe.lua --budget '10 min' --freeze tuned.lua",
      "in ten minutes, and the recipe with the rate in it" },
  },
  sensitivity = { { "lrrun sensitivity recipe.lua --with optimizer=adam,sgd{momentum=0.9}",
    "the loss over the rate, a curve for each optimizer" } },
  coord = { { "lrrun coord wide.lua --widths 1,2,4",
    "of a recipe with transfer = { kind = \"mup\" }" } },
  search = { { "lrrun search recipe.lua --strategy random --trials 20 --freeze best.lua",
    "tries 20 points, and writes the recipe with the best" } },
  resume = { { "lrrun resume runs/recipe-1", "goes on where it was interrupted" } },
  ["verify-resume"] = { { "lrrun verify-resume recipe.lua", "stops, resumes and compares" } },
  extend = { { "lrrun extend runs/recipe-1 --epochs +2 --via rewarm",
    "two epochs more, with a new warmup" } },
  continue = { { "lrrun continue runs/recipe-1 --lr 3e-4 --epochs +2",
    "two epochs more, at another rate" } },
  eval = {
    { "lrrun eval runs/recipe-1", "every metric, of the test part or the validation's" },
    { "lrrun eval runs/recipe-1 --input mine.csv", "of other rows with targets" },
  },
  predict = { { "lrrun predict runs/recipe-1 --input mine.csv -o answers.csv --keep",
    "the table with a label and probabilities for each row" } },
  generate = { { "lrrun generate runs/book-1 --prompt 'The ' --tokens 100",
    "of a model of language" } },
  compare = { { "lrrun compare runs/*", "all runs of a folder, as a table" } },
  diff = { { "lrrun diff runs/recipe-1 runs/recipe-2", "what differs, and where first" } },
  report = { { "lrrun report runs/recipe-1 -o page.html", "one page with curves" } },
  pack = { { "lrrun pack runs/recipe-1 -o exp.yaml --weights", "to share" } },
  replay = { { "lrrun replay exp.yaml", "trains again and checks every figure" } },
  data = {
    { "lrrun data", "the data sets that are known, and where they are" },
    { "lrrun data mine.csv --set target=kind", "what a recipe would make of the table" },
  },
  init = {
    { "lrrun init first", "a recipe for handwritten digits: first.lua" },
    { "lrrun init mine --data mine.csv", "a recipe for a table of one's own" },
    { "lrrun init price --data mine.csv --set target=a", "with that column as what is learnt" },
  },
  trust = { { "lrrun trust recipe.lua", "it runs without the sandbox until it changes" },
    { "lrrun trust --list", "what is trusted" } },
  help = {
    { "lrrun help nn.conv2d", "keys of a layer" },
    { "lrrun help lr", "everything called so" },
    { "lrrun help --html -o help.html", "all of help as one page" },
  },
}
