--- An inquiry: the choices that are to be compared (one, where the rate alone is asked for), each
--- with its own search for its best rate, in batches that all of them have a part in.
--
-- A choice with a prior (its best rate over that of the first choice, as a rule says) begins when
-- the first has come to its end, near that rate. Where there are several, whole runs of each with
-- SEEDS seeds at its best rate come last, on the same weights, batches and samples.
-- Who does the jobs is the caller's affair: a study's workers, or this process. What comes next
-- depends on the results of whole batches, so it is the same for any number of workers, and an
-- inquiry whose results are at hand again says the same again. Layer: advise.

local curve = require "lrrun.advise.curve"
local policy = require "lrrun.advise.policy"

local Inquiry = {}
local Mt = { __index = Inquiry }

local inquiry = {
  --- Of the comparison at the end.
  SEEDS = 3,
}

local NEAR = 10 ^ 0.5 -- how far from its prior a best rate is sought

--- choices: list of what policy.start takes, one for each, with `prior`.
---@param choices table[]
function inquiry.new(choices)
  return setmetatable({ choices = choices, states = {}, ended = {}, results = {} }, Mt)
end

-- What policy.start takes of a choice that begins now.
local function start_of(self, i)
  local facts, out = self.choices[i], {}
  for key, item in pairs(facts) do
    out[key] = item
  end
  if facts.prior then
    local answer = curve.answer(self.states[1])
    local near = answer and answer.suggestion * facts.prior or facts.default
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

-- Whole runs at each choice's best rate that were not made yet.
local function comparing(self)
  local batch = {}
  for i in ipairs(self.choices) do
    local answer = curve.answer(self.states[i])
    for seed = 0, answer and inquiry.SEEDS - 1 or -1 do
      local job = { choice = i, lr = answer.suggestion, share = 1, seed = seed, compares = true }
      if not self.results[key_of(job)] then
        batch[#batch + 1] = job
      end
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
    self.more = self.more or {}
    self.more[i] = list
  end
end

--- What curve.answer says of the i-th choice.
---@param i integer
function Inquiry:answer(i)
  return curve.answer(self.states[i])
end

--- All trainings of the i-th choice, those of the comparison last.
---@param i integer
---@param answer table of it
---@return table[]
function Inquiry:points(i, answer)
  local list = table.move(answer.points, 1, #answer.points, 1, {})
  local more = self.more and self.more[i] or {}
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
