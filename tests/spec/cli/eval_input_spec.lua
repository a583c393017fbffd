-- lrrun eval RUN --input FILE: labelled data that the run has not seen, of each kind.

local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

local folder

local function write(name, text)
  return files.write(folder, name, text)
end

local function run(args)
  return program.run_in(folder, args)
end

local function good(args)
  local code, out, err = run(args)
  assert.equal(0, code, err)
  return out, err
end

local function document(args)
  return json.decode((good(args .. " --json")))
end

local function train(text)
  write("r.lua", text)
  return document("r.lua --quiet").run
end

before_each(function()
  folder = files.folder()
end)

after_each(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

-- What both measured.
local function same(a, b)
  for key, value in pairs(a) do
    if key ~= "split" and key ~= "input" and key ~= "run" and key ~= "counts" then
      assert.same(value, b[key], key)
    end
  end
end

local function rows(n, step)
  local out = { "size,colour,kind" }
  for i = 1, n do
    local red = (i * step) % 5 < 2
    out[i + 1] = ("%g,%s,%s"):format(i % 9 / 4, red and "red" or "blue",
      red and "one" or i % 4 > 1 and "two" or "three")
  end
  return out
end

describe("lrrun eval --input", function()
  it("measures a table as its test split would, and counts what it leaves out", function()
    write("a.csv", table.concat(rows(80, 7), "\n") .. "\n")
    local test = rows(50, 3)
    write("b.csv", table.concat(test, "\n") .. "\n")
    local of = train [[return recipe {
      data = data.csv { train = "a.csv", test = "b.csv", batch = 7 },
      model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(3) },
      optimizer = optim.adam { lr = 0.05 }, epochs = 4 }]]
    local want = document("eval " .. of .. " --split test")
    local got = document("eval " .. of .. " --input b.csv")
    assert.equal(50, got.n)
    assert.equal("b.csv", got.input)
    assert.equal(3, #got.classes)
    same(want, got)
    os.execute(("cd %s && gzip -k b.csv && mv a.csv gone.csv"):format(folder)) -- of no use any more
    same(want, document("eval " .. of .. " --input b.csv.gz"))
    table.insert(test, 5, "1,red,")
    table.insert(test, 9, "1,red,four")
    table.insert(test, 10, "1,red")
    table.insert(test, 11, "1,red,two,2")
    write("c.csv", table.concat(test, "\n") .. "\n")
    local more = document("eval " .. of .. " --input c.csv")
    same(want, { n = more.n, loss = more.loss, accuracy = more.accuracy, f1 = more.f1,
      classes = more.classes, confusion = more.confusion, auc = more.auc,
      precision = more.precision, recall = more.recall, top5 = more.top5,
      balanced_accuracy = more.balanced_accuracy })
    assert.same({ untargeted = 2, unknown = 1, shorts = 1, width = 1 }, more.counts)
    local out, err = good("eval " .. of .. " --input c.csv")
    assert.matches("^c%.csv, 50 samples\n  loss", out)
    assert.matches("1 row ends before the last column %(the first in line 10%), 2 rows without a "
      .. "target left out %(the first in line 5%), 1 row left out, of a class that the training "
      .. "data have not %(the first in line 9: 'four'%), 1 row of too many fields left out %(line "
      .. "11 has 4, want 3%)", err)
    write("d.csv", "size,colour\n1,red\n")
    write("e.csv", "size,colour,kind\n1,red,\n")
    for name, message in pairs { ["d.csv"] = "names no column 'kind'",
      ["e.csv"] = "e.csv: nothing can be measured: e.csv: 1 row without a target" } do
      local code, _, why = run("eval " .. of .. " --input " .. name)
      assert.equal(1, code)
      assert.truthy(why:find(message, 1, true), why)
    end
  end)

  it("measures numbers in their own units", function()
    local function line(from)
      local out = { "x,y" }
      for i = 1, 60 do
        out[i + 1] = ("%g,%g"):format(i / 30 + from, 200 * (i / 30 + from) + 1e6)
      end
      return table.concat(out, "\n") .. "\n"
    end
    write("a.csv", line(0))
    write("b.csv", line(0.01))
    local of = train [[return recipe { data = data.csv { train = "a.csv", test = "b.csv" },
      model = nn.linear(1), optimizer = optim.adam { lr = 0.1 }, epochs = 40 }]]
    local got = document("eval " .. of .. " --input b.csv")
    same(document("eval " .. of .. " --split test"), got)
    assert.is_true(got.r2 > 0.5)
  end)

  it("takes the class of a file from the folder that it is in", function()
    for i, name in ipairs { "set/dark/1.png", "set/dark/2.png", "set/light/1.png",
      "set/light/2.png", "in/light/3.png", "in/dark/4.png", "in/other/5.png", "in/6.png",
      "in/dark/more/7.png" } do
      write(name, files.png(2, 1, 1, string.char(10 * i, name:find "light" and 250 or 20)))
    end
    local of = train [[return recipe { data = data.images { "set", channels = 1 }, epochs = 20,
      model = nn.sequential { nn.flatten(), nn.linear(2) }, optimizer = optim.adam { lr = 0.1 } }]]
    local got = document("eval " .. of .. " --input in")
    assert.equal(3, got.n)
    assert.equal(1, got.accuracy)
    assert.same({ unknown = 2 }, got.counts)
    same(document("eval " .. of .. " --split train"), document("eval " .. of .. " --input set"))
  end)

  it("reads labelled texts, rows of numbers and arrays", function()
    local out = {}
    for i = 1, 60 do
      out[i] = i % 2 == 0 and "good\tfine film, so fine" or "bad\tpoor film, so poor"
    end
    write("films.tsv", table.concat(out, "\n") .. "\n")
    local of = train [[return recipe { data = data.text { "films.tsv" },
      model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.05 }, clip = { norm = 5 }, epochs = 12 }]]
    write("new.tsv", "bad\tso poor\ngood\tso fine\ngood\tpoor\nmixed\tpoor\n\tfine\n")
    local got = document("eval " .. of .. " --input new.tsv")
    assert.equal(3, got.n)
    assert.near(2 / 3, got.accuracy, 1e-9)
    assert.same({ unknown = 1, untargeted = 1 }, got.counts)
    write("plain.txt", "so fine\n")
    local code, _, err = run("eval " .. of .. " --input plain.txt")
    assert.equal(1, code)
    assert.matches("lines of text have no labels", err)

    write("x.npy", files.npy("<f4", { 4, 2 }, ("<ffffffff"):pack(0, 1, 1, 0, 0, 2, 2, 0)))
    write("y.npy", files.npy("<i4", { 4 }, ("<i4i4i4i4"):pack(0, 1, 0, 1)))
    write("y0.npy", files.npy("<i4", { 4 }, ("<i4i4i4i4"):pack(0, 0, 0, 0)))
    write("y2.npy", files.npy("<i4", { 4 }, ("<i4i4i4i4"):pack(0, 1, 2, 0)))
    of = train [[return recipe { data = data.npy { "x.npy", "y.npy" }, model = nn.linear(2),
      optimizer = optim.adam { lr = 0.1 }, epochs = 30 }]]
    same(document("eval " .. of .. " --split train"),
      document("eval " .. of .. " --input x.npy --targets y.npy"))
    assert.equal(0.5, document("eval " .. of .. " --input x.npy --targets y0.npy").accuracy)
    write("rows.csv", "0,1,0\n1,0,1\n0,2,0\n2,0,1\n3,3,7\n")
    got = document("eval " .. of .. " --input rows.csv")
    assert.same({ 4, 1, { unknown = 1 } }, { got.n, got.accuracy, got.counts })
    for args, want in pairs { ["x.npy"] = "--targets FILE is wanted beside --input x.npy",
      ["x.npy --targets y2.npy"] = "--targets y2.npy has the class 2, the model's are 0 to 1",
      ["x.npy --split val --targets y.npy"] = "give one of them" } do
      local status, _, why = run("eval " .. of .. " --input " .. args)
      assert.equal(2, status, why)
      assert.truthy(why:find(want, 1, true), why)
    end
  end)
end)
