--- `lrrun eval RUN [--split NAME | --input FILE] [--average N]`: measures the trained model of a
--- run folder, or the mean of its checkpoints.
-- Layer: cli.

local answers = require "lrrun.cli.answers"
local averaged = require "lrrun.runs.averaged"
local counted = require "lrrun.util.counted"
local dataset = require "lrrun.data.dataset"
local evaluate = require "lrrun.train.evaluate"
local figures = require "lrrun.cli.figures"
local given = require "lrrun.cli.given"
local measure = require "lrrun.train.measure"
local parse = require "lrrun.cli.parse"
local precision = require "lrrun.cli.precision"
local reload = require "lrrun.runs.reload"
local sandbox = require "lrrun.sandbox"
local scale = require "lrrun.data.scale"
local setup = require "lrrun.cli.setup"

local FIRST = { "run", "name", "input", "split", "average", "products", "n", "steps",
  table.unpack(measure.FIGURES) }

local function print_result(out, result)
  out:print("%s, %s%s", result.split and result.split .. " split"
    or result.input == "-" and "standard input" or result.input,
    counted(result.n, "sample"), result.steps and " of " .. counted(result.steps, "step") or "")
  local mean = result.average
  if mean then
    out:print("  mean of %d checkpoint%s, update%s %s%s", #mean.steps, #mean.steps == 1 and ""
      or "s", #mean.steps == 1 and "" or "s", table.concat(mean.steps, ", "), mean.batchnorm > 0
      and ("; batchnorm's statistics anew of the first %d batches"):format(mean.batchnorm) or "")
  end
  figures.print(out, result)
end

local function check_flags(call)
  local flags = call.flags
  if flags.targets and not flags.input then
    parse.fail("--targets are those of --input: give both")
  elseif not flags.input then
    return
  elseif flags.split then
    parse.fail("--split is a part of the run's own data, --input a file of others; give one of "
      .. "them")
  end
  given.run(call.args[1])
  given.input(flags.input)
  if flags.targets then
    given.input(flags.targets)
  end
end

-- The trained network, or that of the mean of checkpoints with these.
local function network(call, settings, opts)
  local n = call.flags.average
  if not n then
    return reload.network(settings, opts)
  end
  return averaged.network(settings, n)
end

-- Data that the run has not seen, with their targets.
local function measure_input(call)
  local flags = call.flags
  local path = flags.input ~= "-" and flags.input or nil
  local settings = setup.run_folder(call, { read = { path, flags.targets } })
  local run, average = network(call, settings, { kept = true })
  sandbox.unbind()
  given.fits(run.dataset, flags.input)
  local source <close> = dataset.samples(run.dataset, path, { labelled = true,
    targets = flags.targets })
  local result = evaluate.source(run, source)
  answers.say(call.out, source)
  result.input, result.counts, result.average = flags.input, source.counts(), average
  return result, run, source.notes()
end

local function measure_split(call)
  local run, average = network(call, setup.run_folder(call))
  local result = evaluate.run(run, call.flags.split)
  result.average = average
  return result, run, {}
end

return function(call)
  check_flags(call)
  local result, run, notes = (call.flags.input and measure_input or measure_split)(call)
  result.run = run.folder
  precision(call.out, run, result)
  print_result(call.out, result)
  local note = scale.note(run.dataset, run.loss)
  if note then
    call.out:note("%s", note)
  end
  if #notes > 0 then -- people have read them
    result.notes = table.move(result.notes or {}, 1, #(result.notes or {}), #notes + 1, notes)
  end
  call.out:result(figures.document(result), FIRST)
  return 0
end
