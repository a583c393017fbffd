--- A trial as a recipe file of its own: the study's recipe, unchanged, inside a call that
--- puts the chosen values in the place of its dimensions. Layer: study.

local about = require "lrrun.study.about"
local context = require "lrrun.util.context"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local load_recipe = require "lrrun.recipe.resolve"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local sorted = require "lrrun.util.sorted"

local freeze = {}

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
  },
}

local KEYS = { "overrides", "epochs", "seed", "portable", "choices" }

--- search.fixed({ params = ..., seed = ... }, function(...) return recipe { ... } end): the
--- recipe with these values and no dimension left.
function freeze.fixed(given, f)
  local o = FIXED(given).opts
  if type(f) ~= "function" then
    errors.raise(nil, "search.fixed: the second argument is %s, want a function that returns a "
      .. "recipe", errors.show(f))
  end
  local before = {}
  for _, key in ipairs(KEYS) do
    before[key] = context[key]
    context[key] = nil
  end
  local list = table.move(o.set, 1, #o.set, 1, {})
  list[#list + 1] = o.seed and ("seed=%d"):format(o.seed)
  context.overrides, context.epochs = overrides.parse(list), o.epochs
  context.portable, context.choices = o.portable, o.params
  local result = table.pack(pcall(function()
    return load_recipe.resolve(f(table.unpack(context.args or {})))
  end))
  for _, key in ipairs(KEYS) do
    context[key] = before[key]
  end
  if not result[1] then
    error(result[2], 0)
  end
  return result[2]
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
  if trial.state ~= "complete" then
    promise = "-- The search ended it there; lrrun with this file trains it to its end."
  end
  return {
    ("-- Trial %d of the study '%s': %s %s after %s epochs."):format(trial.number, study.name,
      study.set.monitor, json.number(trial.value), trial.epochs or "?"),
    promise,
    "-- The function holds the recipe as it was; above it stand the values that were found.",
    "",
  }
end

--- The text of the recipe that is `trial` of `study`.
function freeze.text(study, trial)
  local kept = about.read(study.folder)
  local lines = header(study, trial)
  local function add(fmt, ...)
    lines[#lines + 1] = fmt:format(...)
  end
  add "return search.fixed({"
  add("  seed = %d,", trial.seed)
  add "  params = {"
  for name, value in sorted.pairs(trial.params) do
    add("    [%q] = %s,", name, literal(value))
  end
  add "  },"
  if kept.overrides[1] then
    local items = {}
    for i, text in ipairs(kept.overrides) do
      items[i] = ("%q"):format(text)
    end
    add("  set = { %s },", table.concat(items, ", "))
  end
  if kept.epochs then
    add("  epochs = %d,", kept.epochs)
  end
  if kept.portable then
    add "  portable = true,"
  end
  add "}, function(...)"
  lines[#lines + 1] = file.read(study.folder .. "/recipe.lua"):gsub("^#[^\n]*", ""):gsub("%s+$", "")
  add "end)"
  return table.concat(lines, "\n") .. "\n"
end

--- Writes it.
function freeze.write(path, study, trial)
  file.write(path, freeze.text(study, trial))
end

return freeze
