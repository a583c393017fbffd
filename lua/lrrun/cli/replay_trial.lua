--- `lrrun replay STUDY#17`: runs one trial of a study again, alone, and compares its values
--- and its digest with those in the journal. Layer: cli.

local about = require "lrrun.study.about"
local closing = require "lrrun.cli.closing"
local errors = require "lrrun.util.errors"
local given = require "lrrun.cli.given"
local journal = require "lrrun.study.journal"
local own = require "lrrun.runs.own"
local parse = require "lrrun.cli.parse"
local records = require "lrrun.study.records"
local setup = require "lrrun.cli.setup"
local again = require "lrrun.study.again"

-- The last that the journal says of a trial of this number, and what numbers there are.
local function last_entry(kept, number)
  local found
  local least, most = math.huge, -1
  for _, entry in ipairs(kept.trials) do
    local mine = entry.ours and entry.attrs.lrrun
    local its = type(mine) == "table" and math.type(mine.number) == "integer" and mine.number
    if its then
      least, most = math.min(least, its), math.max(most, its)
    end
    if its == number and not (entry.damaged and found) then
      found = entry
    end
  end
  return found, least, most
end

-- The trial as the journal has it, and the study's settings. Raises where there is none.
local function find(call, folder, number)
  local kept = journal.read(folder)
  for _, note in ipairs(kept.notes) do
    call.out:warn("%s", note)
  end
  local entry, least, most = last_entry(kept, number)
  if not entry then
    parse.fail("%s has no trial %d%s", folder, number,
      most >= 0 and (", only %d to %d"):format(least, most) or "")
  elseif entry.damaged then
    errors.raise(nil, "%s: the record of trial %d is damaged before line %d; the command "
      .. "that began the study, with its recipe, does it again", kept.path, number, entry.damaged)
  end
  entry.attrs = records.ATTRS:check(entry.attrs, ("%s: trial %d"):format(kept.path, number))
  local study = kept.studies[entry.study + 1]
  return entry, records.SETTINGS:check(study and study.attrs.lrrun,
    kept.path .. ": the study's settings")
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
  setup.own(call, true)
  local kept = about.read(folder)
  kept.open = own.places(kept, kept.is_own, setup.opens(call))
  local out_dir, fresh = setup.out_folder(call, true)
  local read = { kept.folder, kept.open.recipe_dir }
  read[#read + 1] = kept.open.data_dir
  setup.lock(call, { read = read, makes = { out_dir }, fresh = fresh })
  local entry, set = find(call, kept.folder, number)
  setup.begin_trial(call, kept, entry.attrs.lrrun.seed, out_dir)
  local result = again(kept, entry, set, call.flags.quiet)
  if result.reason == "interrupted" then
    return closing.code(result)
  end
  print_verdict(call.out, result)
  closing.answer(call.out, result)
  return result.verdict == "identical" and 0 or 1
end
