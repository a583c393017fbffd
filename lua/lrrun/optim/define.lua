--- What the files of this folder have in common: an optimizer of the recipe language from
--- its keys and defaults.
--
-- A number of an optimizer (lr, betas, ...) may be a schedule. It then has no value until
-- an update brings one: config() gives 0 in its place and lists it in `schedules`.
-- Layer: optim.

local beside = require "lrrun.optim.beside"
local bind = require "lrrun.optim.bind"
local config_of = require "lrrun.optim.config"
local counted = require "lrrun.util.counted"
local decay = require "lrrun.optim.decay"
local errors = require "lrrun.util.errors"
local mup = require "lrrun.optim.mup"
local native = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"
local rate_words = require "lrrun.util.rate_words"

-- Every number that several optimizers have: its key, and the native hyperparameters that it
-- sets (a list sets as many). Their ranges are native. Order is that of help, in which an
-- optimizer's own come last.
local NUMBERS = {
  {
    { "lr", { "number", "string" }, choices = rate_words.list, schedule = true,
      doc = "learning rate; " .. rate_words.doc() },
    "lr",
  },
  {
    { "weight_decay", "number", default = 0, schedule = true,
      doc = "share of the weights that decays, times the rate" },
    "weight_decay",
  },
  {
    { "momentum", "number", default = 0, schedule = true,
      doc = "share of the last step that goes on" },
    "momentum",
  },
  {
    { "dampening", "number", default = 0, schedule = true,
      doc = "share of the gradient that does not enter the momentum" },
    "dampening",
  },
  {
    { "betas", "list", of = "number", schedule = true, default = { 0.9, 0.999 },
      doc = "decay of the two moving averages" },
    "beta1", "beta2",
  },
  {
    { "eps", "number", default = 1e-8, schedule = true, doc = "keeps divisors from 0" },
    "eps",
  },
  {
    { "rho", "number", schedule = true, doc = "decay of the moving average of squares" },
    "rho",
  },
}

local NUMBERS_BY_KEY = {}
for _, entry in ipairs(NUMBERS) do
  NUMBERS_BY_KEY[entry[1][1]] = true
end

local HYPERS = native.hypers()

-- The entry with the ranges of what it sets.
local function ranged(entry)
  if #entry == 2 then
    ranges.rule(HYPERS[entry[2]], entry[1])
  else
    entry[1].each = {}
    for i = 2, #entry do
      entry[1].each[i - 1] = HYPERS[entry[i]]
    end
  end
  return entry
end

local FLAGS = {
  nesterov = { "nesterov", "boolean", default = false,
    doc = "look ahead along the momentum" },
  amsgrad = { "amsgrad", "boolean", default = false,
    doc = "divide by the largest average so far" },
  centered = { "centered", "boolean", default = false,
    doc = "divide by the deviation, not by the root mean square" },
  bias_correction = { "bias_correction", "boolean", default = false,
    doc = "with Adam's bias correction in the rate" },
  decoupled = { "decoupled", "boolean", default = false,
    doc = "weight decay shrinks the weights by its share times d * lr; else it is part of the "
      .. "gradient" },
  safeguard_warmup = { "safeguard_warmup", "boolean", default = false,
    doc = "keeps a warmup's low rates out of the estimate" },
  cautious = { "cautious", "boolean", default = false,
    doc = "step only where the gradient agrees, so much further (Liang et al., arXiv 2411.16085)" },
}

local function copy(rule, changes)
  local out = {}
  for key, item in pairs(rule) do
    out[key] = item
  end
  for key, item in pairs(changes) do
    out[key] = item
  end
  return out
end

local function contains(list, name)
  for _, item in ipairs(list) do
    if item == name then
      return true
    end
  end
  return false
end

-- The entries of NUMBERS that this optimizer has, and its own.
local function numbers_of(spec)
  local out = {}
  for _, entry in ipairs(NUMBERS) do
    local key = entry[1][1]
    if key == "lr" or key == "weight_decay" and not spec.alone or contains(spec.numbers, key) then
      out[#out + 1] = ranged(entry)
    end
  end
  for _, item in ipairs(spec.numbers) do
    if type(item) == "table" then
      out[#out + 1] = ranged(item)
    elseif not NUMBERS_BY_KEY[item] then
      error(("%s: '%s' is no number that several optimizers have; give its rule"):format(spec.name,
        item))
    end
  end
  return out
end

local function names_of(t)
  local out = {}
  for name in pairs(t) do
    out[#out + 1] = name
  end
  table.sort(out)
  return out
end

-- Keys of one group: the same numbers, without defaults.
local function group_constructor(spec, entries)
  local keys = {
    { "match", "string", required = true, doc = "Lua pattern on the parameter's name" },
  }
  for _, entry in ipairs(entries) do
    local rule = copy(entry[1], { [2] = entry[1][1] == "lr" and "number" or entry[1][2] })
    rule.default = nil
    if spec.steady_lr and entry[1][1] == "lr" then
      rule.schedule = nil
    end
    if not contains(spec.whole or {}, rule[1]) then
      keys[#keys + 1] = rule
    end
  end
  return options.constructor {
    name = spec.name .. ".groups",
    doc = "Parameters whose name the pattern finds take these numbers instead.",
    keys = keys,
    unnamed = true,
  }
end

local function keys_of(spec, entries, second)
  local keys = {}
  for _, entry in ipairs(entries) do
    local key = entry[1][1]
    local rule = copy(entry[1], { default = spec.defaults[key] })
    if key == "lr" and (spec.plain_lr or spec.steady_lr) then
      rule.schedule = nil
    end
    keys[#keys + 1] = rule
  end
  for _, flag in ipairs(spec.flags or {}) do
    keys[#keys + 1] = copy(FLAGS[flag], { default = spec.defaults[flag] })
  end
  if spec.like then
    keys[#keys + 1] = { "like", "string", choices = names_of(spec.like),
      doc = "defaults and form of that framework" }
  end
  for _, rule in ipairs(spec.own or {}) do
    keys[#keys + 1] = rule
  end
  if second then
    keys[#keys + 1] = second.rule
  end
  if spec.alone then
    return keys
  end
  keys[#keys + 1] = decay.RULE
  keys[#keys + 1] = { "groups", "list", of = "table",
    doc = "{ { match = pattern, lr =, weight_decay =, ... }, ... }: first match wins" }
  return keys
end

local COUNTS = { [2] = "two", [3] = "three" }

local function check_pair(fail, key, value, count)
  if value == nil then
    return
  elseif options.is_value(value) then
    fail(key, "is %s; want %s numbers, each of which may be a schedule", value.kind, COUNTS[count])
  elseif #value ~= count then
    fail(key, "has %s, want %s numbers", counted(#value, "item"), COUNTS[count])
  end
end

local function check_pairs(fail, entries, opts)
  for _, entry in ipairs(entries) do
    if entry[3] then
      check_pair(fail, entry[1][1], opts[entry[1][1]], #entry - 1)
    end
  end
  local sizes = opts.step_sizes
  if sizes and sizes[1] > sizes[2] then
    fail("step_sizes", "is { %g, %g }, want the smaller first", sizes[1], sizes[2])
  end
end

local function check_momentum(fail, o)
  if o.nesterov and (o.momentum == 0 or (o.dampening or 0) ~= 0) then
    fail("nesterov", "needs momentum above 0 and no dampening")
  elseif o.like == "keras" and (o.dampening or 0) ~= 0 then
    fail("dampening", "has no place in Keras's form")
  end
end

-- Each item of `groups` becomes a checked value in its place.
local function check_groups(fail, entries, group, groups)
  for i, item in ipairs(groups) do
    local g = options.is_value(item) and item or group(item)
    check_pairs(function(key, fmt, ...)
      fail("groups", "item %d: '%s' " .. fmt, i, key, ...)
    end, entries, g.opts)
    if not pcall(string.find, "", g.opts.match) then
      fail("groups", "item %d: match is no Lua pattern: %s", i, errors.show(g.opts.match))
    end
    groups[i] = g
  end
end

-- Of an optimizer that finds one rate for all: a group's is 0, or as it is.
local function check_one_rate(fail, o)
  for i, group in ipairs(o.groups or {}) do
    local lr = group.opts.lr
    if lr ~= nil and lr ~= 0 and lr ~= o.lr then
      fail("groups", "item %d: 'lr' is %s; one distance is found for all groups, whose rate is the "
        .. "optimizer's, or 0", i, errors.show(lr))
    end
  end
end

local function checker(spec, entries, group, second)
  return function(o, fail, given)
    for key, value in pairs(o.like and spec.like[o.like] or {}) do
      if given[key] == nil then
        o[key] = value
      end
    end
    if o.lr == nil then
      fail("lr", "is missing: %s has no default rate", spec.name)
    end
    check_pairs(fail, entries, o)
    check_momentum(fail, o)
    check_groups(fail, entries, group, o.groups or {})
    if second then
      second.check(fail, o)
    end
    decay.check(fail, o)
    if spec.one_rate then
      check_one_rate(fail, o)
    end
    if o.beta3 == 0 and spec.one_rate then
      fail("beta3", "is 0; leave it out for the root of the second of betas")
    end
  end
end

--- An optimizer's constructor.
-- spec: name, doc, source; numbers: keys of NUMBERS beside lr and weight_decay, and entries
-- like those, for numbers that no other optimizer has; flags;
-- defaults: the article's, where they differ from NUMBERS; like: framework -> defaults, nil: none;
-- decoupled: weight decay is not part of the gradient; plain_lr: lr is no schedule; steady_lr: nor
-- may another schedule lower it, as the optimizer averages instead;
-- own: rules of keys that are no numbers; configure(opts, config): what these are to the native
-- one; beside: { numbers, lr_doc, same_lr } of AdamW, where that takes what is no matrix; alone:
-- without groups and weight decay; matrices: "all": it takes all of them, and what is none with the
-- same numbers; searches: it goes by the loss, and takes as many gradients of
-- all samples as it finds that it needs; whole: keys that groups do not have; one_rate: a group's
-- rate is 0 or the optimizer's; finds: what it finds by itself, "sizes" (of each weight's steps, of
-- which lr is the first), "steps" (which lr scales, and which no schedule has to lower) or "rate"
-- (which lr multiplies); typical_lr: what whole runs are best with, where that is not the default;
-- law: how rates go with width, "adam" or "sgd" (mup.lua), nil where
-- that is not known; size(opts, rows, cols): of a step of a matrix, where steps are of matrices.
---@param spec table
---@return function
return function(spec)
  local entries = numbers_of(spec)
  local group = not spec.alone and group_constructor(spec, entries)
  local second = spec.beside and beside.new(spec, numbers_of(spec.beside), check_pairs)
  return options.constructor {
    name = spec.name,
    searches = spec.searches,
    doc = spec.doc,
    source = spec.source,
    steady_lr = spec.steady_lr,
    finds = spec.finds,
    own_sizes = spec.finds == "sizes" and spec.name .. " finds a step size for each weight; its lr "
      .. "counts for the first update alone" or nil,
    typical_lr = spec.typical_lr or spec.defaults.lr,
    keys = keys_of(spec, entries, second),
    check = checker(spec, entries, group, second),
    methods = {
      --- The optimizer whose update it is: itself, or that within sam.
      maker = function(self)
        return self
      end,
      --- What the native optimizer takes for parameters of these names and shapes, and the numbers
      --- that are schedules: { name, groups, group_of, flags..., durations = { { group, name,
      --- duration }, ... }, factors, twin_of, from }, { { group, name, schedule }, ... }. by_name:
      --- factors of parameters (factors.lua). model: whose they are, where they are a network's.
      config = function(self, names, shapes, by_name, model)
        return config_of(self, spec, entries, { names = names, shapes = shapes, factors = by_name,
          roles = (second or spec.matrices) and model and model:roles() or nil, second = second })
      end,
      --- Its numbers, as `bind` takes them.
      entries = function()
        return entries
      end,
      --- Numbers kept for each parameter besides it and its gradient.
      moments = function(self)
        return bind.moments(self)
      end,
      --- The factors of parameters of a network that has a base (mup.lua).
      width_factors = function(self, model)
        return mup.factors(self, spec, model)
      end,
      --- The optimizer at work on a model, or on { name = tensor }. by_name: factors of its
      --- parameters (factors.lua).
      bind = function(self, target, by_name)
        return bind.bind(self, entries, target, by_name)
      end,
    },
  }
end
