--- data.text and data.imdb: texts as token ids. Layer: data.
--
-- The vocabulary is made from the training split alone, or is ctx.vocabulary, the words of
-- the run that a model was trained in.

local catalog = require "lrrun.data.catalog"
local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local lm = require "lrrun.data.lm"
local native_text = require "lrrun.native.text"
local parts = require "lrrun.data.parts"
local splits = require "lrrun.data.splits"
local targets = require "lrrun.data.targets"
local text_input = require "lrrun.data.text_input"
local thousands = require("lrrun.data.dataset").thousands

local text = {}

local WORDS, LENGTH = 20000, 256 -- defaults
local LONG = 1000 -- tokens of a sentence: more are hardly one

local VOCAB = { "vocab", "integer", min = 3, max = 2 ^ 31 - 1,
  doc = "most ids: 0 is padding, 1 unknown, then words by count in the training split; default: "
    .. "20,000. Of task = \"lm\" 0 is unknown; chars are not limited, bpe makes so many "
    .. "(default: 4,096)" }

local TOKENS = { "tokens", "string", choices = { "words", "chars", "bytes", "bpe" },
  doc = "words in lower case and punctuation, or chars, single bytes; of task = \"lm\" chars are "
    .. "characters of UTF-8, bytes are bytes, bpe is byte pair encoding; default: words, of task = "
    .. "\"lm\" chars" }

local function length(default)
  return { "length", "integer", min = 1, max = 2 ^ 31 - 1,
    doc = "longer texts are cut after so many tokens; default: " .. default }
end

local function add_classes(value, box, path, part)
  for _, class in ipairs(find.classes(value, path, part == "train" and 2 or 1)) do
    box:add_folder(find.join(path, class), class, part)
  end
end

-- The files of a folder that has no folders, where each is a class of lines (rt-polarity.pos and
-- .neg, or pos.txt and neg.txt): class -> path, and the classes in order; nil where it is none.
local function class_files(path)
  local names, stems, ends = {}, {}, {}
  for _, name in ipairs(file.list(path) or {}) do
    local full = find.join(path, name)
    if name:sub(1, 1) ~= "." and file.kind(full) == "dir" then
      return nil
    elseif name:sub(1, 1) ~= "." and file.kind(full) == "file" then
      local stem, ending = name:gsub("%.gz$", ""):match "^(.-)%.([^.]+)$"
      if not stem then
        return nil
      end
      names[#names + 1], stems[stem], ends[ending] = { full, stem, ending }, true, true
    end
  end
  local one_stem, one_end = next(stems, (next(stems))) == nil, next(ends, (next(ends))) == nil
  if #names < 2 or one_stem == one_end then
    return nil
  end
  local classes, paths = {}, {}
  for i, item in ipairs(names) do
    classes[i] = one_stem and item[3] or item[2]
    paths[classes[i]] = item[1]
  end
  table.sort(classes)
  return classes, paths
end

-- The texts of a part: folders of classes, or files that are classes.
local function add_part(value, box, path, part, said)
  local classes, paths = class_files(path)
  if not classes then
    return add_classes(value, box, path, part)
  end
  for _, class in ipairs(classes) do
    box:add_lines(paths[class], class, part)
  end
  targets.say(said, "%s: each file is a class, each line a text: %s", path:match "[^/]+/*$",
    table.concat(classes, ", ", 1, math.min(#classes, 10)))
end

-- A folder with train, val or test folders of classes, or with classes at once. only: val and test
-- come from elsewhere.
local function add_tree(value, box, path, only, said)
  if file.kind(find.join(path, "train")) ~= "dir" then
    add_part(value, box, path, "train", said)
    return
  elseif only then
    errors.raise(value.where, "%s: %s has a folder 'train', and '%s' is given: name its folder "
      .. "'train' alone", value.kind, path:match "[^/]+/*$", only)
  end
  for _, part in ipairs(parts.NAMES) do
    local below = find.join(path, part)
    if file.kind(below) == "dir" then
      add_part(value, box, below, part, said)
    end
  end
end

-- Says how much of the parts that came by themselves the vocabulary has not.
local function say_unknown(box, native, given, notes)
  for _, part in ipairs { "val", "test" } do
    if given[part] then
      local unknown, all = box:unknown(native, part)
      if unknown > 0 then
        targets.say(notes, "%s: %d of %d tokens are not in the vocabulary of the training texts",
          part, unknown, all)
      end
    end
  end
end

-- Lines with no empty one between them are one sentence, however many they are.
local function check_sentences(value, ctx, n)
  local cfg = splits.of(value, ctx.seed or 0)
  if value.opts.task == "tags" and n == 1 and (cfg.val > 0 or cfg.folds > 0) then
    errors.raise(value.where, "%s: %s is one sentence, of which no part can be kept to validate: "
      .. "an empty line ends a sentence", value.kind, parts.names("file", value.opts).train)
  end
end

-- After the split: final ids, and windows where the next token is to be predicted. given: paths of
-- parts that came by themselves; most: of tokens where the recipe does not say it.
local function finish(value, ctx, box, given, notes, most)
  notes = notes or {}
  notes.vocabulary = box
  function notes.after_split(native)
    local o = value.opts
    local longest = o.context and 0 or o.length or most
    if ctx.vocabulary then
      box:given(native, ctx.vocabulary, longest)
    else
      box:vocabulary(native, o.vocab or WORDS, longest)
      lm.say_fewer(notes, o, o.vocab or 0, native:info().vocab)
    end
    if o.task == "tags" and native:info().length > LONG then
      targets.say(notes, "the longest sentence has %s tokens: an empty line ends a sentence",
        thousands(native:info().length))
    end
    say_unknown(box, native, given or {}, notes)
    if not o.context then
      return native
    end
    local windows = box:windows(native, o.context)
    windows:split { seed = 0 }
    local names = { "", "" }
    for i, word in ipairs(box:words()) do
      names[i + 2] = word
    end
    names[#names + 1] = "end of text"
    windows:name_classes(names)
    return windows
  end
  local native = box:dataset()
  local info = native:info()
  if value.opts.context and info.n == 1 and type(value.opts.val) == "number" then
    errors.raise(value.where, "%s: %s has one line, and with 'context' alone each line is a text "
      .. "of its own; task = \"lm\" predicts each token of any text", value.kind,
      parts.names("file", value.opts).train)
  elseif info.classes == 1 then
    errors.raise(value.where, "%s: every %s '%s', want 2 or more classes", value.kind,
      info.per_step and "token has the tag" or "text has the label", info.class_names[1])
  end
  check_sentences(value, ctx, info.n)
  targets.drop(native, false, notes)
  return native, notes
end

-- The original has pos and neg folders of review files; tables of lines are read too.
local IMDB_PARTS = { "train", "test" }
local IMDB_CLASSES = { ["0"] = "neg", ["1"] = "pos" }

local function add_imdb_table(value, ctx, box)
  for _, part in ipairs(IMDB_PARTS) do
    local name = ("imdb_%s.tsv"):format(part)
    box:add_file { path = find.need(value, ctx, name), delimiter = "\t", text = 4, label = 1,
      part = part }
  end
end

-- The same reviews without their classes.
local function add_imdb_texts(value, ctx, corpus)
  local is_table = find.try(ctx, "imdb_train.tsv")
  local folders = not is_table and find.known(value, ctx, "imdb", { "train/neg", "train/pos",
    "test/neg", "test/pos" }, "dir")
  for i, part in ipairs(IMDB_PARTS) do
    if is_table then
      corpus:add_table { path = find.need(value, ctx, ("imdb_%s.tsv"):format(part)),
        delimiter = "\t", text = 4, part = part }
    else
      corpus:add_folder(folders[2 * i - 1], part)
      corpus:add_folder(folders[2 * i], part)
    end
  end
end

local CONTEXT = { "context", "integer", min = 1, max = 65536,
  doc = "of task = \"lm\": tokens of a window; default: 256" }

text.imdb = common.constructor {
  name = "data.imdb",
  doc = catalog.imdb.title .. "; 25,000 of them are the test split",
  source = catalog.imdb.terms,
  keys = parts.with({ VOCAB, length "256", TOKENS, CONTEXT }, lm.KEYS),
  check = function(o, fail)
    lm.check(o, fail)
    if o.task == "tags" then
      fail("task", "is \"tags\", and reviews have none; want \"lm\"")
    elseif o.context and o.task ~= "lm" then
      fail("context", "is for task = \"lm\", which predicts the next token at each position")
    elseif o.tokens == "chars" and o.task ~= "lm" then
      fail("tokens", "is \"chars\", which is for task = \"lm\"; want \"words\"")
    end
  end,
  native = function(self, ctx)
    if self.opts.task == "lm" then
      return lm.native(self, ctx, function(corpus)
        add_imdb_texts(self, ctx, corpus)
      end)
    end
    local box = native_text.new(false)
    if find.try(ctx, "imdb_train.tsv") then
      add_imdb_table(self, ctx, box)
    else
      local folders = find.known(self, ctx, "imdb", { "train/neg", "train/pos", "test/neg",
        "test/pos" }, "dir")
      for i, folder in ipairs(folders) do
        box:add_folder(folder, i % 2 == 1 and "neg" or "pos", i < 3 and "train" or "test")
      end
    end
    local native, notes = finish(self, ctx, box, nil, nil, LENGTH)
    local names = native:info().class_names
    for i, name in ipairs(names) do
      names[i] = IMDB_CLASSES[name] or name
    end
    native:name_classes(names)
    return native, notes
  end,
  input = text_input.samples,
}

-- A file that nothing says is a table.
local function is_plain(o, path)
  return path:find "%.te?xt$" and not (o.text or o.label or o.header ~= nil or o.delimiter)
end

local function add_file(value, box, path, part)
  local o = value.opts
  if o.context and not o.text then
    box:add_lines(path, nil, part)
    return
  end
  local ok, why = errors.try(box.add_file, box, { path = path,
    delimiter = o.delimiter or text_input.is_tabs(path) and "\t" or nil,
    header = text_input.has_header(o), part = part,
    text = o.text or -1, label = not o.context and (o.label or 1) or nil })
  if ok then
    return
  elseif not is_plain(o, path) or not errors.message(why):find "fields, want" then
    error(why, 0)
  end
  errors.raise(value.where, "%s: %s; without task = \"lm\", which learns to write, a file is a "
    .. "table of a label and a text", value.kind, errors.message(why))
end

-- The folder or file of a name.
local function find_either(value, ctx, name)
  return find.try(ctx, name, "dir") and find.need(value, ctx, name, "dir")
    or find.need(value, ctx, name)
end

local TABLE_KEYS = { "text", "label", "header", "delimiter" }

-- The texts of a language model: files, tables and folders, each in its part.
local function add_lm(value, ctx, corpus)
  local o = value.opts
  for _, name in ipairs(o.files or {}) do
    corpus:add_file(find.need(value, ctx, name), "train", name)
  end
  local names = o.files and { val = o.val, test = o.test } or o
  local paths = parts.paths({ kind = value.kind, where = value.where, opts = names }, ctx, "file",
    find_either)
  local other = paths.val and "val" or paths.test and "test"
  for _, part in ipairs(parts.NAMES) do
    if paths[part] then
      lm.add(value, corpus, paths[part], part, other)
    end
  end
end

local function check_file(o, fail)
  if o.task ~= "lm" or not o.files then
    parts.check("file", o, fail)
  elseif o.file or o.train then
    fail("files", "and '%s' name the same: give one of them", o.file and "file" or "train")
  elseif #o.files == 0 then
    fail("files", "is empty: it takes a list of names")
  end
end

-- What there is no sense in for a file of tokens and tags.
local NOT_TAGGED = { "text", "label", "header", "delimiter", "context" }

local function check_tagged(o, fail)
  for _, key in ipairs(o.task == "tags" and NOT_TAGGED or {}) do
    if o[key] ~= nil then
      fail(key, "is given beside task = \"tags\", whose lines have a token and its tag")
    end
  end
  if o.task == "tags" and o.tokens and o.tokens ~= "words" then
    fail("tokens", "is \"%s\", and task = \"tags\" takes the file's, as they stand", o.tokens)
  end
end

-- Sentences with a tag for each token.
local function tagged(value, ctx)
  local box, notes = native_text.new(false), {}
  local paths = parts.paths(value, ctx, "file")
  for _, part in ipairs(parts.NAMES) do
    if paths[part] then
      box:add_tagged(paths[part], part, true)
    end
  end
  return finish(value, ctx, box, { val = paths.val, test = paths.test }, notes)
end

text.text = common.constructor {
  name = "data.text",
  doc = "Texts with classes: a folder of class folders (or of train, val and test with such), "
    .. "a folder of files that are classes, with a text in each line; or a table with a column of "
    .. "texts and one of labels. With task = \"lm\": any texts, to predict the next token at each "
    .. "position; with context alone: the lines of a file, to predict one token from those "
    .. "before.",
  positional = { "file" },
  keys = parts.with(parts.with(parts.keys("file", "a file or folder, beside the recipe or in the "
    .. "data folder; plain or gzip, UTF-8 or with a mark UTF-16", "file or folder", "texts"), {
    TOKENS,
    VOCAB, length "none is",
    { "text", { "string", "integer" }, doc = "column of the texts, by name or number; the last" },
    { "label", { "string", "integer" }, doc = "column of the labels; the first" },
    { "header", "boolean", doc = "the first line names the columns; so where a name is given" },
    { "delimiter", "string", doc = "one character; a tab in .tsv, else found out" },
    { "context", "integer", min = 1, max = 65536,
      doc = "predict each token from so many before it; the texts need no labels; of task = "
        .. "\"lm\" tokens of a window, default: 256" },
    { "files", "list", of = "string", doc = "of task = \"lm\": several files, each a document" },
    lm.DOCUMENT,
  }), lm.KEYS),
  means = { folder = "file" },
  check = function(o, fail)
    check_file(o, fail)
    lm.check(o, fail)
    check_tagged(o, fail)
    if o.delimiter and #o.delimiter ~= 1 then
      fail("delimiter", "is %d characters, want 1", #o.delimiter)
    elseif o.context and o.label then
      fail("label", "is given beside 'context', which predicts the next token; want one of them")
    elseif o.context and o.length then
      fail("length", "is given beside 'context', which is the length of a sample")
    end
  end,
  native = function(self, ctx)
    local o = self.opts
    if o.task == "lm" then
      return lm.native(self, ctx, function(corpus)
        add_lm(self, ctx, corpus)
      end)
    elseif o.task == "tags" then
      return tagged(self, ctx)
    end
    local paths, box, notes = parts.paths(self, ctx, "file", find_either),
      native_text.new(o.tokens == "chars"), {}
    for _, part in ipairs(parts.NAMES) do
      local path = paths[part]
      local folder = path and file.kind(path) == "dir"
      for _, key in ipairs(folder and TABLE_KEYS or {}) do
        if o[key] ~= nil then
          errors.raise(self.where, "%s: '%s' is for tables, and %s is a folder of classes",
            self.kind, key, parts.names("file", o)[part])
        end
      end
      if folder and part == "train" then
        add_tree(self, box, path, paths.val and "val" or paths.test and "test", notes)
      elseif folder then
        add_part(self, box, path, part, notes)
      elseif path then
        add_file(self, box, path, part)
      end
    end
    return finish(self, ctx, box, { val = paths.val, test = paths.test }, notes)
  end,
  input = text_input.samples,
}

return text
