--- A Lua text in colours, as HTML: words of the language, texts, numbers, comments and what is
--- called. Any text is taken, also one that is no Lua. Layer: page.

local escape = require "lrrun.page.escape"

local WORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do
  WORDS[word] = true
end

-- The end of a long bracket that begins at `at`, or nil where none does.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if not level then
    return nil
  end
  local _, last = text:find("]" .. level .. "]", at, true)
  return last or #text
end

local function quoted_end(text, at)
  local quote, i = text:sub(at, at), at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      i = i + 1
    elseif c == quote or c == "\n" then
      return i
    end
    i = i + 1
  end
  return #text
end

local function number_end(text, at)
  local _, last = text:find("^0[xX][%x.]+[pP]?[+-]?%d*", at)
  return last or select(2, text:find("^%d*%.?%d*[eE][+-]?%d+", at))
    or select(2, text:find("^%d*%.%d+", at)) or select(2, text:find("^%d+", at))
end

-- The class of what begins at `at`, and where it ends; nil where nothing is coloured.
local function token(text, at)
  if text:find("^%-%-", at) then
    return "r", long_end(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  elseif text:find("^[\"']", at) then
    return "t", quoted_end(text, at)
  elseif text:find("^%[=*%[", at) then
    return "t", long_end(text, at)
  elseif text:find("^%d", at) or text:find("^%.%d", at) then
    return "n", number_end(text, at)
  end
end

local function word(text, at)
  local _, last = text:find("^[%a_][%w_]*", at)
  if not last then
    return nil
  elseif WORDS[text:sub(at, last)] then
    return "k", last
  end
  return text:find("^%s*[({\"']", last + 1) and "f" or "", last
end

--- The text as HTML; each piece is escaped by itself.
---@param text string
---@return string
return function(text)
  local out, at = {}, 1
  while at <= #text do
    local class, last = token(text, at)
    if not class then
      class, last = word(text, at)
    end
    if not class then
      class, last = "", select(2, text:find("^[^%w_\"'%[%-.]+", at)) or at
    end
    local piece = escape(text:sub(at, last))
    out[#out + 1] = class == "" and piece or ('<span class="%s">%s</span>'):format(class, piece)
    at = last + 1
  end
  return table.concat(out)
end
