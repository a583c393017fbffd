--- data.text and data.imdb: texts as token ids. Layer: data.
--
-- The vocabulary is made from the training split alone, or is ctx.vocabulary, the words of
-- the run that a model was trained in.

local catalog = require "lrrun.data.catalog"
local common = require "lrrun.data.common"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local native_text = require "lrrun.native.text"
local rows = require "lrrun.data.rows"
local samples = require "lrrun.data.samples"
local tables = require "lrrun.native.table"

local text = {}

local VOCAB = { "vocab", "integer", min = 3, max = 2 ^ 31 - 1, default = 20000,
  doc = "most ids: 0 is padding, 1 unknown, then words by count in the training split" }

local function length(default)
  return { "length", "integer", min = 1, max = 2 ^ 31 - 1, default = default,
    doc = "longer texts are cut after so many tokens" }
end

local function add_classes(value, box, path, part)
  for _, class in ipairs(find.classes(value, path)) do
    box:add_folder(find.join(path, class), class, part)
  end
end

-- A folder with train, val or test folders of classes, or with classes at once.
local function add_tree(value, box, path)
  if file.kind(find.join(path, "train")) ~= "dir" then
    add_classes(value, box, path, "train")
    return
  end
  for _, part in ipairs { "train", "val", "test" } do
    local below = find.join(path, part)
    if file.kind(below) == "dir" then
      add_classes(value, box, below, part)
    end
  end
end

local function is_tabs(path)
  return path:find "%.tsv$" ~= nil or path:find "%.tab$" ~= nil
end

-- Whether the first line of a table names the columns.
local function has_header(o)
  if o.header ~= nil then
    return o.header
  end
  return type(o.text) == "string" or type(o.label) == "string"
end

-- Texts that were collected, in the vocabulary of the model's data.
local function known_words(box, d)
  local native = box:dataset()
  box:given(native, d:vocabulary(), d.length) -- the network was built for so many
  return native
end

local function new_box(d)
  return native_text.new(d.opts.tokens == "chars")
end

local function place_of(d, info, name, which)
  for i, column in ipairs(info.columns) do
    if column.name == which then
      return i
    end
  end
  local number = math.type(which) == "integer" and which
  local place = number and (number < 0 and #info.columns + 1 + number or number)
  if not place or not info.columns[place] then
    errors.raise(nil, "%s: %s has %s", d.kind, name, number
      and ("%d columns, no column %d"):format(#info.columns, number)
      or ("no column %s in its first line"):format(errors.show(which)))
  end
  return place
end

-- The texts of a table, in the column that the model was trained on.
local function texts_of_table(path, d, o)
  local opts, name = d.opts, rows.name(path)
  local delimiter = opts.delimiter
    or is_tabs(((path or opts.file or opts.train):gsub("%.gz$", ""))) and "\t" or nil
  local box = tables.rows(path, { delimiter = delimiter, comment = "",
    quote = delimiter == "\t" and "" or '"', header = has_header(opts) })
  local info = box:info()
  local label = o.labelled and place_of(d, info, name, opts.label or 1) or nil
  local begin = { features = {}, text = place_of(d, info, name, opts.text or -1),
    target = { label }, target_kind = "category", class_names = label and d.class_names }
  return rows.source({ name = name, box = box, begin = begin,
    most = o.whole and 2 ^ 31 - 1 or rows.chunk(d.batch, d.length),
    make = function()
      local texts = new_box(d)
      if texts:add_rows(box) == 0 then
        return nil
      end
      local native = known_words(texts, d)
      if label then
        box:label(native)
      end
      return native
    end }, o)
end

-- The next lines of a file as texts, at most `most`; why the empty ones are none.
local function next_lines(handle, name, d, most, at)
  local box, leads, none = new_box(d), {}, {}
  while #leads < most do
    local line = handle:read "l"
    if not line then
      break
    end
    line = line:gsub("\r$", "")
    leads[#leads + 1] = line
    if line == "" then
      none[#leads] = "an empty line"
    else
      local ok, why = errors.try(box.add, box, line)
      if not ok then
        errors.raise(nil, "%s:%d: %s", name, at + #leads, errors.message(why))
      end
    end
  end
  local empty = 0
  for _ in pairs(none) do
    empty = empty + 1
  end
  return #leads > empty and known_words(box, d) or nil, leads, none, empty
end

-- Each line is a text.
local function texts_of_lines(path, d, o)
  local handle, why = io.stdin, nil
  if path then
    handle, why = io.open(path, "rb")
  end
  if not handle then
    errors.raise(nil, "%s", why)
  end
  if type(o.keep) == "table" then
    errors.raise(nil, "--keep names columns of a table, and %s has lines; --keep alone keeps them",
      rows.name(path))
  elseif o.labelled then
    errors.raise(nil, "%s: lines of text have no labels: want a table (.csv, .tsv) or a folder of "
      .. "class folders", rows.name(path))
  end
  local name, at, empty = rows.name(path), 0, 0
  local most = o.whole and 2 ^ 31 - 1 or rows.chunk(d.batch, d.length)
  return {
    name = name, lead = o.keep and "text" or nil,
    next = function()
      local native, leads, none, without = next_lines(handle, name, d, most, at)
      if #leads == 0 then
        if at == 0 then
          errors.raise(nil, "%s is empty", name)
        end
        return nil
      end
      at, empty = at + #leads, empty + without
      return { n = #leads, native = native, leads = leads, none = none,
        why = function(i)
          return none[i]
        end }
    end,
    counts = function()
      return { empty = empty > 0 and empty or nil }
    end,
    skipped = function()
      return empty
    end,
    notes = function()
      return { empty > 0 and ("%s: %d empty line%s without an answer"):format(name, empty,
        empty == 1 and "" or "s") or nil }
    end,
    close = function()
      if path then
        handle:close()
      end
    end,
  }
end

local LONGEST = 2 ^ 28 -- bytes of a text

-- Each file of a folder, and of the folders in it, is a text.
local function texts_of_folder(path, d, o)
  if o.keep then
    errors.raise(nil, "--keep names columns of a table, and %s is a folder", path)
  end
  local names = samples.files(path, function()
    return true
  end)
  if #names == 0 then
    errors.raise(nil, "the folder %s is empty", path)
  end
  return samples.of_files { name = rows.name(path), path = path, files = names,
    classes = d.classes, class_of = o.labelled and d.classes and samples.by_folder(d) or nil,
    most = o.whole and #names or rows.chunk(d.batch, d.length),
    make = function(list)
      local box = new_box(d)
      for _, name in ipairs(list) do
        local content, why = file.read(name, LONGEST)
        if not content then
          errors.raise(nil, "%s", why)
        end
        local ok, err = errors.try(box.add, box, content)
        if not ok then
          errors.raise(nil, "%s: %s", name, errors.message(err))
        end
      end
      return known_words(box, d)
    end }
end

-- A source (lrrun.data.samples) of the texts of a file or folder. The standard input is in the form
-- of the file that the model was trained on.
local function texts(path, d, o)
  if d.opts.context then
    errors.raise(nil, "%s: takes no input file where 'context' is given", d.kind)
  elseif path and file.kind(path) == "dir" then
    return texts_of_folder(path, d, o)
  end
  local plain = (path or d.opts.file or d.opts.train or ""):gsub("%.gz$", "")
  if d.kind == "data.text" and (is_tabs(plain) or plain:find "%.csv$") then
    return texts_of_table(path, d, o)
  end
  return texts_of_lines(path, d, o)
end

-- After the split: final ids, and windows where the next token is to be predicted.
local function finish(value, ctx, box)
  local notes = { vocabulary = box }
  function notes.after_split(native)
    local o = value.opts
    if ctx.vocabulary then
      box:given(native, ctx.vocabulary, o.context and 0 or o.length)
    else
      box:vocabulary(native, o.vocab, o.context and 0 or o.length)
    end
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
  if info.classes == 1 then
    errors.raise(value.where, "%s: every text has the label '%s', want 2 or more classes",
      value.kind, info.class_names[1])
  end
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

text.imdb = common.constructor {
  name = "data.imdb",
  doc = catalog.imdb.title .. "; 25,000 of them are the test split",
  source = catalog.imdb.terms,
  keys = { VOCAB, length(256) },
  native = function(self, ctx)
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
    local native, notes = finish(self, ctx, box)
    local names = native:info().class_names
    for i, name in ipairs(names) do
      names[i] = IMDB_CLASSES[name] or name
    end
    native:name_classes(names)
    return native, notes
  end,
  input = texts,
}

local function add_file(value, box, path)
  local o = value.opts
  if o.context and not o.text then
    box:add_lines(path)
    return
  end
  box:add_file { path = path, delimiter = o.delimiter or is_tabs(path) and "\t" or nil,
    header = has_header(o),
    text = o.text or -1, label = not o.context and (o.label or 1) or nil }
end

local TABLE_KEYS = { "text", "label", "header", "delimiter" }

text.text = common.constructor {
  name = "data.text",
  doc = "Texts with classes: a folder of class folders (or of train, val and test with such), "
    .. "or a table with a column of texts and one of labels. With context: the lines of a "
    .. "file, to predict the next token.",
  positional = { "file" },
  keys = {
    { "file", "string", required = true, doc = "a file or folder, beside the recipe or in the "
      .. "data folder" },
    { "tokens", "string", choices = { "words", "chars" }, default = "words",
      doc = "words in lower case and punctuation, or single bytes" },
    VOCAB, length(nil),
    { "text", { "string", "integer" }, doc = "column of the texts, by name or number; the last" },
    { "label", { "string", "integer" }, doc = "column of the labels; the first" },
    { "header", "boolean", doc = "the first line names the columns; so where a name is given" },
    { "delimiter", "string", doc = "one character; a tab in .tsv, else found out" },
    { "context", "integer", min = 1, max = 65536,
      doc = "predict each token from so many before it; the texts need no labels" },
  },
  check = function(o, fail)
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
    local path = find.try(ctx, o.file, "dir")
    local box = native_text.new(o.tokens == "chars")
    for _, key in ipairs(path and TABLE_KEYS or {}) do
      if o[key] ~= nil then
        errors.raise(self.where, "%s: '%s' is for tables, and %s is a folder of classes",
          self.kind, key, o.file)
      end
    end
    if path then
      add_tree(self, box, path)
    else
      add_file(self, box, find.need(self, ctx, o.file))
    end
    return finish(self, ctx, box)
  end,
  input = texts,
}

return text
