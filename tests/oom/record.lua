-- Writes and reads every kind of record; run with each allocation failing in turn.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local safetensors = require "lrrun.record.safetensors"
local temporary = require "support.temporary"
local tensor = require "lrrun.tensor"
local yaml = require "lrrun.record.yaml"

local value = { a = { 1, 2.5, true }, b = "x\ny", c = { d = {} } }
assert(yaml.decode(yaml.encode(value)).b == value.b)
assert(json.decode(json.encode(value)).b == value.b)

local path = temporary.file()
local t <const> = tensor.new({ 3 }, { 1, 2, 3 })
safetensors.write(path, { w = t }, { format = "lrrun" })
do
  local reader <close> = safetensors.open(path)
  reader.load("w", tensor.new { 3 })
end
file.write(path, "")
do
  local log <close> = metrics.open(path)
  log:write { epoch = 1, step = 1 }
end
assert(#metrics.read(path) == 1)
os.remove(path)
do
  local out <close> = file.create(path)
  out:write "x"
  out:write_tensor(t)
  assert(out:read(0, 1) == "x" and out:read_tensor(1, file.type(t), tensor.new { 3 }))
  out:commit(false)
end
os.remove(path)
file.lock("."):close()
local native = require "lrrun.native.record"
assert(native.unbase64(native.base64 "abcde") == "abcde")
assert(native.crc32(0, "123456789") == 0xcbf43926)
