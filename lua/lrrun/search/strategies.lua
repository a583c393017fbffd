--- Strategies: which point to try next. Values for `search.minimize` and studies.
--
-- Layer: search.

local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"

local strategies = {}

local NAMES = { "grid", "random", "sobol", "bayes", "tpe", "pbt" }

local MOST_STARTUP = 10

local function startup(default, text)
  return { "startup", "integer", min = 1, default = default,
    doc = "points of Sobol's sequence before the model" .. text }
end

strategies.grid = options.constructor {
  name = "search.grid",
  doc = "Every combination, in the order of the names, the last fastest.",
  positional = { "points" },
  keys = {
    { "points", "integer", min = 1,
      doc = "values of each wide dimension; else the most that fit the trials, 2 at least" },
  },
}

strategies.random = options.constructor {
  name = "search.random",
  doc = "Independent random points.",
  source = "Bergstra and Bengio, JMLR 13, 2012",
  keys = {},
}

strategies.sobol = options.constructor {
  name = "search.sobol",
  doc = "Points of a scrambled Sobol sequence: random ones without gaps and clusters.",
  source = "Sobol 1967; direction numbers: Joe and Kuo, SIAM J. Sci. Comput. 30, 2008",
  keys = {},
}

strategies.bayes = options.constructor {
  name = "search.bayes",
  doc = "Bayesian optimization: a Gaussian process and the log expected improvement.",
  source = "Jones et al., J. Global Optimization 13, 1998; Ament et al., NeurIPS 2023",
  keys = { startup(nil, "; else 2 (d + 1) with d dimensions, 10 at the most") },
}

strategies.tpe = options.constructor {
  name = "search.tpe",
  doc = "Tree-structured Parzen estimator: densities of good and of other trials.",
  source = "Bergstra et al., NIPS 2011",
  keys = {
    startup(MOST_STARTUP, ""),
    { "candidates", "integer", min = 1, max = 100000, default = 24,
      doc = "points drawn, of which the best is taken" },
  },
}

strategies.pbt = options.constructor {
  name = "search.pbt",
  doc = "Population-based training: members train side by side, and after each interval the worst "
    .. "take over weights and state of one of the best and go on with other values. What it finds "
    .. "is a schedule; it costs as much as so many whole runs as there are members.",
  source = "Jaderberg et al., arXiv:1711.09846, 2017",
  keys = {
    { "population", "integer", min = 2, max = 1000, default = 8,
      doc = "members that train side by side" },
    { "every", "duration", above = 0, doc = "length of an interval, in the unit of the recipe's "
      .. "length or in percent; default a tenth of the run, an evaluation at least" },
    { "share", "number", above = 0, max = 0.5, default = 0.25,
      doc = "share of the members that is replaced by copies of as many of the best" },
    { "factor", "number", above = 1, max = 100, default = 1.25,
      doc = "a copy's values are multiplied or divided by it" },
    { "resample", "number", min = 0, max = 1, default = 0.25,
      doc = "share of a copy's values that is drawn anew instead" },
  },
}

--- A strategy from its name or value. Raises for anything else.
---@param given string|table|nil nil: bayes
---@param who string? constructor named in the message
function strategies.from(given, who)
  if given == nil then
    return strategies.bayes()
  elseif type(given) == "string" and strategies[given] and given ~= "from" then
    return strategies[given]()
  elseif options.is_value(given) then
    local name = given.kind:match "^search%.(%w+)$"
    for _, known in ipairs(NAMES) do
      if name == known then
        return given
      end
    end
  end
  errors.raise(nil, "%s: 'strategy' is %s%s; it takes %s", who or "search",
    errors.show(given), errors.hint(given, NAMES), table.concat(NAMES, ", "))
end

-- The most values per wide dimension with at most `trials` points in all, 2 at least.
local function fitting_points(space, trials)
  local fits, more = 2, math.max(3, trials + 1) -- that many fit, so many do not
  while more - fits > 1 do
    local middle = (fits + more) // 2
    if space.native:points(middle) <= trials then
      fits = middle
    else
      more = middle
    end
  end
  return fits
end

--- The configuration that `space.native:propose` takes; `limit` is the number of points
--- that the strategy has, as none is tried twice, nil for no end. portable: proposals are the
--- same on any CPU.
---@return table cfg
---@return number? limit
function strategies.configure(strategy, space, seed, trials, portable)
  local o = strategy.opts
  local name = strategy.kind:match "^search%.(%w+)$"
  local cfg = {
    strategy = name == "pbt" and "sobol" or name, -- its first members are spread evenly
    seed = seed, startup = o.startup or math.min(MOST_STARTUP, 2 * (#space.dims + 1)),
    candidates = o.candidates, points = o.points, portable = portable,
  }
  if name == "pbt" then
    return cfg, nil -- members may be alike: what they become differs
  elseif cfg.strategy ~= "grid" then
    local size = space.native:size()
    return cfg, size < math.huge and size or nil
  end
  cfg.points = cfg.points or fitting_points(space, trials)
  return cfg, space.native:points(cfg.points)
end

--- The line on a search that has fewer points than trials were asked for.
---@param limit number of points
---@param trials integer
function strategies.exhausted(limit, trials)
  return ("%s tried: the search ends after %d of %d trials"):format(
    limit == 1 and "the only point was" or ("all %d points were"):format(limit), limit, trials)
end

return strategies
