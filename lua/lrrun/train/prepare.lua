--- From a resolved recipe to a run that is ready for its first step: data open, network
--- built, optimizer bound, schedules compiled, and everything that does not fit found out.
-- Layer: train.

local averaging = require "lrrun.train.averaging"
local base = require "lrrun.nn.base"
local check_same_ranks = require "lrrun.train.same_ranks"
local collect = require "lrrun.train.collect"
local describe = require "lrrun.util.describe"
local default_loss = require "lrrun.nn.default_loss"
local errors = require "lrrun.util.errors"
local freeze = require "lrrun.util.freeze"
local host = require "lrrun.native.host"
local ignores_lr = require "lrrun.schedule.ignores_lr"
local locate = require "lrrun.recipe.locate"
local squeeze = require "lrrun.train.squeeze"
local start_weights = require "lrrun.train.start_weights"
local model = require "lrrun.nn.model"
local momentum = require "lrrun.train.momentum"
local multistep = require "lrrun.schedule.multistep"
local native = require "lrrun.native.session"
local norm_parts = require "lrrun.train.norm_parts"
local optim = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local ranges = require "lrrun.util.ranges"
local runs = require "lrrun.train.run"
local schedule = require "lrrun.schedule.compile"
local schedule_check = require "lrrun.schedule.check"
local stop = require "lrrun.stop.compile"
local target_tokens = require "lrrun.nn.target_tokens"
local units = require "lrrun.util.units"
local update_size = require "lrrun.train.update_size"
local metrics = require "lrrun.metrics"

local prepare = {}

local HYPERS = optim.hypers()

-- The network's output has to be what loss and targets want.
local function check_output(r, loss, dataset, shape, seq)
  local whose, what = loss:check(dataset, shape, seq)
  if whose == "loss" then
    errors.raise(loss.where or r.where, "%s: %s", loss.kind, what)
  elseif whose then
    errors.raise(r.opts.model.where, "%s: %s", r.opts.model.kind, what)
  end
end

-- Data of today have samples and targets; more inputs are fed by a loop of one's own.
local function check_inputs(r, dataset, m)
  local other = m.builder.inputs[2]
  if other then
    errors.raise(r.opts.model.where, "%s: the network has an input '%s', and %s gives x and y: "
      .. "only model:step{ x =, y =, %s = } can feed it", r.opts.model.kind, other.name,
      dataset.kind, other.name)
  end
end

-- The narrower network that this one is to train like, or nil.
local function base_of(transfer)
  if not transfer or transfer.opts.kind == "none" then
    return nil
  end
  return transfer.opts.network
end

-- A base that differs in other things than width gives no factor, which is no base.
local function check_grown(transfer, m)
  local network = base_of(transfer)
  if network and not base.is_grown(m.builder)
    and describe.value(network) ~= describe.value(m.value) then
    errors.raise(transfer.where, "transfer: the network differs from its base (%s), but no tensor "
      .. "of it has another size", describe.value(network))
  end
end

local function build_model(r, dataset, loss, batch)
  local o = r.opts
  local shape = dataset.dtype == "i32" and dataset.seq and { dataset.length } or dataset.shape
  local m = model.build(o.model, shape, {
    batch = batch or dataset.batch, seed = o.seed, dtype = dataset.dtype,
    seq = dataset.seq or false, vocab = dataset.vocab, target_vocab = target_tokens(dataset),
    freeze = freeze.items(o.freeze), input_grad = false, portable = o.repro == "portable",
    precision = o.precision, base = base_of(o.transfer),
  })
  check_grown(o.transfer, m)
  check_inputs(r, dataset, m)
  check_output(r, loss, dataset, m:shape())
  return m
end

-- A loss compares with targets; samples alone are for loops of one's own.
local function check_targets(r, dataset)
  if not dataset.classes and not dataset.targets then
    local value = r.opts.data
    errors.raise(value.where, "%s: %s", value.kind, dataset.lacks
      or "gives samples and no targets (y), and training needs them")
  end
end

-- Mixup makes targets that are a share for each class.
local function has_soft_targets(dataset)
  local augment = dataset.opts.augment
  local mixup = type(augment) == "table" and (augment.opts or augment).mixup
  return mixup and mixup ~= 0 and dataset.classes ~= nil
end

-- Whether a parameter trains from the first update on; which ones there are.
local function trained_of(m)
  local names, some = {}, false
  for i, s in ipairs((m.graph:segments())) do
    names[i] = s.name
    some = some or s.trains and not m.builder.from[s.name]
  end
  return some, names
end

local function check_trains(r, m)
  local some, names = trained_of(m)
  local where = locate.key(r.where, r.opts.freeze and "freeze" or "model")
  local items = freeze.items(r.opts.freeze) or {}
  local function shown(i)
    return type(r.opts.freeze) == "string" and ("freeze = '%s'"):format(r.opts.freeze)
      or ("freeze item %d, '%s',"):format(i, items[i].opts.match)
  end
  if #names == 0 then
    errors.raise(where, "recipe: the model has no parameters to train")
  elseif not some then
    errors.raise(where, "recipe: %s leaves no parameter to train%s", #items == 1 and shown(1)
      or "freeze", next(m.builder.from) and " in the first updates" or "")
  end
  for i in ipairs(items) do
    if not m.builder.frozen[i] then
      errors.raise(where, "recipe: %s matches no parameter%s; there are %s%s", shown(i),
        i > 1 and " that an item before it has left" or "",
        table.concat(names, ", ", 1, math.min(8, #names)), #names > 8 and ", ..." or "")
    end
  end
end

--- Numbers of the clock that durations and schedules need.
local function clock_of(r, loader)
  local batches = loader:count()
  local per_epoch = (batches + r.opts.accumulate - 1) // r.opts.accumulate
  local lr = r.opts.optimizer.opts.lr
  return {
    lr = type(lr) == "number" and lr or nil,
    steps_per_epoch = per_epoch, pace = squeeze.pace(r),
    total_steps = squeeze.total(r, per_epoch),
    samples_per_step = loader:samples() / per_epoch,
    samples_per_epoch = loader:samples(),
  }
end

local function number_clock(clock)
  local copy = {}
  for key, item in pairs(clock) do
    copy[key] = item
  end
  copy.lr = nil
  return copy
end

local function check_ends(item, low, high)
  local value, range = item.value, item.range
  local is_low = ranges.is_low(range, low)
  if is_low or not ranges.has(range, high) then
    local x = is_low and low or high
    errors.raise(value.where, "%s: %s %s to %g in this run, %s", value.kind, item.name,
      is_low and "falls" or "rises", x, ranges.want(range, x))
  end
end

-- The values of the whole run, before any metric is seen.
local function check_bounds(item, total)
  local low, high = schedule_check.bounds(item.box, total)
  if low then
    check_ends(item, low, high)
  end
end

--- Before update `step`: the values of schedules that are functions of the recipe.
---@param run table
---@param step integer
---@param found table? metrics of the last validation
function prepare.feed(run, step, found)
  for _, item in ipairs(run.schedules) do
    if item.feed then
      schedule.feed(item.box, step, found)
      local now = item.box:at(step)
      check_ends(item, now, now)
    end
  end
end

-- Rates of groups are multiples of lr; where that is 0 they follow the schedule from their own,
-- which one that does not go by lr cannot do.
local function check_groups_follow(r, clock)
  local value, optimizer = r.opts.schedule, r.opts.optimizer
  for i, group in ipairs(optimizer.opts.lr == 0 and optimizer.opts.groups or {}) do
    local own = group.opts.lr
    if type(own) == "number" and own > 0 and ignores_lr(value, clock) then
      errors.raise(optimizer.where, "%s: lr is 0, and %s has rates of its own: what should the lr "
        .. "= %g of groups item %d be to them? want an lr above 0, of which that is a multiple",
        optimizer.kind, value.kind, own, i)
    end
  end
end

-- Every schedule of the recipe, compiled and tied to the number it drives.
local function add_schedules(run)
  local r, session = run.recipe, run.session
  local function add(value, name, range, clock, tie)
    local box = schedule.new(value, clock)
    local item = { name = name, value = value, range = range, box = box,
      feed = schedule.needs_feed(box) }
    check_bounds(item, clock.total_steps)
    run.schedules[#run.schedules + 1] = item
    tie(box)
  end
  if r.opts.schedule then
    check_groups_follow(r, run.clock)
    add(r.opts.schedule, "lr", HYPERS.lr, run.clock, function(box)
      session:drive(box, "lr")
    end)
  end
  local numbers = number_clock(run.clock)
  for _, item in ipairs(run.optimizer.schedules) do
    local name = item.name == "lr" and item.group == 1 and "lr"
      or ("optimizer.%s (group %d)"):format(item.name, item.group)
    add(item.schedule, name, HYPERS[item.name], numbers, function(box)
      if name == "lr" then
        session:drive(box, "lr")
      else
        session:drive_hyper(box, item.group, item.name)
      end
    end)
  end
  local clip = r.opts.clip
  for _, rule in ipairs(clip and options.descriptor(clip).keys or {}) do -- saved by their order
    local key = rule[1]
    if options.is_value(clip.opts[key], "schedule.") then
      add(clip.opts[key], "clip." .. key, rule, numbers, function(box)
        session:drive(box, "clip." .. key)
      end)
    end
  end
  local decay = averaging.schedule(r.opts)
  if decay then
    add(decay, "ema", optim.decay(), numbers, function(box)
      session:drive(box, "ema")
    end)
  end
  for _, drive in ipairs(run.model.builder.drives) do
    local value = drive.schedule or multistep { at = { drive.until_ }, values = { 1, 0 } }
    add(value, drive.name, drive.range, numbers, function(box)
      session:drive_node(box, drive.node, drive.attr)
    end)
  end
end

-- Updates from one evaluation to the next; in a squeezed run not a whole number of them.
local function every_of(r, clock)
  local validate = r.opts.validate
  if clock.pace then
    return squeeze.every(r, clock)
  elseif not validate then
    return clock.steps_per_epoch
  end
  local total = clock.total_steps
  return units.exact_steps(validate, clock) < total and units.to_steps(validate, clock) or total
end

local function clip_numbers(r)
  local out = {}
  for key, item in pairs(r.opts.clip and r.opts.clip.opts or {}) do
    out[key] = type(item) == "number" and item or 0
  end
  return out
end

-- First and last parameter of each part of the network.
local function parts_of(run)
  local list = {}
  for _, part in ipairs(norm_parts(run.model)) do
    list[#list + 1] = part.first
    list[#list + 1] = part.last
  end
  return list
end

local function new_session(run, o)
  local statistics, n = averaging.statistics(run, run.ctx.statistics)
  return native.new {
    graph = run.model.graph, inputs = run.model:fed(),
    loader = run.loader, optim = run.optimizer.native, batch = run.dataset.batch, part = run.part,
    accumulate = o.accumulate, shards = o.shards, seed = o.seed, clip = clip_numbers(run.recipe),
    average = averaging.native(run), statistics = statistics, n_statistics = n,
    norms = run:reports "grad_norms", norm_parts = parts_of(run), watch = run.ctx.watch,
  }
end

--- The metric that decides which epoch is best, and which way.
local function monitored(run)
  local o = run.recipe.opts
  local found = o.stop and stop.monitored(o.stop)
  if found then
    return found.monitor, found.mode
  end
  return run.val_split and "val_loss" or "train_loss", "min"
end

-- A run with its data and its network. batch: samples that there is room for at first.
local function begin(r, ctx, batch)
  local o = r.opts
  local dataset = ctx.dataset or ctx.kept and o.data:recall(ctx.kept, ctx) or o.data:open {
    seed = o.seed, data_dir = ctx.data_dir, recipe_dir = ctx.recipe_dir, threads = ctx.threads,
    vocabulary = ctx.vocabulary, loss = o.loss,
  }
  if ctx.opened then
    ctx.opened(dataset)
  end
  check_targets(r, dataset)
  local run = runs.new { recipe = r, ctx = ctx, dataset = dataset, schedules = {} }
  run.loss = o.loss or default_loss(dataset)
  run.loss = run.loss.resolve and run.loss:resolve(dataset) or run.loss
  run.model = build_model(r, dataset, run.loss, batch)
  return run
end

--- Data and network alone: what a trained model is measured and used with.
-- ctx: as for prepare.run, and dataset = what to use in the place of the recipe's data, kept =
-- what dataset:kept() gave, where the data need not be opened, batch = what there is room for at
-- first, in the place of the data's.
---@param r table a resolved recipe
---@param ctx table
---@return table run
function prepare.network(r, ctx)
  return begin(r, ctx, ctx.batch)
end

-- What a network lacks to be trained. Interrupts are looked for between what takes long where data
-- or network are large: nothing of it has to be saved.
local function complete(run)
  local r, o, dataset = run.recipe, run.recipe.opts, run.dataset
  host.check_interrupt()
  run.model:attach(run.loss, has_soft_targets(dataset))
  update_size.check_shards(r, dataset)
  run.model:plan(dataset.batch, o.shards == 1)
  host.check_interrupt()
  run.part = run.model.batch
  check_trains(r, run.model)
  run.val_split = dataset.splits.val > 0 and "val" or nil
  local scaled = run.loss.scales
  local ok, loader = pcall(dataset.loader, dataset, { split = "train", seed = o.seed,
    scaled = scaled })
  if not ok then
    errors.raise(o.data.where, "%s: %s", o.data.kind, loader)
  end
  run.loader = loader
  run.val_loader = run.val_split and dataset:loader { split = "val", shuffle = false,
    soft = run.model.soft, scaled = scaled }
  run.clock = clock_of(r, run.loader)
  run.every = every_of(r, run.clock)
  update_size.check_search(r, dataset, loader, run.clock.steps_per_epoch)
  if o.init and run.ctx.init ~= false then
    start_weights.load(o.init, run.model.graph, run.ctx)
  end
  run.optimizer = momentum.cycled(r):bind(run.model, o.rates and o.rates:factors(run.model))
  run.optimizer:settle(run.clock)
  host.check_interrupt()
  check_same_ranks(run)
  run.session = new_session(run, o)
  add_schedules(run)
  averaging.check_rate(run)
  run.stop = o.stop and stop.new(o.stop, run.clock)
  run.leaves = (not o.stop or stop.restores_best(o.stop)) and "best" or "last"
  run.monitor, run.mode = monitored(run)
  run.better = run.mode or metrics.mode(run.monitor)
  collect.begin(run)
  run.epochs = math.ceil(run.clock.total_steps / run.clock.steps_per_epoch)
  host.check_interrupt()
  return run
end

--- A run that is ready to start.
-- ctx: data_dir, recipe_dir, threads; opened: a function(dataset) that may refuse them; watch: its
-- session keeps what notes go by; init = false leaves the recipe's `init` away (a checkpoint
-- follows); statistics: batches at least that running statistics are taken of, for weights that
-- the session averages by itself.
---@param r table a resolved recipe
---@param ctx table
---@return table run
function prepare.run(r, ctx)
  return begin(r, ctx, 1):guarded(complete) -- room for a batch is made once, with the loss there
end

return prepare
