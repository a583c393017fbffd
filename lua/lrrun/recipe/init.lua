--- recipe { ... }: everything that a run is made of. Nothing trains while it is read.
-- Layer: recipe.

local average_of = require "lrrun.recipe.average"
local clip_of = require "lrrun.optim.clip"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local freeze = require "lrrun.util.freeze"
local locate = require "lrrun.recipe.locate"
local metrics = require "lrrun.metrics"
local objective = require "lrrun.recipe.objective"
local optim = require "lrrun.native.optim"
local options = require "lrrun.util.options"
local overrides = require "lrrun.recipe.overrides"
local ranges = require "lrrun.util.ranges"
local sys = require "lrrun.native.sys"
local transfer = require "lrrun.recipe.transfer"

local CHECKPOINT = options.constructor {
  name = "checkpoint",
  doc = "When the run's whole state is saved.",
  keys = {
    { "every", { "duration", "seconds" }, above = 0,
      doc = "1*epochs, 500*steps or '10 min'; without it at each epoch's end" },
    { "keep", "integer", min = 1, default = 2, doc = "how many of the latest are kept" },
  },
}

local ON = options.constructor {
  name = "on",
  doc = "Functions called with a read-only table of step, epoch, lr, loss and grad_norm (of the "
    .. "last update), metrics and, with metrics = { 'grad_norms' }, grad_norms of the epoch. One "
    .. "that returns 'stop' ends the run.",
  keys = {
    { "step", "function", doc = "after each update" },
    { "epoch", "function", doc = "after each validation" },
    { "stop", "function", doc = "once, at the end" },
  },
}

local ON_DIVERGENCE = options.constructor {
  name = "on_divergence",
  doc = "What happens when a value is not finite or a divergence rule fires.",
  keys = {
    { "rollback", "boolean", default = false, doc = "go back to the last good state" },
    { "factor", "number", above = 0, below = 1, default = 0.5, doc = "cut of the rate" },
    { "times", "integer", min = 1, default = 3, doc = "how often before giving up" },
  },
}

local INIT = options.constructor {
  name = "init",
  doc = "Weights to start from.",
  positional = { "file" },
  keys = {
    { "file", "string", required = true, doc = "a safetensors file" },
    { "map", "table", doc = "{ ['name here'] = 'name in the file' }, Lua patterns allowed" },
    { "partial", "boolean", default = false, doc = "whether parameters may be missing in it" },
  },
}

-- Plain tables of the recipe that are closed option tables of their own.
local SUB = {
  average = average_of, clip = clip_of, checkpoint = CHECKPOINT, on = ON,
  on_divergence = ON_DIVERGENCE, objective = objective.new, init = INIT, transfer = transfer.new,
}

-- Whether the item of a key of SUB is still to be made a value.
local function is_plain(key, item)
  return type(item) == "table" and not options.is_value(item)
    or key == "init" and type(item) == "string"
end

-- A table that stood in a choice of a search becomes a value when it is chosen, and one of --set
-- when it is set, as others do at once (with_values).
local function check_chosen(o, fail)
  for key, make in pairs(SUB) do
    local item = o[key]
    if is_plain(key, item) then
      local ok, value = errors.try(make, key == "objective" and objective.named(item) or item)
      if not ok then
        fail(key, "is refused: %s", errors.is(value) and value.who == key and value.text
          or errors.message(value))
      end
      o[key] = value
    end
  end
end

-- It becomes part of paths, of the study's journal and of comments.
local NAME = 1000 -- bytes; records take no texts of any length

local function check_name(o, fail)
  if o.name and not utf8.len(o.name) then
    fail("name", "is not UTF-8")
  elseif o.name and o.name:find "%c" then
    fail("name", "holds a control character")
  elseif o.name and #o.name > NAME then
    fail("name", "has %d bytes, want at most %d", #o.name, NAME)
  end
end

local function check_length(o, fail)
  if o.epochs and o.steps then
    fail("steps", "is given beside 'epochs'; want one of the two")
  elseif not o.epochs and not o.steps then
    fail("epochs", "is missing: how long is the run? want epochs = 20 or steps = 1000")
  end
end

-- Layers and losses are both values of nn.
local function check_roles(o, fail)
  if not o.model.add or o.model.target then
    fail("model", "is %s, want a layer, as nn.sequential{...}", o.model.kind)
  elseif o.loss and not o.loss.target then
    fail("loss", "is %s, want a loss, as nn.cross_entropy()", o.loss.kind)
  end
end

local function check_precision(o, fail)
  if o.precision == "bf16" and sys.real ~= "f32" then
    fail("precision", "is 'bf16', and this build of lrrun computes in double precision; it takes "
      .. "'f32', which is that there")
  end
end

local function check_schedule(o, fail)
  local lr = o.optimizer.opts and o.optimizer.opts.lr
  if o.schedule and options.is_value(lr, "schedule.") then
    fail("schedule", "and the optimizer's lr are both schedules; want lr = a number (what the "
      .. "schedule starts from) or no 'schedule'")
  end
end

local function give_place(name)
  options.registry[name].locate = function(where, key)
    return locate.key(where, name, key)
  end
end

for name in pairs(SUB) do
  give_place(name)
end
give_place "freeze" -- whose items are made one by one

local recipe = options.constructor {
  name = "recipe",
  locate = locate.key,
  doc = "What a run is made of: data, network, optimizer, schedule, and when it ends.",
  keys = {
    { "name", "string", doc = "name of the run folder; the file's name without one" },
    { "seed", "integer", min = 0, default = 1, doc = "of everything random" },
    { "data", "value", kinds = { "data." }, required = true, doc = "the data set" },
    { "model", "value", kinds = { "nn." }, required = true, doc = "the network" },
    { "loss", "value", kinds = { "nn." },
      doc = "what is minimised; cross_entropy for classes and mse for numbers without one" },
    { "optimizer", "value", kinds = { "optim." }, required = true, doc = "how weights change" },
    { "schedule", "value", kinds = { "schedule." }, doc = "of the learning rate" },
    { "rates", "value", kinds = { "layerwise", "discriminative" },
      doc = "rates by depth: layerwise { 0.75 }, discriminative { 100 }" },
    { "clip", { "value", "table" }, kinds = { "clip" }, form = "a table, as { norm = 5 }",
      doc = "limits on gradients" },
    { "stop", "value", kinds = { "stop." }, doc = "rule that ends the run early" },
    { "epochs", "integer", min = 1, doc = "length of the run in passes over the data" },
    { "steps", "integer", min = 1, doc = "length of the run in updates, instead of epochs" },
    { "squeeze", "number", above = 0, max = 1,
      doc = "share of its length that the run is squeezed to: warmup, schedules, patience and all "
        .. "else that is said in epochs, steps or samples shrinks with it, batches and weights are "
        .. "those of the whole run. It is evaluated 10 times at most where no rule counts "
        .. "evaluations. lrrun advise compares rates in such runs" },
    { "validate", "duration", above = 0,
      doc = "how often the run is evaluated: 200*steps, 2*epochs; at each epoch's end without it. "
        .. "Stop rules, plateaus and the best weights go by these; train_ figures are of the "
        .. "updates since the one before" },
    { "log", "duration", above = 0,
      doc = "figures of updates in the run folder's steps.jsonl, as in log = 10*steps: a line each "
        .. "10 updates with the rate and, as means over them, loss and grad_norm; default: none" },
    { "accumulate", "integer", min = 1, default = 1, doc = "batches of one update" },
    { "shards", "integer", min = 1, max = 1024, default = 1,
      doc = "pieces of each batch whose gradients are computed apart and added in a fixed order: "
        .. "several machines can share them (lrrun help ranks), and the result is the same for any "
        .. "number of machines; another number of shards is another rounding" },
    ranges.rule(optim.decay(), { "ema", "number", schedule = true,
      doc = "decay of a moving average of the weights, used in evaluation: short for average = { "
        .. "kind = 'ema', decay = ... }" }),
    { "average", { "value", "table" }, kinds = { "average" },
      form = "a table, as { kind = 'swa', start = 75*percent }",
      doc = "an average of the weights, used in evaluation" },
    { "checkpoint", { "value", "table" }, kinds = { "checkpoint" },
      form = "a table, as { every = 5*epochs, keep = 2 }",
      doc = "when the run's whole state is saved" },
    { "init", { "string", "value", "table" }, kinds = { "init" },
      form = "a file's name, or a table, as { 'x.safetensors', partial = true }",
      doc = "weights to start from" },
    { "freeze", { "string", "list" }, form = freeze.FORM,
      doc = "parameters that do not train, or not until a time: a Lua pattern of their names, or a "
        .. "list, as in { { '^[12]%.', thaw = 2*epochs, statistics = true }, { '^3%.' } }; the "
        .. "first that finds a name counts" },
    { "on", { "value", "table" }, kinds = { "on" },
      form = "a table, as { epoch = function(info) ... end }",
      doc = "callbacks: { step =, epoch =, stop = }" },
    { "on_divergence", { "value", "table" }, kinds = { "on_divergence" },
      form = "a table, as { rollback = true }",
      doc = "what happens when a value is not finite: { rollback =, factor =, times = }" },
    { "metrics", "list", of = "string", default = { "tensorboard" },
      choices = { "grad_norms", "histograms", "rates", "tensorboard",
        table.unpack(metrics.choices) },
      shown = "'grad_norms', 'histograms', 'rates', 'tensorboard' or a metric: "
        .. table.concat(metrics.plain, " ")
        .. ", or as train_NAME, val_NAME of one split; sharpness or noise_scale",
      doc = "more to report: metrics by name, of both splits or of one (f1, val_auc); sharpness "
        .. "and noise_scale of the loss (lrrun help probe); grad_norms and rates, of each "
        .. "parameter; TensorBoard's files are written unless it is {}, with histograms also "
        .. "how weights and gradients are spread" },
    { "objective", { "value", "table" }, kinds = { "objective" },
      form = "a table, as { monitor = 'val_loss' }",
      doc = "what a search optimises; of several figures, as in { 'val_accuracy', 'params' }, it "
        .. "finds what no other setting beats in all (lrrun help search)" },
    { "transfer", { "value", "table" }, kinds = { "transfer" },
      form = "a table, as { kind = 'mup', base = { width = 64 } }",
      doc = "what is tuned on a narrow network holds for this one" },
    { "repro", "string", choices = { "machine", "portable" }, default = "machine",
      doc = "portable: the same bits on any CPU, slower" },
    { "precision", "string", choices = { "f32", "bf16" }, default = "f32",
      doc = "of matrix products: bf16 rounds what is multiplied to bfloat16 and sums in f32; "
        .. "weights, norms, losses and the optimizer stay f32 (lrrun help bf16)" },
  },
  check = function(o, fail)
    check_name(o, fail)
    check_chosen(o, fail)
    check_roles(o, fail)
    check_length(o, fail)
    check_precision(o, fail)
    check_schedule(o, fail)
    if o.average and o.ema then
      fail("average", "is given beside 'ema', which is an average, too; want one of the two")
    end
    if type(o.freeze) == "string" and not pcall(string.find, "", o.freeze) then
      fail("freeze", "is no Lua pattern: %s", errors.show(o.freeze))
    elseif type(o.freeze) == "table" then
      o.freeze = freeze.items(o.freeze)
    end
  end,
}

-- Sub-tables become values, so that their keys are checked, overridden and searched alike.
local function with_values(given)
  local out = {}
  for key, item in pairs(given) do
    out[key] = item
    if SUB[key] and is_plain(key, item) then
      out[key] = SUB[key](key == "objective" and objective.named(item) or item)
      out[key].where = locate.key(out[key].where, key)
    end
  end
  return out
end

local function check_objective(value)
  local o = value.opts.objective and value.opts.objective.opts
  local why = o and objective.fault(o)
  if why then
    errors.raise(locate.key(value.where, "objective"), "recipe: objective: %s", why)
  end
end

local module = {}

--- recipe { ... } of the recipe language.
function module.new(given)
  if type(given) ~= "table" or getmetatable(given) ~= nil then
    errors.raise(nil, "recipe: want one table, recipe { data = ..., model = ... }, got %s",
      given == nil and "nothing" or errors.show(given))
  end
  local value = recipe(with_values(given))
  check_objective(value)
  local script = current.script()
  if script then
    script:make_recipe(value.where)
  end
  return value
end

--- option("width", 64): a value that --set width=128 changes.
function module.option(name, default)
  local value = overrides.option(current.request().overrides, name, default)
  current.script():ask(name, value)
  return value
end

return module
