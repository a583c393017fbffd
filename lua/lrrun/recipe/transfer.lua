--- `transfer` of a recipe: what it says, and the network of its base.
--
-- The base is the same recipe with other values of options or keys: the script is read once more
-- under them, as if --set had said so, and its model is the base network. What differs between the
-- two networks is the width (lrrun.nn.widths). Layer: recipe.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local plain = require "lrrun.recipe.plain"
local script = require "lrrun.recipe.script"
local sorted = require "lrrun.util.sorted"

local transfer = {}

local function check_base(o, fail)
  if not o.base and not o.network then
    fail("base", "is missing: it takes the width at which the recipe is tuned, as in base = { "
      .. "width = 64 } beside option(\"width\", 256)")
  elseif o.base and next(o.base) == nil then
    fail("base", "is empty: want the names of what is narrower, as in { width = 64 }")
  end
  for name, item in pairs(o.base or {}) do
    if type(name) ~= "string" then
      fail("base", "has the key %s, want the name of an option() or a key of the recipe",
        errors.show(name))
    elseif type(item) ~= "number" and type(item) ~= "string" and type(item) ~= "boolean" then
      fail("base", "has %s = %s, want a number", name, errors.show(item))
    end
  end
end

--- The constructor of the recipe's table.
transfer.new = options.constructor {
  name = "transfer",
  doc = "What is tuned on a narrow network holds for wide ones: starts, rates and forward factors "
    .. "of each tensor by the maximal update parametrisation (lrrun help mup).",
  source = "Yang et al., Tensor Programs V, NeurIPS 2021 (arXiv 2203.03466)",
  opaque = true, -- the base has the dimensions of the recipe, which are searched once
  keys = {
    { "kind", "string", choices = { "mup", "none" }, required = true,
      doc = "mup: maximal update parametrisation; none: all as it is without, to compare" },
    { "base", "table", form = "a table, as { width = 64 }",
      doc = "what makes the network narrower, by names of option() or keys of the recipe: "
        .. "{ width = 64 }" },
    { "network", "value", kinds = { "nn." },
      doc = "the narrower network itself, where functions of the recipe make it; follows from base "
        .. "without it" },
  },
  check = check_base,
}

-- A value as --set has it.
local function text_of(item)
  return math.type(item) == "float" and ("%.17g"):format(item) or tostring(item)
end

-- The changes of the base: of options, and of keys.
local function changes_of(t, asked)
  local of_options, of_keys = {}, {}
  for name, item in sorted.pairs(t.opts.base) do
    local change = { path = name, text = text_of(item) }
    local list = asked[name] and of_options or of_keys
    list[#list + 1] = change
  end
  return of_options, of_keys
end

local function check_options(t, list, values)
  for _, change in ipairs(list) do
    local item, now = t.opts.base[change.path], values[change.path]
    if type(item) ~= type(now) then
      errors.raise(t.where, "transfer: 'base' has %s = %s, and the option is %s", change.path,
        errors.show(item), errors.show(now))
    end
  end
end

-- Names without a dot that are neither keys nor options.
local function check_keys(t, r, list, names)
  for _, change in ipairs(list) do
    if not change.path:find(".", 1, true) and not options.descriptor(r).by_name[change.path] then
      errors.raise(t.where, "transfer: 'base' names '%s', and the script asks for no option() of "
        .. "that name%s", change.path, names[1] and errors.after_hint(
          errors.hint(change.path, names), "its options are " .. table.concat(names, ", "))
          or (": want local %s = option(%q, %s)"):format(change.path, change.path, change.text))
    end
  end
end

-- The recipe that the script gives under other options.
local function read_again(t, list, number)
  local now, running = current.request(), current.script()
  if running.runs and not number then
    errors.raise(t.where, "transfer: 'base' wants the script to be read once more for its recipe, "
      .. "and here it is in the midst of it: want network = the narrower network, or a recipe that "
      .. "the script returns or gives to train.fit")
  end
  local all = table.move(now.overrides, 1, #now.overrides, 1, {})
  table.move(list, 1, #list, #all + 1, all)
  return current.with({
    request = now:with { overrides = all },
    script = script.new { wanted = number or running.first_wanted, is_base = true },
  }, function()
    return require("lrrun.recipe.resolve").again(now.recipe_path, { text = now.recipe_text,
      seed = now.seed, args = now.args, folder = now.recipe_dir })
  end)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for key, item in pairs(a) do
    if not same(item, b[key]) then
      return false
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false
    end
  end
  return true
end

-- An option that the network does not hang on makes no base.
local function check_narrower(t, r, network, list, values)
  for _, change in ipairs(list) do
    local item = t.opts.base[change.path]
    if values[change.path] ~= item and same(plain(r.opts.model), plain(network)) then
      errors.raise(t.where, "transfer: the network with %s = %s is that of the base, %s = %s: "
        .. "nothing in it goes by that option", change.path, text_of(values[change.path]),
        change.path, text_of(item))
    end
  end
end

-- The base network of a resolved recipe.
local function network_of(t, r, evaluate, number)
  local asked, values = current.script().asked, current.script().values
  local of_options, of_keys = changes_of(t, asked)
  check_options(t, of_options, values)
  check_keys(t, r, of_keys, sorted.keys(asked))
  local base = of_options[1] and read_again(t, of_options, number) or r
  local network = overrides.apply(base, of_keys, evaluate).opts.model
  check_narrower(t, r, network, of_options, values)
  return network
end

--- The resolved recipe with the network of its base, where it has one.
---@param r table
---@param evaluate fun(text: string): any of --set
---@param resolve fun(value: table): table a layer with its search dimensions filled in
---@param number integer? which train.fit of the script that runs it is
---@return table
function transfer.settle(r, evaluate, resolve, number)
  local t = r.opts.transfer
  if not t or current.script().is_base then
    return r
  end
  local network
  if t.opts.base then
    network = network_of(t, r, evaluate, number)
  else
    network = resolve(t.opts.network)
  end
  return options.with(r, { transfer = options.with(t, { network = network }) })
end

return transfer
