--- In which settings runs differ. Layer: record.

local compare = require "lrrun.record.compare"

--- Of runs as lrrun.cli.results gives them: settings, program, extensions, and what their data
--- hold; a list of { key, values = one for each run, nil where it has none }.
---@param runs table[]
---@return table[]
return function(runs)
  local trees = {}
  for i, run in ipairs(runs) do
    local extensions = type(run.started) == "table" and run.started.extensions
    local contents = type(run.data) == "table" and run.data.fingerprint or nil
    trees[i] = { program = run.program, extensions = extensions or nil,
      data = { contents = contents } }
    for key, item in pairs(type(run.settings) == "table" and run.settings or {}) do
      trees[i][key] = key == "data" and { contents = contents, settings = item } or item
    end
  end
  return compare.many(trees)
end
