-- Tables of several files that are not written alike, and rows that end before the last column.
local data = require "lrrun.data"
local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

describe("tables of several files", function()
  local folder
  setup(function()
    folder = files.folder()
  end)

  local function open(opts, texts)
    for name, text in pairs(texts) do
      files.write(folder, name, text)
    end
    opts.normalize = false
    return data.csv(opts):open { recipe_dir = folder, seed = 1 }
  end
  local function failure(opts, texts)
    return files.failure(open, opts, texts)
  end
  local function part(d, split)
    local batch = d:loader({ split = split, batch = 99, shuffle = false }):next()
    return batch.x:values(), batch.y:values()
  end

  it("leave out first lines of one of them alone", function()
    local texts = { ["a.csv"] = "1,u\n2,v\n3,u\n", ["b.csv"] = "|1x3 Cross validator\n5,v\n6,u\n",
      ["c.csv"] = "x\ny\n7,u\n" }
    local d = open({ train = "a.csv", val = "b.csv", test = "c.csv", skip = { val = 1, test = 2 } },
      texts)
    assert.same({ train = 3, val = 2, test = 1 }, d.splits)
    local x, y = part(d, "val")
    assert.same({ 5, 6 }, x)
    assert.same({ 1, 0 }, y)
    assert.same({ 7 }, (part(d, "test")))
    for _, case in ipairs {
      { { tset = 1 }, "has 'tset', want train, val or test = lines" },
      { { val = -1 }, "has val = -1, want lines from 0 on" },
      { { test = 1 }, "has test, and no file is given as that" },
    } do
      local why = failure({ train = "a.csv", val = "b.csv", skip = case[1] }, texts)
      assert.truthy(why:find("data.csv: 'skip' " .. case[2], 1, true), why)
    end
  end)

  it("may have a mark behind the classes of one of them", function()
    local texts = { ["a.csv"] = "1,<=50K\n2,>50K\n1,<=50K\n", ["b.csv"] = "5,>50K.\n6, <=50K .\n",
      ["c.csv"] = "5,>50K.\n6,<=50K\n" }
    local d = open({ train = "a.csv", val = "b.csv", strip = "." }, texts)
    local _, y = part(d, "val")
    assert.same({ "<=50K", ">50K" }, d.class_names)
    assert.same({ 1, 0 }, y)
    local said = "classes of the training data stand here with '.' behind them ('%s'): "
      .. 'strip = "." takes it off'
    local why = failure({ train = "a.csv", val = "b.csv" }, texts)
    assert.truthy(why:find("b.csv: " .. said:format "<=50K .", 1, true), why)
    d = open({ train = "a.csv", val = "c.csv" }, texts)
    assert.equal(1, d.splits.val)
    assert.truthy(d:describe():find("c.csv: " .. said:format ">50K.", 1, true), d:describe())
    why = failure({ train = "a.csv", target = 1, strip = "." }, texts)
    assert.truthy(why:find('strip = "." is for targets that are texts, and the column 1 holds '
      .. "numbers", 1, true), why)
  end)

  it("miss nothing in any of them where the recipe says so", function()
    local why = failure({ train = "a.csv", val = "b.csv", missing = "error" },
      { ["a.csv"] = "x,y\n1,u\n2,v\n", ["b.csv"] = "x,y\n1,u\n,v\n" })
    assert.truthy(why:find("b.csv: line 3 has nothing in column x (1 such line)", 1, true), why)
  end)
end)

describe("a row that ends before the last column", function()
  local SHORT = "a,y,b\n1,u,5\n2,v\n3\n4,u,7\n5,v,9\n6,u,1\n"

  local function open(folder, opts)
    files.write(folder, "t.csv", SHORT)
    opts[1], opts.target, opts.normalize = "t.csv", "y", false
    return data.csv(opts):open { recipe_dir = folder, seed = 1 }
  end

  it("misses what it lacks, as pandas reads it, and that is said", function()
    local folder = files.folder()
    local d = open(folder, {})
    local batch = d:loader({ batch = 9, shuffle = false }):next()
    assert.same({ 1, 5, 2, 5.5, 4, 7, 5, 9, 6, 1 }, batch.x:values()) -- 5.5: the mean
    for _, line in ipairs { "2 rows end before the last column (line 3 has 2 fields, want 3): what "
      .. "they lack is missing", "1 row without a target left out",
      "b: 2 missing, set to the training mean" } do
      assert.truthy(d:describe():find(line, 1, true), d:describe())
    end
    assert.equal(4, open(folder, { missing = "drop" }).splits.train)
    local why = files.failure(open, folder, { missing = "error" })
    assert.truthy(why:find("t.csv: line 3 has 2 fields, want 3 (2 such lines); missing = ", 1,
      true), why)
  end)

  it("is refused where half of all do so, with what may be the reason", function()
    local folder = files.folder()
    files.write(folder, "t.csv", "a,b,y\n1;2;u\n3;4;v\n")
    local why = files.failure(function()
      data.csv { "t.csv" }:open { recipe_dir = folder, seed = 1 }
    end)
    assert.truthy(why:find("t.csv:2:1: 1 field, want 3", 1, true), why)
    assert.truthy(why:find("delimiter", 1, true), why)
  end)

  it("is answered by predictions, and measured, alike", function()
    local place = program.folder(finally)
    program.write(place .. "/t.csv", SHORT)
    program.write(place .. "/more.csv", "a,y,b\n1,u,5\n2,v\n3,u.,6\n")
    program.write(place .. "/r.lua", [[return recipe { data = data.csv { "t.csv", target = "y" },
      model = nn.sequential { nn.linear(2) }, optimizer = optim.adam { lr = 0.1 }, epochs = 1 }]])
    local code, out, err = program.run_in(place, "r.lua --json --quiet")
    assert.equal(0, code, err)
    local run = json.decode(out).run
    code, out, err = program.run_in(place, ("predict %s --input more.csv --json"):format(run))
    assert.equal(0, code, err)
    local answers = json.decode(out)
    assert.equal(3, answers.answered)
    assert.same({ missing = 1, shorts = 1 }, answers.counts)
    code, out, err = program.run_in(place, ("eval %s --input more.csv"):format(run))
    assert.equal(0, code, err)
    assert.truthy(out:find("more.csv, 2 samples", 1, true), out)
    assert.truthy(err:find("1 row ends before the last column (the first in line 3)", 1, true), err)
    assert.truthy(err:find("(the first in line 4: 'u.'; strip = \".\" in the recipe's data takes "
      .. "'.' off)", 1, true), err)
  end)
end)
