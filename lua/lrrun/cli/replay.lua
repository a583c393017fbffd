--- `lrrun replay exp.yaml` (or STUDY#17): runs an experiment again and checks every figure.
-- Layer: cli.

local closing = require "lrrun.cli.closing"
local diff = require "lrrun.cli.diff"
local experiment = require "lrrun.runs.experiment"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local setup = require "lrrun.cli.setup"
local output = require "lrrun.cli.output"
local replay = require "lrrun.runs.replay"
local status = require "lrrun.cli.status"

local WORDS = {
  identical = { "green", "identical: every figure and the digest" },
  close = { "yellow", "equal within %g %% (accuracies: %g): another CPU kernel" },
  different = { "red", "different" },
  interrupted = { "yellow", "interrupted after %d of %d evaluations; equal so far" },
}

local function print_verdict(out, result)
  local color, text = table.unpack(WORDS[result.verdict])
  if result.verdict == "interrupted" then
    out:print("%s", out:paint(color, text:format(result.evaluations, result.want_evaluations)))
    out:print("  run    %s", result.run)
    return
  end
  text = text:format(100 * result.tolerance.relative, result.tolerance.accuracy)
  out:print("%s", out:paint(color, text))
  if result.first then
    out:print("  first in epoch %s: %s was %s, is %s", output.shown(result.first.epoch),
      result.first.key, output.shown(result.first.a), output.shown(result.first.b))
  end
  out:print("  digest was %s\n         is  %s", result.want_digest, result.digest)
  if result.verdict ~= "identical" and #result.causes > 0 then
    out:print("what is other than then (A then, B now):")
    diff.print_causes(out, result.causes)
  end
  out:print("  run    %s", result.run)
end

return function(call)
  local path = call.args[1]
  local study, number = path:match "^(.+)#(%d+)$"
  if study and #number < 10 and file.kind(path) == nil then
    return require "lrrun.cli.replay_trial"(call, study, math.tointeger(number))
  end
  given.experiment(path)
  local exp = experiment.read(path)
  setup.own(call, true)
  local out_dir, fresh = setup.out_folder(call, true)
  local recipe_dir = assert(file.real(setup.folder_of(path)))
  setup.lock(call, { read = { recipe_dir }, makes = { out_dir }, fresh = fresh })
  local request = setup.begin(call)
  local result = replay.run(exp, {
    out_dir = out_dir, recipe_dir = recipe_dir, data_dir = request.data_dir,
    quiet = call.flags.quiet,
  })
  print_verdict(call.out, result)
  result.causes = json.array(result.causes)
  closing.answer(call.out, result)
  return result.verdict == "interrupted" and status.of_run(result.verdict)
    or result.verdict == "different" and 1 or 0
end
