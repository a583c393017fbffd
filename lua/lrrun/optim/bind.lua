--- An optimizer at work: bound to a network or to tensors, for loops of one's own and for
--- training sessions.
--
-- Layer: optim.

local clocks = require "lrrun.util.clock"
local clip_of = require "lrrun.optim.clip"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local evaluated = require "lrrun.optim.evaluated"
local factors = require "lrrun.optim.factors"
local mup = require "lrrun.optim.mup"
local native = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"
local given_tensors = require "lrrun.optim.tensors"
local values = require "lrrun.util.values"

local bind = {}

local WHOLE = { ns_steps = true } -- numbers that count

local HYPERS, LIMITS = native.hypers(), native.limits()

--- How many numbers an optimizer keeps for each parameter, for plans of memory.
function bind.moments(value)
  return native.moments((value:config()))
end

---@class lrrun.optimizer
---@field steps integer updates made
---@field lr number the rate of the last update, or the one to come
---@field native userdata for native sessions
---@field schedules table[] { group, name, schedule }: numbers that need a value each update
---@field config table what the native one was made of: which parameter is in which group
---@field first table<integer, integer> updates made before the first of a group
local Optimizer = {}
local methods -- Optimizer's, each for bound optimizers only
local Meta = {
  __name = "optimizer",
  __index = function(self, key)
    if key == "steps" then
      return self.native:steps()
    elseif key == "lr" then
      return self.native:get(1, "lr")
    end
    return methods[key]
  end,
}

-- The tensors of these names as a list; sizes are checked once they are known.
local function pick(self, names, tensors, what)
  local list = {}
  if type(tensors) ~= "table" then
    errors.raise(nil, "%s: '%s' is %s, want { name = tensor }", self.kind, what,
      errors.show(tensors))
  end
  for i, name in ipairs(names) do
    given_tensors.check(self, what, name, tensors[name], self.counts[i])
    list[i] = tensors[name]
  end
  for name in pairs(tensors) do
    if not self.places[name] then
      errors.raise(nil, "%s: '%s': no parameter %s%s", self.kind, what, errors.show(name),
        errors.hint(name, names))
    end
  end
  return list
end

-- What update takes besides numbers.
local UPDATE_KEYS = { grads = true, loss = true, again = true, clip = true, clock = true }

-- Numbers that stay as they are for an optimizer's life.
local FIXED = { interpolation = true, max_dim = true }

-- The optimizer's numbers by native name, and all keys that update takes.
local function update_keys(entries)
  local numbers, list = {}, { "grads", "loss", "again", "clip", "clock" }
  for _, entry in ipairs(entries) do
    for i = 2, #entry do
      if not FIXED[entry[i]] then
        numbers[entry[i]] = true
        list[#list + 1] = entry[i]
      end
    end
  end
  return numbers, list
end

-- Products of matrices are as the network's, or as the command line says.
local function is_portable(model)
  if model then
    return model.builder.context.portable
  end
  return current.request().portable or false
end

--- See define.lua.
function bind.bind(value, entries, target, by_name)
  local numbers, list = update_keys(entries)
  local shapes = {}
  local self = {
    value = value, kind = value.kind, numbers = numbers, keys = list, places = {}, counts = {},
    searches = options.descriptor(value).searches,
  }
  local graph = type(target) == "table" and rawget(target, "graph")
  if type(target) ~= "table" then
    errors.raise(nil, "%s: bind takes a model or { name = tensor }, found %s", value.kind,
      errors.show(target))
  elseif type(graph) == "userdata" and getmetatable(target) ~= nil then
    local names = {}
    for i, segment in ipairs((graph:segments())) do
      names[i], self.counts[i], shapes[i] = segment.name, segment.n, segment.shape
    end
    self.names, self.on_graph = names, true
  else
    self.names = given_tensors.names(target)
  end
  for i, name in ipairs(self.names) do
    self.places[name] = i
  end
  if not self.on_graph then
    for i, t in ipairs(pick(self, self.names, target, "bind")) do
      shapes[i] = t:shape()
    end
  end
  local model = self.on_graph and rawget(target, "builder") and target -- no loss alone
  local given = mup.with_widths(value, model,
    factors.with_thaws(self.kind, by_name, model and model.builder.from))
  local config, schedules = value:config(self.names, shapes, given, model or nil)
  config.portable = is_portable(model)
  self.groups, self.config, self.first = #config.groups, config, {}
  self.beside = config.beside or {}
  self.schedules, self.keeps_momentum = schedules, config.keeps_momentum
  self.durations = config.durations
  if self.on_graph then
    self.native = native.bind_graph(config, graph)
  else
    local tensors = pick(self, self.names, target, "bind")
    self.native = native.bind_tensors(config, tensors)
    for i, t in ipairs(tensors) do
      self.counts[i] = #t
    end
  end
  return factors.hold(setmetatable(self, Meta))
end

-- The number that `item` (a number or a schedule) is in this update.
local function now(self, what, item, clock)
  if not options.is_value(item, "schedule.") then
    return item
  elseif not clock then
    errors.raise(nil, "%s: %s is a schedule: give update its value, or a clock", self.kind, what)
  end
  return item:at(self.steps, clock)
end

local function limits(self, clip, clock)
  local out = {}
  for key, item in pairs(clip_of(clip).opts) do
    out[key] = now(self, "clip." .. key, item, clock)
    if not ranges.has(LIMITS[key], out[key]) then
      errors.raise(nil, "%s: update: clip.%s is %g, %s", self.kind, key, out[key],
        ranges.want(LIMITS[key], out[key]))
    end
  end
  return out
end

local function set_number(self, group, name, item)
  if WHOLE[name] and type(item) == "number" and not math.tointeger(item) then
    errors.raise(nil, "%s: update: '%s' is %s, want an integer %s", self.kind, name,
      errors.show(item), ranges.text(HYPERS[name]))
  elseif type(item) ~= "number" or not self.native:set(group, name, item) then
    errors.raise(nil, "%s: update: '%s' is %s, %s", self.kind, name, errors.show(item),
      ranges.want(HYPERS[name], item))
  elseif name == "momentum" and item > 0 and not self.keeps_momentum then
    errors.raise(nil, "%s: update: 'momentum' is %g, but was 0 when the optimizer was bound",
      self.kind, item)
  end
end

-- Rates of groups follow the optimizer's, except those that have a schedule of their own.
local function set_lr(self, lr)
  if type(lr) ~= "number" or not ranges.has(HYPERS.lr, lr) then
    errors.raise(nil, "%s: 'lr' is %s, %s", self.kind, errors.show(lr), ranges.want(HYPERS.lr, lr))
  end
  self.native:set_lr(lr)
end

-- Durations in updates are known from the start, others by a clock.
local function set_durations(self, clock)
  if clock then
    self:settle(clock)
  end
  for _, item in ipairs(self.settled and {} or self.durations) do
    local d = item.duration
    if d.unit ~= "steps" and d.amount ~= 0 then
      errors.raise(nil, "%s: update: '%s' is %s: give update a clock, or give it in steps",
        self.kind, item.name, tostring(d))
    end
  end
  if not self.settled then
    factors.want_clock(self)
  end
end

-- Whether a number of the optimizer is group g's, too: AdamW's beside it are its own.
local function has_number(self, g, key)
  local second = self.beside[g] and self.value.opts.adamw.opts
  if key == "weight_decay" then
    return not (second and second.weight_decay)
  end
  return not second
end

local function set_numbers(self, opts)
  set_durations(self, opts.clock)
  if opts.lr then
    set_lr(self, opts.lr)
  end
  for _, item in ipairs(self.schedules) do
    local whole = item.name == "lr" and item.group == 1
    if opts[item.name] == nil or item.name == "lr" and not whole then
      local value = now(self, item.name, item.schedule, opts.clock)
      if whole then
        set_lr(self, value)
      else
        set_number(self, item.group, item.name, value)
      end
    end
  end
  for key, item in pairs(opts) do
    for g = 1, self.numbers[key] and key ~= "lr" and self.groups or 0 do
      if has_number(self, g, key) then
        set_number(self, g, key, item)
      end
    end
  end
end

-- A loss where the optimizer goes by it.
local function check_loss(self, loss, what)
  if self.searches and type(loss) ~= "number" then
    errors.raise(nil, "%s: update: it goes by the loss, and %s is %s: want update { loss = "
      .. "model:step(batch, loss), again = function() return (model:step(batch, loss, { again = "
      .. "true })) end }; of tensors `again` returns gradients and loss", self.kind, what,
      errors.show(loss))
  end
  return loss
end

-- The gradient at the weights as they are now, and the loss there where `again` gives it.
local function take_again(self, again)
  local first, second = again()
  if self.on_graph then
    return nil, check_loss(self, first, "what `again` returns")
  end
  return pick(self, self.names, first, "again"), check_loss(self, second,
    "what `again` returns as the second")
end

-- An optimizer that takes several gradients moves the weights to where it wants the next;
-- `again` computes it. Gives the last, of an optimizer of tensors. Whatever goes wrong, the
-- weights go back.
local function further_grads(self, again, grads, loss)
  local moves, p = self.native:moves(), 0
  if moves > 0 and type(again) ~= "function" then
    errors.raise(nil, "%s: update: it takes %s gradients of the same batch, each at other "
      .. "weights: want again = function() ... end, which computes the next (of a model: "
      .. "model:step(batch, loss, { again = true }))", self.kind,
      moves < math.huge and ("%d"):format(moves + 1) or "any number of")
  end
  check_loss(self, loss, "'loss'")
  while self.native:move(p + 1, grads, loss) do
    local ok, got, at = pcall(take_again, self, again)
    if not ok then
      self.native:unmove()
      error(got, 0)
    end
    p, grads, loss = p + 1, got, at
  end
  return grads
end

--- The tensors of a group stay as they are until so many updates were made.
---@param group integer
---@param updates integer
function Optimizer:hold(group, updates)
  self.native:hold(group, updates)
  self.first[group] = updates
end

--- From which update on the i-th parameter trains, counted from 0.
---@param i integer
function Optimizer:first_of(i)
  return self.first[self.config.group_of[i]] or 0
end

--- Durations among the optimizer's numbers, in updates of a run of that clock.
---@param clock table
function Optimizer:settle(clock)
  for _, item in ipairs(self.durations) do
    self.native:set(item.group, item.name,
      clocks.exact_steps(item.duration, clock, self.kind, self.value.where))
  end
  for g, d in pairs(self.config.from) do
    self:hold(g, clocks.steps(d, clock, self.kind, self.value.where))
  end
  self.settled = true
end

--- One update. opts: grads (for an optimizer of tensors), lr and other numbers of this and
--- later updates, clip = { norm = 5 }, clock for numbers that are schedules; again, a function
--- that an optimizer of several gradients calls for each after the first: it computes that, or
--- returns it, for tensors; loss, what it was at the weights, for one that goes by it, to which
--- `again` gives it too. With clip it returns the norm before clipping, and makes no
--- update when that is not finite.
---@param opts table?
---@return number?
function Optimizer:update(opts)
  evaluated.check_outside(self, "update")
  opts = opts or {}
  for key in pairs(opts) do
    if not self.numbers[key] and not UPDATE_KEYS[key] then
      errors.raise(nil, "%s: update: unknown key %s%s", self.kind, errors.show(key),
        errors.after_hint(errors.hint(key, self.keys), "it takes " .. table.concat(self.keys,
          ", ")))
    end
  end
  local grads
  if not self.on_graph then
    grads = pick(self, self.names, opts.grads, "grads")
  elseif opts.grads then
    errors.raise(nil, "%s: update: a model has its own gradients; leave 'grads' out", self.kind)
  end
  if opts.clip and self.searches then
    errors.raise(nil, "%s: update: 'clip' would change the gradients that it searches by; leave it "
      .. "out", self.kind)
  end
  local clip = opts.clip and limits(self, opts.clip, opts.clock)
  set_numbers(self, opts)
  return self.native:update(further_grads(self, opts.again, grads, opts.loss), clip)
end

--- Calls f while the parameters are what is to be evaluated; gives what f does (evaluated.lua).
---@param f function
function Optimizer:evaluated(f)
  return evaluated.call(self, f)
end

--- Everything an update depends on besides parameters and gradients: { scalars = { steps,
--- ... }, tensors = { exp_avg = { name = tensor } }, own = { name = tensor } or nil }, as copies.
function Optimizer:state()
  local state = { scalars = self.native:scalars(), tensors = {} }
  for i, name in ipairs(self.native:states()) do
    local of = {}
    for t, parameter in ipairs(self.names) do
      of[parameter] = self.native:state(i, t):copy()
    end
    state.tensors[name] = of
  end
  local own, tensor = self.native:own()
  state.own = own and { [own] = tensor:copy() }
  return state
end

--- Puts a state back that an optimizer of the same kind gave for the same parameters.
function Optimizer:load(state)
  evaluated.check_outside(self, "load")
  local names = self.native:states()
  for _, name in ipairs(names) do
    local of = type(state) == "table" and type(state.tensors) == "table" and state.tensors[name]
    if not of then
      errors.raise(nil, "%s: load: the state has no '%s'", self.kind, name)
    end
    pick(self, self.names, of, name)
  end
  local own, tensor = self.native:own()
  if own then
    given_tensors.check(self, "load", own, (state.own or {})[own], #tensor)
    tensor:set(state.own[own])
  end
  for i, name in ipairs(names) do
    for t, parameter in ipairs(self.names) do
      self.native:state(i, t):set(state.tensors[name][parameter])
    end
  end
  self.native:scalars(state.scalars)
end

methods = values.guarded(Optimizer, Meta, "optimizer")

return bind
