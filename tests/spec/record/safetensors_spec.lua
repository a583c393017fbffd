local file = require "lrrun.native.file"
local safetensors = require "lrrun.record.safetensors"
local temporary = require "support.temporary"
local tensor = require "lrrun.tensor"

-- A file of this header and this many bytes of numbers.
local function forged(header, bytes, length)
  local path = temporary.file()
  file.write(path, string.pack("<I8", length or #header) .. header .. ("\0"):rep(bytes))
  return path
end

describe("safetensors", function()
  it("gives back names, shapes, numbers and metadata", function()
    local path = temporary.file()
    local a, b = tensor.new({ 2, 2 }, { 1, -2.5, 3, 4 }), tensor.new({ 3 }, { 1, 2, 3 }, "i32")
    safetensors.write(path, { a = a, b = b }, { format = "lrrun" })
    local reader <close> = safetensors.open(path)
    assert.equal("lrrun", reader.metadata.format)
    assert.is_true(reader.intact())
    assert.same({ 2, 2 }, reader.by_name.a.shape)
    local x, y = tensor.new { 2, 2 }, tensor.new({ 3 }, nil, "i32")
    reader.load("a", x)
    reader.load("b", y)
    assert.same({ 1, -2.5, 3, 4 }, x:values())
    assert.same({ 1, 2, 3 }, y:values())
  end)

  it("writes the same bytes whatever order the tensors came in", function()
    local one, two = temporary.file(), temporary.file()
    local names = { "z", "a", "m", "b" }
    local first, second = {}, {}
    for i = 1, 4 do
      first[names[i]] = tensor.new({ 1 }, { 1 })
      second[names[5 - i]] = tensor.new({ 1 }, { 1 })
    end
    safetensors.write(one, first, { b = "1", a = "2" })
    safetensors.write(two, second, { a = "2", b = "1" })
    assert.equal(file.read(one), file.read(two))
    assert.equal(0, (string.unpack("<I8", file.read(one))) % 8)
  end)

  it("reads half and brain floats, and doubles", function()
    local header = '{"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},'
      .. '"h":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},'
      .. '"b":{"dtype":"BF16","shape":[1],"data_offsets":[14,16]}}'
    local path = temporary.file()
    file.write(path, string.pack("<s8", header) .. string.pack("<d", 0.5)
      .. string.pack("<I2I2I2", 0x3c00, 0x0001, 0xc400) .. string.pack("<I2", 0x3fc0))
    local reader <close> = safetensors.open(path)
    local d, h, b = tensor.new { 1 }, tensor.new { 3 }, tensor.new { 1 }
    reader.load("d", d)
    reader.load("h", h)
    reader.load("b", b)
    assert.same({ 0.5 }, d:values())
    assert.same({ 1.0, 2 ^ -24, -4.0 }, h:values())
    assert.same({ 1.5 }, b:values())
  end)

  local A = '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
  local REFUSED = {
    ["an empty file"] = { "", 0, nil, "short" },
    ["a header longer than the file"] = { A .. "}", 4, 1 << 20 },
    ["a huge header length"] = { A .. "}", 4, -1 },
    ["a hole"] = { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8 },
    ["an overlap"] = { A .. ',"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4 },
    ["bytes after the last tensor"] = { A .. "}", 5 },
    ["missing bytes"] = { A .. "}", 3 },
    ["a shape that wants other bytes"] = {
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4 },
    ["a shape that overflows"] = {
      '{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}}', 0 },
    ["a negative size"] = { '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4 },
    ["a size that is no integer"] = {
      '{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4 },
    ["an unknown type"] = { '{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}', 4 },
    ["a name twice"] = { A .. "," .. A:sub(2) .. "}", 4 },
    ["an unknown key"] = { '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', 4 },
    ["metadata that are no texts"] = { '{"__metadata__":{"a":1}}', 0 },
    ["offsets backwards"] = { '{"a":{"dtype":"U8","shape":[0],"data_offsets":[4,0]}}', 4 },
    ["a list for a header"] = { "[1,2]", 0 },
    ["text after the header"] = { A .. "}x", 4 },
    ["rank 9"] = { '{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}', 4 },
  }
  for name, case in pairs(REFUSED) do
    it("refuses " .. name, function()
      local path = forged(table.unpack(case, 1, 3))
      if case[4] then
        file.write(path, "\1\2")
      end
      local ok, message = pcall(safetensors.open, path)
      assert.is_false(ok)
      assert.equal(path, message:sub(1, #path))
    end)
  end

  it("leaves no file open that it refuses", function()
    local path = forged('{"w":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}', 4)
    collectgarbage "stop"
    local before = #assert(file.list "/proc/self/fd")
    local ok = pcall(safetensors.open, path)
    local after = #assert(file.list "/proc/self/fd")
    collectgarbage "restart"
    assert.is_false(ok)
    assert.equal(before, after)
  end)

  it("leaves the old file and no trace when writing fails", function()
    local path = temporary.file()
    safetensors.write(path, { a = tensor.new({ 1 }, { 1 }) })
    local before = file.read(path)
    assert.is_false(pcall(safetensors.write, path, { a = 5 }))
    assert.equal(before, file.read(path))
  end)
end)
