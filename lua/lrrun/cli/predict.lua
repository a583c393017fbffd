--- `lrrun predict RUN --input FILE`: applies the trained model of a run folder. Layer: cli.

local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local setup = require "lrrun.cli.setup"
local parse = require "lrrun.cli.parse"
local predict = require "lrrun.train.predict"
local reload = require "lrrun.runs.reload"
local sandbox = require "lrrun.sandbox"
local screen = require "lrrun.util.screen"

local FIRST = { "run", "input", "n", "file", "label", "class", "probability", "top", "steps" }

-- Names of the pictures in a folder, in the order in which they are read.
local function names_of(path)
  if file.kind(path) ~= "dir" then
    return {}
  end
  local names = {}
  for _, name in ipairs(file.list(path)) do
    if name:sub(1, 1) ~= "." and find.is_picture(name) then
      names[#names + 1] = name
    end
  end
  return names
end

local function numbers(list)
  local parts = {}
  for i, x in ipairs(list) do
    parts[i] = ("%.6g"):format(x)
  end
  return table.concat(parts, "  ")
end

-- Labels of steps stand beside each other, numbers of steps behind bars.
local function steps_line(steps)
  local parts = {}
  for i, step in ipairs(steps) do
    parts[i] = step.label and screen.line(step.label)
      or numbers(step.values or step.probabilities)
  end
  return table.concat(parts, steps[1] and steps[1].label and " " or " | ")
end

local function line(row)
  if row.steps then
    return steps_line(row.steps)
  elseif not row.top then
    return numbers(row.values or row.probabilities)
  end
  local parts = {}
  for i, item in ipairs(row.top) do
    parts[i] = ("%s %.4f"):format(screen.line(item.label), item.probability)
  end
  return table.concat(parts, "  ")
end

return function(call)
  local path = call.flags.input
  if not path then
    parse.fail("predict wants --input FILE: a table, a picture or a folder of them, an array or "
      .. "lines of text")
  end
  given.run(call.args[1])
  given.input(path)
  local settings = setup.run_folder(call, { read = { path } })
  local network = reload.network(settings, { kept = true })
  sandbox.unbind()
  local rows, notes = predict.run(network, path)
  for _, note in ipairs(notes) do
    call.out:warn("%s", note)
  end
  local names = names_of(path)
  for i, row in ipairs(rows) do
    row.file = #names == #rows and names[i] or nil
    call.out:print("%s  %s", row.file and screen.line(row.file)
      or ("%" .. #tostring(#rows) .. "d"):format(i), line(row))
  end
  call.out:result({ run = settings.folder, input = path, n = #rows,
    predictions = json.array(rows) }, FIRST)
  return 0
end
