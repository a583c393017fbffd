local native = require "lrrun.native.search"
local search = require "lrrun.search"

local function curve(...)
  local out = {}
  for i, value in ipairs { ... } do
    out[i] = { i, value }
  end
  return out
end

describe("The median rule", function()
  local others = { curve(5, 4), curve(5, 3), curve(5, 2), curve(5, 1) }

  it("stops a trial that is worse than the median at its step", function()
    assert.is_true(native.median(4, 0, curve(6, 2.6), others)) -- median 2.5
    assert.is_false(native.median(4, 0, curve(6, 2.5), others))
    assert.is_false(native.median(4, 0, curve(6, 2.4), others))
  end)

  it("judges a trial by its best value so far", function()
    assert.is_false(native.median(4, 0, curve(2.4, 9), others))
  end)

  it("waits for enough trials at the step and for the warm-up", function()
    assert.is_false(native.median(5, 0, curve(6, 9), others))
    assert.is_false(native.median(4, 2, curve(6, 9), others))
    assert.is_false(native.median(1, 0, curve(6, 9, 9), others))
    assert.is_false(native.median(1, 0, {}, others))
  end)

  it("counts NaN as worse than any number", function()
    assert.is_true(native.median(4, 0, curve(0 / 0, 0 / 0), others))
    assert.is_false(native.median(1, 0, curve(6, 9), { curve(1, 0 / 0) }))
  end)
end)

-- Plays a search: job n sees the results of jobs up to n - 1 - lag.
local function play(cfg, lag, value)
  local jobs, order = {}, {}
  for n = 1, 1000 do
    local known = {}
    for i, job in ipairs(jobs) do
      known[i] = { trial = job.trial, rung = job.rung, value = i < n - lag and job.value or nil }
    end
    local job = native.next_job(cfg, known)
    if not job then
      break
    end
    job.value = value(job.trial, job.rung)
    jobs[n], order[n] = job, job.trial .. ":" .. job.rung
  end
  return order
end

describe("ASHA", function()
  local cfg = { grace = 1, factor = 3, max = 9, trials = 9 }

  it("has rungs at grace times powers of the factor, the last at the end", function()
    assert.same({ 1, 3, 9 }, native.rungs(cfg))
    assert.same({ 1, 3, 9, 20 }, native.rungs { grace = 1, factor = 3, max = 20 })
    assert.same({ 5 }, native.rungs { grace = 5, factor = 3, max = 5 })
  end)

  it("takes the best third on as soon as it is known, the most advanced first", function()
    local order = play(cfg, 0, function(trial)
      return trial
    end)
    assert.same({ "0:1", "1:1", "2:1", "0:2", "3:1", "4:1", "5:1", "1:2", "6:1", "7:1",
      "8:1", "2:2", "0:3" }, order)
  end)

  it("never takes a failed trial on, nor one trial twice to a rung", function()
    local seen = {}
    local order = play({ grace = 1, factor = 2, max = 8, trials = 12 }, 3, function(trial)
      return trial % 3 > 0 and (trial * 7) % 12
    end)
    for _, job in ipairs(order) do
      assert.is_nil(seen[job])
      seen[job] = true
      local trial, rung = job:match "(%d+):(%d+)"
      assert.is_false(trial % 3 == 0 and rung ~= "1")
    end
  end)
end)

describe("Hyperband", function()
  it("deals trials to brackets in Hyperband's proportions", function()
    local cfg = { grace = 1, factor = 3, max = 9, trials = 17, brackets = true }
    local first = {}
    for _, job in ipairs(play(cfg, 0, function(trial) return trial end)) do
      local trial, rung = job:match "(%d+):(%d+)"
      first[trial + 1] = first[trial + 1] or tonumber(rung)
    end
    assert.same({ 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3 }, first)
  end)
end)

describe("A pruner's value", function()
  it("has the published defaults", function()
    assert.equal(5, search.median().opts.startup)
    assert.equal(3, search.asha().opts.factor)
    assert.equal(1, search.hyperband().opts.grace.amount)
  end)

  it("refuses rungs that make no sense", function()
    assert.has_error(function() search.asha { factor = 1 } end)
    assert.has_error(function() native.rungs { grace = 5, factor = 3, max = 4 } end)
    assert.has_error(function() native.rungs { grace = 1e-30, factor = 2, max = 1 } end)
  end)
end)
