--- What a person sees while a run trains: a bar on a terminal, a line for each evaluation
--- everywhere. Layer: train.

local epoch_line = require "lrrun.train.epoch_line"
local figure = require "lrrun.util.figure"
local screen = require "lrrun.util.screen"
local sys = require "lrrun.native.sys"

local progress = {}

local BAR, LEAST_BAR, PERIOD = 20, 4, 0.1 -- cells; seconds between two drawings
local STDERR = 2

local function clock_text(seconds)
  seconds = math.floor(seconds + 0.5)
  if seconds >= 3600 then
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
  end
  return ("%d:%02d"):format(seconds // 60, seconds % 60)
end

local function rate(x)
  return x and ("%.3g"):format(x) or "-"
end

-- The rate, with what the optimizer multiplies it by.
local function rate_of(run, state)
  local d = run.optimizer.native:d()
  return d and ("%s  d %s"):format(rate(state.lr), rate(d)) or rate(state.lr)
end

local function speed(x)
  return x >= 100 and ("%.0f"):format(x) or ("%.1f"):format(x)
end

-- A bar of at most BAR cells, shorter or none where there is less room.
local function bar(share, room)
  local cells = math.min(BAR, room)
  if cells < LEAST_BAR then
    return ""
  end
  local filled = math.floor(share * cells)
  return ("[%s%s] "):format(("="):rep(filled), (" "):rep(cells - filled))
end

local function draw(run, state, out)
  local per_epoch = run.clock.steps_per_epoch
  local in_epoch = (state.step - 1) % per_epoch + 1
  local elapsed = run.timer:seconds() - run.timer.before -- of this process
  local done = state.step - run.first_step
  local left = (run.clock.total_steps - state.step) * elapsed / math.max(done, 1)
  local head = ("epoch %d/%d "):format(state.epoch, run.epochs)
  local rest = ("%d/%d  loss %s  lr %s  %s steps/s  ETA %s"):format(in_epoch, per_epoch,
    figure(state.loss), rate_of(run, state), speed(done / elapsed), clock_text(left))
  out:progress(head .. bar(in_epoch / per_epoch, screen.width(STDERR) - #head - #rest - 4) .. rest)
end

--- A hook for each step: draws on a terminal, ten times a second at most.
function progress.step_hook(out)
  if not out.live then
    return nil
  end
  local last, skip, every = 0, 0, 1
  return function(run, state)
    skip = skip + 1
    if skip < every then
      return
    end
    skip = 0
    local now = sys.now()
    if now - last < PERIOD then
      -- Steps are fast: look at the clock less often.
      every = math.min(every * 2, 1024)
    else
      every = math.max(1, every // 2)
      last = now
      draw(run, state, out)
    end
  end
end

--- A hook for each evaluation: its line.
function progress.epoch_hook(out)
  local line = epoch_line.new(screen.width(STDERR))
  return function(run, state)
    if not out.quiet then
      out:erase()
      out:note("%s", line:text(run, state))
    end
  end
end

return progress
