--- log = N*steps: steps.jsonl, its lines, and what becomes of it in resume and damage.

local file = require "lrrun.native.file"
local metrics = require "lrrun.record.metrics_log"
local program = require "support.program"
local runs = require "support.runs"

-- Epochs of 10 updates.
local RECIPE = [[
local losses = 0
return recipe {
  name = "r", data = data.digits { batch = 24, val = 0.2, limit = 300 },
  metrics = { "tensorboard" },
  model = nn.sequential { nn.linear(12), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = option("lr", 0.1),
    momentum = schedule.linear { from = 0.5, to = 0.9 } },
  schedule = schedule.warmup(5*steps) .. schedule.cosine(), epochs = 2, log = LOG,
  stop = stop.divergence { factor = 2 }, on_divergence = { rollback = true },
  checkpoint = { every = 5*steps },
  on = { step = function(t)
    losses = losses + t.loss
    if t.step % 4 == 0 then print("LOSS", ("%.17g"):format(losses / 4)) losses = 0 end
  end },
}
]]

local function begun(finally, log)
  local folder = runs.folder(finally)
  program.write(folder .. "/r.lua", (RECIPE:gsub("LOG", log or "4*steps")))
  local function call(line, want)
    local code, out, err = program.run((line:gsub("DIR", folder)))
    assert.equal(want or 0, code, out .. err)
    return out .. err
  end
  return folder .. "/runs/r-1", call
end

local function rows_of(run)
  return metrics.read(run .. "/steps.jsonl", metrics.STEPS)
end

describe("a run with log", function()
  it("has a line every so many updates, with means over them and what a schedule moves", function()
    local run, call = begun(finally)
    local losses = {}
    for loss in call("DIR/r.lua --out DIR/runs --quiet"):gmatch "LOSS\t(%S+)" do
      losses[#losses + 1] = tonumber(loss)
    end
    local rows = rows_of(run)
    assert.equal(5, #rows)
    for i, row in ipairs(rows) do
      assert.equal(4 * i, row.step)
      assert.near(0.4 * i, row.epoch, 1e-9)
      assert.equal(losses[i], row.loss)
      assert.is_true(row.grad_norm > 0)
    end
    assert.near(0.1 * 4 / 5, rows[1].lr, 1e-12) -- within the warmup, before the first epoch's end
    assert.near(0.5 + 0.4 * 3 / 19, rows[1].numbers["optimizer.momentum (group 1)"], 0.05)
    call "report DIR/runs/r-1"
    assert.matches("by update", file.read(run .. "/report.html"))
    call "extend DIR/runs/r-1 --epochs +1 --via cooldown --quiet"
    assert.equal(28, rows_of(run)[7].step)
    assert.matches("the run has ended", call "resume DIR/runs/r-1")
  end)

  it("makes the same run as without, and no file is there then", function()
    local run, call = begun(finally)
    call "DIR/r.lua --out DIR/runs --quiet"
    local other, again = begun(finally, "nil")
    again "DIR/r.lua --out DIR/runs --quiet"
    assert.is_nil(file.kind(other .. "/steps.jsonl"))
    local function digest(path)
      return file.read(path .. "/result.json"):match '"digest": "(%x+)"'
    end
    assert.equal(digest(run), digest(other))
  end)

  it("writes the same lines where it was stopped and resumed, or went back", function()
    local _, call = begun(finally, "3*steps")
    for _, flags in ipairs { "", "--set lr=40" } do
      assert.matches("same to the last bit", call("verify-resume DIR/r.lua --out DIR/runs --quiet "
        .. flags))
    end
  end)

  it("says what is lost of a damaged file, and goes on without it", function()
    local run, call = begun(finally)
    call "DIR/r.lua --out DIR/runs --quiet"
    local whole = file.read(run .. "/steps.jsonl")
    program.write(run .. "/steps.jsonl", (whole:gsub('"step":8', '"step":7')))
    assert.matches("steps.jsonl: line 2: its checksum differs", call "report DIR/runs/r-1")
    os.remove(run .. "/result.json")
    os.remove(run .. "/checkpoints/step-20.safetensors")
    assert.matches("steps.jsonl: line 2: .* 1 line is kept, .* steps.damaged.jsonl",
      call "resume DIR/runs/r-1")
    assert.same({ 4, 16, 20 }, { rows_of(run)[1].step, rows_of(run)[2].step, rows_of(run)[3].step })
    assert.matches('"file":"steps.jsonl"', file.read(run .. "/history.jsonl"))
    os.remove(run .. "/steps.jsonl")
    assert.matches("steps.jsonl: is missing", call "report DIR/runs/r-1")
  end)
end)
