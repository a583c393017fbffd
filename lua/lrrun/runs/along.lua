--- Probes of the loss along a run: at its start, at shares of its length, at its end. Of a run
--- folder by its checkpoints; of a recipe by training it, in memory alone.
--
-- A point is { name = "25 %", share = 0.25 } or { name = "200", step = 200 }. Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local current = require "lrrun.util.current"
local events = require "lrrun.train.events"
local execute = require "lrrun.runs.execute"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local limits = require "lrrun.limits"
local loop = require "lrrun.train.loop"
local prepare = require "lrrun.train.prepare"
local probe = require "lrrun.train.probe"
local progress = require "lrrun.train.progress"
local reload = require "lrrun.runs.reload"
local rollback = require "lrrun.runs.rollback"
local state_of = require "lrrun.runs.state"

local along = {}

local NEAR = 0.01 -- of a run's length: a checkpoint so near a point stands for it

--- The points that a recipe is probed at where nobody says.
along.DEFAULT = "init,25%,end"

local SHARES = { init = 0, ["end"] = 1 }

local function point_of(word)
  local percent = word:match "^([%d.]+)%%$"
  local share = SHARES[word] or percent and (tonumber(percent) or 2) / 100
  if share then
    return share <= 1 and { name = (word:gsub("%%", " %%")), share = share } or nil
  end
  local step = word:match "^%d+$" and math.tointeger(tonumber(word))
  return step and { name = word, step = step } or nil
end

--- The points of "init,25%,200,end"; nil and the word that is none.
---@param text string
---@return table[]?, string?
function along.points(text)
  local out = {}
  for word in (text .. ","):gmatch "%s*([^,]-)%s*," do
    local point = point_of(word)
    if not point then
      return nil, word
    end
    out[#out + 1] = point
  end
  return out
end

local function step_of(point, total)
  return point.step or math.floor(point.share * total + 0.5)
end

-- The rate of the update to come; after the last one that of the last.
local function rate_of(run, state)
  if state.step >= run.clock.total_steps then
    return state.lr or state.metrics and state.metrics.lr
  end
  prepare.feed(run, state.step, state.metrics or {})
  return run.session:drive_now()
end

local function finite(x)
  return x and x == x and math.abs(x) < math.huge and x or nil
end

-- Who watches the products at a point, told that it begins; nil where nobody does.
local function watch_of(name, opts)
  if not opts.watch then
    return nil
  end
  opts.watch(name, 0, opts.points)
  return function(products)
    opts.watch(name, products, opts.points)
  end
end

-- What is found where the run is.
local function row_of(run, state, name, opts)
  local lr = rate_of(run, state)
  local p <close> = probe.new(run, { samples = opts.samples, watch = watch_of(name, opts) })
  local sharp = p:sharpness()
  local limit, noise = finite(sharp.value) and p:limit() or {}, p:noise()
  return {
    at = name, step = state.step, epoch = run:epochs_at(state.step), loss = finite(sharp.loss),
    sharpness = finite(sharp.value), sharpness_error = finite(sharp.error),
    settled = sharp.settled and limit.settled ~= false, samples = sharp.samples, lr = lr,
    limit = finite(limit.limit), limit_kind = limit.kind, factor = limit.factor,
    preconditioned = finite(limit.preconditioned), unseen = finite(limit.unseen),
    rate_over_limit = finite(limit.limit) and lr and lr / limit.limit or nil,
    noise_scale = noise and finite(noise.scale), noise_scale_low = noise and finite(noise.low),
    noise_scale_high = noise and finite(noise.high), noise_batch = noise and noise.shard,
    noise_samples = noise and noise.samples, gradient_square = noise and finite(noise.signal),
    noise_trace = noise and finite(noise.noise),
  }
end

local function result_of(run, rows, notes)
  if run.recipe.opts.precision == "bf16" then
    notes[#notes + 1] = "products are rounded to bfloat16, and curvature is a difference of "
      .. "gradients: it may be a third off (a recipe is probed with --precision f32, too)"
  end
  return { points = rows, notes = #notes > 0 and notes or nil, batch = run.dataset.batch,
    steps = run.clock.total_steps, optimizer = run.recipe.opts.optimizer.kind }
end

-- Measures at points as training comes by: a hook of each update, and what is still to come.
local function hook_of(run, points, rows, opts)
  local pending = table.move(points, 1, #points, 1, {})
  local function look(_, state)
    local i = 1
    while pending[i] do
      if step_of(pending[i], run.clock.total_steps) == state.step then
        rows[#rows + 1] = row_of(run, state, pending[i].name, opts)
        table.remove(pending, i)
      else
        i = i + 1
      end
    end
    return #pending == 0 and "probed" or nil
  end
  return look, pending
end

-- Trains until all points are seen, or the run ends. Returns why.
local function train(run, state, look)
  local hooks = { step = { look, progress.step_hook(current.out()) }, epoch = {} }
  hooks.rollback = rollback.new(run, state)
  hooks.after = { hooks.rollback }
  run.first_step = 0
  return loop.run(run, state, events.new(run, hooks))
end

-- What a run that has ended early leaves of its points: its end is where it is.
local function late(run, state, pending, rows, opts, reason)
  local notes = {}
  for _, point in ipairs(pending) do
    if point.share == 1 and reason ~= "diverged" then
      rows[#rows + 1] = row_of(run, state, point.name, opts)
    else
      notes[#notes + 1] = ("%s: the run ended before, at update %d (%s)"):format(point.name,
        state.step, reason)
    end
  end
  return notes
end

-- In the order of updates, and of one update as they were asked for.
local function sorted_rows(rows)
  local place = {}
  for i, row in ipairs(rows) do
    place[row] = i
  end
  table.sort(rows, function(a, b)
    return a.step < b.step or a.step == b.step and place[a] < place[b]
  end)
  return rows
end

--- A resolved recipe, trained as far as its points want it. opts: samples; watch, a function(name,
--- products, points) that is called before the first product with a Hessian at each of so many
--- points, and after each of them.
---@param r table
---@param points table[]
---@param opts { samples: integer?, watch: function? }
---@return table { points, notes, batch, steps, optimizer }
function along.recipe(r, points, opts)
  local run <close> = execute.begin(r, { record = false })
  local state, rows = { step = 0, epoch = 0 }, {}
  opts.points = #points
  local look, pending = hook_of(run, points, rows, opts)
  local reason = look(run, state) or train(run, state, look)
  if reason == "interrupted" then
    error(probe.STOPPED, 0)
  end
  local notes = late(run, state, pending, rows, opts, reason)
  return result_of(run, sorted_rows(rows), notes)
end

-- Steps at which the folder has the run's state: its start, and its checkpoints.
local function places(settings)
  local steps = checkpoint.steps(settings.folder)
  local out = { 0 }
  for i = #steps, 1, -1 do
    out[#out + 1] = steps[i] > 0 and steps[i] or nil
  end
  return out
end

local function nearest(steps, step)
  local best = steps[1]
  for _, other in ipairs(steps) do
    best = math.abs(other - step) < math.abs(best - step) and other or best
  end
  return best
end

-- All places with a name each.
local function all_of(steps, total, ended)
  local out = {}
  for i, step in ipairs(steps) do
    local last = i == #steps and i > 1
    out[i] = { step = step, name = i == 1 and "init" or last and (ended and "end" or "last")
      or ("%.3g %%"):format(100 * step / total) }
  end
  return out
end

-- The places that stand for the points asked for, and lines on those that none does.
local function asked_of(steps, total, ended, points)
  local out, notes = {}, {}
  for _, point in ipairs(points) do
    local step = point.share == 1 and ended and steps[#steps] or step_of(point, total)
    local place = nearest(steps, step)
    if math.abs(place - step) <= math.max(1, NEAR * total) then
      out[#out + 1] = { step = place, name = point.name }
    else
      notes[#notes + 1] = ("%s: no checkpoint near update %d; there are %s (checkpoint = { every, "
        .. "keep } keeps more; probing the recipe trains to it)"):format(point.name, step,
        table.concat(steps, ", "))
    end
  end
  return out, notes
end

local function warn(message)
  current.out():warn("%s", message)
end

-- The state of an update, of the start without a checkpoint; nil and what is wrong with its file.
local function state_at(run, step)
  local state = { step = 0, epoch = 0 }
  if step == 0 then
    return state
  end
  local ok, opened = pcall(checkpoint.open, run.folder, step, run.session:tensors())
  if not ok then
    limits.check() -- there was no memory to read it: it is not damaged
    return nil, tostring(opened)
  end
  local reader <close> = opened
  if (reader.state.extensions or 0) ~= run.extensions then
    return nil, ("update %d: a checkpoint of before the run was extended, under another schedule")
      :format(step)
  end
  state_of.load(run, state, reader, warn)
  return state
end

--- A run folder (reload.settings) at the checkpoints that it has; points: nil for all of them.
---@param settings table
---@param points table[]?
---@param opts { samples: integer?, watch: function? }
---@return table as of along.recipe
function along.folder(settings, points, opts)
  local run <close> = reload.run(settings)
  local text = folder.recipe(settings)
  run.recipe_hash, run.id = text and folder.sha256(text), settings.id
  run.extensions = #(settings.extensions or {})
  run:start_timer()
  local total, steps = run.clock.total_steps, places(settings)
  local ended = file.kind(settings.folder .. "/result.json") ~= nil
  local chosen, notes = all_of(steps, total, ended), {}
  if points then
    chosen, notes = asked_of(steps, total, ended, points)
  end
  local rows = {}
  opts.points = #chosen
  for _, place in ipairs(chosen) do
    local state, why = state_at(run, place.step)
    local row = state and row_of(run, state, place.name, opts)
    if row and place.step == 0 and run.extensions > 0 then
      row.lr, row.rate_over_limit = nil, nil -- the schedule is that of its last part
    end
    rows[#rows + 1] = row
    notes[#notes + 1] = why
  end
  return result_of(run, rows, notes)
end

return along
