--- What a study was told when it began, kept in its journal: run again, it goes on under the
--- same settings, and others are an error instead of a mixture. Layer: study.

local defaults = require "lrrun.runs.defaults"
local plain = require "lrrun.recipe.plain"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local native = require "lrrun.native.search"
local options = require "lrrun.util.options"
local prior = require "lrrun.study.prior"
local pruners = require "lrrun.search.pruners"
local sequence = require "lrrun.study.sequence"
local strategies = require "lrrun.search.strategies"
local units = require "lrrun.util.units"

local settings = {}

local FORMAT, TRIALS = 1, 30
local PARTS = 27 -- of a run in steps: ASHA's first rung
local PRUNERS = { "median", "asha", "hyperband" }

--- A pruner from its name or value; nil for none. Raises for anything else.
function settings.pruner(given, who)
  if given == nil then
    return nil
  elseif type(given) == "string" and pruners[given] then
    return pruners[given]()
  elseif options.is_value(given) then
    for _, name in ipairs(PRUNERS) do
      if given.kind == "search." .. name then
        return given
      end
    end
  end
  errors.raise(nil, "%s: 'pruner' is %s%s; it takes %s", who, errors.show(given),
    errors.hint(given, PRUNERS), table.concat(PRUNERS, ", "))
end

-- The value that plain(value) was made of.
local function rebuild(kept)
  if kept == nil then
    return nil
  end
  local name, opts = kept.kind:match "^search%.(%w+)$", {}
  for key, item in pairs(kept) do
    opts[key] = type(item) == "string" and units.parse(item) or item
  end
  opts.kind = nil
  local make = pruners[name] or strategies[name]
  return make(opts)
end

local function show(kept)
  if kept == nil then
    return "none"
  end
  local parts = {}
  for _, rule in ipairs(options.registry[kept.kind].keys) do
    if kept[rule[1]] ~= nil then
      parts[#parts + 1] = ("%s = %s"):format(rule[1], tostring(kept[rule[1]]))
    end
  end
  return kept.kind:match "[^.]+$" .. (parts[1] and "{" .. table.concat(parts, ", ") .. "}" or "")
end

-- A strategy or pruner given again has to be the one that the study began with. One of the
-- command line is its flag's fault (cfg.flags), not the recipe's.
local function check_same(cfg, key, given, kept)
  if given and json.encode(plain(given)) ~= json.encode(kept or json.null) then
    errors.raise(cfg.flags and cfg.flags[key], "%s: the study began with %s %s, not %s; another "
      .. "--out begins another study", cfg.who, key, show(kept), show(plain(given)))
  end
end

-- Trials that are several trainings are scored by the mean over them.
local function check_parts(cfg, pruner)
  local flags = cfg.flags or {}
  if pruner and cfg.k_fold then
    errors.raise(flags.pruner, "%s: a pruner ends trials early, and k_fold "
      .. "scores them by the mean over folds that all ended; leave one of them away", cfg.who)
  elseif pruner and cfg.objectives then
    errors.raise(flags.pruner, "%s: a pruner ends trials by one figure, and the objective has %d: "
      .. "what is far behind in one may be best in another; leave the pruner away, or search "
      .. "for one of them", cfg.who, #cfg.objectives)
  elseif cfg.repeats and cfg.k_fold then
    errors.raise(flags.repeats, "%s: 'repeats' and 'k_fold' are both given: a trial is either "
      .. "trained with several seeds or on several folds", cfg.who)
  elseif cfg.repeats and pruner and pruner.kind == "search.median" then
    errors.raise(flags.pruner, "%s: median looks at a trial while it trains, and with 'repeats' "
      .. "its seeds train one after the other; want pruner asha or hyperband, whose rungs "
      .. "compare means over the seeds", cfg.who)
  end
end

local function first(cfg)
  local strategy = strategies.from(cfg.strategy, cfg.who)
  local pruner = settings.pruner(cfg.pruner, cfg.who)
  check_parts(cfg, pruner)
  return {
    format = FORMAT, identity = cfg.identity, seed = cfg.seed, lag = cfg.lag or sequence.LAG,
    strategy = plain(strategy), pruner = pruner and plain(pruner),
    k_fold = cfg.k_fold, repeats = cfg.repeats, monitor = cfg.monitor, mode = cfg.mode,
    objectives = cfg.objectives, trials = cfg.trials or TRIALS,
    prior = cfg.prior, defaults = defaults.NOW,
  }
end

-- Folds and seeds of a trial stay as many.
local function check_same_parts(cfg, kept)
  local flags = cfg.flags or {}
  if cfg.k_fold and cfg.k_fold ~= kept.k_fold then
    errors.raise(flags.k_fold, "%s: the study began %s, not with %d; another "
      .. "--out begins another study", cfg.who,
      kept.k_fold and ("with %d folds"):format(kept.k_fold)
      or "without folds", cfg.k_fold)
  elseif cfg.repeats and cfg.repeats ~= kept.repeats then
    errors.raise(flags.repeats, "%s: the study began with %d seed%s a trial, "
      .. "not with %d; another --out begins another study", cfg.who, kept.repeats or 1,
      kept.repeats and "s" or "", cfg.repeats)
  end
end

local function check_again(cfg, kept)
  if kept.format ~= FORMAT then
    errors.raise(nil, "%s: the study in %s is of format %s, not known here", cfg.who, cfg.folder,
      errors.show(kept.format))
  elseif kept.identity ~= cfg.identity then
    local what = cfg.differs and cfg.differs()
    errors.raise(nil, "%s: %s is the study of another recipe (%s); want another --out, or remove "
      .. "the folder to begin again; with --prior=%s a new study knows the trials of this one",
      cfg.who, cfg.folder, what and "what differs: " .. what or "or of this one before a change, "
      .. "or with other --set, --seed, --epochs", cfg.folder)
  end
  check_same(cfg, "strategy", cfg.strategy and strategies.from(cfg.strategy, cfg.who),
    kept.strategy)
  check_same(cfg, "pruner", settings.pruner(cfg.pruner, cfg.who), kept.pruner)
  check_same_parts(cfg, kept)
  if kept.pruner and kept.pruner.kind ~= "search.median" and cfg.trials
    and cfg.trials ~= kept.trials then
    errors.raise(nil, "%s: a study with %s has a fixed number of trials, %d here: its rungs "
      .. "follow from it", cfg.who, show(kept.pruner), kept.trials)
  end
end

--- The strategy of a study: that of its journal, else that of cfg.
function settings.strategy(cfg, kept)
  return rebuild(kept and kept.strategy) or strategies.from(cfg.strategy, cfg.who)
end

--- The duration `d`, that of a key (of `flag`, if any), in the unit of the run's length.
function settings.amount(who, d, length, key, flag)
  if d.unit == "percent" then
    return d.amount / 100 * length.amount
  elseif d.unit ~= length.unit then
    errors.raise(flag, "%s: '%s' is %s, and the recipe's length is in %s; want it in %s or in "
      .. "percent", who, key, tostring(d), length.unit, length.unit)
  end
  return d.amount
end

local function add_rungs(out, who, pruner, length)
  local max = length.amount
  local grace = max / PARTS -- what the default of one epoch is, is not known before the data
  if pruner.given.grace and tostring(pruner.opts.grace) ~= "1 epochs"
    or length.unit == "epochs" then
    grace = math.min(settings.amount(who, pruner.opts.grace, length, "grace"), max)
  end
  out.rungs = {
    grace = grace, factor = pruner.opts.factor, max = max, trials = out.trials,
    brackets = pruner.kind == "search.hyperband",
  }
  out.rung_at = native.rungs(out.rungs)
end

-- Trials of another study as proposals take them, which minimise.
local function points_of(space, list, sign)
  local out = {}
  for _, item in ipairs(list or {}) do
    local point = prior.point(space, item.params)
    out[#out + 1] = point and { x = point, state = item.state,
      value = item.value and sign * item.value } or nil
  end
  return out
end

-- How many different points are among them.
local function count_of(list)
  local seen, n = {}, 0
  for _, item in ipairs(list) do
    local words = {}
    for i, value in ipairs(item.x) do
      words[i] = tostring(value)
    end
    local key = table.concat(words, " ")
    n, seen[key] = n + (seen[key] and 0 or 1), true
  end
  return n
end

-- Counts in what is known already: no first look around is needed for it, and no trial. Gives the
-- number of points that are left.
local function add_prior(out, cfg, limit)
  local known = count_of(out.prior)
  out.configuration.startup = math.max(0, out.configuration.startup - #out.prior)
  if not limit or known == 0 or out.configuration.points then
    return limit
  elseif limit <= known then
    errors.raise(nil, "%s: all %d points of the recipe's space are known: nothing to search",
      cfg.who, known)
  end
  return limit - known
end

-- What proposals are made by; gives how many points there are, nil without an end.
local function configure(out, cfg, strategy)
  local kept, limit = out.kept
  out.configuration, limit = strategies.configure(strategy, cfg.space, kept.seed, kept.trials,
    cfg.portable)
  if out.configuration.points then -- the grid stays as it was, also with more trials
    kept.points = kept.points or out.configuration.points
    out.configuration.points = kept.points
    limit = cfg.space.native:points(kept.points)
  end
  return limit
end

--- The settings of a study: those kept in its journal (nil for a new study), else of cfg.
-- Fields beside the kept ones: limit, waits, sign, configuration (for propose), rungs,
-- rung_at, median. `kept` is what the journal is to hold.
---@param cfg table
---@param kept table?
function settings.of(cfg, kept)
  local text = kept and json.encode(kept)
  if kept then
    check_again(cfg, kept)
  end
  kept = kept or first(cfg)
  kept.trials = cfg.trials or kept.trials
  local strategy, pruner = rebuild(kept.strategy), rebuild(kept.pruner)
  local out = { trials = kept.trials, lag = kept.lag, seed = kept.seed, kept = kept,
    k_fold = kept.k_fold, repeats = kept.repeats, objectives = kept.objectives,
    sign = kept.mode == "max" and -1 or 1, monitor = kept.monitor, strategy = show(kept.strategy),
    pruner = kept.pruner and show(kept.pruner) }
  local limit = configure(out, cfg, strategy)
  out.prior = points_of(cfg.space, kept.prior, out.sign)
  limit = add_prior(out, cfg, limit)
  out.limit = math.min(kept.trials, limit or math.huge)
  local name = out.configuration.strategy
  out.waits = name == "bayes" or name == "tpe"
  if pruner and pruner.kind == "search.median" then
    out.median, out.waits = pruner.opts, true
  elseif pruner then
    add_rungs(out, cfg.who, pruner, cfg.length)
    out.rungs.trials = math.tointeger(out.limit) or out.trials
  end
  out.changed = json.encode(kept) ~= text
  return out
end

return settings
