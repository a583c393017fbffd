--- What the command line says about this process: flags that recipes and scripts feel.
--
-- Fields, all optional: overrides (list of --set), seed, epochs, data_dir, out_dir, threads,
-- portable, trusted, recipe_dir, recipe_path, recipe_text, name, out (lrrun.cli.output),
-- choices (path -> value of a search dimension), args (words after "--"). Set by cli, read by
-- recipe, train and search. Layer: util.

return { overrides = {} }
