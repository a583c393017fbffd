--- What a run collects for metrics that are asked for: who asks, and the collectors
--- (lrrun.native.measure) that its session feeds. A run in which nobody asks has none, and its
--- steps do nothing for metrics. Layer: train.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local locate = require "lrrun.recipe.locate"
local measure = require "lrrun.native.measure"
local metrics = require "lrrun.metrics"
local other_words = require "lrrun.util.other_words"
local objectives = require "lrrun.recipe.objective"

local collect = {}

local EMPTY = "the split has no targets"
local NO_VAL = " (the data has no validation split: data.x{ val = 0.2 })"

-- Of the recipe's `metrics`, no metrics.
local SWITCHES = { grad_norms = true, histograms = true, rates = true, tensorboard = true }

-- Kinds of collectors that take targets of the loss.
local function kinds_of(run)
  return measure.kinds((run.loss:rows(run.dataset)))
end

-- Who asks by a monitor: { name, value } with the value of the recipe, in order.
local function monitors_of(run)
  local out = {}
  local function add(list, value)
    for _, name in ipairs(list) do
      out[#out + 1] = { name = name, value = value }
    end
  end
  if run.stop then
    add(run.stop:monitors(), run.recipe.opts.stop)
  end
  local objective = run.recipe.opts.objective
  for _, item in ipairs(objective and objectives.list(objective.opts) or {}) do
    if not objectives.is_counted(item.monitor) then
      add({ item.monitor }, objective)
    end
  end
  for _, item in ipairs(run.schedules) do
    add(item.box:monitors(), item.value)
  end
  return out
end

--- What is known of a split of data whose targets are the next tokens, where the loss is that of
--- their probabilities; put into `sums`, as if the loss had counted it: `next`, and where it is
--- known how much text they are, text_tokens and text_bytes.
---@param sums table<string, any>
---@param loss table
---@param dataset table
---@param split string
function collect.of_text(sums, loss, dataset, split)
  if not dataset.next or loss.kind ~= "nn.cross_entropy" or loss.opts.class_weights then
    return sums
  end
  sums.next = true
  local tokens, bytes = dataset:text_size(split)
  if tokens and bytes > 0 then
    sums.text_tokens = (sums.text_tokens or 0) + tokens
    sums.text_bytes = (sums.text_bytes or 0) + bytes
  end
  return sums
end

-- Why a metric that there is cannot be had of a loss; "" where no metric has that name.
local function reason_of(run, name)
  local entry = metrics.named(name)[1]
  return entry and entry.split and entry.metric.collects
    and not kinds_of(run)[entry.metric.collects]
    and (", as %s learns %s"):format(run.loss.kind, run.loss.of) or ""
end

-- What is meant by a name that is no metric's.
local function hint_of(name, names)
  if metrics.by_name[name] then
    return ""
  end
  local other = other_words.metric_hint(name, names)
  return other ~= "" and other or errors.hint(name, names)
end

local function check_monitors(run, monitors, names, known)
  for _, item in ipairs(monitors) do
    local name = item.name
    if not known[name] then
      errors.raise(item.value.where, "%s: monitor '%s' is not reported by this run%s%s%s",
        item.value.kind, name, reason_of(run, name), errors.after_hint(
          hint_of(name, names),
          "there are " .. table.concat(names, ", ")), name:find "^val_" and not run.val_split
          and NO_VAL or "")
    end
  end
end

-- The names that the recipe's `metrics` has beside its switches; each has to be there.
local function named(run, known)
  local out = {}
  for _, name in ipairs(run.recipe.opts.metrics) do
    if not SWITCHES[name] then
      out[#out + 1] = name
      local can = {}
      for _, entry in ipairs(metrics.named(name)) do
        can[#can + 1] = known[entry.name] and entry.name or nil
      end
      if #can == 0 then
        local plain = {}
        for _, other in ipairs(metrics.plain) do
          plain[#plain + 1] = known["train_" .. other] and other or nil
        end
        errors.raise(locate.key(run.recipe.where, "metrics"), "recipe: metrics: '%s' is not "
          .. "reported by this run%s; there are %s%s", name, reason_of(run, name),
          table.concat(plain, ", "), name:find "^val_" and not run.val_split and NO_VAL or "")
      end
    end
  end
  return out
end

-- The most rows that the batches from one evaluation to the next have, or of a validation.
local function rows_of(run, split, loader)
  local steps = run.dataset.per_step and (run.dataset.length or run.dataset.shape[1]) or 1
  local batches = split == "train" and math.ceil(run.every) * run.recipe.opts.accumulate
    or loader:count()
  return batches * run.dataset.batch * steps
end

-- Collectors of one split, by kind, which the session feeds from now on.
local function attach(run, split, loader)
  local of, cols = run.loss:rows(run.dataset)
  local out, tags = {}, run.dataset:tags()
  local function add(kind)
    if not out[kind] then
      out[kind] = measure.collect(kind, of, cols, kind == "entities" and tags or nil)
      out[kind]:reserve(rows_of(run, split, loader))
      run.session:collect(out[kind], split == "train")
    end
  end
  for _, entry in ipairs(metrics.shown) do
    if entry.split == split and run.asked[entry.name] ~= nil and entry.metric.collects then
      add(entry.metric.collects)
      if tags and entry.metric.entities then
        add "entities"
      end
    end
  end
  return out
end

-- Adds what the optimizer tells of its last update, where it does.
local function of_optimizer(run, sums)
  sums.d = run.optimizer.native:d()
  return sums
end

-- The metrics without which the run cannot go on, with who watches them.
local function watched(run, monitors)
  local out = {}
  for _, item in ipairs(monitors) do
    out[item.name] = run.asked[item.name] and item.value or nil
  end
  return out
end

-- Whether somebody asks for what a probe of the loss measures.
local function is_probed(run)
  for name in pairs(run.asked) do
    if metrics.by_name[name].metric.probed then
      return true
    end
  end
  return false
end

--- For a run with its session, schedules and stop rule: finds out which metrics are asked for,
--- refuses those that it cannot have, and has its session collect what they need. Sets `asked`,
--- `reported`, `measured`, `expected`, `watched` and `collected`.
---@param run table
function collect.begin(run)
  local kinds, known = kinds_of(run), {}
  local sums = collect.of_text(of_optimizer(run, run.session:sums()), run.loss, run.dataset,
    "train")
  local names = metrics.possible(sums, run.val_split ~= nil, kinds)
  table.sort(names)
  for _, name in ipairs(names) do
    known[name] = true
  end
  local monitors = monitors_of(run)
  check_monitors(run, monitors, names, known)
  local ask = named(run, known)
  for _, item in ipairs(monitors) do
    ask[#ask + 1] = item.name
  end
  run.asked = metrics.asked(ask, kinds)
  run.reported = metrics.possible(sums, run.val_split ~= nil, kinds, run.asked)
  run.measured, run.expected = metrics.of_splits(run.reported), {}
  for _, name in ipairs(run.reported) do -- of what is there unasked nothing is said
    run.expected[#run.expected + 1] = run.asked[name] and name or nil
  end
  run.watched = watched(run, monitors)
  run.probe = is_probed(run) and require("lrrun.train.probe").new(run) or nil
  run.collected = { train = attach(run, "train", run.loader),
    val = run.val_loader and attach(run, "val", run.val_loader) or {} }
end

--- A line on what metrics that are asked for take for granted: which of two classes is the positive
--- one; nil where there is nothing to say.
---@param run table
---@return string?
function collect.note(run)
  local of, cols = run.loss:rows(run.dataset)
  local names = {}
  for _, entry in ipairs(of == "classes" and cols == 2 and metrics.shown or {}) do
    local shown = run.asked[entry.name] and (entry.split ~= "val" or run.val_split)
    names[#names + 1] = entry.metric.positive and shown and entry.name or nil
  end
  if #names == 0 then
    return nil
  end
  return ("%s %s of class %s, the second of two"):format(table.concat(names, ", "),
    #names == 1 and "is" or "are",
    errors.show(run.dataset.class_names and run.dataset.class_names[2] or "1"))
end

--- Adds what collectors hold to the sums of their split, by kind.
---@param sums table<string, any>
---@param collectors table<string, userdata>
---@param of string what their rows are (loss:rows)
---@param units number[]? what the errors of each number count in
function collect.into(sums, collectors, of, units)
  for kind, collector in pairs(collectors) do
    local fields = collector:fields()
    fields.pairs, fields.unit = of == "binary" or nil, units
    sums[kind] = fields
  end
  return sums
end

--- Adds what a run collected of a split, and what is known of it, to the sums of it.
---@param run table
---@param split "train"|"val"
---@param sums table<string, any>
---@return table<string, any> sums
function collect.add(run, split, sums)
  local collectors = run.collected[split]
  if split == "train" then
    of_optimizer(run, sums)
  end
  if next(collectors) ~= nil then
    local of, _, units = run.loss:rows(run.dataset)
    collect.into(sums, collectors, of, units)
  end
  return collect.of_text(sums, run.loss, run.dataset, split)
end

-- A line on what has no value, once in a run.
local function say(run, entry, why)
  run.undefined = run.undefined or {}
  if not run.undefined[entry.name] then
    run.undefined[entry.name] = true
    current.out():warn("%s has no value: %s", entry.name, why)
  end
end

local function refuse_or_say(run, entry, found)
  local watcher, why = run.watched[entry.name], entry.metric.undefined or EMPTY
  local loss = found[(entry.split or "train") .. "_loss"]
  if loss ~= loss then
    found[entry.name] = watcher and loss
  elseif watcher then
    errors.raise(watcher.where, "%s: monitor '%s' has no value: %s", watcher.kind, entry.name, why)
  else
    say(run, entry, why)
  end
end

--- After a validation: says of which metrics that were asked for there is no value, and refuses
--- to go on where a rule, a schedule or a search goes by one of them. Where the split's loss is
--- no number, such a metric is none either.
---@param run table
---@param found table<string, number>
function collect.check(run, found)
  for _, name in ipairs(run.expected) do
    if not found[name] then
      refuse_or_say(run, metrics.by_name[name], found)
    end
  end
end

return collect
