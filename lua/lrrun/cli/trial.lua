--- `lrrun trial STUDY N`: one trial of a study in a process of its own, as `search` starts it.
--
-- What to do is in STUDY/trials/N/job.json, and what came of it in outcome.json beside it.
-- Layer: cli.

local about = require "lrrun.study.about"
local closing = require "lrrun.cli.closing"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local setup = require "lrrun.cli.setup"
local parse = require "lrrun.cli.parse"
local process = require "lrrun.native.process"
local workers = require "lrrun.study.workers"

local function read_work(place)
  local text, why = file.read(place .. "/job.json")
  if not text then
    parse.fail("there is nothing to do for this trial: %s", why)
  end
  local work = json.decode(text)
  for _, curve in ipairs(work.median and work.median.curves or {}) do
    for _, report in ipairs(curve) do
      report[2] = report[2] ~= json.null and report[2] or 0 / 0
    end
  end
  return work
end

return function(call)
  local parent = call.flags.parent
  if parent and not process.end_with(parent) then
    return 1
  end
  local number = math.tointeger(tonumber(call.args[2]))
  if not number then
    parse.fail("trial wants a trial's number, got '%s'", call.args[2])
  end
  local kept = about.read(call.args[1])
  setup.lock(call, { read = { kept.folder, kept.recipe_dir, kept.data_dir },
    write = { kept.folder } })
  local place = workers.place(kept.folder, number)
  local work = read_work(place)
  setup.begin_trial(call, kept, work.seed)
  local outcome = require("lrrun.study.trial").in_folder(place, work, function()
    return about.recipe(kept)
  end)
  if outcome.reason == "interrupted" then
    return closing.code(outcome)
  end
  file.write(place .. "/outcome.json", json.encode(outcome, { indent = true }) .. "\n")
  return 0
end
