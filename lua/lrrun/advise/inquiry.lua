--- An inquiry: the choices that are to be compared (one, where the rate alone is asked for), each
--- with its own search for its best rate, in batches that all of them have a part in.
--
-- A choice with a prior (its best rate over that of the first choice, as a rule says) begins when
-- the first has come to its end, near that rate, and stays there where its own trainings cannot
-- tell that rate from their best (choice.lua). Where there are several, whole runs of each with
-- SEEDS seeds at its best rate come last, on the same weights, batches and samples. What is behind
-- then is checked (CHECKS): squeezed runs have their best higher than whole ones, so the same
-- whole runs are made at its prior's rate, or lower, and the better of the two counts. Without
-- that a choice looks worse because its rate is.
-- Who does the jobs is the caller's affair: a study's workers, or this process. What comes next
-- depends on the results of whole batches, so it is the same for any number of workers, and an
-- inquiry whose results are at hand again says the same again. Layer: advise.

local choice = require "lrrun.advise.choice"
local comparison = require "lrrun.advise.comparison"
local curve = require "lrrun.advise.curve"
local policy = require "lrrun.advise.policy"

local Inquiry = {}
local Mt = { __index = Inquiry }

local inquiry = {
  --- Whole runs of each choice at the end, and how often those of one that is behind are repeated
  --- at another rate, at most.
  SEEDS = comparison.SEEDS, CHECKS = 2,
}

local LITTLE, FAR = 1 / 4, 5 -- of what a choice is behind by; and that in deviations of seeds
local NEAR = 10 ^ 0.5 -- how far from its prior a best rate is sought

--- choices: list of what policy.start takes, one for each, with `prior`.
---@param choices table[]
function inquiry.new(choices)
  return setmetatable({ choices = choices, states = {}, ended = {}, results = {}, answers = {},
    rates = {}, unsure = {}, moved = {}, more = {}, checks = 0 }, Mt)
end

-- The rate that a choice's prior leads to, nil where it has none.
local function near_of(self, i)
  local facts = self.choices[i]
  local first = facts.prior and curve.answer(self.states[1])
  return facts.prior and (first and first.suggestion * facts.prior or facts.default)
end

-- What policy.start takes of a choice that begins now.
local function start_of(self, i)
  local facts, out = self.choices[i], {}
  for key, item in pairs(facts) do
    out[key] = item
  end
  if facts.prior then
    local near = near_of(self, i)
    out.default = near
    out.low, out.high = near and near / NEAR, near and near * NEAR
  end
  return policy.start(out)
end

-- Jobs of the choices that are not at their end.
local function searching(self)
  local batch = {}
  for i, facts in ipairs(self.choices) do
    if not self.states[i] and (not facts.prior or self.ended[1]) then
      self.states[i] = start_of(self, i)
    end
    local jobs = self.states[i] and not self.ended[i] and policy.next(self.states[i])
    self.ended[i] = self.states[i] ~= nil and not jobs
    for _, job in ipairs(jobs or {}) do
      batch[#batch + 1] = { choice = i, lr = job.lr, share = job.share, seed = job.seed,
        own_split = job.own_split }
    end
  end
  return batch
end

local function key_of(job)
  return ("%d %.17g %.17g %d%s"):format(job.choice, job.lr, job.share, job.seed,
    job.own_split and " own" or "")
end

-- Whole runs of the i-th choice at a rate that were not made yet, after the jobs of the batch.
local function add_whole(self, batch, i, lr)
  for seed = 0, inquiry.SEEDS - 1 do
    local job = { choice = i, lr = lr, share = 1, seed = seed }
    if not self.results[key_of(job)] then
      batch[#batch + 1] = job
    end
  end
end

-- Whole runs at each choice's best rate.
local function comparing(self)
  local batch = {}
  for i in ipairs(self.choices) do
    local answer = self:answer(i)
    self.rates[i] = answer and { answer.suggestion } or {}
    if answer then
      add_whole(self, batch, i, answer.suggestion)
    end
  end
  return batch
end

-- Of all choices: losses by seed at the rate that counts, their means (infinity where a seed
-- diverged) and the spread of seeds.
local function standing(self)
  local lists, means = {}, {}
  for i in ipairs(self.choices) do
    lists[i] = self.rates[i][1] and self:compare(i, self.rates[i][1]) or {}
    means[i] = comparison.mean(lists[i]) or math.huge
  end
  return means, comparison.spread(lists)
end

-- Whether a choice is behind: another than the first is behind the first, and the first behind
-- the best of the others.
local function is_behind(means, spread, i)
  local other = means[1]
  for j = 2, i == 1 and #means or 0 do
    other = j == 2 and means[j] or math.min(other, means[j])
  end
  return means[i] == math.huge or means[i] - other >= comparison.NOTHING * spread
    and means[i] > other
end

-- Takes what the last check found: the better of both rates, first in the list, counts.
local function settle(self)
  for i, list in ipairs(self.rates) do
    local rival = self.rival and self.rival[i]
    if rival then
      local old = comparison.mean(self:compare(i, list[1])) or math.huge
      local new = comparison.mean(self:compare(i, rival)) or math.huge
      -- One that has become better at its last rate may go on becoming better.
      self.unsure[i], self.moved[i] = new < old, math.abs(new - old)
      table.insert(list, new < old and 1 or #list + 1, rival)
    end
  end
  self.rival = nil
end

-- The first choice's rate as the best of the others has it by its prior, nil where none does.
local function near_of_first(self, means)
  local best
  for i = 2, #means do
    best = self.choices[i].prior and (not best or means[i] < means[best]) and i or best
  end
  local lr = best and self.rates[best][1]
  return lr and lr / self.choices[best].prior
end

-- Whole runs at another rate of those choices that are behind.
local function checking(self)
  settle(self)
  local batch = {}
  if self.checks >= inquiry.CHECKS then
    return batch
  end
  self.checks = self.checks + 1
  local means, spread = standing(self)
  for i, list in ipairs(self.rates) do
    local near = i > 1 and near_of(self, i) or i == 1 and near_of_first(self, means)
    local rival = list[1] and is_behind(means, spread, i) and choice.rival(list, near or nil)
    if rival then
      self.rival = self.rival or {}
      self.rival[i] = rival
      add_whole(self, batch, i, rival)
    end
  end
  return batch
end

--- The next batch: list of { choice, lr, share, seed, own_split }; nil at the end. The batch
--- before it has been taken.
---@return table[]?
function Inquiry:next()
  local batch = searching(self)
  if not batch[1] and self.states[2] == nil and self.choices[2] then
    batch = searching(self) -- those that waited for the first
  end
  if not batch[1] and self.choices[2] and not self.compared then
    self.compared = true
    batch = comparing(self)
  end
  if not batch[1] and self.compared then
    batch = checking(self)
  end
  self.batch = batch
  return batch[1] and batch or nil
end

--- Takes the results of the batch, in its order: { loss, state, cost, steps } each.
---@param results table[]
function Inquiry:take(results)
  local of = {}
  for i, item in ipairs(results) do
    local job = self.batch[i]
    local result = { lr = job.lr, share = job.share, seed = job.seed,
      own_split = job.own_split, loss = item.state == "complete" and item.loss or nil,
      state = item.state, cost = item.cost, steps = item.steps }
    self.results[key_of(job)] = result
    of[job.choice] = of[job.choice] or {}
    table.insert(of[job.choice], result)
  end
  for i, state in ipairs(self.compared and {} or self.states) do
    if of[i] then
      policy.take(state, of[i])
    end
  end
  for i, list in pairs(self.compared and of or {}) do
    self.more[i] = self.more[i] or {}
    table.move(list, 1, #list, #self.more[i] + 1, self.more[i])
  end
end

-- What the squeezed trainings of a choice say, with its prior.
local function own_answer(self, i)
  if not self.answers[i] then
    local answer, why = curve.answer(self.states[i])
    self.answers[i] = { answer and choice.settle(answer, near_of(self, i)), why }
  end
  return self.answers[i][1], self.answers[i][2]
end

--- What curve.answer says of the i-th choice, at the rate that counts. All its searches are done.
---@param i integer
---@return table? answer, string? why
function Inquiry:answer(i)
  local answer, why = own_answer(self, i)
  local lr = self.rates[i] and self.rates[i][1]
  if answer and lr and lr ~= answer.suggestion then
    return choice.at(answer, lr)
  end
  return answer, why
end

--- Whether the rate of the i-th choice is known well enough to say that the choice is no good:
--- its trainings show where its best is, or it is far behind and another rate changes little of
--- that.
---@param i integer
function Inquiry:is_known(i)
  local answer = own_answer(self, i)
  local means, spread = standing(self)
  local behind = means[i] - means[1]
  if self.moved[i] and behind >= FAR * spread and self.moved[i] <= LITTLE * behind then
    return true
  end
  return answer ~= nil and not self.unsure[i]
    and choice.is_known(answer, self.states[i].results, self.rates[i] or {})
end

--- All trainings of the i-th choice, those of the comparison last.
---@param i integer
---@param answer table of it
---@return table[]
function Inquiry:points(i, answer)
  local list = table.move(answer.points, 1, #answer.points, 1, {})
  local more = self.more[i] or {}
  return table.move(more, 1, #more, #list + 1, list)
end

--- Losses of whole runs of the i-th choice at this rate, by seed from 0; a seed that diverged is
--- missing.
---@param i integer
---@param lr number
---@return table<integer, number>
function Inquiry:compare(i, lr)
  local out = {}
  for seed = 0, inquiry.SEEDS - 1 do
    local found = self.results[key_of { choice = i, lr = lr, share = 1, seed = seed }]
    out[seed] = found and found.loss or nil
  end
  return out
end

return inquiry
