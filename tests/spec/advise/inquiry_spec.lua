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
  local spread = comparison.spread(lists)
  return comparison.words(mean and (mean - first) / spread,
    asked:is_known(i, (mean or math.huge) - first, spread))
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
    assert.is_true(runs <= 3 + 2 + 1 + 2 * (1 + inquiry.CHECKS + inquiry.SEEDS))
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

describe("a choice that was checked", function()
  -- Choices of equal worth, whole runs of which are luck; the first is luckier with the seed
  -- that chooses, so that the other is checked.
  local function luck(i, x, share, seed)
    local own = i == 1 and -0.3 or 0.1 * math.sin(50 * x)
    return share < 1 and valley(x, -3, 1, seed) or 2 + (seed == 0 and own
      or 0.1 * math.sin(31 * seed + 7 * i + 13 * x))
  end

  it("gains nothing by that: what chose its rate is not what compares it", function()
    local asked = worked({ 0.5 }, luck)
    local seeds = {}
    for _, p in ipairs(asked:points(2, asked:answer(2))) do
      seeds[#seeds + 1] = p.share == 1 and p.seed or nil
    end
    assert.is_true(#seeds > 1 + inquiry.SEEDS) -- it was checked
    for i = 1, 2 do
      local answer = asked:answer(i)
      local compared = asked:compare(i, answer.suggestion)
      for n = 0, inquiry.SEEDS - 1 do
        assert.equal(luck(i, math.log(answer.suggestion, 10), 1, 1 + n), compared[n])
      end
    end
  end)

  it("moves no rate for a hair, so that the recipe as it is keeps its own advice", function()
    local function f(hair)
      return worked({ 1 }, function(i, x, share, seed)
        return share < 1 and valley(x, -3, 1, seed)
          or i == 1 and 1 + hair * (x + 4) or 1 - 2 * hair
      end)
    end
    local plain = worked({}, function(_, x, _, seed)
      return valley(x, -3, 1, seed)
    end):answer(1)
    assert.equal(plain.suggestion, f(0.001):answer(1).suggestion)
    assert.is_true(f(0.1):answer(1).suggestion < plain.suggestion)
  end)

  it("is warned of as any is, at the rate that it has come to", function()
    local cliff = worked({ 1 }, function(i, x, share, seed)
      return x < -2.5 and valley(x, i == 2 and share < 1 and -2.7 or -3.2, 1, seed)
        + (i == 2 and 0.1 or 0) or nil
    end)
    local answer = cliff:answer(2)
    assert.matches("^runs diverge from about", table.concat(answer.warnings, "\n"))
    local low = choice.at({ interval = { low = 1e-4, high = 1e-2 }, curve = {}, expected = 1,
      warn = function(lr, rates)
        return { ("at %g beside %s"):format(lr, table.concat(rates, " ")) }
      end }, 1e-3, { 1e-3, 2e-3 })
    assert.equal("at 0.001 beside 0.001 0.002", low.warnings[1])
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
