--- A data set that is open: its sizes, its splits, its batches. What `value:open(ctx)` of
--- every constructor of `data` gives.
--
-- Fields: native, shape (of one sample; {} for tokens of varying length), dtype ("real" or "i32"),
-- seq (samples are sequences of varying length), vocab (tokens), length (the longest sequence),
-- next (the target of each token is the next one; samples are windows of shape { context }),
-- tokenizer (of texts with such: lrrun.data.tokenizer),
-- classes or targets (count, else nil), per_step (a target at each step), class_names, splits
-- { train, val, test }, batch, notes, columns (of tables: what its inputs were made of), arrays
-- (of arrays: base, flags),
-- fingerprint (SHA-256 of the contents); target_means and target_deviations (lists) where
-- targets are numbers that losses learn scaled;
-- counts { n = targets of train, of = sums of them by class or output }, false where they are not
-- known. Layer: data.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local measure = require "lrrun.native.measure"
local tokenizer = require "lrrun.data.tokenizer"
local values = require "lrrun.util.values"

local Dataset = {}
local methods -- Dataset's, each for data sets only

local LAZY = {
  fingerprint = function(self)
    return self.native:fingerprint()
  end,
  counts = function(self)
    local native = not self.is_input and (self.classes or self.targets) and self.native
    local of, n
    if native then
      of, n = native:tally "train"
    end
    return of and { of = of, n = n } or false
  end,
}

local Mt = {
  __name = "lrrun.data",
  __index = function(self, key)
    local lazy = LAZY[key]
    if lazy then
      local value = lazy(self)
      rawset(self, key, value)
      return value
    end
    return methods[key]
  end,
}

local function positive(n)
  return n > 0 and n or nil
end

--- Wraps a native data set that has been split and fitted.
---@param value table the constructor's value: kind, opts, where
---@param native userdata
---@param ctx table seed, threads
---@param notes string[] what was decided while opening, for `describe`
local PIECE = 256 -- samples, where a data set without any has all in a batch

local function batch_of(batch, all)
  return batch == "all" and math.max(1, all) or batch
end

local function new(value, native, ctx, notes)
  notes = notes or {}
  local info = native:info()
  local means, deviations
  if info.k > 0 and value.opts.target_scale then
    means, deviations = native:target_scale()
  end
  local tokens = info.kind == "i32"
  local shape = info.shape
  if info.length and not tokens then
    table.insert(shape, 1, info.length)
  end
  return setmetatable({
    kind = value.kind, opts = value.opts, reader = value.reader, native = native,
    seed = ctx.seed or 0, threads = ctx.threads, notes = notes, tokenizer = notes.tokenizer,
    columns = notes.columns, arrays = notes.arrays, lacks = notes.lacks,
    shape = shape, dtype = tokens and "i32" or "real", seq = info.length and true or nil,
    per_step = info.per_step or nil,
    vocab = info.vocab, length = info.length, next = info.next or nil,
    classes = positive(info.classes),
    targets = positive(info.k), class_names = info.class_names, splits = info.splits,
    batch = batch_of(value.opts.batch, info.splits.train), bytes = info.bytes, n = info.n,
    loaders = {},
    target_means = means, target_deviations = deviations,
  }, Mt)
end

-- What the input of a model depends on, and what its output means.
local KEPT = { "shape", "dtype", "seq", "per_step", "vocab", "length", "next", "classes", "targets",
  "class_names", "columns", "arrays", "target_means", "target_deviations" }

--- What a trained model has to know of its data, as a plain table: with it and the vocabulary
--- the model can be used where the data are not. `recall` takes it.
---@return table
function Dataset:kept()
  local out = {}
  for _, key in ipairs(KEPT) do
    out[key] = self[key]
  end
  out.counts = self.counts or nil
  out.means, out.factors = self:scale()
  out.tokenizer = self.tokenizer and self.tokenizer:kept()
  out.fill = self.native and self.dtype == "real" and self.native:info().kind == "real"
    and self.native:fill() or self.filling
  return out
end

--- A data set without samples, of which only `input` and what describes a sample can be used.
---@param value table the constructor's value
---@param kept table what Dataset:kept gave
---@param ctx table threads, vocabulary
local function recall(value, kept, ctx)
  local self = { kind = value.kind, opts = value.opts, reader = value.reader, seed = 0,
    threads = ctx.threads, batch = batch_of(value.opts.batch, PIECE), means = kept.means,
    factors = kept.factors,
    filling = kept.fill,
    notes = { vocabulary = ctx.vocabulary and {
      words = function()
        return ctx.vocabulary
      end,
    } } }
  for _, key in ipairs(KEPT) do
    self[key] = kept[key]
  end
  self.counts = kept.counts or false
  self.tokenizer = kept.tokenizer and tokenizer.recall(kept.tokenizer)
  return setmetatable(self, Mt)
end

--- Means and factors of the training split, by channel or column; nil for tokens.
---@return number[]?, number[]?
function Dataset:scale()
  if self.dtype == "i32" then
    return nil
  elseif self.means then
    return self.means, self.factors
  end
  return self.native:scale()
end

--- A native loader. opts: split ("train"), batch, shuffle (training only), seed, augment
--- (training only), drop_last (training only), bucket (sequences), prefetch; each has the data
--- set's default. soft: classes as shares of 1, which mixup gives anyway. scaled: targets by
--- target_means and target_deviations, where the data set has them.
---@param opts table?
---@return userdata
function Dataset:loader(opts)
  opts = opts or {}
  local split = opts.split or "train"
  local train = split == "train" and not self.is_input
  local function pick(key, default)
    if opts[key] ~= nil then
      return opts[key]
    end
    return default
  end
  local augment = pick("augment", train and self.opts.augment) or {}
  return self.native:loader {
    split = split, batch = opts.batch or self.batch, seed = opts.seed or self.seed,
    shuffle = pick("shuffle", train and self.opts.shuffle),
    bucket = pick("bucket", self.seq and not self.is_input),
    balanced = train and self.opts.sampler == "balanced",
    prefetch = pick("prefetch", self.threads ~= 1), soft = opts.soft,
    scaled = opts.scaled and self.target_means ~= nil,
    drop_last = pick("drop_last", train and self.opts.drop_last),
    flip = augment.flip, crop = augment.crop, cutout = augment.cutout, mixup = augment.mixup,
  }
end

local SPLITS = { "train", "val", "test" }

local function check_split(self, split)
  if not self.splits[split] then
    errors.raise(nil, "%s: batches: there is no split %s%s", self.kind, errors.show(split),
      errors.after_hint(errors.hint(split, SPLITS), "want 'train', 'val' or 'test'"))
  end
end

-- Whether a loop of one's own wants scaled targets.
local function wants_scaled(self, opts)
  for key in pairs(opts or {}) do
    if key ~= "scaled" then
      errors.raise(nil, "%s: batches: unknown key %s%s", self.kind, errors.show(key),
        errors.after_hint(errors.hint(key, { "scaled" }), "it takes scaled"))
    end
  end
  if not (opts and opts.scaled) then
    return false
  elseif not self.target_means then
    errors.raise(nil, "%s: batches: scaled = true, and the targets %s", self.kind, self.targets
      and "have no scale: target_scale = false" or "are no numbers")
  end
  return true
end

--- The batches of one epoch (from 1) of a split, for a loop of one's own. A batch has n, x,
--- y and for sequences len and t, its steps: tensors that stay as they are until two batches later.
--- y is what the data say; with { scaled = true } numbers are scaled as recipes learn them.
---@param split string?
---@param epoch integer?
---@param opts { scaled: boolean? }?
function Dataset:batches(split, epoch, opts)
  split = split or "train"
  check_split(self, split)
  local scaled = wants_scaled(self, opts)
  local key = scaled and split .. ", scaled" or split
  local loader = self.loaders[key] or self:loader { split = split, scaled = scaled }
  self.loaders[key] = loader
  loader:seek((epoch or 1) - 1, 0)
  local left = loader:count()
  return function()
    if left == 0 then
      return nil
    end
    left = left - 1
    return loader:next()
  end
end

--- Numbers of scaled targets in the data's own units: a flat list, row by row. As they are where
--- the targets are not scaled.
---@param y userdata|number[] a tensor, such as a model's output, or a flat list
---@return number[]
function Dataset:unscale(y)
  if not self.target_means then
    return type(y) == "table" and table.move(y, 1, #y, 1, {}) or y:values()
  end
  return measure.unscaled(y, self.target_means, self.target_deviations)
end

--- The names of the classes where they are tags of entities, B-PER and the like; else nil.
---@return string[]?
function Dataset:tags()
  for _, name in ipairs(self.opts.task == "tags" and self.class_names or {}) do
    if name:find "^[BIES]%-" then
      return self.class_names
    end
  end
end

--- Of a split of windows the targets, and the bytes of text that they are; nothing where it is not
--- known.
---@param split string
---@return integer? tokens, integer? bytes
function Dataset:text_size(split)
  if self.native then
    return self.native:target_bytes(split)
  end
end

local Source = { __close = function(source) source.close() end }

--- What missing values of tables and arrays become before they are scaled, one for each value of a
--- sample; where the training split lacks none it is the means, of images each channel's.
---@return number[]
function Dataset:fill()
  local known = self.filling or self.native and self.native:fill()
  if known then
    return known
  end
  local means, width, out = (self:scale()), 1, {}
  for _, size in ipairs(self.shape) do
    width = width * size
  end
  for i = 1, #self.shape >= 3 and width or #means do
    out[i] = means[#self.shape >= 3 and (i - 1) // (width // #means) + 1 or i]
  end
  return out
end

-- A native data set of other samples, open: scaled and filled as the training split is.
local function adopt(self, native, notes)
  native:split { seed = 0 }
  if self.dtype == "real" then
    native:set_scale(self:scale())
  end
  if self.target_means and native:info().k > 0 then
    native:set_target_scale(self.target_means, self.target_deviations)
  end
  if self.columns or self.arrays then -- runs of before kept no filling: their means were it
    native:fill_known(self:fill())
  end
  notes = notes or {}
  notes.vocabulary, notes.tokenizer = self.notes.vocabulary, self.tokenizer
  local out = new(self, native, self, notes)
  out.is_input, out.class_names, out.classes = true, self.class_names, self.classes
  out.counts = self.counts
  out.targets, out.vocab, out.per_step = self.targets, self.vocab, self.per_step
  return out
end

--- Other samples as this data set's model wants them, some at a time: a source
--- (lrrun.data.samples) whose chunks have a `dataset` too: the file's columns, texts or images
--- with the vocabulary and scale of the training split, in the file's order. All are in the split
--- "train".
-- o: keep (true or a list of columns) and form ("raw", "json"): what is kept of a table's rows;
-- labelled: with targets; whole: all at once; targets: a file of an array's targets
---@param self table
---@param path string? nil: the standard input
---@param o table
---@return table
local function samples_of(self, path, o)
  if not self.reader then
    errors.raise(nil, "%s: takes no input file", self.kind)
  end
  local source = setmetatable(self.reader(path, self, o), Source)
  local next_native = source.next
  function source.next()
    local chunk = next_native()
    if chunk and chunk.native then
      chunk.dataset = adopt(self, chunk.native)
    end
    return chunk
  end
  return source
end

--- All samples of a file as one data set.
---@param path string
---@return table
function Dataset:input(path)
  local source <close> = samples_of(self, path, { whole = true })
  local chunk = source.next()
  local out = chunk.dataset
  local notes = source.notes()
  table.move(notes, 1, #notes, #out.notes + 1, out.notes)
  return out
end

--- What was decided while opening and is not plain, for who trains: lines.
---@return string[]
function Dataset:said()
  local notes = self.notes
  return notes.said_from and table.move(notes, notes.said_from, #notes, 1, {}) or {}
end

--- The words of the vocabulary: word i has the id i + 1. nil where there are none.
---@return string[]?
function Dataset:vocabulary()
  local box = self.notes.vocabulary
  return box and box:words()
end

local function thousands(n)
  local s = tostring(n)
  return #s > 3 and (s:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")) or s
end

local function of_what(self)
  if self.dtype == "i32" and not self.seq then
    return ("windows of %s, vocabulary of %s"):format(counted(thousands(self.shape[1]), "token"),
      thousands(self.vocab))
  elseif self.dtype == "i32" then
    return ("%s of up to %s, vocabulary of %s"):format(self.notes.vocabulary and "texts"
      or "sequences", counted(thousands(self.length), "token"),
      thousands(self.vocab))
  elseif self.seq then
    return ("sequences of up to %s of %s"):format(counted(thousands(self.length), "step"),
      counted(self.shape[2], "value"))
  elseif #self.shape == 3 then
    return ("images of %d x %d x %d"):format(table.unpack(self.shape))
  end
  local size = table.concat(self.shape, " x ")
  return "samples of " .. counted(size, "value")
end

--- What the data are, in a line, and below it what was decided while opening them.
---@return string
function Dataset:describe()
  local counts = {}
  for _, split in ipairs { "train", "val", "test" } do
    if self.splits[split] > 0 then
      counts[#counts + 1] = ("%s %s"):format(thousands(self.splits[split]), split)
    end
  end
  local goal = self.next and "the next token"
    or self.classes and counted(self.classes, "class", "classes")
    or self.targets and counted(self.targets, "target")
    or "no targets"
  if self.per_step then
    goal = goal .. " at each step"
  end
  local lines = { ("%s: %s %s; %s"):format(self.kind, table.concat(counts, ", "), of_what(self),
    goal) }
  for _, note in ipairs(self.notes) do
    lines[#lines + 1] = "  " .. note
  end
  return table.concat(lines, "\n")
end

methods = values.guarded(Dataset, Mt, "dataset")

return { new = new, recall = recall, samples = samples_of, thousands = thousands }
