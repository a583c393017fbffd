--- What `advise` shows: a line for each training, then the picture, the table and the answer in
--- words. Layer: cli.

local counted = require "lrrun.util.counted"
local inquiry = require "lrrun.advise.inquiry"
local plot = require "lrrun.record.plot"
local policy = require "lrrun.advise.policy"
local report = require "lrrun.advise.report"
local screen = require "lrrun.util.screen"
local table_text = require "lrrun.cli.table_text"

local said = {}

local HEIGHT, WIDEST = 10, 100

local function bracket_text(facts)
  if facts.low and facts.high then
    return ("a range test brackets %.3g to %.3g"):format(facts.low, facts.high)
  elseif facts.high then
    return ("a range test blows up at %.3g"):format(facts.high)
  elseif facts.low then
    return ("a range test shows no move below %.3g"):format(facts.low)
  end
  return "the first trainings bracket the rate"
end

-- What all choices cost, from the least to the most: budgets of their searches, and whole runs.
local function total_text(choices, given)
  local least, checks = (1 + inquiry.SEEDS) * #choices, inquiry.CHECKS * #choices
  for _, facts in ipairs(choices) do
    least = least + math.max(facts.runs, policy.least(facts.length))
  end
  local first, most = choices[1].runs, least + checks
  local time = given.unit ~= "runs" and (" (%.3g to %.3g %s)"):format(given.amount * least / first,
    given.amount * most / first, given.unit) or ""
  return ("%d choices cost %.3g to %.3g runs%s in all: %.2g for the rate of the recipe as it is, "
    .. "%.2g for that of each other, %d whole runs of each to compare them, and 1 to %d of each "
    .. "before, as long as another rate does better"):format(#choices, least, most, time, first,
    choices[2].runs, inquiry.SEEDS, 1 + inquiry.CHECKS)
end

--- Says how the advice begins, and what it costs where that is more than the budget of one rate.
function said.begin(out, opened, goes_on, given)
  local facts = opened.set.advice.choices[1]
  local done = 0
  for number = 0, opened.count - 1 do
    local t = opened.trials[number]
    done = done + (t and t.state ~= "running" and 1 or 0)
  end
  out:note("%s: a budget of %s of %s; %s%s", screen.line(opened.name),
    counted(("%.3g"):format(facts.runs), "run"), counted(facts.length, "update"),
    bracket_text(facts),
    goes_on and (", %s done before"):format(counted(done, "training")) or "")
  if opened.set.advice.choices[2] then
    out:note("%s", total_text(opened.set.advice.choices, given))
  end
end

--- The function that is told each result.
function said.trial(out, opened)
  return function(t)
    local value = t.value and ("%s %.5g"):format(opened.set.monitor, t.value) or t.ended
      or t.error or t.trouble or "?"
    local choices = opened.set.advice.choices
    out:note("%4d  lr %-10.4g %5.1f %% of the run  seed %d  %s%s", t.number, t.params.lr,
      100 * t.share, t.seed, screen.line(value),
      choices[2] and "  " .. screen.line(choices[t.choice].name) or "")
  end
end

-- The curve, or the points of the longest runs.
local function drawn(result)
  local xs, ys = {}, {}
  if result.curve and #result.curve > 2 then
    for i, p in ipairs(result.curve) do
      xs[i], ys[i] = p.lr, p.loss
    end
    return xs, ys, "fitted to the trainings"
  end
  local share, list = 0, {}
  for _, p in ipairs(result.points) do
    share = p.loss and math.max(share, p.share) or share
  end
  for _, p in ipairs(result.points) do
    list[#list + 1] = p.loss and p.share == share and p or nil
  end
  table.sort(list, function(a, b)
    return a.lr < b.lr
  end)
  for _, p in ipairs(list) do
    if p.lr ~= xs[#xs] then -- of several seeds the first
      xs[#xs + 1], ys[#ys + 1] = p.lr, p.loss
    end
  end
  return xs, ys, ("of %.3g %% of the run"):format(100 * share)
end

local function print_curve(out, result)
  local xs, ys, what = drawn(result)
  if #xs < 3 then
    return
  end
  out:print("%s", out:paint("bold", ("%s over the peak learning rate, %s"):format(result.monitor,
    what)))
  for _, line in ipairs(plot.curve(xs, ys, { width = math.min(out:width(), WIDEST),
    height = HEIGHT, unicode = plot.unicode(), log_x = true, mark = result.suggestion })) do
    out:print("%s", line)
  end
end

local function print_points(out, result)
  local rows = { { "rate", "of the run", "seed", result.monitor, "" } }
  local list = table.move(result.points, 1, #result.points, 1, {})
  table.sort(list, function(a, b)
    return a.lr < b.lr or a.lr == b.lr and (a.share < b.share or a.share == b.share
      and a.seed < b.seed)
  end)
  for _, p in ipairs(list) do
    rows[#rows + 1] = { ("%.3g"):format(p.lr), ("%.3g %%"):format(100 * p.share), tostring(p.seed),
      p.loss and ("%.5g"):format(p.loss) or "-", p.state == "complete" and "" or p.state }
  end
  table_text(out, rows)
end

local function print_choices(out, result)
  local rows = { { "choice", "best rate", result.monitor, "difference", "" } }
  for _, row in ipairs(result.choices) do
    rows[#rows + 1] = { row.name, row.suggestion and ("%.3g"):format(row.suggestion) or "-",
      row.loss and ("%.4g"):format(row.loss) or "-",
      row.verdict ~= "" and row.difference and ("%+.1f"):format(row.difference) or "",
      row.verdict }
  end
  table_text(out, rows)
end

-- Warnings about choices, each text once with the names of those that it is about.
local function warn_of_choices(out, result)
  local texts, names = {}, {}
  for _, row in ipairs(result.choices) do
    for _, text in ipairs(row.warnings) do
      if not names[text] then
        names[text], texts[#texts + 1] = {}, text
      end
      table.insert(names[text], row.name)
    end
  end
  for _, text in ipairs(texts) do
    local about = #names[text] < #result.choices and table.concat(names[text], ", ") .. ": " or ""
    out:warn("%s%s", screen.line(about), text)
  end
end

--- The end of an advice.
function said.print(out, result)
  print_curve(out, result)
  if result.choices then
    print_choices(out, result)
  else
    print_points(out, result)
  end
  out:print("")
  if result.choices then
    out:print("%s  %s%s", out:paint("bold", "choice"), screen.line(result.best),
      result.best == result.choices[1].name and " (no other is better beyond doubt)" or "")
  end
  out:print("%s  %s = %.3g", out:paint("bold", "suggestion"), result.key, result.suggestion)
  for _, line in ipairs(report.lines(result)) do
    out:print("  %s", line)
  end
  if result.choices then
    return warn_of_choices(out, result)
  end
  for _, text in ipairs(result.warnings) do
    out:warn("%s", text)
  end
end

return said
