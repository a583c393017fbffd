-- lrrun init: a first recipe for somebody's data, which runs as it is.
local files = require "support.files"
local program = require "support.program"
local small_sets = require "support.small_sets"

local function place()
  local folder = program.folder(finally)
  return folder, function(words)
    return program.run_in(folder, words, "XDG_STATE_HOME=" .. folder .. "/state")
  end
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

-- Rows of a, b and what f makes of them, below a header.
local function rows(header, n, f)
  local lines = { header }
  for i = 1, n do
    lines[i + 1] = f(i * 37 % 101 / 10, i * 53 % 97 / 10, i)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function kind(a, b)
  return a > b and "yes" or "no"
end

describe("a place for results that cannot be made", function()
  it("is told with the flag, key or variable that names another", function()
    local folder, run = place()
    local text = [[local r = recipe { data = data.moons { n = 40, batch = 20 },
      model = nn.sequential { nn.linear(2) }, epochs = 1,
      optimizer = optim.sgd { lr = search.loguniform(0.01, 0.1) } }
    ]]
    program.write(folder .. "/r.lua", text .. "return r")
    program.write(folder .. "/s.lua", text .. 'search.run(r, { trials = 1, out = "runs/a" })')
    local function check(status, says, words)
      local code, _, err = run(words)
      assert.same({ status, "lrrun: " .. says .. "\n" }, { code, err })
    end
    program.write(folder .. "/runs", "")
    local taken = "cannot make folder runs: a file is in its place"
    for _, verb in ipairs { "r.lua", "range r.lua", "search r.lua" } do
      check(1, taken .. "; --out DIR makes run folders elsewhere", verb)
    end
    check(2, "--out runs/b: " .. taken, "r.lua --out runs/b")
    os.remove(folder .. "/runs")
    os.execute(("mkdir %s/runs; touch %s/runs/r-study %s/runs/a"):format(folder, folder, folder))
    check(1, "cannot make folder runs/r-study: a file is in its place; --out DIR makes run folders "
      .. "elsewhere", "search r.lua")
    check(1, 's.lua:4: search.run: out = "runs/a": cannot make folder runs/a: a file is in its '
      .. "place", "--trusted s.lua")
    os.execute(("rm -r %s/state"):format(folder))
    program.write(folder .. "/state", "")
    check(1, ("trust: cannot make folder %s/state: a file is in its place; XDG_STATE_HOME (without "
      .. "it HOME) says where the list is kept"):format(folder), "trust r.lua")
  end)
end)

describe("lrrun init", function()
  it("writes a recipe that runs, with what editors want, and overwrites nothing", function()
    local folder, run = place()
    local code, out, err = run "init"
    assert.same({ 0, "" }, { code, err })
    assert.matches("wrote recipe.lua, .luarc.json, types/lrrun.lua\nnext: lrrun recipe.lua\n",
      out, 1, true)
    assert.matches("---@class lrrun.recipe", read(folder .. "/types/lrrun.lua"), 1, true)
    assert.matches('"workspace.library": ["types"]', read(folder .. "/.luarc.json"), 1, true)
    code, out = run "recipe.lua --quiet --epochs 3"
    assert.equal(0, code)
    assert.is_true(tonumber(out:match "best[^\n]*val_accuracy ([%d.]+)") > 0.9)
    local before = read(folder .. "/recipe.lua")
    code, out, err = run "init"
    assert.same({ 2, "", "lrrun: recipe.lua is there already, and init writes over nothing; lrrun "
      .. "init NAME writes another\n" }, { code, out, err })
    assert.equal(before, read(folder .. "/recipe.lua"))
    code, out = run "init other --json"
    assert.equal(0, code)
    assert.matches('"written": %[%s+"other.lua"%s+%]', out)
    assert.matches('"kept": %[%s+".luarc.json",%s+"types/lrrun.lua"%s+%]', out)
  end)

  it("finds the target of a table, and says so with the key that changes it", function()
    for header, says in pairs {
      ["price,b,a"] = "target: price (guessed, by its name), regression",
      ["a,b,c"] = "target: c (guessed, the last column), regression",
      ["a,the label,c"] = "target: the label (guessed, by its name), regression",
    } do
      local folder, run = place()
      program.write(folder .. "/t.csv", rows(header, 60, function(a, b)
        return ("%g,%g,%g"):format(a, b, a - 2 * b)
      end))
      local code, out = run "init --data t.csv"
      assert.equal(0, code)
      assert.equal(says, out:match "[^\n]*")
      assert.matches("another column: target = ... in the recipe, or init again with --set", out, 1,
        true)
      assert.equal(0, (run "recipe.lua --quiet --epochs 1"))
    end
  end)

  it("learns from a table: classes, dates, ids, missing values, decimal commas", function()
    local folder, run = place()
    program.write(folder .. "/t.csv", rows("order_id;day;a;city;b;kind", 80, function(a, b, i)
      return ("%d;2024-01-%02d;%s;%s;%s;%s"):format(1000 + 3 * i, i % 28 + 1,
        (("%.1f"):format(a):gsub("%.", ",")), i % 2 == 0 and "Köln" or "Bonn",
        i % 20 == 0 and "" or (("%.1f"):format(b):gsub("%.", ",")), kind(a, b))
    end))
    local code, out = run "init --data t.csv"
    assert.equal(0, code)
    assert.matches("target: kind (guessed, the last column), classification, 2 classes", out, 1,
      true)
    assert.matches("left out: order_id (by its name)", out, 1, true)
    assert.matches("missing: 4 values in b, set to the median", out, 1, true)
    local text = read(folder .. "/recipe.lua")
    for _, line in ipairs { 'target = "kind",', 'task = "classification",', 'missing = "median",',
      'order_id = "ignore", -- by its name', 'decimal = ",",', "nn.linear(2)," } do
      assert.matches(line, text, 1, true)
    end
    code, out = run "recipe.lua --quiet"
    assert.equal(0, code)
    assert.is_true(tonumber(out:match "best[^\n]*val_accuracy ([%d.]+)") > 0.8)
  end)

  it("takes keys of data.csv from --set, and writes them into the recipe", function()
    local folder, run = place()
    program.write(folder .. "/t.csv", "a title\n" .. rows("a,b,c", 30, function(a, b)
      return ("%g,%g,%s"):format(a, b, kind(a, b))
    end))
    assert.equal(0, (run "init --data t.csv --set target=a --set skip=1"))
    local text = read(folder .. "/recipe.lua")
    assert.matches('target = "a",', text, 1, true)
    assert.matches("skip = 1,", text, 1, true)
    assert.equal(0, (run "recipe.lua --quiet --epochs 1"))
    local code, _, err = run "init x --set target=a"
    assert.equal(2, code)
    assert.matches("--set gives keys of data.csv, for a table", err, 1, true)
  end)

  it("takes no name of a file's for Lua", function()
    local folder, run = place()
    program.write(folder .. "/t.csv", rows('"a\n os.exit(7) --","b]] x","end","c"" } y"', 40,
      function(a, b)
        return ("%g,%g,%g,%s"):format(a, b, a * b, kind(a, b))
      end))
    assert.equal(0, (run "init --data t.csv --set 'columns={[\"end\"]=\"ignore\"}'"))
    assert.equal(0, (run "recipe.lua --quiet --epochs 1"))
  end)

  it("says what is wrong with data that nothing can be learnt from, and writes nothing", function()
    for text, says in pairs {
      [""] = "t.csv is empty",
      ["a,b\n1,2\n"] = "none of its 2 columns can be a target",
      ["a,b\n1,x\n2,x\n3,x\n"] = "with 'a' as the target no column is left to learn from (b: the "
        .. "same",
      ["a,b\nx\xe9,1\ny,2\n"] = 'encoding = "latin1" reads what older programs write (init takes '
        .. "such keys as --set KEY=VALUE)",
    } do
      local folder, run = place()
      program.write(folder .. "/t.csv", text)
      local code, _, err = run "init --data t.csv"
      assert.equal(1, code)
      assert.matches(says, err, 1, true)
      assert.is_nil(io.open(folder .. "/recipe.lua"))
      assert.is_nil(io.open(folder .. "/types"))
    end
  end)

  it("trains on three rows, without a part that validates, and says so", function()
    local folder, run = place()
    program.write(folder .. "/t.csv", "a,b,c\n1,2,x\n3,4,y\n5,6,x\n")
    local _, out = run "init --data t.csv"
    assert.matches("3 rows of t.csv: too few to keep some for validation", out, 1, true)
    assert.equal(0, (run "recipe.lua --quiet --epochs 2"))
  end)

  it("finds data elsewhere by --data, and a path of its own for the recipe", function()
    local folder, run = place()
    os.execute(("mkdir '%s/my data'"):format(folder))
    program.write(folder .. "/my data/t.csv", rows("a,b,c", 30, function(a, b)
      return ("%g,%g,%s"):format(a, b, kind(a, b))
    end))
    local code, out = run "init new/first --data 'my data/t.csv'"
    assert.equal(0, code)
    local command = out:match "next: lrrun ([^\n]*)"
    assert.equal("new/first.lua --data 'my data'", command)
    assert.equal(0, (run(command .. " --quiet --epochs 1")))
    assert.equal(0, (run "init 'my data/' --data 'my data/t.csv'"))
    assert.equal(0, (run "'my data/recipe.lua' --quiet --epochs 1"))
  end)

  it("names what is wrong with its words", function()
    local folder, run = place()
    program.write(folder .. "/t.csv", "a,b\n1,2\n")
    os.execute(("mkdir %s/none %s/some"):format(folder, folder))
    os.execute(("mkdir %s/place"):format(folder))
    program.write(folder .. "/place/types", "")
    program.write(folder .. "/some/my.tsv", "a\tb\n1\t2\n")
    for words, says in pairs {
      ["init t.csv"] = "t.csv is there already, and NAME is what the recipe will be called; lrrun "
        .. "init --data t.csv",
      ["init --data tt.csv"] = "no such file or folder: tt.csv; did you mean 't.csv'?",
      ["init --data none"] = "lrrun: none: it holds neither pictures (.png, .jpg), texts",
      ["init --data some/"] = "taken is a table, as some/my.tsv, an archive",
      ["init no/such/x"] = "no: there is no such folder to make such in",
      ["init place/x"] = "place/types is a file, and init makes a folder there",
      ["init --data ."] = "is the folder that the recipe would be in",
      ["init x --data err --lr 3"] = "--lr",
    } do
      local code, _, err = run(words)
      assert.equal(words:find "e/?$" and 1 or 2, code, words)
      assert.matches(says, err, 1, true)
    end
  end)

  it("names known data sets by the files in a folder, whatever it is called", function()
    local folder, run = place()
    os.execute(("mkdir %s/data %s/p"):format(folder, folder))
    small_sets.write(folder .. "/data")
    os.execute(("cp -r %s/data/cifar-10-batches-bin %s/data/pics"):format(folder, folder))
    os.execute(("cp -r %s/data/fashion-mnist %s/p/my-fashion"):format(folder, folder))
    for name, want in pairs { ["cifar-10-batches-bin"] = "cifar10 {\n    --",
      pics = 'cifar10 {\n    "pics", -- the folder', mnist = "mnist {\n    --",
      ["fashion-mnist"] = "fashion_mnist {\n    --",
      ["my-fashion"] = 'fashion_mnist {\n    "my-fashion",', aclImdb = "imdb {\n    --" } do
      local code, out, err = run(("init p/r_%s --data %s/%s"):format(name, name == "my-fashion"
        and "p" or "data", name))
      assert.same({ 0, "" }, { code, err })
      assert.matches("^data%." .. want:match "^[%w_]+", out)
      assert.matches("data = data." .. want, read(("%s/p/r_%s.lua"):format(folder, name)), 1, true)
      assert.equal(0, (run("plan " .. out:match "next: lrrun ([^\n]*)")))
    end
  end)

  it("knows arrays: an archive, samples with answers beside them, a folder of both", function()
    local folder, run = place()
    os.execute(("mkdir %s/a %s/b %s/alone"):format(folder, folder, folder))
    local x = files.npy("<f4", { 30, 2 }, string.pack("<ff", 1, -1):rep(15) .. string.pack("<ff", 0,
      1):rep(15))
    local y = files.npy("|u1", { 30 }, ("\0"):rep(15) .. ("\1"):rep(15))
    program.write(folder .. "/a/x.npy", x)
    program.write(folder .. "/a/y.npy", y)
    local images = files.npy("|u1", { 30, 1, 8, 8 }, ("\1\2"):rep(960))
    for _, part in ipairs { "train", "val" } do
      program.write(("%s/b/x_%s.npy"):format(folder, part), images)
      program.write(("%s/b/y_%s.npy"):format(folder, part), y)
    end
    program.write(folder .. "/alone/x.npy", x)
    program.write(folder .. "/all.npz", files.zip { { "x.npy", x }, { "y.npy", y } })
    for path, want in pairs { ["a/x.npy"] = 'x = "a/x.npy"', ["all.npz"] = 'x = "all.npz"',
      ["b"] = 'val_x = "b/x_val.npy"' } do
      local name = path:match "%a+"
      local code, out, err = run(("init r_%s --data %s"):format(name, path))
      assert.same({ 0, "" }, { code, err })
      assert.matches("^arrays: %d+ samples of shape [%dx ]+, 2 classes", out)
      assert.matches(want, read(("%s/r_%s.lua"):format(folder, name)), 1, true)
      assert.equal(0, (run(("r_%s.lua --quiet --epochs 1"):format(name))))
    end
    local code, _, err = run "init r_alone --data alone/x.npy"
    assert.equal(1, code)
    assert.matches("alone/x.npy: it is an array alone: samples want answers beside them", err, 1,
      true)
  end)

  it("knows folders of pictures and of texts, tables of texts, and texts", function()
    local folder, run = place()
    for _, class in ipairs { "x", "y" } do
      os.execute(("mkdir -p %s/texts/%s %s/pictures/%s"):format(folder, class, folder, class))
      for i = 1, 6 do
        program.write(("%s/texts/%s/%d.txt"):format(folder, class, i), class .. " is a word " .. i)
        program.write(("%s/pictures/%s/%d.png"):format(folder, class, i), files.png(8, 8, 1,
          ("%c"):format(i):rep(64)))
      end
    end
    program.write(folder .. "/book.txt", ("A line of words, and one more.\n"):rep(40))
    program.write(folder .. "/t.tsv", rows("kind\ttext", 60, function(a, b, i)
      return ("%s\tit is %s and number %d here"):format(kind(a, b), kind(a, b), i)
    end))
    for path, want in pairs { texts = "data.text", ["book.txt"] = 'task = "lm"',
      ["t.tsv"] = "data.text", pictures = "data.images" } do
      local name = path:match "%a+"
      local code, _, err = run(("init r_%s --data %s"):format(name, path))
      assert.equal(0, code, err)
      assert.matches(want, read(("%s/r_%s.lua"):format(folder, name)), 1, true)
      assert.equal(0, (run(("plan r_%s.lua"):format(name))))
    end
  end)
end)
