--- A recipe's script while it runs, and what is left of it afterwards: the names that it asked
--- for, files that it required, its trainings.
--
-- A script may be run for its trainings (counted, their results kept), or again for the sake
-- of its recipes alone: then nothing trains (lrrun.train.captured). Layer: recipe.

local errors = require "lrrun.util.errors"
local sorted = require "lrrun.util.sorted"

local Script = {}
local Mt = { __index = Script }

local script = {}

--- opts: wanted = which of its train.fit is the recipe that is wanted: the script ends there;
--- collects = true: every recipe that it trains is put into `recipes`, and none is trained.
--- studied_by = the verb that reads it once for each trial of a study; is_base = it is read for the
--- base of a recipe that is at hand already (lrrun.recipe.transfer).
---@param opts { wanted: integer?, collects: boolean?, studied_by: string?, is_base: boolean? }?
function script.new(opts)
  opts = opts or {}
  return setmetatable({
    fits = 0, results = {}, summaries = {}, required = {}, asked = {}, values = {}, changed = {},
    said = {}, wanted = opts.wanted, first_wanted = opts.wanted,
    recipes = opts.collects and {} or nil,
    studied_by = opts.studied_by, is_base = opts.is_base,
  }, Mt)
end

--- Runs f, the script itself; trainings count until it ends.
---@param f function
function Script:run(f)
  self.runs = true
  local value = f()
  self.runs = nil
  return value
end

--- Whether it is run for the sake of its recipes: nothing may train.
function Script:only_looks()
  return self.wanted ~= nil or self.recipes ~= nil
end

--- Raises where a training with a run folder of its own would be made again for each trial.
---@param who string for the message
function Script:check_fit(who)
  if self.studied_by then
    errors.raise(nil, "%s: lrrun %s reads this file once for each trial, and would train this "
      .. "every time: put it into a file of its own, or leave its folder out (record = false)",
      who, self.studied_by)
  end
end

--- Another train.fit begins.
function Script:count_fit()
  self.fits = self.fits + (self.runs and 1 or 0)
end

--- Which of its trainings is under way, from 1; nil where the script itself does not train.
---@return integer?
function Script:fit_number()
  return self.runs and self.fits or nil
end

--- The number that its next training has, likewise.
---@return integer?
function Script:next_fit()
  return self.runs and self.fits + 1 or nil
end

--- The script made a recipe there.
---@param where string? "recipe.lua:3"
function Script:make_recipe(where)
  self.made = where or true
end

--- A recipe of it is trained, tested for its rate, searched or shown.
function Script:take_recipe()
  self.taken = true
end

--- Where it made a recipe of which nothing came, or nil: `return` is easily left out.
---@return string?
function Script:forgotten()
  return not self.taken and type(self.made) == "string" and self.made or nil
end

--- The result of a training, for --json of the script.
function Script:keep(result)
  if self.runs then
    self.results[#self.results + 1] = result
  end
end

--- What several of its trainings come to, for --json of the script.
function Script:sum_up(summary)
  if self.runs then
    self.summaries[#self.summaries + 1] = summary
  end
end

--- A recipe that is not trained: noted, or the one that is wanted, where the script ends.
---@param recipe table
function Script:meet(recipe)
  if self.recipes then
    self.recipes[#self.recipes + 1] = recipe
    return
  end
  self.wanted = self.wanted - 1
  if self.wanted <= 0 then
    self.found = self.found or recipe
    error("the recipe is found", 0)
  end
end

--- Whether a text is said for the first time: a script may train many times on the same data.
---@param text string
---@return boolean
function Script:says(text)
  local new = not self.said[text]
  self.said[text] = true
  return new
end

--- The script required the file `name`.
---@param name string below the recipe's folder
---@param text string
function Script:note_required(name, text)
  self.required[name] = text
end

--- The files that it required, name -> text, or nil.
---@return table<string, string>?
function Script:files()
  return next(self.required) and self.required or nil
end

--- The script asked for option(name), and got this value: --set name=... is no key of its recipe.
function Script:ask(name, value)
  self.asked[name], self.values[name] = true, value
end

--- --set path=... changed a recipe.
function Script:change(path)
  self.changed[path] = true
end

--- The names of option() that it asked for.
---@return string[]
function Script:names()
  return sorted.keys(self.asked)
end

--- Raises where a change of the command line went nowhere: for a script that gave no recipe.
---@param list { path: string, text: string }[]
function Script:check_used(list)
  for _, item in ipairs(list) do
    if not self.asked[item.path] and not self.changed[item.path] then
      errors.raise("--set " .. item.path .. "=" .. item.text,
        "the script asks for no option() '%s'%s", item.path,
        errors.hint(item.path, self:names()))
    end
  end
end

return script
