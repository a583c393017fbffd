-- Files for specs: a folder of their own, and bytes that other programs would write.

local file = require "lrrun.native.file"
local temporary = require "support.temporary"

local files = {}

--- A new empty folder, gone at the end; files.write puts files below it.
files.folder = temporary.folder

--- Writes bytes to folder/name (name may have folders in it); returns the path.
function files.write(folder, name, bytes)
  local path = folder
  for part in name:gmatch "([^/]+)/" do
    path = path .. "/" .. part
    file.mkdir(path)
  end
  path = folder .. "/" .. name
  local f <close> = assert(io.open(path, "wb"))
  f:write(bytes)
  return path
end

-- CRC-32 of gzip and PNG, bit by bit.
function files.crc32(s)
  local c = 0xffffffff
  for i = 1, #s do
    c = c ~ s:byte(i)
    for _ = 1, 8 do
      c = c & 1 == 1 and c >> 1 ~ 0xedb88320 or c >> 1
    end
  end
  return c ~ 0xffffffff
end

-- One stored block of deflate; s is short.
local function stored(s)
  return "\1" .. string.pack("<I2I2", #s, #s ~ 0xffff) .. s
end

function files.gzip(s)
  return "\x1f\x8b\8\0\0\0\0\0\0\3" .. stored(s) .. string.pack("<I4I4", files.crc32(s), #s)
end

local function adler32(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + s:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b << 16 | a
end

local function chunk(kind, body)
  return string.pack(">I4", #body) .. kind .. body
    .. string.pack(">I4", files.crc32(kind .. body))
end

--- A PNG of w x h pixels; pixels is a string of h * w * channels numbers of 8 bits or `bits`.
function files.png(w, h, channels, pixels, bits)
  local rows, width = {}, w * channels * (bits or 8) // 8
  for y = 1, h do
    rows[y] = "\0" .. pixels:sub((y - 1) * width + 1, y * width)
  end
  local raw = table.concat(rows)
  local data = "\x78\1" .. stored(raw) .. string.pack(">I4", adler32(raw))
  return "\x89PNG\r\n\26\n" .. chunk("IHDR",
    string.pack(">I4I4BBBBB", w, h, bits or 8, channels == 3 and 2 or 0, 0, 0, 0))
    .. chunk("IDAT", data) .. chunk("IEND", "")
end

--- An IDX file: type code, sizes, payload.
function files.idx(kind, sizes, payload)
  local head = string.pack("BBBB", 0, 0, kind, #sizes)
  for _, size in ipairs(sizes) do
    head = head .. string.pack(">I4", size)
  end
  return head .. payload
end

--- A .npy file of version 1.
function files.npy(descr, shape, payload, order)
  local head = ("{'descr': '%s', 'fortran_order': %s, 'shape': (%s,), }"):format(descr,
    order or "False", table.concat(shape, ", "))
  head = head .. (" "):rep(63 - (10 + #head) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<I2", #head) .. head .. payload
end

--- An archive of { name, bytes, deflated = true, method = number, size = what it says } parts;
-- change: what is made of the directory.
function files.zip(list, change)
  local out, directory, at = {}, {}, 0
  for i, part in ipairs(list) do
    local name, bytes = part[1], part[2]
    local packed = part.deflated and stored(bytes) or bytes
    local method = part.method or part.deflated and 8 or 0
    local sizes = string.pack("<I4I4I4", part.crc or files.crc32(bytes), #packed,
      part.size or #bytes)
    local head = string.pack("<I2I2I2I2I2", 20, part.flags or 0, method, 0, 33)
    local here = "PK\3\4" .. head .. sizes .. string.pack("<I2I2", #name, 0) .. name .. packed
    directory[i] = "PK\1\2" .. string.pack("<I2", 20) .. head .. sizes
      .. string.pack("<I2I2I2I2I2I4I4", #name, 0, 0, 0, 0, 0, part.at or at) .. name
    out[i], at = here, at + #here
  end
  local all = table.concat(directory)
  all = change and change(all) or all
  return table.concat(out) .. all .. "PK\5\6" .. string.pack("<I2I2I2I2I4I4I2", 0, 0, #list, #list,
    #all, at, 0)
end

--- The bytes of hexadecimal digits.
function files.unhex(s)
  return (s:gsub("%s", ""):gsub("%x%x", function(h)
    return string.char(tonumber(h, 16))
  end))
end

--- The message of a call that has to raise.
function files.failure(f, ...)
  local ok, message = pcall(f, ...)
  assert(not ok, "no error was raised")
  return tostring(message)
end

return files
