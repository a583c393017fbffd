-- lrrun probe: where in a run it looks, what it says, and what it refuses.

local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[
return recipe { name = "p", seed = 3, epochs = 4, data = data.digits { batch = 20, limit = 200 },
  model = nn.sequential { nn.linear(12), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.5, momentum = 0.5 },
  schedule = schedule.linear { from = 1, to = 0.1 },
  checkpoint = { every = 10*steps, keep = 9 }, %s }]]

local function folder_with(keys)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(keys or ""))
  return folder
end

local function probe(words)
  local code, out, err = program.run("probe --json --quiet --samples 40 " .. words)
  return code == 0 and json.decode(out) or nil, err, code
end

local function column(result, key)
  local out = {}
  for i, row in ipairs(result.points) do
    out[i] = row[key]
  end
  return out
end

local function trained_folder()
  local folder = folder_with()
  local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs"):format(folder, folder))
  assert.equal(0, code, err)
  return folder
end

describe("lrrun probe", function()
  it("says that curvature is rough where products are rounded", function()
    local folder = folder_with()
    local words = folder .. "/r.lua --at init"
    assert.is_nil(probe(words).notes)
    local notes = probe(words .. " --precision bf16").notes
    assert.equal(1, #notes)
    assert.matches("^products are rounded to bfloat16, .* it may be a third off", notes[1])
  end)

  it("trains a recipe in memory and measures on the way", function()
    local folder = folder_with()
    local result = probe(folder .. "/r.lua --at end,init,25%,7")
    assert.same({ "init", "7", "25 %", "end" }, column(result, "at"))
    assert.same({ 0, 7, 10, 40 }, column(result, "step"))
    for i, row in ipairs(result.points) do
      assert.near(3 / row.sharpness, row.limit, 1e-9) -- 2 + 2 * 0.5
      assert.near(row.lr / row.limit, row.rate_over_limit, 1e-12)
      assert.is_true(row.settled and row.samples == 40, "row " .. i)
    end
    assert.is_true(result.points[1].lr > result.points[4].lr)
    assert.is_nil(io.open(folder .. "/runs"))
  end)

  it("takes the rate that the run would, where that is to be found", function()
    local folder = folder_with()
    program.write(folder .. "/r.lua", (RECIPE:format(""):gsub("lr = 0.5", "lr = 'auto'")
      :gsub("schedule = .-},", "")))
    local result, err = probe(folder .. "/r.lua --at init")
    assert.is_not_nil(result, err)
    local code, out = program.run(("%s/r.lua --json --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code)
    assert.near(json.decode(out).range.suggestion, result.points[1].lr, 1e-12)
  end)

  it("keeps points of one update in the order in which they were asked for", function()
    local folder = folder_with()
    assert.same({ "init", "0 %", "1 %", "0", "7" }, column(probe(folder
      .. "/r.lua --samples 8 --at 7,init,0%,1%,0"), "at"))
  end)

  it("gives a folder's checkpoints the same figures", function()
    local folder = trained_folder()
    local trained = probe(folder .. "/r.lua --at init,25%,50%,75%,end")
    local kept = probe(folder .. "/runs/p-1")
    assert.same({ "init", "25 %", "50 %", "75 %", "end" }, column(kept, "at"))
    for _, key in ipairs { "step", "loss", "sharpness", "lr", "limit", "noise_trace" } do
      assert.same(column(trained, key), column(kept, key))
    end
  end)

  it("names the checkpoints that there are where none stands for a point", function()
    local folder = trained_folder()
    local result = probe(folder .. "/runs/p-1 --at end,60%")
    assert.same({ 40 }, column(result, "step"))
    assert.matches("60 %: no checkpoint near update 24; there are 0, 10, 20, 30, 40",
      result.notes[1], 1, true)
    local _, err, code = probe(folder .. "/runs/p-1 --at 60%")
    assert.equal(1, code)
    assert.matches("nothing to probe: 60 %", err, 1, true)
  end)

  it("goes by a checkpoint that is damaged, saying so", function()
    local folder = trained_folder()
    local path = folder .. "/runs/p-1/checkpoints/step-20.safetensors"
    local file = assert(io.open(path, "r+b"))
    file:seek("end", -5)
    file:write "x"
    file:close()
    local result = probe(folder .. "/runs/p-1")
    assert.same({ 0, 10, 30, 40 }, column(result, "step"))
    assert.matches("step-20.safetensors: is damaged", result.notes[1], 1, true)
  end)

  it("leaves out what a run that ends early does not reach, and takes its end where it is",
    function()
      local early = folder_with(
        "stop = stop.early { patience = 1, min_delta = 100, monitor = 'train_loss' }")
      local result = probe(early .. "/r.lua --at init,end,90%")
      assert.equal("init end", table.concat(column(result, "at"), " "))
      assert.is_true(result.points[2].step < 36)
      assert.matches("90 %: the run ended before, at update", result.notes[1], 1, true)
    end)

  it("refuses points, flags and places that are none", function()
    local folder = trained_folder()
    local _, err, code = probe(folder .. "/r.lua --at init,120%")
    assert.equal(2, code)
    assert.matches("--at: '120%' is no point of a run; want init, end, a share (25%)", err, 1,
      true)
    _, err, code = probe(folder .. "/runs/p-1 --seed 4")
    assert.equal(2, code)
    assert.matches("--seed changes a recipe, and", err, 1, true)
    _, err, code = probe(folder .. "/r.lua --samples 0")
    assert.equal(2, code)
    assert.matches("--samples takes an integer above 0", err, 1, true)
  end)

  it("says in words what has no value", function()
    local folder = folder_with()
    local code, text = program.run(("probe %s/r.lua --at 3 --samples 40 --set optimizer=%s"):format(
      folder, "'optim.lion{lr=0.001}'"))
    assert.equal(0, code)
    assert.matches("of optim.lion no such limit is known", text, 1, true)
    code, text = program.run(("probe %s/r.lua --at 0 --samples 40 --set optimizer=%s"):format(
      folder, "'optim.adam{lr=0.001}'"))
    assert.equal(0, code)
    assert.matches("before its first update optim.adam has no second moments", text, 1, true)
  end)

  it("has a page of help on what the figures mean", function()
    local code, text = program.run "help probe"
    assert.equal(0, code)
    for _, words in ipairs { "sharpness    ", "limit        ", "noise scale  ",
      "Where these numbers mislead:" } do
      assert.matches(words, text, 1, true)
    end
  end)
end)
