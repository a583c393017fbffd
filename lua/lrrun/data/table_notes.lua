--- The lines that are said of a table file before anything is trained, collected while its columns
--- are decided (lrrun.data.columns).
-- Layer: data.

local table_notes = {}

-- Columns named in one line; lines at the beginning that may be a second header.
local NAMED, SECOND = 6, 20

-- At most NAMED of the items, joined.
local function some(items, between)
  local rest = #items - NAMED
  return table.concat(items, between, 1, math.min(#items, NAMED))
    .. (rest > 0 and ("%sand %d more"):format(between, rest) or "")
end

-- Words in one line alone, above numbers in two columns or more: names or units below a title.
local function say_second(info, notes)
  local lines = {}
  for _, column in ipairs(info.header and info.columns or {}) do
    if column.words == 1 and column.numbers > 1 then
      lines[column.word_line] = (lines[column.word_line] or 0) + 1
    end
  end
  for line = 1, SECOND do
    local n = lines[line] or 0
    if n > 1 and line ~= info.again_line then
      notes:add("line %d has words in %d columns of numbers: skip = %d where it holds the names of "
        .. "the columns", line, n, line - 1)
    end
  end
end

-- A header that comes again, as where files were put together.
local function say_again(info, notes)
  if not info.header or info.again_line == 0 then
    return
  end
  notes:add("line %d has the names of the header again, and is a row: take it out of the file",
    info.again_line)
end

local function say_short(info, notes)
  if info.shorts > 0 then
    notes:add("%d row%s before the last column (line %d has %d field%s, want %d): what %s is "
      .. "missing", info.shorts, info.shorts == 1 and " ends" or "s end", info.short_line,
      info.short_fields, info.short_fields == 1 and "" or "s", #info.columns,
      info.shorts == 1 and "it lacks" or "they lack")
  end
end

--- What was found of the file's own form.
function table_notes.say_file(info, notes)
  if info.comment ~= "" then
    notes:add("lines that begin with %s are left out", info.comment)
  end
  if info.renamed > 0 then
    notes:add("%d column name%s twice in the header: the later ones end in .1, .2", info.renamed,
      info.renamed == 1 and " stands" or "s stand")
  end
  if info.trailing > 0 then
    notes:add("%d line%s in a separator too many: the field behind it is left out",
      info.trailing, info.trailing == 1 and " ends" or "s end")
  end
  say_again(info, notes)
  say_second(info, notes)
  say_short(info, notes)
end

--- A collector of the lines that are said of a file.
---@param file string
---@param shows boolean? the file is shown, not trained on: what a recipe may not have is a line
function table_notes.new(file, shows)
  return {
    file = file, shows = shows, lines = {}, empty = {}, categories = {}, missing = {},
    add = function(self, form, ...)
      self.lines[#self.lines + 1] = form:format(...)
    end,
    --- Appends what was said to a list; what is not plain, and is said before training too,
    --- begins at its said_from.
    into = function(self, out)
      if #self.categories > 0 then
        out[#out + 1] = "texts as one input for each: " .. some(self.categories, ", ")
      end
      out.said_from = #out + 1
      if #self.empty > 0 then
        out[#out + 1] = "left out, as nothing is in them: " .. some(self.empty, ", ")
      end
      table.move(self.missing, 1, math.min(#self.missing, NAMED), #out + 1, out)
      if #self.missing > NAMED then
        out[#out + 1] = ("and %d more columns with missing values"):format(#self.missing - NAMED)
      end
      return table.move(self.lines, 1, #self.lines, #out + 1, out)
    end,
  }
end

return table_notes
