--- The one place where a text that comes from a recipe, a file or a name is made fit to be
--- shown: on a terminal, in a log, a table, a report, a picture, a message.
--
-- What a viewer could take for something else is written out ("\x1b", "\u{202e}"; base/text.h
-- says what). cli/output.lua does so with all that it prints, errors.show with values in
-- messages; JSON has its own form of the same (record/json.lua). Widths are columns on a
-- terminal: string.format counts bytes and takes no width above 99. Layer: util.

local native = require "lrrun.native.screen"
local sys = require "lrrun.native.sys"

local screen = {}

local escape, fit, columns = native.escape, native.fit, native.columns
local find, gsub, gmatch = string.find, string.gsub, string.gmatch
local match, rep = string.match, string.rep

local ELLIPSIS = "..."
local STDOUT = 1
local PLAIN, LEAST, MOST = 80, 20, 10000 -- columns: where there is no terminal; taken of COLUMNS
local HANGS = 24 -- columns within which a line's first gap is that behind its head
local COLOR = "\27%[%d*m"

--- Columns that lines may take where `fd` goes (default: stdout): what COLUMNS of the environment
--- says, else the terminal's, 80 where there is none.
---@param fd integer?
---@return integer
function screen.width(fd)
  local said = tonumber(match(sys.env "COLUMNS" or "", "^%d+$"))
  if said and said >= LEAST and said <= MOST then
    return math.tointeger(said)
  end
  return sys.width(fd or STDOUT) or PLAIN
end

--- A name or any text that has to stay in its line.
---@param text string
---@return string
function screen.line(text)
  return escape(text, "line")
end

--- A text whose newlines and tabs stay.
---@param text string
---@return string
function screen.lines(text)
  return escape(text, "lines")
end

--- Columns that a text takes as screen.line gives it.
---@param text string
---@return integer
function screen.columns(text)
  return find(text, "^[ -~]*$") and #text or columns(text)
end

--- A text of one line in at most `most` columns: a longer one ends in "...".
---@param text string
---@param most integer
---@return string
function screen.cut(text, most)
  text = screen.line(text)
  if screen.columns(text) <= most then
    return text
  end
  return (fit(text, math.max(most - #ELLIPSIS, 0))) .. ELLIPSIS
end

--- Columns of the widest of f(item) for all items, at least `least`, at most `most`.
---@param items any[]
---@param f fun(item: any): string
---@param least integer
---@param most integer?
---@return integer
function screen.widest(items, f, least, most)
  local width = least
  for _, item in ipairs(items) do
    width = math.max(width, screen.columns(f(item)))
  end
  return math.min(width, most or width)
end

-- Where a line that is folded goes on: below what stands behind its head and a gap, as in
-- "memory  64 KiB: data ...", else two columns in.
local function hang_of(line, width)
  local indent, head, gap = match(line, "^( *)(%S.-)(  +)%S")
  local at = head and #indent + screen.columns(head) + #gap
  if at and at <= math.min(HANGS, width // 2) and not find(head, "[.:;,]$") then
    return at
  end
  return math.min(#match(line, "^ *") + 2, width // 2)
end

local function fold_line(text, width)
  if #text <= width then
    return text
  end
  local plain = gsub(text, COLOR, "")
  if #plain <= width or screen.columns(plain) <= width then
    return text
  end
  local hang = rep(" ", hang_of(plain, width))
  local out, line, taken = {}, "", 0
  for gap, word in gmatch(text, "( *)([^ ]+)") do
    local wide = screen.columns((gsub(word, COLOR, "")))
    if taken > 0 and taken + #gap + wide > width and wide <= width - #hang then
      out[#out + 1] = line
      line, taken = hang .. word, #hang + wide
    else
      line, taken = line .. gap .. word, taken + #gap + wide
    end
  end
  out[#out + 1] = line
  return table.concat(out, "\n")
end

--- Lines of words as lines of at most `width` columns, cut at spaces; a word that is longer alone
--- stays whole. Colours (\27[1m) take no columns.
---@param text string as it is shown
---@param width integer
---@return string
function screen.fold(text, width)
  if #text <= width then
    return text
  end
  local out = {}
  for line in gmatch(text .. "\n", "([^\n]*)\n") do
    out[#out + 1] = fold_line(line, width)
  end
  return table.concat(out, "\n")
end

--- A text of one line in at least `least` columns, filled with spaces behind it; on its left
--- where `right` is true. Above `most` columns it is cut.
---@param text any
---@param least integer
---@param most integer?
---@param right boolean?
---@return string
function screen.pad(text, least, most, right)
  text = most and screen.cut(tostring(text), most) or screen.line(tostring(text))
  local room = rep(" ", least - screen.columns(text))
  return right and room .. text or text .. room
end

return screen
