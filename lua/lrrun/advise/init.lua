--- Advice on the learning rate in this process: for lr = "auto" and for scripts. `lrrun advise` has
--- the same with a folder and workers (study/advice.lua). Layer: advise.

local budgets = require "lrrun.advise.budget"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local facts_of = require "lrrun.advise.facts"
local figure = require "lrrun.util.figure"
local host = require "lrrun.native.host"
local inquiry = require "lrrun.advise.inquiry"
local range = require "lrrun.range"
local rate = require "lrrun.advise.rate"
local report = require "lrrun.advise.report"
local subject = require "lrrun.advise.subject"
local sys = require "lrrun.native.sys"

local advise = {}

local function show(job, result)
  local out = current.out()
  if out.live then
    out:progress(("lr %.3g  %.0f %% of the run  %s %s"):format(job.lr, 100 * job.share,
      result.monitor, result.loss and figure(result.loss) or result.state))
  end
end

-- The jobs of a batch, one after the other.
local function work(r, batch, dataset)
  local results = {}
  for i, job in ipairs(batch) do
    results[i] = subject.measure(r, job, dataset)
    if results[i].interrupted then
      error("the advice on the rate was interrupted", 0)
    end
    show(job, results[i])
  end
  return results
end

--- Advice on a resolved recipe, as --json of lrrun advise has it. Raises where no rate trains.
---@param r table
---@param o { budget: number|string? }
---@param who string for messages
---@return table result, table dataset its data, open
function advise.of(r, o, who)
  local began = sys.now()
  local given, why = budgets.parse(o.budget or budgets.RUNS)
  if not given then
    errors.raise(r.where, "%s: budget is %s, %s", who, errors.show(o.budget), why)
  end
  local facts, dataset = facts_of.of(r, given, { who = who })
  local asked = inquiry.new { facts }
  local batch = asked:next()
  while batch do
    asked:take(work(r, batch, dataset))
    host.refresh() -- what the recipe's own code may take is no affair of the fit
    batch = asked:next()
  end
  host.refresh()
  current.out():progress ""
  local answer, reason = asked:answer(1)
  if not answer then
    errors.raise(r.where, "%s: %s", who, reason)
  end
  local monitor, sign = subject.monitor(r, facts.has_val)
  return report.of(answer, {
    facts = facts, key = select(2, rate.of(r)), monitor = monitor, sign = sign,
    seconds = sys.now() - began, warnings = report.warnings(facts.has_val, monitor),
  }), dataset
end

-- What the advice of lr = "auto" could not tell, in few words.
local function doubt_of(result)
  local interval, u = result.interval, result.unresolved
  if result.flat then
    return ("; %.3g to %.3g do equally well"):format(interval.low, interval.high)
  end
  return u and ("; %.3g to %.3g cannot be told apart beyond doubt by that"):format(u.low, u.high)
    or ""
end

--- A recipe with lr = "auto" after the advice: with the rate, what was found, and the data, which
--- are open. Other recipes as they are.
---@param r table a resolved recipe
---@param quiet boolean? nothing is said of it
---@return table recipe, table? found, table? dataset
function advise.settle(r, quiet)
  if r.opts.optimizer.opts.lr ~= "auto" then
    return r
  end
  local out = current.out()
  if not quiet then
    out:note("lr = 'auto': advice comes first, at the cost of about a run")
  end
  local result, dataset = advise.of(r, { budget = budgets.AUTO }, "lr = 'auto'")
  if not quiet then
    out:note("advice: lr = %.4g (%.3g to %.3g), found in %.2g runs%s", result.suggestion,
      result.interval.low, result.interval.high, result.spent_runs, doubt_of(result))
    for _, text in ipairs(result.warnings) do
      out:warn("lr = 'auto': %s", text)
    end
  end
  return range.with_lr(r, result.suggestion), {
    suggestion = result.suggestion, interval = result.interval, expected = result.expected,
    spent_runs = result.spent_runs, flat = result.flat, unresolved = result.unresolved,
  }, dataset
end

return advise
