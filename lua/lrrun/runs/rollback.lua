--- on_divergence = { rollback = true }: after a loss that is not finite, or when a
--- divergence rule fires, the run goes back to its last good state with a lower rate.
--
-- Good states are those at epochs' ends (and the first), and in epochs of more than EVERY
-- steps those at each EVERY-th, where the mean loss is not WORSE times what it was in the good
-- state before: one that is about to diverge is none. Nothing here looks at a clock, so a replay
-- goes back in the same places. Schedules, stop rules and the best epoch go back too.
-- Layer: runs.

local current = require "lrrun.util.current"
local folder = require "lrrun.runs.folder"
local state_of = require "lrrun.runs.state"

local rollback = {}

local EVERY, WORSE = 500, 4

local function take(run, state, loss)
  run.session:snapshot()
  run.snapshot = state_of.take(run, state)
  run.snapshot.loss = loss
end

-- Mean loss since the last evaluation; where one was just made, what it found.
local function mean_loss(run, state, evaluated)
  if evaluated then
    return state.metrics.train_loss
  end
  local sums = run.session:sums()
  return sums.weight > 0 and sums.loss / sums.weight or 0
end

--- Hooks of a run whose recipe asks for it, or nil. `after(state, epoch_end,
--- evaluated)` is called between steps, `diverged(state)` gives nil where the run goes on.
---@param run table
---@param state table
function rollback.new(run, state)
  local o = run.recipe.opts.on_divergence and run.recipe.opts.on_divergence.opts
  if not o or not o.rollback then
    return nil
  end
  local self = {}
  run.cuts = run.cuts or 0
  if not run.snapshot then
    take(run, state)
  end
  function self.after(_, now, epoch_end, evaluated)
    local kept = run.snapshot
    kept.loss = kept.loss or now.loss -- the first state's: that of the first step
    if epoch_end or now.step % EVERY == 0 then
      local loss = mean_loss(run, now, evaluated)
      if loss <= WORSE * kept.loss then
        take(run, now, loss)
      end
    end
  end
  function self.diverged(_, now)
    if run.cuts >= o.times then
      return "diverged"
    end
    local from = now.step
    run.cuts = run.cuts + 1
    run.session:rollback()
    local loss = run.snapshot.loss
    state_of.put(run, now, run.snapshot)
    run.session:cut_lr(o.factor)
    take(run, now, loss) -- with the lower rate: the next time cuts it further
    local line = { event = "rollback", step = now.step, from_step = from, factor = o.factor,
      times = run.cuts }
    if run.log then
      run.log:write(line)
      folder.history(run, line, true)
    end
    if run.step_log then
      run.step_log:write(line)
    end
    current.out():note("diverged at step %d: back to step %d, the rate times %g (%d of %d)", from,
      now.step, o.factor, run.cuts, o.times)
    return nil
  end
  return self
end

return rollback
