--- Where a run is evaluated at other weights than it trains: an average that the recipe asks for,
--- or that of its optimizer (schedule_free_...). Layer: train.

local clocks = require "lrrun.util.clock"
local counted = require "lrrun.util.counted"
local describe = require "lrrun.util.describe"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local schedule_check = require "lrrun.schedule.check"
local statistics = require "lrrun.optim.statistics"

local averaging = {
  --- Batches that running statistics are taken of where nobody says.
  BATCHES = statistics.BATCHES,
}

-- `ema = 0.999` is the short form, and older.
local function average_of(o)
  return o.average and o.average.opts or o.ema and { kind = "ema", decay = o.ema }
end

--- Whether the optimizer averages its steps in the place of a rate that falls.
---@param o table options of a recipe
---@return boolean
function averaging.by_optimizer(o)
  return options.descriptor(o.optimizer:maker()).steady_lr == true
end

-- Whether the optimizer has an average of its own that is evaluated.
local function has_own(o)
  return o.optimizer:maker().opts.batchnorm ~= nil
end

--- The average's decay where it is a schedule.
---@param o table options of a recipe
---@return table?
function averaging.schedule(o)
  local average = average_of(o)
  return average and options.is_value(average.decay, "schedule.") and average.decay or nil
end

local function steps(run, duration)
  return duration and clocks.steps(duration, run.clock, "average", run.recipe.where)
end

--- What the native session takes for the average; nil without one.
---@param run table its recipe and clock
---@return table?
function averaging.native(run)
  local average, pace = average_of(run.recipe.opts), run.clock.pace
  if not average then
    return nil
  end
  local decay = type(average.decay) == "number" and average.decay or 0
  return { kind = average.kind, decay = pace and decay ^ (1 / pace) or decay,
    warmup = average.warmup or false, start = steps(run, average.start) or 0,
    every = steps(run, average.every) or 1, last = average.last or 0 }
end

--- Updates over which such an optimizer raises its rate by itself, and where its recipe says so;
--- nil for others.
---@param run table
---@return number?, string?
function averaging.warmup(run)
  local optimizer = run.recipe.opts.optimizer:maker()
  if not averaging.by_optimizer(run.recipe.opts) then
    return nil
  end
  return clocks.exact_steps(optimizer.opts.warmup, run.clock, optimizer.kind, optimizer.where),
    "warmup = 5*percent of the optimizer"
end

-- What the recipe says of it, at the average or at the optimizer.
local function asked_batches(o)
  local average, own = average_of(o), has_own(o)
  local says = o.average and (o.average.given.batchnorm or o.average.opts.kind ~= "ema")
  if average and (says or not own) then
    return average.batchnorm or 0
  end
  return own and o.optimizer:maker().opts.batchnorm or 0
end

--- Batches that running statistics are taken of for the weights that are evaluated; 0: there are
--- none, or they stay those of training. at_least: so many, even where the recipe averages nothing.
---@param run table with dataset and model
---@param at_least integer?
---@return integer
function averaging.batches(run, at_least)
  local _, buffers = run.model.graph:segments()
  local n = #buffers > 0 and asked_batches(run.recipe.opts) or 0
  return #buffers > 0 and n == 0 and at_least or n
end

--- The loader of those batches, and how many; nil where there are none to take.
---@param run table with dataset and model
---@param at_least integer?
---@return userdata?, integer?
function averaging.statistics(run, at_least)
  local n = averaging.batches(run, at_least)
  if n == 0 then
    return nil
  end
  return run.dataset:loader { split = "train", seed = run.recipe.opts.seed, augment = {},
    prefetch = false, soft = run.model.soft, scaled = run.loss.scales }, n
end

local function refuse(run, value, what)
  local kind = run.recipe.opts.optimizer:maker().kind
  errors.raise(value.where or run.recipe.where, "%s averages its steps in the place of a rate that "
    .. "falls, and %s %s: leave 'schedule' out, or let it rise and stay; for a rise at the start "
    .. "give the optimizer warmup = 5*percent", kind, describe.value(value), what)
end

--- Raises where the rate falls beside an optimizer that averages instead.
---@param run table with its schedules compiled
function averaging.check_rate(run)
  if not averaging.by_optimizer(run.recipe.opts) then
    return
  end
  for _, item in ipairs(run.schedules) do
    if item.name == "lr" and item.feed then
      refuse(run, item.value, "is a function, of which that is not known")
    elseif item.name == "lr" and #item.box:monitors() > 0 then
      refuse(run, item.value, "goes by a metric, of which that is not known")
    elseif item.name == "lr" then
      local before, after, t = schedule_check.fall(item.box, run.clock.total_steps)
      if before then
        refuse(run, item.value, ("falls from %.4g to %.4g in update %d"):format(before, after, t))
      end
    end
  end
end

local function from_text(start)
  return start > 0 and (" after update %d"):format(start) or ""
end

-- The average in words.
local function text_of(native)
  if native.kind == "ema" then
    return ("moving average of the weights%s%s"):format(from_text(native.start),
      native.warmup and ", a plain mean at first" or "")
  end
  return ("mean of %s, taken every %s%s"):format(native.kind == "lawa"
    and ("the last %d weights"):format(native.last) or "weights", counted(native.every, "update"),
    from_text(native.start))
end

--- What a plan says of it: { text, blocks = copies of the weights that it keeps, batchnorm }; nil
--- where the weights that train are evaluated.
---@param run table
---@return { text: string, blocks: integer, batchnorm: integer? }?
function averaging.plan(run)
  local native, own = averaging.native(run), has_own(run.recipe.opts)
  if not native and not own then
    return nil
  end
  return { text = native and text_of(native) .. (own and ", of the optimizer's average" or "")
    or "the optimizer's average of its steps", batchnorm = averaging.batches(run),
    blocks = native and 1 + (native.kind == "lawa" and native.last or 0) or 0 }
end

--- A sentence where nothing will be averaged in the run; nil otherwise.
---@param run table
---@return string?
function averaging.too_late(run)
  local native, total = averaging.native(run), run.clock.total_steps
  if not native then
    return nil
  end
  local every = native.kind == "ema" and 1 or native.every
  local first = (native.start // every + 1) * every
  return first > total and ("nothing is averaged: the first weights that count are those of update "
    .. "%d, and the run ends at %d"):format(first, total) or nil
end

return averaging
