local data = require "lrrun.data"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local prepare = require "lrrun.train.prepare"
local readers = require "lrrun.native.readers"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"
local sys = require "lrrun.native.sys"

local function digits(opts, ctx)
  return data.digits(opts or {}):open(ctx or { seed = 1 })
end

-- All indices of an epoch, in order.
local function indices(loader, epoch)
  loader:seek(epoch, 0)
  local out = {}
  for _ = 1, loader:count() do
    loader:next()
    table.move(loader:indices(), 1, loader:count() * 1000, #out + 1, out)
  end
  return out
end

local function key(list)
  return table.concat(list, " ")
end

describe("the digits", function()
  it("are 1,797 samples of 64 values with 10 classes, built in", function()
    local d = digits { normalize = false, val = 0.2 }
    assert.same({ train = 1438, val = 359, test = 0 }, d.splits)
    assert.same({ 64 }, d.shape)
    assert.equal(10, d.classes)
    assert.equal("real", d.dtype)
    local b = readers.digits(false)
    b:split { seed = 0 }
    local first = b:loader { batch = 1, seed = 0 }:next()
    assert.same({ 0, 0, 5, 13, 9, 1, 0, 0 }, (function(v)
      local out = {}
      for i = 1, 8 do
        out[i] = math.tointeger(v[i] * 16)
      end
      return out
    end)(first.x:values()))
    assert.same({ 0 }, first.y:values())
  end)

  it("are images of 1 x 8 x 8 when asked", function()
    assert.same({ 1, 8, 8 }, digits({ images = true }).shape)
  end)

  it("have mean 0 and deviation 1 over the training split", function()
    local d = digits { val = 0.5 }
    local sum, squares, n = 0, 0, 0
    for b in d:batches() do
      for _, v in ipairs(b.x:values()) do
        sum, squares, n = sum + v, squares + v * v, n + 1
      end
    end
    assert.near(0, sum / n, 1e-5)
    assert.near(1, squares / n, 1e-5)
  end)
end)

describe("drop_last", function()
  local function left_out(d, epoch, opts)
    local seen = {}
    for _, i in ipairs(indices(d:loader(opts or {}), epoch)) do
      seen[i] = true
    end
    local out = {}
    for i = 1, d.splits.train do
      out[#out + 1] = not seen[i] and i or nil
    end
    return out
  end

  it("leaves out the last short batch of a training epoch, other samples in each", function()
    local d = digits { batch = 100, drop_last = true }
    local loader = d:loader {}
    assert.equal(17, loader:count())
    assert.equal(1700, loader:samples())
    assert.equal(97, #left_out(d, 0))
    assert.not_same(left_out(d, 0), left_out(d, 1))
    local n = 0
    for batch in d:batches("train", 3) do
      assert.equal(100, batch.n)
      n = n + 1
    end
    assert.equal(17, n)
  end)

  it("leaves out the file's last without shuffle, and none of the other splits", function()
    local d = digits { batch = 100, drop_last = true, shuffle = false, val = 0.2 }
    assert.equal(1400, d:loader({}):samples())
    assert.same(indices(d:loader {}, 0), indices(d:loader {}, 1))
    assert.equal(4, d:loader({ split = "val" }):count())
    local whole = digits { batch = 1797, drop_last = true }
    assert.equal(1, whole:loader({}):count())
  end)

  it("leaves out any length of sequences", function()
    local d = data.random { tokens = 9, length = 30, n = 50, batch = 8, drop_last = true }
      :open { seed = 1 }
    local loader = d:loader {}
    assert.equal(6, loader:count())
    local lengths = 0
    for epoch = 0, 20 do
      loader:seek(epoch, 0)
      for _ = 1, loader:count() do
        local batch = loader:next()
        assert.equal(8, batch.n)
        lengths = math.max(lengths, batch.t)
      end
    end
    assert.equal(30, lengths)
  end)

  it("is an error where no batch is whole", function()
    local ok, why = pcall(function()
      local d = digits { batch = 32, limit = 20, drop_last = true }
      return d:batches "train"
    end)
    assert.is_false(ok)
    assert.matches("the train split has 20 samples, a batch 32: drop_last = true leaves none", why)
  end)
end)

describe("splits", function()
  it("are the same for one seed, others for another, and share nothing", function()
    local function train(seed)
      local d = digits({ val = 0.25, test = 0.25 }, { seed = seed })
      local seen = {}
      for _, split in ipairs { "train", "val", "test" } do
        for _, i in ipairs(indices(d:loader { split = split, shuffle = false }, 0)) do
          assert.is_nil(seen[i])
          seen[i] = split
        end
      end
      local out = {}
      for i = 1, 1797 do
        out[i] = seen[i]
      end
      assert.equal(1797, #out)
      return key(out)
    end
    assert.equal(train(1), train(1))
    assert.not_equal(train(1), train(2))
  end)

  it("take the end of the data with split = 'last'", function()
    local d = data.table { { 1, 2, 3, 4, 5 }, { 0, 1, 0, 1, 0 }, val = 0.4, split = "last" }
      :open { seed = 1 }
    assert.same({ 4, 5 }, indices(d:loader { split = "val", shuffle = false }, 0))
  end)

  it("use only a limited number of samples, drawn at random", function()
    local d = digits { limit = 100, val = 0.1 }
    assert.same({ train = 90, val = 10, test = 0 }, d.splits)
    assert.truthy(indices(d:loader { shuffle = false }, 0)[90] > 1000)
  end)

  it("are errors when empty, naming the recipe's line", function()
    assert.truthy(files.failure(digits, { val = 1e-5 }):find(
      "loader_spec.lua:%d+: data.digits: val = 1e%-05 of 1797 samples is an empty split"))
    assert.truthy(files.failure(digits, { val = 0.5, test = 0.5 }):find(
      "none is left to train on", 1, true))
    assert.truthy(files.failure(digits, { val = "test" }):find("no test part", 1, true))
    assert.truthy(files.failure(function()
      digits():loader { split = "test" }
    end):find("the data have no test split", 1, true))
  end)
end)

describe("a loader", function()
  it("gives every sample once an epoch, in a new order each, and the short batch too", function()
    local loader = digits():loader { batch = 100 }
    assert.equal(18, loader:count())
    assert.equal(1797, loader:samples())
    local one, two = indices(loader, 0), indices(loader, 1)
    assert.equal(1797, #one)
    assert.not_equal(key(one), key(two))
    assert.equal(key(one), key(indices(loader, 0)))
    table.sort(one)
    table.sort(two)
    assert.equal(key(one), key(two))
    loader:seek(0, 17)
    assert.equal(97, loader:next().n)
  end)

  it("keeps the order of the file without shuffle", function()
    local list = indices(digits({ shuffle = false }):loader { batch = 100 }, 3)
    assert.same({ 1, 2, 3 }, { list[1], list[2], list[3] })
  end)

  it("goes on from any batch as if it had never stopped", function()
    local d = digits()
    local a, b = d:loader { batch = 64 }, d:loader { batch = 64 }
    for _ = 1, 40 do
      a:next()
    end
    b:seek(1, 40 - a:count())
    for _ = 1, 20 do
      local x, y = a:next(), b:next()
      assert.equal(x.epoch, y.epoch)
      assert.equal(x.index, y.index)
      assert.equal(key(x.x:values()), key(y.x:values()))
    end
    a:seek(2, a:count())
    local first = a:next()
    assert.equal(3, first.epoch)
    assert.equal(0, first.index)
    assert.truthy(files.failure(a.seek, a, 0, 30):find("seek to batch 30 of an epoch of 29"))
  end)

  it("keeps a batch until the next but one", function()
    for _, augment in ipairs { { flip = true }, false } do
      local d = digits { images = true, batch = 8 }
      local loader = d:loader { augment = augment or nil }
      local one = loader:next()
      local before = key(one.x:values())
      loader:next()
      assert.equal(before, key(one.x:values()))
    end
  end)

  it("takes a batch larger than the split", function()
    assert.equal(1797, digits():loader({ batch = 1000000 }):next().n)
  end)

  it("refuses augmentation that does not fit the data", function()
    local why = files.failure(function()
      digits():loader { augment = { crop = 1 } }
    end)
    assert.truthy(why:find("flip, crop and cutout are for images", 1, true))
    why = files.failure(function()
      digits({ images = true }):loader { augment = { crop = 8 } }
    end)
    assert.truthy(why:find("crop = 8 is not below the image's height", 1, true))
    why = files.failure(function()
      digits({ images = true }):loader { augment = { cutout = 9 } }
    end)
    assert.truthy(why:find("cutout = 9 is above the image's height", 1, true))
  end)
end)

describe("augmentation", function()
  local shape = { 2, 3, 4 }
  local function image_set()
    local x = {}
    for i = 1, 40 do
      x[i] = {}
      for j = 1, 24 do
        x[i][j] = i * 100 + j
      end
    end
    return data.table { x = x, shape = shape, normalize = false }:open { seed = 9 }
  end
  local function all(d, augment, opts)
    opts = opts or {}
    local loader = d:loader { augment = augment, batch = opts.batch or 7, shuffle = opts.shuffle,
      prefetch = opts.prefetch, seed = opts.seed }
    loader:seek(opts.epoch or 0, 0)
    local out = {}
    for _ = 1, loader:count() do
      local b = loader:next()
      local x, index = b.x:values(), loader:indices()
      for i = 1, b.n do
        out[index[i]] = table.move(x, (i - 1) * 24 + 1, i * 24, 1, {})
      end
    end
    return out
  end

  it("is the same with and without prefetching, in any batch, order and epoch asked", function()
    local d = image_set()
    local every = { flip = true, crop = 2, cutout = 2 }
    local want = all(d, every, { prefetch = false, shuffle = false, epoch = 2 })
    assert.same(want, all(d, every, { prefetch = true, epoch = 2 }))
    assert.same(want, all(d, every, { prefetch = true, batch = 40, epoch = 2 }))
    assert.not_same(want, all(d, every, { epoch = 3 }))
    assert.not_same(want, all(d, every, { epoch = 2, seed = 10 }))
  end)

  -- Where a CPU is idle a thread of its own makes them, else all threads of a network do.
  it("is the same for any number of threads, of samples and of sequences", function()
    local before, got = sys.threads(), {}
    finally(function()
      sys.threads(before)
    end)
    for i, threads in ipairs { 1, (sys.cores()) } do
      sys.threads(threads)
      local run <close> = prepare.run(resolve.for_run(recipe { data = data.digits(),
        model = nn.linear(10), loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 },
        epochs = 1 }), {})
      local texts = data.random { tokens = 50, length = 300, classes = 2, n = 500, batch = 250 }
      local values = {}
      for _, d in ipairs { digits { images = true, batch = 700 }, texts:open { seed = 2 } } do
        local loader = d:loader { augment = d.shape[3] and { flip = true, crop = 2 } or nil }
        for _ = 1, loader:count() do
          local b = loader:next()
          values[#values + 1] = b.x:values()
          values[#values + 1] = b.y:values()
        end
      end
      assert.is_true(run.model ~= nil and #values > 6)
      got[i] = values
    end
    assert.same(got[1], got[2])
  end)

  it("mirrors about half of the images", function()
    local d, flipped = image_set(), 0
    local plain, turned = all(d), all(d, { flip = true })
    for i = 1, 40 do
      if turned[i][1] == plain[i][4] then
        flipped = flipped + 1
        for r = 0, 5 do
          for j = 1, 4 do
            assert.equal(plain[i][r * 4 + 5 - j], turned[i][r * 4 + j])
          end
        end
      else
        assert.same(plain[i], turned[i])
      end
    end
    assert.truthy(flipped > 8 and flipped < 32)
  end)

  -- The shift (dy, dx) that explains `moved`, or nil.
  local function shift_of(plain, moved, most)
    for dy = -most, most do
      for dx = -most, most do
        local fits = true
        for c = 0, 1 do
          for r = 0, 2 do
            for j = 0, 3 do
              local y, x = r + dy, j + dx
              local inside = y >= 0 and y < 3 and x >= 0 and x < 4
              local want = inside and plain[c * 12 + y * 4 + x + 1] or 0
              fits = fits and moved[c * 12 + r * 4 + j + 1] == want
            end
          end
        end
        if fits then
          return dy .. "," .. dx
        end
      end
    end
  end

  it("moves images by up to crop pixels each way, with 0 outside", function()
    local d, shifts = image_set(), {}
    local plain, moved = all(d), all(d, { crop = 1 })
    local different = 0
    for i = 1, 40 do
      local shift = shift_of(plain[i], moved[i], 1)
      assert.truthy(shift)
      different = different + (shifts[shift] and 0 or 1)
      shifts[shift] = true
    end
    assert.truthy(different >= 7)
  end)

  it("cuts out a square that is clipped at the border", function()
    local d = image_set()
    local plain, cut = all(d), all(d, { cutout = 2 })
    for i = 1, 40 do
      local zeros = 0
      for j = 1, 12 do
        local gone = cut[i][j] == 0
        assert.equal(gone, cut[i][j + 12] == 0)
        assert.truthy(gone or cut[i][j] == plain[i][j])
        zeros = zeros + (gone and 1 or 0)
      end
      assert.truthy(zeros == 1 or zeros == 2 or zeros == 4)
    end
  end)

  it("mixes samples and their classes by the same weight", function()
    local x, y = {}, {}
    for i = 1, 64 do
      x[i] = { i % 2, 5 }
      y[i] = i % 2
    end
    local d = data.table { x = x, y = y, normalize = false, batch = 64 }:open { seed = 1 }
    local b = d:loader({ augment = { mixup = 1 } }):next()
    local mixed, soft, between = b.x:values(), b.y:values(), 0
    assert.same({ 64, 2 }, b.y:shape())
    for i = 1, 64 do
      assert.near(mixed[2 * i - 1], soft[2 * i], 1e-6)
      assert.near(1, soft[2 * i - 1] + soft[2 * i], 1e-6)
      assert.near(5, mixed[2 * i], 1e-5)
      between = between + (soft[2 * i] > 0.01 and soft[2 * i] < 0.99 and 1 or 0)
    end
    assert.truthy(between > 15)
  end)

  it("is left out when evaluating", function()
    local d = data.digits({ images = true, val = 0.5, augment = { flip = true, crop = 2 } })
      :open { seed = 1 }
    local plain = data.digits({ images = true, val = 0.5 }):open { seed = 1 }
    assert.equal(key(d:batches("val")().x:values()), key(plain:batches("val")().x:values()))
    assert.not_equal(key(d:batches("train")().x:values()),
      key(plain:batches("train")().x:values()))
  end)

  it("has keys that are checked when the recipe is read", function()
    local cases = {
      [{ flop = true }] = "'augment' has an unknown key 'flop'; did you mean 'flip'?",
      [{ crop = 1.5 }] = "'augment' has crop = 1.5, want whole pixels",
      [{ flip = 1 }] = "'augment' has flip = 1, want true or false",
      [{ mixup = -1 }] = "'augment' has mixup = -1, want a number, 0 or more",
    }
    for augment, want in pairs(cases) do
      local why = files.failure(data.digits, { augment = augment })
      assert.truthy(why:find(want, 1, true), why)
    end
  end)
end)

describe("a fingerprint", function()
  it("follows the contents, not the splits or the seed", function()
    assert.equal(digits({ val = 0.1 }).fingerprint, digits({ batch = 7 }, { seed = 5 }).fingerprint)
    local function of(v)
      return data.table({ { { 1, v } }, { 1 } }):open({}).fingerprint
    end
    assert.not_equal(of(2), of(3))
    assert.equal(64, #of(2))
  end)
end)

describe("data.table", function()
  it("takes rows, and classes as names or numbers, or targets", function()
    local d = data.table({ { { 1, 2 }, { 3, 4 } }, { "b", "a" } }):open {}
    assert.same({ "a", "b" }, d.class_names)
    assert.equal(3, data.table({ { 1, 2 }, { 2, 0 } }):open({}).classes)
    assert.equal(1, data.table({ { 1, 2 }, { 0.5, 0 } }):open({}).targets)
    assert.equal(1, data.table({ { 1, 2 }, { 1, 0 }, task = "regression" }):open({}).targets)
    assert.equal(2, data.table({ { 1, 2 }, { { 1, 0 }, { 3, 4 } } }):open({}).targets)
    assert.is_nil(data.table({ { 1, 2 } }):open({}).classes)
  end)

  it("names the row that does not fit", function()
    local function why(opts)
      return files.failure(function()
        data.table(opts):open {}
      end)
    end
    assert.truthy(why({ { { 1, 2 }, { 3 } } }):find("row 2 is not a list of 2 numbers", 1, true))
    assert.truthy(why({ { { 1, 2 }, { 3, "x" } } }):find(
      "value 2 of row 2 is a string, want a number", 1, true))
    assert.truthy(why({ { 1, 0 / 0 } }):find("value 1 of sample 2 is nan", 1, true))
    assert.truthy(why({ { 1, 2 }, { 1 } }):find("'y' has 1 item, 'x' has 2 rows", 1, true))
  end)
end)

describe("generators", function()
  it("depend on the seed alone", function()
    for _, name in ipairs { "spirals", "moons", "blobs" } do
      local function of(seed)
        return data[name]({ n = 50 }):open({ seed = seed }).fingerprint
      end
      assert.equal(of(1), of(1))
      assert.not_equal(of(1), of(2))
    end
  end)

  it("make even classes of the sizes asked for", function()
    local d = data.spirals({ n = 90, classes = 3, noise = 0 }):open { seed = 1 }
    local count = { 0, 0, 0 }
    for b in d:batches() do
      for _, c in ipairs(b.y:values()) do
        count[c + 1] = count[c + 1] + 1
      end
    end
    assert.same({ 30, 30, 30 }, count)
    assert.same({ 3, 4 }, data.random({ shape = { 3, 4 } }):open({}).shape)
    d = data.random({ tokens = 9, length = 5, classes = 4 }):open {}
    assert.same({ 9, 5, 4, {} }, { d.vocab, d.length, d.classes, d.shape })
    assert.equal(7, data.blobs({ features = 7 }):open({}).shape[1])
  end)

  it("put moons on half circles of radius 1 when there is no noise", function()
    local d = data.moons({ n = 20, noise = 0, normalize = false }):open { seed = 1 }
    local b = d:loader({ batch = 20, shuffle = false }):next()
    local x, y = b.x:values(), b.y:values()
    for i = 1, 20 do
      local u, v = x[2 * i - 1] - y[i], x[2 * i] - 0.5 * y[i]
      assert.near(1, u * u + v * v, 1e-5)
    end
  end)

  it("say which keys random needs", function()
    assert.truthy(files.failure(data.random, {}):find("'shape' is missing", 1, true))
    assert.truthy(files.failure(data.random, { tokens = 5 }):find("'length' is missing", 1, true))
    assert.truthy(files.failure(data.random, { tokens = 5, length = 4, task = "lm", classes = 3 })
      :find("'classes' is given beside task = \"lm\", whose targets are the next tokens", 1, true))
  end)
end)
