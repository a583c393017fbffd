--- What a run would be, without a step of it: layers, memory, optimizer, the learning rate
--- over its length, and warnings. `lrrun plan` prints this. Layer: plan.

local averaging = require "lrrun.train.averaging"
local course = require "lrrun.plan.course"
local describe = require "lrrun.util.describe"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local scale = require "lrrun.data.scale"
local schedule = require "lrrun.schedule.compile"
local schedule_check = require "lrrun.schedule.check"
local tensor_rates = require "lrrun.plan.rates"
local sys = require "lrrun.native.sys"
local transfer = require "lrrun.plan.transfer"
local warnings = require "lrrun.plan.warnings"

local match = string.match

local plan = {}

-- The row that a parameter belongs to: the one with the longest name that starts its own.
local function owner(named, name)
  local prefix = name
  while prefix ~= "" do
    prefix = match(prefix, "^(.*)%.") or ""
    if named[prefix] then
      return named[prefix]
    end
  end
  return nil
end

-- A layer's own settings; those inside a container have rows of their own.
local function text_of(value)
  local desc = options.descriptor(value)
  return desc.rest == "layers" and match(value.kind, "[^.]+$") or describe.value(value)
end

--- The network's layers in order: { name, kind, text, output = shape, time, parameters,
--- frozen, shares = name of the row whose parameters it has }. Containers that only string
--- others together are not among them.
---@param run table
function plan.layers(run)
  local b, rows, named = run.model.builder, {}, {}
  for _, row in ipairs(b.rows) do
    if not row.value.transparent then
      local shape, seq = b:shape(row.y)
      rows[#rows + 1] = {
        name = row.name, kind = row.value.kind, text = text_of(row.value),
        output = shape, time = seq or nil, parameters = 0, frozen = 0, shares = row.shares,
      }
      named[row.name] = named[row.name] or rows[#rows]
    end
  end
  for _, s in ipairs((run.model.graph:segments())) do
    local row = owner(named, s.name)
    if row then
      row.parameters = row.parameters + s.n
      row.frozen = row.frozen + (s.trains and 0 or s.n)
    end
  end
  return rows
end

local function count_parameters(run)
  local all, trains = 0, 0
  for _, s in ipairs((run.model.graph:segments())) do
    all = all + s.n
    trains = trains + (s.trains and s.n or 0)
  end
  return all, trains
end

local function memory_of(run, parameters, average)
  local m, again, all_kept = run.model.graph:memory()
  m.optimizer = (run.optimizer.value:moments() * parameters + run.optimizer.native:matrix_reals())
    * sys.real_bytes
  m.averages = average and average.blocks > 0 and average.blocks * parameters * sys.real_bytes
    or nil
  m.data = run.dataset.bytes
  local shards = run.session:shard_bytes()
  local lanes = run.session:lane_bytes()
  m.shards = shards > 0 and shards or nil
  m.lanes = lanes > 0 and lanes or nil
  m.probe = run.probe and run.probe:bytes() or nil
  local total = 0
  for _, bytes in pairs(m) do
    total = total + bytes
  end
  m.total = total
  if again > 0 then
    m.made_again, m.activations_kept = again, all_kept
  end
  if run.part < run.dataset.batch then
    m.part, m.parts = run.part, -(-run.dataset.batch // run.part)
  end
  return m
end

-- What an optimizer of matrices takes of what trains, what is left, and to whom.
local function taken_of(config, segments, rates, o)
  local taken, others = json.array {}, json.array {}
  for i, item in ipairs(config.taken or {}) do
    local name = segments[i].name
    if segments[i].trains and item.pieces then
      taken[#taken + 1] = { name = name, rows = item.pieces, columns = item.cols }
    elseif segments[i].trains then
      others[#others + 1] = { name = name, why = item.why, lr = rates[config.group_of[i]].lr }
    end
  end
  if not config.taken then
    return nil
  end
  return taken, others, o.adamw and "adamw" or "adam"
end

local function optimizer_of(run)
  local groups, names = json.array {}, run.optimizer.names
  local o, config = run.recipe.opts.optimizer, run.optimizer.config
  for g, group in ipairs(o.opts.groups or {}) do
    groups[g] = { match = group.opts.match, parameters = 0, settings = {} }
    for key in pairs(group.given) do
      local item = group.opts[key]
      if key ~= "match" then
        groups[g].settings[key] = options.is_value(item) and describe.value(item) or item
      end
    end
  end
  local undecayed = o.opts.decay == "matrices" and json.array {} or nil
  for i, g in ipairs(config.group_of) do
    if undecayed and config.factors[g].weight_decay == 0 then
      undecayed[#undecayed + 1] = names[i]
    end
    g = config.twin_of[g] or g
    if g > 1 then
      groups[g - 1].parameters = groups[g - 1].parameters + 1
    end
  end
  local base = o.opts.base or o
  local taken, others, rest = taken_of(config, run.model.graph:segments(), config.groups, base.opts)
  return { kind = o.kind, text = describe.value(o), groups = groups, undecayed = undecayed,
    matrices = taken, others = others, rest = rest, taker = taken and base.kind }
end

-- f(t): the rate of update t before any metric is seen; nil where the recipe's function
-- cannot tell yet.
local function rate_of(run)
  for _, item in ipairs(run.schedules) do
    if item.name == "lr" then
      return function(t)
        if item.feed and not pcall(schedule.feed, item.box, t, {}) then
          return nil
        end
        return item.box:at(t)
      end, item
    end
  end
  local lr = run.recipe.opts.optimizer.opts.lr
  return function()
    return lr
  end
end

-- How the best rate of this schedule compares with that of a linear decay; nil where a metric
-- decides the rate, or the optimizer finds its own steps.
local function transfer_of(run, rate, item)
  if item and #item.box:monitors() > 0 or warnings.has_own_steps(run)
    or averaging.by_optimizer(run.recipe.opts) then
    return nil
  end
  return require "lrrun.schedule.transfer".of(rate, run.clock.total_steps) -- for plans alone
end

local function schedule_of(run)
  local rate, item = rate_of(run)
  local total = run.clock.total_steps
  if rate(0) == nil then
    return { text = describe.value(item.value), phases = course.phases(item.box),
      landmarks = json.array {}, curve = json.array {} }, nil
  end
  local phases = item and course.phases(item.box) or json.array {}
  return {
    text = item and describe.value(item.value) or "constant", phases = phases,
    landmarks = course.landmarks(run.clock, rate, phases), curve = course.curve(rate, total),
    transfer = transfer_of(run, rate, item),
  }, rate
end

-- Scheduled numbers beside the learning rate.
local function numbers_of(run)
  local out = json.array {}
  for _, item in ipairs(run.schedules) do
    if item.name ~= "lr" then
      local low, high = schedule_check.bounds(item.box, run.clock.total_steps)
      out[#out + 1] = {
        name = item.name, text = describe.value(item.value), low = low, high = high,
        first = low and item.box:at(0) or nil,
        last = low and item.box:at(run.clock.total_steps - 1) or nil,
      }
    end
  end
  return out
end

local function data_of(dataset, loss)
  local note = scale.note(dataset, loss)
  return {
    kind = dataset.kind, text = dataset:describe() .. (note and "\n  " .. note or ""),
    splits = dataset.splits,
    shape = json.array { table.unpack(dataset.shape) }, classes = dataset.classes,
    targets = dataset.targets,
    class_names = dataset.class_names, vocab = dataset.vocab, length = dataset.length,
    batch = dataset.batch, bytes = dataset.bytes,
  }
end

-- Of matrix products, and what computes them here; nil where that is what it is anywhere.
local function precision_of(o)
  return o.precision ~= "f32" and { name = o.precision,
    unit = sys.bf16_unit(o.repro == "portable") } or nil
end

--- The plan of a run that is ready (prepare.run), and a function from an update's number
--- to its learning rate, nil where only the run itself can tell.
---@param run table
---@return table plan, (fun(t: integer): number)?
function plan.of(run)
  local o, clock = run.recipe.opts, run.clock
  local parameters, trains = count_parameters(run)
  local rates, rate = schedule_of(run)
  local average = averaging.plan(run)
  local result = {
    name = o.name, seed = o.seed, data = data_of(run.dataset, run.loss),
    layers = plan.layers(run),
    parameters = parameters, trains = trains, memory = memory_of(run, parameters, average),
    tensors = tensor_rates(run, rate and select(2, course.peak(rate, clock.total_steps))),
    precision = precision_of(o),
    loss = describe.value(run.loss), loss_note = run.loss.differs and run.loss:differs(),
    optimizer = optimizer_of(run), average = average, schedule = rates, transfer = transfer(run),
    numbers = numbers_of(run), clip = o.clip and describe.value(o.clip) or nil,
    stop = o.stop and describe.value(o.stop) or nil, metrics = json.array(run.reported),
    best = { monitor = run.monitor, mode = run.better }, weights = run.leaves,
    length = {
      epochs = clock.total_steps / clock.steps_per_epoch, steps = clock.total_steps,
      steps_per_epoch = clock.steps_per_epoch, batch = run.dataset.batch,
      left_out = run.dataset.splits.train - run.loader:samples(),
      accumulate = o.accumulate, shards = o.shards,
      validate = o.validate and run.every or nil,
    },
  }
  local mistakes, hints = warnings.of(run, result.layers, rate)
  result.warnings, result.hints = json.array(mistakes), json.array(hints)
  return result, rate
end

--- A plan's warnings, which a run says before its first update, too.
---@param run table of prepare.run
---@return string[]
function plan.mistakes(run)
  local rate, item = rate_of(run)
  if item and item.feed then
    rate = nil -- a function of the recipe is asked by the run alone
  end
  return (warnings.of(run, plan.layers(run), rate))
end

return plan
