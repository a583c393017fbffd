--- `lrrun search RECIPE`: a study of the recipe's dimensions; run again, it goes on.
-- Layer: cli.

local about = require "lrrun.study.about"
local closing = require "lrrun.cli.closing"
local current = require "lrrun.util.current"
local defaults = require "lrrun.runs.defaults"
local drive = require "lrrun.study.drive"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local freeze = require "lrrun.study.freeze"
local host = require "lrrun.native.host"
local joined = require "lrrun.study.joined"
local joining = require "lrrun.cli.joining"
local json = require "lrrun.record.json"
local parse = require "lrrun.cli.parse"
local opening = require "lrrun.study.opening"
local prior = require "lrrun.study.prior"
local ranks = require "lrrun.util.ranks"
local report = require "lrrun.cli.search_report"
local same_data = require "lrrun.study.same_data"
local settings = require "lrrun.study.settings"
local shared = require "lrrun.study.shared"
local strategies = require "lrrun.search.strategies"
local studies = require "lrrun.cli.studies"
local study = require "lrrun.study.study"
local take_in = require "lrrun.study.take_in"
local tries = require "lrrun.study.tries"

local MOST_FOLDS = 1000
local RESULT_ORDER = { "study", "strategy", "pruner", "objective", "best", "pareto", "trials" }

local function check_flags(call)
  local k = call.flags["k-fold"]
  if k and (k < 2 or k > MOST_FOLDS) then
    parse.fail("--k-fold takes 2 to %d, got %d", MOST_FOLDS, k)
  end
  if call.flags.trial and not call.flags.freeze then
    parse.fail("--trial says which trial --freeze writes: want --freeze FILE beside it")
  end
  studies.check_flags(call)
  joining.check_flags(call)
  local from = call.flags.prior
  if from and not file.kind(from .. "/journal.log") then
    parse.fail("--prior takes the folder of a study, such as runs/NAME-study; %s has no "
      .. "journal.log", from)
  end
end

-- The value of --strategy or --pruner; what is wrong with it is the flag's fault, not the
-- recipe's. take: strategies.from or settings.pruner.
local function flag_value(call, flag, take)
  local text = call.flags[flag]
  if not text then
    return nil
  end
  local ok, value = errors.try(function()
    return take(opening.value(text, flag), "--" .. flag)
  end)
  if not ok then
    local place = errors.is(value) and tostring(value.where):match "^%-%-.*"
    parse.fail("%s%s", place and place .. ": " or "", errors.message(value))
  end
  return value
end

-- The study's folder: one that is there, or a new one where nothing is wrong with the search.
local function make_folder(cfg)
  if not file.kind(cfg.folder) then
    study.check(cfg)
  end
  -- One that is there may be written in again from here on.
  next_folder.try(next_folder.make, cfg.folder)
  cfg.folder = assert(file.real(cfg.folder))
end

-- What --prior says of another study's trials, for a new one; a study that is there keeps its own.
local function add_prior(call, cfg)
  local from = call.flags.prior
  if not from then
    return
  elseif file.kind(cfg.folder .. "/journal.log") or shared.is_there(cfg.folder) then
    call.out:note("--prior is read where a study begins: %s goes on as it began", cfg.folder)
    return
  end
  local text
  cfg.prior, text = prior.read(from, cfg)
  call.out:note("%s", text)
end

-- Defaults of the version that a study began with, as its trials are compared.
local function say_held(call, folder, unsaid)
  local words = {}
  for i, item in ipairs(unsaid or {}) do
    words[i] = ("%s = %s"):format(item[1], errors.show(item[2]))
  end
  if words[1] then
    call.out:note("%s began with a version before: as then, its data have %s", folder,
      table.concat(words, ", "))
  end
end

-- The files that say what the study is of; who joins leaves those that are there.
local function write_about(call, cfg, request, held)
  local data = same_data.check("search", cfg.folder, cfg.middle, cfg.data_seed)
  local note = not (cfg.joins and file.kind(cfg.folder .. "/study.json"))
    and about.write(cfg.folder, cfg.name, request, held, data)
  if note then
    call.out:warn("%s", note)
  end
end

local function open(call, value)
  local cfg = opening.of(value, {
    who = "search", strategy = flag_value(call, "strategy", strategies.from),
    pruner = flag_value(call, "pruner", settings.pruner), trials = call.flags.trials,
    k_fold = call.flags["k-fold"], repeats = call.flags.repeats,
  })
  local request = about.request_of(cfg.data_seed)
  cfg.identity, cfg.flags = about.identity(request), {}
  for _, flag in ipairs { "strategy", "pruner" } do
    local text = call.flags[flag]
    cfg.flags[flag] = text and ("--%s %s"):format(flag, text)
  end
  cfg.flags.k_fold = cfg.k_fold and ("--k-fold %d"):format(cfg.k_fold)
  cfg.flags.repeats = cfg.repeats and ("--repeats %d"):format(cfg.repeats)
  cfg.folder = ("%s/%s-study"):format(current.request().out_dir, next_folder.safe(cfg.name))
  cfg.flags.trials = cfg.trials and ("--trials %d"):format(cfg.trials)
  add_prior(call, cfg)
  make_folder(cfg)
  cfg.differs = function()
    return about.differs(cfg.folder, request)
  end
  joining.prepare(call, cfg)
  local opened = study.open(cfg)
  if cfg.shared and not cfg.joins then
    take_in(opened)
  end
  local held = opened.set.kept.defaults
  opened.unsaid = not held and defaults.unsaid(value) or nil
  say_held(call, cfg.folder, opened.unsaid)
  write_about(call, cfg, request, held)
  return opened
end

-- Where results decide what comes next, only so many trials can be under way.
local function jobs_of(call, opened)
  local jobs, set = studies.jobs(call), opened.set
  local most = (set.waits or set.rungs) and set.lag + 1 or jobs
  local wanted = call.flags.jobs or ranks.apart() > 1
  if wanted and jobs > most and set.generation then
    call.out:note("at most %d trials at a time: the population has so many members", most)
  elseif wanted and jobs > most then
    call.out:note("at most %d trials at a time: the %d before the next are not waited for", most,
      set.lag)
  end
  return math.min(jobs, most)
end

-- The trial that --freeze writes: that of --trial, else the best, which of several objectives is
-- the knee. Nil where there is none.
local function frozen_trial(call, opened)
  local number = call.flags.trial
  if not number then
    local best = opened:best()
    if best and opened.set.objectives then
      call.out:note("--freeze takes trial %d, the knee (of those that no other beats the nearest "
        .. "to the best of each objective); --trial N takes another", best.number)
    end
    return best
  end
  local found = opened.trials[number]
  if not found or not found.value or found.state == "fail" then
    errors.raise(("--trial %d"):format(number), found and "that trial has no value"
      or "%s has no such trial, only 0 to %d", opened.folder, opened.count - 1)
  end
  return found
end

-- The picture and the tables; a freeze that was asked for.
local function close(call, opened, reason)
  local result = opened:result()
  report.print(call, opened, result, reason)
  local frozen = call.flags.freeze and frozen_trial(call, opened)
  if frozen then
    studies.write_frozen(call, freeze.text(opened, frozen))
  end
  for _, t in ipairs(result.trials) do
    t.value = t.value or json.null -- every row has the same keys
  end
  call.out:result(result, RESULT_ORDER)
  return result
end

-- Why there is none: what the first failed trial said.
local function reason_of(result)
  for _, t in ipairs(result.trials) do
    if t.error then
      return (": trial %d: %s"):format(t.number, t.error)
    end
  end
  return ""
end

-- With processes of its own, or with others that joined.
local function work_through(call, opened, said)
  local workers = studies.workers(call, opened, jobs_of(call, opened))
  if not opened.shared then
    return drive(opened, workers, said)
  end
  local runner = joined.new(opened, workers)
  local reason = drive(opened, runner, said)
  runner:leave(reason)
  return reason
end

return function(call)
  check_flags(call)
  local opened = open(call, studies.script(call, { call.flags.prior }))
  local said = report.live(call, opened)
  joining.say_done(call, opened)
  local _ <close> = host.hold() -- also what is written and said after an interrupt
  local reason = work_through(call, opened, said)
  local result = close(call, opened, reason)
  if reason == "interrupted" then
    return closing.code { reason = reason }
  elseif reason == "halted" then
    errors.raise(call.args[1], "%s", tries.text(opened:trouble()))
  elseif not result.best then
    errors.raise(call.args[1], "no trial has a value%s", reason_of(result))
  end
  return 0
end
