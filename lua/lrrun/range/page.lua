--- A range test as one HTML page, from the file that it left. Layer: range.

local command = require "lrrun.util.command"
local json = require "lrrun.record.json"
local pages = require "lrrun.page"
local picture = require "lrrun.range.picture"
local round = require "lrrun.page.round"
local schema = require "lrrun.record.schema"
local stored = require "lrrun.record.stored"

local page = {}

local MOST, TEXT, MOST_RECIPE = 100000, 4096, 1 << 20 -- points, bytes
local LOSS = { "real", "null" }

local function rate(name, required)
  return { name, "number", above = 0, required = required }
end

local POINT = schema.record { open = true, keys = {
  rate("lr", true), { "loss", LOSS }, { "smoothed", LOSS }, { "trend", LOSS },
} }
local POINTS = { "points", "list", of = POINT, most = MOST, required = true }
local SUGGESTIONS = { "suggestions", "map", of = { nil, "number", above = 0 }, most = 16 }
local BRACKET = { "bracket", "record", of = schema.record { keys = {
  rate("low", true), rate("high", true) } } }
local ENDED = { "ended", "string", choices = { "done", "grew", "not finite" }, required = true }
local DOUBT, SEED = { "doubt", "text", longest = TEXT }, { "seed", "integer", min = 0 }

local TEST = schema.record { open = true, keys = { rate "suggestion", SUGGESTIONS, BRACKET, DOUBT,
  ENDED, POINTS, { "seed", "integer", min = 0, required = true } } }

local RANGE = schema.record {
  name = "range.json", form = "json", most = 1 << 28, open = true,
  advice = "lrrun range writes it",
  keys = { rate "suggestion", rate "factor", SUGGESTIONS, BRACKET, DOUBT, ENDED, POINTS, SEED,
    { "unused", "boolean" }, { "tests", "list", of = TEST, most = 1000 },
    { "spread", "record", of = schema.record { keys = { rate("min", true), rate("max", true),
      { "n", "integer", min = 1, required = true } } } } },
}

local WORDS = {
  done = "all %d points were made", grew = "ended after %d points: the loss had grown 4 times",
  ["not finite"] = "ended after %d points: the loss was not finite any more",
}

-- What JSON has no number for is no number here either.
local function settle(test)
  for _, point in ipairs(test.points) do
    for _, key in ipairs { "loss", "smoothed", "trend" } do
      local value = point[key]
      point[key] = (value == nil or value == json.null) and 0 / 0 or value
    end
  end
  test.suggestions = test.suggestions or {}
end

local function read(folder)
  local result = stored.read(RANGE, folder, "range.json")
    or error(("%s has no range.json: lrrun range writes it"):format(folder), 0)
  settle(result)
  for _, each in ipairs(result.tests or {}) do
    settle(each)
  end
  return result
end

local function put_tiles(p, result)
  local bracket, spread = result.bracket, result.spread
  local tiles = { { "suggestion", result.suggestion and round(result.suggestion) or "none" } }
  if bracket and not result.suggestion then -- where nothing blew up, `high` is the last rate
    tiles[2] = { "the best lies between", ("%s and %s"):format(round(bracket.low),
      round(bracket.high)) }
  elseif bracket then
    tiles[2] = { "the loss moves from", round(bracket.low) }
    tiles[3] = { "and blows up above", round(bracket.high) }
  end
  if spread then
    tiles[#tiles + 1] = { ("%d of %d seeds say"):format(spread.n, #result.tests),
      spread.min == spread.max and round(spread.min)
        or ("%s to %s"):format(round(spread.min), round(spread.max)) }
  end
  p:tiles(tiles)
end

local function put_notes(p, result)
  local notes = {}
  if result.doubt then
    notes[1] = { "no suggestion: " .. result.doubt .. "; lrrun advise finds the rate from whole "
      .. "runs", level = "warning" }
  end
  for _, each in ipairs(result.tests or {}) do
    if each.doubt and each.doubt ~= result.doubt then
      notes[#notes + 1] = ("seed %d: %s"):format(each.seed, each.doubt)
    end
  end
  if result.factor then
    notes[#notes + 1] = ("rates are times %.2g: the recipe's schedule keeps the rate high, what "
      .. "the curve shows are rates to decay from"):format(result.factor)
  end
  if result.unused then
    notes[#notes + 1] = "the recipe's schedule has rates of its own, which optimizer.lr does not "
      .. "change: the suggestion is for the highest of them"
  end
  if notes[1] then
    p:notes(notes)
  end
end

local function put_methods(p, result)
  local head, rows, right = { "method", "rate" }, {}, { [2] = true }
  for k, each in ipairs(result.tests or {}) do
    head[k + 2], right[k + 2] = ("seed %d"):format(each.seed), true
  end
  for i, item in ipairs(picture.methods(result)) do
    rows[i] = { item.label, item.lr and round(item.lr) or "does not apply" }
    for k, lr in ipairs(item.own) do
      rows[i][k + 2] = lr and round(lr) or "-"
    end
  end
  p:heading "What each method says"
  p:table { head = head, rows = rows, right = right }
end

--- The page of the range test in a folder. Raises where its file is none.
---@param folder string
---@return string
function page.html(folder)
  local result = read(folder)
  local name = folder:match "([^/]+)/*$" or folder
  local p = pages.new(name)
  p:title(name, "learning-rate range test: " .. WORDS[result.ended]:format(#result.points))
  put_tiles(p, result)
  put_notes(p, result)
  p:charts { picture.chart(result, "Loss over the learning rate") }
  put_methods(p, result)
  if result.suggestion and not result.unused then
    p:heading "To train with it"
    p:commands { command.line("RECIPE", "--set", ("optimizer.lr=%.3g"):format(result.suggestion)) }
  end
  p:recipe(stored.text(folder, "recipe.lua", MOST_RECIPE))
  return p:html()
end

return page
