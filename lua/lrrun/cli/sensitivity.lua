--- `lrrun sensitivity RECIPE`: the loss over the rate, of the recipe or of several optimizers,
--- schedules or other values of it in one picture; run again, what was interrupted goes on.
--- Layer: cli.

local closing = require "lrrun.cli.closing"
local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local drive = require "lrrun.study.drive"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local host = require "lrrun.native.host"
local json = require "lrrun.record.json"
local output = require "lrrun.cli.output"
local page = require "lrrun.study.sensitivity_page"
local parse = require "lrrun.cli.parse"
local resolve = require "lrrun.recipe.resolve"
local screen = require "lrrun.util.screen"
local sensitivity = require "lrrun.study.sensitivity"
local studies = require "lrrun.cli.studies"
local table_text = require "lrrun.cli.table_text"
local transfer = require "lrrun.schedule.transfer"
local tries = require "lrrun.study.tries"
local variants = require "lrrun.study.variants"

local FROM, TO, POINTS, SEEDS = 1e-4, 1, 9, 2
local LOWEST, HIGHEST = 1e-30, 1e30 -- rates that a study of them takes
local MOST = 1000 -- points, seeds
local FIRST = { "run", "name", "monitor", "mode", "from", "to", "seeds", "with", "variants" }

-- The flags: { from, to, points, seeds, with, variants, path }.
local function asked_of(flags)
  local o = { from = flags.from or FROM, to = flags.to or TO, points = flags.points or POINTS,
    seeds = flags.seeds or SEEDS, with = flags.with }
  for _, name in ipairs { "from", "to" } do
    if o[name] < LOWEST or o[name] > HIGHEST then
      parse.fail("--%s is %g, want a rate from %g to %g", name, o[name], LOWEST, HIGHEST)
    end
  end
  if o.from >= o.to then
    parse.fail("--from is %g, want less than --to (%g)", o.from, o.to)
  elseif o.points < 2 or o.points > MOST then
    parse.fail("--points is %d, want 2 to %d", o.points, MOST)
  elseif o.seeds > MOST then
    parse.fail("--seeds is %d, want at most %d", o.seeds, MOST)
  elseif o.with then
    local list, path = variants.parse(o.with)
    if not list then
      parse.fail("--with %s", path)
    end
    o.variants, o.path = list, path
  end
  return o
end

-- The variants with their recipes; a value that cannot be set is the flag's fault.
local function prepared(r, value, o)
  if o.path and current.script().asked[o.path] then
    parse.fail("--with %s: '%s' is an option() of the script; --with takes a key of the recipe, "
      .. "such as model.1.units or optimizer", o.with, o.path)
  end
  local ok, list = errors.try(sensitivity.prepare, r, value, o)
  if not ok and errors.is(list) and tostring(list.where):find "^%-%-set" then
    parse.fail("--with %s: %s", o.with, errors.message(list))
  elseif not ok then
    error(list, 0)
  end
  return list
end

local function say_begin(call, opened)
  local done = 0
  for number = 0, opened.count - 1 do
    local t = opened.trials[number]
    done = done + (t and t.state ~= "running" and 1 or 0)
  end
  call.out:note("%s: %d trainings%s", screen.line(opened.name), opened.set.limit,
    done > 0 and (", %d done before"):format(done) or "")
end

-- A line for each training.
local function teller(call, opened, o)
  local names = opened.set.variants
  return function(t)
    local what = t.value and ("%s %.5g"):format(opened.set.monitor, t.value) or t.ended or t.error
      or t.trouble or t.state
    call.out:note("%4d  lr %-10.4g seed %d  %s%s", t.number, t.params.lr, t.seed,
      output.shown(what, 200), o.variants and "  " .. screen.line(names[t.choice].name) or "")
  end
end

-- The best rates of the variants' schedules over that of a linear decay, by their shapes; those
-- that a metric or a function decides are left out.
local function factors_of(list, o)
  local factors, clock = {}, o.path == "schedule" and sensitivity.clock(list)
  for i, of in ipairs(clock and list or {}) do
    local ok, found = pcall(transfer.of_schedule, of.recipe.opts.schedule, clock)
    factors[i] = ok and found and found.factor or nil
  end
  return factors
end

-- In words only where all trainings are there: those that are missing could be the best.
local function print_result(out, result, is_whole)
  table_text(out, page.rows(result))
  for _, variant in ipairs(is_whole and result.variants or {}) do
    out:print("%s  %s", out:paint("bold", screen.line(variant.name)),
      page.words(variant, result.monitor))
  end
end

local function write_files(result, is_whole)
  file.write(result.run .. "/sensitivity.svg", page.svg(result))
  file.write(result.run .. "/sensitivity.csv", page.csv(result))
  if is_whole then
    file.write(result.run .. "/" .. sensitivity.RESULT,
      json.encode(result, { indent = true, first = FIRST }) .. "\n")
  end
end

-- Why there is none: what the first training said that failed.
local function check_some(call, opened, result)
  for _, variant in ipairs(result.variants) do
    if variant.best then
      return
    end
  end
  for number = 0, opened.count - 1 do
    local t = opened.trials[number]
    if t and t.error then
      errors.raise(call.args[1], "no rate has a value: training %d: %s", number, t.error)
    end
  end
end

return function(call)
  studies.check_flags(call)
  local o = asked_of(call.flags)
  local value = studies.script(call)
  local r = resolve.for_run(value)
  local opened, note = sensitivity.open(prepared(r, value, o), r, o)
  if note then
    call.out:warn("%s", note)
  end
  say_begin(call, opened)
  local _ <close> = host.hold() -- also what is written and said after an interrupt
  local jobs = studies.jobs(call)
  local reason = drive(opened, studies.workers(call, opened, jobs), teller(call, opened, o))
  local result = sensitivity.result(opened, o, factors_of(opened.set.variants, o))
  write_files(result, reason == "done")
  print_result(call.out, result, reason == "done")
  if reason == "interrupted" then
    call.out:print("in %s\ninterrupted; the same command goes on", result.run)
    result.reason = reason
    for _, variant in ipairs(result.variants) do -- what is missing could be the best
      variant.best, variant.band, variant.sensitivity = nil, nil, nil
    end
    call.out:result(result, FIRST)
    return closing.code { reason = reason }
  elseif reason == "halted" then
    errors.raise(call.args[1], "%s", tries.text(opened:trouble()))
  end
  check_some(call, opened, result)
  call.out:print("in %s; %s makes a page of it", result.run, command.line("report", result.run))
  call.out:result(result, FIRST)
  return 0
end
