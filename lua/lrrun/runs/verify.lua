--- Proof that stopping and resuming changes nothing: a run in one piece, and the same run
--- stopped and resumed again and again, compared to the last bit.
--
-- The second one goes the way of a person's: checkpoint on the disk, the recipe's copy run
-- again, data opened anew. Layer: runs.

local execute = require "lrrun.runs.execute"
local file = require "lrrun.native.file"
local run_folder = require "lrrun.runs.folder"
local metrics = require "lrrun.record.metrics_log"
local reload = require "lrrun.runs.reload"
local sys = require "lrrun.native.sys"

local verify = {}

--- Steps to stop after, for a run of `total` steps with `per_epoch` in an epoch and evaluations
--- every `every` steps: the first, in the middle of an epoch, at an epoch's end, at an
--- evaluation and beside it, one before the last, and between.
---@return integer[]
function verify.points(total, per_epoch, every)
  local seen, points = {}, {}
  local function add(step)
    if step >= 1 and step < total and not seen[step] then
      seen[step] = true
      points[#points + 1] = step
    end
  end
  add(1)
  add(per_epoch // 2)
  add(per_epoch)
  add(per_epoch + 1)
  if every ~= per_epoch then
    add(every - 1)
    add(every)
    add(every + 1)
  end
  add(total // 2)
  add(total * 5 // 7)
  add(total - 1)
  table.sort(points)
  return points
end

-- Ends a run after update `point`, as Ctrl-C does.
local function stop_after(point)
  return function(_, state)
    return state.step >= point and "interrupted" or nil
  end
end

-- Folders of the runs that are compared. Ctrl-C ends the proof, not only the piece that it met:
-- what is there then is half and says nothing, so it goes.
local function new_folders()
  return setmetatable({}, { __close = function(list)
    for _, path in ipairs(sys.interrupted() and list or {}) do
      run_folder.remove(path)
    end
  end })
end

local function check_interrupt()
  if sys.interrupted() then
    error("the proof was interrupted", 0)
  end
end

-- The rows of metrics.jsonl and, where there is one, of steps.jsonl: by file.
local function rows_of(folder)
  local steps = folder .. "/steps.jsonl"
  return { ["metrics.jsonl"] = metrics.read(folder .. "/metrics.jsonl"),
    ["steps.jsonl"] = file.kind(steps) and metrics.read(steps, metrics.STEPS) or {} }
end

-- The whole run with a folder; rows of its metrics; updates of an epoch, and between evaluations.
local function in_one_piece(r, folders)
  local run <close> = execute.begin(r, { record = true })
  folders[#folders + 1] = run.folder
  local result = execute.train(run, { step = 0, epoch = 0 }, { quiet = true })
  check_interrupt()
  return result, rows_of(run.folder),
    { run.clock.steps_per_epoch, run:evaluated_at(1) }
end

-- A part of the run, up to update `point` or to its end; the run is closed then.
local function piece(run, state, point, whole)
  local _ <close> = run
  local hook = execute.end_as(run, whole)
  local result = execute.train(run, state,
    { quiet = true, hook = point and stop_after(point) or hook })
  check_interrupt()
  return result
end

local function in_pieces(r, points, whole, folders)
  local run, state = execute.begin(r, { record = true }), { step = 0, epoch = 0 }
  local folder = run.folder
  folders[#folders + 1] = folder
  for _, point in ipairs(points) do
    piece(run, state, point, whole)
    collectgarbage() -- two networks at a time are enough
    run, state = execute.reopen(reload.settings(folder))
  end
  return piece(run, state, nil, whole), rows_of(folder)
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b or a ~= a and b ~= b
  end
  for key, item in pairs(a) do
    if key ~= "seconds" and not same(item, b[key]) then
      return false, key
    end
  end
  for key in pairs(b) do
    if a[key] == nil then
      return false, key
    end
  end
  return true
end

local function difference_in(name, a, b)
  for i = 1, math.max(#a, #b) do
    local equal, key = same(a[i] or {}, b[i] or {})
    if not equal then
      return { file = name, line = i, key = key, whole = a[i] and a[i][key],
        resumed = b[i] and b[i][key] }
    end
  end
  return nil
end

local function first_difference(a, b)
  for _, name in ipairs { "metrics.jsonl", "steps.jsonl" } do
    local found = difference_in(name, a[name], b[name])
    if found then
      return found
    end
  end
  return nil
end

--- Compares. Returns { same, points, digest, resumed_digest, first (difference in
--- metrics.jsonl, steps.jsonl or the notes of result.json), folders }; the folders are removed
--- where all is the same.
---@param r table a resolved recipe
function verify.run(r)
  local folders <close> = new_folders()
  local whole, whole_rows, lengths = in_one_piece(r, folders)
  local points = verify.points(whole.steps, table.unpack(lengths))
  local resumed, rows = in_pieces(r, points, whole, folders)
  local first = first_difference(whole_rows, rows)
    or difference_in("result.json", whole.notes, resumed.notes)
  local equal = whole.digest == resumed.digest and first == nil and whole.reason == resumed.reason
  local result = { same = equal, points = points, steps = whole.steps, digest = whole.digest,
    resumed_digest = resumed.digest, first = first, reason = whole.reason }
  if equal then
    for _, path in ipairs { whole.run, resumed.run } do
      run_folder.remove(path)
    end
  else
    result.folders = { whole.run, resumed.run }
  end
  return result
end

return verify
