--- Drafts for texts: classes of texts (a folder for each class, or a table of a class and a text),
--- and a model of language that writes like a text. Layer: draft.

local catalog = require "lrrun.data.catalog"
local code = require "lrrun.draft.code"
local counted = require "lrrun.util.counted"
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local outputs = require "lrrun.draft.outputs"

local texts = {}

-- Samples from which on a network of words has something to learn from; tokens of a sample.
local LENGTH, VOCAB = 200, 10000
-- Lines of less than this on the mean, and so many of them, are a list of words.
local SHORT_LINE, MANY_LINES = 40, 200
-- Files from which on some of them validate: whole ones do.
local FILES_VALIDATED = 10
-- Bytes of a text that are looked at, and of one that is short.
local HEAD, SHORT_TEXT = 1 << 20, 20000

local function beside(subject)
  return subject.folder and " -- beside this file, or in the folder of --data"
    or " -- beside this file"
end

-- What drafts of classes of texts have in common. keys: of data.text, or of data[set]; about: its
-- first sentence
local function classes(subject, keys, lines, about, set)
  set = set or "text"
  local d = data[set](keys):open { seed = 1, recipe_dir = subject.root }
  local n = d.n
  local epochs = n < 1000 and 20 or n < 10000 and 10 or 5
  local out = { ("  data = data.%s {"):format(set) }
  table.move(lines, 1, #lines, 2, out)
  local function add(fmt, ...)
    out[#out + 1] = fmt:format(...)
  end
  add("    vocab = %d, -- the most frequent words of the training texts", VOCAB)
  add("    length = %d, -- words of a text that are read", LENGTH)
  add("    batch = %d,", keys.batch)
  if keys.val then
    add "    val = 0.2, -- share of the texts that is not trained on, and tells how good it is"
  end
  add "  },"
  return { data = out, model = {
      "  -- A vector for each word, their mean, and what that says of the class. nn.lstm {",
      "  -- 64, sequences = true } before the mean reads words in their order, more slowly.",
      "  model = nn.sequential {", "    nn.embedding { 32, padding = 0 },",
      "    nn.global_avgpool(),", "    nn.dropout(0.3),", outputs.last(d), "  }," },
    loss = outputs.loss(d), metrics = outputs.metrics(d), lr = "1e-2", epochs = epochs,
    patience = keys.val and 4 or nil,
    about = ("%s, %s (%s)."):format(about, code.count(d.classes, "class"),
      code.names(d.class_names, 6)),
    said = { ("%stexts of %s: %s; a model of language wants task = \"lm\" in the recipe's data")
      :format(set == "text" and "" or "data." .. set .. ": ", code.count(d.classes, "class"),
        code.names(d.class_names, 6)) },
    facts = { kind = set == "text" and "texts" or set, samples = n, classes = d.classes,
      batch = keys.batch, epochs = epochs } }
end

--- A folder with a folder of texts for each class.
---@param subject table
---@param has_val boolean a folder of its own validates
---@param set string? "imdb": its files are those of data.imdb
function texts.of_folder(subject, has_val, set)
  if set and subject.name == catalog[set].folder then
    return classes(subject, { batch = 32, val = 0.2, vocab = VOCAB, length = LENGTH },
      { ("    -- Its files are in %s,%s."):format(subject.name, (beside(subject):sub(4))) },
      ("%s is data.%s"):format(code.name(subject.name), set), set)
  end
  return classes(subject, { subject.name, batch = 32, val = not has_val and 0.2 or nil,
    vocab = VOCAB, length = LENGTH }, { ("    %s,%s"):format(code.text(subject.name),
      beside(subject)) }, code.name(subject.name) .. " has a folder of texts for each class")
end

--- A table of which a column holds texts and another classes.
---@param columns { text: string|integer, label: string|integer }
---@param header boolean
function texts.of_table(subject, columns, header)
  local lines = { ("    %s,%s"):format(code.text(subject.name), beside(subject)),
    ("    text = %s, label = %s, -- columns of the texts and of their classes (guessed)"):format(
      code.value(columns.text), code.value(columns.label)) }
  if header then
    lines[3] = "    header = true,"
  end
  return classes(subject, { subject.name, text = columns.text, label = columns.label,
    header = header or nil, batch = 32, val = 0.2, vocab = VOCAB, length = LENGTH }, lines,
    ("%s has a text and a class in each line"):format(code.name(subject.name)))
end

-- Whether a text is a list of words or names, a document each.
local function is_list(path)
  if file.kind(path) ~= "file" then
    return false
  end
  local from <close> = file.open(path)
  local head = from:read(0, math.min(from:size(), HEAD))
  local _, lines = head:gsub("\n", "")
  return lines >= MANY_LINES and #head / lines < SHORT_LINE
end

-- The lines of data = data.text { ... } for a model of language.
local function language_lines(subject, context, list, val)
  local out = { "  data = data.text {", ("    %s,%s"):format(code.text(subject.name),
    beside(subject)), "    task = \"lm\", -- the next character is learnt, from those before it" }
  if list then
    out[#out + 1] = "    document = \"\\n\", mix = true, -- each line is a text by itself (guessed)"
  end
  out[#out + 1] = ("    context = %d, -- characters that are looked back at"):format(context)
  out[#out + 1] = "    batch = 16,"
  if val then
    out[#out + 1] = "    val = 0.1, -- share of the text that is not trained on"
  end
  out[#out + 1] = "  },"
  return out
end

--- A text, or a folder of texts: what writes like it, letter by letter.
---@param subject table
---@param size integer bytes in all
---@param files integer
function texts.of_language(subject, size, files)
  local list = is_list(subject.path)
  local context = size < SHORT_TEXT and 16 or list and 32 or 64
  local val = (files == 1 or files >= FILES_VALIDATED) and 0.1 or nil
  local d = data.text { subject.name, task = "lm", context = context, val = val, batch = 16,
    document = list and "\n" or nil, mix = list or nil }:open { seed = 1,
    recipe_dir = subject.root }
  local steps = size < SHORT_TEXT and 300 or 1000
  return { data = language_lines(subject, context, list, val),
    model = { "  -- A small transformer; deeper and wider ones write better, "
      .. "and take longer.", "  model = nn.sequential {",
      "    nn.embedding(64), nn.positions(),",
      "    nn.transformer { 2, heads = 4, causal = true, dropout = 0.1 },",
      "    nn.linear(\"vocab\"), -- an output for each character", "  }," },
    loss = { "  loss = nn.cross_entropy()," }, lr = "3e-3", steps = steps, writes = true,
    about = ("%s is a text of %s with %s; the model learns to write "
      .. "like it."):format(code.name(subject.name), counted(size, "byte"),
      counted(d.vocab or 0, "different character")),
    said = { ("a model of language: it learns to write like %s, letter by letter%s"):format(
      code.name(subject.name), list and ", line by line (document = \"\\n\" says so)" or "") },
    facts = { kind = "language", bytes = size, context = context, steps = steps } }
end

return texts
