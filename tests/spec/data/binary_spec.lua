local data = require "lrrun.data"
local files = require "support.files"
local readers = require "lrrun.native.readers"

local function load_with(reader, opts)
  local d = reader(opts)
  d:split { seed = 1 }
  return d
end

local function values(d, split)
  local batch = d:loader { batch = 100, seed = 1, split = split }:next()
  return batch.x:values(), batch.y and batch.y:values(), batch.x:shape()
end

describe("IDX files", function()
  local folder
  setup(function()
    folder = files.folder()
  end)
  local function load(x, y)
    return load_with(readers.idx, { train = {
      files.write(folder, "x", x), y and files.write(folder, "y", y),
    } })
  end
  local images = files.idx(8, { 2, 1, 2 }, "\0\255\51\102")
  local labels = files.idx(8, { 2 }, "\3\0")

  it("give images of one channel, scaled to 0..1, and labels", function()
    local d = load(images, labels)
    local x, y, shape = values(d)
    assert.same({ 2, 1, 1, 2 }, shape)
    assert.near(0, x[1], 1e-7)
    assert.near(1, x[2], 1e-6)
    assert.near(0.2, x[3], 1e-7)
    assert.same({ 3, 0 }, y)
    assert.equal(4, d:info().classes)
  end)

  it("are the same packed with gzip", function()
    local plain, packed = load(images, labels), load(files.gzip(images), files.gzip(labels))
    assert.equal(plain:fingerprint(), packed:fingerprint())
  end)

  it("give rows of floats for the other types", function()
    assert.same({ -1, 2 }, (values(load(files.idx(9, { 2, 1 }, "\255\2")))))
    assert.same({ -2, 258 }, (values(load(files.idx(0xB, { 2, 1 }, "\255\254\1\2")))))
    assert.same({ -7 }, (values(load(files.idx(0xC, { 1, 1 }, string.pack(">i4", -7))))))
    assert.same({ 1.5 }, (values(load(files.idx(0xD, { 1, 1 }, string.pack(">f", 1.5))))))
    assert.same({ 2.5 }, (values(load(files.idx(0xE, { 1, 1 }, string.pack(">d", 2.5))))))
  end)

  it("are refused when malformed, naming the file", function()
    local cases = {
      { "\0\0\8", "x ends at byte 3, want 1 more" },
      { "\1\0\8\1\0\0\0\1a", "x is not an IDX file: it begins with 01 00 08 01" },
      { files.idx(7, { 1 }, "a"), "is not an IDX file" },
      { "\0\0\8\5" .. ("\0\0\0\1"):rep(5) .. "a", "is not an IDX file" },
      { files.idx(8, { 2, 0 }, ""), "axis 2 has size 0" },
      { files.idx(8, { 3, 1 }, "ab"), "does not fit the file's 2 bytes" },
      { files.idx(8, { 2, 1 }, "abc"), "does not fit the file's 3 bytes" },
      { files.idx(8, { 0xffffffff, 0xffffffff, 0xffffffff }, ""), "does not fit" },
      { files.gzip(files.idx(8, { 2, 1 }, "abc")), "goes on after byte" },
      { files.gzip(files.idx(8, { 4, 1 }, "abc")), "ends at byte" },
      { files.gzip(images):sub(1, -12), "cut off" },
      { files.gzip(images):sub(1, -9) .. "xxxxxxxx", "broken gzip stream" },
      { files.gzip(images) .. "more", "something follows the gzip stream" },
      { files.idx(0xD, { 1, 1 }, "\x7f\xc0\0\0"), "value 1 of sample 1 is nan" },
    }
    for i, case in ipairs(cases) do
      local why = files.failure(load, case[1])
      assert.truthy(why:find(case[2], 1, true), i .. ": " .. why)
    end
  end)

  it("are refused when images and labels differ in number", function()
    local why = files.failure(load, images, files.idx(8, { 3 }, "abc"))
    assert.truthy(why:find("2 samples in x, but 3 labels in y", 1, true))
  end)

  it("cannot make the reader allocate what a small packed file cannot hold", function()
    local bomb = files.gzip(files.idx(8, { 0x7fffffff, 0x7fff }, "x"))
    assert.truthy(files.failure(load, bomb):find("does not fit", 1, true))
  end)
end)

describe("CIFAR files", function()
  local folder
  setup(function()
    folder = files.folder()
  end)
  local function record(label, value)
    return string.char(label) .. string.char(value):rep(3072)
  end
  local function load(bytes, classes)
    return load_with(readers.cifar, { classes = classes or 10,
      train = { files.write(folder, "a.bin", bytes) } })
  end

  it("give images of 3 x 32 x 32 and labels", function()
    local x, y, shape = values(load(record(7, 255) .. record(2, 0)))
    assert.same({ 2, 3, 32, 32 }, shape)
    assert.same({ 7, 2 }, y)
    assert.near(1, x[1], 1e-6)
    assert.near(0, x[3073], 1e-7)
  end)

  it("of 100 classes have two labels, of which the fine one counts", function()
    local _, y = values(load("\3\99" .. ("x"):rep(3072), 100))
    assert.same({ 99 }, y)
  end)

  it("are refused when cut off or with a label out of range", function()
    assert.truthy(files.failure(load, record(1, 1):sub(1, -2)):find(
      "a.bin: 3072 bytes are not a multiple of a record of 3073 bytes", 1, true))
    assert.truthy(files.failure(load, ""):find("0 bytes are not a multiple", 1, true))
    assert.truthy(files.failure(load, record(1, 1) .. record(10, 1)):find(
      "label of record 2 is 10, want 0..9", 1, true))
  end)
end)

describe("data.npy", function()
  local folder
  setup(function()
    folder = files.folder()
  end)
  local function open(x, y, opts)
    opts = opts or {}
    opts.x = files.write(folder, "x.npy", x)
    opts.y = y and files.write(folder, "y.npy", y)
    if opts.normalize == nil then
      opts.normalize = false
    end
    return data.npy(opts):open { seed = 1 }
  end
  local function all(d)
    local b = d:loader { batch = 100, shuffle = false }:next()
    return b.x:values(), b.y and b.y:values()
  end
  local f4 = files.npy("<f4", { 2, 3 }, string.pack("<ffffff", 1, 2, 3, 4, 5, 6))

  it("reads floats and classes", function()
    local d = open(f4, files.npy("<i8", { 2 }, string.pack("<i8i8", 1, 0)))
    local x, y = all(d)
    assert.same({ 3 }, d.shape)
    assert.same({ 1, 2, 3, 4, 5, 6 }, x)
    assert.same({ 1, 0 }, y)
    assert.equal(2, d.classes)
  end)

  it("reads targets of any number", function()
    local y2 = files.npy("<f8", { 2, 2 }, string.pack("<dddd", 1, 2, 3, 4))
    local d = open(f4, y2)
    local _, y = all(d)
    assert.equal(2, d.targets)
    assert.same({ 1, 2, 3, 4 }, y)
  end)

  it("reads column-major order and the other byte order", function()
    local fortran = files.npy("<f4", { 2, 3 }, string.pack("<ffffff", 1, 4, 2, 5, 3, 6), "True")
    local big = files.npy(">f4", { 2, 3 }, string.pack(">ffffff", 1, 2, 3, 4, 5, 6))
    assert.same({ 1, 2, 3, 4, 5, 6 }, (all(open(fortran))))
    assert.same({ 1, 2, 3, 4, 5, 6 }, (all(open(big))))
  end)

  it("reads every type of number", function()
    local cases = {
      { "|u1", "\200", 200 }, { "|i1", "\200", -56 }, { "|b1", "\1", 1 },
      { "<i2", string.pack("<i2", -300), -300 }, { ">u2", string.pack(">I2", 40000), 40000 },
      { "<i4", string.pack("<i4", -70000), -70000 }, { "<u4", "\0\0\0\128", 2 ^ 31 },
      { "<i8", string.pack("<i8", -5), -5 }, { "<u8", string.pack("<I8", 5), 5 },
      { "<f8", string.pack("<d", 0.5), 0.5 },
    }
    for _, case in ipairs(cases) do
      local d = open(files.npy(case[1], { 1, 1 }, case[2]))
      assert.same({ case[3] }, (all(d)), case[1])
    end
  end)

  it("keeps images of bytes as bytes, scaled to 0..1", function()
    local d = open(files.npy("|u1", { 1, 1, 1, 2 }, "\255\0"))
    assert.same({ 1, 1, 2 }, d.shape)
    assert.near(1, all(d)[1], 1e-6)
  end)

  it("refuses what is malformed, naming the file", function()
    local function header(text)
      return "\x93NUMPY\1\0" .. string.pack("<I2", #text) .. text
    end
    local cases = {
      { "NUMPY", "x.npy ends at byte 5" },
      { "\x93NUMPY\4\0\0\0", "not a .npy file of version 1, 2 or 3" },
      { "\x93NUMPY\2\0" .. string.pack("<I4", 20000), "a header of 20000 bytes" },
      { header "[]", "no dict" },
      { header "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "it holds Python objects" },
      { header "{'descr': [('a', '<f4')], 'shape': (1,)}", "a structured type" },
      { header "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "'fortran_order'" },
      { header "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "'shape'" },
      { header "{'descr': '<f4', 'fortran_order': False, 'shape': (0,)}", "'shape'" },
      { header "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1)}", "'shape'" },
      { header "{'descr': '<f4', 'fortran_order': False}", "lacks" },
      { header "{'descr': '<f4', 'descr': '<f4'}", "given twice" },
      { header "{'descr': '<f4', 'x': 1}", "unknown" },
      { header "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "follows" },
      { header "{'descr': '<f4', 'fortran_order': False, 'shape': ()}" .. "abcd", "one number" },
      { files.npy("<f4", { 2 }, "abcd"), "does not fit" },
      { files.npy("<f4", { 1 }, "abcdefgh"), "does not fit" },
      { files.npy("<f8", { 4000000000, 4000000000 }, ""), "does not fit" },
      { files.npy("<f4", { 1 }, "\0\0\x80\x7f"), "value 1 of sample 1 is infinite; "
        .. 'missing_words = { "inf" } takes it as missing' },
    }
    for i, case in ipairs(cases) do
      local why = files.failure(open, case[1])
      assert.truthy(why:find(case[2], 1, true), i .. ": " .. why)
    end
  end)

  it("refuses labels that are none, and rows that differ in number", function()
    assert.truthy(files.failure(open, f4, files.npy("<f4", { 2 }, string.pack("<ff", 0, 0.5)),
      { task = "classification" }):find("label 2 is 0.5", 1, true))
    assert.truthy(files.failure(open, f4, files.npy("<i4", { 3 }, ("\0"):rep(12))):find(
      "y.npy: 3 rows", 1, true))
  end)
end)

describe("data.images", function()
  local sys = require "lrrun.native.sys"
  local jpeg = files.unhex [[
    ffd8ffe000104a46494600010100000100010000ffdb004300010101010101010101010101010101010101010101
    01010101010101010101010101010101010101010101010101010101010101010101010101010101010101ffc000
    0b080003000401011100ffc4001400010000000000000000000000000000000affc4001410010000000000000000
    0000000000000000ffda0008010100003f00480fffd9
  ]]
  local folder
  before_each(function()
    folder = files.folder()
  end)
  local function put(name, w, h, channels, pixels)
    files.write(folder, name, files.png(w, h, channels, pixels))
  end
  local function open(opts)
    opts.folder = folder
    if opts.normalize == nil then
      opts.normalize = false
    end
    return data.images(opts):open { seed = 1 }
  end
  local function bytes(d)
    local b = d:loader { batch = 100, shuffle = false }:next()
    local out = {}
    for i, v in ipairs(b.x:values()) do
      out[i] = math.floor(v * 255 + 0.5)
    end
    return out, b.y:values()
  end

  it("reads PNG files of class folders, plane by plane", function()
    put("b/1.png", 2, 1, 3, "\1\2\3\4\5\6")
    put("a/1.PNG", 2, 1, 1, "\9\8")
    local d = open {}
    local x, y = bytes(d)
    assert.same({ 3, 1, 2 }, d.shape)
    assert.same({ "a", "b" }, d.class_names)
    assert.same({ 9, 8, 9, 8, 9, 8, 1, 4, 2, 5, 3, 6 }, x)
    assert.same({ 0, 1 }, y)
  end)

  it("reads JPEG files", function()
    files.write(folder, "a/1.jpg", jpeg)
    files.write(folder, "b/1.jpeg", jpeg)
    local d = open { channels = 1 }
    assert.same({ 1, 3, 4 }, d.shape)
    assert.equal(200, bytes(d)[1])
    assert.equal(200, bytes(d)[12])
  end)

  it("has parts where there are train and test folders", function()
    for i, name in ipairs { "train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/2.png" } do
      put(name, 1, 1, 1, string.char(i))
    end
    local d = open { channels = 1 }
    assert.same({ train = 2, val = 0, test = 2 }, d.splits)
  end)

  it("resizes, keeping a flat picture flat and halving by averages", function()
    put("a/1.png", 4, 2, 1, "\10\20\30\40\10\20\30\40")
    put("b/1.png", 1, 1, 1, "\7")
    local d = open { channels = 1, size = { 1, 2 } }
    assert.same({ 15, 35, 7, 7 }, (bytes(d)))
  end)

  it("is the same for any number of threads", function()
    for i = 1, 20 do
      put(("%s/%02d.png"):format(i % 2 == 0 and "a" or "b", i), 3, 3, 1,
        string.char(i):rep(9))
    end
    local before, prints = sys.threads(), {}
    for _, n in ipairs { 1, 2, 4 } do
      sys.threads(n)
      prints[#prints + 1] = open { size = { 5, 4 } }.fingerprint
    end
    sys.threads(before)
    assert.equal(prints[1], prints[2])
    assert.equal(prints[1], prints[3])
  end)

  it("is refused with the name of the first file that is broken or of another size", function()
    put("a/1.png", 2, 1, 1, "\1\2")
    put("b/1.png", 1, 2, 1, "\1\2")
    assert.truthy(files.failure(open, {}):find(
      "1.png is 2 x 1 pixels (height, width), the first is 1 x 2", 1, true))
    files.write(folder, "b/1.png", files.png(2, 1, 1, "\1\2"):sub(1, -20))
    assert.truthy(files.failure(open, {}):find("broken PNG", 1, true))
    files.write(folder, "b/1.png", "GIF89a")
    assert.truthy(files.failure(open, {}):find("1.png is neither PNG nor JPEG", 1, true))
    files.write(folder, "b/1.png", jpeg:sub(1, -20))
    assert.truthy(files.failure(open, { size = { 2, 2 } }):find("broken JPEG", 1, true))
    local huge = files.png(2, 1, 1, "\1\2"):gsub("\0\0\0\2", "\0\2\0\0", 1)
    files.write(folder, "b/1.png", huge)
    assert.truthy(files.failure(open, {}):find("1.png", 1, true))
  end)

  it("names a class folder that is empty", function()
    put("a/1.png", 1, 1, 1, "\1")
    files.write(folder, "b/readme.txt", "x")
    assert.truthy(files.failure(open, {}):find("b holds no .png or .jpg", 1, true))
  end)

  it("wants two classes", function()
    put("a/1.png", 1, 1, 1, "\1")
    assert.truthy(files.failure(open, {}):find("holds 1 class folder, want 2 or more", 1, true))
  end)
end)
