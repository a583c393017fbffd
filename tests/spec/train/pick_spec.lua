-- Which token comes next, by a network's scores: an embedding whose rows are the scores.

local nn = require "nn"
local stream = require "lrrun.nn.stream"

local INF, NAN = math.huge, 0 / 0

-- Picks n times by the scores.
local function picks(scores, how, n)
  local s = stream.new(nn.sequential { nn.embedding(#scores) }, { length = 1, vocab = 1 })
  s.graph:block("params"):set(scores)
  s.native:feed { 0 }
  local cfg = { temperature = 1, top_k = 0, top_p = 1, from = 0, seed = 1 }
  for key, value in pairs(how or {}) do
    cfg[key] = value
  end
  local out = {}
  for i = 1, n or 1 do
    cfg.index = i - 1
    out[i] = s.native:pick(cfg) or "none"
  end
  return out
end

local function scores_of(n, f)
  local out = {}
  for i = 1, n do
    out[i] = f(i - 1)
  end
  while #out % 16 ~= 0 do -- a block of parameters is padded
    out[#out + 1] = -INF
  end
  return out
end

-- How often each came, as shares.
local function shares(list)
  local out = {}
  for _, id in ipairs(list) do
    out[id] = (out[id] or 0) + 1 / #list
  end
  return out
end

describe("picking a token", function()
  it("takes the highest score at temperature 0, of equal ones the first", function()
    local function score(i)
      return i == 5 and 2 or i == 9 and 2 or 1
    end
    assert.same({ 5 }, picks(scores_of(16, score), { temperature = 0 }))
    assert.same({ 9 }, picks(scores_of(16, score), { temperature = 0, from = 6 }))
  end)

  it("draws in proportion to exp(score / temperature)", function()
    local scores = scores_of(3, function(i) return math.log(i + 1) end)
    local found = shares(picks(scores, {}, 6000))
    for i = 0, 2 do
      assert.near((i + 1) / 6, found[i], 0.02)
    end
    found = shares(picks(scores, { temperature = 0.5 }, 6000))
    for i = 0, 2 do
      assert.near((i + 1) ^ 2 / 14, found[i], 0.02)
    end
  end)

  it("keeps to the first top_k, and of these to those that have top_p together", function()
    local scores = scores_of(4, function(i) return math.log(({ 1, 4, 3, 2 })[i + 1]) end)
    local found = shares(picks(scores, { top_k = 2 }, 3000))
    assert.near(4 / 7, found[1], 0.03)
    assert.near(3 / 7, found[2], 0.03)
    assert.is_nil(found[0] or found[3])
    found = shares(picks(scores, { top_p = 0.65 }, 3000)) -- 0.4 and 0.3 of all
    assert.near(4 / 7, found[1], 0.03)
    assert.near(3 / 7, found[2], 0.03)
    found = shares(picks(scores, { top_p = 0.75 }, 3000))
    assert.near(2 / 9, found[3], 0.03)
    found = shares(picks(scores, { top_k = 2, top_p = 0.5 }, 300)) -- 4 of 7 are enough
    assert.same({ [1] = 1 }, { [1] = math.floor(found[1] + 0.5) })
    assert.is_nil(found[2])
    found = shares(picks(scores, { top_k = 1 }, 100))
    assert.is_nil(found[0] or found[2] or found[3])
  end)

  it("always leaves one", function()
    local scores = scores_of(16, function(i) return i == 3 and 50 or 0 end)
    assert.same({ 3, 3, 3 }, picks(scores, { top_p = 1e-9 }, 3))
    assert.same({ 3, 3, 3 }, picks(scores, { temperature = 1e-300 }, 3))
    assert.same({ 3 }, picks(scores, { from = 3, top_k = 1 }))
    assert.same({ "none" }, picks(scores, { from = 16 }))
  end)

  it("has the same order for equal scores, whatever their number", function()
    local scores = scores_of(64, function() return 0.25 end)
    for _, id in ipairs(picks(scores, { top_k = 5 }, 200)) do
      assert.is_true(id <= 4)
    end
  end)

  it("is the same for the same seed and place, and another for others", function()
    local scores = scores_of(32, function(i) return i % 7 end)
    local a, b = picks(scores, { seed = 4 }, 50), picks(scores, { seed = 4 }, 50)
    assert.same(a, b)
    assert.not_same(a, picks(scores, { seed = 5 }, 50))
  end)

  it("gives none where the scores are none", function()
    for _, bad in ipairs { NAN, INF } do
      for _, temperature in ipairs { 0, 1 } do
        assert.same({ "none" }, picks(scores_of(16, function(i) return i == 7 and bad or 0 end),
          { temperature = temperature }))
      end
    end
    assert.same({ "none" }, picks(scores_of(16, function() return -INF end)))
    assert.same({ 2 }, picks(scores_of(16, function(i) return i == 2 and 1 or -INF end)))
  end)

  it("refuses numbers that are out of range", function()
    for _, how in ipairs { { temperature = -1 }, { top_p = 0 }, { top_k = -1 }, { from = -1 },
      { temperature = NAN }, { top_p = NAN } } do
      assert.has_error(function() picks(scores_of(16, function() return 0 end), how) end)
    end
  end)
end)
