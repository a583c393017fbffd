--- `lrrun extend RUN --epochs +30 --via stretch|rewarm|cooldown`: makes a run that has
--- ended longer, with a schedule planned anew. Layer: cli.

local closing = require "lrrun.cli.closing"
local command = require "lrrun.util.command"
local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local extend = require "lrrun.runs.extend"
local extension = require "lrrun.runs.extension"
local more_epochs = require "lrrun.cli.more_epochs"
local rate_curves = require "lrrun.cli.rate_curves"
local setup = require "lrrun.cli.setup"
local parse = require "lrrun.cli.parse"
local reload = require "lrrun.runs.reload"

local function via_of(call)
  local via = call.flags.via
  for _, name in ipairs(extension.ways) do
    if via == name then
      return via
    end
  end
  parse.fail("extend wants --via stretch, rewarm or cooldown%s", via
    and (", got '%s'%s"):format(via, errors.hint(via, extension.ways)) or "")
end

-- Epochs that come on top: "+30", or "60" in all.
local function more_of(call, done)
  local n, is_more = more_epochs(call)
  if not n then
    parse.fail "extend wants --epochs +30 (on top) or --epochs 60 (in all), got none"
  end
  local more = is_more and n or n - done
  if more < 1 then
    parse.fail("the run has %s already: --epochs %d makes it no longer; --epochs +%d adds "
      .. "to them", counted(done, "epoch"), n, math.max(n, 1))
  end
  return more
end

-- The extension that the call asks for, what it makes of the learning rate, and the run's data,
-- which no extension changes: they are opened once, as pictures are decoded then.
local function plan(call, settings, result)
  local old <close> = reload.run(settings, { same = true })
  local step, lr = extend.last(settings, old, result)
  local more = more_of(call, (step + old.clock.steps_per_epoch - 1) // old.clock.steps_per_epoch)
  local item = extend.new(old, step, more, call.flags.via, lr)
  local planned <close> = reload.run(settings, { extension = item, dataset = old.dataset })
  return item, rate_curves(old, planned, step), old.dataset
end

return function(call)
  local via = via_of(call)
  local settings = setup.run_folder(call, { folders = { call.args[1] } })
  local result = closing.finished(settings)
  if not result then
    errors.raise(nil, "%s has not ended: %s goes on with it", call.args[1],
      command.line("resume", call.args[1]))
  end
  local item, lines, dataset = plan(call, settings, result)
  local run <close>, state = extend.open(settings, item, { dataset = dataset })
  extend.record(run) -- what cannot be is said before the curves
  for _, line in ipairs(lines) do
    call.out:print("%s", line)
  end
  if via == "cooldown" and item.from_lr < 0.1 * item.base then
    call.out:warn("the rate has already fallen to %.3g: cooling down from there changes little; "
      .. "--via rewarm raises it again", item.from_lr)
  end
  result = extend.train(run, state, { quiet = call.flags.quiet })
  closing.print(call.out, result)
  closing.answer(call.out, result)
  return closing.code(result)
end
