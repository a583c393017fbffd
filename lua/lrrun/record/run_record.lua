--- What may stand in the records of a run: run.yaml, result.json and an experiment file, which
--- has most of both. Written by runs/folder.lua and runs/experiment.lua. Layer: record.

local metrics = require "lrrun.record.metrics_log"
local schema = require "lrrun.record.schema"

local run_record = {}

local NAME, PATH, RECIPE = 64 * 1024, 4096, 1024 * 1024 -- bytes
local FILES = 1000
local NAMES = { con = true, prn = true, aux = true, nul = true }

-- What is wrong with one part of a file's name, or nil. Names of devices are taken by systems
-- that an experiment file may come to.
local function wrong_part(part)
  local stem = part:lower():match "^[^.]*"
  if part == "" or part == "." or part == ".." then
    return "is no plain name below the folder"
  elseif part:sub(1, 1) == "." or part:sub(1, 1) == "-" or part:find "[ .]$" then
    return "begins or ends with a character that names here do not"
  elseif part:find "[%c\x7f\\:*?\"<>|]" then
    return "holds a character that names here do not"
  elseif NAMES[stem] or stem:find "^com%d$" or stem:find "^lpt%d$" then
    return "is the name of a device"
  elseif #part > 200 then
    return "is longer than 200 bytes"
  end
  return nil
end

-- Controls above ASCII, and marks that turn the direction of what follows.
local HIDDEN = { { 0x80, 0x9F }, { 0x200E, 0x200F }, { 0x2028, 0x202E }, { 0x2066, 0x2069 } }

local function has_hidden(name)
  for _, code in utf8.codes(name) do
    for _, range in ipairs(HIDDEN) do
      if code >= range[1] and code <= range[2] then
        return true
      end
    end
  end
  return false
end

--- What is wrong with the name of a file that a recipe required, or nil: it is a path of plain
--- names below the recipe's folder that ends in .lua.
---@param name any
---@return string?
function run_record.wrong_name(name)
  if type(name) ~= "string" or not utf8.len(name) then
    return "is not UTF-8"
  elseif #name > 1000 or select(2, name:gsub("/", "")) > 15 then
    return "is too long for a file below the recipe's folder"
  elseif name:sub(-4) ~= ".lua" then
    return "does not end in .lua"
  end
  for part in (name .. "/"):gmatch "([^/]*)/" do
    local why = wrong_part(part)
    if why then
      return why
    end
  end
  return has_hidden(name) and "holds a character that names here do not" or nil
end

--- What is wrong between names of a list: two that are one file where case does not count, or
--- a file that is another's folder. nil where they are fine.
---@param names string[]
---@return string? why
---@return string? name
function run_record.collision(names)
  local seen = {}
  for _, name in ipairs(names) do
    local key = name:lower()
    if seen[key] then
      return ("stands for the same file as '%s'"):format(seen[key]), name
    end
    seen[key] = name
  end
  for _, name in ipairs(names) do
    for at in name:gmatch "()/" do
      local folder = name:sub(1, at - 1):lower()
      if seen[folder] then
        return ("needs a folder where '%s' is a file"):format(seen[folder]), name
      end
    end
  end
  return nil
end

local FACTS = { "program", "map", of = "scalar", most = 64, doc = "facts of the program" }
local MACHINE = { "machine", "map", of = "scalar", most = 64, doc = "facts of the machine" }

local SPLITS = { "splits", "map", of = { nil, "integer", min = 0 }, most = 16 }

local LAYER = schema.record {
  doc = "A layer, as plan shows it.",
  keys = {
    { "name", "text" }, { "kind", "text" }, { "text", "text" },
    { "output", "list", of = { nil, "integer", min = 0 }, most = 64 },
    { "time", { "boolean", "integer" } }, { "parameters", "integer", min = 0 },
    { "frozen", "integer", min = 0 }, { "shares", "tree" },
  },
}

local RANGE = schema.record {
  doc = "What the advice of lr = 'auto' found, or a range test.",
  keys = { { "suggestion", "number", min = 0 },
    { "suggestions", "map", of = "number", most = 16 },
    { "interval", "record", of = schema.record { keys = { { "low", "number", min = 0 },
      { "high", "number", min = 0 } } } },
    { "expected", "number" }, { "spent_runs", "number", min = 0 },
    { "flat", "boolean", doc = "advice: a factor of ten in the rate changes little" },
    { "unresolved", "record", of = schema.record { open = true, keys = {
      { "low", "number", min = 0 }, { "high", "number", min = 0 },
      { "difference", "number", min = 0 } } } },
    { "lowest", "number", doc = "loss of the range test, averaged" } },
}

local DATA_FILE = schema.record { keys = {
  { "name", "text", longest = PATH, required = true }, { "sha256", "sha256" },
  { "bytes", "integer", min = 0 }, { "folder", "boolean" },
} }

local TARGETS = { "target_means", "list", of = "number", most = 65536,
  doc = "of targets that were learned scaled, in the training split" }
local DEVIATIONS = { "target_deviations", "list", of = { nil, "number", above = 0 },
  most = 65536 }

local DATA = schema.record { keys = { { "kind", "string" },
  { "fingerprint", "string", longest = 200 }, SPLITS, TARGETS, DEVIATIONS,
  { "files", "list", of = DATA_FILE, most = 100000 } } }

-- Stands near the beginning: YAML that is cut at a line is YAML.
local SEALED = { "sealed", "boolean", doc = "that it ends with sha256" }

-- How the run was started: in run.yaml at its top, in experiment files under `run`.
local STARTED = {
  { "recipe", "text", longest = PATH, doc = "the recipe's file as it was named" },
  { "overrides", "list", of = { nil, "text", longest = NAME }, most = 10000 },
  { "epochs", "integer", min = 1 }, { "seed_flag", "integer" },
  { "seed", "integer", min = 0 }, { "choices", "map", of = "scalar", most = 10000 },
  { "args", "list", of = { nil, "text", longest = NAME }, most = 10000 },
  { "extensions", "list", of = schema.record { keys = metrics.EXTENSION }, most = 1000 },
  { "fit", "integer", min = 1 }, { "range", "record", of = RANGE },
  { "limits", "map", of = { nil, "number", above = 0 }, most = 16,
    doc = "limits of the command line (lrrun.limits)" },
}

local function with(first, more)
  return table.move(more, 1, #more, #first + 1, first)
end

local function check_files(o, fail)
  local names = {}
  for i, item in ipairs(o.files or {}) do
    names[i] = item.name
    local why = run_record.wrong_name(item.name)
    if why then
      fail("files", "holds the name '%s', which %s", item.name, why)
    end
  end
  local why, name = run_record.collision(names)
  if why then
    fail("files", "holds the name '%s', which %s", name, why)
  end
end

--- run.yaml.
run_record.RUN = schema.record {
  name = "run.yaml", form = "yaml", most = 1 << 26, sealed = true, formats = { 1 },
  doc = "How a run was made, and what it is made of.",
  advice = "take the file from a copy of the run, or train again",
  keys = with({
    { "format", "integer" },
    { "name", "text", longest = NAME, required = true },
    { "settings", "map", of = "tree", required = true, doc = "the recipe as it was resolved" },
    { "data", "record", of = DATA },
    FACTS, MACHINE,
    { "network", "list", of = LAYER, most = 100000 },
    { "files", { "list", "map" }, of = schema.record { keys = {
      { "name", "text", longest = 1000, required = true },
      { "sha256", "sha256", required = true } } }, most = FILES,
      doc = "what the recipe required, kept in files/" },
    { "recipe_dir", "text", longest = PATH }, { "data_dir", "text", longest = PATH },
    { "id", "sha256", doc = "tells the run from others" },
    { "digests", "map", of = "sha256", most = 16, doc = "SHA-256 of files of the folder" },
    SEALED, { "sha256", "sha256", doc = "of all before it (record/seal.lua)" },
    { "own", "string", longest = 200, doc = "the user's mark (runs/own.lua)" },
  }, STARTED),
  check = check_files,
}

local FIGURES = schema.record {
  doc = "Figures of an epoch.",
  keys = metrics.figure_rules { { "epoch", "number", min = 0 }, { "step", "integer", min = 0 } },
}

-- A sentence on what a run saw of itself (lrrun.notes).
local NOTE = schema.record { keys = {
  { "kind", "string", longest = 100, required = true }, { "text", "text", longest = NAME,
    required = true }, { "figure", "real" } } }

--- Such sentences in checkpoints.
run_record.NOTES_SAID = { "said", "list", of = NOTE, most = 100, default = {} }

local RANKS = schema.record { keys = { { "count", "integer", min = 1, required = true },
  { "rows", "integer", min = 0, required = true,
    doc = "samples that rank 0 read, in training and evaluations" } } }

local RESULT = {
  { "reason", "string", longest = 100, required = true, doc = "why it ended" },
  { "epochs", "integer", min = 0, required = true },
  { "steps", "integer", min = 0, required = true },
  { "steps_per_epoch", "number", above = 0, doc = "none before 1.1" },
  { "seconds", "number", min = 0, required = true },
  { "steps_per_second", "number", min = 0, default = 0 },
  { "samples_per_second", "number", min = 0, default = 0 },
  { "params", "integer", min = 0, required = true },
  { "digest", "sha256", required = true }, { "extended", "integer", min = 1 },
  { "ranks", "record", of = RANKS },
  { "last", "record", of = FIGURES, required = true }, { "best", "record", of = FIGURES },
  { "range", "record", of = RANGE }, metrics.NORMS,
  { "notes", "list", of = NOTE, most = 100, doc = "what the run saw of itself; none before 1.1" },
  { "weights", "string", choices = { "best", "last" }, default = "best" },
}

-- What a log held (metrics_log.open, mark).
local MARK = schema.record { keys = { { "lines", "integer", min = 0, required = true },
  { "crc", "string", longest = 8, required = true } } }

--- result.json.
run_record.RESULT = schema.record {
  name = "result.json", form = "json", most = 1 << 26, sealed = true,
  doc = "What came out of a run.",
  advice = "take the file from a copy of the run, or delete it: lrrun resume writes it again",
  keys = with({
    { "run", "text", doc = "the folder where it was made" },
    { "id", "sha256", doc = "of run.yaml" },
    { "log", "record", of = MARK, doc = "what metrics.jsonl held" },
    { "step_log", "record", of = MARK, doc = "what steps.jsonl held" },
    { "history", "record", of = MARK, doc = "what history.jsonl held" },
    { "files", "map", of = "sha256", most = 16, doc = "SHA-256 of files of the end" },
    { "sha256", "sha256", doc = "of all before it (record/seal.lua)" },
  }, RESULT),
}

--- An experiment file.
run_record.EXPERIMENT = schema.record {
  name = "experiment", form = "yaml", most = 1 << 26, sealed = true,
  formats = { "lrrun.experiment.1" },
  doc = "All that it takes to run a run again and to check every figure of it.",
  advice = "a file of lrrun pack is wanted: pack the run again, or take it from its source",
  keys = {
    { "format", "string" }, { "name", "text", longest = NAME, required = true },
    { "program", "map", of = "scalar", most = 64, required = true }, MACHINE,
    { "recipe", "record", required = true, of = schema.record { keys = {
      { "text", "text", longest = RECIPE, required = true }, { "sha256", "sha256" } } } },
    { "files", "map", most = FILES, of = { nil, "text", longest = RECIPE },
      names = run_record.wrong_name, doc = "what the recipe required" },
    { "run", "record", required = true, of = schema.record { keys = STARTED } },
    { "settings", "map", of = "tree", required = true },
    { "data", "record", required = true, of = DATA },
    { "network", "list", of = LAYER, most = 100000 },
    { "metrics", "list", of = metrics.LINE, required = true },
    { "result", "record", required = true, of = schema.record { keys = RESULT } },
    { "weights", "text", longest = 1 << 26 }, SEALED,
    { "sha256", "sha256", doc = "of all before it (record/seal.lua)" },
  },
  check = function(o, fail)
    local names = {}
    for name in pairs(o.files or {}) do
      names[#names + 1] = name
    end
    table.sort(names)
    local why, name = run_record.collision(names)
    if why then
      fail("files", "holds the name '%s', which %s", name, why)
    end
  end,
}

return run_record
