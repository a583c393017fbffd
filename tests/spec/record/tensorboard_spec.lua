-- Event files of TensorBoard: the exact bytes, and what a run and its resumption write.

local file = require "lrrun.native.file"
local files = require "support.files"
local native = require "lrrun.native.record"
local program = require "support.program"
local tensorboard = require "lrrun.record.tensorboard"

local function varint(text, at)
  local n, shift = 0, 0
  while true do
    local byte = text:byte(at)
    n = n | (byte & 0x7f) << shift
    at, shift = at + 1, shift + 7
    if byte < 0x80 then
      return n, at
    end
  end
end

-- Fields of a message: number -> list of values (texts, or numbers).
local function message(text)
  local out, at = {}, 1
  while at <= #text do
    local key, value
    key, at = varint(text, at)
    local wire = key & 7
    if wire == 0 then
      value, at = varint(text, at)
    elseif wire == 2 then
      value, at = varint(text, at)
      value, at = text:sub(at, at + value - 1), at + value
    else
      value, at = string.unpack(wire == 1 and "<d" or "<f", text, at)
    end
    local list = out[key >> 3] or {}
    out[key >> 3] = list
    list[#list + 1] = value
  end
  return out
end

local function masked(text)
  local c = native.crc32c(text)
  return ((c >> 15 | c << 17) + 0xa282ead8) & 0xffffffff
end

-- The events of a file, each checked against its sums.
local function events(path)
  local text, at, list = assert(file.read(path)), 1, {}
  while at <= #text do
    local n, head = string.unpack("<I8I4", text, at)
    assert.equal(masked(text:sub(at, at + 7)), head)
    local body = text:sub(at + 12, at + 11 + n)
    assert.equal(masked(body), (string.unpack("<I4", text, at + 12 + n)))
    list[#list + 1] = message(body)
    at = at + 16 + n
  end
  return list
end

-- { step, tag -> value } of the events with numbers; a START is { start = step }; settings
-- go to the second result.
local function story(path)
  local list, settings = {}, {}
  for _, event in ipairs(events(path)) do
    local step = event[2] and event[2][1] or 0
    if event[7] then
      list[#list + 1] = { start = step }
    elseif event[5] then
      local row = { step = step }
      for _, bytes in ipairs(message(event[5][1])[1]) do
        local value = message(bytes)
        row[value[1][1]] = value[2] and value[2][1]
        if value[9] then
          settings[value[1][1]] = message(message(message(value[9][1])[1][1])[2][1])
        end
      end
      list[#list + 1] = next(row, next(row)) and row or nil
    end
  end
  return list, settings
end

local function boards(folder)
  local list = {}
  for _, name in ipairs(file.list(folder)) do
    list[#list + 1] = name:find "^events%.out%.tfevents%." and folder .. "/" .. name or nil
  end
  return list
end

describe("event files", function()
  it("have the bytes of TensorFlow's own writer", function()
    local version = tensorboard.version(1700000000.25)
    assert.equal(files.unhex "1800000000000000 a37f4b22 0900001040fc54d941 1a0d"
      .. "brain.Event:2" .. files.unhex "338d2fe9", tensorboard.record(version))
    assert.equal(files.unhex "09000000000000f03f 10ac02 3a02 0801", tensorboard.start(1, 300))
    assert.equal(files.unhex "09000000000000f03f 1005 2a0a 0a08 0a0161 15 0000803f",
      tensorboard.scalars(1, 5, { { "a", 1 } }))
  end)

  it("keep numbers that are not finite, and zeros", function()
    local list = { { "nan", 0 / 0 }, { "inf", math.huge }, { "zero", 0 } }
    local values = message(message(tensorboard.scalars(1, 1, list))[5][1])[1]
    local function number(i)
      return message(values[i])[2][1]
    end
    assert.is_true(number(1) ~= number(1))
    assert.equal(math.huge, number(2))
    assert.equal(0, number(3))
  end)

  it("begin anew where a run went back, and in another file where it is resumed", function()
    local folder = files.folder()
    local board = tensorboard.open(folder, 0, { lr = 0.5, name = "a", on = true })
    assert.same({}, boards(folder))
    for _, step in ipairs { 10, 20, 15 } do
      board:scalars(step, { { "train_loss", step } })
    end
    board:close()
    local again = tensorboard.open(folder, 10)
    again:scalars(20, { { "train_loss", 2 } })
    again:close "success"
    local paths = boards(folder)
    assert.equal(2, #paths)
    local first, settings = story(paths[1])
    assert.same({ { start = 0 }, { step = 10, train_loss = 10 }, { step = 20, train_loss = 20 },
      { start = 15 }, { step = 15, train_loss = 15 } }, first)
    assert.equal(3, #message(settings["_hparams_/session_start_info"][3][1])[1])
    local second, ending = story(paths[2])
    assert.same({ { start = 11 }, { step = 20, train_loss = 2 } }, second)
    assert.equal(1, message(ending["_hparams_/session_end_info"][4][1])[1][1])
  end)
end)

describe("a run with metrics = { 'tensorboard' }", function()
  it("writes each epoch's figures, and no host's name", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[return recipe { name = "b",
      data = data.moons { n = 40, val = 0.5 }, model = nn.sequential { nn.linear(2) },
      optimizer = optim.sgd { lr = 0.5 }, epochs = 3,
      metrics = { "tensorboard", "grad_norms" } }]])
    local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code, err)
    local paths = boards(folder .. "/runs/b-1")
    assert.matches("/events%.out%.tfevents%.%d+%.lrrun%.%d+%.0$", paths[1])
    local rows = story(paths[1])
    assert.equal(4, #rows)
    local metrics = require("lrrun.record.metrics_log").read(folder .. "/runs/b-1/metrics.jsonl")
    for i, line in ipairs(metrics) do
      local row = rows[i + 1]
      assert.equal(line.step, row.step)
      for _, name in ipairs { "train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr",
        "grad_norm" } do
        assert.near(line[name], row[name], 1e-6 * math.abs(line[name]), name)
      end
      assert.near(line.grad_norms["1.linear.bias"].mean, row["grad_norms/1.linear.bias"], 1e-6)
    end
    code = program.run(("resume --quiet %s/runs/b-1"):format(folder))
    assert.equal(0, code)
    assert.equal(1, #boards(folder .. "/runs/b-1"))
  end)
end)
