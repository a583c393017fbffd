--- What an inquiry comes to: the answer as plain tables, as --json prints them, and in words.
-- Layer: advise.

local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local json = require "lrrun.record.json"

local report = {}

--- Order of the keys of an answer.
report.FIRST = { "name", "suggestion", "interval", "low", "high", "expected", "points", "lr",
  "steps", "seed", "loss", "state", "spent_runs", "seconds", "warnings", "run", "key", "monitor",
  "third", "triple", "flat", "unresolved", "best", "choices", "budget" }

local function shown(x)
  return ("%.3g"):format(x)
end

-- Losses in the metric's own sense.
local function signed(x, sign)
  return x and sign * x
end

local function points_of(answer, about)
  local out = json.array {}
  for i, p in ipairs(answer.points) do
    out[i] = { lr = p.lr, steps = p.steps, seed = about.seeds_base + p.seed,
      loss = signed(p.loss, about.sign), state = p.state, share = p.share,
      own_split = p.own_split or false }
  end
  return out
end

local function cost_of(points)
  local cost = 0
  for _, p in ipairs(points) do
    cost = cost + p.cost
  end
  return cost
end

local BESIDE = 3 -- how far beside rates that were tried at length the curve is shown

-- The fitted curve where it is more than a guess: about the rates that were tried longer than the
-- shortest trainings.
local function curve_of(answer, sign)
  local shortest, low, high = math.huge, math.huge, 0
  for _, p in ipairs(answer.points) do
    shortest = math.min(shortest, p.share)
  end
  for _, p in ipairs(answer.points) do
    if p.share > shortest and p.loss then
      low, high = math.min(low, p.lr), math.max(high, p.lr)
    end
  end
  local out = {}
  for _, p in ipairs(answer.curve or {}) do
    if p.lr >= low / BESIDE and p.lr <= high * BESIDE then
      out[#out + 1] = { lr = p.lr, loss = sign * p.loss }
    end
  end
  return out[1] and out or nil
end

--- The answer on one choice. about: facts (facts.lua), key (what sets the rate), monitor, sign,
--- seconds, warnings = more of them.
---@param answer table of curve.answer
---@param about table
function report.of(answer, about)
  local facts = about.facts
  local list = answer.warnings or {}
  local warnings = table.move(list, 1, #list, 1, json.array {})
  for _, text in ipairs(about.warnings or {}) do
    warnings[#warnings + 1] = text
  end
  return {
    suggestion = answer.suggestion,
    interval = { low = answer.interval.low, high = answer.interval.high },
    expected = signed(answer.expected, about.sign),
    points = points_of(answer, { seeds_base = facts.seeds_base, sign = about.sign }),
    spent_runs = cost_of(answer.points) + facts.bracket_updates / facts.length,
    seconds = about.seconds, warnings = warnings, key = about.key, monitor = about.monitor,
    third = signed(answer.third, about.sign), triple = signed(answer.triple, about.sign),
    flat = answer.flat or false, curve = curve_of(answer, about.sign), spread = answer.spread,
    unresolved = answer.unresolved, budget = facts.runs,
  }
end

-- The length that all trainings had, nil where they differ or were whole runs: what to expect is
-- of that length then, for nothing says how it falls with the length.
local function only_share(points)
  local share
  for _, p in ipairs(points) do
    if share and p.share ~= share or p.share == 1 then
      return nil
    end
    share = p.share
  end
  return share
end

-- "val_loss to expect", with the length of the trainings where that is not the run's.
local function expected_words(result)
  local share = only_share(result.points)
  return ("%s to expect%s"):format(result.monitor, share
    and (" after %.3g %% of the run, as long as all trainings were"):format(100 * share) or "")
end

--- What stands above a recipe that was frozen with the rate.
---@param result table of report.of
---@return string[]
function report.head(result)
  local choice = result.best and ("; of %d choices %s"):format(#result.choices,
    result.best:gsub("%c", " ")) or ""
  return {
    ("-- Advice on the learning rate: %s = %s, somewhere from %s to %s%s;"):format(result.key,
      shown(result.suggestion), shown(result.interval.low), shown(result.interval.high), choice),
    ("-- %s: %s. Found in %.2g runs of the recipe."):format(expected_words(result),
      result.expected and ("%.4g"):format(result.expected) or "not known", result.spent_runs),
    "-- The function holds the recipe as it was; above it stands the rate.",
    "",
  }
end

--- Puts null in the place of what there is not, for JSON: each training has the same keys.
---@param result table of report.of
function report.fill(result)
  result.expected = result.expected or json.null
  result.unresolved = result.unresolved or json.null
  for _, of in ipairs(result.choices or { result }) do
    for _, p in ipairs(of.points) do
      p.loss = p.loss or json.null
    end
  end
  for _, p in ipairs(result.points) do
    p.loss = p.loss or json.null
  end
end

--- Warnings about what rates are compared by.
---@param has_val boolean
---@param monitor string
---@return string[]
function report.warnings(has_val, monitor)
  if not has_val and monitor == "train_loss" then
    return { "the data have no validation split, so rates are compared by train_loss, which does "
      .. "not show over-fitting; data.x{ val = 0.2 } makes one" }
  end
  return {}
end

local function count_of(result)
  local n = 0
  for _, of in ipairs(result.choices or { result }) do
    n = n + #of.points
  end
  return n
end

-- The recipe as a command takes it.
local function recipe_word()
  return command.word((current.request() or {}).recipe_path or "RECIPE")
end

--- What the trainings cannot tell, and what would; nil where they can.
---@param result table of report.of
---@return string?
function report.unresolved(result)
  local u = result.unresolved
  return u and not result.flat and ("rates from %s to %s cannot be told apart beyond doubt by what "
    .. "was spent; whole runs would tell differences of %s in %s: lrrun sensitivity %s --from "
    .. "%s --to %s --points %d --seeds %d (%d runs)"):format(shown(u.low), shown(u.high),
    ("%.2g"):format(u.difference), result.monitor, recipe_word(), shown(u.low), shown(u.high),
    u.points, u.seeds, u.runs) or nil
end

--- The answer in a few sentences.
---@param result table of report.of
---@return string[]
function report.lines(result)
  local out = {}
  local function say(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  local interval = result.interval
  if result.flat then
    say("rates from %s to %s do equally well within the seeds' spread; %s is a safe one among them",
      shown(interval.low), shown(interval.high), shown(result.suggestion))
  else
    -- 87 of 96 with three runs of a recipe, 76 with one (tests/bench/README.md)
    local sure = not result.choices and result.spent_runs > 2.5
    say("the best rate lies between %s and %s in about %s cases of ten", shown(interval.low),
      shown(interval.high), sure and "nine" or "eight")
  end
  out[#out + 1] = report.unresolved(result)
  if result.expected then
    local others = {}
    for _, item in ipairs { { result.third, "at a third of it" },
      { result.triple, "at three times" } } do
      others[#others + 1] = item[1] and ("%s %s"):format(("%.4g"):format(item[1]), item[2]) or nil
    end
    say("%s: %.4g%s", expected_words(result), result.expected,
      others[1] and "; " .. table.concat(others, ", ") or "")
  end
  if result.choices then
    say("a difference of 1 is what other seeds make: %.3g in %s", result.seeds_spread,
      result.monitor)
  end
  say("it cost %.2g runs of this recipe (%d trainings and range tests)", result.spent_runs,
    count_of(result))
  return out
end

return report
