-- Data with a target at each step, and sequences from arrays and tables.

local data = require "lrrun.data"
local files = require "support.files"
local readers = require "lrrun.native.readers"

local SEED = { seed = 1 }

local function open(value)
  return value:open(SEED)
end

local function plain(opts)
  opts.shuffle, opts.normalize = false, false
  return open(data.table(opts))
end

local function first(d)
  return d:batches("train", 1)()
end

local function refused(text, f, ...)
  local message = files.failure(f, ...)
  assert.truthy(message, "not refused")
  assert.matches(text, message, 1, true)
end

local TOKENS = { { 1, 2, 3 }, { 4 }, { 5, 0 } }
local TAGS = { { "B", "I", "O" }, { "O" }, { "B", "I" } }

describe("data.table", function()
  it("takes a class for each step of tokens, padded like them", function()
    local d = plain { TOKENS, TAGS, vocab = 6, batch = 3 }
    assert.equal(3, d.classes)
    assert.same({ "B", "I", "O" }, d.class_names)
    assert.is_true(d.per_step)
    assert.is_true(d.seq)
    assert.equal(3, d.length)
    local b = first(d)
    assert.same({ 3, 3 }, b.x:shape())
    assert.same({ 3, 3 }, b.y:shape())
    local of_length = {}
    local len, x, y = b.len:values(), b.x:values(), b.y:values()
    for i = 1, 3 do
      of_length[len[i]] = { table.concat(x, " ", 3 * i - 2, 3 * i),
        table.concat(y, " ", 3 * i - 2, 3 * i) }
    end
    assert.same({ { "4 0 0", "2 0 0" }, { "5 0 0", "0 1 0" }, { "1 2 3", "0 1 2" } }, of_length)
    assert.matches("sequences of up to 3 tokens, vocabulary of 6; 3 classes at each step",
      d:describe(), 1, true)
    assert.matches("y holds a class for each step of x, for its sizes are those of the steps; "
      .. "per_step = false takes them for one sample's", d:describe(), 1, true)
  end)

  it("takes sequences of numbers of other lengths, and targets of several numbers", function()
    local d = plain { { { { 1, 2 }, { 3, 4 } }, { { 5, 6 } } },
      { { { 1, 0, 2 }, { 0, 1, 3 } }, { { 7, 8, 9 } } }, batch = 2 }
    assert.same({ 2, 2 }, d.shape)
    assert.equal("real", d.dtype)
    assert.equal(3, d.targets)
    local b = first(d)
    assert.same({ 2, 2, 2 }, b.x:shape())
    assert.same({ 2, 2, 3 }, b.y:shape())
    local len = b.len:values()
    local one = len[1] == 1 and 0 or 1 -- which sample has one step
    assert.same({ 5, 6, 0, 0 }, { table.unpack(b.x:values(), one * 4 + 1, one * 4 + 4) })
    assert.same({ 7, 8, 9, 0, 0, 0 }, { table.unpack(b.y:values(), one * 6 + 1, one * 6 + 6) })
    assert.matches("sequences of up to 2 steps of 2 values; 3 targets at each step", d:describe(),
      1, true)
  end)

  it("scales sequences by their own steps alone, and pads with the mean", function()
    local d = open(data.table { { { { 1 }, { 2 }, { 3 } }, { { 6 } } }, batch = 2 })
    local means, factors = d:scale()
    assert.same({ 3 }, means)
    assert.near(1 / math.sqrt((4 + 1 + 9) / 4), factors[1], 1e-6)
    local sum = 0
    for _, v in ipairs(first(d).x:values()) do
      sum = sum + v
    end
    assert.near(0, sum, 1e-5)
  end)

  it("takes a target for each sample of sequences too", function()
    local d = plain { TOKENS, { 0, 1, 1 }, vocab = 6, batch = 3 }
    assert.is_nil(d.per_step)
    assert.equal(2, d.classes)
    assert.same({ 3 }, first(d).y:shape())
  end)

  it("takes steps of samples that are no sequences by their shape, unless told not to", function()
    local x, y = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }, { { 0, 1 }, { 1, 1 } }
    local d = plain { x, y, shape = { 2, 2 }, batch = 2 }
    assert.is_true(d.per_step)
    assert.equal(2, d.classes)
    assert.is_nil(d.seq)
    assert.same({ 0, 1, 1, 1 }, first(d).y:values())
    local whole = plain { x, y, shape = { 2, 2 }, per_step = false, batch = 2 }
    assert.is_nil(whole.per_step)
    assert.equal(2, whole.targets)
  end)

  it("says which sample's targets do not fit", function()
    refused("'y' has 2 items for sample 1, want a list with a target for each of its 3 steps",
      plain, { TOKENS, { { 0, 1 }, { 0 }, { 1, 1 } }, vocab = 6, per_step = true })
    refused("'y' has 1 for sample 2", plain, { TOKENS, { { 0, 1, 1 }, 1, { 1, 1 } }, vocab = 6,
      per_step = true })
    refused("'y' has 2 items, 'x' has 3 rows", plain, { TOKENS, { { 0, 1, 0 }, { 1 } }, vocab = 6 })
    refused("a token of sample 3 is 5, want 0..4", plain, { TOKENS, TAGS, vocab = 5 })
    refused("a token of sample 1 is -1", plain, { { { 1.5 } }, { { 0 } }, vocab = 5 })
    refused("row 2 has no step", plain, { { { 1 }, {} }, { { 0 }, {} }, vocab = 5 })
    refused("row 2 is no list of steps", plain, { { { { 1 } }, 7 } })
    refused("target 1 of step 2 of sample 1 is nan", plain, { { { { 1 }, { 2 } } },
      { { 0.5, 0 / 0 } } })
    refused("a step has at most 4 axes", readers.rows, { x = { { { 1 } } }, y = { 0 },
      classes = 1, seq = true, shape = { 1, 1, 1, 1, 1 } })
  end)

  it("may have no target at any step", function()
    local d = readers.rows { x = { { { 1 }, { 2 } }, { { 3 } } }, shape = { 1 }, seq = true,
      per_step = true }
    d:split { seed = 1 }
    local batch = d:loader { batch = 2, seed = 1 }:next()
    assert.is_nil(batch.y)
    assert.same({ 1, 2, 3, 0 }, batch.x:values())
  end)

  it("refuses mixup of steps", function()
    refused("mixup is for classes of images or rows", function()
      first(plain { { { 1, 2 }, { 3, 4 } }, { { 0, 1 }, { 1, 0 } }, shape = { 2, 1 },
        augment = { mixup = 0.2 } })
    end)
  end)

  it("has one fingerprint for the same steps, another for another target", function()
    local function print_of(tags)
      return plain({ TOKENS, tags, vocab = 6 }).fingerprint
    end
    assert.equal(print_of(TAGS), print_of(TAGS))
    assert.not_equal(print_of(TAGS), print_of { { "B", "I", "O" }, { "O" }, { "B", "O" } })
  end)
end)

describe("data.npy", function()
  local folder
  before_each(function()
    folder = files.folder()
  end)

  local function arrays(x, y, opts)
    opts = opts or {}
    opts.x, opts.y = files.write(folder, "x.npy", x), files.write(folder, "y.npy", y)
    opts.shuffle, opts.normalize, opts.batch = false, false, 2
    return open(data.npy(opts))
  end

  local steps = files.npy("<f4", { 2, 2, 1 }, string.pack("<ffff", 1, 2, 3, 4))
  local ids = files.npy("<i4", { 2, 3 }, string.pack("<i4i4i4i4i4i4", 1, 2, 3, 0, 1, 2))

  it("takes a class or numbers for each step of (n, t, features)", function()
    local d = arrays(steps, files.npy("<i8", { 2, 2 }, string.pack("<i8i8i8i8", 0, 2, 1, 0)))
    assert.is_true(d.per_step)
    assert.equal(3, d.classes)
    assert.same({ 2, 1 }, d.shape)
    assert.same({ 0, 2, 1, 0 }, first(d).y:values())
    local two = arrays(steps, files.npy("<f4", { 2, 2, 2 }, string.pack("<ffffffff", 1, 2, 3, 4,
      5, 6, 7, 8)))
    assert.equal(2, two.targets)
    assert.same({ 2, 2, 2 }, first(two).y:shape())
    local one = arrays(steps, files.npy("<f4", { 2, 2 }, string.pack("<ffff", 1, 2, 3, 4)))
    assert.equal(1, one.targets)
    assert.same({ 2, 2, 1 }, first(one).y:shape())
  end)

  it("takes them for one sample's where it is told so", function()
    local d = arrays(steps, files.npy("<f4", { 2, 2 }, string.pack("<ffff", 1, 2, 3, 4)),
      { per_step = false })
    assert.is_nil(d.per_step)
    assert.equal(2, d.targets)
  end)

  it("reads tokens, with a class for each or for all", function()
    local d = arrays(ids, files.npy("<i4", { 2, 3 }, string.pack("<i4i4i4i4i4i4", 0, 1, 1, 0, 0,
      1)), { vocab = 4 })
    assert.equal("i32", d.dtype)
    assert.equal(4, d.vocab)
    assert.equal(3, d.length)
    assert.is_true(d.per_step)
    assert.same({ 0, 1, 1, 0, 0, 1 }, first(d).y:values())
    assert.same({ 1, 2, 3, 0, 1, 2 }, first(d).x:values())
    local whole = arrays(ids, files.npy("<i4", { 2 }, string.pack("<i4i4", 0, 1)), { vocab = 4 })
    assert.is_nil(whole.per_step)
  end)

  it("says what does not fit", function()
    local three = files.npy("<i4", { 2, 3 }, ("\0"):rep(24))
    refused("y.npy is (2, 3), and a target for each of 2 steps is (2, 2) or (2, 2, targets)",
      arrays, steps, three, { per_step = true })
    local rows = files.npy("<f4", { 2, 3 }, ("\0"):rep(24))
    refused("x.npy is (2, 3), and a target for each step wants (samples, steps, features), or "
      .. "with 'vocab' (samples, steps)", arrays, rows, three, { per_step = true })
    refused("tokens are whole numbers (samples, steps)", arrays, steps, three, { vocab = 4 })
    refused("a token of sample 1 is 3, want 0..2", arrays, ids, three, { vocab = 3 })
  end)
end)
