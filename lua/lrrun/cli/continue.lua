--- `lrrun continue RUN --lr 3e-4 --epochs 20`: a run goes on with another rate, schedule or length.
--- Layer: cli.

local closing = require "lrrun.cli.closing"
local command = require "lrrun.util.command"
local continuation = require "lrrun.runs.continuation"
local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local execute = require "lrrun.runs.execute"
local extend = require "lrrun.runs.extend"
local folder = require "lrrun.runs.folder"
local locate = require "lrrun.recipe.locate"
local more_epochs = require "lrrun.cli.more_epochs"
local overrides = require "lrrun.recipe.overrides"
local parse = require "lrrun.cli.parse"
local rate_curves = require "lrrun.cli.rate_curves"
local reload = require "lrrun.runs.reload"
local setup = require "lrrun.cli.setup"

-- Its length in updates from here on, nil where that stays.
local function updates_of(call, run, step)
  local n, is_more = more_epochs(call)
  local per_epoch, total = run.clock.steps_per_epoch, run.clock.total_steps
  if not n then
    if step >= total then
      errors.raise(nil, "%s has made its %s: how much longer? want --epochs +N",
        call.args[1], counted(total, "update"))
    end
    return nil
  elseif not is_more and n * per_epoch <= step then
    parse.fail("the run has made %.4g epochs already: --epochs %d leaves nothing to train; "
      .. "--epochs +%d adds to them", step / per_epoch, n, math.max(n, 1))
  end
  return is_more and step + n * per_epoch or n * per_epoch
end

-- An evaluation that was interrupted is made under the settings that it belongs to.
local function settle(settings, quiet)
  local run <close>, state = execute.reopen(settings)
  execute.train(run, state, { quiet = quiet, epoch_hook = function()
    return "interrupted"
  end })
end

-- The continuation that the call asks for, what it makes of the learning rate, and the run's data,
-- which none changes.
local function plan(call, settings, asked)
  local old <close> = reload.run(settings, { same = true })
  local result = folder.result(settings)
  if old.clock.pace then
    errors.raise(locate.key(old.recipe.where, "squeeze"), "continue: the run was squeezed to %g of "
      .. "its length, and its schedule with it; train it without 'squeeze'", old.clock.pace)
  end
  local step, waits = continuation.last(settings, old, result)
  if waits then
    settle(settings, call.flags.quiet)
  end
  asked.updates = updates_of(call, old, step)
  local item = continuation.new(old, step, asked)
  local planned <close> = reload.run(settings, { extension = item, dataset = old.dataset })
  continuation.check(old, planned, asked)
  return item, rate_curves(old, planned, step), old.dataset
end

return function(call)
  local flags = call.flags
  local asked = { lr = flags.lr, set = flags.set }
  if not (flags.lr or flags.epochs or flags.set) then
    parse.fail("continue wants --lr, --epochs or --set: %s goes on as it was",
      command.line("resume", call.args[1]))
  end
  continuation.check_set(overrides.parse(flags.set))
  local settings = setup.run_folder(call, { folders = { call.args[1] } })
  local item, lines, dataset = plan(call, settings, asked)
  local run <close>, state = extend.open(settings, item, { dataset = dataset })
  extend.record(run) -- what cannot be is said before the curves
  for _, line in ipairs(lines) do
    call.out:print("%s", line)
  end
  local result = extend.train(run, state, { quiet = flags.quiet })
  closing.print(call.out, result)
  closing.answer(call.out, result)
  return closing.code(result)
end
