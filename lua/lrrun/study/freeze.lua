--- A trial as a recipe file of its own: the study's recipe, unchanged, inside a call that
--- puts the chosen values in the place of its dimensions. Layer: study.

local about = require "lrrun.study.about"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local resolve = require "lrrun.recipe.resolve"
local options = require "lrrun.util.options"
local request = require "lrrun.recipe.request"
local sorted = require "lrrun.util.sorted"

local freeze = {}

local LONG = 300 -- bytes of changes that stand in one line

local FIXED = options.constructor {
  name = "search.fixed",
  doc = "What a search found for a recipe: lrrun search --freeze writes it.",
  opaque = true,
  keys = {
    { "seed", "integer", min = 0, doc = "of the trial" },
    { "params", "table", required = true, doc = "value of each dimension by its name" },
    { "set", "list", of = "string", default = {}, doc = "changes as --set has them" },
    { "epochs", "integer", min = 1, doc = "length as --epochs has it" },
    { "portable", "boolean", doc = "as --portable" },
    { "precision", "string", choices = { "f32", "bf16" }, doc = "as --precision" },
    -- Not written as long as there is one format alone.
    { "format", "integer", min = 1, max = request.FORMAT, default = 1, doc = "of these keys" },
  },
}

-- Changes of the command line that may be of option()s, which the function asks for: they hold
-- against those that were frozen. Changes of keys are made once the recipe is there.
local function asked_now()
  require "lrrun.recipe" -- whose keys these are
  local out, keys = {}, options.registry.recipe.by_name
  for _, item in ipairs(current.request().overrides) do
    out[#out + 1] = not item.path:find(".", 1, true) and not keys[item.path] and item or nil
  end
  return out
end

--- search.fixed({ params = ..., seed = ... }, function(...) return recipe { ... } end): the
--- recipe with these values and no dimension left.
function freeze.fixed(given, f)
  local o = FIXED(given).opts
  if type(f) ~= "function" then
    errors.raise(nil, "search.fixed: the second argument is %s, want a function that returns a "
      .. "recipe", errors.show(f))
  end
  local asked = request.read("fixed", o, current.request())
  local more = asked_now()
  local list = table.move(asked.overrides or {}, 1, #(asked.overrides or {}), 1, {})
  asked = asked:with { overrides = table.move(more, 1, #more, #list + 1, list) }
  return current.with({ request = asked }, function()
    return resolve.filled(f(table.unpack(asked.args or {})))
  end)
end

local function literal(value)
  if type(value) == "string" then
    return ("%q"):format(value)
  elseif type(value) == "number" then
    return json.number(value)
  end
  return tostring(value)
end

local function header(study, trial)
  local promise = ("-- lrrun with this file gives its digest again: %s"):format(trial.digest)
  local k, repeats = study.set.k_fold, study.set.repeats
  if repeats then
    promise = ("-- The value is the mean over %d seeds; lrrun with this file trains the first of "
      .. "them."):format(repeats)
  elseif k then
    promise = ("-- The value is the mean over %d folds; lrrun with this file trains what the "
      .. "recipe says."):format(k)
  elseif trial.state ~= "complete" then
    promise = "-- The search ended it there; lrrun with this file trains it to its end."
  end
  local figures = {}
  for i, item in ipairs(study.set.objectives or { { monitor = study.set.monitor } }) do
    local value = study.set.objectives and trial.objectives[i] or trial.value
    figures[i] = ("%s %s"):format(item.monitor, json.number(math.tointeger(value) or value))
  end
  return {
    ("-- Trial %d of the study '%s': %s after %s."):format(trial.number, study.name,
      table.concat(figures, ", "), counted(trial.epochs or "?", "epoch")),
    promise,
    "-- The function holds the recipe as it was; above it stand the values that were found.",
    "",
  }
end

-- Defaults of before that hold for a study (study.unsaid), and the schedules that a population came
-- to, as --set has them.
local function set_of(study, trial)
  local out = table.move(trial.changes or {}, 1, #(trial.changes or {}), 1, {})
  for _, item in ipairs(study.unsaid or {}) do
    out[#out + 1] = ("data.%s=%s"):format(item[1], tostring(item[2]))
  end
  return out
end

--- The text of a recipe that is the request's, with its values and changes above it.
---@param now table a request
---@param lines string[] what stands before it
---@param held string[]? more changes, as --set has them
---@return string
function freeze.of(now, lines, held)
  local said = now:plain "fixed"
  said.set = table.move(said.set, 1, #said.set, #(held or {}) + 1, held or {})
  local function add(fmt, ...)
    lines[#lines + 1] = fmt:format(...)
  end
  add "return search.fixed({"
  if said.seed then
    add("  seed = %d,", said.seed)
  end
  add "  params = {"
  for name, value in sorted.pairs(said.params or {}) do
    add("    [%q] = %s,", name, literal(value))
  end
  add "  },"
  if said.set[1] then
    local items = {}
    for i, text in ipairs(said.set) do
      items[i] = ("%q"):format(text)
    end
    local text = table.concat(items, ", ")
    local breaks = #text > LONG
    add(breaks and "  set = {\n    %s,\n  }," or "  set = { %s },",
      breaks and table.concat(items, ",\n    ") or text)
  end
  if said.epochs then
    add("  epochs = %d,", said.epochs)
  end
  if said.portable then
    add "  portable = true,"
  end
  if said.precision then
    add("  precision = %q,", said.precision)
  end
  add "}, function(...)"
  lines[#lines + 1] = now.recipe_text:gsub("^#[^\n]*", ""):gsub("%s+$", "")
  add "end)"
  return table.concat(lines, "\n") .. "\n"
end

--- The text of the recipe that is `trial` of `study`.
function freeze.text(study, trial)
  return freeze.of(about.request(about.read(study.folder), current.request()):with {
    choices = trial.params, seed = trial.seed,
  }, header(study, trial), set_of(study, trial))
end

return freeze
