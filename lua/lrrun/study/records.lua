--- What may stand in the records of a study: study.json, what its journal says of it and of its
--- trials, and what passes between a search and its workers (job.json, outcome.json). Layer:
--- study.

local run_record = require "lrrun.record.run_record"
local schema = require "lrrun.record.schema"

local records = {
  MOST_TRIALS = 2 ^ 31 - 1, -- as numbers of trials go
  MOST_SEEDS = 100, -- of a trial
}

local TEXT, PATH, WORDS, PIECES = 64 * 1024, 4096, 10000, 64 -- bytes, bytes; how many
local SEED = 2 ^ 31

local function of(kinds)
  local by = {}
  for kind, keys in pairs(kinds) do
    keys[#keys + 1] = { "kind", "string" }
    by["search." .. kind] = schema.record { keys = keys }
  end
  return schema.record { by = "kind", variants = by }
end

local GRACE = { { "grace", "string", longest = 100 }, { "factor", "number", min = 2, max = 100 } }
local STARTUP = { "startup", "integer", min = 1 }

local STRATEGY = of {
  grid = { { "points", "integer", min = 1 } }, random = {}, sobol = {}, bayes = { STARTUP },
  tpe = { STARTUP, { "candidates", "integer", min = 1, max = 100000 } },
  advice = {}, rates = {},
  pbt = { { "population", "integer", min = 2, max = 1000, required = true },
    { "every", "string", longest = 100 },
    { "share", "number", above = 0, max = 0.5, required = true },
    { "factor", "number", above = 1, max = 100, required = true },
    { "resample", "number", min = 0, max = 1, required = true } },
}

local PRUNER = of {
  median = { STARTUP, { "warmup", "string", longest = 100 } },
  asha = table.move(GRACE, 1, 2, 1, {}), hyperband = table.move(GRACE, 1, 2, 1, {}),
}

--- A trial of another study (prior.lua).
records.PRIOR = schema.record {
  keys = {
    { "params", "map", of = "number", required = true, most = 128 },
    { "state", "string", choices = { "ok", "pruned", "failed" }, required = true },
    { "value", "number" },
  },
  check = function(o, fail)
    if (o.value == nil) ~= (o.state == "failed") then
      fail("value", "and state do not belong together")
    end
  end,
}

local RATE = { nil, "number", above = 0 }

-- What was known of a choice before its rates were tried (lrrun.advise.facts).
local FACTS = schema.record {
  keys = {
    { "name", "text", longest = TEXT }, { "kind", "string", required = true },
    { "budget", "number", above = 0, required = true },
    { "runs", "number", above = 0, required = true },
    { "length", "integer", min = 1, required = true },
    { "seeds_base", "integer", min = 0, required = true },
    { "low", table.unpack(RATE, 2) }, { "high", table.unpack(RATE, 2) },
    { "default", table.unpack(RATE, 2) },
    { "bracket_updates", "integer", min = 0, required = true },
    { "has_val", "boolean", required = true },
    { "prior", table.unpack(RATE, 2) },
  },
}

--- What an advice was told and found before its trials (advice.lua).
records.ADVICE = schema.record {
  keys = {
    { "choices", "list", of = FACTS, most = 1000, required = true },
    { "seconds", "number", min = 0, required = true, doc = "that finding it took" },
  },
}

--- What a study of a grid of rates found before its trials (grid.lua).
records.RATES = schema.record {
  keys = {
    { "initial", "list", of = { nil, "number" }, most = 1000,
      doc = "the loss of each variant before training" },
  },
}

-- One of several figures.
local OBJECTIVE = schema.record { keys = { { "monitor", "string", required = true },
  { "mode", "string", choices = { "min", "max" }, required = true } } }
local MOST_FIGURES = 8

--- What a study was told when it began (settings.lua).
records.SETTINGS = schema.record {
  formats = { 1 },
  advice = "remove the study's folder to begin again",
  keys = {
    { "format", "integer" }, { "identity", "sha256", required = true },
    { "seed", "integer", min = 0, required = true },
    { "lag", "integer", min = 0, max = 1000, required = true },
    { "strategy", "record", of = STRATEGY, required = true },
    { "pruner", "record", of = PRUNER },
    { "k_fold", "integer", min = 2, max = 1000 },
    { "repeats", "integer", min = 2, max = records.MOST_SEEDS, doc = "seeds of each trial" },
    { "monitor", "string", required = true },
    { "defaults", "integer", min = 1, doc = "which hold (runs/defaults.lua); none: of 1.0" },
    { "mode", "string", choices = { "min", "max" }, required = true },
    { "objectives", "list", of = OBJECTIVE, most = MOST_FIGURES },
    { "trials", "integer", min = 1, required = true }, { "points", "integer", min = 1 },
    { "advice", "record", of = records.ADVICE },
    { "rates", "record", of = records.RATES },
    { "prior", "list", of = records.PRIOR, most = records.MOST_TRIALS,
      doc = "trials of another study that are known" },
  },
}

local function is_rising(list)
  for i = 2, #list do
    if list[i] <= list[i - 1] then
      return false
    end
  end
  return true
end

local NUMBER = { "number", "integer", min = 0, max = records.MOST_TRIALS, required = true }

--- The attribute "lrrun" of a trial.
records.TRIAL = schema.record {
  keys = {
    NUMBER, { "seed", "integer", min = 0, max = SEED, required = true },
    { "jobs", "list", of = { nil, "integer", min = 0, max = 2 ^ 53 }, most = PIECES,
      required = true, doc = "which pieces of the work were its own" },
    { "rungs", "list", of = { nil, "integer", min = 1, max = PIECES }, most = PIECES,
      required = true },
    { "values", "list", of = "number", most = PIECES, required = true,
      doc = "what came of them" },
    { "ends", "string", choices = { "complete", "pruned", "fail" }, doc = "how it ended" },
    { "again", "boolean", doc = "in the place of an earlier one whose record is damaged" },
    { "changes", "list", of = { nil, "text", longest = TEXT }, most = WORDS,
      doc = "of an advice or a population: what of the recipe it changes" },
    { "from", "integer", min = 0, max = records.MOST_TRIALS,
      doc = "of a population: the trial whose training it goes on with" },
    { "share", "number", above = 0, max = 1, doc = "of an advice: share of the whole run" },
    { "choice", "integer", min = 1, max = WORDS, doc = "of an advice: which choice it is of" },
  },
  check = function(o, fail)
    if #o.jobs == 0 or #o.rungs ~= #o.jobs or #o.values > #o.jobs then
      fail("jobs", "has %d items, 'rungs' %d and 'values' %d", #o.jobs, #o.rungs, #o.values)
    elseif not is_rising(o.jobs) then
      fail("jobs", "do not rise")
    end
  end,
}

local STEPS = { "steps", "integer", min = 0, max = 2 ^ 53, doc = "updates that it made" }
local ENDED = { "ended", "string", choices = { "diverged" }, doc = "why it failed" }
local BY_SEED = { "by_seed", "list", of = "number", most = records.MOST_SEEDS,
  doc = "of repeats: the value with each seed" }

-- Its values of several objectives, in their order.
local VALUES = { "objectives", "list", of = "number", most = MOST_FIGURES }

--- All attributes of a trial.
records.ATTRS = schema.record {
  open = true,
  keys = {
    { "lrrun", "record", of = records.TRIAL, required = true }, { "digest", "sha256" },
    { "error", "text", longest = TEXT }, { "seconds", "number", min = 0 },
    { "epochs", "number", min = 0 }, { "tries", "integer", min = 0, max = 1000000 },
    STEPS, ENDED, BY_SEED, VALUES,
  },
}

-- Values of a search space by their names.
local PARAMS = { "params", "map", of = "scalar", most = WORDS, required = true }
local CHANGES = { "changes", "list", of = { nil, "text", longest = TEXT }, most = WORDS }

-- Lists of { epoch, value }; a value that is not finite is null.
local LIST = { nil, "list", of = { nil, "tree" }, most = 1 << 24 }
local REPORTS = { "reports", "list", of = LIST.of, most = LIST.most }

--- job.json: what a worker has to do.
records.JOB = schema.record {
  name = "job.json", form = "json", most = 1 << 28,
  advice = "the study writes it when it goes on",
  keys = {
    { "job", "integer", min = 0, required = true }, NUMBER, PARAMS, CHANGES,
    { "seed", "integer", min = 0, max = SEED, required = true },
    { "monitor", "string", required = true }, { "sign", "integer", min = -1, max = 1 },
    { "objectives", "list", of = "string", most = MOST_FIGURES, doc = "their names" },
    { "folds", "integer", min = 2, max = 1000 },
    { "seeds", "list", of = { nil, "integer", min = 0, max = SEED }, most = records.MOST_SEEDS },
    { "from", "integer", min = 0, max = records.MOST_TRIALS },
    { "place", "string", longest = 100, doc = "its folder in `trials`, where that "
      .. "is not its number" },
    { "base", "string", longest = 100, doc = "the folder there of an earlier try" },
    { "parent", "string", longest = 100, doc = "the folder there of trial `from`" },
    { "ends", "boolean", doc = "it does not go on from its rung" },
    { "begun", "boolean" }, { "fresh", "boolean" }, { "share", "number", above = 0, max = 1 },
    { "median", "record", of = schema.record { keys = {
      { "startup", "integer", min = 1, required = true },
      { "warmup", "string", longest = 100, required = true },
      { "curves", "list", of = LIST, most = records.MOST_TRIALS } } } },
  },
}

--- outcome.json: what came of it.
records.OUTCOME = schema.record {
  name = "outcome.json", form = "json", most = 1 << 28, sealed = true,
  keys = {
    { "job", "integer", min = 0, required = true },
    { "reason", "string", longest = 100 }, { "paused", "boolean" }, REPORTS,
    { "digest", "sha256" }, { "seconds", "number", min = 0 }, { "epochs", "number", min = 0 },
    { "error", "text", longest = TEXT }, { "sha256", "sha256" }, STEPS, ENDED, BY_SEED,
    VALUES,
  },
}

--- J.result.json of a study that several processes work on: the same, and where its folder was.
records.RESULT = schema.record {
  name = "result.json", form = "json", most = 1 << 28, sealed = true,
  keys = table.move(records.OUTCOME.keys, 1, #records.OUTCOME.keys, 2,
    { { "place", "string", longest = 100, required = true } }),
}

--- N.trial.json there: what a trial tries.
records.PROPOSED = schema.record {
  name = "trial.json", form = "json", most = 1 << 26, sealed = true,
  keys = {
    { "seed", "integer", min = 0, max = SEED, required = true },
    { "params", "map", of = "number", most = WORDS, required = true }, CHANGES,
    { "from", "integer", min = 0, max = records.MOST_TRIALS }, { "sha256", "sha256" },
  },
}

--- settings.json there.
records.SHARED = schema.record {
  name = "settings.json", form = "json", most = 1 << 28, sealed = true,
  keys = { { "settings", "record", of = records.SETTINGS, required = true },
    { "sha256", "sha256" } },
}

local function check_sources(o, fail)
  local names = {}
  for name in pairs(o.sources or {}) do
    names[#names + 1] = name
  end
  local why, name = run_record.collision(names)
  if why then
    fail("sources", "has '%s', which %s", name, why)
  end
end

--- study.json.
records.STUDY = schema.record {
  name = "study.json", form = "json", most = 1 << 26, sealed = true, formats = { 1 },
  advice = "take the file from a copy of the study, or remove it: the command that began the "
    .. "study, with the recipe, writes it again",
  keys = {
    { "format", "integer" }, { "name", "text", longest = TEXT, required = true },
    { "recipe", "text", longest = PATH }, { "recipe_dir", "text", longest = PATH },
    { "data_dir", "text", longest = PATH },
    { "overrides", "list", of = { nil, "text", longest = TEXT }, most = WORDS },
    { "epochs", "integer", min = 1 }, { "seed", "integer", min = 0 },
    { "portable", "boolean" }, { "precision", "string", choices = { "f32", "bf16" } },
    { "args", "list", of = { nil, "text", longest = TEXT }, most = WORDS },
    { "sources", "map", of = "text", most = 1000, names = run_record.wrong_name },
    { "settings", "record", of = records.SETTINGS },
    { "defaults", "integer", min = 1, doc = "as the settings have it" },
    { "recipe_sha256", "sha256", doc = "of the folder's recipe.lua" },
    { "data", "sha256", doc = "fingerprint of the data that its trials are trained on" },
    { "data_kind", "string", longest = 200, doc = "of these" }, { "sha256", "sha256" },
  },
  check = check_sources,
}

--- The list of { epoch, value } that such a list is; a value that is not finite is null there
--- and NaN here. nil where it is none.
---@param list table[]?
---@return table?
function records.reports(list)
  local out = {}
  for i, item in ipairs(list or {}) do
    local epoch = type(item) == "table" and item[1]
    if math.type(epoch) ~= "integer" or epoch < 0 or #item > 2 then
      return nil
    end
    out[i] = { epoch, type(item[2]) == "number" and item[2] or 0 / 0 }
  end
  return out
end

return records
