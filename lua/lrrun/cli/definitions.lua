--- `lrrun help types`: the recipe language as a file of definitions for the Lua language
--- server (LuaCATS annotations), made from the descriptors that check recipes.
--
-- Source: https://luals.github.io/wiki/annotations. Layer: cli.

local language = require "lrrun.language"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"
local types = require "lrrun.util.types"

-- What no descriptor has: values, their methods and operators, functions of scripts.
local HEAD = [[
---@meta
-- The recipe language of lrrun, for the Lua language server. Made by `lrrun help types`.

---@class lrrun.duration
---@operator mul(number): lrrun.duration

---@type lrrun.duration
epochs = nil
---@type lrrun.duration
steps = nil
---@type lrrun.duration percent of the run
percent = nil
---@type lrrun.duration
samples = nil

--- A value that --set NAME=VALUE changes.
---@generic T
---@param name string
---@param default T
---@return T
function option(name, default) end

---@class lrrun.recipe
---@class lrrun.stop
---@class lrrun.init
---@class lrrun.dimension
---@class lrrun.strategy

---@class lrrun.tensor
---@operator len: integer
---@field shape fun(self): integer[]
---@field values fun(self): number[]
---@field set fun(self, values: number[]|lrrun.tensor): lrrun.tensor
---@field copy fun(self): lrrun.tensor
---@field dtype fun(self): string

---@class lrrun.batch
---@field n integer samples
---@field x lrrun.tensor
---@field y lrrun.tensor
---@field t? integer|table<string, integer> steps of sequences, of the longest; or of each input
---@field len? lrrun.tensor|table<string, lrrun.tensor> lengths of sequences; or of each input

---@class lrrun.data
---@field shape integer[] of one sample
---@field splits { train: integer, val: integer, test: integer } samples of each
---@field classes? integer
---@field targets? integer
---@field seq? boolean samples are sequences of varying length
---@field per_step? boolean a target at each step of a sample
---@field batch integer
---@field batches fun(self, split?: "train"|"val"|"test", epoch?: integer): fun(): lrrun.batch?

---@class lrrun.clock
---@field lr? number the base rate
---@field steps_per_epoch integer
---@field total_steps? integer

---@class lrrun.schedule
---@operator concat(lrrun.schedule): lrrun.schedule
---@operator mul(lrrun.schedule): lrrun.schedule
---@operator mul(number): lrrun.schedule
---@field at fun(self, t: integer, clock: lrrun.clock): number the rate of update t

---@class lrrun.node a value inside nn.graph
---@operator add(lrrun.node): lrrun.node
---@field shape fun(self): integer[]

---@class lrrun.model
---@field step fun(self, batch: lrrun.batch, loss: lrrun.loss, opts?: table): number, integer?
---@field evaluate fun(self, batch: lrrun.batch, loss?: lrrun.loss): number, integer?
---@field forward fun(self, x: lrrun.tensor, opts?: table): lrrun.tensor
---@field backward fun(self, gy: lrrun.tensor): lrrun.tensor?
---@field params fun(self): table<string, lrrun.tensor>
---@field buffers fun(self): table<string, lrrun.tensor>
---@field grads fun(self): table<string, lrrun.tensor>

---@class lrrun.layer
---@operator call(lrrun.node): lrrun.node
---@field build fun(self, shape: integer[]|lrrun.data, opts?: lrrun.nn.build.keys): lrrun.model

---@class lrrun.input a further input of nn.graph

---@class lrrun.loss_alone
---@field forward fun(self, x: lrrun.tensor, target: lrrun.tensor): number
---@field backward fun(self): lrrun.tensor

---@class lrrun.loss
---@field build fun(self, shape: integer[], opts?: { batch: integer }): lrrun.loss_alone

---@class lrrun.at_work an optimizer that is bound
---@field steps integer updates made
---@field lr number
---@field update fun(self, opts?: table): number?
---@field state fun(self): table
---@field load fun(self, state: table)

---@class lrrun.optimizer
---@field bind fun(self, target: lrrun.model|table<string, lrrun.tensor>): lrrun.at_work
]]

local RESULT = [[
---@class lrrun.result
---@field run? string the run folder
---@field reason string
---@field epochs integer
---@field steps integer
---@field seconds number
---@field params integer
---@field digest string
---@field weights "best"|"last"
---@field best? lrrun.figures
---@field last lrrun.figures
]]

local TAIL = [[
---@class lrrun.run a trained run, for train.evaluate and train.predict
---@field model lrrun.model its network

---@param nodes lrrun.node[] outputs to stand side by side
---@return lrrun.node
function nn.cat(nodes) end

tensor = {}
---@param shape integer[]
---@param values? number[]
---@param dtype? "real"|"i32"
---@return lrrun.tensor
function tensor.new(shape, values, dtype) end

---@param r lrrun.recipe
---@param opts? lrrun.train.fit.keys
---@return lrrun.result result
---@return lrrun.run run
function train.fit(r, opts) end
---@param r lrrun.recipe
---@param opts? lrrun.train.cross_validate.keys
---@return { k: integer, folds: lrrun.result[], mean: table, spread: table, reason: string }
function train.cross_validate(r, opts) end

---@param what lrrun.run|lrrun.result|lrrun.model|string what train.fit gave, a run folder, a model
---@param opts? lrrun.train.evaluate.keys
---@return %s
function train.evaluate(what, opts) end

---@param what lrrun.run|lrrun.result|string what train.fit gave, or a run folder
---@param opts lrrun.train.predict.keys
---@return table[]
function train.predict(what, opts) end

---@param r lrrun.recipe
---@param opts? lrrun.train.range.keys
---@return { points: table[], suggestions: table<string, number>, suggestion: number }
function train.range(r, opts) end

---@param r lrrun.recipe
---@param opts? lrrun.search.run.keys
---@return { best: table?, trials: table[] }
function search.run(r, opts) end

---@param keys lrrun.search.minimize.keys
---@return { best: table?, trials: table[] }
function search.minimize(keys) end

---@param keys lrrun.search.fixed.keys
---@param f fun(...): lrrun.recipe
---@return lrrun.recipe
function search.fixed(keys, f) end
]]

local RESERVED = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or
  repeat return then true until while]]):gmatch "%a+" do
  RESERVED[word] = true
end

local CLASSES = {
  data = "lrrun.data", optim = "lrrun.optimizer", schedule = "lrrun.schedule",
  stop = "lrrun.stop", search = "lrrun.strategy", recipe = "lrrun.recipe",
}

-- The class of what a constructor gives.
local function class_of(desc)
  local methods = desc.methods or {}
  if desc.dimension then
    return "lrrun.dimension"
  elseif methods.weights then
    return "lrrun.init"
  end
  return CLASSES[desc.name:match "^%w+"] or methods.target and "lrrun.loss"
    or methods.add and "lrrun.layer" or "lrrun.input"
end

local function keys_of(name)
  return "lrrun." .. name .. ".keys"
end

local function class_of_kind(rule, kind)
  if kind == "nn." then
    return rule[1] == "loss" and "lrrun.loss" or "lrrun.layer"
  elseif kind:sub(-1) == "." then
    return CLASSES[kind:sub(1, -2)]
  elseif not kind:find(".", 1, true) and kind ~= "recipe" then
    return keys_of(kind)
  end
  return class_of(options.registry[kind])
end

local function choices_text(rule)
  local parts = {}
  for i, choice in ipairs(rule.choices or { "string" }) do
    parts[i] = rule.choices and ("%q"):format(choice) or choice
  end
  return table.concat(parts, "|")
end

-- Adds the types of one name to `set`, in order and once.
local function add_type(set, text)
  for part in text:gmatch "[^|]+" do
    if not set[part] then
      set[part] = true
      set[#set + 1] = part
    end
  end
end

local PLAIN = {
  duration = "lrrun.duration|number|string", seconds = "number|string", value = "lrrun.strategy",
}

local function one_type(desc, rule, name)
  if name == "string" then
    return choices_text(rule)
  elseif name == "value" and rule.kinds then
    local set = {}
    for _, kind in ipairs(rule.kinds) do
      add_type(set, class_of_kind(rule, kind))
    end
    return table.concat(set, "|")
  elseif name == "list" then
    local item = one_type(desc, rule, rule.of or "any")
      .. (rule.schedule and "|lrrun.schedule" or "")
    return item:find "|" and "(" .. item .. ")[]" or item .. "[]"
  elseif name == "table" and options.registry[desc.name .. "." .. rule[1]] then
    return keys_of(desc.name .. "." .. rule[1])
  elseif name == "table" and rule.kinds then
    return keys_of(rule.kinds[1])
  end
  return PLAIN[name] or name
end

-- The type of a key as the language server writes it.
local function type_of(desc, rule)
  local set = {}
  for _, name in ipairs(type(rule[2]) == "table" and rule[2] or { rule[2] }) do
    local text = one_type(desc, rule, name)
    if text:find "^%(" then
      set[#set + 1] = text
    else
      add_type(set, text)
    end
  end
  if rule.schedule then
    add_type(set, "lrrun.schedule")
  end
  if rule[2] ~= "any" and rule[2] ~= "function" and not desc.dimension then
    add_type(set, "lrrun.dimension")
  end
  return table.concat(set, "|")
end

local function is_positional(desc, key)
  for _, name in ipairs(desc.positional) do
    if name == key then
      return true
    end
  end
  return key == desc.rest
end

local function doc_of(rule)
  local text = ("%s; %s"):format(types.describe(rule), types.default_text(rule))
  return ((rule.doc and rule.doc .. "; " or "") .. text):gsub("%s+", " ")
end

local function add(out, fmt, ...)
  out[#out + 1] = fmt:format(...)
end

-- The type of an item that stands without a name in a list of them.
local function item_of(desc)
  local rule = desc.by_name[desc.rest]
  local item = one_type(desc, rule, rule.of or "any")
  return item == "any" and item or item .. "|lrrun.dimension"
end

-- A class with every key of a constructor; what may stand without a name is there twice.
local function add_keys(out, name, desc)
  add(out, "---@class %s", keys_of(name))
  for i, key in ipairs(desc.positional) do
    add(out, "---@field [%d]? %s %s", i, type_of(desc, desc.by_name[key]), key)
  end
  if desc.rest then
    add(out, "---@field [integer] %s", item_of(desc))
  end
  for _, rule in ipairs(desc.keys) do
    local key = rule[1]
    local must = rule.required and not is_positional(desc, key)
    add(out, "---@field %s%s %s %s", key, must and "" or "?", type_of(desc, rule), doc_of(rule))
  end
  add(out, "")
end

local function add_function(out, name, desc)
  local params = {}
  add(out, "--- %s", ((desc.doc or ""):gsub("%s+", " ")))
  if desc.source then
    out[#out + 1] = "---"
    add(out, "--- Source: %s", (desc.source:gsub("%s+", " ")))
  end
  if #desc.positional > 0 then
    add(out, "---@overload fun(keys: %s): %s", keys_of(name), class_of(desc))
  elseif desc.rest then
    add(out, "---@overload fun(...: %s): %s", item_of(desc), class_of(desc))
  end
  for i, key in ipairs(desc.positional) do
    params[i] = RESERVED[key] and key .. "_" or key
    add(out, "---@param %s? %s", params[i], type_of(desc, desc.by_name[key]))
  end
  params[#params + 1] = "keys"
  add(out, "---@param keys%s %s", name == "recipe" and "" or "?", keys_of(name))
  add(out, "---@return %s", class_of(desc))
  add(out, "function %s(%s) end\n", name, table.concat(params, ", "))
end

-- Whether `name` is the constructor itself, and not a function that takes its keys.
local function is_constructor(name, desc)
  local module, field = name:match "^(%w+)%.([%w_]+)$"
  local path = language.modules[module]
  return name == "recipe" or path ~= nil and rawget(require(path), field) == desc.new
end

-- A metric that needs nothing of the loss is there in every run; validations are not.
local function is_sure(entry)
  return entry.split ~= "val" and not entry.metric.needs and not entry.metric.collects
end

-- The class of what a run's best and last epoch came to.
local function figures()
  local out = { "---@class lrrun.figures", "---@field epoch? number" }
  for _, entry in ipairs(metrics.shown) do
    add(out, "---@field %s%s number %s", entry.name, is_sure(entry) and "" or "?",
      entry.metric.doc)
  end
  return table.concat(out, "\n") .. "\n\n"
end

-- The type of what train.evaluate gives.
local function evaluated()
  local out = { "split: string, n: integer" }
  for _, entry in ipairs(metrics.train) do
    add(out, "%s: number%s", entry.metric.name, is_sure(entry) and "" or "?")
  end
  return "{ " .. table.concat(out, ", ") .. " }"
end

--- The file's text.
---@return string
return function()
  language.load_all()
  local out = { HEAD, figures() .. RESULT }
  for name in sorted.pairs(language.modules) do
    if name ~= "tensor" then
      add(out, "%s = {}", name)
    end
  end
  add(out, "")
  for name, desc in sorted.pairs(options.registry) do
    add_keys(out, name, desc)
    if is_constructor(name, desc) then
      add_function(out, name, desc)
    end
  end
  out[#out + 1] = TAIL:format(evaluated())
  return table.concat(out, "\n")
end
