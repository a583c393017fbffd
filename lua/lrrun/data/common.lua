--- What all constructors of `data` share: their keys, and the steps from a native data set
--- to an open one. Layer: data.

local current = require "lrrun.util.current"
local dataset = require "lrrun.data.dataset"
local errors = require "lrrun.util.errors"
local options = require "lrrun.util.options"
local scale = require "lrrun.data.scale"
local splits = require "lrrun.data.splits"

local common = {}

local KEYS = {
  { "batch", { "integer", "string" }, min = 1, max = 2 ^ 31 - 1, default = 32, choices = { "all" },
    doc = "samples in a batch; the last of an epoch may have fewer, and is trained too, without "
      .. "drop_last = true; \"all\": the whole training split" },
  { "val", { "number", "string" }, min = 0, below = 1, choices = { "test" },
    doc = "share of the training data kept for validation, or \"test\" for the test part" },
  { "test", "number", min = 0, below = 1,
    doc = "share kept as a test split, where the data have none" },
  { "split", "string", choices = { "stratified", "random", "last" }, default = "stratified",
    doc = "val, test and limit are drawn from the run's seed: \"stratified\" keeps each class's "
      .. "share (numbers are drawn as they come), \"random\" does not; \"last\": the end "
      .. "of the data" },
  { "seed", "integer", min = 0,
    doc = "of val and test, and of samples that are made; the run's where not given" },
  { "shuffle", "boolean", default = true, doc = "a new order of samples in each epoch" },
  { "drop_last", "boolean",
    doc = "leaves the last batch of a training epoch out where it has fewer samples than `batch`: "
      .. "other samples in each epoch; default: false" },
  { "sampler", "string", choices = { "balanced" },
    doc = "training draws each sample with replacement, all classes as often: an epoch has as "
      .. "many as without, rare ones repeat; default: each sample once" },
  { "limit", "integer", min = 1,
    doc = "use only so many samples of each part, drawn at random; default: all" },
  { "fold", "string",
    doc = "\"2 of 5\": val is the second of five parts of the training data, in the place of a "
      .. "share; train.cross_validate does them all; default: val is a share" },
}

local NORMALIZE = { "normalize", { "boolean", "string" }, default = true,
  choices = { "standard", "robust", "minmax" },
  doc = "each column or image channel by the training split; true, \"standard\": mean 0 and "
    .. "deviation 1, \"robust\": median 0 and quartiles 1 apart, \"minmax\": from 0 to 1" }

local TARGET_SCALE = { "target_scale", "boolean", default = true,
  doc = "targets that are numbers have mean 0 and deviation 1 over the training split while mse, "
    .. "l1 and huber learn them; predictions and figures but the loss are in their own units" }

local AUGMENT = { "augment", "table",
  doc = "training images: flip = true, crop = pixels, cutout = side, mixup = alpha; default: "
    .. "none" }

local AUGMENT_KEYS = {
  flip = function(v)
    return type(v) == "boolean", "true or false"
  end,
  crop = function(v)
    return math.type(v) == "integer" and v >= 0, "whole pixels"
  end,
  cutout = function(v)
    return math.type(v) == "integer" and v >= 0, "whole pixels"
  end,
  mixup = function(v)
    return type(v) == "number" and v >= 0 and v < math.huge, "a number, 0 or more"
  end,
}

local function check_augment(augment, fail)
  for key, v in pairs(augment or {}) do
    local check = AUGMENT_KEYS[key]
    if not check then
      fail("augment", "has an unknown key %s%s", errors.show(key), errors.after_hint(
        errors.hint(key, { "flip", "crop", "cutout", "mixup" }),
        "it takes flip, crop, cutout, mixup"))
    end
    local good, want = check(v)
    if not good then
      fail("augment", "has %s = %s, want %s", key, errors.show(v), want)
    end
  end
end

--- Seed that numbers made for this data set start from.
function common.seed(ctx)
  return ctx.seed or 0
end


--- Runs a native step; what it raises gets the recipe's line and the constructor's name.
function common.guard(value, f, ...)
  local result = table.pack(errors.try(f, ...))
  if not result[1] then
    local err = result[2]
    if not errors.is(err) or err.where then
      error(err, 0) -- what ends a run says nothing; what has a place keeps it
    end
    local message = errors.message(err):gsub("^lrrun:lrrun/[%w_/]+%.lua:%d+: ", "")
    if message:find("^[^\n]*%.lua:%d+: ") then
      error(message, 0) -- raised by a function of the recipe
    end
    errors.raise(value.where, "%s: %s", value.kind, message)
  end
  return table.unpack(result, 2, result.n)
end

local function finish(value, native, ctx, notes)
  notes = notes or {}
  if not notes.is_split then
    splits.draw(value, native, common.seed(ctx))
  end
  if notes.fill then
    native:fill_missing(notes.fill == "median")
  end
  if notes.after_split then
    native = notes.after_split(native)
  end
  scale.fit(value, native, notes)
  splits.say(value, native, notes, ctx.loss)
  return dataset.new(value, native, ctx, notes)
end

--- The open data set of a native one: splits drawn, scale fitted on the training split.
-- notes: texts for `describe`; lacks = what to say where there are no targets and they are wanted;
-- fill = "mean" or "median": what missing values become;
-- given_scale: means and factors that are given; after_split: function
-- from the native data set to the one that is used; is_split: its splits are drawn; tokenizer: of
-- windows whose targets are the next tokens; vocabulary: box with :words(); columns: what
-- desc.input of a table has to know
function common.finish(value, native, ctx, notes)
  return common.guard(value, finish, value, native, ctx, notes)
end

-- What a loop of one's own asks a constructor's value for; the first time opens the data.
local FIELDS = {
  shape = true, splits = true, classes = true, class_names = true, targets = true, vocab = true,
  length = true, dtype = true, seq = true, per_step = true, fingerprint = true,
  target_means = true, target_deviations = true, tokenizer = true, next = true, columns = true,
}
local METHODS = { batches = true, loader = true, vocabulary = true, describe = true,
  unscale = true, tags = true, text_size = true }

local opened = setmetatable({}, { __mode = "k" })

local function open_of(value)
  opened[value] = opened[value] or value:open()
  return opened[value]
end

local function member(methods)
  return function(value, key)
    if FIELDS[key] then
      return open_of(value)[key]
    elseif METHODS[key] then
      return function(_, ...)
        local open = open_of(value)
        return open[key](open, ...)
      end
    end
    return methods[key]
  end
end

-- Where nothing else is said: the command line's folders and seed, and a recipe's seed.
local function complete(value, ctx)
  ctx = ctx or {}
  local request = current.request()
  return {
    seed = value.opts.seed or ctx.seed or request.seed or 1, vocabulary = ctx.vocabulary,
    loss = ctx.loss, tokenizer = ctx.tokenizer,
    data_dir = ctx.data_dir or request.data_dir, threads = ctx.threads or request.threads,
    recipe_dir = ctx.recipe_dir or request.recipe_dir,
  }
end

--- A constructor of data: adds the common keys.
-- desc.native(self, ctx) -> native data set, notes; desc.images, desc.normalize (default);
-- desc.numbers: targets may be numbers; desc.means: other words for its keys;
-- desc.input(path, d) -> native data set of the samples in a file, as the model of the open or
-- recalled data set d wants them
---@param desc table
function common.constructor(desc)
  local keys, own = {}, {}
  for _, rule in ipairs(desc.keys or {}) do
    keys[#keys + 1] = rule
    own[rule[1]] = true
  end
  for _, rule in ipairs(KEYS) do
    if not own[rule[1]] then -- a constructor may take more for a key than all do
      keys[#keys + 1] = rule
    end
  end
  if desc.normalize ~= nil then
    keys[#keys + 1] = setmetatable({ default = desc.normalize }, { __index = NORMALIZE })
  end
  if desc.numbers then
    keys[#keys + 1] = TARGET_SCALE
  end
  if desc.images then
    keys[#keys + 1] = AUGMENT
  end
  local check = desc.check
  local methods = {
    reader = desc.input,
    --- The data set as a trained model knows it, without its files: dataset.recall.
    recall = function(self, kept, ctx)
      return dataset.recall(self, kept, ctx)
    end,
    --- The data set, open. ctx: seed (1), data_dir, recipe_dir, threads, vocabulary.
    open = function(self, ctx)
      ctx = complete(self, ctx)
      local native, notes = common.guard(self, desc.native, self, ctx)
      return common.finish(self, native, ctx, notes)
    end,
  }
  return options.constructor {
    name = desc.name, doc = desc.doc, source = desc.source, positional = desc.positional,
    keys = keys, means = desc.means,
    check = function(o, fail, given)
      check_augment(o.augment, fail)
      splits.check(o, fail)
      if check then
        check(o, fail, given)
      end
    end,
    methods = methods,
    meta = { __index = member(methods) },
  }
end

return common
