--- A run in its folder: begun or reopened, trained, and its end written down.
--
-- Whoever gets a run here closes it (`local run <close> = execute.begin(...)`). Layer: runs.

local board = require "lrrun.runs.board"
local checkpoint = require "lrrun.runs.checkpoint"
local collect = require "lrrun.train.collect"
local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local events = require "lrrun.train.events"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local host = require "lrrun.native.host"
local limits = require "lrrun.native.limits"
local loop = require "lrrun.train.loop"
local mend = require "lrrun.runs.mend"
local notes = require "lrrun.notes"
local on_error = require "lrrun.util.on_error"
local outcome = require "lrrun.runs.outcome"
local prepare = require "lrrun.train.prepare"
local progress = require "lrrun.train.progress"
local range = require "lrrun.range"
local ranks = require "lrrun.util.ranks"
local reload = require "lrrun.runs.reload"
local rollback = require "lrrun.runs.rollback"
local scale = require "lrrun.data.scale"
local saver = require "lrrun.runs.saver"
local state_of = require "lrrun.runs.state"
local step_log = require "lrrun.runs.step_log"
local weights = require "lrrun.record.weights"

local execute = {}

-- Why it ended, what is left to do, and the files of the end.
local function finish(run, state, keeper, reason, quiet)
  state.reason = reason
  run.digest = weights.digest(run.model.graph)
  if keeper and reason ~= "diverged" then
    keeper:save(state)
  end
  local has_best = run.session:finish(run.leaves == "best")
  local result = outcome.result(run, state, reason)
  result.notes = notes.finish(run, state, reason, quiet)
  result.weights = has_best and "best" or "last"
  if run.folder then
    local mark, step_mark = run.log:mark(), run.step_log and run.step_log:mark()
    run:close_log()
    folder.finish(run.folder, run.model.graph, result,
      { id = run.id, log = mark, step_log = step_mark })
    keeper:prune()
  end
  return result
end

-- What is not plain of the data and of metrics, before anything is learned; of a script that
-- trains often once.
local function say_what_is_assumed(run, out)
  local script = current.script()
  local function say(who, note)
    if note and (not script or script:says(note)) then
      out:note("%s: %s", who, note)
    end
  end
  for _, note in ipairs(run.dataset:said()) do
    say(run.dataset.kind, note)
  end
  say(run.dataset.kind, scale.note(run.dataset, run.loss))
  say("metrics", collect.note(run))
  for _, text in ipairs(run.seen.mistakes) do
    say("warning", text)
  end
end

-- Of a run that is ended by the world around it (a file that changed, a disk, a limit), which is
-- a text, and not by what the recipe says, which is an error of ours or comes of a callback.
local function say_what_is_saved(run, keeper, why, quiet)
  why = type(why) == "table" and why.err or why -- as the command line's handler keeps it
  local step = keeper and keeper.last_step or run.first_step
  local outside = type(why) == "string" or limits.refusal()
  if run.folder and step > 0 and outside and not run.callback and not quiet then
    current.out():note("saved at step %d; to go on: %s", step, command.line("resume",
      file.real(run.folder) or run.folder))
  end
end

--- Trains `run` from `state` on (unless it had ended) and gives the result; weights end as
--- run.leaves says. opts: quiet; hook, a function(run, state) after each update; epoch_hook, one
--- after each epoch; both may give a reason to end.
---@param run table
---@param state table
---@param opts { quiet: boolean?, hook: function?, epoch_hook: function? }
function execute.train(run, state, opts)
  local _ <close> = host.hold()
  run.log = run.folder and folder.log(run, run.keep_log)
  run.first_step = state.step
  local keeper = run.folder and saver.new(run)
  notes.begin(run)
  local hooks = { step = { opts.hook }, epoch = {} }
  table.insert(hooks.epoch, run.log and outcome.log_hook(run.log))
  table.insert(hooks.epoch, opts.epoch_hook)
  local on_board <close> = board.new(run)
  hooks.figures = step_log.open(run, function(row)
    if on_board then
      on_board:row(row)
    end
  end)
  hooks.rollback = rollback.new(run, state)
  hooks.after = { hooks.rollback }
  hooks.stretch = function(from, to)
    notes.stretch(run, from, to)
    if run.looks then
      run.session:probe_at(math.tointeger(to))
    end
  end
  table.insert(hooks.after, keeper) -- last: a checkpoint has what the others did
  if on_board then
    table.insert(hooks.epoch, function(_, now)
      on_board:epoch(now)
    end)
  end
  if not opts.quiet then
    local out = current.out()
    if state.step == 0 then
      say_what_is_assumed(run, out)
    end
    table.insert(hooks.step, progress.step_hook(out))
    table.insert(hooks.epoch, progress.epoch_hook(out))
  end
  table.insert(hooks.epoch, function(_, now)
    notes.evaluated(run, now, opts.quiet)
  end)
  local handlers = events.new(run, hooks)
  local _ <close> = on_error(function(why)
    if host.tripped() == "interrupted" and run.callback == "step" then
      finish(run, state, keeper, "interrupted", true) -- as where Ctrl-C comes between two steps
    else
      say_what_is_saved(run, keeper, why, opts.quiet)
    end
  end)
  local ended = state.reason ~= "interrupted" and state.reason
  state.reason = nil
  local reason = ended or loop.run(run, state, handlers)
  local result = finish(run, state, keeper, reason, opts.quiet)
  if on_board then
    on_board:finish(reason)
  end
  handlers.stop(state)
  return result
end

-- Reasons that a repetition does not meet by itself.
local OUTSIDE = { time = true, interrupted = true }

--- For a repetition of a run that ended for the clock or by a person: the run sees no time pass
--- from here on, and the hook that is given back ends it at the same step. nil for others.
---@param run table
---@param result { reason: string, steps: integer }
---@return function?
function execute.end_as(run, result)
  if not OUTSIDE[result.reason] then
    return nil
  end
  run:stop_timer()
  return function(_, state)
    return state.step >= result.steps and result.reason or nil
  end
end

-- Makes the folder and claims it: in this process alone, a folder is one run's.
local function add_folder(run, place)
  local request, script = current.request(), current.script()
  local text, settings = request.recipe_text, outcome.settings(run, request, script:fit_number())
  run.folder = folder.create(place or request.out_dir or "runs",
    not place and (run.recipe.opts.name or request.name or "run"), text, settings,
    { data = run.dataset:kept(), vocabulary = run.dataset:vocabulary(),
      required = script:files() })
  run.recipe_hash, run.id = text and folder.sha256(text), settings.id
  run.lock = file.lock(run.folder)
end

--- Raises where the run could have no folder: before what is done to find its rate.
---@param opts { record: boolean?, folder: string? } as for begin
function execute.check_place(opts)
  if opts.record and not opts.folder and ranks.writes() then
    folder.check_parent(current.request().out_dir or "runs")
  end
end

--- A resolved recipe as a run that is ready for `train`. opts: record = whether it has a
--- folder; folder = the path of it, else the next free one is made; quiet; dataset = its data,
--- where they are open; found = what its rate was found by (lrrun.advise), for the record.
---@param r table
---@param opts { record: boolean?, folder: string?, quiet: boolean?, dataset: table?,
--- found: table? }
---@return table run
function execute.begin(r, opts)
  if range.is_auto(r) then
    execute.check_place(opts)
  end
  local settled, found, dataset = range.settle(r, opts.quiet)
  local request = current.request()
  local run = prepare.run(settled, {
    data_dir = request.data_dir, recipe_dir = request.recipe_dir, threads = request.threads,
    dataset = dataset or opts.dataset, watch = true,
  })
  run.range = opts.found or found and { suggestion = found.suggestion,
    suggestions = found.suggestions, lowest = range.lowest(found) }
  run.looks = opts.record and #settled.opts.metrics > 0
  run:start_timer()
  if opts.record and ranks.writes() then
    run:guarded(add_folder, opts.folder)
  end
  return run
end

local function warn(message)
  current.out():warn("%s", message)
end

-- Puts the latest checkpoint, or nothing, into a run at its first step.
local function restore(run, lock)
  local state = { step = 0, epoch = 0 }
  local reader <close> = checkpoint.latest(run.folder, warn, run.session:tensors())
  run.lock, run.keep_log, run.keep_steps = lock, 0, 0
  run.looks = #run.recipe.opts.metrics > 0
  -- All have read what rank 0 mends and goes on to write.
  ranks.check_same { { what = "checkpoint", text = reader and checkpoint.seal(reader) or "" } }
  if reader then
    state_of.load(run, state, reader, warn)
  end
  if not ranks.writes() then
    run.folder = nil
  elseif reader then
    run.keep_log = mend.log(run, reader.state, "log")
    run.keep_steps = run.recipe.opts.log and mend.log(run, reader.state, "step_log") or 0
  end
  if run.folder then
    mend.result(run, state)
  end
  run:start_timer(reader and reader.state.seconds)
  return run, state
end

--- The run of a folder where its last checkpoint left it, or at its first step where there
--- is none: run, state for `train`. Raises where another process writes into it.
---@param settings table of reload.settings
---@param opts { dataset: table?, differs: boolean? }? dataset: its data, where they are open;
--- differs: they may be others than then (a repetition says so), else that is raised
---@return table run, table state
function execute.reopen(settings, opts)
  opts = opts or {}
  local lock = ranks.writes() and file.lock(settings.folder) or nil
  local _ <close> = on_error(function()
    if lock then
      lock:close()
    end
  end)
  if lock then
    checkpoint.sweep(settings.folder)
  end
  local text = folder.recipe(settings)
  local run = reload.run(settings, { init = #checkpoint.steps(settings.folder) == 0,
    dataset = opts.dataset, same = not opts.differs })
  run.recipe_hash, run.id = text and folder.sha256(text), settings.id
  run.extensions = #(settings.extensions or {})
  return run:guarded(restore, lock)
end

return execute
