--- Everything that a run's next step depends on, taken out and put back: for checkpoints
--- and for going back after a divergence.
--
-- The session's tensors and numbers are its own affair (train/session.h); here is the
-- rest: where the loop stands, schedules and stop rules that metrics moved, the best epoch.
-- Layer: runs.

local checkpoint = require "lrrun.runs.checkpoint"
local continuation = require "lrrun.runs.continuation"
local folder = require "lrrun.runs.folder"
local notes = require "lrrun.notes"
local same_data = require "lrrun.runs.same_data"

local state_of = {}

local function copy(t)
  local out = {}
  for key, item in pairs(t or {}) do
    out[key] = item
  end
  return next(out) and out or nil
end

-- Snapshots of version 1.0 are lists of numbers without names: these, then all whose names
-- have a dot, in the session's order.
local OLD_NUMBERS = { "steps", "epoch", "batch", "has_best", "lr_scale", "sum_loss",
  "sum_correct", "sum_samples", "sum_grad_norm", "sum_steps", "norm_steps" }

--- The numbers of a checkpoint's snapshot by name.
---@param numbers table as a checkpoint has them
---@param session userdata
---@return table<string, number>
function state_of.by_name(numbers, session)
  if #numbers == 0 then
    return numbers
  end
  local out, at = {}, #OLD_NUMBERS
  for i, name in ipairs(OLD_NUMBERS) do
    out[name] = numbers[i]
  end
  for _, name in ipairs(select(2, session:numbers())) do
    if name:find(".", 1, true) then
      at = at + 1
      out[name] = numbers[at]
    end
  end
  return out
end

--- What the loop and the rules know, as plain tables.
---@param run table
---@param state table of the loop
function state_of.take(run, state)
  local schedules = {}
  for i, item in ipairs(run.schedules) do
    schedules[i] = item.box:save()
  end
  local best = run.best
  return {
    step = state.step, metrics = copy(state.metrics), reason = state.reason, waits = state.waits,
    schedules = schedules, stop = run.stop and run.stop:save(),
    best = best and { epoch = best.epoch, step = best.step, metrics = copy(best.metrics) },
    best_value = run.best_value, grad_norms = state.grad_norms,
    step_sums = run.step_sums and { table.unpack(run.step_sums) },
  }
end

--- Puts back what `take` gave.
---@param run table
---@param state table
---@param kept table
function state_of.put(run, state, kept)
  state.step, state.metrics, state.reason = kept.step, copy(kept.metrics), kept.reason
  state.grad_norms, state.waits = kept.grad_norms, kept.waits
  run.step_sums = kept.step_sums and { table.unpack(kept.step_sums) }
  for i, item in ipairs(run.schedules) do
    item.box:load(kept.schedules[i])
  end
  if run.stop then
    run.stop:load(kept.stop)
  end
  local best = kept.best
  run.best = best and { epoch = best.epoch, step = best.step, metrics = copy(best.metrics) }
  run.best_value = kept.best_value
end

--- Writes a checkpoint of the run as it stands. Raises when it cannot.
---@param run table
---@param state table
---@param wait boolean? false: does not wait for the disk
function state_of.save(run, state, wait)
  local tensors = run.session:tensors()
  local kept = state_of.take(run, state)
  kept.numbers = run.session:numbers()
  kept.seconds, kept.log_size = run.timer:seconds(), run.log and run.log:size()
  kept.log, kept.run = run.log and run.log:mark(), run.id
  if run.step_log then
    kept.step_log_size, kept.step_log = run.step_log:size(), run.step_log:mark()
  end
  kept.extensions, kept.cuts = run.extensions, run.cuts
  kept.recipe, kept.data = run.recipe_hash, run.dataset.fingerprint
  kept.program, kept.seen = folder.facts(), notes.save(run, state)
  if run.snapshot then
    tensors.snapshot, kept.snapshot_numbers = run.session:snapshot_state()
    kept.snapshot = run.snapshot
  end
  checkpoint.write(run.folder, tensors, kept, wait)
end

local function check(run, kept)
  same_data(run.dataset, kept.data)
  if run.recipe_hash ~= kept.recipe then
    error(("%s/recipe.lua was changed since the run was saved"):format(run.folder), 0)
  elseif run.id ~= kept.run then
    error(("%s: its checkpoint of step %d is that of another run"):format(run.folder, kept.step), 0)
  end
end

-- Schedules and rules take as many numbers as they gave.
local function check_place(run, kept)
  local fits = #kept.schedules == #run.schedules
    and (run.stop and #run.stop:save() or 0) == #(kept.stop or {})
  for i, item in ipairs(run.schedules) do
    fits = fits and #item.box:save() == #kept.schedules[i]
  end
  if not fits then
    error(("%s: its checkpoint of step %d was made by a recipe with other schedules or stop rules")
      :format(run.folder, kept.step), 0)
  end
end

-- Where bits may come out differently, the person hears of it.
local function compare_program(kept, precision, warn)
  local now, past = folder.facts(), kept.program
  local function compare(key, was)
    if was ~= now[key] then
      warn(("the run was saved under %s %s, this is %s: its bits may come out differently"):format(
        key, tostring(was), tostring(now[key])))
    end
  end
  compare("version", past.version)
  compare("real", past.real)
  compare("products", past.products or "blas") -- what versions took that said nothing of it
  if now.products == "blas" then
    compare("blas", past.blas)
  end
  if precision == "bf16" then
    compare("bf16_order", past.bf16_order or "pairs")
  end
end

-- The schedules that go on keep their place; the rate's, where it is a new one, is the first of the
-- list, in the place of the old one or before all. A rate that was asked for is not cut.
local function begin_continuation(run, kept, item)
  local anew, rate = continuation.changes(item)
  local old, more = kept.schedules, #run.schedules - #kept.schedules
  if anew or more ~= 0 then
    kept.schedules = {}
    for i, one in ipairs(run.schedules) do
      local fresh = one.box:save()
      local before = not (i == 1 and anew) and old[i - more]
      kept.schedules[i] = before and #before == #fresh and before or fresh
    end
  end
  if rate then
    kept.numbers.lr_scale, kept.cuts = 1, 0
  end
end

-- The end of a run is where its extension begins: under a schedule of its own, or the same
-- one over another length, and stop rules that begin anew.
local function begin_extension(run, kept)
  local item = run.settings.extensions[run.extensions]
  if item.via == "continue" then
    begin_continuation(run, kept, item)
  elseif item.via ~= "stretch" then
    kept.schedules = {}
    for i, one in ipairs(run.schedules) do
      kept.schedules[i] = one.box:save()
    end
  end
  kept.stop, kept.reason, kept.snapshot = run.stop and run.stop:save(), nil, nil
end

-- The session's share of a checkpoint.
local function load_session(run, reader, tensors)
  for name, tensor in pairs(tensors) do
    reader.load(name, tensor)
  end
  run.session:load_numbers(reader.state.numbers)
end

--- Puts the session's share of a checkpoint (checkpoint.open) into a run, to look at its weights.
--- Raises where the data or the recipe are others than then.
---@param run table
---@param reader table
function state_of.load_session(run, reader)
  check(run, reader.state)
  load_session(run, reader, run.session:tensors())
end

--- Puts a checkpoint (checkpoint.latest) into a run that is ready for its first step.
--- Raises where the data or the recipe are others than then.
---@param run table
---@param state table
---@param reader table
---@param warn fun(message: string)
function state_of.load(run, state, reader, warn)
  local kept = reader.state
  check(run, kept)
  if run.recipe.opts.repro ~= "portable" then
    compare_program(kept, run.recipe.opts.precision, warn)
  end
  local tensors = run.session:tensors()
  if (kept.extensions or 0) ~= (run.extensions or 0) then
    begin_extension(run, kept)
  end
  check_place(run, kept)
  if kept.snapshot then
    check_place(run, kept.snapshot)
    local numbers = state_of.by_name(kept.snapshot_numbers, run.session)
    tensors.snapshot = run.session:snapshot_state(numbers)
    run.snapshot = kept.snapshot
  end
  load_session(run, reader, tensors)
  run.cuts, run.keep_log, run.keep_steps = kept.cuts, kept.log_size, kept.step_log_size
  state_of.put(run, state, kept)
  notes.load(run, kept.seen)
end

return state_of
