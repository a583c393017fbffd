-- `lrrun data FILE.npy|.npz`: what arrays hold.
local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

describe("lrrun data of arrays", function()
  local folder
  setup(function()
    folder = files.folder()
    local nan, inf = 0 / 0, math.huge
    local x = files.npy("<f4", { 3, 2 }, ("<ffffff"):pack(1, nan, 2.5, -inf, 1, nan))
    files.write(folder, "x.npy", x)
    files.write(folder, "names.npy", files.npy("<U2", { 3 },
      (("no\0pe\0no"):gsub("%z", ""):gsub(".", "%0\0\0\0"))))
    files.write(folder, "a.npz", files.zip { { "x.npy", x },
      { "o.npy", files.npy("|O", { 1 }, "x") },
      { "y.npy", files.npy("<i8", { 3 }, ("<i8i8i8"):pack(-1, 1, -1)) } })
    local many = {}
    for i = 1, 1001 do
      many[i] = ("<I2"):pack(i)
    end
    files.write(folder, "many.npy", files.npy("<u2", { 1001 }, table.concat(many)))
  end)

  local function document(name)
    local code, out, err = program.run(("data %s/%s --json"):format(folder, name))
    assert.equal(0, code, err)
    return json.decode(out).arrays
  end

  it("says type, shape, gaps, range and how many values differ", function()
    local x = document "x.npy" [1]
    assert.same({ "x.npy", "float32", { 3, 2 }, 6, 2, 1, 3, 1, 2.5 }, { x.name, x.type, x.shape,
      x.n, x.missing, x.infinite, x.distinct, x.low, x.high })
    local many = document "many.npy" [1]
    assert.same({ "uint16", 1000, true }, { many.type, many.distinct, many.more })
    local names = document "names.npy" [1]
    assert.same({ 2, { "no", "pe" } }, { names.distinct, names.examples })
    assert.is_nil(names.low)
  end)

  it("shows each array of an archive, also beside one that cannot be read", function()
    local code, out = program.run(("data %s/a.npz"):format(folder))
    assert.equal(0, code)
    assert.truthy(out:find("a.npz: 3 arrays", 1, true))
    assert.matches("x  +float32  3 x 2  2  +1  +3  +1 to 2.5", out)
    assert.matches("y  +int64    3  +0  +0  +2  +%-1 to 1   %-1, 1", out)
    assert.truthy(out:find("not read: a.npz:o: it holds Python objects", 1, true), out)
  end)

  it("refuses a file that is none in a line", function()
    files.write(folder, "b.npy", "nothing")
    local code, _, err = program.run(("data %s/b.npy"):format(folder))
    assert.equal(1, code)
    assert.matches("^lrrun: b%.npy [^\n]+\n$", err)
  end)
end)
