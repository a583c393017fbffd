--- safetensors: a header in JSON, then the numbers of each tensor.
--
-- Source: https://github.com/huggingface/safetensors (format; tensor.rs for the rules).
-- Reading is strict: the header may not lie about anything, tensors follow each other
-- without hole or overlap and end with the file, so that a file has one meaning only.
-- Writing sorts by alignment of the type, then by name, as the reference does: the same
-- tensors give the same bytes. What lrrun writes has a seal in its metadata: the SHA-256 over
-- the other metadata, names, types and shapes, and all numbers. Layer: record.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local on_error = require "lrrun.util.on_error"
local record = require "lrrun.native.record"
local sorted = require "lrrun.util.sorted"

local safetensors = {}

local SIZES = {
  BOOL = 1, U8 = 1, I8 = 1, F8_E4M3 = 1, F8_E5M2 = 1, I16 = 2, U16 = 2, F16 = 2, BF16 = 2,
  I32 = 4, U32 = 4, F32 = 4, I64 = 8, U64 = 8, F64 = 8,
}
local CHUNK = 1 << 20
local MAX_HEADER = 16 * 1024 * 1024
local MAX_TENSORS = 100000
local MAX_RANK = 8
local MAX_NAME = 512

local function fail(path, fmt, ...)
  error(("%s: %s"):format(path, fmt:format(...)), 0)
end

local function count_of(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

--- Names of tensors in the order of a file, which is the reference's: wide types first,
--- then by name.
---@param tensors table<string, lrrun.tensor>
---@return string[]
function safetensors.order(tensors)
  local names = sorted.keys(tensors)
  local size = {}
  for _, name in ipairs(names) do
    size[name] = SIZES[file.type(tensors[name])]
  end
  table.sort(names, function(a, b)
    if size[a] ~= size[b] then
      return size[a] > size[b]
    end
    return a < b
  end)
  return names
end

-- A digest of all but the numbers: metadata, and { name, dtype, shape } of each tensor in the
-- order of the file.
local function digest_of(metadata, entries)
  local digest = record.sha256()
  for key, value in sorted.pairs(metadata) do
    if key ~= "seal" then
      digest:add(("%d %s=%d %s\n"):format(#key, key, #value, value))
    end
  end
  for _, entry in ipairs(entries) do
    digest:add(("%s %s %d %s\n"):format(entry.dtype, table.concat(entry.shape, ","), #entry.name,
      entry.name))
  end
  return digest
end

-- The metadata with the seal of all.
local function with_seal(tensors, names, metadata)
  local entries = {}
  for i, name in ipairs(names) do
    local t = tensors[name]
    entries[i] = { name = name, dtype = file.type(t), shape = t:shape() }
  end
  local digest = digest_of(metadata, entries)
  for _, name in ipairs(names) do
    digest:add(tensors[name])
  end
  local out = { seal = digest:hex() }
  for key, value in pairs(metadata) do
    out[key] = value
  end
  return out
end

local function header_of(tensors, names, metadata)
  local parts, at = {}, 0
  if next(metadata) then
    parts[1] = '"__metadata__":' .. json.encode(metadata)
  end
  for _, name in ipairs(names) do
    local t = tensors[name]
    local shape, dtype = t:shape(), file.type(t)
    local ending = at + count_of(shape) * SIZES[dtype]
    parts[#parts + 1] = ('%s:{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(
      json.encode(name), dtype, table.concat(shape, ","), at, ending)
    at = ending
  end
  local text = "{" .. table.concat(parts, ",") .. "}"
  return text .. (" "):rep(-#text % 8)
end

--- Writes tensors (name -> tensor) and metadata (string -> string), where there is any with its
--- seal, to `path`, whole or not at all. Gives the SHA-256 of the file. Raises when it cannot.
---@param path string
---@param tensors table<string, lrrun.tensor>
---@param metadata table<string, string>?
---@param wait boolean? false: does not wait for the disk (lrr_outfile_place)
function safetensors.write(path, tensors, metadata, wait)
  local names = safetensors.order(tensors)
  local header = string.pack("<s8", header_of(tensors, names,
    metadata and with_seal(tensors, names, metadata) or {}))
  local out <close> = file.create(path)
  local digest = record.sha256():add(header)
  out:write(header)
  for _, name in ipairs(names) do
    digest:add(tensors[name])
    out:write_tensor(tensors[name])
  end
  out:commit(wait)
  return digest:hex()
end

local function check_metadata(path, metadata)
  if type(metadata) ~= "table" or #metadata > 0 then
    fail(path, "__metadata__ is no object")
  end
  for key, value in pairs(metadata) do
    if type(key) ~= "string" or type(value) ~= "string" then
      fail(path, "__metadata__ has something else than strings")
    end
  end
end

local function is_size(x)
  return math.type(x) == "integer" and x >= 0
end

local function check_shape(path, name, shape)
  if type(shape) ~= "table" or #shape > MAX_RANK or #shape == 0 and next(shape) ~= nil then
    fail(path, "tensor '%s': 'shape' is no list of at most %d sizes", name, MAX_RANK)
  end
  local n = 1
  for _, d in ipairs(shape) do
    if not is_size(d) or (d > 0 and n > (1 << 50) // d) then
      fail(path, "tensor '%s': the shape does not fit", name)
    end
    n = n * d
  end
  return n
end

local KNOWN = { dtype = true, shape = true, data_offsets = true }

local function check_entry(path, name, entry)
  if #name > MAX_NAME then
    fail(path, "a tensor's name has %d bytes, at most %d are taken", #name, MAX_NAME)
  elseif type(entry) ~= "table" then
    fail(path, "tensor '%s' is no object", name)
  end
  for key in pairs(entry) do
    if not KNOWN[key] then
      fail(path, "tensor '%s': unknown key '%s'", name, tostring(key))
    end
  end
  local size = SIZES[entry.dtype]
  if not size then
    fail(path, "tensor '%s': unknown type '%s'", name, tostring(entry.dtype))
  end
  local bytes = check_shape(path, name, entry.shape) * size
  local offsets = entry.data_offsets
  if type(offsets) ~= "table" or #offsets ~= 2 or not is_size(offsets[1])
    or not is_size(offsets[2]) or offsets[1] > offsets[2] then
    fail(path, "tensor '%s': 'data_offsets' are no two offsets", name)
  elseif offsets[2] - offsets[1] ~= bytes then
    fail(path, "tensor '%s' has %d bytes, its shape wants %d", name, offsets[2] - offsets[1],
      bytes)
  end
  return { name = name, dtype = entry.dtype, shape = entry.shape, at = offsets[1],
    ending = offsets[2] }
end

-- No hole, no overlap, and the file ends where the last one does.
local function check_places(path, entries, room)
  table.sort(entries, function(a, b)
    if a.at ~= b.at then
      return a.at < b.at
    elseif a.ending ~= b.ending then
      return a.ending < b.ending
    end
    return a.name < b.name
  end)
  local at = 0
  for _, entry in ipairs(entries) do
    if entry.at ~= at then
      fail(path, "tensor '%s' begins at byte %d, the one before ends at %d", entry.name,
        entry.at, at)
    end
    at = entry.ending
  end
  if at ~= room then
    fail(path, "its tensors have %d bytes, the file has room for %d", at, room)
  end
end

local function read_header(path, input)
  local size = input:size()
  local length = size >= 8 and string.unpack("<i8", (input:read(0, 8)))
  if not length then
    fail(path, "is no safetensors file: it has %d bytes", size)
  elseif length < 2 or length > MAX_HEADER or length > size - 8 then
    fail(path, "the header's length is %d, the file has %d bytes (at most %d are taken)",
      length, size, MAX_HEADER)
  end
  local text = assert(input:read(8, length))
  if text:sub(1, 1) ~= "{" or not text:match "} *$" then
    fail(path, "the header is no JSON object")
  end
  local ok, header = pcall(json.decode, text)
  if not ok then
    fail(path, "header: %s", header)
  elseif type(header) ~= "table" or (header[1] ~= nil) then
    fail(path, "the header is no JSON object")
  end
  return header, 8 + length
end

--- Adds the numbers of an open file to a digest.
---@param digest userdata
---@param reader table of safetensors.open
---@param input userdata of native file.open
---@return userdata the digest
function safetensors.add_numbers(digest, reader, input)
  local at, size = reader.start, input:size()
  while at < size do
    local n = math.min(CHUNK, size - at)
    digest:add(assert(input:read(at, n)))
    at = at + n
  end
  return digest
end

-- What the seal of an open file should be.
local function seal_of(reader, input)
  return safetensors.add_numbers(digest_of(reader.metadata, reader.entries), reader, input):hex()
end

--- Opens a file and checks its header.
-- Gives { metadata, entries = { {name, dtype, shape}, ... } in file order, by_name, start (the
-- byte where the numbers begin),
-- load(name, tensor) fills a tensor of the same number of elements, close(), intact() tells
-- whether it is as it was sealed: true, false, nil where it has no seal; it reads all of it }.
-- Raises "<path>: ..." when anything is wrong.
---@param path string
function safetensors.open(path)
  local input, why = file.open(path)
  if not input then
    error(why, 0)
  end
  local _ <close> = on_error(function()
    input:close()
  end)
  local header, start = read_header(path, input)
  local entries, by_name = {}, {}
  local metadata = header.__metadata__ or {}
  check_metadata(path, metadata)
  header.__metadata__ = nil
  for name, entry in sorted.pairs(header) do
    if #entries == MAX_TENSORS then
      fail(path, "more than %d tensors", MAX_TENSORS)
    end
    entries[#entries + 1] = check_entry(path, name, entry)
    by_name[name] = entries[#entries]
  end
  check_places(path, entries, input:size() - start)
  local reader = { metadata = metadata, entries = entries, by_name = by_name, start = start }
  function reader.load(name, t)
    local entry = by_name[name]
    if not entry then
      fail(path, "has no tensor '%s'", name)
    elseif count_of(entry.shape) ~= #t then
      fail(path, "tensor '%s' is (%s), want %d numbers", name,
        table.concat(entry.shape, ", "), #t)
    end
    local ok, message = input:read_tensor(start + entry.at, entry.dtype, t)
    if not ok then
      fail(path, "tensor '%s': %s", name, message)
    end
  end
  function reader.intact()
    local seal = (metadata.format or ""):sub(1, 5) == "lrrun" and metadata.seal or nil
    return seal and seal == seal_of(reader, input) or seal and false
  end
  function reader.close()
    input:close()
  end
  return setmetatable(reader, { __close = reader.close })
end

return safetensors
