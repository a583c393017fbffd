--- What a person sees while a run trains: a bar on a terminal, a line for each evaluation
--- everywhere. Layer: train.

local figure = require "lrrun.util.figure"
local metrics = require "lrrun.metrics"
local sys = require "lrrun.native.sys"

local progress = {}

local BAR, PERIOD = 20, 0.1 -- cells, seconds between two drawings

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

local function draw(run, state, out)
  local per_epoch = run.clock.steps_per_epoch
  local in_epoch = (state.step - 1) % per_epoch + 1
  local filled = in_epoch * BAR // per_epoch
  local elapsed = run.timer:seconds() - run.timer.before -- of this process
  local done = state.step - run.first_step
  local left = (run.clock.total_steps - state.step) * elapsed / math.max(done, 1)
  out:progress(("epoch %d/%d [%s%s] %d/%d  loss %s  lr %s  %s steps/s  ETA %s"):format(
    state.epoch, run.epochs, ("="):rep(filled), (" "):rep(BAR - filled), in_epoch, per_epoch,
    figure(state.loss), rate_of(run, state), speed(done / elapsed), clock_text(left)))
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

local function place_of(run, state)
  if not run.recipe.opts.validate then
    return ("epoch %" .. #tostring(run.epochs) .. "d/%d"):format(state.epoch, run.epochs)
  end
  local total = run.clock.total_steps
  return ("step %" .. #tostring(total) .. "d/%d  epoch %.2f"):format(state.step, total,
    run:epoch_of(state))
end

--- The line of an evaluation.
function progress.line(run, state)
  local m = state.metrics
  local parts = { place_of(run, state) }
  for _, entry in ipairs(metrics.shown) do
    if m[entry.name] then
      local name = entry.split == "train" and entry.metric.short or entry.short
      parts[#parts + 1] = name .. " " .. metrics.text(entry, m[entry.name])
    end
  end
  parts[#parts + 1] = clock_text(run.timer:seconds())
  return table.concat(parts, "  ")
end

function progress.epoch_hook(out)
  return function(run, state)
    if not out.quiet then
      out:erase()
      out:note("%s", progress.line(run, state))
    end
  end
end

progress.clock_text = clock_text

return progress
