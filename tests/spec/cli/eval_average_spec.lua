-- lrrun eval RUN --average N: the mean of what the latest checkpoints are evaluated with.

local averaged = require "lrrun.runs.averaged"
local checkpoint = require "lrrun.runs.checkpoint"
local json = require "lrrun.record.json"
local lists = require "support.lists"
local program = require "support.program"
local reload = require "lrrun.runs.reload"
local runs = require "support.runs"
local tensor = require "lrrun.tensor"

local PLAIN = [[
return recipe { name = "e", data = data.digits { batch = 32, val = 0.2, limit = 320 },
  model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = option("optimizer", optim.sgd { lr = 1 }), ema = option("ema", 0),
  epochs = 6, checkpoint = { every = 1*epochs, keep = 4 } }
]]

local folder

local function call(line, want)
  local code, out, err = program.run((line:gsub("DIR", folder)))
  assert.equal(want or 0, code, err)
  return out, err
end

local function trained(text)
  folder = runs.folder(finally)
  program.write(folder .. "/e.lua", text)
  call "DIR/e.lua --out DIR/runs --quiet"
  return folder .. "/runs/e-1"
end

-- Numbers of a tensor of each of the latest n checkpoints, the oldest first.
local function kept(run, n, name)
  local out, steps = {}, checkpoint.steps(run)
  for i = n, 1, -1 do
    local reader <close> = checkpoint.open(run, steps[i])
    local t = tensor.new(reader.by_name[name].shape)
    reader.load(name, t)
    out[#out + 1] = t:values()
  end
  return out
end

-- All weights of the averaged network, as the block of a checkpoint has them.
local function weights_of(run, n)
  local network, said = averaged.network(reload.settings(run), n)
  local out = {}
  for _, s in ipairs((network.model.graph:segments())) do
    local values = network.model.graph:block("params", s.at, s.shape):values()
    table.move(values, 1, #values, s.at + 1, out)
  end
  return out, said
end

local function same(want, got)
  local count = 0
  for i, x in pairs(got) do
    assert.near(want[i], x, 1e-6 * math.max(1, math.abs(x)))
    count = count + 1
  end
  assert.is_true(count > 500)
end

describe("eval --average", function()
  it("measures the mean of the latest checkpoints, with statistics of its own", function()
    local run = trained(PLAIN:gsub(", ema = option%(\"ema\", 0%)", ""))
    local got, said = weights_of(run, 3)
    same(lists.mean(kept(run, 3, "params")), got)
    assert.same({ steps = { 32, 40, 48 }, batchnorm = 50 }, said)
    local result = json.decode((call "eval DIR/runs/e-1 --average 3 --split val --json"))
    assert.same(said, result.average)
    local plain = json.decode((call "eval DIR/runs/e-1 --split val --json"))
    assert.is_nil(plain.average)
    assert.not_equal(plain.loss, result.loss)
    local text = call "eval DIR/runs/e-1 --average 1 --split val"
    assert.matches("val split, 64 samples\n  mean of 1 checkpoint, update 48; batchnorm's "
      .. "statistics anew of the first 50 batches\n", text)
  end)

  it("takes what each is evaluated with: of ema, of a schedule-free optimizer", function()
    local run = trained(PLAIN:gsub("\"ema\", 0", "\"ema\", 0.9"))
    same(lists.mean(kept(run, 2, "ema")), (weights_of(run, 2)))
    run = trained(PLAIN:gsub(", ema = option%(\"ema\", 0%)", ""):gsub("optim.sgd { lr = 1 }",
      "optim.schedule_free_sgd { lr = 1, momentum = 0.8 }"))
    local y, z, x = kept(run, 2, "params"), kept(run, 2, "optim.z"), {}
    for k = 1, 2 do
      x[k] = {}
      for i, v in ipairs(y[k]) do
        x[k][i] = (v - 0.2 * z[k][i]) / 0.8
      end
    end
    same(lists.mean(x), (weights_of(run, 2)))
    local one = json.decode((call "eval DIR/runs/e-1 --average 1 --split val --json"))
    local file = assert(io.open(run .. "/result.json"))
    assert.near(json.decode(file:read "a").last.val_loss, one.loss, 1e-6)
    file:close()
  end)

  it("measures other data, too", function()
    trained(PLAIN:gsub(", ema = option%(\"ema\", 0%)", ""))
    local row = {}
    for i = 1, 64 do
      row[i] = tostring(i % 17)
    end
    row[65] = "3"
    program.write(folder .. "/more.csv", table.concat(row, ",") .. "\n")
    local got = json.decode((call "eval DIR/runs/e-1 --average 2 --input DIR/more.csv --json"))
    assert.equal(1, got.n)
    assert.same({ 40, 48 }, got.average.steps)
  end)

  it("says in a line where too few are kept, and how more are", function()
    trained(PLAIN:gsub(", ema = option%(\"ema\", 0%)", ""))
    local _, err = call("eval DIR/runs/e-1 --average 9", 1)
    assert.matches("^lrrun: [^\n]*e%-1 has 4 checkpoints %(of updates 24, 32, 40, 48%), want 9; a "
      .. "run keeps its latest two and the best one: checkpoint = { every = 1%*epochs, keep = 9 } "
      .. "in the recipe keeps as many\n$", err)
    _, err = call("eval DIR/runs/e-1 --average 0", 2)
    assert.matches("^lrrun: [^\n]*%-%-average", err)
    _, err = call("eval DIR/runs/e-1 --averge 2", 2)
    assert.matches("unknown flag '%-%-averge'; did you mean '%-%-average'", err)
    os.execute("rm -r " .. folder .. "/runs/e-1/checkpoints")
    _, err = call("eval DIR/runs/e-1 --average 2", 1)
    assert.matches("e%-1 has 0 checkpoints, want 2;", err)
  end)

  it("names a checkpoint that is damaged", function()
    local run = trained(PLAIN:gsub(", ema = option%(\"ema\", 0%)", ""))
    local path = run .. "/checkpoints/step-40.safetensors"
    local file = assert(io.open(path, "r+b"))
    file:seek("end", -40)
    file:write "damaged"
    file:close()
    local _, err = call("eval DIR/runs/e-1 --average 2", 1)
    assert.matches("step%-40.safetensors: is damaged: its checksum differs", err)
  end)
end)
