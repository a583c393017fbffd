--- What help says in words of its own: first steps, and a sentence on keys that many constructors
--- have. Layer: cli.

return {
  first_steps = {
    { "lrrun init --data mine.csv", "writes a first recipe for your data" },
    { "lrrun init", "... or for handwritten digits" },
    { "lrrun recipe.lua", "trains it" },
    { "lrrun plan recipe.lua", "shows it without training" },
    { "lrrun advise recipe.lua", "finds its best learning rate" },
    { "lrrun report runs/NAME-1", "a page of what came out" },
    { "lrrun predict runs/NAME-1 --input F", "applies the trained model" },
  },
  sentences = {
    lr = "The learning rate: how far an update moves the weights. It is the optimizer's, as in "
      .. "optim.adam { lr = 1e-3 }; the recipe's schedule moves it; lrrun advise finds the best.",
    metrics = "What a run is measured by beside its loss: metrics = { 'f1', 'val_auc' } in recipe.",
    batch = "Samples of an update: data.csv { 'a.csv', batch = 32 }.",
    epochs = "How often a run goes through its training data: epochs = 20 in recipe.",
    monitor = "The metric that is watched: stop.early { monitor = 'val_loss', patience = 5 }.",
    patience = "How many evaluations without a better one are waited for.",
  },
}
