--- An advice as one HTML page, from the file that it left. Layer: advise.

local picture = require "lrrun.advise.picture"
local report = require "lrrun.advise.report"
local page_of = require "lrrun.record.report"
local schema = require "lrrun.record.schema"
local stored = require "lrrun.record.stored"
local svg = require "lrrun.record.svg"

local page = {}

local escape = svg.escape
local MOST, TEXT = 100000, 4096 -- trainings, bytes
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

local function add(out, fmt, ...)
  out[#out + 1] = fmt:format(...)
end

local function put_tiles(out, result)
  add(out, '<div class="tiles">')
  for _, item in ipairs {
    { "suggestion", ("%.4g"):format(result.suggestion) },
    { "interval", ("%.3g to %.3g"):format(result.interval.low, result.interval.high) },
    { result.monitor, result.expected and ("%.4g"):format(result.expected) or "-" },
    { "runs spent", ("%.2g"):format(result.spent_runs) },
  } do
    add(out, '<div class="tile"><span class="dim">%s</span><b>%s</b></div>', escape(item[1]),
      escape(item[2]))
  end
  add(out, "</div>")
end

local function put_points(out, result)
  add(out, '<h2>Trainings</h2><div class="scroll"><table><tr><th>%s</th><th>of the run</th>'
    .. "<th>updates</th><th>seed</th><th>%s</th><th></th></tr>", escape(result.key),
    escape(result.monitor))
  for _, p in ipairs(result.points) do
    add(out, "<tr><td>%.4g</td><td>%.3g %%</td><td>%d</td><td>%d</td><td>%s</td><td>%s</td></tr>",
      p.lr, 100 * p.share, p.steps, p.seed, p.loss and ("%.5g"):format(p.loss) or "-",
      p.state ~= "complete" and p.state or p.own_split and "a repeat" or "")
  end
  add(out, "</table></div>")
end

local function number(format, x, without)
  return x and format:format(x) or without
end

local function put_choices(out, result)
  add(out, '<h2>Choices</h2><div class="scroll"><table><tr><th>choice</th><th>best rate</th>'
    .. "<th>%s</th><th>difference</th><th></th></tr>", escape(result.monitor))
  for i, row in ipairs(result.choices) do
    local words = { row.verdict ~= "" and row.verdict or nil }
    words[#words + 1] = row.name == result.best and "chosen" or nil
    add(out, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>", escape(row.name),
      number("%.3g", row.suggestion, "-"), number("%.4g", row.loss, "-"),
      i > 1 and number("%+.1f", row.difference, "") or "", escape(table.concat(words, ", ")))
  end
  add(out, "</table></div>")
  for _, row in ipairs(result.choices) do
    for _, text in ipairs(row.warnings) do
      add(out, "<p>warning: %s: %s</p>", escape(row.name), escape(text))
    end
  end
end

--- The page of the advice in a folder. Raises where its file is none.
---@param folder string
---@return string
function page.html(folder)
  local result = stored.read(ADVICE, folder, "advice.json")
    or error(("%s has no advice.json: the advice has not come to its end"):format(folder), 0)
  local name = folder:match "([^/]+)/*$" or folder
  local out = page_of.open(name)
  add(out, "<h1>%s</h1>", escape(name))
  put_tiles(out, result)
  for _, text in ipairs(report.lines(result)) do
    add(out, "<p>%s</p>", escape(text))
  end
  for _, text in ipairs(result.choices and {} or result.warnings) do
    add(out, "<p>warning: %s</p>", escape(text))
  end
  if result.choices then
    put_choices(out, result)
  end
  add(out, '<div class="charts">%s</div>', picture.svg(result, name, true))
  put_points(out, result)
  add(out, "</body></html>")
  return table.concat(out, "\n") .. "\n"
end

return page
