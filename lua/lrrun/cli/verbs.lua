--- Every verb and flag of the command line: parsing, help and messages all follow this.
--
-- A flag is { "name", "VALUE" or nil for a switch, optional = true where it may stand without
-- one, type = "integer" | "count" (an integer above 0) | "number" (above 0) | "size" (bytes) | nil
-- for text, least and most of a number, choices = texts that it takes (with call = true also as a
-- call, "asha{...}"), many = true (a list; keyed = true: of KEY=VALUE), once = true (a second is an
-- error), again = true (a second is as meant), short = "o", doc }.
-- A verb is
-- { "name", args = { least, most, "AS SHOWN" }, doc, flags = its own ones, module = who runs it,
-- about = more of it for its help, fixed = why it takes none of the flags that change a recipe,
-- where it does not, but = those of these flags that it takes all the same, changed = flag -> the
-- verbs that take it instead, inner = true where no person calls it but lrrun itself, a shell or
-- the installation, engine = true where it computes with a network, ranks = true where ranks share
-- the work, "trials" where rank 0 hands it out, "none" where each has its own: else rank 0's
-- alone }.
--
-- A verb's module returns function(call) -> exit code. `call` is
--   verb    its name
--   args    the arguments that are no flags
--   flags   name -> value (switches: true; `set`: list of texts "key=value")
--   rest    what stood after "--", for the recipe's `arg`
--   notes   what there is to say of the words: lines
--   out     lrrun.cli.output: out:print (for people), out:note (progress), out:result
-- so lua/lrrun/cli/eval.lua is, whole:
--   return function(call)
--     local result = evaluate(call.args[1], call.flags.split)
--     call.out:print("accuracy %.2f %%", 100 * result.accuracy)
--     call.out:result(result)
--     return 0
--   end
-- Anything wrong raises its message (errors.raise): the program prints "lrrun: message"
-- and exits with 1; cli.fail(code, fmt, ...) chooses another code. Layer: cli.

local abouts = require "lrrun.cli.abouts"
local ignored = require "lrrun.cli.ignored"
local export_verbs = require "lrrun.cli.export_verbs"
local limits = require "lrrun.limits"

local verbs = {}

local SCALE_LR = { "scale-lr", "RULE", choices = { "sqrt", "linear" },
  doc = "with another batch by --set data.batch=N (or accumulate): the rate that goes with it, by "
    .. "its root (Adam and its kin) or in proportion (SGD)" }

--- Flags that every verb takes.
verbs.common = {
  { "set", "KEY=VALUE", many = true, keyed = true,
    doc = "changes a key of the recipe or an option() of it: --set optimizer.lr=0.01" },
  { "seed", "N", type = "integer", doc = "seed of everything random" },
  { "epochs", "N", doc = "length of the run (extend and continue: +N adds to it)" },
  { "data", "DIR", doc = "folder with the data sets (or LRRUN_DATA)" },
  { "out", "DIR", doc = "folder in which run folders are made (default: runs)" },
  { "threads", "N", type = "count", most = 64,
    doc = "threads to use (default: one for each CPU that it was given: affinity, "
      .. "SLURM_CPUS_PER_TASK, OMP_NUM_THREADS); the bits stay" },
  { "quiet", doc = "prints no progress" },
  { "json", doc = "one JSON document on stdout, all else on stderr" },
  { "portable", doc = "the same bits on any CPU: own matrix products, slower" },
  { "precision", "NAME", choices = { "f32", "bf16" },
    doc = "of matrix products: f32, or bf16, which rounds what is multiplied (help bf16)" },
  { "sandbox", "MODE", choices = { "strict", "require", "off" },
    doc = "strict (default), require: no run where the kernel cannot guard it, off: none" },
  { "trusted", doc = "the same as --sandbox=off: the recipe has all of Lua's libraries" },
  { "allow-read", "DIR", many = true,
    doc = "a folder or file that the recipe may read beside its own, --data and --out" },
  { "allow-write", "DIR", many = true,
    doc = "a folder in which search.run { out = ... } may make studies, beside --out; it may be "
      .. "read, too" },
  { "verbose", short = "v", doc = "says more; errors come with where in lrrun they arose" },
  { "help", short = "h", doc = "help on the verb" },
  { "version", doc = "version of lrrun" },
}
for _, flag in ipairs(limits.flags()) do
  table.insert(verbs.common, #verbs.common - 3, flag)
end

--- Those of them that change a recipe.
verbs.changing = { "set", "seed", "epochs", "portable", "precision" }

local AS_IT_WAS = "a run is used as it was trained"

verbs.list = {
  { "run", engine = true, ranks = true, args = { 1, 1, "RECIPE" }, module = "lrrun.cli.run",
    scripts = true,
    doc = "trains, shows progress, writes a run folder; the verb may be left out",
    flags = { SCALE_LR } },
  { "plan", engine = true, args = { 1, 1, "RECIPE" }, module = "lrrun.cli.plan",
    doc = "trains nothing: layers, shapes, parameters, memory, learning rates, warnings",
    flags = { SCALE_LR, { "ranks", "N", type = "count", most = 1024,
      doc = "what N ranks would cost (lrrun help ranks); makes some updates to measure one" } } },
  { "range", engine = true, args = { 1, 1, "RECIPE" }, module = "lrrun.cli.range",
    doc = "learning-rate range test: the curve and suggestions",
    about = [[
It trains a copy of the run for some hundred updates while the rate rises, and reads four rates
off the loss averaged over log lr: valley (a third of the way from where 93 % of the fall is done
to where a tenth of it is lost again), slide (where 93 % is done), minimum/10 (a tenth of the rate
where the moving average is lowest) and steep (where that falls fastest), none past the minimum.
For a schedule that keeps its rate high they are times what its shape says. The suggestion is
their median. Where they differ by more than a factor of ten, or fewer than two apply, there is
none, but the rates between which the best one lies; lrrun advise asks whole runs then. lr =
'range' in a recipe does the test before the training, and trains with no rate that it doubts.]],
    flags = {
      { "seeds", "K", type = "count", doc = "how many seeds to take the median of (default: 1)" },
      { "from", "LR", type = "number", doc = "first rate (default: 1e-7)" },
      { "to", "LR", type = "number", doc = "last rate (default: 10)" },
      { "points", "N", type = "count",
        doc = "rates (default: 100), with about 50 updates for each decade of them" },
      { "linear", doc = "the rate rises linearly, not exponentially; --to says how far" },
    } },
  require "lrrun.cli.schedule_verb",
  require "lrrun.cli.probe_verb",
  { "advise", engine = true, ranks = "trials", args = { 1, 1, "RECIPE" },
    module = "lrrun.cli.advise",
    doc = "finds the recipe's best learning rate, and says how sure that is",
    about = [[
It trains the recipe at several rates, most of them squeezed to a share of its length (warmup,
schedule and patience shrink with it), compares them on the same weights, batches and validation
samples, and answers with a rate, an interval and the loss to expect there, at a third of it and at
three times. The interval holds the best rate in about nine cases of ten (eight with a budget of 1);
where rates a factor of ten apart do as well within what other seeds change, it says so and has all
of them. Where rates a factor of ten apart cannot be told apart by what was spent (the difference
that is expected between them is less than 1.64 times its own error), it says which, and how many
whole runs would tell. The rate is the peak: where the schedule has a peak of its own (one_cycle{
max = }), that is what is found. The folder NAME-advice-N of --out has advice.json, advice.csv and
advice.svg; run again, an advice that was interrupted goes on. With a time as its budget the answer
depends on the clock: it is measured once how long a run takes, in one process.
--what lr,schedule finds the best rate of each of several schedules (lr,optimizer, lr,batch and
lr,weight_decay likewise), then trains each in full: once at its best rate, once or twice more at
another rate where it is behind, and at the rate that it has come to with three seeds more, by which
alone choices are compared. That costs more than the budget, which is for the recipe's own rate: two
thirds of it for each other choice, and four to six runs of each (43 to 57 runs for seven
schedules); the total is said first. A choice whose best rate is not known well enough is "not
found", not worse.]],
    flags = {
      { "budget", "N", doc = "what it may cost: runs of this recipe (default: 3), or '10 min', "
        .. "'2000 steps', '5 epochs'" },
      { "what", "LIST", once = true, doc = "lr (default), or lr and one of schedule, optimizer, "
        .. "batch and weight_decay: each choice at its own best rate" },
      { "jobs", "N", type = "count",
        doc = "trainings at the same time, each a process (default: as many as CPUs)" },
      { "freeze", "FILE", doc = "writes the recipe with the rate in it; with --what the choice "
        .. "that is better beyond doubt, else the recipe as it is" },
    } },
  { "sensitivity", engine = true, ranks = "trials", module = "lrrun.cli.sensitivity",
    args = { 1, 1, "RECIPE" },
    doc = "the loss of whole runs over the rate, of several optimizers or schedules in one picture",
    about = [[
It trains the recipe at each of the rates, once with each of the seeds: the same weights, batches
and validation samples at every rate. --with optimizer=adam,sgd{momentum=0.9} does so for each
optimizer, --with schedule=constant,cosine,linear for each schedule; any other key takes a list of
values in the same way (data.batch=16,64). The answer is, for each, the best rate, the rates within
5 % of it (how carefully the rate has to be chosen), both on the means over the seeds smoothed
1 2 1 over neighbouring rates, so that one lucky training makes no best rate, and the sensitivity of
Wortsman et al. (arXiv 2309.14322): the mean over the rates of the loss, or of that before training
where this is lower, above the lowest one. The table has the standard deviation over the seeds
behind each mean (±). The folder NAME-sensitivity-N of --out has sensitivity.svg, .csv and .json,
which lrrun report makes a page of; run again, what was interrupted goes on.]],
    flags = {
      { "from", "LR", type = "number", doc = "first rate (default: 1e-4)" },
      { "to", "LR", type = "number", doc = "last rate (default: 1)" },
      { "points", "N", type = "count", doc = "rates, each the same factor above the one before "
        .. "(default: 9)" },
      { "seeds", "K", type = "count", doc = "trainings at each rate (default: 2)" },
      { "with", "KEY=LIST", once = true,
        doc = "values of a key of the recipe, each with a curve of its own" },
      { "jobs", "N", type = "count",
        doc = "trainings at the same time, each a process (default: as many as CPUs)" },
    } },
  require "lrrun.cli.coord_verb",
  { "search", engine = true, ranks = "trials", args = { 1, 1, "RECIPE" },
    module = "lrrun.cli.search",
    doc = "searches the recipe's dimensions; run again, the study goes on",
    about = require "lrrun.cli.help_search",
    flags = {
      { "strategy", "NAME", call = true, choices = { "grid", "random", "sobol", "bayes", "tpe",
        "pbt" }, doc = "grid, random, sobol, bayes (default), tpe or pbt" },
      { "trials", "N", type = "count", doc = "how many trials in all (default: 30)" },
      { "jobs", "N", type = "count",
        doc = "trials at the same time, each a process (default: as many as CPUs)" },
      { "pruner", "NAME", call = true, choices = { "median", "asha", "hyperband" },
        doc = "median, asha or hyperband, or asha{grace = 2, factor = 4} "
          .. "(default: none)" },
      { "k-fold", "K", type = "count",
        doc = "each trial is trained on K folds, and its value is the mean over them" },
      { "repeats", "N", type = "integer", least = 2, most = 100,
        doc = "each trial is trained with N seeds, the same for all, and its value is the mean "
          .. "over them" },
      { "prior", "STUDY", doc = "a new study knows the trials of this one, of a recipe with "
        .. "another search space: those that are points of the new space" },
      { "join", doc = "works on the study together with all others that join, on hosts that share "
        .. "its folder" },
      { "lease", "SECONDS", type = "number", least = 0.2, most = 86400,
        doc = "with --join: one that was not heard of for so long has gone (default: 30)" },
      { "freeze", "FILE", doc = "writes a recipe with the best values put in" },
      { "trial", "N", type = "integer", least = 0,
        doc = "with --freeze: that trial instead of the best (of several objectives, of the "
          .. "knee)" },
    } },
  { "trial", engine = true, ranks = "none", args = { 2, 2, "STUDY N" }, inner = true,
    module = "lrrun.cli.trial", doc = "one trial of a study in a process of its own, for search",
    flags = {
      { "parent", "PID", type = "count", doc = "process to end with" },
      { "recipe-dir", "DIR", doc = "folder of the recipe's files" },
    } },
  { "resume", engine = true, ranks = true, args = { 1, 1, "RUN" }, module = "lrrun.cli.resume",
    fixed = "a run goes on as it began",
    changed = { set = "continue", epochs = "continue or extend" },
    doc = "goes on exactly where a run stopped" },
  { "verify-resume", engine = true, args = { 1, 1, "RECIPE" }, module = "lrrun.cli.verify_resume",
    doc = "proves that stopping and resuming gives the same bits",
    flags = { SCALE_LR } },
  { "extend", engine = true, ranks = true, args = { 1, 1, "RUN --epochs +N --via HOW" },
    module = "lrrun.cli.extend", but = "epochs",
    fixed = "a run goes on under the recipe that it was trained with",
    doc = "lengthens a finished run with a re-planned schedule",
    flags = { { "via", "HOW", choices = { "stretch", "rewarm", "cooldown" },
      doc = "stretch, rewarm or cooldown" } } },
  { "continue", engine = true, args = { 1, 1, "RUN --lr X --epochs N" },
    module = "lrrun.cli.continue", but = "epochs set",
    fixed = "a run goes on with the data and the network that it has",
    doc = "goes on with another rate, schedule or length; moments are kept",
    about = abouts.continue,
    flags = { { "lr", "X", type = "number", doc = "the rate from here on" } } },
  { "eval", engine = true, args = { 1, 1, "RUN [--input FILE]" }, module = "lrrun.cli.eval",
    fixed = AS_IT_WAS, but = "precision",
    doc = "measures the trained model",
    about = abouts.eval,
    flags = {
      { "split", "NAME", choices = { "train", "val", "test" },
        doc = "train, val or test (default: test if there is one)" },
      { "input", "FILE",
        doc = "other labelled data to measure on (default: --split of the run's own); - is the "
          .. "standard input" },
      { "targets", "FILE", doc = "classes or targets of an array (.npy)" },
      { "average", "N", type = "count",
        doc = "the mean of what the N latest checkpoints are evaluated with, in the place of the "
          .. "saved weights" },
    } },
  { "predict", engine = true, args = { 1, 1, "RUN --input FILE" }, module = "lrrun.cli.predict",
    fixed = AS_IT_WAS, but = "precision",
    doc = "applies the trained model to a file",
    about = [[
FILE is a table (.csv, .tsv, also .gz), lines of text, an array (.npy), a picture, or a folder of
pictures or texts with folders in it; - is the standard input. With -o each row of it has a line,
also one that cannot be used, whose answer is empty: of classes label, probability and p_NAME for
each class, of numbers the target columns. Of answers at steps (tags) .csv has a row for each,
behind sample, step and token, .jsonl a line for each sample. What is left out is said.]],
    flags = {
      { "input", "FILE", doc = "what to predict for; - is the standard input" },
      { "output", "FILE", short = "o",
        doc = "writes the answers: .csv, .jsonl or .npy by its name; - is stdout, as .csv" },
      { "keep", "NAMES", optional = true,
        doc = "puts the input's columns before the answers, as they are: all, or id,name" },
    } },
  { "generate", engine = true, args = { 1, 1, "RUN --prompt TEXT" },
    module = "lrrun.cli.generate", fixed = AS_IT_WAS, but = "seed precision",
    doc = "a trained model of language goes on from a text",
    about = abouts.generate,
    flags = {
      { "prompt", "TEXT", once = true,
        doc = "what to go on from; $'\\n' in most shells is a newline, which begins a line" },
      { "tokens", "N", type = "count", doc = "how many tokens at most (default: 200)" },
      { "temperature", "T", type = "number", least = 0,
        doc = "below 1: nearer to the most probable; 0: always that one (default: 0.8)" },
      { "top-k", "K", type = "integer", least = 0,
        doc = "only the K most probable tokens; 0: all (default: 40)" },
      { "top-p", "P", type = "number", most = 1,
        doc = "of these the first that have this share of their probability; 1: all (default: "
          .. "0.95)" },
      { "stop", "TEXT", once = true, doc = "ends before this text" },
    } },
  require "lrrun.cli.runs_verb",
  require "lrrun.cli.watch_verb",
  { "compare", args = { 1, 1000, "RUN..." }, module = "lrrun.cli.compare",
    fixed = AS_IT_WAS,
    doc = "a table of runs" },
  { "diff", args = { 2, 2, "A B" }, module = "lrrun.cli.diff",
    fixed = AS_IT_WAS,
    doc = "what differs between two runs" },
  { "report", engine = true, args = { 1, 1000, "RUN..." }, module = "lrrun.cli.report",
    fixed = AS_IT_WAS,
    doc = "one HTML file with curves and figures; of several runs what differs",
    about = [[
Of one run: curves, what the saved weights say of the validation samples
(which class was taken for which, residuals, the samples that were met
worst), settings, recipe. The data are opened for it, as eval does; --data
says where they are now. Of several runs: their curves over each other and
the settings in which they differ; what is no run is left out with a word. Of
the folder of a study, a range test, an advice or a sensitivity: what it came
to and how it went, also while a search is at it. A study's page has history,
a slice of each dimension, a line through all of them for each trial,
importance and, of several objectives, their front.]],
    flags = {
      { "output", "FILE", short = "o",
        doc = "where to write it (default: report.html in its folder, of several here)" },
      { "no-data", doc = "opens no data: without the answers on validation samples" },
    } },
  { "pack", args = { 1, 1, "RUN" }, module = "lrrun.cli.pack",
    fixed = AS_IT_WAS,
    doc = "one YAML file with all that replaying the run takes",
    flags = {
      { "output", "FILE", short = "o", doc = "where to write it" },
      { "weights", doc = "puts the weights into it too" },
    } },
  export_verbs.export,
  export_verbs.import,
  { "replay", engine = true, args = { 1, 1, "EXPERIMENT" }, module = "lrrun.cli.replay",
    fixed = "an experiment is run as it was",
    doc = "runs an experiment file (or STUDY#17) again and checks every figure" },
  { "data", args = { 0, 1, "[NAME|FILE]" }, module = "lrrun.cli.data",
    fixed = "it reads no recipe", but = "set",
    doc = "data sets known: address, size, checksum, folder; or what a table or an array holds",
    about = [[
A table is shown as data.csv reads it; --set gives keys of data.csv, as a recipe would:
--set skip=1 --set comment=% --set 'columns={id="ignore"}'. With --set task=lm or task=tags a text
(of lm a folder of them, too) is shown as data.text reads it: --set tokens=bytes.]] },
  require "lrrun.cli.init_verb",
  { "trust", args = { 0, 1, "FILE" }, module = "lrrun.cli.trust",
    fixed = "it runs no recipe",
    doc = "lets a recipe run without the sandbox, until what stands in it changes",
    about = [[
run, plan, range, search and verify-resume of FILE are then as under --sandbox=off: it, and the
files that it requires, have all of Lua's libraries and may do all that you may. Only FILE is
watched for changes. Runs, studies and experiments that were made of it stay in the sandbox, as
their folders may come from elsewhere (--sandbox=off takes it away).]],
    flags = {
      { "list", doc = "the files that are trusted, and which have changed since" },
      { "remove", doc = "trusts FILE no more" },
    } },
  { "complete", args = { 0, 0, "-- WORDS" }, inner = true, module = "lrrun.cli.complete",
    doc = "what the last of the words after -- may become, for a shell: word, tab, meaning" },
  { "manual", args = { 1, 2, "FOLDER [DATE]" }, inner = true, module = "lrrun.cli.manual",
    doc = "writes the manual pages, lrrun.1 and lrrun-VERB.1, into a folder" },
  { "help", args = { 0, 1, "[TOPIC]" }, module = "lrrun.cli.help",
    fixed = "it reads no recipe",
    doc = "help on any verb, constructor or key",
    flags = {
      { "html", doc = "all of help as one HTML page" },
      { "output", "FILE", short = "o", doc = "of --html: where to write it (default: stdout)" },
    } },
}

--- Names of those that change a recipe and that a verb refuses.
---@param verb table
---@return string[]
function verbs.refused(verb)
  local out = {}
  for _, name in ipairs(verb.fixed and verbs.changing or {}) do
    out[#out + 1] = not (" " .. (verb.but or "") .. " "):find(" " .. name .. " ", 1, true) and name
      or nil
  end
  return out
end

--- Those of `common` that a verb takes: one on a run takes none that change a recipe, one with
--- -o no --out, and none takes what it ignores (ignored.lua).
---@param verb table
---@return table[]
function verbs.shared(verb)
  local out, refused = {}, {}
  for _, name in ipairs(verbs.refused(verb)) do
    refused[name] = true
  end
  for name in (ignored[verb[1]] or ""):gmatch "%S+" do
    refused[name] = true
  end
  for _, flag in ipairs(verb.flags or {}) do
    refused.out = refused.out or flag[1] == "output" -- it makes no run folder
    refused[flag[1]] = true -- a flag of its own, as init's --data, is no common one
  end
  for _, flag in ipairs(verbs.common) do
    if not refused[flag[1]] then
      out[#out + 1] = flag
    end
  end
  return out
end

verbs.by_name = {}
for _, verb in ipairs(verbs.list) do
  verbs.by_name[verb[1]] = verb
end

--- Names of all verbs that are for people.
function verbs.names()
  local names = {}
  for _, verb in ipairs(verbs.list) do
    names[#names + 1] = not verb.inner and verb[1] or nil
  end
  return names
end

--- All flags that a verb takes: its own, then common ones.
function verbs.flags(verb)
  local flags, shared = table.move(verb.flags or {}, 1, #(verb.flags or {}), 1, {}),
    verbs.shared(verb)
  return table.move(shared, 1, #shared, #flags + 1, flags)
end

return verbs
