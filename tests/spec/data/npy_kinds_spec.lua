-- Arrays as NumPy saves them: each is read as numpy.load reads it, or refused in a line.
local data = require "lrrun.data"
local dataset = require "lrrun.data.dataset"
local file = require "lrrun.native.file"
local files = require "support.files"
local nn = require "lrrun.nn"
local program = require "support.program"

describe("data.npy", function()
  local folder
  setup(function()
    folder = files.folder()
  end)

  local function open(list, opts, loss)
    for name, bytes in pairs(list) do
      files.write(folder, name, bytes)
    end
    opts = opts or { "x.npy", "y.npy" }
    if opts.normalize == nil then
      opts.normalize = false
    end
    return data.npy(opts):open { recipe_dir = folder, seed = 1, loss = loss }
  end
  local function values(d, split)
    local batch = d:loader({ split = split, batch = 1000, shuffle = false }):next()
    return batch.x:values(), batch.y and batch.y:values()
  end
  local function floats(shape, ...)
    return files.npy("<f4", shape, string.pack(("<" .. ("f"):rep(select("#", ...))), ...))
  end
  local function doubles(shape, ...)
    return files.npy("<f8", shape, string.pack(("<" .. ("d"):rep(select("#", ...))), ...))
  end
  local NAN = 0 / 0
  local X = floats({ 3, 1 }, 1, 2, 3)
  local ONE = { 1, 2, 3 }

  -- { what y is, its file, the classes of the samples, their names, what is said }
  local LABELS = {
    { "whole numbers", files.npy("<i8", { 3 }, string.pack("<i8i8i8", 0, 2, 1)), { 0, 2, 1 } },
    { "a column of them", files.npy("<i4", { 3, 1 }, string.pack("<i4i4i4", 0, 1, 0)),
      { 0, 1, 0 } },
    { "bool", files.npy("|b1", { 3 }, "\0\1\0"), { 0, 1, 0 } },
    { "-1 and 1", files.npy("<i2", { 3 }, string.pack("<i2i2i2", -1, 1, -1)), { 0, 1, 0 },
      { "-1", "1" }, "labels are -1, 1: 2 classes, in this order" },
    { "numbers from 1", files.npy("|u1", { 3 }, "\1\2\1"), { 0, 1, 0 }, { "1", "2" } },
    { "0 and 255", files.npy("|u1", { 3 }, "\0\255\0"), { 0, 1, 0 }, { "0", "255" } },
    { "one that has no sample", files.npy("|u1", { 3 }, "\0\3\1"), { 0, 3, 1 }, nil,
      "labels are 0 to 3, of which 1 has no sample" },
    { "texts", files.npy("<U3", { 3 }, (("bcdax\0cx\0"):gsub(".", "%0\0\0\0"))), { 1, 0, 2 },
      { "ax", "bcd", "cx" } },
    { "texts of the other byte order", files.npy(">U1", { 3 }, "\0\0\0b\0\0\0a\0\0\0b"),
      { 1, 0, 1 }, { "a", "b" } },
    { "texts beyond ASCII", files.npy("<U1", { 3 }, "\xe9\0\0\0\x00\xf6\1\0a\0\0\0"), { 1, 2, 0 },
      { "a", "\u{e9}", "\u{1f600}" } },
    { "bytes", files.npy("|S2", { 3 }, "nopeno"), { 0, 1, 0 }, { "no", "pe" } },
  }
  for _, case in ipairs(LABELS) do
    it("takes labels that are " .. case[1], function()
      local d = open { ["x.npy"] = X, ["y.npy"] = case[2] }
      local x, y = values(d)
      assert.same(ONE, x)
      assert.same(case[3], y)
      assert.same(case[4], d.class_names)
      assert.truthy(d:describe():find(case[5] or "", 1, true), d:describe())
    end)
  end

  it("takes whole floats as classes where the loss wants them", function()
    local y = doubles({ 3 }, 2, 1, 2)
    local d = open({ ["x.npy"] = X, ["y.npy"] = y }, nil, nn.cross_entropy())
    assert.same({ "1", "2" }, d.class_names)
    assert.same({ 1, 0, 1 }, select(2, values(d)))
    assert.truthy(d:describe():find("the targets are whole numbers, and the loss wants classes", 1,
      true))
    assert.equal(1, open({ ["x.npy"] = X, ["y.npy"] = y }).targets)
    assert.equal(1, open({ ["x.npy"] = X, ["y.npy"] = doubles({ 3 }, 2, 1.5, 2) }, nil,
      nn.cross_entropy()).targets)
  end)

  it("takes two classes as 0 and 1 where the loss is bce, and says which", function()
    local d = open({ ["x.npy"] = X, ["y.npy"] = files.npy("|i1", { 3 }, "\255\1\255") }, nil,
      nn.bce())
    assert.same({ 0, 1, 0 }, select(2, values(open({ ["x.npy"] = X, ["y.npy"] = doubles({ 3 }, -1,
      1, -1) }, nil, nn.bce()))))
    assert.same({ 0.5, 1, 0 }, select(2, values(open({ ["x.npy"] = X, ["y.npy"] = doubles({ 3 },
      0.5, 1, 0) }, nil, nn.bce()))))
    assert.same({ 0, 1, 0 }, select(2, values(d)))
    assert.truthy(d:describe():find("nn.bce wants targets from 0 to 1: '-1' is 0, '1' is 1", 1,
      true))
  end)

  it("reads half floats as they are", function()
    local bits = { 0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x3555 }
    local x = values(open({ ["x.npy"] = files.npy("<f2", { 6, 1 },
      string.pack("<I2I2I2I2I2I2", table.unpack(bits))) }, { "x.npy" }))
    -- numpy.array(bits, "u2").view("f2").astype("f4")
    assert.same({ 1, -2, 65504, 5.960464477539063e-08, -0.0, 0.333251953125 }, x)
    assert.same({ 1, -2 }, (values(open({ ["x.npy"] = files.npy(">f2", { 2, 1 }, "\x3c\0\xc0\0") },
      { "x.npy" }))))
  end)

  it("says of an input which array it took, and how many values are missing", function()
    local d = open({ ["x.npy"] = floats({ 3, 2 }, 1, 2, 3, 4, 5, 6) }, { "x.npy" })
    local nan = 0 / 0
    local x = floats({ 3, 2 }, nan, 2, nan, nan, 5, 6)
    local function notes(name, bytes)
      local source <close> = dataset.samples(d, files.write(folder, name, bytes), {})
      return source.notes()
    end
    local said = "%s: 3 values missing in 2 samples, set to the training mean"
    assert.same({ said:format "in.npy" }, notes("in.npy", x))
    assert.same({ "in.npz: the samples are its array 'x', of a, x", said:format "in.npz" },
      notes("in.npz", files.zip { { "a.npy", X }, { "x.npy", x } }))
    assert.same({}, notes("one.npz", files.zip { { "a.npy", floats({ 1, 2 }, 1, 2) } }))
  end)

  -- Whatever loss and model: without targets none of them is at fault.
  it("without targets trains nothing, and says which arrays there are and the key", function()
    files.write(folder, "x.npy", X)
    files.write(folder, "o.npz", files.zip { { "inputs.npy", X }, { "kind.npy", X } })
    for made, want in pairs {
      ['"o.npz"'] = 'o.npz has the arrays inputs, kind, and none is taken as y: x = "inputs" and '
        .. 'y = "kind" name them',
      ['"x.npy"'] = 'x.npy holds samples alone, and none is taken as y; y = "..." names the file',
    } do
      for _, rest in ipairs { "nn.linear(1) }, loss = nn.mse {}",
        "nn.linear(4) }, loss = nn.cross_entropy {}", "nn.linear(3) }" } do
        files.write(folder, "r.lua", ("return recipe { data = data.npy {%s},\nepochs = 1, "
          .. "optimizer = optim.sgd { lr = 0.1 }, model = nn.sequential { %s }\n")
          :format(made, rest))
        local code, _, err = program.run(("%s/r.lua --out %s/runs"):format(folder, folder))
        assert.equal(1, code)
        assert.matches("r.lua:1: data.npy: " .. want, err, 1, true)
      end
    end
    assert.is_nil(file.kind(folder .. "/runs/r-1"))
  end)

  it("keeps what large numbers differ by", function()
    local d = open({ ["x.npy"] = files.npy("<i8", { 3, 2 }, string.pack("<i8i8i8i8i8i8", 1600000001,
      1, 1600000002, 2, 1600000009, 3)) }, { "x.npy" })
    assert.same({ -4, 1, -3, 2, 4, 3 }, (values(d)))
    assert.truthy(d:describe():find("column 1: 1600000005 is taken off", 1, true))
    files.write(folder, "in.npy", files.npy("<i8", { 1, 2 }, string.pack("<i8i8", 1600000004, 7)))
    files.write(folder, "in.csv", "1600000004,7\n")
    for _, name in ipairs { "in.npy", "in.csv" } do
      assert.same({ -1, 7 }, (values(d:input(folder .. "/" .. name))), name)
    end
  end)

  it("treats what is missing as the recipe says", function()
    local x = { ["x.npy"] = floats({ 4, 2 }, 1, 5, NAN, 6, 9, 7, 2, 8) }
    local function read(opts)
      opts[1] = "x.npy"
      local d = open(x, opts)
      return table.concat(values(d), " "), d
    end
    local mean, d = read {}
    assert.equal("1.0 5.0 4.0 6.0 9.0 7.0 2.0 8.0", mean)
    assert.truthy(d:describe():find("column 1: 1 missing, set to the training mean", 1, true))
    assert.equal("1.0 5.0 2.0 6.0 9.0 7.0 2.0 8.0", (read { missing = "median" }))
    assert.equal("1.0 5.0 9.0 7.0 2.0 8.0", (read { missing = "drop" }))
    local flagged
    flagged, d = read { missing = "flag" }
    assert.equal("1.0 5.0 0.0 4.0 6.0 1.0 9.0 7.0 0.0 2.0 8.0 0.0", flagged)
    files.write(folder, "in.npy", floats({ 1, 2 }, NAN, 3))
    assert.same({ 4, 3, 1 }, (values(d:input(folder .. "/in.npy"))))
    assert.truthy(files.failure(read, { missing = "error" }):find("x.npy: sample 2 has nothing in "
      .. 'column 1 (1 such sample); missing = "mean", "median", "flag" or "drop" allows it', 1,
      true))
    assert.equal("1.0 5.0 3.0 6.0 3.0 7.0 2.0 8.0", (read { missing_words = { 9 },
      missing = "median" }):gsub("1%.5", "3.0"))
  end)

  it("leaves out samples without a target", function()
    local d = open { ["x.npy"] = X, ["y.npy"] = floats({ 3 }, 0.5, NAN, 2) }
    assert.same({ 1, 3 }, (values(d)))
    assert.truthy(d:describe():find("train: 1 sample without a target left out", 1, true))
    assert.truthy(files.failure(open, { ["x.npy"] = X, ["y.npy"] = floats({ 3 }, NAN, NAN, NAN) })
      :find("no sample is left of the train part: 3 have no target", 1, true))
  end)

  it("takes its classes from the training part", function()
    local list = { ["x.npy"] = X, ["y.npy"] = files.npy("|S1", { 3 }, "bab"),
      ["z.npy"] = files.npy("|S1", { 3 }, "acb") }
    local d = open(list, { "x.npy", "y.npy", test_x = "x.npy", test_y = "z.npy" })
    assert.same({ "a", "b" }, d.class_names)
    local x, y = values(d, "test")
    assert.same({ { 1, 3 }, { 0, 1 } }, { x, y })
    assert.truthy(d:describe():find(
      "test: 1 sample of a class that the training data have not left out", 1, true))
  end)

  it("measures labels of another file by the names of its classes", function()
    local d = open { ["x.npy"] = X, ["y.npy"] = files.npy("|i1", { 3 }, "\255\1\255") }
    local function labels(y)
      local path = files.write(folder, "t.npy", y)
      local source = dataset.samples(d, folder .. "/x.npy", { labelled = true, targets = path,
        whole = true })
      return select(2, values(source.next().dataset))
    end
    assert.same({ 1, 1, 1 }, labels(files.npy("|u1", { 3 }, "\1\1\1")))
    assert.same({ 1, 0, 1 }, labels(files.npy("<U2", { 3 }, (("1\0-11\0"):gsub(".", "%0\0\0\0")))))
    assert.truthy(files.failure(labels, files.npy("|u1", { 3 }, "\0\1\1")):find(
      "has the class 0, the model's are -1, 1", 1, true))
  end)

  local Y = files.npy("|u1", { 3 }, "\0\1\0")
  it("reads archives by key, stored and deflated", function()
    for _, deflated in ipairs { false, true } do
      local zip = files.zip { { "x.npy", X, deflated = deflated },
        { "y.npy", Y, deflated = deflated }, { "other.npy", floats({ 1 }, 5) } }
      for _, opts in ipairs { { "a.npz" }, { file = "a.npz" }, { train = "a.npz" },
        { x = "a.npz", y = "y" }, { "a.npz:x", "a.npz:y" }, { file = "a.npz", x = "x", y = "y" },
        { file = "a.npz", x = "x.npy", y = "y.npy" } } do
        local x, y = values(open({ ["a.npz"] = zip }, opts))
        assert.same(ONE, x)
        assert.same({ 0, 1, 0 }, y)
      end
    end
  end)

  it("finds the parts of an archive by usual names, and says which", function()
    local zip = files.zip { { "x_test.npy", floats({ 1, 1 }, 7) }, { "y_test.npy",
      files.npy("|u1", { 1 }, "\1") }, { "x_train.npy", X }, { "y_train.npy", Y } }
    local d = open({ ["m.npz"] = zip }, { "m.npz" })
    assert.same({ train = 3, val = 0, test = 1 }, d.splits)
    assert.truthy(d:describe():find("train: x is 'x_train', y 'y_train' of m.npz", 1, true))
    d = open({ ["m.npz"] = zip, ["a.npz"] = files.zip { { "x.npy", X }, { "y.npy", Y } } },
      { train = "m.npz", val = "a.npz", x = "x_train", y = "y_train", val_x = "x", val_y = "y" })
    assert.same({ train = 3, val = 3, test = 1 }, d.splits)
  end)

  local function header(descr, shape)
    local text = ("{'descr': %s, 'fortran_order': False, 'shape': %s}"):format(descr, shape)
    return "\x93NUMPY\1\0" .. string.pack("<I2", #text) .. text
  end
  local REFUSED = {
    { { ["x.npy"] = header("'<c16'", "(1,)") }, "complex numbers" },
    { { ["x.npy"] = header("'<M8[ns]'", "(1,)") }, "dates or spans of time" },
    { { ["x.npy"] = header("'<f16'", "(1,)") }, "wider than 8 bytes" },
    { { ["x.npy"] = header("'|V8'", "(1,)") }, "raw bytes" },
    { { ["x.npy"] = header("'<f4'", "(0, 3)") }, "the array is empty" },
    { { ["x.npy"] = header("'<f4'", "(99999999999, 99999999999)") }, "does not fit" },
    { { ["x.npy"] = files.npy("<U1", { 1 }, "a\0\0\0") }, "x.npy holds texts" },
    { { ["x.npy"] = X, ["y.npy"] = files.npy("|u1", { 2 }, "\0\1") }, "y.npy: 2 rows of rank 1" },
    { { ["x.npy"] = X, ["y.npy"] = files.npy("<U1", { 3 }, ("\1\0\0\255"):rep(3)) },
      "y.npy: label 1 is no text" },
  }
  it("refuses in a line what it does not read", function()
    for i, case in ipairs(REFUSED) do
      local why = files.failure(open, case[1], { "x.npy", case[1]["y.npy"] and "y.npy" or nil })
      assert.truthy(why:find(case[2], 1, true), i .. ": " .. why)
    end
  end)

  it("refuses archives that say what is not so", function()
    local good = files.zip { { "x.npy", X } }
    local function zip(part)
      part[1], part[2] = part[1] or "x.npy", part[2] or X
      return files.zip { part }
    end
    local cases = {
      { zip { deflated = true, size = 4000000000 }, "cannot be packed" },
      { zip { size = 7 }, "cannot be packed" },
      { zip { crc = 1 }, "it is damaged" },
      { zip { method = 12 }, "packed by method 12" },
      { zip { flags = 1 }, "it is encrypted" },
      { zip { at = 5 }, "the archive's directory is damaged" },
      { zip { at = 4000000000 }, "the archive's directory is damaged" },
      { files.zip { { "x.npy", X }, { "x.npy", X } }, "two parts are named 'x.npy'" },
      { files.zip({ { "x.npy", X } }, function(all)
        return all:sub(1, -3)
      end), "the archive's directory is damaged" },
      { good:sub(1, -10), "no directory" },
      { good:sub(1, 40), "no directory" },
      { good .. "more", "no directory" },
      { files.zip { { "../../x\0.npy", X } }, "a part whose name is no name" },
      { files.zip { { "a.npy", X }, { "b.npy", X } },
        "has the arrays a, b: which holds the samples" },
      { files.zip {}, "has the arrays (none)" },
    }
    for i, case in ipairs(cases) do
      local why = files.failure(open, { ["h.npz"] = case[1] }, { "h.npz" })
      assert.truthy(why:find(case[2], 1, true), i .. ": " .. why)
    end
    assert.truthy(files.failure(open, { ["h.npz"] = good }, { file = "h.npz", x = "z" }):find(
      "h.npz has no array 'z': it has x", 1, true))
  end)

  -- The values are those of numpy.load.
  local SHARED = "../shared/faults/csv/"
  local FOUND = {
    ["n_F.npy"] = 0.12573022, ["n_b1.npy"] = 1, ["n_be.npy"] = 0.12573022,
    ["n_f8.npy"] = 0.12573022, ["n_gz.npy"] = 0.12573022, ["n_i8.npy"] = 1,
    ["n_mm.npy"] = 0.12573022, ["n_z.npz"] = 0.12573022, ["n_U.npy"] = "holds texts",
    ["n_obj.npy"] = "Python objects", ["n_struct.npy"] = "structured type",
    ["n_zero.npy"] = "the array is empty",
  }
  -- The labels of these, in the order of their classes, are those of numpy.load and numpy.unique.
  local CLASSES = {
    ["y.npy"] = { "0", "1" }, ["yf.npy"] = { "0", "1" }, ["yneg.npy"] = { "-1", "1" },
  }
  for name, want in pairs(CLASSES) do
    it("takes the labels of " .. name, function()
      local place = file.real(SHARED)
      if not place then
        pending "the folder of faults is not here"
        return
      end
      local d = data.npy { x = place .. "/n_f8.npy", y = place .. "/" .. name,
        task = "classification" }:open { seed = 1 }
      local names = d.class_names or { "0", "1" }
      assert.same(want, names)
      assert.equal(2, d.classes)
      local y = d:loader({ batch = 8, shuffle = false, seed = 1 }):next().y:values()
      assert.same({ 0, 1, 0, 1, 0, 1, 0, 1 }, y)
    end)
  end
  for name, want in pairs(FOUND) do
    it("reads or refuses " .. name, function()
      local path = file.real(SHARED) and file.real(SHARED) .. "/" .. name
      if not path then
        pending "the folder of faults is not here"
        return
      end
      local function read()
        return data.npy { path, normalize = false }:open { seed = 1 }
      end
      if type(want) == "string" then
        local why = files.failure(read)
        assert.truthy(why:find(want, 1, true), why)
      else
        local d = read()
        assert.same({ 3 }, d.shape)
        assert.equal(20, d.n)
        assert.near(want, values(d)[1], 1e-7)
      end
    end)
  end
end)
