--- JSON text, written the same way every time and read strictly.
--
-- Reading is jansson's (bind_record.c says why): duplicate keys, bad UTF-8, numbers that
-- do not fit and nesting beyond 64 raise. Writing is here because no existing library
-- that is at hand writes what JSON cannot hold (NaN, inf) as null and doubles as the
-- shortest text that reads back exactly, with keys in a fixed order.
-- Layer: record.

local native = require "lrrun.native.record"
local escape = require("lrrun.native.screen").escape
local sorted = require "lrrun.util.sorted"

local json = {
  --- null inside a list, after reading; when writing, null anywhere.
  null = native.null,
}

local Array = { __name = "json.array" }

--- Marks a table as a list, so that an empty one is written as [].
---@param t table
function json.array(t)
  return setmetatable(t, Array)
end

-- What misleads a terminal or a reader is written as \u....; a file name may be in any encoding.
local function quote(text)
  return '"' .. escape(text, "json") .. '"'
end

--- A number as JSON: the shortest text that reads back as the same double; null for what
--- JSON cannot hold.
---@param x number
---@return string
function json.number(x)
  if math.type(x) == "integer" then
    return ("%d"):format(x)
  elseif x ~= x or x == math.huge or x == -math.huge then
    return "null"
  end
  for precision = 15, 17 do
    local text = ("%%.%dg"):format(precision):format(x)
    if tonumber(text) == x then
      return text:find "[.e]" and text or text .. ".0"
    end
  end
end

local write

local function write_items(out, opening, closing, count, state, item)
  local pad = state.indent and "\n" .. ("  "):rep(state.depth + 1) or ""
  out[#out + 1] = opening
  state.depth = state.depth + 1
  if state.depth > 64 then
    error("JSON: nested more than 64 deep", 0)
  end
  for i = 1, count do
    out[#out + 1] = (i > 1 and "," or "") .. pad
    item(i)
  end
  state.depth = state.depth - 1
  if count > 0 and state.indent then
    out[#out + 1] = "\n" .. ("  "):rep(state.depth)
  end
  out[#out + 1] = closing
end

local function write_table(out, t, state)
  if getmetatable(t) == Array or #t > 0 then
    write_items(out, "[", "]", #t, state, function(i)
      write(out, t[i], state)
    end)
    return
  end
  local keys = sorted.keys(t, state.first)
  local colon = state.indent and ": " or ":"
  write_items(out, "{", "}", #keys, state, function(i)
    out[#out + 1] = quote(tostring(keys[i])) .. colon
    write(out, t[keys[i]], state)
  end)
end

write = function(out, value, state)
  local kind = type(value)
  if kind == "table" then
    write_table(out, value, state)
  elseif kind == "string" then
    out[#out + 1] = quote(value)
  elseif kind == "number" then
    out[#out + 1] = json.number(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif value == nil or value == json.null then
    out[#out + 1] = "null"
  else
    error(("JSON: a %s cannot be written"):format(kind), 0)
  end
end

--- `value` as JSON. A table with items 1..n is a list, any other an object with its keys
--- in bytewise order, those of options.first before.
---@param value any
---@param options {indent: boolean?, first: string[]?}?
---@return string
function json.encode(value, options)
  local out = {}
  local state = {
    indent = options and options.indent, first = options and options.first, depth = 0,
  }
  write(out, value, state)
  return table.concat(out)
end

--- The value of a JSON text; raises "line 3, column 5: ..." when it is none.
---@param text string
function json.decode(text)
  return native.json_decode(text)
end

return json
