--- `lrrun report RUN [-o FILE]`: one HTML file about a run, an advice or a sensitivity, by default
--- report.html in its folder. Layer: cli.

local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local setup = require "lrrun.cli.setup"
local report = require "lrrun.record.report"
local results = require "lrrun.cli.results"

-- The file that a study leaves, and who makes a page of it.
local PAGES = { ["advice.json"] = "lrrun.advise.page",
  ["sensitivity.json"] = "lrrun.study.sensitivity_page" }

-- Who makes the page of a study's folder; nil for all else.
local function page_of(path)
  for name, module in pairs(file.kind(path) == "dir" and PAGES or {}) do
    if file.kind(path .. "/" .. name) then
      return module
    end
  end
  return nil
end

-- Beside an experiment file, under its name.
local function default_path(path)
  if file.kind(path) == "file" then
    return path:gsub("%.ya?ml$", "") .. ".html"
  end
  return path:gsub("(.)/+$", "%1") .. "/report.html"
end

return function(call)
  local path = call.args[1]
  local page = page_of(path)
  if not page then
    given.run_or_experiment(path)
  end
  local output = call.flags.output or default_path(path)
  given.one_stdout(call, output)
  local rules = { files = given.output(output, "output", "html") }
  local ending = output:match "[^/]*$":match ".(%.%w+)$"
  if ending and not ending:lower():find "^%.html?$" then
    parse.fail("-o %s: its name ends in %s; want .html (- is the standard output)", output, ending)
  end
  if file.kind(path) == "file" or page then
    setup.lock(call, { read = { path }, files = rules.files })
  else
    setup.run_folder(call, rules)
  end
  local text = page and require(page).html(path) or report.html(results.read(path))
  call.out:give(output, text)
  call.out:tell(output, "%s: %d bytes", output, #text)
  call.out:result { file = file.real(output) or output, bytes = #text }
  return 0
end
