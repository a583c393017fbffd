-- Proposes by every strategy, models included, and decides what goes on; run with each
-- allocation failing in turn.
local native = require "lrrun.native.search"
local search = require "lrrun.search"

local strategies = {
  search.random(), search.sobol(), search.grid(), search.tpe { startup = 2 },
  search.bayes { startup = 2 },
}
for _, strategy in ipairs(strategies) do
  search.minimize {
    space = { x = search.uniform(0, 1), n = search.int(1, 4), c = search.choice { "a", "b" } },
    objective = function(p)
      return (p.x - 0.3) ^ 2 + p.n
    end,
    strategy = strategy, trials = 4, seed = 1,
  }
end
native.median(1, 0, { { 1, 2 } }, { { { 1, 1 } } })
native.next_job({ max = 9, trials = 3 }, { { trial = 0, rung = 1, value = 2 } })
