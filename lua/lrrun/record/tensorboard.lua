--- Event files that TensorBoard reads: curves of a run, its settings, where it was resumed.
--
-- A file is a list of records: length (u64), masked CRC of the length, the bytes of an Event
-- in Protocol Buffers, masked CRC of those (tensorflow/core/lib/io/record_writer.cc); fields
-- of the messages: event.proto, summary.proto, hparams/plugin_data.proto. Only what lrrun
-- writes is here, for the reader's own library would bring TensorFlow with it.
--
-- A file is never gone on with: a run that is resumed opens another one beside it, whose
-- START makes readers forget the values of steps that are trained again. A torn end is
-- waited for by readers and does no harm. Wall-clock time is written, it reaches no result.
-- Layer: record.

local file = require "lrrun.native.file"
local native = require "lrrun.native.record"
local sorted = require "lrrun.util.sorted"
local sys = require "lrrun.native.sys"

local tensorboard = {}

-- Wire types of Protocol Buffers.
local VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
local START = 1 -- SessionLog.status
local STATUS = { success = 1, failure = 2 } -- of hparams sessions

local function varint(n)
  local parts = {}
  while n > 0x7f or n < 0 do -- the shift is unsigned: a negative number takes ten bytes
    parts[#parts + 1] = string.char(n & 0x7f | 0x80)
    n = n >> 7
  end
  parts[#parts + 1] = string.char(n)
  return table.concat(parts)
end

local function field(number, wire, value)
  local key = varint(number << 3 | wire)
  if wire == VARINT then
    return key .. varint(value)
  elseif wire == BYTES then
    return key .. varint(#value) .. value
  end
  return key .. string.pack(wire == FIXED64 and "<d" or "<f", value)
end

local function masked(text)
  local c = native.crc32c(text)
  return ((c >> 15 | c << 17) + 0xa282ead8) & 0xffffffff
end

--- The bytes of a record that holds `event`.
---@param event string
---@return string
function tensorboard.record(event)
  local length = string.pack("<I8", #event)
  return length .. string.pack("<I4", masked(length)) .. event
    .. string.pack("<I4", masked(event))
end

local function event(wall_time, step, rest)
  return field(1, FIXED64, wall_time) .. (step ~= 0 and field(2, VARINT, step) or "") .. rest
end

--- The event that a file begins with.
---@param wall_time number seconds since 1970
---@return string
function tensorboard.version(wall_time)
  return event(wall_time, 0, field(3, BYTES, "brain.Event:2"))
end

--- The event after which values of `step` and later ones, from before, count no more.
---@param wall_time number
---@param step integer
---@return string
function tensorboard.start(wall_time, step)
  return event(wall_time, step, field(7, BYTES, field(1, VARINT, START)))
end

--- An event of numbers: values is a list of { tag, number }.
---@param wall_time number
---@param step integer
---@param values table[]
---@return string
function tensorboard.scalars(wall_time, step, values)
  local parts = {}
  for i, item in ipairs(values) do
    parts[i] = field(1, BYTES, field(1, BYTES, item[1]) .. field(2, FIXED32, item[2]))
  end
  return event(wall_time, step, field(5, BYTES, table.concat(parts)))
end

-- Doubles one after another, as a repeated field has them.
local function packed(number, list)
  return field(number, BYTES, string.pack(("<d"):rep(#list), table.unpack(list)))
end

--- An event of histograms: values is a list of { tag, spread } (lrrun.native.measure's).
---@param wall_time number
---@param step integer
---@param values table[]
---@return string
function tensorboard.histograms(wall_time, step, values)
  local parts = {}
  for i, item in ipairs(values) do
    local s = item[2]
    local limits, counts = {}, table.move(s, 1, #s, 1, {})
    for b = 1, #s do
      limits[b] = b == #s and s.max or s.min + (s.max - s.min) * (b / #s)
    end
    parts[i] = field(1, BYTES, field(1, BYTES, item[1]) .. field(5, BYTES,
      field(1, FIXED64, s.min) .. field(2, FIXED64, s.max) .. field(3, FIXED64, s.n)
      .. field(4, FIXED64, s.sum) .. field(5, FIXED64, s.squares)
      .. packed(6, limits) .. packed(7, counts)))
  end
  return event(wall_time, step, field(5, BYTES, table.concat(parts)))
end

local STRING, TENSOR = 7, 2 -- DT_STRING of types.proto, DATA_CLASS_TENSOR of summary.proto

--- The event of a text that is shown as it is: Markdown's block of code.
---@param wall_time number
---@param tag string
---@param text string
---@return string
function tensorboard.text(wall_time, tag, text)
  local code = "    " .. text:gsub("\r?\n", "\n    ")
  local shape = field(2, BYTES, field(1, VARINT, 1)) -- one of them
  local tensor = field(1, VARINT, STRING) .. field(2, BYTES, shape) .. field(8, BYTES, code)
  local about = field(1, BYTES, field(1, BYTES, "text")) .. field(4, VARINT, TENSOR)
  return event(wall_time, 0, field(5, BYTES, field(1, BYTES,
    field(1, BYTES, tag) .. field(8, BYTES, tensor) .. field(9, BYTES, about))))
end

local function hparams(wall_time, tag, content)
  local plugin = field(1, BYTES, "hparams") .. field(2, BYTES, content)
  return event(wall_time, 0, field(5, BYTES, field(1, BYTES,
    field(1, BYTES, "_hparams_/" .. tag) .. field(9, BYTES, field(1, BYTES, plugin)))))
end

-- google.protobuf.Value
local function any(value)
  if type(value) == "number" then
    return field(2, FIXED64, value)
  elseif type(value) == "boolean" then
    return field(4, VARINT, value and 1 or 0)
  end
  return field(3, BYTES, value)
end

--- The event of a run's settings: plain values by name.
---@param wall_time number
---@param settings table<string, number|string|boolean>
---@return string
function tensorboard.settings(wall_time, settings)
  local parts = {}
  for name, value in sorted.pairs(settings) do
    parts[#parts + 1] = field(1, BYTES, field(1, BYTES, name) .. field(2, BYTES, any(value)))
  end
  parts[#parts + 1] = field(5, FIXED64, wall_time)
  return hparams(wall_time, "session_start_info", field(3, BYTES, table.concat(parts)))
end

--- The event of a run's end.
---@param wall_time number
---@param status "success"|"failure"
---@return string
function tensorboard.ending(wall_time, status)
  return hparams(wall_time, "session_end_info",
    field(4, BYTES, field(1, VARINT, STATUS[status]) .. field(2, FIXED64, wall_time)))
end

-- Seconds since 1970 with their parts; the system's clock alone gives whole ones.
local function clock()
  local since, at = os.time(), sys.now()
  return function()
    return since + (sys.now() - at)
  end
end

-- The host's name says who somebody is: it is not put into the name.
local function free_name(folder)
  local now, n = os.time(), 0
  local name
  repeat
    name = ("%s/events.out.tfevents.%010d.lrrun.%d.%d"):format(folder, now, sys.pid(), n)
    n = n + 1
  until not file.kind(name)
  return name
end

--- Opens an event file in `folder`; it is made with its first values.
-- board:scalars(step, values) writes those of a step; a step that is not above the last one
-- (the run went back) begins anew there, unless `beside` says that they belong to the last ones.
-- board:histograms(step, values) likewise, behind the step's scalars. board:close(status):
-- "success", "failure", or nil where the run goes on some time. Raises when it cannot write.
---@param folder string
---@param step integer updates made before
---@param settings table<string, number|string|boolean>?
---@param recipe string? its text
function tensorboard.open(folder, step, settings, recipe)
  local board, handle, now, last = {}, nil, clock(), nil
  local function write(bytes)
    handle:write(tensorboard.record(bytes))
  end
  local function begin()
    handle = file.log(free_name(folder))
    write(tensorboard.version(now()))
    -- The checkpoint that a run goes on from has the values of its own step.
    write(tensorboard.start(now(), step == 0 and 0 or step + 1))
    if settings then
      write(tensorboard.settings(now(), settings))
    end
    if recipe and step == 0 then
      write(tensorboard.text(now(), "recipe", recipe))
    end
  end
  function board.scalars(_, at, values, beside)
    if not handle then
      begin()
    elseif last and at <= last and not beside then
      write(tensorboard.start(now(), at))
    end
    last = at
    write(tensorboard.scalars(now(), at, values))
  end
  function board.histograms(_, at, values)
    write(tensorboard.histograms(now(), at, values))
  end
  function board.close(_, status)
    if handle and status then
      write(tensorboard.ending(now(), status))
    end
    if handle then
      handle:close()
      handle = nil
    end
  end
  return setmetatable(board, { __close = board.close })
end

return tensorboard
