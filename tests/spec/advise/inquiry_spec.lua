-- Choices against each other on made curves: each at its own best rate, no verdict without one.
local choice = require "lrrun.advise.choice"
local comparison = require "lrrun.advise.comparison"
local inquiry = require "lrrun.advise.inquiry"

-- The inquiry worked through: f(choice, x = log10 of the rate, share, seed) -> loss or nil.
local function worked(priors, f)
  local list = {}
  for i = 1, #priors + 1 do
    list[i] = { budget = i == 1 and 3 or 2, default = 1e-3, seeds_base = 1, length = 1000,
      kind = "optim.adam", prior = priors[i - 1] or nil }
  end
  local asked, runs = inquiry.new(list), 0
  local batch = asked:next()
  while batch do
    local results = {}
    for i, job in ipairs(batch) do
      local loss = f(job.choice, math.log(job.lr, 10), job.share, job.seed)
      results[i] = { loss = loss, state = loss and "complete" or "diverged", cost = job.share,
        steps = math.floor(1000 * job.share) }
      runs = runs + job.share
    end
    asked:take(results)
    batch = asked:next()
  end
  return asked, runs
end

-- A valley at x0 whose rate does not depend on the length; seeds move it by a hundredth.
local function valley(x, x0, width, seed)
  return 1 + ((x - x0) / width) ^ 2 + 0.01 * math.sin(7 * seed + 3)
end

local function words(asked, i)
  local lists = { asked:compare(1, asked:answer(1).suggestion),
    asked:compare(i, asked:answer(i).suggestion) }
  local first, mean = comparison.mean(lists[1]), comparison.mean(lists[2])
  return comparison.words(mean and (mean - first) / comparison.spread(lists), asked:is_known(i))
end

describe("choices", function()
  it("of equal worth are called so, each at its own best rate", function()
    local asked = worked({ 0.35, 1 }, function(i, x, _, seed)
      return valley(x, i == 2 and -3 + math.log(0.35, 10) or -3, 1, seed)
    end)
    for i = 1, 3 do
      local want = i == 2 and 0.35e-3 or 1e-3
      assert.near(0, math.log(asked:answer(i).suggestion / want, 10), 0.25)
      assert.equal("no difference that other seeds would not make", i == 1
        and "no difference that other seeds would not make" or words(asked, i))
    end
  end)

  it("that short trainings show flat stay near the rule's rate, never at the upper end", function()
    local asked = worked({ 0.5 }, function(i, x, share, seed)
      if i == 2 and share < 1 then
        return 1 + 0.01 * math.sin(40 * x + seed)
      end
      return valley(x, i == 2 and -3.3 or -3, 0.5, seed)
    end)
    assert.is_true(asked:answer(2).suggestion <= 1.2e-3)
    assert.equal("no difference that other seeds would not make", words(asked, 2))
  end)

  it("whose short trainings are best far too high are checked in whole runs", function()
    local asked, runs = worked({ 0.5 }, function(i, x, share, seed)
      return valley(x, i == 2 and share < 1 and -1.8 or i == 2 and -3.3 or -3, 0.7, seed)
    end)
    assert.near(-3.3, math.log(asked:answer(2).suggestion, 10), 0.4)
    assert.is_true(runs <= 3 + 2 + 1 + 2 * inquiry.SEEDS * (1 + inquiry.CHECKS))
  end)

  it("check the first by the others' rate where that is behind", function()
    local asked = worked({ 1 }, function(i, x, share, seed)
      return valley(x, i == 1 and share < 1 and -4.5 or -3, 0.7, seed)
        + (i == 2 and share < 1 and math.abs(x + 3) or 0)
    end)
    assert.near(0, math.log(asked:answer(1).suggestion / asked:answer(2).suggestion, 10), 0.5)
  end)

  it("are worse where they are at every rate", function()
    local asked = worked({ 1 }, function(i, x, _, seed)
      return valley(x, -3, 1, seed) + (i == 2 and 1 or 0)
    end)
    assert.equal("worse", words(asked, 2))
  end)

  it("are not found where lower rates keep doing better", function()
    local asked = worked({ 1 }, function(i, x, share, seed)
      return i == 1 and valley(x, -3, 1, seed)
        or share < 1 and valley(x, -2, 1, seed) or 2 + 2 * (x + 4)
    end)
    assert.matches("^not found", words(asked, 2))
  end)
end)

describe("a check of a choice", function()
  it("is at the rule's rate, then at half of its own, and ends where both were tried", function()
    assert.equal(1e-3, choice.rival({ 4e-3 }, 1e-3))
    assert.equal(2e-3, choice.rival({ 4e-3 }, nil))
    assert.equal(5.01e-4, choice.rival({ 1e-3, 4e-3 }, 1e-3))
    assert.is_nil(choice.rival({ 4e-3, 2e-3, 1e-3 }, 1e-3))
  end)
end)
