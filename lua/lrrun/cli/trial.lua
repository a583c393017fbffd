--- `lrrun trial STUDY N`: one trial of a study in a process of its own, as `search` starts it.
--
-- What to do is in STUDY/trials/N/job.json, and what came of it in outcome.json beside it.
-- Layer: cli.

local about = require "lrrun.study.about"
local closing = require "lrrun.cli.closing"
local own = require "lrrun.runs.own"
local setup = require "lrrun.cli.setup"
local parse = require "lrrun.cli.parse"
local process = require "lrrun.native.process"
local token_cache = require "lrrun.data.token_cache"
local workers = require "lrrun.study.workers"

return function(call)
  local parent = call.flags.parent
  if parent and not process.end_with(parent) then
    return 1
  end
  local name = call.args[2]
  if not (name:find "^%d[%d.]*$") or name:find("..", 1, true) then
    parse.fail("trial wants a trial's number, got '%s'", name)
  end
  local kept = about.read(call.args[1])
  own.begin(true)
  kept.open = { recipe_dir = call.flags["recipe-dir"] or kept.folder,
    data_dir = setup.data_folder(call), closed = {} }
  local place = workers.place(kept.folder, name)
  local out_dir = kept.folder:match "^(.+)/[^/]+$" or "."
  local read = { kept.folder, kept.open.recipe_dir, table.unpack(token_cache.folders(out_dir)) }
  setup.lock(call, { read = read, folders = { place } })
  local work = workers.read_work(place)
  setup.begin_trial(call, kept, work.seed, nil, out_dir)
  local outcome = require("lrrun.study.trial").in_folder(place, work, function()
    return about.recipe(kept)
  end, kept.open)
  if outcome.reason == "interrupted" then
    return closing.code(outcome)
  end
  workers.write_outcome(place, outcome)
  return 0
end
