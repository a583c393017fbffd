-- The bytes of ONNX files: what is written is read back, and what is broken is refused in words.
local evaluate = require "lrrun.onnx.evaluate"
local file = require "lrrun.native.file"
local proto = require "lrrun.onnx.proto"
local protobuf = require "lrrun.record.protobuf"
local temporary = require "support.temporary"
local tensor = require "lrrun.native.tensor"

local function bytes_of(message)
  local parts = {}
  message:each(function(part)
    parts[#parts + 1] = part
  end)
  return table.concat(parts)
end

local function raised(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  return err
end

local MODEL = {
  ir = 8, opset = 17, producer = "lrrun", version = "1", doc = "a text",
  metadata = { { "key", "value" }, { "empty", "" } },
  graph = {
    name = "g",
    inputs = { { name = "x", type = "F32", shape = { "batch", 300 }, doc = "what goes in" } },
    outputs = { { name = "y", type = "F32", shape = { "batch" } } },
    nodes = { { op = "Op", name = "n", inputs = { "x", "", "w" }, outputs = { "y", "z" }, attrs = {
      { "i", "i", -1 }, { "f", "f", 0.5 }, { "s", "s", "forward" },
      { "ints", "ints", { 1, -2, 300 } },
      { "strings", "strings", { "Tanh", "Relu" } } } } },
    weights = { { name = "w", type = "I64", shape = { 2 }, bytes = string.pack("<i8i8", 7, -1) } },
  },
}

describe("an ONNX file", function()
  it("gives back everything that was put into it", function()
    local m = proto.decode(bytes_of(proto.encode(MODEL)), "m")
    assert.same({ 8, 17, "lrrun", "1", "a text" }, { m.ir, m.opset, m.producer, m.version, m.doc })
    assert.same(MODEL.metadata, m.metadata)
    local g, n = m.graph, m.graph.nodes[1]
    assert.same(MODEL.graph.inputs, g.inputs)
    assert.same(MODEL.graph.outputs, g.outputs)
    assert.same({ "Op", "n", { "x", "", "w" }, { "y", "z" } },
      { n.op, n.name, n.inputs, n.outputs })
    assert.same({ i = -1, f = 0.5, s = "forward", ints = { 1, -2, 300 },
      strings = { "Tanh", "Relu" } }, n.attrs)
    assert.same({ "w", "I64", { 2 }, 16 }, { g.weights[1].name, g.weights[1].type,
      g.weights[1].shape, g.weights[1].size })
  end)

  it("counts the bytes of tensors before they are written", function()
    local t = tensor.new { 3, 2 }
    local m = protobuf.message():tensors(9, { t, t })
    local size = 0
    m:each(function(part)
      size = size + (part == t and 24 or #part)
    end)
    assert.equal(m.size, size)
  end)

  it("is read as other writers put it: lists packed or not, unknown fields passed over", function()
    local shape = protobuf.message():ints(1, { 2, 3 }):int(2, 1):text(8, "w"):text(9, "x")
    local g = protobuf.message():message(5, shape):float(99, 1):int(98, 5):text(97, "later")
    local m = protobuf.message():int(1, 8):message(7, g):message(8, protobuf.message():int(2, 17))
    assert.same({ 2, 3 }, proto.decode(bytes_of(m), "m").graph.weights[1].shape)
  end)

  it("is refused where it is cut off, anywhere", function()
    local whole = bytes_of(proto.encode(MODEL))
    for n = 0, #whole - 1 do
      local ok, err = pcall(proto.decode, whole:sub(1, n), "m")
      assert.is_true(ok or err:find "^m: " ~= nil, err)
    end
    assert.matches("m: is no ONNX model", raised(proto.decode, "", "m"))
  end)

  it("is refused where fields lie", function()
    assert.matches("longer than what it is in", raised(proto.decode, "\x3a\x7f", "m"))
    assert.matches("no whole number", raised(proto.decode, ("\xff"):rep(12), "m"))
    assert.matches("without a number", raised(proto.decode, "\0\0", "m"))
    assert.matches("unknown kind 3", raised(proto.decode, "\x0b\0", "m"))
    assert.matches("longer than what it is in",
      raised(proto.decode, "\x3a" .. ("\xff"):rep(9) .. "\1", "m"))
  end)

  it("is evaluated only where weights have their numbers and nodes are known", function()
    local path = temporary.file()
    finally(function()
      os.remove(path)
    end)
    local function open(change)
      local m = { ir = 8, opset = 17, metadata = {}, graph = { name = "g", nodes = { { op = "Add",
        name = "n", inputs = { "w", "w" }, outputs = { "y" } } }, inputs = {}, outputs = { {
        name = "y", type = "I64", shape = { 2 } } }, weights = { { name = "w", type = "I64",
        shape = { 2 }, bytes = string.pack("<i8i8", 7, -1) } } } }
      change(m.graph)
      file.write(path, bytes_of(proto.encode(m)))
      local input <close> = assert(file.open(path))
      return evaluate.open(input, path)({}).y
    end
    local function refused(change)
      return raised(open, change)
    end
    assert.same({ 14, -2 }, open(function() end).data)
    assert.matches("weight 'w' is %(3%) of I64 and has 16 bytes", refused(function(g)
      g.weights[1].shape = { 3 }
    end))
    assert.matches("node 'n' is a Other, which is not evaluated", refused(function(g)
      g.nodes[1].op = "Other"
    end))
    assert.matches("node 'n' takes 'v', which nothing gives", refused(function(g)
      g.nodes[1].inputs[2] = "v"
    end))
  end)
end)
