--- An inquiry: the choices that are to be compared (one, where the rate alone is asked for), each
--- with its own search for its best rate, in batches that all of them have a part in.
--
-- A choice with a prior (its best rate over that of the first choice, as a rule says) begins when
-- the first has come to its end, near that rate, and stays there where its own trainings cannot
-- tell that rate from their best (choice.lua). Where there are several, whole runs come last.
-- First one of each at its best rate, with the recipe's own seed: squeezed runs have their best
-- higher than whole ones, so what is behind there is checked (CHECKS) at its prior's rate, or at a
-- lower one, and moves where that is better. Without that a choice looks worse because its rate is.
-- Then SEEDS of each at the rate that it has come to, with other seeds, on the same weights,
-- batches and samples: these alone are compared. The lowest of several losses is low by luck too;
-- as no run that chose a rate judges it, a choice that was checked more gains nothing by that.
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
  --- Whole runs of each choice that are compared, and how often the one before them, of a choice
  --- that is behind, is repeated at another rate, at most.
  SEEDS = comparison.SEEDS, CHECKS = 2,
}

local LITTLE, FAR = 1 / 4, 5 -- of what a choice is behind by; and that in deviations of seeds
local MARGIN = 0.005 -- of a loss: less than that is no reason for another rate
local OWN = 0 -- the seed that rates are chosen with; the others compare
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
local function add_whole(self, batch, i, lr, first, last)
  for seed = first, last do
    local job = { choice = i, lr = lr, share = 1, seed = seed }
    if not self.results[key_of(job)] then
      batch[#batch + 1] = job
    end
  end
end

-- A whole run of each choice at its best rate.
local function beginning(self)
  local batch = {}
  for i in ipairs(self.choices) do
    local answer = self:answer(i)
    self.rates[i] = answer and { answer.suggestion } or {}
    if answer then
      add_whole(self, batch, i, answer.suggestion, OWN, OWN)
    end
  end
  return batch
end

-- Loss of the whole run that chooses rates; infinity where it diverged.
local function chosen_loss(self, i, lr)
  local found = lr and self.results[key_of { choice = i, lr = lr, share = 1, seed = OWN }]
  return found and found.loss or math.huge
end

-- Whether a loss is lower than another by so much that it matters.
local function is_lower(a, b)
  return a < b and (b == math.huge or b - a > MARGIN * math.abs(b))
end

-- Whether a choice is behind: another than the first is behind the first, and the first behind
-- the best of the others.
local function is_behind(losses, i)
  local other = losses[1]
  for j = 2, i == 1 and #losses or 0 do
    other = j == 2 and losses[j] or math.min(other, losses[j])
  end
  return losses[i] == math.huge or is_lower(other, losses[i])
end

-- Takes what the last check found: the better of both rates, first in the list, counts.
local function settle(self)
  for i, list in ipairs(self.rates) do
    local rival = self.rival and self.rival[i]
    if rival then
      local old, new = chosen_loss(self, i, list[1]), chosen_loss(self, i, rival)
      local moves = is_lower(new, old)
      -- One that has become better at its last rate may go on becoming better.
      self.unsure[i], self.moved[i] = moves, math.abs(new - old)
      table.insert(list, moves and 1 or #list + 1, rival)
    end
  end
  self.rival = nil
end

-- The first choice's rate as the best of the others has it by its prior, nil where none does.
local function near_of_first(self, losses)
  local best
  for i = 2, #losses do
    best = self.choices[i].prior and (not best or losses[i] < losses[best]) and i or best
  end
  local lr = best and self.rates[best][1]
  return lr and lr / self.choices[best].prior
end

-- A whole run at another rate of those choices that are behind.
local function checking(self)
  settle(self)
  local batch, losses = {}, {}
  if self.checks >= inquiry.CHECKS then
    return batch
  end
  self.checks = self.checks + 1
  for i, list in ipairs(self.rates) do
    losses[i] = chosen_loss(self, i, list[1])
  end
  for i, list in ipairs(self.rates) do
    local near = i > 1 and near_of(self, i) or i == 1 and near_of_first(self, losses)
    local rival = list[1] and is_behind(losses, i) and choice.rival(list, near or nil)
    if rival then
      self.rival = self.rival or {}
      self.rival[i] = rival
      add_whole(self, batch, i, rival, OWN, OWN)
    end
  end
  return batch
end

-- The runs that are compared, of all choices that train at all.
local function comparing(self)
  local batch = {}
  for i, list in ipairs(self.rates) do
    if chosen_loss(self, i, list[1]) < math.huge then
      add_whole(self, batch, i, list[1], OWN + 1, OWN + inquiry.SEEDS)
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
  if not batch[1] and self.choices[2] and not self.searched then
    self.searched = true
    batch = beginning(self)
  end
  if not batch[1] and self.searched and not self.compared then
    batch = checking(self)
    if not batch[1] then
      self.compared = true
      batch = comparing(self)
    end
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
  for i, state in ipairs(self.searched and {} or self.states) do
    if of[i] then
      policy.take(state, of[i])
    end
  end
  for i, list in pairs(self.searched and of or {}) do
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
  local rates = self.rates[i]
  if answer and rates and rates[1] then
    return choice.at(answer, rates[1], rates)
  end
  return answer, why
end

--- Whether the rate of the i-th choice is known well enough to say that the choice is no good:
--- its trainings show where its best is, or it is far behind and another rate changes little of
--- that.
---@param i integer
---@param behind number what its mean is above the first's; infinity where it has none
---@param spread number that seeds make
function Inquiry:is_known(i, behind, spread)
  local answer = own_answer(self, i)
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

--- Losses of the whole runs of the i-th choice at this rate that are compared, by number from 0;
--- one that diverged is missing.
---@param i integer
---@param lr number
---@return table<integer, number>
function Inquiry:compare(i, lr)
  local out = {}
  for n = 0, inquiry.SEEDS - 1 do
    local found = self.results[key_of { choice = i, lr = lr, share = 1, seed = OWN + 1 + n }]
    out[n] = found and found.loss or nil
  end
  return out
end

return inquiry
