--- Protocol Buffers as bytes: fields of messages, written and read by number.
--
-- Source: https://protobuf.dev/programming-guides/encoding. Only what ONNX's messages need:
-- varints, 32 bits, and bytes (texts, messages, packed lists). A message is written as a list of
-- parts, texts and tensors, so that numbers of any size go from their tensor to the file; it is
-- read from a window on the file, and of long fields the place alone is given. Debian has no
-- library for Lua or small one for C that does this without generated code. Layer: record.

local file = require "lrrun.native.file"

local protobuf = {}

local VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
local BYTES_OF = { F32 = 4, F64 = 8, I32 = 4, U8 = 1 }
local WINDOW = 1 << 16
local LONGEST = 10 -- bytes of a varint

--- The bytes of a whole number; a negative one takes ten.
---@param n integer
---@return string
function protobuf.varint(n)
  local parts = {}
  while n > 0x7f or n < 0 do -- the shift is unsigned
    parts[#parts + 1] = string.char(n & 0x7f | 0x80)
    n = n >> 7
  end
  parts[#parts + 1] = string.char(n)
  return table.concat(parts)
end

local varint = protobuf.varint

local Message = {}
Message.__index = Message

--- An empty message.
function protobuf.message()
  return setmetatable({ parts = {}, size = 0 }, Message)
end

local function add(self, part, size)
  self.parts[#self.parts + 1] = part
  self.size = self.size + size
  return self
end

local function key(number, wire)
  return varint(number << 3 | wire)
end

--- Field `number`: a whole number.
function Message:int(number, value)
  local bytes = key(number, VARINT) .. varint(value)
  return add(self, bytes, #bytes)
end

--- A number of 32 bits.
function Message:float(number, value)
  local bytes = key(number, FIXED32) .. string.pack("<f", value)
  return add(self, bytes, #bytes)
end

--- A text; nothing where it is nil.
function Message:text(number, value)
  if value then
    local bytes = key(number, BYTES) .. varint(#value) .. value
    add(self, bytes, #bytes)
  end
  return self
end

--- A list of whole numbers, packed.
function Message:ints(number, list)
  local parts = {}
  for i, value in ipairs(list) do
    parts[i] = varint(value)
  end
  return self:text(number, table.concat(parts))
end

--- Another message.
function Message:message(number, other)
  local bytes = key(number, BYTES) .. varint(other.size)
  add(self, bytes, #bytes)
  table.move(other.parts, 1, #other.parts, #self.parts + 1, self.parts)
  self.size = self.size + other.size
  return self
end

--- The numbers of tensors, one behind the other, as bytes.
---@param number integer
---@param list lrrun.tensor[]
function Message:tensors(number, list)
  local size = 0
  for _, t in ipairs(list) do
    size = size + #t * BYTES_OF[file.type(t)]
  end
  local bytes = key(number, BYTES) .. varint(size)
  add(self, bytes, #bytes)
  for _, t in ipairs(list) do
    add(self, t, 0)
  end
  self.size = self.size + size
  return self
end

--- Hands the bytes to f(text or tensor), short texts joined.
---@param f fun(part: string|lrrun.tensor)
function Message:each(f)
  local texts, size = {}, 0
  local function flush()
    if size > 0 then
      f(table.concat(texts))
      texts, size = {}, 0
    end
  end
  for _, part in ipairs(self.parts) do
    if type(part) == "string" then
      texts[#texts + 1], size = part, size + #part
    end
    if type(part) ~= "string" or size > WINDOW then
      flush()
    end
    if type(part) ~= "string" then
      f(part)
    end
  end
  flush()
end

local Reader = {}
Reader.__index = Reader

--- A reader of an open file's bytes (native file.open), or of a text's.
---@param input userdata|string
---@param name string for messages
function protobuf.reader(input, name)
  local is_text = type(input) == "string"
  return setmetatable({ input = input, name = name, at = 0, window = is_text and input or "",
    size = is_text and #input or input:size() }, Reader)
end

function Reader:fail(fmt, ...)
  error(("%s: %s"):format(self.name, fmt:format(...)), 0)
end

--- n bytes at `at`.
---@param at integer
---@param n integer
---@return string
function Reader:bytes(at, n)
  local from = at - self.at
  if from >= 0 and from + n <= #self.window then
    return self.window:sub(from + 1, from + n)
  elseif at < 0 or n < 0 or at + n > self.size then
    self:fail("ends within a field, at byte %d", self.size)
  end
  self.at = at
  self.window = assert(self.input:read(at, math.min(math.max(n, WINDOW), self.size - at)))
  return self.window:sub(1, n)
end

-- A whole number at `at`, and where the next byte is.
local function read_varint(self, at, to)
  local bytes, value = self:bytes(at, math.min(LONGEST, to - at)), 0
  for i = 1, #bytes do
    local byte = bytes:byte(i)
    value = value | (byte & 0x7f) << (7 * (i - 1))
    if byte < 0x80 then
      return value, at + i
    end
  end
  self:fail("has no whole number at byte %d", at)
end

--- The fields of the message between two bytes: f(number, value, n). Of a varint value is the
--- number, of 32 bits the number as a float; of bytes value is where they begin, and n how many.
---@param from integer
---@param to integer
---@param f fun(number: integer, value: any, n: integer?)
function Reader:fields(from, to, f)
  while from < to do
    local tag, at = read_varint(self, from, to)
    local number, wire, value, n = tag >> 3, tag & 7, nil, nil
    if number == 0 then
      self:fail("has a field without a number at byte %d", from)
    elseif wire == VARINT then
      value, at = read_varint(self, at, to)
    elseif wire == FIXED32 then
      value, at = string.unpack("<f", self:bytes(at, 4)), at + 4
    elseif wire == FIXED64 then
      value, at = string.unpack("<d", self:bytes(at, 8)), at + 8
    elseif wire == BYTES then
      n, value = read_varint(self, at, to)
      at = value + n
    else
      self:fail("has a field of unknown kind %d at byte %d", wire, from)
    end
    if at > to or n and n < 0 then
      self:fail("has a field at byte %d that is longer than what it is in", from)
    end
    f(number, value, n)
    from = at
  end
end

--- The packed whole numbers among n bytes at `at`.
---@return integer[]
function Reader:ints(at, n)
  local out, to = {}, at + n
  while at < to do
    out[#out + 1], at = read_varint(self, at, to)
  end
  return out
end

return protobuf
