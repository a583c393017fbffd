-- Proposes by every strategy; run with each allocation failing in turn.
local search = require "lrrun.search"

for _, strategy in ipairs { search.random(), search.sobol(), search.tpe(), search.bayes() } do
  search.minimize {
    space = { x = search.uniform(0, 1), n = search.int(1, 4), c = search.choice { "a", "b" } },
    objective = function(p)
      return (p.x - 0.3) ^ 2 + p.n
    end,
    strategy = strategy, trials = 3, seed = 1,
  }
end
