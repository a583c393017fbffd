--- `lrrun eval RUN`: measures the trained model of a run folder. Layer: cli.

local evaluate = require "lrrun.train.evaluate"
local setup = require "lrrun.cli.setup"
local metrics = require "lrrun.metrics"
local reload = require "lrrun.runs.reload"
local screen = require "lrrun.util.screen"

local WIDEST = 60 -- columns of a class's name
local FIRST = { "run", "split", "n", "steps", table.unpack(metrics.plain) }

-- unit: what is counted, samples or steps.
local function print_classes(out, classes, unit)
  local width = screen.widest(classes, function(c) return c.name end, 5, WIDEST)
  out:print("  %s  %7s  %s", screen.pad("class", width), unit, "accuracy")
  for _, c in ipairs(classes) do
    out:print("  %s  %7d  %s", screen.pad(c.name, width, WIDEST), c.n,
      c.accuracy and ("%.4f"):format(c.accuracy) or "-")
  end
end

local function print_result(out, result)
  out:print("%s split, %d samples%s", result.split, result.n,
    result.steps and (" of %d steps"):format(result.steps) or "")
  local width = screen.widest(evaluate.FIGURES, function(name)
    return result[name] and name or ""
  end, 9)
  for _, name in ipairs(evaluate.FIGURES) do
    if result[name] then
      out:print("  %s %.6f", screen.pad(name, width), result[name])
    end
  end
  if result.classes and #result.classes <= 100 then
    print_classes(out, result.classes, result.steps and "steps" or "samples")
  end
end

return function(call)
  local settings = setup.run_folder(call)
  local result = evaluate.run(reload.network(settings), call.flags.split)
  result.run = settings.folder
  print_result(call.out, result)
  call.out:result(result, FIRST)
  return 0
end
