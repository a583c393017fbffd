--- What a population cannot be, said before anything is trained. Layer: study.

local dimensions = require "lrrun.search.dimensions"
local errors = require "lrrun.util.errors"
local rate_words = require "lrrun.util.rate_words"
local resolve = require "lrrun.recipe.resolve"
local spaces = require "lrrun.search.space"

local pbt_limits = {}

--- Raises; what a flag said is that flag's fault.
function pbt_limits.refuse(cfg, key, fmt, ...)
  errors.raise(cfg.flags and cfg.flags[key], "%s: " .. fmt, cfg.who, ...)
end

local refuse = pbt_limits.refuse

--- What goes with no population.
---@param cfg table as study.open takes
function pbt_limits.check(cfg)
  if cfg.pruner then
    refuse(cfg, "pruner", "pbt replaces members that are behind by itself: leave the pruner away")
  elseif cfg.k_fold or cfg.repeats then
    refuse(cfg, cfg.k_fold and "k_fold" or "repeats", "pbt copies one training onto another: "
      .. "'%s' has no place in it", cfg.k_fold and "k_fold" or "repeats")
  elseif cfg.objectives then
    refuse(cfg, "strategy", "pbt ranks its members by one figure, and the objective has %d",
      #cfg.objectives)
  elseif cfg.prior then
    refuse(cfg, "strategy", "pbt takes no trials of another study ('prior')")
  elseif cfg.middle.opts.squeeze then
    refuse(cfg, "strategy", "pbt and 'squeeze' do not go together: want fewer epochs")
  end
end

-- Values that make a choice, and those it is in, what they have to be for it to be reached.
local function reach(space, d, params)
  while d.parent do
    local up = space.dims[space.place[d.parent]]
    params[d.parent] = up.labels[d.when]
    d = up
  end
  return params
end

-- The parameters of the middle and of each choice.
local function ways(space)
  local out = { {} }
  for _, d in ipairs(space.dims) do
    for _, label in ipairs(d.labels or {}) do
      local params = reach(space, d, {})
      params[d.name] = label
      out[#out + 1] = params
    end
  end
  return out
end

-- The recipe with a schedule in the place of each number that changes.
local function scheduled(cfg, places, params)
  local names = {}
  for n, i in ipairs(places) do
    local d = cfg.space.dims[i]
    names[n] = d.name
    params[d.name] = resolve.evaluate(("schedule.constant(%.17g)"):format(
      dimensions.middle(d.dim)))
  end
  local ok, r = errors.try(spaces.resolve, cfg.searched, params)
  if not ok then
    refuse(cfg, "strategy", "pbt makes schedules of the numbers that it searches (%s), and %s",
      table.concat(names, ", "), errors.message(r))
  end
  return r
end

--- Whether the recipe can be trained with a schedule for each dimension of `places`.
---@param cfg table
---@param places integer[]
function pbt_limits.schedules(cfg, places)
  for _, i in ipairs(places) do
    local d = cfg.space.dims[i]
    if cfg.middle.opts.schedule and d.name:find "^optimizer%." and d.name:find "%.lr$" then
      refuse(cfg, "strategy", "pbt finds the schedule of '%s': leave the recipe's 'schedule' away",
        d.name)
    end
  end
  for _, params in ipairs(ways(cfg.space)) do
    local optimizer = scheduled(cfg, places, params).opts.optimizer
    local lr = optimizer.opts.lr
    if rate_words.of(lr) then
      refuse(cfg, "strategy", "pbt copies members, and %s with lr = '%s' would look for a rate of "
        .. "its own in each: want a number, or lr = search.loguniform(lo, hi)", optimizer.kind, lr)
    end
  end
end

return pbt_limits
