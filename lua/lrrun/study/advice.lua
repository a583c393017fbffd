--- The kind of study that advises on a rate: its trials are jobs of an inquiry
-- (lrrun.advise.inquiry), the recipe at some rate and squeezed to a share of its length.
--
-- Batches come one after the other: no trial of a batch begins before all results of the one
-- before are there, and nothing else decides, so any number of workers gives the same advice. The
-- journal keeps what the range tests found and what each trial changes of the recipe; an inquiry
-- that goes on asks again, and gets the results of the journal. Layer: study.

local defaults = require "lrrun.runs.defaults"
local errors = require "lrrun.util.errors"
local inquiry = require "lrrun.advise.inquiry"
local json = require "lrrun.record.json"
local spaces = require "lrrun.search.space"
local dimensions = require "lrrun.search.dimensions"
local subject = require "lrrun.advise.subject"
local options = require "lrrun.util.options"

local advice = {}

local FORMAT, MOST = 1, 1000 -- choices

--- The space of an advice's trials, for the journal: their rate, and which choice they are of.
function advice.space()
  return spaces.collect { lr = dimensions.loguniform { 1e-30, 1e30 },
    choice = dimensions.int { 1, MOST } }
end

-- The order of an advice's jobs, as study.lua takes them.
local Batches = {}
local BatchesMt = { __index = Batches }

-- Whether all of the batch are done; the first of it that has not ended.
local function results_of(self)
  local results = {}
  for i = 1, #self.batch do
    local job = self.jobs[self.first + i - 1]
    if not job.done then
      return nil
    end
    local trial = self.study.trials[job.trial]
    local diverged = trial.ended == "diverged"
    local facts = self.facts[self.batch[i].choice]
    results[i] = {
      loss = job.value and self.study.set.sign * job.value, steps = trial.steps or 0,
      state = job.state == "complete" and "complete" or diverged and "diverged" or "fail",
      cost = (trial.steps or 0) / facts.length,
    }
  end
  return results
end

-- A recipe that fails at every rate fails for another reason.
local function check_some(self, results)
  for _, item in ipairs(results) do
    if item.state ~= "fail" then
      return
    end
  end
  local trial = self.study.trials[self.jobs[self.first].trial]
  self.hopeless = true
  errors.raise(nil, "advise: no rate could be tried: trial %d: %s", trial.number,
    trial.error or "failed")
end

--- The next job { number, trial, rung, ask = what inquiry:next gave for it }, "wait", or nil at
--- the end, as sequence.lua.
function Batches:next(recorded)
  while true do
    if not self.batch then
      self.batch, self.first = self.inquiry:next(), self.count
      if not self.batch then
        return nil
      end
    end
    local n = self.count
    if n < self.first + #self.batch then
      local job = recorded(n) or { trial = n, rung = 1 }
      job.number, job.ask = n, self.batch[n - self.first + 1]
      self.jobs[n], self.count = job, n + 1
      return job
    end
    local results = results_of(self)
    if not results then
      return "wait"
    end
    check_some(self, results)
    self.inquiry:take(results)
    self.batch = nil
  end
end

-- Settings of a new advice.
local function first(cfg, found)
  local has_val = found.choices[1].has_val
  local monitor, sign = subject.monitor(cfg.subjects[1].recipe, has_val)
  return {
    format = FORMAT, identity = cfg.identity, seed = found.choices[1].seeds_base, lag = 0,
    strategy = { kind = "search.advice" }, monitor = monitor, mode = sign == 1 and "min" or "max",
    trials = 1, advice = found, defaults = defaults.NOW,
  }
end

--- The kind of a study: subjects = list of { name, recipe = resolved, changes = list of { path,
--- text } that make the choice; path(p) = where a path of it is in the recipe as it is written,
--- inner(p) = the same once it is changed }; begin() finds what is to be known before the trials.
---@param begin fun(): table as records.ADVICE
function advice.kind(begin)
  local kind = { drops_weights = true } -- nobody uses what was trained at a rate in passing

  function kind.settings(cfg, kept)
    local text = kept and json.encode(kept)
    if kept and (kept.format ~= FORMAT or kept.identity ~= cfg.identity or not kept.advice) then
      errors.raise(nil, "%s: %s holds advice on another recipe (or on this one before a change)",
        cfg.who, cfg.folder)
    end
    kept = kept or first(cfg, begin())
    return { kept = kept, changed = json.encode(kept) ~= text, seed = kept.seed,
      sign = kept.mode == "max" and -1 or 1, monitor = kept.monitor, advice = kept.advice,
      strategy = "advice", limit = 0, trials = 0, lag = 0, waits = true, subjects = cfg.subjects }
  end

  function kind.sequence(study)
    local facts = study.set.advice.choices
    return setmetatable({ study = study, facts = facts, inquiry = inquiry.new(facts), jobs = {},
      count = 0 }, BatchesMt)
  end

  local function changes_of(of, ask)
    local changes = {}
    for _, item in ipairs(of.changes) do
      changes[#changes + 1] = of.path(item.path) .. "=" .. item.text
    end
    for _, item in ipairs(subject.changes(of.recipe, ask)) do
      changes[#changes + 1] = of.inner(item.path) .. "=" .. item.text
    end
    return changes
  end

  function kind.propose(study, job)
    local ask, set = job.ask, study.set
    local of = set.subjects[ask.choice]
    local params = { lr = ask.lr, choice = ask.choice }
    return { seed = subject.seed(of.recipe, ask), params = params,
      point = study.space:point(params), changes = changes_of(of, ask), share = ask.share,
      choice = ask.choice }
  end

  function kind.ask(_, trial, _, work)
    work.params, work.changes = {}, trial.changes
  end

  function kind.check(study, trial, job)
    local ask = job.ask
    local of = study.set.subjects[ask.choice]
    if trial.params.lr ~= ask.lr or trial.share ~= ask.share or trial.choice ~= ask.choice
      or trial.seed ~= subject.seed(of.recipe, ask)
      or table.concat(trial.changes or {}, "\n") ~= table.concat(changes_of(of, ask), "\n") then
      errors.raise(nil, "advise: trial %d of %s is not what this version of lrrun would try there; "
        .. "remove the folder to begin again", trial.number, study.folder)
    end
  end

  return kind
end

--- Where a path of the resolved recipe is in the recipe as it is written: inside a choice of
--- constructors stands the name of the one that is taken outside of a search.
---@param value table the recipe's value
function advice.paths(value)
  return function(path)
    local out, item = {}, value
    for part in path:gmatch "[^.]+" do
      local desc = options.descriptor(item)
      while desc and desc.dimension and item.opts.choices do
        local choice, i = dimensions.middle(item)
        out[#out + 1] = dimensions.labels(item)[i]
        item = choice
        desc = options.descriptor(item)
      end
      out[#out + 1] = part
      local number = math.tointeger(tonumber(part))
      local from = desc and item.opts or item
      if desc and desc.rest and number then
        from = item.opts[desc.rest]
      end
      item = type(from) == "table" and from[number or part] or nil
    end
    return table.concat(out, ".")
  end
end

return advice
