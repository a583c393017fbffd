--- An advice as one HTML page, from the file that it left. Layer: advise.

local command = require "lrrun.util.command"
local pages = require "lrrun.page"
local picture = require "lrrun.advise.picture"
local report = require "lrrun.advise.report"
local round = require "lrrun.page.round"
local schema = require "lrrun.record.schema"
local stored = require "lrrun.record.stored"

local page = {}

local MOST, TEXT, MOST_RECIPE = 100000, 4096, 1 << 20 -- trainings, bytes
local OPEN = 40 -- trainings that are not folded away
local LOSS = { "loss", "real" }

local POINT = schema.record {
  open = true,
  keys = {
    { "lr", "number", above = 0, required = true },
    { "steps", "integer", min = 0, required = true }, LOSS,
    { "seed", "integer", min = 0, required = true },
    { "share", "number", above = 0, max = 1, required = true },
    { "state", "string", choices = { "complete", "diverged", "fail" }, required = true },
    { "own_split", "boolean" },
  },
}

local CHOICE = schema.record {
  open = true,
  keys = {
    { "name", "text", longest = TEXT, required = true },
    { "points", "list", of = POINT, most = MOST, required = true },
    { "suggestion", "number", above = 0 }, LOSS, { "difference", "number" },
    { "verdict", "text", longest = TEXT, required = true },
    { "warnings", "list", of = { nil, "text", longest = TEXT }, most = 1000, required = true },
  },
}

local ADVICE = schema.record {
  name = "advice.json", form = "json", most = 1 << 26, open = true,
  advice = "lrrun advise writes it",
  keys = {
    { "suggestion", "number", above = 0, required = true }, { "expected", "number" },
    { "interval", "record", required = true, of = schema.record { keys = {
      { "low", "number", above = 0, required = true },
      { "high", "number", above = 0, required = true } } } },
    { "points", "list", of = POINT, most = MOST, required = true },
    { "spent_runs", "number", min = 0, required = true },
    { "seconds", "number", min = 0, required = true },
    { "warnings", "list", of = { nil, "text", longest = TEXT }, most = 1000, required = true },
    { "key", "string", required = true }, { "monitor", "string", required = true },
    { "third", "number" }, { "triple", "number" }, { "flat", "boolean", default = false },
    { "unresolved", "record", of = schema.record { open = true, keys = {
      { "low", "number", above = 0, required = true },
      { "high", "number", above = 0, required = true },
      { "difference", "number", min = 0, required = true },
      { "points", "integer", min = 1, required = true },
      { "seeds", "integer", min = 1, required = true },
      { "runs", "integer", min = 1, required = true } } } },
    { "choices", "list", of = CHOICE, most = 1000 }, { "best", "text", longest = TEXT },
    { "seeds_spread", "number", min = 0 },
    { "curve", "list", most = MOST, of = schema.record { keys = {
      { "lr", "number", above = 0, required = true }, { "loss", "number", required = true } } } },
  },
}

local function put_tiles(p, result)
  p:tiles {
    { "suggestion", round(result.suggestion) },
    { "interval", ("%s to %s"):format(round(result.interval.low), round(result.interval.high)) },
    { result.monitor .. " to expect", round(result.expected) },
    { "runs spent", ("%.2g"):format(result.spent_runs) },
  }
end

local function put_points(p, result)
  local rows = {}
  for i, point in ipairs(result.points) do
    local word = point.state ~= "complete" and point.state or point.own_split and "a repeat" or ""
    rows[i] = { round(point.lr), ("%.3g %%"):format(100 * point.share), tostring(point.steps),
      tostring(point.seed), round(point.loss), word }
  end
  p:fold("Trainings", function()
    p:table { rows = rows, head = { result.key, "of the run", "updates", "seed", result.monitor,
      "" }, right = { true, true, true, true, true } }
  end, #rows <= OPEN)
end

local function put_choices(p, result)
  local rows = {}
  for i, row in ipairs(result.choices) do
    local words = { row.verdict ~= "" and row.verdict or nil }
    words[#words + 1] = row.name == result.best and "chosen" or nil
    rows[i] = { row.name, round(row.suggestion), round(row.loss), i > 1 and row.difference
      and ("%+.1f"):format(row.difference) or "", table.concat(words, ", ") }
  end
  p:heading "Choices"
  p:table { rows = rows, head = { "choice", "best rate", result.monitor, "difference", "" },
    right = { [2] = true, [3] = true, [4] = true } }
end

local function put_warnings(p, result)
  local notes = {}
  local function warn(text)
    notes[#notes + 1] = { "warning: " .. text, level = "warning" }
  end
  for _, text in ipairs(result.choices and {} or result.warnings) do
    warn(text)
  end
  for _, row in ipairs(result.choices or {}) do
    for _, text in ipairs(row.warnings) do
      warn(("%s: %s"):format(row.name, text))
    end
  end
  if notes[1] then
    p:notes(notes)
  end
end

local function put_rest(p, folder, result)
  local choice = result.choices and " and that choice" or ""
  p:heading "To train with it"
  p:text(("--freeze writes a recipe with that rate%s:"):format(choice), "dim")
  p:commands { command.line("advise", "RECIPE", "--freeze", "best.lua") }
  p:recipe(stored.text(folder, "recipe.lua", MOST_RECIPE))
end

--- The page of the advice in a folder. Raises where its file is none.
---@param folder string
---@return string
function page.html(folder)
  local result = stored.read(ADVICE, folder, "advice.json")
    or error(("%s has no advice.json: the advice has not come to its end"):format(folder), 0)
  local name = folder:match "([^/]+)/*$" or folder
  local p = pages.new(name)
  p:title(name, "advice on " .. result.key)
  put_tiles(p, result)
  for _, text in ipairs(report.lines(result)) do
    p:text(text)
  end
  put_warnings(p, result)
  p:charts { picture.chart(result, ("%s over %s"):format(result.monitor, result.key)) }
  if result.choices then
    put_choices(p, result)
  end
  put_points(p, result)
  put_rest(p, folder, result)
  return p:html()
end

return page
