--- The keys that `--set KEY=VALUE` may change, for shells: those of the recipe that stands in the
-- command line, with what its script asks by option(), or those of any recipe.
--
-- A shell asks while somebody types: the recipe is anybody's. So it runs in the sandbox, trusted
-- or not, and only where the kernel guards files and calls, for half a second of Lua, in a
-- small memory; nothing in it trains. Layer: cli.

local errors = require "lrrun.util.errors"
local language = require "lrrun.language"
local limits = require "lrrun.limits"
local options = require "lrrun.util.options"
local script = require "lrrun.recipe.script"
local setup = require "lrrun.cli.setup"
local sorted = require "lrrun.util.sorted"
local types = require "lrrun.util.types"

-- Methods of strings are the sandbox's once a recipe ran, and raise where it passed a limit.
local find, format, match, sub = string.find, string.format, string.match, string.sub

local keys = {}

local LIMITS = { memory = 1 << 30, ["lua-memory"] = 1 << 26, ["lua-seconds"] = 0.5, log = 1 << 10 }
local DEPTH = 2 -- "optimizer.lr"; what is deeper is shown to who has begun with it

local SILENT = {}
for _, name in ipairs { "print", "note", "say", "warn", "settle", "write" } do
  SILENT[name] = function() end
end

-- The recipe of a file, or nil, and the script that was run for it.
local function run(seen)
  local flags = {}
  for name, value in pairs(LIMITS) do
    flags[name] = value
  end
  flags.sandbox, flags.data, flags.out, flags.threads = "require", seen.flags.data,
    seen.flags.out, 1
  limits.begin(flags)
  local runs = script.new { collects = true }
  -- Not errors.try: a recipe that was stopped is one that said nothing.
  local ok, value = errors.raw_pcall(setup.script, { verb = "complete", args = { seen.recipe },
    flags = flags, rest = {}, out = SILENT }, { script = runs })
  value = ok and value or runs.recipes[1]
  return options.is_value(value, "recipe") and value or nil, runs
end

-- What a key takes, once it is typed as far as the "=".
local function add_choices(list, path, rule)
  for _, choice in ipairs(rule.choices or {}) do
    list[#list + 1] = { path .. "=" .. choice }
  end
  if rule[2] == "boolean" then
    list[#list + 1] = { path .. "=true" }
    list[#list + 1] = { path .. "=false" }
  end
end

local function add_key(list, path, rule, typed)
  if typed == path then
    add_choices(list, path, rule)
  else
    list[#list + 1] = { path .. "=", format("%s; %s", types.describe(rule),
      types.default_text(rule)) }
  end
end

-- Keys of a constructor without a value of it.
local function add_names(list, name, path, typed)
  for _, rule in ipairs(options.registry[name].keys) do
    add_key(list, path .. rule[1], rule, typed)
  end
end

-- Keys of a value and of what it holds. typed: what stands before the "=".
local function add_value(list, value, path, depth, word, typed)
  local desc = options.descriptor(value)
  local function enter(child, name)
    local inner = path .. name
    if depth < DEPTH and name ~= "" and not find(name, "^%d")
      or sub(word, 1, #inner + 1) == inner .. "." then
      add_value(list, child, inner .. ".", depth + 1, word, typed)
    end
  end
  if not desc then
    for i, child in ipairs(type(value) == "table" and getmetatable(value) == nil and value or {}) do
      enter(child, format("%d", i))
    end
    return
  elseif desc.dimension then
    return
  end
  for _, rule in ipairs(desc.keys) do
    if rule[1] ~= desc.rest then
      add_key(list, path .. rule[1], rule, typed)
      if path == "" and options.registry[rule[1]] then -- clip.norm
        add_names(list, rule[1], rule[1] .. ".", typed)
      end
      enter(value.opts[rule[1]], rule[1])
    end
  end
  for i, child in ipairs(desc.rest and value.opts[desc.rest] or {}) do
    enter(child, format("%d", i))
  end
end

local function add_recipe(list, seen, typed)
  local any = {}
  add_names(any, "recipe", "", typed) -- now: once a recipe was stopped nothing is to be described
  local recipe, runs = run(seen)
  for name, value in sorted.pairs(runs.values) do
    list[#list + 1] = { name .. "=", "option of the recipe, here " .. tostring(value) }
  end
  if recipe then
    add_value(list, recipe, "", 1, seen.word, typed)
  else
    table.move(any, 1, #any, #list + 1, list)
  end
end

-- Those that `lrrun continue` takes.
local function add_heads(list, typed)
  for _, name in ipairs(require("lrrun.runs.continuation").HEADS) do
    add_key(list, name, options.registry.recipe.by_name[name], typed)
  end
end

--- The keys, each { "KEY=" or "KEY=VALUE", what it takes }, of what lrrun.cli.complete has seen.
---@param seen table
---@return table[]
function keys.of(seen)
  local list, typed = {}, match(seen.word, "^([^=]+)=")
  language.load_all()
  local usage = seen.verb and seen.verb.args[3] or "RECIPE"
  if seen.verb and (seen.verb[1] == "data" or seen.verb[1] == "init") then
    add_names(list, "data.csv", "", typed)
  elseif find(usage, "^RUN") and not find(usage, "RECIPE") then
    add_heads(list, typed)
  elseif seen.recipe then
    add_recipe(list, seen, typed)
  else
    add_names(list, "recipe", "", typed)
  end
  return list
end

return keys
