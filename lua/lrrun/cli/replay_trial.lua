--- `lrrun replay STUDY#17`: runs one trial of a study again, alone, and compares its values
--- and its digest with those in the journal. Layer: cli.

local about = require "lrrun.study.about"
local closing = require "lrrun.cli.closing"
local errors = require "lrrun.util.errors"
local given = require "lrrun.cli.given"
local journal = require "lrrun.study.journal"
local setup = require "lrrun.cli.setup"
local again = require "lrrun.study.again"

-- The trial as the journal has it. Raises where there is none.
local function find(folder, number)
  local kept = journal.read(folder)
  local least, most = math.huge, -1
  for _, entry in ipairs(kept.trials) do
    local mine = entry.attrs.lrrun
    if mine and mine.number == number then
      return entry, kept.studies[entry.study + 1].attrs.lrrun
    elseif mine then
      least, most = math.min(least, mine.number), math.max(most, mine.number)
    end
  end
  errors.raise(nil, "%s has no trial %d%s", folder, number,
    most >= 0 and (", only %d to %d"):format(least, most) or "")
end

local function print_verdict(out, result)
  closing.print(out, result)
  if result.verdict == "identical" then
    out:print("%s", out:paint("green", "identical: every value and the digest"))
    return
  end
  out:print("%s", out:paint("red", "different"))
  if result.first then
    out:print("  first in epoch %s: was %s, is %s", tostring(result.first.epoch),
      tostring(result.first.a), tostring(result.first.b))
  end
  out:print("  digest was %s\n         is  %s", tostring(result.want_digest), result.digest)
end

--- Runs trial `number` of the study in `folder`; gives the exit code.
return function(call, folder, number)
  given.study(folder)
  local kept = about.read(folder)
  local out_dir = setup.out_folder(call, true)
  setup.lock(call, { read = { kept.folder, kept.recipe_dir, kept.data_dir },
    write = { out_dir } })
  local entry, set = find(kept.folder, number)
  setup.begin_trial(call, kept, entry.attrs.lrrun.seed, out_dir)
  local result = again(kept, entry, set, call.flags.quiet)
  if result.reason == "interrupted" then
    return closing.code(result)
  end
  print_verdict(call.out, result)
  call.out:result(result)
  return result.verdict == "identical" and 0 or 1
end
