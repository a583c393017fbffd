--- A run: all that its training has to know, and what it owns.
--
-- prepare.lua makes it, loop.lua trains it, lrrun.runs gives it a folder. It owns its timer, its
-- session, its log and its lock: close() ends the last three, whatever happened before; so does
-- `local run <close>`. A name that is not listed here is an error, read or written. Layer: train.

local errors = require "lrrun.util.errors"
local on_error = require "lrrun.util.on_error"
local timer = require "lrrun.train.timer"

local ceil, floor = math.ceil, math.floor

local run = {}

-- Each field of a run; those that are missing are nil.
local FIELDS = {
  -- what it is made of (prepare.network)
  recipe = "the resolved recipe",
  ctx = "where its files are: data_dir, recipe_dir, threads; what was open before: dataset",
  dataset = "its data, open",
  loss = "the recipe's loss, or the one that the data's targets ask for",
  model = "the network with its parameters (lrrun.nn.model)",
  -- ready for a step (prepare.run)
  loader = "batches of the training split",
  val_split = "'val' where the data have a validation split",
  val_loader = "its batches",
  clock = "what turns durations into updates (lrrun.util.clock)",
  every = "updates from one evaluation to the next: those of an epoch, or as `validate` says; in "
    .. "a squeezed run not a whole number",
  epochs = "its length, an epoch that has begun counted whole",
  optimizer = "the optimizer, bound to the parameters",
  session = "the native session: steps and evaluation",
  part = "samples of a batch that go through the network at once",
  schedules = "list of { name, value, range, box, feed }: what drives which number",
  stop = "the native stop rule",
  monitor = "the metric that says which epoch is best",
  mode = "'min' or 'max' where the stop rule says it",
  better = "the same, else as the metric's name has it",
  asked = "metrics for which outputs are collected or the loss is probed: whether somebody asked, "
    .. "by their names",
  measured = "what it reports of each split, 'train' with what is reported once: lists of entries "
    .. "(lrrun.metrics)",
  reported = "names of all metrics that it reports, in the order of reading",
  collected = "the collectors of each split by kind, which the session feeds",
  probe = "what measures the loss around its weights (train/probe.lua), where metrics ask for it",
  expected = "those of the names that must have a value or be said to have none",
  watched = "of those metrics the ones that rules, schedules and searches go by, with who does",
  undefined = "of those metrics the ones of which it was said that they have no value",
  leaves = "whose weights are there at its end: 'best' (the best epoch's) or 'last'",
  -- while it trains
  timer = "how long it takes (train/timer.lua)",
  best = "the best epoch so far: { epoch, step, metrics }",
  best_value = "the monitored value of it",
  callback = "which of the recipe's callbacks runs: step, epoch or stop",
  first_step = "updates made when training began in this process",
  snapshot = "the last good state, to go back to after a divergence",
  cuts = "how often it went back",
  seen = "what notes go by beside the session's own, and what they said (lrrun.notes)",
  digest = "SHA-256 of the weights after its last update",
  looks = "whether the update before each evaluation is looked at closely, on all ranks",
  range = "what found its rate: { suggestion, suggestions } of lr = 'range', { suggestion, "
    .. "interval, expected, spent_runs } of lr = 'auto'",
  -- with a folder (lrrun.runs)
  folder = "path of its folder",
  id = "what tells it from other runs in checkpoints and results",
  lock = "claims the folder for this process",
  log = "metrics.jsonl, open for appending",
  keep_log = "bytes of it that belong to the run's past; what is behind them is cut",
  step_log = "steps.jsonl, open likewise, where the recipe has `log`",
  keep_steps = "bytes of that, likewise",
  step_sums = "updates since its last line, and sums of their loss and gradient norm",
  recipe_hash = "SHA-256 of the folder's recipe.lua",
  settings = "what run.yaml says, where the run was reopened",
  extensions = "how many extensions it has",
}

local Run = {}

-- What neither a run nor its methods have: nil for a field.
setmetatable(Run, { __index = function(_, key)
  if not FIELDS[key] then
    errors.raise(nil, "a run has no %s", errors.show(key))
  end
  return nil
end })

local Mt = {
  __index = Run,
  __newindex = function(self, key, value)
    if not FIELDS[key] then
      errors.raise(nil, "a run has no %s", errors.show(key))
    end
    rawset(self, key, value)
  end,
  __close = function(self)
    self:close()
  end,
  __name = "run",
}

--- A run with these fields.
---@param given table<string, any>
function run.new(given)
  local self = setmetatable({}, Mt)
  for key, item in pairs(given) do
    self[key] = item
  end
  return self
end

--- Names of all fields, with a sentence for each.
---@return table<string, string>
function run.fields()
  return FIELDS
end

--- Whether the recipe's `metrics` name `what`.
---@param what string
function Run:reports(what)
  for _, name in ipairs(self.recipe.opts.metrics) do
    if name == what then
      return true
    end
  end
  return false
end

-- Of products that should be whole numbers of updates.
local EPSILON = 1e-6

--- Which evaluation of the run that of update `step` is, from 1.
---@param step integer
function Run:nth(step)
  return math.ceil((step - EPSILON) / self.every)
end

--- After how many updates its nth evaluation is due; its last update has one in any case.
---@param nth integer
function Run:evaluated_at(nth)
  return math.floor(nth * self.every + EPSILON)
end

--- How many evaluations were due up to `step` updates.
---@param step integer
function Run:evaluations(step)
  return math.ceil((step + 1 - EPSILON) / self.every) - 1
end

--- After how many updates the last evaluation that was due up to `step` is, and the next one.
---@param step integer below that of the run's end
---@return integer before, integer due
function Run:evaluations_around(step)
  local every, total = self.every, self.clock.total_steps
  local n = ceil((step + 1 - EPSILON) / every) - 1
  local due = floor((n + 1) * every + EPSILON)
  return floor(n * every + EPSILON), due < total and due or total
end

--- Whether its evaluations are those of its epochs' ends.
function Run:is_by_epoch()
  return not self.recipe.opts.validate and not self.clock.pace
end

--- The epoch that the figures of an evaluation stand under: the one that ends, from 1; where
--- `validate` or `squeeze` makes others, how many epochs the run has trained, to four decimals.
---@param state table of the loop
function Run:epoch_of(state)
  if self:is_by_epoch() then
    return state.epoch
  end
  return self:epochs_at(state.step)
end

--- How many epochs `step` updates are, to four decimals.
---@param step integer
function Run:epochs_at(step)
  local epochs = math.floor(step / self.clock.steps_per_epoch * 1e4 + 0.5) / 1e4
  return math.tointeger(epochs) or epochs
end

--- Time runs from here on; `elapsed` seconds of it have passed in earlier processes.
---@param elapsed number?
function Run:start_timer(elapsed)
  self.timer = timer.new(elapsed)
end

--- From here on the run sees no time pass: for a repetition that must not end by the clock.
function Run:stop_timer()
  self.timer = timer.still()
end

--- Waits until the logs are on the disk.
function Run:sync_logs()
  if self.log then
    self.log:sync()
  end
  if self.step_log then
    self.step_log:sync()
  end
end

--- Closes the logs; the run stays ready to train.
function Run:close_log()
  if self.log then
    self.log:close()
    self.log = nil
  end
  if self.step_log then
    self.step_log:close()
    self.step_log = nil
  end
end

--- Gives back all that the run owns. The network stays: it can be measured and used. A second
--- call does nothing.
function Run:close()
  self:close_log()
  if self.probe then
    self.probe:close()
    self.probe = nil
  end
  if self.session then
    self.session:close()
    self.session = nil
  end
  if self.lock then
    self.lock:close()
    self.lock = nil
  end
end

--- Gives f(self, ...); where that raises the run is closed.
---@param f function
function Run:guarded(f, ...)
  local _ <close> = on_error(function()
    self:close()
  end)
  return f(self, ...)
end

return run
