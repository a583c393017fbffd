-- lr = "auto": the advice comes first, and nothing of it reaches the run after it.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe"
local schedule = require "lrrun.schedule"
local train = require "lrrun.language.train"

local function make(changes)
  local keys = {
    data = data.digits { val = 0.2, limit = 300 }, model = nn.linear(10), epochs = 4,
    optimizer = optim.adam { lr = "auto" }, schedule = schedule.linear(),
  }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  return recipe.new(keys)
end

local QUIET = { record = false, quiet = true }

describe("lr = 'auto'", function()
  it("trains with the advised rate as with a number, and records it", function()
    local called = 0
    local r = make { on = { epoch = function()
      called = called + 1
    end } }
    local result = train.fit(r, QUIET)
    assert.equal(4, called) -- the advice calls no functions of the run
    local found = result.range
    assert.equal(found.suggestion, train.advise(r, { budget = 1 }).suggestion)
    assert.is_true(found.interval.low <= found.suggestion)
    assert.is_true(found.interval.high >= found.suggestion)
    assert.is_true(found.spent_runs > 0 and found.spent_runs < 2)
    local same = train.fit(make { optimizer = optim.adam { lr = found.suggestion } }, QUIET)
    assert.equal(same.digest, result.digest)
  end)

  it("is refused where there is no recipe to try, and beside a schedule with a peak of its own",
    function()
    local ok, why = pcall(function()
      optim.adam { lr = "auto" }:bind {}
    end)
    assert.is_false(ok)
    assert.matches("'auto' works in a recipe alone", why)
    ok, why = pcall(optim.adam, { lr = "automatic" })
    assert.is_false(ok)
    assert.matches("did you mean 'auto'", why)
    ok, why = pcall(train.fit, make { schedule = schedule.one_cycle { max = 0.1 } }, QUIET)
    assert.is_false(ok)
    assert.matches("schedule has one of its own, schedule.max = 0.1", tostring(why))
    ok, why = pcall(train.fit, make { optimizer = optim.rprop { lr = "auto" },
      schedule = schedule.constant() }, QUIET)
    assert.is_false(ok)
    assert.matches("rprop finds a step size", tostring(why))
  end)
end)
