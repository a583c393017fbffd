-- data.images: which files of which folders are read as what, and what is said of the others.

local data = require "lrrun.data"
local files = require "support.files"
local program = require "support.program"

describe("folders of pictures", function()
  local folder, count
  before_each(function()
    folder, count = files.folder(), 0
  end)

  -- Pictures of one pixel, each of another value.
  local function put(...)
    for _, name in ipairs { ... } do
      count = count + 1
      files.write(folder, name, files.png(1, 1, 1, string.char(count)))
    end
  end
  local function open(opts)
    opts = opts or { "." }
    opts.channels = 1
    return data.images(opts):open { seed = 1, recipe_dir = folder }
  end
  local function fails(says, opts)
    local why = files.failure(open, opts)
    assert.truthy(why:find(says, 1, true), why)
  end
  local function says(d, text)
    local all = table.concat(d:said(), "\n")
    assert.truthy(all:find(text, 1, true), all)
  end
  local function labels(d, split)
    return d.native:loader({ batch = 100, split = split, seed = 1 }):next().y:values()
  end

  it("of parts are known by their names, which is said", function()
    local spelt = { { "train", "val", "test" }, { "Training", "validation", "testing" } }
    for _, names in ipairs(spelt) do
      folder = files.folder()
      for _, name in ipairs(names) do
        put("set/" .. name .. "/a/1.png", "set/" .. name .. "/b/1.png")
      end
      local d = open { "set" }
      assert.same({ train = 2, val = 2, test = 2 }, d.splits)
      assert.same({ "a", "b" }, d.class_names)
      says(d, ("set holds folders of parts: train = %s, val = %s, test = %s; train = \"set\" takes "
        .. "them for classes"):format(table.unpack(names)))
      d = open { train = "set" }
      assert.equal(3, d.classes)
      says(d, "6 pictures in folders inside class folders count as of these: ")
    end
  end)

  it("may be called train where they are a class", function()
    put("bus/1.png", "car/1.png", "train/1.png")
    local d = open()
    assert.same({ "bus", "car", "train" }, d.class_names)
    assert.same({}, d:said())
  end)

  it("are parts that train, val and test name", function()
    put("x/a/1.png", "x/b/1.png", "y/a/1.png", "y/b/2.png", "y/b/3.png", "z/b/1.png")
    local d = open { train = "x", val = "y", test = "z" }
    assert.same({ train = 2, val = 3, test = 1 }, d.splits)
    assert.same({ 0, 1, 1 }, labels(d, "val"))
    says(d, "test: no picture of a")
    fails("'folder' and 'train' name the same", { "x", train = "x" })
    fails("no folder 'w'", { train = "x", val = "w" })
  end)

  it("have the classes of the training part alone", function()
    put("x/a/1.png", "x/c/1.png", "y/a/1.png", "y/b/1.png", "y/b/2.png", "y/c/1.png")
    local d = open { train = "x", val = "y" }
    assert.same({ "a", "c" }, d.class_names)
    assert.same({ 0, 1 }, labels(d, "val"))
    says(d, "val: 2 pictures left out, of 1 class that training has not: b")
    put("w/q/1.png", "v/1.png")
    fails("/w holds no picture of a class of the training part", { train = "x", val = "w" })
    fails("but 1 picture without one (1.png)", { train = "x", test = "v" })
  end)

  it("are named with their part where there are several", function()
    put("set/train/a/1.png", "set/train/b/1.png", "set/val/a/1.png", "set/val/b/more/1.png")
    files.write(folder, "set/val/a/x.webp", "x")
    files.write(folder, "set/val/b/2.png", "GIF89a")
    fails("data.images: val/b/2.png is neither PNG nor JPEG", { "set" })
    local d = open { "set", broken = "skip" }
    says(d, "as neither .png nor .jpg: val/a/x.webp")
    says(d, "left out 1 file: val/b/2.png is neither PNG nor JPEG")
    says(d, "1 picture in folders inside class folders count as of these: val/b/more")
  end)

  it("without classes among the parts are left out, which is said", function()
    put("train/a/1.png", "train/b/1.png", "test/1.png", "extra/1.png")
    local d = open()
    assert.same({ train = 2, val = 0, test = 0 }, d.splits)
    says(d, "test is left out: ")
    says(d, "1 folder left out beside them: extra")
    put("valid/a/1.png", "val/a/1.png")
    fails("holds both val and valid; train = , val = and test = name the folders")
  end)

  it("may hold folders and files of other kinds, and what systems leave", function()
    put("a/1.png", "a/more/2.png", "a/more/deep/3.jpg", "b/1.PNG", "b/2.jfif", "loose.png")
    for _, name in ipairs { "a/.DS_Store", "a/._1.png", "a/Thumbs.db", "__MACOSX/a/1.png",
      ".git/x/1.png", "b/desktop.ini", "readme.txt" } do
      files.write(folder, name, "x")
    end
    local d = open()
    assert.same({ 0, 0, 0, 1, 1 }, labels(d, "train"))
    assert.same({
      "1 picture left out, beside the class folders of .: loose.png",
      "2 pictures in folders inside class folders count as of these: a/more/deep, a/more",
    }, d:said())
    for _, name in ipairs { "a/1.webp", "a/2.gif", "a/more/x.txt", "b/y.txt" } do
      files.write(folder, name, "x")
    end
    says(open(), "4 files in class folders left out, as neither .png nor .jpg: a/1.webp, a/2.gif, "
      .. "a/more/x.txt, ...")
  end)

  it("that links lead back to are read once", function()
    put("set/a/1.png", "set/a/in/2.png", "set/b/1.png")
    for _, link in ipairs { "ln -s .. %s/set/a/up", "ln -s ../a %s/set/a/in/again",
      "ln -s . %s/set/b/here" } do
      assert(os.execute(link:format(folder)))
    end
    assert.same({ 0, 0, 1 }, labels(open { "set" }, "train"))
  end)

  it("that cannot be listed to their end are refused, and not taken for shorter", function()
    for i = 1, 8 do
      put(("set/%s/%d.png"):format(i % 2 == 0 and "a" or "b", i))
    end
    program.write(folder .. "/r.lua", [[return recipe { data = data.images { "set", batch = 4 },
      model = nn.sequential { nn.flatten(), nn.linear(2) }, optimizer = optim.sgd { lr = 0.1 },
      epochs = 1 }]])
    local seen = {}
    for n = 0, 40 do
      local code, out, err = program.run_in(folder, "plan r.lua",
        ("LRRUN_FAULT=readdir:%d:EIO"):format(n))
      if code == 0 then
        assert.matches(" 8 train images", out)
      else
        seen[err:match "(%w+): Input/output error\n$" or err] = true
      end
    end
    assert.same({ set = true, a = true, b = true }, seen)
  end)

  it("without pictures or classes are refused with what is there", function()
    put("set/a/1.png")
    files.write(folder, "set/b/1.webp", "x")
    fails("set/b holds no .png or .jpg (but b/1.webp)", { "set" })
    fails("holds 1 class folder, want 2 or more; did you mean './set', which holds a, b?")
    put("flat/1.png", "flat/2.png")
    fails("holds 0 class folders, want 2 or more: 2 pictures lie in it (1.png, 2.png), and each "
      .. "class wants a folder of its own", { "flat" })
  end)

  describe("with broken files", function()
    before_each(function()
      put("a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png")
      files.write(folder, "a/2.png", files.png(1, 1, 1, "\1"):sub(1, 50))
    end)

    it("are an error that names the first, and the key", function()
      fails("a/2.png: broken PNG (")
      fails("; broken = \"skip\" leaves such files out")
      fails("'broken' is 'skipp'", { ".", broken = "skipp" })
    end)

    it("are read without them where it is asked for, which is said", function()
      for i, bytes in ipairs { "", "GIF89a", "x" } do
        files.write(folder, ("b/0%d.png"):format(i), bytes)
      end
      local d = open { ".", broken = "skip", normalize = false }
      assert.equal(4, d.n)
      assert.same({ 0, 0, 1, 1 }, labels(d, "train"))
      local b = d.native:loader({ batch = 4, seed = 1 }):next()
      for i, v in ipairs { 1, 3, 4, 5 } do
        assert.near(v / 255, b.x:values()[i], 1e-6)
      end
      says(d, "broken = \"skip\" left out 4 files: a/2.png: broken PNG (")
      says(d, "; b/01.png is neither PNG nor JPEG: it is empty; b/02.png is neither PNG nor JPEG: "
        .. "by its bytes it is a GIF; and 1 more")
    end)

    it("are refused where none is left of a class or a part", function()
      files.write(folder, "c/1.png", "x")
      fails("no file of class c for training is a sound picture", { ".", broken = "skip" })
      files.write(folder, "v/a/1.png", "x")
      os.remove(folder .. "/c/1.png")
      put("c/2.png", "v/b/1.png", "w/b/1.png")
      files.write(folder, "w/b/1.png", "x")
      put("t/a/1.png", "t/b/1.png")
      fails("none of the 1 file for validation is a sound picture",
        { train = "t", val = "w", broken = "skip" })
      assert.same({ train = 2, val = 1, test = 0 },
        open({ train = "t", val = "v", broken = "skip" }).splits)
    end)

    it("are the same data for any number of threads", function()
      local sys = require "lrrun.native.sys"
      local before, prints = sys.threads(), {}
      for _, n in ipairs { 1, 2, 3 } do
        sys.threads(n)
        prints[n] = open({ ".", broken = "skip" }).fingerprint
      end
      sys.threads(before)
      assert.same({ prints[1], prints[1], prints[1] }, prints)
    end)
  end)
end)
