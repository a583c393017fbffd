--- What the command line says about this process: flags that recipes and scripts feel.
--
-- Fields, all optional: overrides (list of --set), seed, epochs, data_dir, out_dir, threads,
-- portable, trusted, recipe_dir, recipe_path, recipe_text, name, out (lrrun.cli.output), choices
-- (path -> value of a search dimension), args (words after "--"), required (name -> text of
-- files that the recipe required), sources (the same of a run that goes on: these are taken in
-- the place of files), script (true while the recipe's script runs), fits (its train.fit so
-- far), results (of these), capture (train/captured.lua). Set by cli and sandbox, read by
-- recipe, train and search. Layer: util.

return { overrides = {} }
