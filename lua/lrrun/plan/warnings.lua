--- Common mistakes that a plan can see before the run. Layer: plan.

local averaging = require "lrrun.train.averaging"
local counted = require "lrrun.util.counted"
local first_targets = require "lrrun.plan.first_targets"
local intervals = require "lrrun.train.intervals"
local network = require "lrrun.plan.network_warnings"
local options = require "lrrun.util.options"
local schedule = require "lrrun.schedule.compile"
local schedule_check = require "lrrun.schedule.check"
local transformer = require "lrrun.plan.transformer_warnings"

local warnings = {}

-- No network is trained with a rate above this.
local STEEP = 50
local HIGH_END = 0.05 -- share of the highest rate that a schedule ends above
local IDLE = 0.1 -- share of updates at a rate of 0 that is no mere end
-- Size of targets from which a network has far to go.
local FAR = 100

local function epochs_text(n)
  return counted(("%g"):format(n), "epoch")
end

--- Whether the run's optimizer finds its steps itself, so that no schedule has to lower a rate.
---@param run table
---@return boolean
function warnings.has_own_steps(run)
  local finds = options.descriptor(run.recipe.opts.optimizer:maker()).finds
  return finds == "sizes" or finds == "steps"
end

-- Every stop rule inside the recipe's.
local function each_rule(value, f)
  f(value)
  local desc = options.descriptor(value)
  for _, child in ipairs(desc.children and desc.children(value.opts) or {}) do
    each_rule(child, f)
  end
end

local function lr_item(run)
  for _, item in ipairs(run.schedules) do
    if item.name == "lr" then
      return item
    end
  end
  return nil
end

-- Whether groups alone have a rate, which follow the schedule where the optimizer's is 0.
local function groups_alone(run)
  local o = run.recipe.opts.optimizer.opts
  for _, group in ipairs(o.lr == 0 and o.groups or {}) do
    if group.opts.lr then
      return true
    end
  end
  return false
end

-- A batchnorm whose weights stand still moves its running statistics all the same.
local function check_frozen(run, hint)
  local moving
  for _, row in ipairs(run.model.builder.rows) do
    local held = row.value.kind == "nn.batchnorm" and run.model.builder.moves[row.name]
    moving = moving or held and row.name
  end
  if moving then
    hint("%s is frozen, and its running statistics move: freeze = { { '^%s', statistics = true } } "
      .. "keeps them, too, and normalises by them", moving, (moving:gsub("%.", "%%.")))
  end
end

-- What would let the schedule of a box that ends at `last` fall to 0: the key of its last phase
-- that holds it there, where there is one, and a schedule that does.
local function ways_to_0(box, last, high)
  local phases = schedule.phases(box)
  local value = phases[#phases].value
  local key = options.descriptor(value).ends
  local held = key and value.opts[key] or 0
  return (held > 0 and math.abs(last - held) < 0.01 * high and key .. " = 0, or " or "")
    .. "schedule.linear{}"
end

-- Bergsma et al., arXiv 2502.15938: a fall to 0 beats one to a tenth. Where more is wrong with the
-- schedule, that is what is said.
local function check_end(run, item, high, hint)
  local last = high and item.box:at(run.clock.total_steps)
  if last and last > HIGH_END * high and last < high
    and #schedule_check.warnings(item.value, run.clock) == 0 then
    hint("the schedule ends at %.0f %% of its highest rate: one that falls to 0 "
      .. "(%s) mostly ends at a lower loss", 100 * last / high, ways_to_0(item.box, last, high))
  end
end

local function check_constant(run, warn, hint)
  local item = lr_item(run)
  if warnings.has_own_steps(run) or averaging.by_optimizer(run.recipe.opts) or groups_alone(run)
    or item and (item.feed or #item.box:monitors() > 0) then
    return
  end
  local low, high
  if item then
    low, high = schedule_check.bounds(item.box, run.clock.total_steps)
  end
  if not item then
    hint("the learning rate is constant: a schedule that lowers it (schedule.linear{}) nearly "
      .. "always ends at a lower loss")
  elseif high and high > STEEP then
    warn("the schedule raises the learning rate to %.3g: is a factor above 1 meant "
      .. "(schedule.step{factor=0.1, every=30*epochs} lowers it)?", high)
  elseif low == high then
    warn("the schedule never changes the learning rate: it is %g throughout", low)
  elseif item then
    local idle = schedule_check.share_of_zeros(item.box, run.clock.total_steps) or 0
    if idle > IDLE then
      warn("the learning rate is 0 in %.0f %% of the updates, which change nothing "
        .. "(schedule.linear{} falls from lr to 0; its first argument is where it begins)",
        100 * idle)
    end
    check_end(run, item, high, hint)
  end
end

-- Of a step whose size hangs on the matrix alone, a rate that suits AdamW is a small one.
local function check_muon(run, hint)
  local value = run.recipe.opts.optimizer:maker()
  local o = value.opts
  local small = value.kind == "optim.muon" and o.scale ~= "rms"
    and type(o.lr) == "number" and o.lr > 0 and o.lr < 5e-3
  if small then
    hint("optim.muon { lr = %g }: with scale = '%s' most networks want about 0.02; scale = 'rms' "
      .. "takes a rate that suits AdamW", o.lr, o.scale)
  end
end

-- Of an optimizer that finds its rate lr is a factor, and no rate as Adam's.
local function check_factor(run, hint)
  local value = run.recipe.opts.optimizer:maker()
  local lr = options.descriptor(value).finds == "rate" and value.opts.lr
  if type(lr) == "number" and lr > 0 and lr < 0.05 then
    hint("%s { lr = %g }: lr multiplies the rate that it finds, and is 1 where it is not given; %g "
      .. "suits optimizers that find none", value.kind, lr, lr)
  end
end

local function check_watch(run, warn, hint)
  if not run.val_split then
    warn("there is no validation split: nothing tells overfitting from learning (val = 0.2 keeps "
      .. "a part)")
    return
  end
  local watched = run.stop and #run.stop:monitors() > 0
  for _, item in ipairs(run.schedules) do
    watched = watched or #item.box:monitors() > 0
  end
  if not watched then
    hint("nothing watches the validation: stop.early{patience=5} ends the run when val_loss no "
      .. "longer falls")
  end
end

-- The longest stretch in which the rate stands still before it changes: first update, last.
local function longest_rest(rate, total, per_epoch)
  local best_first, best_last = 0, 0
  local first, last_value = 0, rate(0)
  local stride = math.max(1, math.min(per_epoch, total // 4096))
  for t = stride, total - 1, stride do
    local value = rate(t)
    if value ~= last_value then
      if t - first > best_last - best_first then
        best_first, best_last = first, t
      end
      first, last_value = t, value
    end
  end
  return best_first, best_last
end

local function check_patience(run, rule, rate, warn)
  local o, clock = rule.opts, run.clock
  local per_epoch = clock.steps_per_epoch
  local evaluations = clock.total_steps / run.every
  if o.patience >= evaluations then
    warn("patience = %d cannot fire in a run of %s", o.patience, run.every == per_epoch
      and epochs_text(evaluations) or ("%d evaluations"):format(math.ceil(evaluations)))
    return
  end
  local item = lr_item(run)
  local value = item and item.value
  if value and value.kind == "schedule.plateau" and o.patience <= value.opts.patience then
    warn("patience = %d ends the run before schedule.plateau with patience = %d lowers the rate",
      o.patience, value.opts.patience)
  end
  if not (item and rate) or item.feed then
    return
  end
  local waits = o.patience * run.every
  local climb = schedule.warmup(item.box)
  if climb > waits then
    warn("patience = %d is shorter than the warmup of %s: the run can end before the rate is up",
      o.patience, epochs_text(climb / per_epoch))
  end
  local first, last = longest_rest(rate, clock.total_steps, per_epoch)
  if last - first > waits then
    warn("patience = %d is shorter than the %s that the rate stands still from epoch %g on: the "
      .. "run can end before the schedule does anything", o.patience,
      epochs_text((last - first) / per_epoch), first / per_epoch)
  end
end

local function check_schedules(run, warn)
  for _, item in ipairs(run.schedules) do
    local clock = run.clock
    if item.name ~= "lr" then
      clock = {}
      for key, value in pairs(run.clock) do
        clock[key] = key ~= "lr" and value or nil
      end
    end
    for _, text in ipairs(schedule_check.warnings(item.value, clock)) do
      -- Other numbers often start at 0 on purpose: dropout that grows.
      if item.name == "lr" then
        warn("schedule: %s", text)
      elseif not text:find "^update 0" then
        warn("%s: %s", item.name, text)
      end
    end
  end
end

-- A network begins with outputs near 0 and moves by about the rate in each update.
local function check_targets(run, warn)
  if not run.dataset.targets or not run.loss.scales or run.dataset.target_means then
    return
  end
  local values, sum = first_targets(run, false), 0
  local count = #values
  for i = 1, count do
    sum = sum + math.abs(values[i])
  end
  if sum / count > FAR then
    warn("the targets are about %.3g in size and the network begins near 0: it learns little but "
      .. "their mean for long; without target_scale = false they are scaled", sum / count)
  end
end

-- Among five classes every target is one of the five most probable; and what rounding leaves of
-- curvature.
local function check_metrics(run, warn)
  for _, name in ipairs(run.reported) do
    if name:find "top5$" and run.dataset.classes <= 5 then
      warn("top5 is always 1: there are %d classes", run.dataset.classes)
      break
    end
  end
  if run.asked.sharpness ~= nil and run.recipe.opts.precision == "bf16" then
    warn("sharpness beside precision = \"bf16\": a difference of gradients, which rounded products "
      .. "make rough: it may be a third off")
  end
end

--- Sentences on what looks like a mistake in this run, which a run says before its first update,
--- too; and hints, which a plan has alone: many runs do well without, and whether one would have
--- done better is seen at its end (lrrun.notes).
---@param run table of prepare.run
---@param layers table[] of plan.layers
---@param rate (fun(t: integer): number)? learning rate of an update
---@return string[] mistakes, string[] hints
function warnings.of(run, layers, rate)
  local mistakes, hints = {}, {}
  local function into(list)
    return function(fmt, ...)
      list[#list + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
    end
  end
  local warn, hint = into(mistakes), into(hints)
  check_constant(run, warn, hint)
  check_watch(run, warn, hint)
  check_muon(run, hint)
  check_factor(run, hint)
  check_frozen(run, hint)
  network.check(run, layers, warn)
  transformer.check(run, rate, warn, hint)
  if run.recipe.opts.stop then
    each_rule(run.recipe.opts.stop, function(rule)
      if rule.kind == "stop.early" then
        check_patience(run, rule, rate, warn)
      end
    end)
  end
  check_schedules(run, warn)
  check_targets(run, warn)
  check_metrics(run, warn)
  local late = averaging.too_late(run)
  if late then
    warn("average: %s", late)
  end
  for _, text in ipairs(intervals.too_long(run)) do
    warn("%s", text)
  end
  return mistakes, hints
end

return warnings
