--- Rows of a table in their order, some at a time: the source (lrrun.data.samples) of all that is
--- read from files of separated values. Layer: data.
--
-- A pipe is read once and a file of any length in the same memory. Each row keeps its place: one
-- that cannot be used has no answer, and what was met is counted.

local columns = require "lrrun.data.columns"
local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"

local rows = {}

-- Numbers that a chunk has at most, unless a batch has more; rows it has at most.
local NUMBERS, ROWS = 2 ^ 22, 8192

--- Rows of a chunk of samples of `width` numbers: whole batches, so that what the network says
--- does not hang on where a chunk ends.
---@param batch integer
---@param width integer
---@return integer
function rows.chunk(batch, width)
  local most = math.max(1, math.min(ROWS, NUMBERS // math.max(width, 1)))
  return batch * math.max(1, most // batch)
end

--- Why a row has no answer.
rows.WHY = {
  width = "more fields than there are columns",
  infinite = "a number that is not finite",
  dropped = "a value is missing", untargeted = "no target",
  unknown = "a class that the training data have not",
}

--- What the file is called in messages.
---@param path string? nil: the standard input
function rows.name(path)
  return path and path:match "[^/]*$" or "standard input"
end

-- The places of the columns that --keep names: true for all.
local function places(info, keep)
  local out, names = {}, columns.names(info)
  for i = 1, keep == true and #names or 0 do
    out[i] = i
  end
  for _, name in ipairs(type(keep) == "table" and keep or {}) do
    local place
    for i, other in ipairs(names) do
      place = place or other == name and i
    end
    if not place then
      local shown = #names > 20 and table.concat(names, ", ", 1, 20) .. ", ..."
        or table.concat(names, ", ")
      errors.raise(nil, "--keep names no column %s%s", errors.show(name), errors.after_hint(
        errors.hint(name, names), "the input has " .. shown))
    end
    out[#out + 1] = place
  end
  return out
end

-- What stands behind each column that is kept: the file's own delimiter, so that a row stays as
-- it is.
local function separator_of(info, o)
  return o.form == "raw" and info.delimiter ~= " " and info.delimiter or ","
end

--- What was met, in words: parts of a line.
---@param c table of native rows:counts()
---@param fields integer columns that the file has
---@param of table as rows.source takes it
---@return string[]
local function said(c, fields, of)
  local parts, fill = {}, of.fill
  local function add(n, text, ...)
    if n > 0 then
      parts[#parts + 1] = text:format(...)
    end
  end
  add(c.shorts, "%s before the last column (the first in line %d)",
    counted(c.shorts, "row ends", "rows end"), c.short_line)
  add(c.missing, "%s (%sno category is set)", counted(c.missing, "value missing", "values missing"),
    fill and ("numbers become the training %s, "):format(fill) or "")
  add(c.unfit, "of these %s where numbers or dates are wanted", counted(c.unfit, "text"))
  add(c.unseen, "%s that the training data have not ('%s'; no category is set)",
    counted(c.unseen, "text"), c.unseen_word)
  add(c.dropped, "%s left out, as a value is missing (the first in line %d)",
    counted(c.dropped, "row"), c.dropped_line)
  add(c.untargeted, "%s without a target left out (the first in line %d)",
    counted(c.untargeted, "row"), c.untargeted_line)
  add(c.unknown, "%s left out, of a class that the training data have not (the first in line %d: "
    .. "'%s'%s)", counted(c.unknown, "row"), c.unknown_line, c.unknown_word,
    of.about_class and of.about_class(c.unknown_word) or "")
  add(c.width, "%s of too many fields left out (line %d has %d, want %d)",
    counted(c.width, "row"), c.width_line, c.fields, fields)
  add(c.infinite, "%s with a number that is not finite left out (the first in line %d)",
    counted(c.infinite, "row"), c.infinite_line)
  return parts
end

local COUNTED = { "missing", "shorts", "unfit", "unseen", "dropped", "untargeted", "unknown",
  "width", "infinite" }

local function skipped(box)
  local c, n = box:counts(), 0
  for state in pairs(rows.WHY) do
    n = n + c[state]
  end
  return n
end

local function kept_names(info, list)
  local names, out = columns.names(info), {}
  for i, place in ipairs(list) do
    out[i] = names[place]
  end
  return out
end

--- A source of the rows of an open file.
-- of: { name, box (native rows), begin (what box:begin takes, without what is kept), most (rows of
-- a chunk), make(native or nil) -> native data set of a chunk, check(box), fill (what missing
-- numbers become), about_class(word) (more to say of one that is unknown), also (more to say of the
-- file) }; o: keep, form
---@param of table
---@param o table
function rows.source(of, o)
  local box, info, begin = of.box, of.box:info(), of.begin
  begin.keep, begin.form, begin.separator = places(info, o.keep), o.form, separator_of(info, o)
  box:begin(begin)
  return {
    name = of.name, rows = box,
    kept = { names = kept_names(info, begin.keep), separator = begin.separator,
      quote = info.quote },
    next = function()
      local n, native = box:next(of.most)
      if n == 0 then
        return nil
      end
      if of.check then
        of.check(box)
      end
      return { n = n, rows = box, native = of.make and of.make(native) or native,
        why = function(i)
          return rows.WHY[box:state(i)]
        end }
    end,
    counts = function()
      local c, out = box:counts(), {}
      for _, key in ipairs(COUNTED) do
        out[key] = c[key] > 0 and c[key] or nil
      end
      return out
    end,
    skipped = function()
      return skipped(box)
    end,
    notes = function()
      local parts = said(box:counts(), #info.columns, of)
      parts[#parts + 1] = of.also
      return #parts > 0 and { of.name .. ": " .. table.concat(parts, ", ") } or {}
    end,
    close = function()
      box:close()
    end,
  }
end

return rows
