-- A loader that makes its part of the work alone: rows of each batch, or batches of each epoch.
-- What it makes is, to the bit, what one makes that makes all; and it makes nothing else.

local data = require "lrrun.data"

local TOKENS, TAGS, ROWS, NUMBERS, CLASSES = {}, {}, {}, {}, {}
for i = 1, 23 do
  TOKENS[i], TAGS[i], ROWS[i], NUMBERS[i] = {}, {}, { i, i % 5 }, { i / 3, i % 7 }
  CLASSES[i] = i % 3
  for s = 1, 1 + i * 7 % 6 do
    TOKENS[i][s], TAGS[i][s] = (i * s) % 6, (i + s) % 2
  end
end

local CASES = {
  ["pictures, augmented and mixed"] = function()
    return data.random { shape = { 2, 8, 8 }, classes = 3, n = 45, batch = 10,
      augment = { flip = true, crop = 2, cutout = 3, mixup = 0.4 } }
  end,
  ["rows and classes"] = function()
    return data.table { x = ROWS, y = CLASSES, batch = 7 }
  end,
  ["rows and numbers"] = function()
    return data.table { x = ROWS, y = NUMBERS, batch = 7 }
  end,
  ["windows of a text"] = function()
    return data.random { task = "lm", tokens = 7, length = 5, n = 23, batch = 7 }
  end,
  ["sequences of tokens and their classes"] = function()
    return data.table { x = TOKENS, y = TAGS, vocab = 6, batch = 7 }
  end,
}

local function open(make)
  return make():open { seed = 3, threads = 1 }
end

-- Numbers of rows from .. to of a batch's feed, from 1.
local function rows_of(b, name, from, to)
  local t = b[name]
  local values, each = t:values(), #t // b.n
  return table.move(values, (from - 1) * each + 1, to * each, 1, {})
end

local function check_same(want, got, from, to)
  for _, key in ipairs { "n", "t", "epoch", "index", "count" } do
    assert.equal(want[key], got[key], key)
  end
  for _, name in ipairs { "x", "y" } do
    assert.same(rows_of(want, name, from, to), rows_of(got, name, from, to), name)
  end
  assert.same(want.len and want.len:values(), got.len and got.len:values())
end

describe("a loader that makes a part", function()
  for case, make in pairs(CASES) do
    for _, threaded in ipairs { false, true } do
      it(("has its rows as one has that makes all: %s%s"):format(case, threaded
        and ", made ahead" or ""), function()
        local d = open(make)
        local opts = { prefetch = threaded }
        local whole, parts, PIECES = d:loader(opts), {}, 3
        for i = 1, PIECES do
          parts[i] = d:loader(opts)
          parts[i]:take("rows", PIECES, i - 1, i)
        end
        for _ = 1, 2 * whole:count() do
          local want = whole:next()
          for i, part in ipairs(parts) do
            check_same(want, part:next(), want.n * (i - 1) // PIECES + 1, want.n * i // PIECES)
          end
        end
        local rows = 0
        for _, part in ipairs(parts) do
          rows = rows + part:rows()
        end
        assert.equal(2 * whole:samples(), whole:rows())
        assert.equal(whole:rows(), rows)
      end)
    end
  end

  it("leaves the rows of others alone", function()
    local d = open(CASES["pictures, augmented and mixed"])
    local part = d:loader { prefetch = false }
    part:take("rows", 5, 2, 3)
    local x = part:next().x:values()
    local each = #x // 10
    for i, v in ipairs(x) do
      if i <= 4 * each or i > 6 * each then
        assert.equal(0, v)
      end
    end
  end)

  it("has its batches in each epoch, and may take others", function()
    local d = open(CASES["pictures, augmented and mixed"])
    for _, threaded in ipairs { false, true } do
      local whole, part = d:loader {}, d:loader { prefetch = threaded }
      local want = {}
      for _ = 1, 3 * whole:count() do
        local b = whole:next()
        want[("%d %d"):format(b.epoch, b.index)] = b.x:values()
      end
      local seen = {}
      local function take(n)
        for _ = 1, n do
          local b = part:next()
          seen[#seen + 1] = ("%d %d"):format(b.epoch, b.index)
          assert.same(want[seen[#seen]], b.x:values())
        end
      end
      part:take("batches", 1, 3)
      take(3)
      part:take("batches", 3, 5)
      take(3)
      assert.same({ "0 1", "0 2", "1 1", "1 3", "1 4", "2 3" }, seen)
      assert.equal(10 + 10 + 10 + 10 + 5 + 10, part:rows())
      part:take("batches", 2, 2) -- none at all
    end
  end)
end)
