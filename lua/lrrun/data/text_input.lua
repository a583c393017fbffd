--- Texts of an input file or folder for a model that is trained, in the vocabulary of its data.
--- Layer: data.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local lm = require "lrrun.data.lm"
local native_text = require "lrrun.native.text"
local rows = require "lrrun.data.rows"
local samples = require "lrrun.data.samples"
local tables = require "lrrun.native.table"

local text_input = {}

--- Whether a file is of fields that tabs separate, by its name.
function text_input.is_tabs(path)
  path = path:gsub("%.gz$", "")
  return path:find "%.tsv$" ~= nil or path:find "%.tab$" ~= nil
end

--- Whether the first line of a table names the columns.
function text_input.has_header(o)
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
      and ("%s, no column %d"):format(counted(#info.columns, "column"), number)
      or ("no column %s in its first line"):format(errors.show(which)))
  end
  return place
end

-- The texts of a table, in the column that the model was trained on.
local function texts_of_table(path, d, o)
  local opts, name = d.opts, rows.name(path)
  local delimiter = opts.delimiter
    or text_input.is_tabs(((path or opts.file or opts.train):gsub("%.gz$", ""))) and "\t" or nil
  local box = tables.rows(path, { delimiter = delimiter, comment = "",
    quote = delimiter == "\t" and "" or '"', header = text_input.has_header(opts) })
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
local function next_lines(lines, name, d, most, at)
  local box, leads, none = new_box(d), {}, {}
  while #leads < most do
    local line = lines:next()
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
  if type(o.keep) == "table" then
    errors.raise(nil, "--keep names columns of a table, and %s has lines; --keep alone keeps them",
      rows.name(path))
  elseif o.labelled then
    errors.raise(nil, "%s: lines of text have no labels: want a table (.csv, .tsv) or a folder of "
      .. "class folders", rows.name(path))
  end
  local lines, name, at, empty = native_text.lines(path), rows.name(path), 0, 0
  local most = o.whole and 2 ^ 31 - 1 or rows.chunk(d.batch, d.length)
  return {
    name = name, lead = o.keep and "text" or nil,
    next = function()
      local native, leads, none, without = next_lines(lines, name, d, most, at)
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
      lines:close()
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

-- The tags of a file as the model's classes.
local function place_tags(native, d, name)
  local places = {}
  for i, tag in ipairs(native:info().class_names) do
    for place, known in ipairs(d.class_names) do
      places[i] = known == tag and place - 1 or places[i]
    end
    if not places[i] then
      errors.raise(nil, "%s: the model has no tag %s; it has %s", name, errors.show(tag),
        table.concat(d.class_names, ", ", 1, math.min(#d.class_names, 12)))
    end
  end
  native:place_classes(places, d.classes)
end

-- What there is to say of sentences that are longer than the network was built for.
local function cut_of(sentences, most, name)
  local n, tokens = 0, 0
  for _, sentence in ipairs(sentences) do
    n = n + (#sentence > most and 1 or 0)
    tokens = tokens + math.max(#sentence - most, 0)
  end
  return n > 0 and ("%s: %d token%s behind the first %d of %d sentence%s left out: the network was "
    .. "built for the training's longest"):format(name, tokens, tokens == 1 and "" or "s", most, n,
    n == 1 and "" or "s") or nil
end

-- Sentences, a token on each line; labelled: with its tag.
local function tagged(path, d, o)
  if not path or file.kind(path) ~= "file" then
    errors.raise(nil, "%s: want a file with a token on each line, and empty lines between "
      .. "sentences", d.kind)
  elseif o.keep then
    errors.raise(nil, "--keep names columns of a table, and %s has tokens", rows.name(path))
  end
  local box, name = new_box(d), rows.name(path)
  box:add_tagged(path, "train", o.labelled or false)
  local native = box:dataset()
  local tokens = box:tokens(native)
  box:given(native, d:vocabulary(), d.length)
  if o.labelled then
    place_tags(native, d, name)
  end
  return samples.whole(name, native, { cut_of(tokens, d.length, name) }, nil, tokens)
end

--- A source (lrrun.data.samples) of the texts of a file or folder. The standard input is in the
--- form of the file that the model was trained on.
function text_input.samples(path, d, o)
  if d.next then
    return lm.input(path, d, o)
  elseif d.opts.task == "tags" then
    return tagged(path, d, o)
  elseif d.opts.context then
    errors.raise(nil, "%s: takes no input file where 'context' is given", d.kind)
  elseif path and file.kind(path) == "dir" then
    return texts_of_folder(path, d, o)
  end
  local plain = (path or d.opts.file or d.opts.train or ""):gsub("%.gz$", "")
  if d.kind == "data.text" and (text_input.is_tabs(plain) or plain:find "%.csv$") then
    return texts_of_table(path, d, o)
  end
  return texts_of_lines(path, d, o)
end

return text_input
