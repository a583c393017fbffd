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
-- go to the second result; so do histograms, as a list of messages by tag, and texts.
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
        local tag = value[1][1]
        local plugin = value[9] and message(message(value[9][1])[1][1])
        if value[8] then
          settings[tag] = { plugin = plugin[1][1], text = message(value[8][1])[8][1] }
        elseif plugin then
          settings[tag] = message(plugin[2][1])
        elseif value[5] then
          settings[tag] = settings[tag] or {}
          table.insert(settings[tag], message(value[5][1]))
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

local RECIPE = [[return recipe { name = "b", METRICS
  data = data.moons { n = 40, val = 0.5 }, model = nn.sequential { nn.linear(2) },
  optimizer = optim.sgd { lr = 0.5, groups = { { match = "bias", lr = 0.25 } } }, epochs = 3 }]]

-- The folder of a run of RECIPE with that in it, and the recipe's text.
local function trained(finally, metrics)
  local folder = program.folder(finally)
  local text = RECIPE:gsub("METRICS", metrics)
  program.write(folder .. "/r.lua", text)
  local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs"):format(folder, folder))
  assert.equal(0, code, err)
  return folder .. "/runs/b-1", text
end

describe("a run whose recipe says nothing of metrics", function()
  it("shows on TensorBoard what each layer does, rates of groups, and its recipe", function()
    local run, text = trained(finally, "")
    local rows, settings = story(boards(run)[1])
    for epoch = 1, 3 do
      local row = rows[epoch + 1]
      assert.is_true(row["weights/1.linear.weight"] > 0)
      assert.is_true(row["gradients/1.linear.weight"] > 0)
      assert.equal(0.5, row["rates/1.linear.weight"])
      assert.equal(0.25, row["rates/1.linear.bias"])
      -- SGD moves weights by its rate times the gradient.
      assert.near(0.5 * row["gradients/1.linear.weight"] / row["weights/1.linear.weight"],
        row["updates/1.linear.weight"], 1e-5)
      assert.near(row.grad_norm, math.sqrt(row["gradients/1.linear.weight"] ^ 2
        + row["gradients/1.linear.bias"] ^ 2), 1e-5)
    end
    assert.equal("text", settings.recipe.plugin)
    assert.equal("    " .. text:gsub("\n", "\n    "), settings.recipe.text)
    assert.is_nil(settings["weights/1.linear.weight/spread"])
  end)

  it("trains to the same bits as one that shows nothing", function()
    local result = require("lrrun.record.json")
    local function digest(metrics)
      return result.decode(file.read(trained(finally, metrics) .. "/result.json")).digest
    end
    assert.equal(digest "metrics = {},", digest "")
  end)
end)

describe("a run with metrics = {}", function()
  it("writes nothing for TensorBoard", function()
    assert.same({}, boards((trained(finally, "metrics = {},"))))
  end)
end)

describe("a run with metrics = { 'histograms' }", function()
  it("shows how weights and gradients are spread", function()
    local run = trained(finally, 'metrics = { "histograms" },')
    local rows, settings = story(boards(run)[1])
    local list = settings["weights/1.linear.weight/spread"]
    assert.equal(3, #list)
    for i, h in ipairs(list) do
      local limits = { string.unpack(("<d"):rep(64), h[6][1]) }
      local counts = { string.unpack(("<d"):rep(64), h[7][1]) }
      local n = 0
      for b = 1, 64 do
        n = n + counts[b]
        assert.is_true(b == 1 or limits[b] >= limits[b - 1])
      end
      assert.equal(4, n)
      assert.equal(4, h[3][1])
      assert.equal(h[2][1], limits[64])
      assert.is_true(counts[1] >= 1 and counts[64] >= 1)
      assert.is_true(h[5][1] > 0 and rows[i + 1]["weights/1.linear.weight"] > 0)
    end
    assert.equal(3, #settings["gradients/1.linear.bias/spread"])
  end)

  it("counts what is finite, and weights that are all the same", function()
    local measure = require "lrrun.native.measure"
    local tensor = require "lrrun.native.tensor"
    local x = tensor.new({ 5 }, { 1, 0 / 0, -1, math.huge, 0.5 })
    local s = measure.spread(x, 4)
    assert.same({ 3, -1, 1, 0.5, 2.25, 1, 0, 0, 2 },
      { s.n, s.min, s.max, s.sum, s.squares, table.unpack(s) })
    s = measure.spread(tensor.new({ 2 }, { 7, 7 }), 3)
    assert.same({ 2, 7, 7, 2, 0, 0 }, { s.n, s.min, s.max, table.unpack(s) })
    s = measure.spread(tensor.new({ 1 }, { 0 / 0 }), 2)
    assert.same({ 0, 0, 0, 0, 0 }, { s.n, s.min, s.max, table.unpack(s) })
    assert.error_matches(function()
      measure.spread(x, 0)
    end, "want 1 to 4096")
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
