--- Sentences on what a run sees of itself, each with its figure and what to try: at most three,
--- the most important first. They stand in result.json and are printed while it trains and at its
--- end.
--
-- A rule is { kind, doc, see = function(seen) -> text, figure }; with `early` it is asked during
-- the training too, and what it said then stands. `unless` lists kinds that say the same better.
-- What rules go by is kept in `run.seen` and in the session (train/watch.h); both are saved, so
-- that a resumed run says what an unbroken one does. Nothing here reaches the weights.
-- Layer: notes.

local current = require "lrrun.util.current"
local json = require "lrrun.record.json"
local plan = require "lrrun.plan"
local record = require "lrrun.native.record"

local notes = {}

local MOST = 3
-- By importance.
local RULES = { "diverged", "unscaled", "baseline", "mistakes", "no_gradient", "depth",
  "dead_units", "rate_high", "rate_low",
  "overfit", "schedule_end", "plateau", "warmup", "clipping" }
-- Probes are made at so many places of a run.
local PROBES = 16
-- No rule speaks before a quarter of the run: what is to pass has passed by then.
local EARLY = 0.25

local rules -- loaded where a run comes to be judged

local function all_rules()
  if not rules then
    rules = {}
    for i, name in ipairs(RULES) do
      rules[i] = require("lrrun.notes." .. name)
    end
  end
  return rules
end

--- All rules, by importance: { kind, doc }.
---@return table[]
function notes.list()
  return all_rules()
end

--- Begins to see a run whose session watches.
---@param run table
function notes.begin(run)
  run.seen = run.seen or { said = {}, probes = {} }
  run.seen.mistakes = run.seen.mistakes or plan.mistakes(run)
end

--- Before the training from one evaluation to the next, where that may be one to probe before. An
--- update that a run does not come to, since it went back, is asked for again where it does.
---@param run table
---@param from integer updates before the one
---@param to integer and before the other
function notes.stretch(run, from, to)
  local total = run.clock.total_steps
  run.seen.place = (to == total or to * PROBES // total > from * PROBES // total)
    and math.tointeger(to) or nil
  if run.seen.place then
    run.session:probe_at(run.seen.place)
  end
end

local function has_said(list, kind)
  for _, note in ipairs(list) do
    if note.kind == kind then
      return true
    end
  end
  return false
end

local function is_said_better(rule, list)
  for _, kind in ipairs(rule.unless or {}) do
    if has_said(list, kind) then
      return true
    end
  end
  return false
end

-- What a rule says, as notes: one, or a list of a rule that has several.
local function ask(rule, now, list)
  if has_said(list, rule.kind) or is_said_better(rule, list) then
    return
  end
  local text, figure = rule.see(now)
  for _, one in ipairs(type(text) == "table" and text or { text }) do
    if #list < MOST then
      list[#list + 1] = { kind = rule.kind, text = one, figure = figure }
    end
  end
end

-- Adds what rules say by now. Figures of what went wrong may be no numbers.
local function judge(run, state, reason)
  local list = run.seen.said
  local now = require("lrrun.notes.seen").new(run, state, reason)
  for _, rule in ipairs(all_rules()) do
    if #list < MOST and (reason or rule.early) then
      ask(rule, now, list)
    end
  end
  return list
end

local function say(run, from)
  local list, out, script = run.seen.said, current.out(), current.script()
  for i = from, #list do
    -- The plan's were said before the first epoch; a script that trains often says none twice.
    if list[i].kind ~= "plan" and (not script or script:says(list[i].text)) then
      out:note("note: %s", list[i].text)
    end
  end
end

-- The lowest validation loss, with the training's there.
local function keep_lowest(run, state)
  local m, lowest = state.metrics, run.seen.lowest
  if m.val_loss and m.val_loss == m.val_loss and (not lowest or m.val_loss < lowest.val_loss) then
    run.seen.lowest = { epoch = run:epoch_of(state), step = state.step, val_loss = m.val_loss,
      train_loss = m.train_loss, val_accuracy = m.val_accuracy }
  end
end

-- What was seen of the update before the evaluation at `step`; nil where it was not probed for
-- notes (others look at more updates, which is not to change what is said).
local function probed(run, step)
  local found = run.seen.place == step and run.session:probe()
  return found and require("lrrun.notes.probe").of(run, step, found) or nil
end

--- After each evaluation.
---@param run table
---@param state table
---@param quiet boolean? nothing is printed
function notes.evaluated(run, state, quiet)
  keep_lowest(run, state)
  local found = probed(run, state.step) or run.seen.waiting
  run.seen.waiting = nil
  if not found then
    return
  end
  found.lr, found.val, found.train = state.lr, state.metrics.val_loss, state.metrics.train_loss
  table.insert(run.seen.probes, found)
  if state.step >= EARLY * run.clock.total_steps and state.step < run.clock.total_steps then
    local before = #run.seen.said
    judge(run, state)
    if not quiet then
      say(run, before + 1)
    end
  end
end

-- The rules' order, which what was said early does not have.
local function sort(list)
  local place = {}
  for i, rule in ipairs(all_rules()) do
    place[rule.kind] = place[rule.kind] or i
  end
  for i, note in ipairs(list) do
    list[i] = { note = note, place = place[note.kind] or #place + 1, i = i }
  end
  table.sort(list, function(a, b)
    return a.place < b.place or a.place == b.place and a.i < b.i
  end)
  for i, item in ipairs(list) do
    list[i] = item.note
  end
end

--- At the end: all notes of the run. One that was interrupted goes on, and has what was said.
---@param run table
---@param state table
---@param reason string
---@param quiet boolean?
---@return table[] list of { kind, text, figure }
function notes.finish(run, state, reason, quiet)
  local before = #run.seen.said
  if reason ~= "interrupted" and run.session:course() then
    judge(run, state, reason)
  end
  if not quiet then
    say(run, before + 1)
  end
  local list = {}
  for i, note in ipairs(run.seen.said) do
    list[i] = { kind = note.kind, text = note.text, figure = note.figure }
  end
  sort(list)
  return json.array(list)
end

--- What a checkpoint keeps: run.seen and the course of the session; of a run whose evaluation is to
--- be made again (state.waits) also the probe before it.
---@param run table
---@param state table of the loop
function notes.save(run, state)
  if not run.seen then
    return nil
  end
  local said, probes = {}, {}
  for i, note in ipairs(run.seen.said) do
    said[i] = note
  end
  for i, item in ipairs(run.seen.probes) do
    probes[i] = item
  end
  local bytes = run.session:course_bytes()
  return { said = said, mistakes = run.seen.mistakes, probes = probes, lowest = run.seen.lowest,
    waiting = state.waits and (probed(run, state.step) or run.seen.waiting) or nil,
    course = bytes and record.base64(bytes) or nil }
end

--- Puts back what `save` gave; nil: the run was saved by a version without notes.
---@param run table
---@param kept table?
function notes.load(run, kept)
  run.seen = { said = kept and kept.said or {}, probes = kept and kept.probes or {},
    lowest = kept and kept.lowest, mistakes = kept and kept.mistakes,
    waiting = kept and kept.waiting }
  if kept and kept.course then
    run.session:set_course(record.unbase64(kept.course) or "")
  end
end

return notes
