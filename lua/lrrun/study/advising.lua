--- A study that advises, from the recipe's value to its folder: what is asked, which folder goes
--- on with it, and what is found before the trials. Layer: study.

local about = require "lrrun.study.about"
local advice = require "lrrun.study.advice"
local budgets = require "lrrun.advise.budget"
local choices = require "lrrun.advise.choices"
local comparison = require "lrrun.advise.comparison"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local facts_of = require "lrrun.advise.facts"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local next_folder = require "lrrun.record.next_folder"
local on_error = require "lrrun.util.on_error"
local rate = require "lrrun.advise.rate"
local report = require "lrrun.advise.report"
local resolve = require "lrrun.recipe.resolve"
local same_data = require "lrrun.study.same_data"
local seal = require "lrrun.record.seal"
local study = require "lrrun.study.study"
local subject = require "lrrun.advise.subject"
local sys = require "lrrun.native.sys"
local unfinished = require "lrrun.study.unfinished"

local advising = {
  --- How much it may cost: { amount, unit } of a text, and how many runs without one.
  budget = budgets.parse, RUNS = budgets.RUNS,
  --- What is compared, of a text and of a recipe.
  what = choices.parse, choices = choices.of,
  --- What an advice leaves in its folder, once it has come to its end.
  RESULT = "advice.json",
}

local PART, LEAST = 2 / 3, 0.5 -- of the first choice's budget for each other, and at least; runs

-- What is to be known before the trials, of each choice. Those with a prior are given a part of
-- the budget of the first.
local function begin(asked)
  local began, list, data, runs = sys.now(), {}, nil, nil
  for i, of in ipairs(asked.subjects) do
    local facts, open, clock = facts_of.of(of.recipe, asked.budget, {
      who = asked.who, prior = of.prior,
      dataset = not choices.has_other_data(asked.what) and data or nil,
      runs = runs and math.max(LEAST, runs * PART) })
    if i == 1 then
      data, runs = open, facts.runs
      choices.add_priors(asked.subjects, asked.what, clock)
    end
    facts.name, list[i] = of.name, facts
  end
  return { choices = list, seconds = sys.now() - began }
end

-- Paths of the resolved recipe in the recipe as it is written, and once a choice's changes are
-- made.
local function paths_of(value, of)
  local path, list = advice.paths(value), {}
  for i, item in ipairs(of.changes) do
    list[i] = { path = path(item.path), text = item.text }
  end
  return path, list[1] and advice.paths(subject.changed(value, list)) or path
end

--- Opens the study of an advice: one that goes on, or a new one, which looks at the recipe first.
-- asked: who, budget (of budget.parse), budget_text, what (choices.parse), subjects = list of
-- { name, changes, recipe, prior } (lrrun.advise.choices), value = the recipe's value.
---@param asked table
---@return table study, boolean goes_on
---@return string? note about damage
function advising.open(asked)
  local r = asked.subjects[1].recipe
  rate.check(r, asked.who)
  local request = about.request_of(subject.data_seed(r))
  local identity = seal.sha256(about.identity(request) .. " " .. asked.budget_text .. " "
    .. (asked.what or ""))
  local name = r.opts.name or current.request().name or "run"
  local out_dir, base = current.request().out_dir, name .. "-advice"
  local found = unfinished.find(out_dir, base, advising.RESULT, identity)
  local folder, goes_on = found or next_folder.next(out_dir, base), found ~= nil
  for _, of in ipairs(asked.subjects) do
    of.path, of.inner = paths_of(asked.value, of)
  end
  local _ <close> = on_error(function()
    if not goes_on then -- nothing that it holds is of use
      for _, left in ipairs(file.list(folder) or {}) do
        file.remove(folder .. "/" .. left)
      end
      file.remove(folder)
    end
  end)
  local opened = study.open {
    who = asked.who, name = name, folder = folder, identity = identity, space = advice.space(),
    subjects = asked.subjects, kind = advice.kind(function()
      return begin(asked)
    end),
  }
  return opened, goes_on, about.write(folder, name, request, opened.set.kept.defaults,
    same_data.check(asked.who, folder, r, subject.data_seed(r)))
end

--- The recipe that is advised, as the request says it.
---@param value table the recipe's value
function advising.recipe(value)
  return resolve.for_run(value)
end

-- Seconds of all trials, and of what was found before them.
local function seconds_of(opened)
  local sum = opened.set.advice.seconds
  for number = 0, opened.count - 1 do
    local t = opened.trials[number]
    sum = sum + (t and t.seconds or 0)
  end
  return sum
end

--- What there is of an advice that was interrupted, as --json has it: trainings that have come to
--- their end, nothing that they say.
---@param opened table? nil: no trial was begun
---@param asked table? as for open
---@return table
function advising.unfinished(opened, asked)
  local out = { points = json.array {}, spent_runs = 0, seconds = 0, warnings = json.array {},
    run = opened and opened.folder or json.null }
  if not opened then
    return out
  end
  local facts = opened.set.advice.choices
  for _, of in ipairs(facts) do
    out.spent_runs = out.spent_runs + of.bracket_updates / of.length
  end
  for number = 0, opened.count - 1 do
    local t = opened.trials[number]
    if t and t.state ~= "running" then
      local steps = t.steps or 0
      out.spent_runs = out.spent_runs + steps / facts[t.choice].length
      table.insert(out.points, { lr = t.params.lr, steps = steps, seed = t.seed, share = t.share,
        loss = t.value or json.null, state = t.ended or t.state,
        choice = asked.subjects[2] and asked.subjects[t.choice].name or nil })
    end
  end
  out.seconds, out.monitor = seconds_of(opened), opened.set.monitor
  return out
end

-- The report on one choice.
local function report_on(opened, asked, i)
  local set, of = opened.set, asked.subjects[i]
  local asks, facts = opened.sequence.inquiry, set.advice.choices[i]
  local answer, why = asks:answer(i)
  if not answer then
    return nil, why
  end
  answer.points = asks:points(i, answer)
  return report.of(answer, {
    facts = facts, key = select(2, rate.of(of.recipe)), monitor = set.monitor, sign = set.sign,
    seconds = seconds_of(opened), warnings = report.warnings(facts.has_val, set.monitor),
  })
end

-- Puts a row's place among the choices into it: its mean loss, and how far that is from the
-- first's in units of the seeds' spread.
local function judge(row, mean, first, o)
  local units = mean and first and (mean == first and 0 or (mean - first) / o.spread) or nil
  row.loss, row.difference = mean and o.sign * mean, units
  row.verdict = comparison.words(units, o.known)
  return comparison.is_better(units)
end

-- What whole runs at the suggested rate came to, in the place of what was expected of them; the
-- losses beside it keep their ratio to it.
local function settle_expected(answer, loss)
  local expected = answer.expected
  local factor = loss and expected and expected > 0 and loss > 0 and loss / expected
  for _, key in ipairs(factor and { "third", "triple" } or {}) do
    answer[key] = answer[key] and answer[key] * factor
  end
  answer.expected = loss or expected
end

-- The table of choices: each at its best rate, against the first.
local function compare(opened, asked)
  local asks, lists, rows, means = opened.sequence.inquiry, {}, {}, {}
  for i, of in ipairs(asked.subjects) do
    local own, why = report_on(opened, asked, i)
    lists[i] = own and asks:compare(i, own.suggestion) or {}
    means[i] = comparison.mean(lists[i]) or false
    rows[i] = own or { points = json.array {}, warnings = json.array { why }, spent_runs = 0 }
    rows[i].name, rows[i].prior = of.name, opened.set.advice.choices[i].prior
  end
  local spread, best = comparison.spread(lists), 1
  for i, row in ipairs(rows) do
    local behind = (means[i] or math.huge) - (means[1] or 0)
    local better = judge(row, means[i], means[1], { spread = spread, sign = opened.set.sign,
      known = asks:is_known(i, behind, spread) })
    settle_expected(row, row.loss)
    best = better and (best == 1 or means[i] < means[best]) and i or best
  end
  rows[1].verdict = means[1] and "" or rows[1].verdict
  return rows, best, spread
end

--- What came of a study that is done, as --json has it; which choice it advises.
---@param opened table
---@param asked table as for open
---@return table result, integer choice
function advising.result(opened, asked)
  local choice, rows, spread = 1, nil, nil
  if asked.subjects[2] then
    rows, choice, spread = compare(opened, asked)
  end
  local result, why = report_on(opened, asked, choice)
  if not result then
    errors.raise(asked.subjects[1].recipe.where, "%s: %s", asked.who, why)
  elseif rows then
    settle_expected(result, rows[choice].loss)
    result.best, result.seeds_spread, result.choices = rows[choice].name, spread, rows
    result.spent_runs = 0
    for _, row in ipairs(rows) do
      result.spent_runs = result.spent_runs + row.spent_runs
      row.seconds, row.budget = nil, nil
    end
  end
  return result, choice
end

--- The request of a run with the rate that was found.
---@param asked table as for open
---@param result table
---@param choice integer
function advising.request(asked, result, choice)
  local of, request = asked.subjects[choice], current.request()
  local list = table.move(request.overrides, 1, #request.overrides, 1, {})
  for _, item in ipairs(of.changes) do
    list[#list + 1] = { path = of.path(item.path), text = item.text }
  end
  for _, item in ipairs(rate.changes(of.recipe, result.suggestion)) do
    list[#list + 1] = { path = of.inner(item.path), text = item.text }
  end
  return request:with { overrides = list }
end

return advising
