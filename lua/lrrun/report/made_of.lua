--- What a run was made of and what happened to it, on a page: network, data, settings, recipe,
--- history, and how to repeat it. Layer: report.

local command = require "lrrun.util.command"
local curves = require "lrrun.report.curves"
local round = require "lrrun.page.round"
local values = require "lrrun.report.values"

local made_of = {}

local number, list, show = values.number, values.list, values.show
local MOST_EVENTS = 200
local STARTED = { "recipe", "overrides", "seed_flag", "epochs", "args", "choices" }

local function shape_text(row)
  local parts = {}
  for i, d in ipairs(list(row.output)) do
    parts[i] = i == 1 and row.time and "t" or show(d)
  end
  return "(" .. table.concat(parts, ", ") .. ")"
end

local function put_network(p, run)
  local rows, total = {}, 0
  for i, row in ipairs(list(run.network)) do
    row = list(row)
    local n = number(row, "parameters") or 0
    total = total + n
    rows[i] = { show(row.name), show(row.text), shape_text(row), n > 0 and round(n) or "-" }
  end
  if #rows > 0 then
    rows[#rows + 1] = { "", "", "", round(total) }
    p:heading "Network"
    p:table { head = { "layer", "is", "output", "parameters" }, rows = rows,
      right = { [4] = true } }
  end
end

local function put_tree(p, title, t)
  local rows = values.flatten(t)
  if #rows > 0 then
    p:heading(title)
    p:table { rows = rows }
  end
end

--- What happened to the run besides its training.
---@param p table lrrun.page
---@param run table
function made_of.history(p, run)
  local rows = {}
  for i, event in ipairs(run.history) do
    if i <= MOST_EVENTS then
      local parts, rest = {}, {}
      for key, item in pairs(event) do
        rest[key] = key ~= "event" and item or nil
      end
      for _, pair in ipairs(values.flatten(rest)) do
        parts[#parts + 1] = pair[1] .. " " .. pair[2]
      end
      rows[i] = { curves.WORDS[event.event] or show(event.event), table.concat(parts, ", ") }
    end
  end
  if #rows > 0 then
    p:heading "What happened to it"
    p:table { rows = rows }
    if #run.history > MOST_EVENTS then
      p:text(("and %d more"):format(#run.history - MOST_EVENTS), "dim")
    end
  end
end

--- Network, data, and how it was started.
---@param p table
---@param run table
function made_of.parts(p, run)
  put_network(p, run)
  put_tree(p, "Data", run.data)
  put_tree(p, "How the rate was found", run.range)
  local started = {}
  for _, key in ipairs(STARTED) do
    started[key:gsub("_flag$", "")] = (run.started or {})[key]
  end
  put_tree(p, "How it was started", started)
end

-- What leads to the same bits: of a run that has ended a replay, of another going on.
local function commands_of(run)
  if not run.folder then
    return { command.line("replay", run.path) }
  elseif not run.result.digest then
    return { command.line("resume", run.folder) }
  end
  local pack = run.label .. ".yaml"
  return { command.line("pack", run.folder, "-o", pack), command.line("replay", pack),
    "", command.line("eval", run.folder),
    command.line("predict", run.folder, "--input", "FILE") }
end

--- How to repeat it, and by which program on which machine it was made.
---@param p table
---@param run table
function made_of.again(p, run)
  p:heading "To repeat it"
  p:commands(commands_of(run))
  p:text("A replay trains again and compares every figure. The same program on the same kind of "
    .. "machine gives the same bits with any number of threads.", "dim")
  put_tree(p, "Program", run.program)
  put_tree(p, "Machine", run.machine)
end

--- All settings and the recipe, folded away.
---@param p table
---@param run table
function made_of.sources(p, run)
  p:fold("All settings", function()
    p:table { rows = values.flatten(run.settings) }
  end)
  p:recipe(type(run.recipe) == "string" and run.recipe or nil, true)
end

return made_of
