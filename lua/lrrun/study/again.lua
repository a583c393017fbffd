--- One trial of a study again, alone, in a run folder of its own. Layer: study.

local about = require "lrrun.study.about"
local begin_run = require "lrrun.advise.begin"
local current = require "lrrun.util.current"
local distribution = require "lrrun.study.distribution"
local execute = require "lrrun.runs.execute"
local journal = require "lrrun.study.journal"
local parts = require "lrrun.study.parts"
local resolve = require "lrrun.recipe.resolve"
local searching = require "lrrun.study.searching"
local spaces = require "lrrun.search.space"
local trial = require "lrrun.study.trial"

-- The first epoch whose value differs: { epoch, a = then, b = now }, or nil.
local function first_difference(before, now)
  for i = 1, math.max(#before, #now) do
    local a, b = before[i], now[i]
    local same = a and b and a[1] == b[1] and (a[2] == b[2] or (a[2] ~= a[2] and b[2] ~= b[2]))
    if not same then
      return { epoch = (a or b)[1], a = a and a[2], b = b and b[2] }
    end
  end
  return nil
end

-- One training of the recipe's value as the request at hand has it: the result, and what it
-- reported.
local function train(value, entry, set, quiet)
  local run <close> = begin_run(resolve.for_run(value), { record = true })
  local ends = entry.attrs.lrrun.ends
  local was_pruned = ends == "pruned" or not ends and entry.state == journal.PRUNED
  local last = was_pruned and entry.attrs.epochs or nil
  local reports = {}
  local result = execute.train(run, { step = 0, epoch = 0 }, {
    quiet = quiet,
    epoch_hook = function(_, state)
      local nth = run:nth(state.step)
      while reports[1] and reports[#reports][1] >= nth do
        reports[#reports] = nil -- after a rollback an evaluation comes again
      end
      reports[#reports + 1] = { nth, state.metrics[set.monitor] or 0 / 0 }
      return last and state.step >= last * run.clock.steps_per_epoch - 0.5
        and state.step < run.clock.total_steps and "pruned" or nil
    end,
  })
  return result, reports
end

-- All folds, or all seeds; the result is the last one's, with the digest of all.
local function train_parts(value, entry, set, quiet)
  local result
  local work = { folds = set.k_fold, sign = set.mode == "max" and -1 or 1, monitor = set.monitor,
    seeds = set.repeats and searching.seeds(set.seed, set.repeats) }
  local _, _, as = parts.of(work)
  local outcome = parts.train(work, function(i)
    local reports
    result, reports = as(work, i, train, value, entry, set, quiet)
    return { reason = result.reason, reports = reports, digest = result.digest,
      seconds = result.seconds, epochs = result.epochs }
  end)
  result.digest = outcome.digest
  return result, outcome.reports
end

--- The trial `entry` of a journal (its about.request is at hand). Gives what train.fit
-- gives, verdict = "identical" or "different", want_digest and first. A trial that was
-- pruned ends after as many epochs.
---@param kept table of about.read
---@param entry table
---@param set table the study's settings as its journal keeps them
---@param quiet boolean?
return function(kept, entry, set, quiet)
  local value, changes, choices = about.recipe(kept), entry.attrs.lrrun.changes, {}
  if not changes or set.strategy.kind == "search.pbt" then
    -- those of an advice are no dimensions of the recipe
    local space = spaces.collect(resolve.changed(value))
    choices = space:params(distribution.point(space, entry.params))
  end
  local asked = trial.request(current.request(), choices, changes)
  local result, reports = current.with({ request = asked },
    (set.k_fold or set.repeats) and train_parts or train, value, entry, set, quiet)
  result.want_digest = entry.attrs.digest
  result.first = first_difference(entry.reports, reports)
  result.verdict = result.digest == result.want_digest and not result.first and "identical"
    or "different"
  return result
end
