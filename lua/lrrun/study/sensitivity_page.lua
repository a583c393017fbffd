--- What a study of rates is shown as: a picture of its curves, a table as CSV, the words on each
--- curve, and a page from the file that it left. Layer: study.

local chart = require "lrrun.page.chart"
local pages = require "lrrun.page"
local round = require "lrrun.page.round"
local schema = require "lrrun.record.schema"
local screen = require "lrrun.util.screen"
local stored = require "lrrun.record.stored"

local page = {}

local FAR = 5 -- largest over smallest loss from which the axis is logarithmic
local MOST, TEXT = 100000, 4096
local LONG, FEW = 20, 4 -- columns of a name; variants that a chart of usual width has room for
local MOST_RECIPE = 1 << 20 -- bytes

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
  local line = { name = screen.cut(variant.name, LONG), kind = "both", x = {}, y = {}, spread = {} }
  for i, point in ipairs(variant.points) do
    local y = point.loss or failed(point) and variant.initial
    line.x[i] = point.lr
    line.y[i] = y and variant.initial and math.min(y, variant.initial) or y or 0 / 0
    line.spread[i] = point.loss == line.y[i] and point.spread or 0 / 0
  end
  return line
end

--- The curves of all variants over log lr as a chart (lrrun.page.chart), each best rate marked.
---@param result table of sensitivity.result
---@param title string
---@return table
function page.chart(result, title)
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
  return { title = title, x_label = "learning rate", y_label = result.monitor, log_x = true,
    log_y = low > 0 and high > FAR * low, series = series, marks = marks }
end

--- The picture.
---@param result table of sensitivity.result
---@return string
function page.svg(result)
  return chart.picture(page.chart(result, result.name))
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

local function cell_of(variant, k)
  local point = variant.points[k]
  if not point or not point.loss then
    return point and table.concat(point.states, ", ") or ""
  end
  local text = round(point.loss) .. (point.spread and " ± " .. round(point.spread) or "")
  local is_best = variant.best and variant.best.lr == point.lr
  return is_best and { text, class = "best" } or text
end

local function put_table(p, result)
  local head, rows, right = { "rate" }, {}, { true }
  for i, variant in ipairs(result.variants) do
    head[i + 1], right[i + 1] = variant.name, true
    for k, point in ipairs(variant.points) do
      rows[k] = rows[k] or { round(point.lr) }
      rows[k][i + 1] = cell_of(variant, k)
    end
  end
  for _, row in ipairs(rows) do
    for i = 1, #head do
      row[i] = row[i] or ""
    end
  end
  p:heading(("%s at each rate"):format(result.monitor))
  p:text("In colour the best rate, on the means smoothed over neighbouring rates.", "dim")
  p:table { head = head, rows = rows, right = right }
end

--- The page of the study in a folder. Raises where its file is none.
---@param folder string
---@return string
function page.html(folder)
  local result = stored.read(RESULT, folder, "sensitivity.json")
    or error(("%s has no sensitivity.json: the study has not come to its end"):format(folder), 0)
  local p = pages.new(result.name)
  p:title(result.name, ("%s over the learning rate, means of %d seed%s"):format(result.monitor,
    result.seeds, result.seeds == 1 and "" or "s and their standard deviation"))
  local chart_of = page.chart(result, result.monitor .. " over the learning rate")
  chart_of.wide = #result.variants > FEW
  p:charts { chart_of }
  for _, variant in ipairs(result.variants) do
    p:text(("%s: %s"):format(variant.name, page.words(variant, result.monitor)))
  end
  put_table(p, result)
  p:recipe(stored.text(folder, "recipe.lua", MOST_RECIPE))
  return p:html()
end

return page
