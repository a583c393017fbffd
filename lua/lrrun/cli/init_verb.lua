--- The verb init, for verbs.lua. Layer: cli.

return {
  "init", args = { 0, 1, "[NAME]" }, module = "lrrun.cli.init_recipe",
  fixed = "it reads no recipe", but = "set",
  doc = "writes a first recipe, fitted to your data, that runs as it is",
  about = [[
NAME.lua (recipe.lua without one; a path as in project/NAME makes the folder) is a recipe with
comments, for what --data names: a table (.csv, .tsv, .gz), arrays (.npz; x.npy with y.npy beside
it, or their folder), a text, a folder with a folder of pictures or texts for each class, a folder
of texts, the folder of CIFAR-10 (binary), MNIST, Fashion-MNIST or aclImdb; without it, for
handwritten digits that are part of lrrun. Which column is the target, which columns are left out
and the like is guessed, and said with the key that changes it; --set gives keys of data.csv for
it: --set target=price. Beside it are .luarc.json and types/lrrun.lua, with which editors complete
recipes. Nothing that is there is written over.]],
  flags = {
    { "data", "FILE|FOLDER", doc = "the data that the recipe is for; default: handwritten digits" },
  },
}
