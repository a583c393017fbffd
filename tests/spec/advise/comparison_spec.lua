-- Choices at their own best rates: what a difference is against what other seeds make.
local comparison = require "lrrun.advise.comparison"

-- Losses by seed, from 0.
local function by_seed(a, b, c)
  return { [0] = a, b, c }
end

describe("what seeds make", function()
  it("is the deviation of losses about the mean of their choice", function()
    local spread = comparison.spread { by_seed(1, 2, 3), by_seed(11, 12, 13) }
    assert.near(1, spread, 1e-12)
  end)

  it("is a thousandth of the losses at least: a hair is no gain where seeds agree", function()
    local lists = { by_seed(0.7, 0.7, 0.7), by_seed(0.69997, 0.69997, 0.69997) }
    local spread = comparison.spread(lists)
    assert.near(0.0007, spread, 1e-12)
    local units = (comparison.mean(lists[2]) - comparison.mean(lists[1])) / spread
    assert.equal("no difference that other seeds would not make", comparison.words(units))
    assert.is_false(comparison.is_better(units))
    assert.equal("better", comparison.words((0.69 - 0.7) / spread))
  end)

  it("is there where the first choice, or all of them, diverge", function()
    assert.near(0.5 ^ 0.5, comparison.spread { {}, by_seed(1, 2) }, 1e-12)
    assert.equal(0, comparison.spread { {}, {} })
  end)
end)
