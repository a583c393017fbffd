--- `lrrun report RUN [-o FILE]`: one HTML file about a run or an advice, by default report.html
--- in its folder. Layer: cli.

local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local setup = require "lrrun.cli.setup"
local report = require "lrrun.record.report"
local results = require "lrrun.cli.results"

-- Beside an experiment file, under its name.
local function default_path(path)
  if file.kind(path) == "file" then
    return path:gsub("%.ya?ml$", "") .. ".html"
  end
  return path:gsub("(.)/+$", "%1") .. "/report.html"
end

return function(call)
  local path = call.args[1]
  local is_advice = file.kind(path) == "dir" and file.kind(path .. "/advice.json") ~= nil
  if not is_advice then
    given.run_or_experiment(path)
  end
  local output = call.flags.output or default_path(path)
  given.one_stdout(call, output)
  local rules = { files = given.output(output, "output", "html") }
  if file.kind(path) == "file" or is_advice then
    setup.lock(call, { read = { path }, files = rules.files })
  else
    setup.run_folder(call, rules)
  end
  local text = is_advice and require("lrrun.advise.page").html(path)
    or report.html(results.read(path))
  call.out:give(output, text)
  call.out:tell(output, "%s: %d bytes", output, #text)
  call.out:result { file = file.real(output) or output, bytes = #text }
  return 0
end
