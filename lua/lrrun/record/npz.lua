--- Tensors as an archive of NumPy's: a zip of .npy files, stored as they are, for numpy.load.
--
-- Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (version 1.0);
-- zip: PKWARE's APPNOTE 6.3.10, local headers with sizes and CRC, then the directory; sizes of 4 GB
-- and more are ZIP64's and are refused. The time of each file is 1980-01-01: the same tensors give
-- the same bytes. Layer: record.

local file = require "lrrun.native.file"
local record = require "lrrun.native.record"
local sorted = require "lrrun.util.sorted"

local npz = {}

local TYPES = { F32 = { "<f4", 4 }, F64 = { "<f8", 8 }, I32 = { "<i4", 4 }, U8 = { "|u1", 1 } }
local MOST = (1 << 32) - 1
local DATE = 1 << 5 | 1 -- 1980-01-01

-- The header of one array, padded so that its numbers begin at a multiple of 64.
local function header_of(shape, descr)
  local sizes = table.concat(shape, ", ") .. (#shape == 1 and "," or "")
  local text = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }"):format(descr, sizes)
  text = text .. (" "):rep(-(#text + 11) % 64) .. "\n"
  return "\x93NUMPY\1\0" .. string.pack("<s2", text)
end

-- What a local header and a line of the directory have in common.
local function fields(entry)
  return string.pack("<I2I2I2I2I2I4I4I4I2I2", 20, 0x800, 0, 0, DATE, entry.crc, entry.size,
    entry.size, #entry.name, 0)
end

--- Writes tensors (name -> tensor) to `path`, whole or not at all; gives its size in bytes.
---@param path string
---@param tensors table<string, lrrun.tensor>
---@return integer
function npz.write(path, tensors)
  local out <close> = file.create(path)
  local entries = {}
  for name, t in sorted.pairs(tensors) do
    local kind = TYPES[file.type(t)]
    local header = header_of(t:shape(), kind[1])
    local entry = { name = name .. ".npy", at = out:size(), size = #header + #t * kind[2],
      crc = record.crc32(record.crc32(0, header), t) }
    if entry.at + entry.size > MOST then
      error(("%s: more than 4 GB of weights do not go into an archive"):format(path), 0)
    end
    out:write("PK\3\4" .. fields(entry) .. entry.name .. header)
    out:write_tensor(t)
    entries[#entries + 1] = entry
  end
  local at = out:size()
  for _, entry in ipairs(entries) do
    out:write(string.pack("<c4I2", "PK\1\2", 20) .. fields(entry)
      .. string.pack("<I2I2I2I4I4", 0, 0, 0, 0, entry.at) .. entry.name)
  end
  out:write(string.pack("<c4I2I2I2I2I4I4I2", "PK\5\6", 0, 0, #entries, #entries,
    out:size() - at, at, 0))
  local size = out:size()
  out:commit()
  return size
end

return npz
