--- `lrrun report FOLDER... [-o FILE]`: one HTML file about a run, several, a study, a range test,
--- an advice or a sensitivity, by default report.html in its folder, of several here. Layer: cli.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local inspect = require "lrrun.report.inspect"
local limits = require "lrrun.native.limits"
local parse = require "lrrun.cli.parse"
local reload = require "lrrun.runs.reload"
local results = require "lrrun.cli.results"
local sandbox = require "lrrun.sandbox"
local setup = require "lrrun.cli.setup"

local SECONDS = 20 -- that looking at the answers may take

-- What stands in a folder that is no run's, the first that is there, and who makes a page of it. An
-- advice or a sensitivity that has not come to its end is shown as the study that it is.
local PAGES = {
  { "advice.json", "lrrun.advise.page" }, { "sensitivity.json", "lrrun.study.sensitivity_page" },
  { "range.json", "lrrun.range.page" }, { "study.json", "lrrun.study.page" },
}

-- Who makes the page of such a folder; nil for all else.
local function page_of(path)
  for _, item in ipairs(file.kind(path) == "dir" and PAGES or {}) do
    if file.kind(path .. "/" .. item[1]) then
      return item[2]
    end
  end
  return nil
end

-- Beside an experiment file, under its name.
local function default_path(paths)
  local path = paths[1]
  if #paths > 1 then
    return "report.html"
  elseif file.kind(path) == "file" then
    return path:gsub("%.ya?ml$", "") .. ".html"
  end
  return path:gsub("(.)/+$", "%1") .. "/report.html"
end

local function check_output(call, output)
  given.one_stdout(call, output)
  local files = given.output(output, "output", "html")
  local ending = output:match "[^/]*$":match ".(%.%w+)$"
  if ending and not ending:lower():find "^%.html?$" then
    parse.fail("-o %s: its name ends in %s; want .html (- is the standard output)", output, ending)
  end
  return files
end

-- That something is missing from the page stands on the terminal, too.
local function without_answers(call, why)
  call.out:warn("the page has no answers on the validation samples: %s", why)
  return nil, nil, why
end

-- What the run's weights say of the samples that were kept back: found, the data set; or nil, nil
-- and why there is nothing.
local function look(call, settings)
  if call.flags["no-data"] then
    return nil, nil, "--no-data"
  elseif not file.kind(settings.folder .. "/weights.safetensors") then
    return without_answers(call, "the run has no weights.safetensors")
  end
  local ok, found, why, dataset = errors.try(function()
    local run = reload.network(settings)
    sandbox.unbind()
    local found, why = inspect.run(run, SECONDS)
    return found, why, run.dataset
  end)
  if not ok and (limits.refusal() or found == "interrupted") then
    error(found, 0)
  elseif not ok then
    return without_answers(call, errors.message(found))
  end
  return found, dataset, why
end

local function of_run(call, path, files)
  local settings = setup.run_folder(call, { files = files })
  local run = results.read(path)
  return require("lrrun.report.run").html(run, look(call, settings))
end

-- The page of one path.
local function of_one(call, path, files)
  local page = page_of(path)
  if page then
    setup.lock(call, { read = { path }, files = files })
    return require(page).html(path)
  elseif file.kind(path) == "file" then
    setup.lock(call, { read = { path }, files = files })
    return require("lrrun.report.run").html(results.read(path), nil, nil,
      "an experiment file has no data beside it; lrrun replay makes the run again")
  end
  return of_run(call, path, files)
end

-- Runs of several paths; what is none is left out with a word, as runs/* names all there is.
local function read_all(call, paths)
  local runs, left_out = {}, {}
  for _, path in ipairs(paths) do
    local ok, run = errors.try(function()
      given.run_or_experiment(path)
      return results.read(path)
    end)
    if ok then
      runs[#runs + 1] = run
    elseif run == "interrupted" or limits.refusal() then
      error(run, 0)
    else
      left_out[#left_out + 1] = ("left out: %s"):format(type(run) == "table" and run.message
        or errors.message(run))
      call.out:warn("%s", left_out[#left_out])
    end
  end
  return runs, left_out
end

local function of_several(call, paths, files)
  setup.lock(call, { read = paths, files = files })
  local runs, left_out = read_all(call, paths)
  if #runs == 0 then
    parse.fail "report: none of these is a run's folder or an experiment file"
  end
  return require("lrrun.report.runs").html(runs, left_out), #runs
end

return function(call)
  local paths = call.args
  for _, path in ipairs(paths) do
    if #paths == 1 and not page_of(path) then
      given.run_or_experiment(path)
    elseif not file.kind(path) then
      given.run_or_experiment(path) -- says what may have been meant
    end
  end
  local output = call.flags.output or default_path(paths)
  local files = check_output(call, output)
  local text, n
  if #paths == 1 then
    text = of_one(call, paths[1], files)
  else
    text, n = of_several(call, paths, files)
  end
  call.out:give(output, text)
  call.out:tell(output, "%s: %d bytes", output, #text)
  call.out:result { file = file.real(output) or output, bytes = #text, runs = n }
  return 0
end
