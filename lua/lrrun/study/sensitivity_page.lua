--- What a study of rates is shown as: a picture of its curves, a table as CSV, the words on each
--- curve, and a page from the file that it left. Layer: study.

local page_of = require "lrrun.record.report"
local schema = require "lrrun.record.schema"
local screen = require "lrrun.util.screen"
local stored = require "lrrun.record.stored"
local svg = require "lrrun.record.svg"

local page = {}

local escape = svg.escape
local FAR = 5 -- largest over smallest loss from which the axis is logarithmic
local MOST, TEXT = 100000, 4096
local LONG, FEW = 20, 3 -- columns of a name in the picture; names that have room above it

local RATE = { "lr", "number", above = 0, required = true }
local POINT = schema.record {
  open = true,
  keys = { RATE, { "loss", "number" }, { "spread", "number" },
    { "states", "list", of = { nil, "string", longest = 100 }, most = MOST, required = true },
    { "losses", "list", of = { nil, { "real", "null" } }, most = MOST, required = true } },
}
local VARIANT = schema.record {
  open = true,
  keys = {
    { "name", "text", longest = TEXT, required = true },
    { "points", "list", of = POINT, most = MOST, required = true },
    { "initial", "number" }, { "sensitivity", "number" }, { "transfer", "number" },
    { "best", "record", of = schema.record { open = true,
      keys = { RATE, { "loss", "number", required = true } } } },
    { "band", "record", of = schema.record { keys = {
      { "low", "number", above = 0, required = true },
      { "high", "number", above = 0, required = true },
      { "factor", "number", required = true }, { "open_low", "boolean", required = true },
      { "open_high", "boolean", required = true } } } },
  },
}
local RESULT = schema.record {
  name = "sensitivity.json", form = "json", most = 1 << 26, open = true,
  advice = "lrrun sensitivity writes it",
  keys = {
    { "name", "text", longest = TEXT, required = true }, { "monitor", "string", required = true },
    { "seeds", "integer", min = 1, required = true },
    { "variants", "list", of = VARIANT, most = 1000, required = true },
  },
}

-- Whether a run at a rate has ended without a loss.
local function failed(point)
  for _, state in ipairs(point.states) do
    if state == "diverged" or state == "fail" then
      return true
    end
  end
  return false
end

-- Losses as they are drawn: none above that before training, where a run stands that diverged;
-- what has not ended leaves a gap.
local function line_of(variant)
  local line = { name = screen.cut(variant.name, LONG), x = {}, y = {}, spread = {} }
  for i, point in ipairs(variant.points) do
    local y = point.loss or failed(point) and variant.initial
    line.x[i] = point.lr
    line.y[i] = y and variant.initial and math.min(y, variant.initial) or y or 0 / 0
    line.spread[i] = point.loss == line.y[i] and point.spread or nil
  end
  return line
end

--- The curves of all variants over log lr, each best rate marked.
---@param result table of sensitivity.result
---@param bare boolean? for a page with colours of its own
---@return string
function page.svg(result, bare)
  local series, marks, low, high = {}, {}, math.huge, 0
  for i, variant in ipairs(result.variants) do
    series[i] = line_of(variant)
    for _, y in ipairs(series[i].y) do
      if y == y then
        low, high = math.min(low, y), math.max(high, y)
      end
    end
    marks[#marks + 1] = variant.best and { x = variant.best.lr, minor = true,
      text = ("%s %.3g"):format(series[i].name, variant.best.lr) } or nil
  end
  table.sort(marks, function(a, b)
    return a.x < b.x
  end)
  return svg.chart {
    title = result.name, x_label = "learning rate", y_label = result.monitor, log_x = true,
    log_y = low > 0 and high > FAR * low, series = series, marks = marks,
    legend = #series <= FEW and "above" or nil, bare = bare,
  }
end

local function field(text)
  return text:find '[,"\r\n]' and '"' .. text:gsub('"', '""') .. '"' or text
end

--- A line for each training.
---@param result table
---@return string
function page.csv(result)
  local lines = { ("variant,lr,seed,state,%s"):format(field(result.monitor)) }
  for _, variant in ipairs(result.variants) do
    for _, point in ipairs(variant.points) do
      for seed, state in ipairs(point.states) do
        local loss = point.losses[seed]
        lines[#lines + 1] = ("%s,%.17g,%d,%s,%s"):format(field(variant.name), point.lr, seed, state,
          type(loss) == "number" and ("%.17g"):format(loss) or "")
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The words on a variant's curve.
---@param variant table
---@param monitor string
---@return string
function page.words(variant, monitor)
  local b = variant.band
  if not variant.best or not b then
    return "no rate has a value"
  end
  local parts = { ("best at lr = %.3g with %s %.4g"):format(variant.best.lr, monitor,
    variant.best.loss), ("within 5 %% from %s%.3g to %s%.3g, a factor of %s%s"):format(
    b.open_low and "below " or "", b.low, b.open_high and "above " or "", b.high,
    (b.open_low or b.open_high) and "more than " or "",
    (b.factor < 10 and "%.2g" or "%.0f"):format(b.factor)) }
  parts[3] = variant.sensitivity and ("sensitivity %.3g"):format(variant.sensitivity)
  if variant.transfer then
    parts[#parts + 1] = ("by its shape the best rate is %.2g times that of linear decay"):format(
      variant.transfer)
  end
  return table.concat(parts, "; ")
end

--- Rows of a table: a head, then each rate with what every variant came to there, and how far
--- seeds differ.
---@param result table
---@return string[][]
function page.rows(result)
  local rows = { { "rate" } }
  for i, variant in ipairs(result.variants) do
    rows[1][i + 1] = screen.line(variant.name)
    for k, point in ipairs(variant.points) do
      rows[k + 1] = rows[k + 1] or { ("%.3g"):format(point.lr) }
      local best = variant.best and variant.best.lr == point.lr
      local spread = point.spread and (" ±%.2g"):format(point.spread) or ""
      rows[k + 1][i + 1] = point.loss
        and ("%.4g%s%s"):format(point.loss, spread, best and " *" or "")
        or table.concat(point.states, ", ")
    end
  end
  return rows
end

local function add(out, fmt, ...)
  out[#out + 1] = fmt:format(...)
end

local function put_table(out, rows)
  add(out, '<div class="scroll"><table>')
  for i, cells in ipairs(rows) do
    local parts, tag = {}, i == 1 and "th" or "td"
    for k, cell in ipairs(cells) do
      parts[k] = ('<%s class="right">%s</%s>'):format(tag, escape(cell), tag)
    end
    add(out, "<tr>%s</tr>", table.concat(parts))
  end
  add(out, "</table></div>")
end

--- The page of the study in a folder. Raises where its file is none.
---@param folder string
---@return string
function page.html(folder)
  local result = stored.read(RESULT, folder, "sensitivity.json")
    or error(("%s has no sensitivity.json: the study has not come to its end"):format(folder), 0)
  local out = page_of.open(result.name)
  add(out, "<h1>%s</h1>", escape(result.name))
  add(out, '<p class="dim">%s over the rate, means of %d seed%s</p>', escape(result.monitor),
    result.seeds, result.seeds == 1 and "" or "s and their standard deviation")
  for _, variant in ipairs(result.variants) do
    add(out, "<p><b>%s</b>: %s</p>", escape(variant.name),
      escape(page.words(variant, result.monitor)))
  end
  add(out, '<div class="charts">%s</div>', page.svg(result, true))
  add(out, "<h2>Losses</h2>")
  put_table(out, page.rows(result))
  add(out, "</body></html>")
  return table.concat(out, "\n") .. "\n"
end

return page
