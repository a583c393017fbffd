local json = require "lrrun.record.json"
local metrics = require "lrrun.record.metrics_log"
local program = require "support.program"
local runs = require "support.runs"

local RECIPE = [[
return recipe {
  name = "r",
  data = data.digits { batch = 32, val = 0.2, limit = 300 },
  model = nn.sequential { nn.linear(24), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 4,
  %s
}
]]
-- Too high a rate in the middle of the second epoch.
local SPIKE = "schedule = schedule.fn(function(t) return t.step > 12 and 1e20 or 0.1 end),"

local function train(folder, more)
  program.write(folder .. "/r.lua", RECIPE:format(more))
  local words = ("%s/r.lua --out %s/runs --json --quiet"):format(folder, folder)
  local code, out, err = program.run(words)
  return code, out ~= "" and json.decode(out) or {}, err
end

local function events_of(path)
  local list = {}
  for _, row in ipairs(metrics.read(path)) do
    list[#list + 1] = row.event == "rollback" and row or nil
  end
  return list
end

describe("on_divergence = { rollback = true }", function()
  it("goes back to the last good state with a lower rate, and says so in the records", function()
    local folder = runs.folder(finally)
    local code, result, err = train(folder, SPIKE
      .. "on_divergence = { rollback = true, factor = 1e-11, times = 5 }")
    assert.equal(0, code, err)
    assert.equal("done", result.reason)
    assert.equal(32, result.steps)
    local rows = events_of(result.run .. "/metrics.jsonl")
    assert.same({ event = "rollback", step = 8, from_step = 14, factor = 1e-11, times = 1 },
      rows[1])
    assert.same(rows, events_of(result.run .. "/history.jsonl"))
  end)

  it("is repeated by a replay", function()
    local folder = runs.folder(finally)
    train(folder, SPIKE .. "on_divergence = { rollback = true, factor = 1e-11, times = 5 }")
    assert.equal(0, (program.run(("pack %s/runs/r-1 -o %s/e.yaml"):format(folder, folder))))
    local _, out = program.run(("replay %s/e.yaml --out %s/runs --json --quiet"):format(folder,
      folder))
    assert.equal("identical", json.decode(out).verdict)
  end)

  it("cuts the rate of a recipe without a schedule too", function()
    local folder = runs.folder(finally)
    local code, result = train(folder, "on_divergence = { rollback = true, factor = 1e-9 }, "
      .. "clip = { norm = 1e9 }, accumulate = 1,")
    assert.equal(0, code)
    assert.equal(0.1, result.last.lr)
    program.write(folder .. "/r.lua", (RECIPE:gsub("lr = 0%.1", "lr = 1e12")
      :format "on_divergence = { rollback = true, factor = 1e-12 },"))
    local _, out = program.run(("%s/r.lua --out %s/runs --json --quiet"):format(folder, folder))
    result = json.decode(out)
    assert.equal("done", result.reason)
    assert.is_true(math.abs(result.last.lr - 1) < 1e-9)
  end)

  it("gives up after so many times: the run has diverged", function()
    local folder = runs.folder(finally)
    local code, result = train(folder, SPIKE
      .. "on_divergence = { rollback = true, factor = 0.5, times = 2 }")
    assert.equal(3, code)
    assert.equal("diverged", result.reason)
    assert.equal(2, #events_of(result.run .. "/metrics.jsonl"))
  end)
end)
