--- What recipes see as `search`: dimensions, strategies, pruners, minimize (lrrun.search), and
--- search.run and search.fixed. Layer: language.

local captured = require "lrrun.train.captured"
local current = require "lrrun.util.current"
local prior = require "lrrun.study.prior"
local plain = require "lrrun.recipe.plain"
local drive = require "lrrun.study.drive"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local folder = require "lrrun.runs.folder"
local freeze = require "lrrun.study.freeze"
local host = require "lrrun.native.host"
local inside = require "lrrun.study.inside"
local json = require "lrrun.record.json"
local resolve = require "lrrun.recipe.resolve"
local options = require "lrrun.util.options"
local opening = require "lrrun.study.opening"
local study = require "lrrun.study.study"
local tries = require "lrrun.study.tries"

local NAME = "search.run"

local RUN = options.constructor {
  name = NAME,
  usage = "search.run(RECIPE, { ... })",
  doc = "Searches a recipe's dimensions, one trial after the other in this process. A study of "
    .. "the same recipe in the same folder goes on.",
  opaque = true,
  keys = {
    { "strategy", { "string", "value" }, doc = "search.bayes() and the others; default bayes" },
    { "pruner", { "string", "value" }, doc = "search.asha() and the others; default none" },
    { "trials", "integer", min = 1, doc = "how many trials in all; default 30" },
    { "k_fold", "integer", min = 2, max = 1000,
      doc = "each trial is trained on so many folds, and its value is the mean over them" },
    { "repeats", "integer", min = 2, max = 100, doc = "each trial is trained with so many seeds, "
      .. "the same for all, and its value is the mean over them" },
    { "seed", "integer", min = 0, doc = "of the study; default the recipe's" },
    { "out", "string",
      doc = "folder that holds the study, below that of runs (--out), which is the default, or "
        .. "below one that --allow-write opens" },
    { "prior", "string", doc = "folder of a study of a recipe with another search space: a new one "
      .. "knows those of its trials that are points of this space" },
    { "record", "boolean", default = true, doc = "whether the study is kept on disk" },
    { "quiet", "boolean", default = false, doc = "prints no line for each trial" },
  },
}

local function place(name, o)
  local parent = o.out or current.request().out_dir or "runs"
  local path = ("%s/%s-study"):format(parent, next_folder.safe(name))
  if not o.out then
    next_folder.try(next_folder.make, path)
    return assert(file.real(path))
  end
  local made, err = errors.try(next_folder.make, path)
  if not made and not current.request().trusted then
    errors.raise(nil, "%s: %s; recipes make folders below that of runs (--out): --allow-write=DIR "
      .. "opens another one that is there", NAME, errors.message(err))
  elseif not made then
    errors.raise(nil, "%s: out = %q: %s", NAME, o.out, errors.message(err))
  end
  return assert(file.real(path))
end

local function tell(o)
  return function(t)
    if not o.quiet then
      current.out():note("trial %d  %s  %s", t.number, t.state == "running" and "paused" or t.state,
        t.value and ("%.6g"):format(t.value) or t.error or "")
    end
  end
end

--- search.run(r, { strategy, trials, seed, pruner, out, record }): what --json of the verb
--- prints, and reason.
local function run(r, opts)
  host.check_interrupt()
  if not options.is_value(r, "recipe") then
    errors.raise(nil, "%s: want a recipe { ... }, got %s", NAME, errors.show(r))
  end
  local o = RUN(opts or {}).opts
  if current.script():only_looks() then
    return captured.search()
  end
  local cfg = opening.of(r, { who = NAME, strategy = o.strategy, pruner = o.pruner,
    trials = o.trials, seed = o.seed, k_fold = o.k_fold, repeats = o.repeats })
  cfg.identity = folder.sha256(json.encode(plain(resolve.changed(r))))
  if o.record then
    study.check(cfg)
    cfg.folder = place(cfg.name, o)
  end
  if o.prior and not (cfg.folder and file.kind(cfg.folder .. "/journal.log")) then
    local text
    cfg.prior, text = prior.read(o.prior, cfg)
    if not o.quiet then
      current.out():note("%s", text)
    end
  end
  local opened = study.open(cfg)
  local _ <close> = opened.lock
  local reason = drive(opened, inside.new(opening.with_data_seed(r, cfg.data_seed)), tell(o))
  if reason == "halted" then
    errors.raise(nil, "%s: %s", NAME, tries.text(opened:trouble()))
  end
  local result = opened:result()
  result.reason = reason
  return result
end

local search = { run = run, fixed = freeze.fixed }
for name, value in pairs(require "lrrun.search") do
  search[name] = value
end

return search
