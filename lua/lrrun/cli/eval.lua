--- `lrrun eval RUN`: measures the trained model of a run folder. Layer: cli.

local evaluate = require "lrrun.train.evaluate"
local figures = require "lrrun.cli.figures"
local measure = require "lrrun.train.measure"
local reload = require "lrrun.runs.reload"
local scale = require "lrrun.data.scale"
local setup = require "lrrun.cli.setup"

local FIRST = { "run", "name", "split", "n", "steps", table.unpack(measure.FIGURES) }

local function print_result(out, result)
  out:print("%s split, %d samples%s", result.split, result.n,
    result.steps and (" of %d steps"):format(result.steps) or "")
  figures.print(out, result)
end

return function(call)
  local settings = setup.run_folder(call)
  local run = reload.network(settings)
  local result = evaluate.run(run, call.flags.split)
  result.run = settings.folder
  print_result(call.out, result)
  local note = scale.note(run.dataset, run.loss)
  if note then
    call.out:note("%s", note)
  end
  call.out:result(figures.document(result), FIRST)
  return 0
end
