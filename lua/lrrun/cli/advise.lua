--- `lrrun advise RECIPE`: the recipe's best learning rate, with what speaks for it; run again, an
--- advice that was interrupted goes on. Layer: cli.

local advising = require "lrrun.study.advising"
local closing = require "lrrun.cli.closing"
local drive = require "lrrun.study.drive"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local freeze = require "lrrun.study.freeze"
local host = require "lrrun.native.host"
local json = require "lrrun.record.json"
local on_error = require "lrrun.util.on_error"
local parse = require "lrrun.cli.parse"
local picture = require "lrrun.advise.picture"
local report = require "lrrun.advise.report"
local said = require "lrrun.cli.advise_report"
local studies = require "lrrun.cli.studies"
local sys = require "lrrun.native.sys"
local tries = require "lrrun.study.tries"

local WHO = "advise"

local function budget_of(call)
  local text = call.flags.budget or tostring(advising.RUNS)
  local given, why = advising.budget(text)
  if not given then
    parse.fail("--budget %s: %s", text, why)
  end
  return given, text
end

local function what_of(call)
  local text = call.flags.what
  local what, why = nil, nil
  if text then
    what, why = advising.what(text)
  end
  if why then
    parse.fail("--what %s: %s", text, why)
  end
  return what
end

local function asked_of(call, value)
  local given, text = budget_of(call)
  local what = what_of(call)
  return {
    who = WHO, budget = given, budget_text = text, what = what, value = value,
    subjects = advising.choices(advising.recipe(value), what),
  }
end

local function frozen(call, asked, result, choice)
  local text = freeze.of(advising.request(asked, result, choice), report.head(result))
  studies.write_frozen(call, text)
end

local function write_folder(opened, result)
  local path = opened.folder
  file.write(path .. "/advice.csv", picture.csv(result))
  file.write(path .. "/advice.svg", picture.svg(result, opened.name))
  result.run = path
  report.fill(result)
  file.write(path .. "/" .. advising.RESULT, json.encode(result,
    { indent = true, first = report.FIRST }) .. "\n")
end

-- The study; a budget that is too small for the recipe is the flag's fault, as any other is. Nil
-- and the error where Ctrl-C came.
local function open(asked)
  local ok, opened, goes_on, note = pcall(advising.open, asked) -- errors.try would not come back
  if not ok and errors.is(opened) and opened.text:find "^a budget of " then
    parse.fail("--budget %s: %s", asked.budget_text, opened.text)
  elseif not ok and sys.interrupted() then
    return nil, opened
  elseif not ok then
    error(opened, 0)
  end
  return opened, goes_on, note
end

-- What --json prints of an advice that was interrupted.
local function say_unfinished(call, result)
  result.reason = "interrupted"
  call.out:result(result, report.FIRST)
  return closing.code(result)
end

return function(call)
  studies.check_flags(call)
  budget_of(call)
  what_of(call)
  local asked = asked_of(call, studies.script(call))
  local opened, goes_on, note = open(asked)
  if not opened then
    say_unfinished(call, advising.unfinished())
    error(goes_on, 0)
  elseif note then
    call.out:warn("%s", note)
  end
  said.begin(call.out, opened, goes_on, asked.budget)
  local _ <close> = on_error(function()
    if opened.sequence.hopeless then -- what was in the way may be gone the next time
      file.remove(opened.folder .. "/journal.log")
    end
  end)
  local _ <close> = host.hold() -- also what is written and said after an interrupt
  local jobs = studies.jobs(call)
  local reason = drive(opened, studies.workers(call, opened, jobs), said.trial(call.out, opened))
  if reason == "interrupted" then
    call.out:print("advice  %s\ninterrupted; the same command goes on", opened.folder)
    return say_unfinished(call, advising.unfinished(opened, asked))
  elseif reason == "halted" then
    errors.raise(call.args[1], "%s", tries.text(opened:trouble()))
  end
  local result, choice = advising.result(opened, asked)
  said.print(call.out, result)
  if call.flags.freeze then
    frozen(call, asked, result, choice)
  end
  write_folder(opened, result)
  call.out:print("advice  %s", opened.folder)
  call.out:result(result, report.FIRST)
  return 0
end
