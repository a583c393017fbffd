--- Texts of which each token's target is the next one: data.text and data.imdb with task = "lm".
--
-- What validates is chosen before the vocabulary is made, which is that of the training texts
-- alone: the end of a single text, or whole documents. Layer: data.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local thousands = require("lrrun.data.dataset").thousands
local native = require "lrrun.native.tokens"
local samples = require "lrrun.data.samples"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local parts = require "lrrun.data.parts"
local splits = require "lrrun.data.splits"
local targets = require "lrrun.data.targets"
local token_cache = require "lrrun.data.token_cache"
local tokenizer = require "lrrun.data.tokenizer"

local lm = {}

local CONTEXT, WORDS, MERGED = 256, 20000, 4096 -- defaults
local FOR_LM = { "stride", "document", "files", "mix", "cache" }

--- The keys that task = "lm" has alone.
lm.KEYS = {
  { "task", "string", choices = { "lm", "tags" },
    doc = "\"tags\": a tag for each token, of files with a token and its tag on each line and "
      .. "empty lines between sentences. \"lm\": each token's target is the next one, in windows "
      .. "of `context` tokens; val is the end of the text, or of several documents whole ones" },
  { "stride", "integer", min = 1, max = 2 ^ 31 - 1,
    doc = "of task = \"lm\": tokens from one window to the next; default: context, so that none "
      .. "is a target twice" },
  { "mix", "boolean",
    doc = "of task = \"lm\": documents follow one another in an order drawn from the seed, for "
      .. "texts whose neighbours are alike (a list in order, a folder for each kind); default: as "
      .. "they stand" },
  token_cache.KEY,
}

--- What stands between documents in a file.
lm.DOCUMENT = { "document", "string",
  doc = "of task = \"lm\": what separates the documents of a text: \"\\n\" makes each line one, "
    .. "\"\\n\\n\" what blank lines part; default: each file is one" }

--- The tokens that there are only for it.
local ONLY = { bytes = true, bpe = true }

--- The part of a constructor's check that says which keys go together.
function lm.check(o, fail)
  if o.task ~= "lm" then
    for _, key in ipairs(FOR_LM) do
      if o[key] ~= nil then
        fail(key, "is for task = \"lm\", which predicts the next token at each position")
      end
    end
    if ONLY[o.tokens] then
      fail("tokens", "is \"%s\", which is for task = \"lm\"; want \"words\", or \"chars\", single "
        .. "bytes", o.tokens)
    end
  elseif o.length then
    fail("length", "is given beside task = \"lm\": 'context' is the length of its windows")
  elseif o.label then
    fail("label", "is given beside task = \"lm\", which predicts the next token")
  elseif o.sampler then
    fail("sampler", "draws by class, and the targets of task = \"lm\" are next tokens")
  elseif o.document == "" then
    fail("document", "is empty: it takes what stands between documents, as \"\\n\"")
  elseif o.tokens == "bytes" and o.vocab then
    fail("vocab", "is given beside tokens = \"bytes\", which are 256")
  end
end

-- Adds the files of a folder and of those in it, which messages name by their way from its parent.
local function add_folder(value, corpus, path, part)
  local ok, list = errors.try(samples.files, path, function()
    return true
  end)
  if not ok and errors.is(list) then
    errors.raise(value.where, "%s: %s", value.kind, errors.message(list))
  elseif not ok then
    error(list, 0)
  elseif #list == 0 then
    errors.raise(value.where, "%s: the folder %s is empty", value.kind, path)
  end
  local own = path:match "[^/]+/*$" or ""
  for _, name in ipairs(list) do
    corpus:add_file(find.join(path, name), part, find.join(own, name))
  end
end

--- How a table of texts is read: for native corpora.
function lm.table_of(path, o, part)
  local plain = path:gsub("%.gz$", "")
  local header = o.header
  if header == nil then
    header = type(o.text) == "string"
  end
  return { path = path, text = o.text, header = header, part = part,
    delimiter = o.delimiter or plain:find "%.ta?[sb]v?$" and "\t" or nil }
end

-- A folder that may have folders for its parts.
local function add_tree(value, corpus, path, other)
  if file.kind(find.join(path, "train")) ~= "dir" then
    add_folder(value, corpus, path, "train")
    return
  elseif other then
    errors.raise(value.where, "%s: %s has a folder 'train', and '%s' is given: name its folder "
      .. "'train' alone", value.kind, path:match "[^/]+/*$", other)
  end
  for _, part in ipairs(parts.NAMES) do
    if file.kind(find.join(path, part)) == "dir" then
      add_folder(value, corpus, find.join(path, part), part)
    end
  end
end

--- Adds the folder, the table (where the recipe names a column of texts) or the file at path.
---@param part string
---@param other string? a part that comes from elsewhere
function lm.add(value, corpus, path, part, other)
  if file.kind(path) == "dir" and part == "train" then
    add_tree(value, corpus, path, other)
  elseif file.kind(path) == "dir" then
    add_folder(value, corpus, path, part)
  elseif value.opts.text then
    corpus:add_table(lm.table_of(path, value.opts, part))
  else
    corpus:add_file(path, part)
  end
end

local function percent(part, all)
  return ("%.3g %%"):format(100 * part / all)
end

-- Whether there is one text in each part, which is cut and has no ends.
local function is_single(value, corpus)
  if value.opts.document then
    return false
  end
  for _, part in ipairs { "train", "val", "test" } do
    if corpus:documents(part) > 1 then
      return false
    end
  end
  return true
end

-- A separator that is nowhere leaves nothing to keep.
local function check_documents(value, cfg, corpus)
  if value.opts.document and (cfg.val > 0 or cfg.folds > 0) and corpus:documents "train" == 1 then
    errors.raise(value.where, "%s: document = %s parts no texts: there is one document, of which "
      .. "none can be kept to validate; without document val is the end of the text", value.kind,
      errors.show(value.opts.document))
  end
end

-- Draws the splits, and says in a line what validates.
local function draw(value, ctx, corpus, notes, single)
  local cfg = splits.of(value, ctx.seed or 0)
  cfg.limit, cfg.stratified = 0, false
  if value.given.split and value.opts.split == "stratified" then
    errors.raise(value.where, "%s: split = \"stratified\" keeps the shares of classes, and there "
      .. "are none; want \"random\" or \"last\"", value.kind)
  end
  check_documents(value, cfg, corpus)
  if single then
    corpus:cut(cfg)
  else
    corpus:split(cfg)
  end
  if not (cfg.val > 0 or cfg.folds > 0) then
    return
  elseif single and cfg.folds > 0 then
    targets.say(notes, "val is stretch %d of %d of the text", cfg.fold, cfg.folds)
  elseif single then
    targets.say(notes, "val is the last %s of the text%s", percent(cfg.val, 1),
      cfg.test > 0 and " before test" or "")
  else
    targets.say(notes, "val is whole documents, %s %s", cfg.last and "the last of"
      or "drawn from", thousands(corpus:documents "train"))
  end
end

--- Says where the training texts give fewer ids than `vocab` has room for.
---@param notes table
---@param o { vocab: integer? } the recipe's
---@param most integer
---@param found integer
function lm.say_fewer(notes, o, most, found)
  if found < most then
    targets.say(notes, "vocab = %s%s: the training texts give %s, which are taken",
      thousands(most), o.vocab and "" or " (the default)", counted(thousands(found), "id"))
  end
end

-- The tokens of a corpus and their tokenizer: that of before, or one of its own vocabulary.
local function tokens_of(value, ctx, corpus, ends, notes)
  local o = value.opts
  if ctx.tokenizer then
    return corpus:tokens(ctx.tokenizer.native), ctx.tokenizer.native
  end
  local kind = o.tokens or "chars"
  local most = o.vocab or kind == "words" and WORDS or kind == "bpe" and MERGED or 0
  local tokens, box = token_cache.tokens(o, corpus, { kind = kind, ends = ends, most = most },
    notes, function(box)
      corpus:fit(box, kind == "bytes" and 0 or most)
    end)
  if o.vocab or kind == "bpe" then -- of words the default is a limit
    lm.say_fewer(notes, o, most, box:vocab())
  end
  return tokens, box
end

local NOUNS = { bytes = "bytes", chars = "characters", words = "words", bpe = "byte pairs" }

-- What the tokens are, and in parts that are not trained how many are unknown.
local function say_tokens(box, dataset, counts, notes)
  local kind, vocab = box:kind(), box:vocab()
  local tokens, bytes = dataset:target_bytes "train"
  local each = ("%.3g"):format(bytes / tokens)
  targets.say(notes, "tokens: %s of %s%s; %s each", counted(thousands(vocab), "id"), NOUNS[kind],
    box:end_id() and ", the last one ends a document" or "", each == "1" and "1 byte of text"
    or each .. " bytes of text")
  if kind == "chars" and tokenizer.of(box):encode("\r")[1] ~= 0 then
    targets.say(notes, "lines end in \"\\r\\n\"; \"\\r\" is a token like others, and "
      .. "written, too")
  end
  for _, part in ipairs { "train", "val", "test" } do
    local n = counts[part]
    if n.unknown > 0 then
      targets.say(notes, "%s: %s of %s tokens are not in the vocabulary%s", part,
        thousands(n.unknown), thousands(n.all), part == "train" and "" or " of the training text")
    end
  end
end

--- The data set of the texts that `add` adds to a corpus, and its notes.
---@param value table the constructor's value
---@param ctx table
---@param add fun(corpus: userdata, notes: table)
---@return userdata, table
function lm.native(value, ctx, add)
  local o, notes = value.opts, {}
  local corpus <close> = native.corpus(o.document or "")
  add(corpus, notes)
  local single = is_single(value, corpus)
  draw(value, ctx, corpus, notes, single)
  if o.mix then
    corpus:mix(ctx.seed or 0)
  end
  local tokens, box = tokens_of(value, ctx, corpus, not single, notes)
  local context = o.context or CONTEXT
  local made, counts = tokens:windows(box, context, o.stride or context)
  made:split { seed = ctx.seed or 0, limit = o.limit or 0 }
  say_tokens(box, made, counts, notes)
  notes.tokenizer, notes.is_split = tokenizer.of(box), true
  return made, notes
end

-- The texts of an input for a model that is trained, in its tokens.
local function windows_of(path, d)
  local o = d.opts
  local corpus <close> = native.corpus(o.document or "")
  if file.kind(path) == "dir" then
    add_folder(d, corpus, path, "train")
  else
    lm.add({ opts = o }, corpus, path, "train")
  end
  corpus:split { seed = 0, last = true }
  local context = d.shape[1]
  local ok, made, counts = errors.try(corpus.windows, corpus, d.tokenizer.native, context,
    o.stride or context)
  if not ok and errors.is(made) then -- all is one part here, and nothing is trained
    errors.raise(nil, "%s: %s", path:match "[^/]+/*$",
      (errors.message(made):gsub("the text to train,", "the text,")))
  elseif not ok then
    error(made, 0)
  end
  return made, counts
end

--- A source (lrrun.data.samples) of the windows of a file or folder.
function lm.input(path, d, o)
  if not o.labelled then
    errors.raise(nil, "%s: a language model predicts the next token of a text: lrrun generate "
      .. "writes one, lrrun eval --input measures it on one", d.kind)
  elseif not path then
    errors.raise(nil, "%s: a text for a language model is a file or folder, not the standard "
      .. "input", d.kind)
  end
  local made, counts = windows_of(path, d)
  local notes, n = {}, counts.train
  if n.unknown > 0 then
    notes[1] = ("%s of %s tokens are not in the model's vocabulary"):format(
      thousands(n.unknown), thousands(n.all))
  end
  return samples.whole(path:match "[^/]+/*$", made, notes)
end

return lm
