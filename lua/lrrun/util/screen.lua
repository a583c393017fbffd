--- The one place where a text that comes from a recipe, a file or a name is made fit to be
--- shown: on a terminal, in a log, a table, a report, a picture, a message.
--
-- What a viewer could take for something else is written out ("\x1b", "\u{202e}"; base/text.h
-- says what). cli/output.lua does so with all that it prints, errors.show with values in
-- messages; JSON has its own form of the same (record/json.lua). Widths are columns on a
-- terminal: string.format counts bytes and takes no width above 99. Layer: util.

local native = require "lrrun.native.screen"

local screen = {}

local escape, fit, columns = native.escape, native.fit, native.columns
local find, rep = string.find, string.rep

local ELLIPSIS = "..."

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
