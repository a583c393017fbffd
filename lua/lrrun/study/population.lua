--- The kind of study that trains a population: members side by side, and after each interval the
-- worst go on from a copy of one of the best, with other values (Jaderberg et al., 2017).
--
-- Each interval of each member is a trial: number g population + m is member m in interval g,
-- both from 0. It goes on with the training of trial `from` of the interval before, and its values
-- up to there are those of that trial's, so that it is a training of its own: of the recipe with
-- schedules of steps in the place of what changes. Such a training from the start gives the same
-- bits; a copy of weights and state saves the time alone. Intervals are synchronous: what a trial
-- is hangs on results of the interval before, and on no order of arrival. Layer: study.

local errors = require "lrrun.util.errors"
local limits = require "lrrun.study.pbt_limits"
local restore = require "lrrun.study.restore"
local rng = require "lrrun.native.rng"
local settings = require "lrrun.study.settings"
local schedules = require "lrrun.study.schedules"

local population = {}

local refuse = limits.refuse

-- Of the stream TRIAL: 0 has the seeds, 1 weights of objectives.
local DONOR, VALUES = 2, 3

-- From one evaluation to the next, in the unit of the run's length, as far as it is known before
-- the data are: intervals end at evaluations.
local function least(cfg)
  local validate, length = cfg.middle.opts.validate, cfg.length
  if not validate then
    return length.unit == "epochs" and 1 or 0
  elseif validate.unit == "percent" or validate.unit == length.unit then
    return settings.amount(cfg.who, validate, length, "validate")
  end
  return 0
end

-- Length of an interval.
local function interval(cfg, every)
  local length, shortest = cfg.length, least(cfg)
  if not every then
    return math.max(length.amount / 10, shortest)
  end
  local each = settings.amount(cfg.who, every, length, "every", cfg.flags and cfg.flags.strategy)
  if each < shortest then
    refuse(cfg, "strategy", "pbt: 'every' is %s, %g %s, and the run is evaluated each %g: members "
      .. "are compared by an evaluation at each interval's end", tostring(every), each, length.unit,
      shortest)
  end
  return each
end

-- Lengths of the run, as shares of it, at the end of each interval.
local function shares(cfg, every)
  local length, out = cfg.length, {}
  local each = interval(cfg, every)
  local n = math.ceil(length.amount / each - 1e-9)
  for i = 1, n do
    out[i] = math.min(1, i * each / length.amount)
  end
  if n < 2 or n > 10000 then
    refuse(cfg, "strategy", "pbt: 'every' is %s of %g %s: that makes %d interval%s, want 2 to "
      .. "10000", tostring(every or "a tenth"), length.amount, length.unit, n, n == 1 and "" or "s")
  end
  return out
end

-- Places of the dimensions that may change while a run trains: numbers that may be schedules.
local function changing(cfg)
  local out, names = {}, {}
  for i, d in ipairs(cfg.space.dims) do
    names[i] = d.name
    local takes = d.rule and (type(d.rule[2]) == "table" and d.rule[2] or { d.rule[2] }) or {}
    local number = false
    for _, kind in ipairs(takes) do
      number = number or kind == "number"
    end
    if d.rule and d.rule.schedule and number and not d.labels and not d.name:find("#", 1, true) then
      out[#out + 1] = i
    end
  end
  if not out[1] then
    refuse(cfg, "strategy", "pbt changes numbers that may be schedules (a rate, a momentum, a "
      .. "dropout) while a run trains, and the recipe searches none; it has %s",
      table.concat(names, ", "))
  end
  return out
end

-- The number of trials follows from members and intervals.
local function trials_of(cfg, o, n)
  local all = o.population * n
  if cfg.trials and cfg.trials ~= all then
    refuse(cfg, "trials", "pbt has %d members in %d intervals, %d trials in all, not %d; it is set "
      .. "by pbt { population =, every = } and the recipe's length", o.population, n, all,
      cfg.trials)
  end
  return all
end

--- The settings of a population; fields beside those of settings.of: shares, changing, o (the
--- strategy's options).
function population.settings(cfg, kept)
  limits.check(cfg)
  local strategy = settings.strategy(cfg, kept)
  local o = strategy.opts
  local ends, places = shares(cfg, o.every), changing(cfg)
  limits.schedules(cfg, places)
  local all = {}
  for key, item in pairs(cfg) do
    all[key] = item
  end
  all.trials = trials_of(cfg, o, #ends)
  local set = settings.of(all, kept)
  set.shares, set.changing, set.o = ends, places, o
  set.waits, set.lag, set.limit = true, o.population - 1, all.trials
  set.generation = o.population
  set.costs = ("%d members in %d intervals: as much work as %d whole runs"):format(o.population,
    #ends, o.population)
  return set
end

local Sequence = {}
Sequence.__index = Sequence

--- Trial n as job n; see lrrun.study.sequence.
function population.sequence(study)
  return setmetatable({ jobs = {}, count = 0, set = study.set }, Sequence)
end

-- Whether the interval before that of job n has ended, and whether any member has a value there.
local function before(self, n)
  local size = self.set.o.population
  local first, ended, alive = (n // size - 1) * size, true, n < size
  for i = math.max(first, 0), math.max(first, 0) + (n < size and 0 or size) - 1 do
    ended = ended and self.jobs[i].done or false
    alive = alive or self.jobs[i].value ~= nil
  end
  return ended, alive
end

function Sequence:next(recorded)
  local n = self.count
  if n >= self.set.limit then
    return nil
  end
  local job = recorded(n)
  if not (job and job.done) then
    local ended, alive = before(self, n)
    if not ended then
      return "wait"
    elseif not alive then
      return nil
    end
  end
  job = job or { trial = n, rung = 1 }
  job.number = n
  self.jobs[n], self.count = job, n + 1
  return job
end

-- The trials of an interval, the best first; those without a value are left out.
local function ranked(study, g)
  local size, out = study.set.o.population, {}
  for number = g * size, (g + 1) * size - 1 do
    local t = study.trials[number]
    out[#out + 1] = t.value and t.state ~= "fail" and t or nil
  end
  table.sort(out, function(a, b)
    local x, y = study.set.sign * a.value, study.set.sign * b.value
    return x < y or x == y and a.number < b.number
  end)
  return out
end

-- The trial that number goes on with, and whether it is another member's.
local function parent_of(study, number)
  local set = study.set
  local size = set.o.population
  local list = ranked(study, number // size - 1)
  local own, share = number - size, math.max(1, math.floor(size * set.o.share))
  for place, t in ipairs(list) do
    if t.number == own and place <= size - share then
      return t, false
    end
  end
  local donor = rng.between(set.seed, "TRIAL", DONOR, number, 0, 1, math.min(share, #list))
  return list[donor], true
end

local function step_of(d)
  return d.dim.opts.step or d.dim.kind:find "int$" and 1 or nil
end

-- The nearest value of a dimension.
local function nearest(d, value)
  local o, step = d.dim.opts, step_of(d)
  if step then
    value = o.lo + math.floor((value - o.lo) / step + 0.5) * step
    value = d.dim.kind:find "int$" and math.tointeger(value) or value
  end
  return math.min(math.max(value, o.lo), o.hi)
end

-- The value of a dimension of a copy: a factor off, a level at least; or nil and the unit
-- coordinate of one that is drawn anew.
local function explored(study, number, i, value)
  local set, d = study.set, study.space.dims[i]
  local function draw(step)
    return rng.uniform(set.seed, "TRIAL", VALUES, number * #study.space.dims + i, step)
  end
  if draw(0) < set.o.resample then
    return nil, draw(1)
  end
  local up, step = draw(2) < 0.5, step_of(d)
  local moved = nearest(d, up and value * set.o.factor or value / set.o.factor)
  if moved == value and step then
    moved = nearest(d, up and value + step or value - step)
  end
  return moved, nil
end

local function explore(study, number, point)
  local out = table.move(point, 1, #point, 1, {})
  for _, i in ipairs(study.set.changing) do
    if point[i] then
      local value, unit = explored(study, number, i, point[i])
      if unit then
        local units = study.space.native:unit(point)
        units[i] = unit
        value = study.space.native:point(units)[i]
      end
      out[i] = value
    end
  end
  return out
end

local function history(study, count)
  local list = {}
  for number = 0, count - 1 do
    list[#list + 1] = { x = study.trials[number].point, state = "pending" }
  end
  return list
end

-- A trial's values, seed and the trial it goes on with.
local function proposed(study, number)
  local set = study.set
  if number < set.o.population then
    local point = study.space.native:propose(set.configuration, history(study, number), number)
    return { point = point, seed = restore.seed(set.seed, number) }
  end
  local parent, copied = parent_of(study, number)
  return { point = copied and explore(study, number, parent.point) or parent.point,
    seed = parent.seed, from = parent.number }
end

function population.propose(study, job)
  local out = proposed(study, job.trial)
  out.params = study.space:params(out.point)
  out.changes = schedules.changes(study, out)
  return out
end

function population.ask(study, trial, _, work)
  local share = study.set.shares[trial.number // study.set.o.population + 1]
  work.params, work.changes, work.from = trial.params, trial.changes, trial.from
  work.share, work.ends = share < 1 and share or nil, true
end

--- A trial of the journal has to be what this study comes to.
function population.check(study, trial)
  local want = proposed(study, trial.number)
  local same = want.seed == trial.seed and want.from == trial.from
  for i, value in ipairs(want.point) do
    same = same and value == trial.point[i]
  end
  if not same then
    errors.raise(nil, "pbt: trial %d of %s is not what this version of lrrun would come to there; "
      .. "remove the folder to begin again", trial.number, study.folder)
  end
end

--- What a member is worth: its value at the end of its interval.
function population.value(_, reports)
  local value = reports[1] and reports[#reports][2]
  return type(value) == "number" and value == value and math.abs(value) ~= math.huge and value
    or nil
end

--- Whether a trial's checkpoints are still needed: copies of it may begin.
function population.keeps(study, number)
  local size = study.set.o.population
  local next_one = (number // size + 1) * size
  if next_one >= study.set.limit then
    return false
  end
  for n = next_one, next_one + size - 1 do
    local t = study.trials[n]
    if not t or t.state == "running" then
      return true
    end
  end
  return false
end

return population
