-- Samples that stay in their files are those that would be in memory: the same bits everywhere.

local data = require "lrrun.data"
local files = require "support.files"
local language = require "lrrun.language"
local limits = require "lrrun.native.limits"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local readers = require "lrrun.native.readers"
local recipe = require "lrrun.recipe".new
local small_sets = require "support.small_sets"
local train = require "lrrun.language.train"

language.load_all()

local N = 90
local NAN, INF = 0 / 0, 1 / 0

-- Numbers of no pattern that a type may see.
local function numbers(count, scale)
  local out, state = {}, 12345
  for i = 1, count do
    state = (state * 1103515245 + 12345) % 2 ^ 31
    out[i] = (state >> 8) % 256 * (scale or 1)
  end
  return out
end

local function packed(form, list)
  local out = {}
  for i, x in ipairs(list) do
    out[i] = form:pack(x)
  end
  return table.concat(out)
end

local folder

local function write_arrays()
  local function array(name, descr, form, shape, scale, change)
    local list = numbers(N * shape, scale)
    for i, x in pairs(change or {}) do
      list[i] = x
    end
    local sizes = shape == 48 and { N, 3, 4, 4 } or { N, shape }
    files.write(folder, name .. ".npy", files.npy(descr, sizes, packed(form, list)))
  end
  array("u1", "|u1", "B", 48)
  array("f4", "<f4", "<f", 48, 0.25)
  array("f4_rows", "<f4", "<f", 5, 0.25)
  array("f4_big", ">f4", ">f", 5, 0.5)
  array("f8", "<f8", "<d", 5, 1 / 3)
  array("i2", ">i2", ">i2", 7)
  array("i8", "<i8", "<i8", 3, 1 << 40)
  array("gaps", "<f4", "<f", 5, 0.25, { [3] = NAN, [44] = NAN, [45] = NAN, [200] = NAN })
  array("words", "<f8", "<d", 5, 1, { [3] = INF, [44] = -999, [50] = NAN })
  array("base", "<f8", "<d", 2, 1, {})
  local far = {}
  for i, x in ipairs(numbers(N * 2)) do
    far[i] = 1e9 + x
  end
  files.write(folder, "far.npy", files.npy("<f8", { N, 2 }, packed("<d", far)))
  files.write(folder, "f2.npy", files.npy("<f2", { N, 2 }, packed("<I2", numbers(N * 2, 60))))
  files.write(folder, "steps.npy", files.npy("<f4", { N, 4, 3 }, packed("<f", numbers(N * 12))))
  local labels = {}
  for i = 1, N do
    labels[i] = i % 5 == 0 and 2 or i % 2
  end
  files.write(folder, "y.npy", files.npy("<i4", { N }, packed("<i4", labels)))
  files.write(folder, "y_gaps.npy", files.npy("<f4", { N, 1 }, packed("<f",
    { NAN, 2, NAN, table.unpack(numbers(N - 3)) })))
  files.write(folder, "y_steps.npy", files.npy("<i4", { N, 4 }, packed("<i4",
    numbers(N * 4)):gsub("(.)...", function(c)
      return ("<i4"):pack(c:byte() % 3)
    end) .. ""))
  files.write(folder, "val.npy", files.npy("<f8", { 20, 5 }, packed("<d", numbers(100))))
  files.write(folder, "yval.npy", files.npy("|u1", { 20 }, ("\0\1"):rep(10)))
  local f <close> = assert(io.open(folder .. "/u1.npy", "rb"))
  files.write(folder, "a.npz", files.zip { { "x.npy", f:read "a" } })
end

-- 30 pictures of each of two classes, one of another size, and in `some` a file that is none.
local function write_pictures()
  assert(os.execute(("cd %s && mkdir -p pics/a pics/b some/a some/b"):format(folder)))
  local values = numbers(60 * 48)
  for i = 0, 59 do
    local side = i == 40 and 3 or 4
    local bytes = string.char(table.unpack(values, i * 48 + 1, i * 48 + side * 12))
    local name = ("%s/%02d.png"):format(i % 2 == 0 and "a" or "b", i)
    files.write(folder, "pics/" .. name, files.png(4, side, 3, bytes))
    files.write(folder, "some/" .. name, i == 31 and "none" or files.png(4, side, 3, bytes))
  end
end

setup(function()
  folder = files.folder()
  write_arrays()
  write_pictures()
  small_sets.write(folder)
  files.write(folder, "f4.idx", files.idx(0x0D, { N, 6 }, packed(">f", numbers(N * 6, 0.5))))
  files.write(folder, "i2.idx", files.idx(0x0B, { N, 6 }, packed(">i2", numbers(N * 6))))
  files.write(folder, "u1.idx", files.idx(8, { N, 3, 2 }, packed("B", numbers(N * 6))))
end)

local function opened(name, keys, stream, threads)
  local given = { stream = stream }
  for key, x in pairs(keys) do
    given[key] = x
  end
  return data[name](given):open { seed = 7, data_dir = folder, recipe_dir = folder,
    threads = threads or 2 }
end

-- All that training would see of a data set in two epochs, and what is said of it.
local function seen(d)
  local out = { fingerprint = d.fingerprint, splits = d.splits, scale = { d:scale() },
    classes = d.classes or false, targets = d.target_means or false,
    fill = d.native:info().kind == "real" and d:fill() }
  for _, split in ipairs { "train", "val", "test" } do
    if d.splits[split] > 0 then
      local loader = d:loader { split = split }
      for _ = 1, 2 * loader:count() do
        local b = loader:next()
        out[#out + 1] = { b.x:values(), b.y and b.y:values(), loader:indices() }
      end
    end
  end
  return out
end

local X = { batch = 8, val = 0.2, test = 0.1 }

local function with(keys)
  local out = {}
  for _, t in ipairs { X, keys } do
    for key, x in pairs(t) do
      out[key] = x
    end
  end
  return out
end

local ALL = { flip = true, crop = 1, cutout = 2, mixup = 0.3 }

local CASES = {
  { "bytes", "npy", { x = "u1.npy", y = "y.npy" } },
  { "augmented bytes", "npy", { x = "u1.npy", y = "y.npy", augment = ALL } },
  { "pictures of floats", "npy", { x = "f4.npy", y = "y.npy", augment = ALL } },
  { "rows of floats", "npy", { x = "f4_rows.npy", y = "y.npy", normalize = "minmax" } },
  { "big-endian floats", "npy", { x = "f4_big.npy", y = "y.npy" } },
  { "doubles", "npy", { x = "f8.npy", y = "y.npy" } },
  { "halves", "npy", { x = "f2.npy", y = "y.npy" } },
  { "big-endian short numbers", "npy", { x = "i2.npy", y = "y.npy" } },
  { "long numbers", "npy", { x = "i8.npy", y = "y.npy" } },
  { "numbers far from 0", "npy", { x = "far.npy", y = "y.npy" } },
  { "values that are missing", "npy", { x = "gaps.npy", y = "y.npy" } },
  { "the same, not scaled", "npy", { x = "gaps.npy", y = "y.npy", normalize = false } },
  { "the same, dropped", "npy", { x = "gaps.npy", y = "y.npy", missing = "drop" } },
  { "words that mean missing", "npy", { x = "words.npy", y = "y.npy",
    missing_words = { -999, "inf" } } },
  { "samples without a target", "npy", { x = "f4_rows.npy", y = "y_gaps.npy" } },
  { "both", "npy", { x = "gaps.npy", y = "y_gaps.npy", missing = "drop" } },
  { "targets at each step", "npy", { x = "steps.npy", y = "y_steps.npy" } },
  { "parts of other types", "npy", { x = "f4_rows.npy", y = "y.npy", val_x = "val.npy",
    val_y = "yval.npy", val = 0 } },
  { "an archive that is not packed", "npy", { file = "a.npz", x = "x", y = "y.npy" } },
  { "no targets", "npy", { x = "u1.npy" } },
  { "a limit, split at random", "npy", { x = "u1.npy", y = "y.npy", limit = 40,
    split = "random" } },
  { "a fold at the end", "npy", { x = "u1.npy", y = "y.npy", fold = "2 of 4", split = "last",
    val = 0 } },
  { "balanced samples", "npy", { x = "u1.npy", y = "y.npy", sampler = "balanced" } },
  { "IDX", "fashion_mnist", { test = 0 } },
  { "pictures in folders", "images", { folder = "pics", resize = { 4, 5 }, augment = ALL } },
  { "pictures that are cropped, and files that are none", "images", { folder = "some",
    channels = 1, resize = 5, crop = { 4, 5 }, broken = "skip" } },
  { "CIFAR", "cifar10", { test = 0, augment = ALL } },
}

describe("samples that stay in their files", function()
  for _, case in ipairs(CASES) do
    it("give the batches of those in memory: " .. case[1], function()
      local keys = with(case[3])
      local inside, stored = opened(case[2], keys, false), opened(case[2], keys, true)
      assert.equal(0, inside.native:info().stored)
      assert.is_true(stored.native:info().stored > 0)
      assert.is_true(stored.bytes < inside.bytes)
      local want = seen(inside)
      assert.same(want, seen(stored))
      assert.same(want, seen(opened(case[2], keys, true, 1)))
    end)
  end

  for _, name in ipairs { "u1", "i2", "f4" } do
    it("are the same of IDX of type " .. name, function()
      local function load(stream)
        local d = readers.idx { train = { folder .. "/" .. name .. ".idx" }, stream = stream }
        d:split { seed = 1, val = 0.2 }
        d:fit()
        local loader = d:loader { batch = 70, seed = 2, shuffle = true, prefetch = true }
        return { d:fingerprint(), loader:next().x:values(), { d:scale() } }
      end
      assert.same(load(), load(true))
    end)
  end

  it("are taken where they are more than the bytes that the reader is told", function()
    local function stored(above)
      return readers.npy { train = { folder .. "/u1.npy" }, stream = above }:info().stored
    end
    assert.equal(0, stored(N * 48))
    assert.equal(N * 48, stored(N * 48 - 1))
  end)

  it("are said where nobody asked for it, with the key that changes it", function()
    local all = limits.all
    limits.all = function() return 2000 end
    finally(function() limits.all = all end)
    local d = opened("npy", { x = "u1.npy", y = "y.npy" })
    local said = "samples stay in their files and are read as batches are made: they are 4.22 KB, "
      .. "more than 50 % of --memory (1.95 KB); stream = false takes them into memory"
    assert.same(said, d:said()[1])
    assert.matches(said, d:describe(), 1, true)
    assert.equal(0, opened("npy", { x = "u1.npy", y = "y.npy" }, false).native:info().stored)
    assert.equal(0, opened("npy", { x = "u1.npy", y = "y.npy", normalize = "robust" }).native:info()
      .stored)
    local asked = opened("npy", { x = "u1.npy", y = "y.npy" }, true)
    assert.same({}, asked:said())
    assert.matches("they are 4.22 KB; stream = false", asked:describe(), 1, true)
  end)
end)

describe("stream = true", function()
  local function refused(text, keys)
    local ok, err = pcall(opened, "npy", keys, true)
    assert.is_false(ok)
    assert.matches(text, tostring(err), 1, true)
  end

  it("names what samples it cannot leave in their files, and what helps", function()
    local raw = files.npy("|u1", { 4, 2 }, "abcdefgh")
    files.write(folder, "x.npy.gz", files.gzip(raw))
    files.write(folder, "fortran.npy", files.npy("|u1", { 4, 2 }, "abcdefgh", "True"))
    files.write(folder, "tokens.npy", files.npy("<i4", { 2, 2 }, ("\1\0\0\0"):rep(4)))
    refused("stream = true: x.npy.gz is packed, and samples are read at their places: unpack it",
      { x = "x.npy.gz" })
    refused("stream = true: fortran.npy is in Fortran order, where the values of a sample are not "
      .. "together: save numpy.ascontiguousarray(x)", { x = "fortran.npy" })
    refused("stream = true: samples that are tokens or sequences are in memory",
      { x = "tokens.npy", y = "tokens.npy", vocab = 3, per_step = true })
    local box = files.folder()
    files.write(box, "x.gz", files.gzip(files.idx(8, { 2, 1, 2 }, "abcd")))
    assert.error_matches(function()
      readers.idx { train = { box .. "/x.gz" }, stream = true }
    end, "stream = true: x.gz is packed, and samples are read at their places: gunzip it", 1, true)
    refused("'stream' is true beside normalize = \"robust\", which wants a copy of each column in "
      .. "memory", { x = "u1.npy", normalize = "robust" })
    refused("'stream' is true beside missing = \"flag\"", { x = "u1.npy", missing = "flag" })
  end)

  it("tells what stands under a name and is no file", function()
    local box = files.folder()
    assert(os.execute(("cd %s && mkfifo pipe.npy && ln -s loop.npy loop.npy && ln -s gone off.npy")
      :format(box)))
    finally(function() os.execute("rm -r " .. box) end)
    for name, what in pairs {
      pipe = "pipe.npy is neither a file nor a folder",
      loop = "loop.npy cannot be looked at: Too many levels of symbolic links",
      off = "off.npy is a link to what is not there",
    } do
      local path = ("%s/%s.npy"):format(box, name)
      refused(("data.npy: no file '%s': %s/%s"):format(path, box, what), { x = path })
    end
  end)

  it("is a key like others: names near it and values that it does not take are told", function()
    local function why(keys)
      local ok, err = pcall(data.npy, keys)
      assert.is_false(ok)
      return tostring(err)
    end
    assert.matches("did you mean 'stream'?", why { x = "u1.npy", streem = true }, 1, true)
    assert.matches("'stream' is 'yes', want true or false", why { x = "u1.npy", stream = "yes" }, 1,
      true)
  end)

  it("checks the values and the archive that it reads", function()
    files.write(folder, "inf.npy", files.npy("<f4", { 2, 2 }, ("<ffff"):pack(1, 2, INF, 4)))
    refused("value 1 of sample 2 is infinite", { x = "inf.npy" })
    local raw = files.npy("|u1", { 2, 2 }, "abcd")
    local zip = files.zip { { "x.npy", raw } }
    files.write(folder, "bad.npz", (zip:gsub("abcd", "abce")))
    refused("its bytes are not those that the archive's sum is of", { x = "bad.npz:x" })
    files.write(folder, "short.npy", raw:sub(1, -2))
    refused("does not fit the 3 bytes that follow", { x = "short.npy" })
    local record = "\11" .. ("x"):rep(3072)
    files.write(folder, "bad.bin", record)
    assert.error_matches(function()
      readers.cifar { classes = 10, train = { folder .. "/bad.bin" }, stream = true }
    end, "label of record 1 is 11, want 0..9")
  end)
end)

describe("a file of samples that changes while it is in use", function()
  local raw, path

  before_each(function()
    local f <close> = assert(io.open(folder .. "/u1.npy", "rb"))
    raw = f:read "a"
    path = files.write(folder, "changing.npy", raw)
  end)

  local function recipe_of(change, more)
    local fields = {
      data = data.npy { x = path, y = folder .. "/y.npy", batch = 8, val = 0.2, stream = true },
      model = nn.sequential { nn.flatten(), nn.linear(3) }, optimizer = optim.sgd { lr = 0.01 },
      epochs = 4,
      on = { epoch = function(t)
        if t.epoch == 2 then
          change()
        end
      end },
    }
    for key, x in pairs(more or {}) do
      fields[key] = x
    end
    return recipe(fields)
  end

  it("ends training where it is a picture that is gone, another, or none", function()
    local box = files.folder()
    finally(function() os.execute("rm -r " .. box) end)
    for says, change in pairs { -- at once, as the loader reads meanwhile
      ["a/1.png: No such file or directory; it was changed while it was in use"] = "rm a/1.png",
      ["a/1.png was changed while it was in use"] = "cp b/2.png new && mv new a/1.png",
      ["a/1.png: broken PNG (the file is cut off); it was changed"] = "truncate -s 60 a/1.png",
      ["a/1.png: it is no plain file; it was changed"] = "mkfifo new && mv new a/1.png",
    } do
      assert(os.execute(("cd %s && rm -rf a b && mkdir a b"):format(box)))
      for i = 0, 19 do
        files.write(box, ("%s/%d.png"):format(i % 2 == 0 and "b" or "a", i),
          files.png(2, 2, 3, string.char(i):rep(12)))
      end
      local function recipe_with(f)
        return recipe_of(f, { model = nn.sequential { nn.flatten(), nn.linear(2) },
          data = data.images { box, batch = 4, val = 0.1, stream = true } })
      end
      local ok, err = pcall(train.fit, recipe_with(function()
        os.execute(("cd %s && %s"):format(box, change))
      end), { record = false, quiet = true })
      assert.is_false(ok)
      assert.matches(says, tostring(err), 1, true)
    end
  end)

  local function ends(change, more)
    files.write(folder, "changing.npy", raw)
    local ok, err = pcall(train.fit, recipe_of(change, more), { record = false, quiet = true })
    assert.is_false(ok)
    return tostring(err)
  end

  local CUT = "changing%.npy was changed while it was in use: it has %d+ bytes, and had "

  local function cut(bytes)
    return function()
      files.write(folder, "changing.npy", raw:sub(1, bytes))
    end
  end

  it("ends training with a sentence where it was cut short, and with no signal", function()
    assert.matches(CUT .. #raw, ends(cut(500)))
    assert.matches("it has 0 bytes", ends(cut(0)))
  end)

  it("ends training where other bytes were written into it, or the same", function()
    for _, bytes in ipairs { "abcd", raw:sub(-4) } do
      assert.matches("changing.npy was written to while it was in use (its time of change is "
        .. "another)", ends(function()
        local f <close> = assert(io.open(path, "r+b"))
        f:seek("end", -4)
        f:write(bytes)
      end), 1, true)
    end
  end)

  it("ends training, too, where averages and accumulated updates look at samples", function()
    assert.matches("changing.npy was changed", ends(cut(500), { ema = 0.9,
      model = nn.sequential { nn.flatten(), nn.linear(4), nn.batchnorm(), nn.linear(3) } }), 1,
      true)
    assert.matches("changing.npy was changed", ends(cut(500), { accumulate = 9,
      optimizer = optim.lbfgs {} }), 1, true)
  end)

  it("is read on where it was renamed or removed: it is the file that was opened", function()
    local done = train.fit(recipe_of(function() os.remove(path) end),
      { record = false, quiet = true })
    assert.equal(4, done.epochs)
  end)

  it("fails a loop of one's own, and every batch after it", function()
    local d = opened("npy", { x = path, y = "y.npy", batch = 8 }, true)
    local failed = 0
    for epoch = 1, 3 do
      if epoch == 2 then
        cut(500)()
      end
      local ok, err = pcall(function()
        for b in d:batches("train", epoch) do
          assert(b.n > 0)
        end
      end)
      failed = failed + (ok and 0 or 1)
      assert.is_true(ok or tostring(err):find("was changed while it was in use", 1, true) ~= nil)
    end
    assert.equal(2, failed)
    assert.is_false((pcall(d.native.fingerprint, d.native)))
  end)

end)
