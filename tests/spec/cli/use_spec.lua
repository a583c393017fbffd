-- lrrun eval and lrrun predict, and the same in scripts: a run folder is enough.

local files = require "support.files"
local json = require "lrrun.record.json"
local old_runs = require "support.old_runs"
local program = require "support.program"

local folder

local function write(name, text)
  files.write(folder, name, text)
end

-- Runs lrrun in the folder; gives exit code, the document, stdout, stderr.
local function run(args)
  local code, out, err = program.run_in(folder, args)
  local ok, document = pcall(json.decode, out)
  return code, ok and document or nil, out, err
end

local function train(text, flags)
  write("r.lua", text)
  local code, result, _, err = run("--json r.lua --quiet " .. (flags or ""))
  assert.equal(0, code, err)
  return result
end

local function eval(of, flags)
  local code, result, _, err = run(("eval --json %s %s"):format(of, flags or ""))
  assert.equal(0, code, err)
  return result, err
end

local CSV = [[
local t = require "helper"
return recipe {
  data = data.csv { "points.csv", val = 0.25, test = 0.25, batch = 7 },
  model = nn.sequential { nn.linear(option("width", 6)), nn.tanh(), nn.linear(t.classes) },
  optimizer = optim.adam { lr = search.choice { 0.01, 0.02 } }, epochs = 5,
}
]]

before_each(function()
  folder = files.folder()
end)

after_each(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

local function points()
  local rows = { "a,colour,b,kind" }
  for i = 1, 80 do
    local red = i * 7 % 5 < 2
    rows[i + 1] = ("%g,%s,%g,%s"):format(i % 9 / 4, red and "red" or "blue", i % 4,
      red and "one" or i % 4 > 1 and "two" or "three")
  end
  write("points.csv", table.concat(rows, "\n") .. "\n")
  write("helper.lua", "return { classes = 3 }")
end

describe("lrrun eval", function()
  it("measures the best weights: the loss is the run's own best", function()
    points()
    local result = train(CSV, "--set width=5 --set optimizer.lr=0.03 --seed 9")
    local of_val = eval(result.run, "--split val")
    assert.equal(result.best.val_loss, of_val.loss)
    assert.equal(result.best.val_accuracy, of_val.accuracy)
    assert.equal(20, of_val.n)
  end)

  it("takes the test split where there is one, and tells each class's accuracy", function()
    points()
    local result = train(CSV)
    local of_test = eval(result.run)
    assert.equal("test", of_test.split)
    assert.equal(20, of_test.n)
    local names, right = {}, 0
    for i, class in ipairs(of_test.classes) do
      names[i] = class.name
      right = right + class.n * (type(class.accuracy) == "number" and class.accuracy or 0)
    end
    assert.same({ "one", "three", "two" }, names)
    assert.near(of_test.accuracy, right / of_test.n, 1e-12)
  end)

  it("takes val without a test split, and says so of splits that are not there", function()
    local result = train [[return recipe { data = data.blobs { n = 90, val = 0.2 },
      model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 2 }]]
    assert.equal("val", eval(result.run).split)
    local code, _, out, err = run("eval --split test " .. result.run)
    assert.equal(1, code)
    assert.equal("", out)
    assert.equal("lrrun: eval: data.blobs has no test split; there is train, val\n", err)
  end)

  it("gives errors and r2 for numbers, and the averaged weights of ema", function()
    local rows = {}
    for i = 1, 60 do
      rows[i] = ("%g,%g"):format(i / 30, 2 * i / 30 + 1)
    end
    write("line.csv", table.concat(rows, "\n") .. "\n")
    local result = train [[return recipe { data = data.csv { "line.csv", val = 0.2,
      target_scale = false }, model = nn.linear(1), optimizer = optim.adam { lr = 0.1 },
      ema = 0.9, epochs = 20 }]]
    local e = eval(result.run)
    assert.equal(result.best.val_loss, e.loss)
    assert.near(e.rmse * e.rmse, e.loss, 1e-6)
    assert.truthy(e.mae > 0 and e.r2 < 1)
  end)

  it("uses the run's own copy of the recipe, and warns of other data", function()
    points()
    local result = train(CSV)
    write("r.lua", "error 'not this one'")
    assert.equal(result.best.val_loss, eval(result.run, "--split val").loss)
    write("points.csv", "a,colour,b,kind\n"
      .. ("1,red,2,one\n2,blue,1,two\n0,blue,1,three\n"):rep(9))
    local _, err = eval(result.run)
    assert.matches("warning: data.csv holds other data than in the run", err)
  end)

  it("is silent about what the recipe prints, and works in a script", function()
    points()
    local result = train("print 'hello'\n" .. CSV)
    local _, err = eval(result.run)
    assert.falsy(err:find("hello", 1, true))
    write("s.lua", ([[
      local again = train.evaluate(%q, { split = "val" })
      print(again.loss == %.17g, train.predict(%q, { "new.csv" })[1].label)
      local here, run = train.fit(recipe { data = data.moons { n = 60, val = 0.5 },
        model = nn.linear(2), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { quiet = true })
      print(train.evaluate(run).loss == here.best.val_loss)
    ]]):format(result.run, result.best.val_loss, result.run))
    write("new.csv", "a,colour,b\n1,red,2\n")
    local code, _, out, why = run "s.lua"
    assert.equal(0, code, why)
    assert.matches("^true\t%a+\ntrue\n$", out)
  end)
end)

local function predict(of, input)
  local code, result, _, err = run(("predict --json %s --input %s"):format(of, input))
  assert.equal(0, code, err)
  return result.predictions, result
end

describe("lrrun predict", function()
  it("reads a table by the names of its columns, with or without the target", function()
    points()
    local result = train(CSV)
    write("a.csv", "a,colour,b,kind\n1,red,2,one\n2,blue,3,two\n")
    write("b.csv", "b,a,colour\n2,1,red\n3,2,blue\n")
    local a, document = predict(result.run, "a.csv")
    assert.equal(2, document.n)
    assert.same(a, (predict(result.run, "b.csv")))
    assert.equal("one", a[1].label)
    assert.equal(3, #a[1].top)
    local sum = 0
    for _, item in ipairs(a[1].top) do
      sum = sum + item.probability
    end
    assert.near(1, sum, 1e-6)
    assert.equal(a[1].top[1].probability, a[1].probability)
  end)

  it("needs no training data: the run folder knows columns, classes, scale and words", function()
    points()
    local rows = {}
    for i = 1, 60 do
      rows[i] = i % 2 == 0 and "good\tfine film" or "bad\tpoor film"
    end
    write("films.tsv", table.concat(rows, "\n") .. "\n")
    for i, name in ipairs { "set/dark/1.png", "set/dark/2.png", "set/light/1.png" } do
      write(name, files.png(2, 1, 1, string.char(10 * i, i == 3 and 250 or 20)))
    end
    local cases = {
      { train(CSV), "a.csv", "a,colour,b\n1,red,\n2,blue,3\n", "points.csv" },
      { train [[return recipe { data = data.text { "films.tsv" }, epochs = 1,
          model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
          optimizer = optim.sgd { lr = 0.05 } }]], "a.txt", "fine film\n", "films.tsv" },
      { train [[return recipe { data = data.images { "set", channels = 1 }, epochs = 1,
          model = nn.sequential { nn.flatten(), nn.linear(2) },
          optimizer = optim.sgd { lr = 0.05 } }]], "in.png", files.png(4, 2, 1, ("\20"):rep(8)),
        "set" },
    }
    for _, case in ipairs(cases) do
      write(case[2], case[3])
      local before = predict(case[1].run, case[2])
      assert.truthy(os.rename(folder .. "/" .. case[4], folder .. "/gone"))
      local after, document = predict(case[1].run, case[2])
      assert.same(before, after)
      assert.is_true(document.n > 0)
      os.execute("rm -r " .. program.quote(folder .. "/gone"))
    end
  end)

  it("opens the data of runs that do not know them, and names a file that is damaged", function()
    points()
    local result = train(CSV)
    write("a.csv", "a,colour,b\n1,red,2\n")
    local before = predict(result.run, "a.csv")
    old_runs.change(result.run)
    os.remove(result.run .. "/data.json")
    assert.same(before, (predict(result.run, "a.csv")))
    local whole = { shape = { 4 }, dtype = "real", means = { 1 }, factors = { 1 }, classes = 3 }
    local texts = { "", "7", "{", "[]" }
    for key, bad in pairs { shape = { 0 }, dtype = "i32", means = { "x" }, factors = { 1, 2 },
      classes = "x", class_names = { "a", "b" }, columns = { header = true } } do
      local copy = {}
      for name, item in pairs(whole) do
        copy[name] = item
      end
      copy[key] = bad
      texts[#texts + 1] = json.encode(copy)
    end
    for _, text in ipairs(texts) do
      files.write(result.run, "data.json", text)
      local code, _, out, err = run(("predict %s --input a.csv"):format(result.run))
      assert.equal(1, code)
      assert.equal("", out)
      assert.truthy(err:find("data.json: ", 1, true), err)
    end
  end)

  it("says which column is missing", function()
    points()
    local result = train(CSV)
    write("c.csv", "a,b\n1,2\n")
    local code, _, out, err = run(("predict %s --input c.csv"):format(result.run))
    assert.equal(1, code)
    assert.equal("", out)
    assert.matches("^lrrun: .*'c%.csv' names no column 'colour'", err)
  end)

  it("reads a picture, or a folder of them", function()
    local result = train [[return recipe { data = data.digits { images = true, val = 0.2 },
      model = nn.sequential { nn.flatten(), nn.linear(10) }, optimizer = optim.adam { lr = 0.01 },
      epochs = 3 }]]
    local pixels = {}
    for i = 1, 64 do
      pixels[i] = string.char((i % 8 == 4 or i % 8 == 5) and 255 or 0)
    end
    local png = files.png(8, 8, 1, table.concat(pixels))
    write("p/.hidden.png", png)
    write("p/x.png", png)
    write("p/y.png", png)
    write("one.png", png)
    local one = predict(result.run, "one.png")
    assert.equal("1", one[1].label)
    local two = predict(result.run, "p")
    assert.equal(2, #two)
    assert.equal("y.png", two[2].file)
    assert.same(one[1].top, two[2].top)
  end)

  it("reads lines of text with the vocabulary of the run", function()
    local rows = {}
    for i = 1, 60 do
      rows[i] = i % 2 == 0 and "good\tfine film, so fine" or "bad\tpoor film, so poor"
    end
    write("films.tsv", table.concat(rows, "\n") .. "\n")
    local result = train [[return recipe { data = data.text { "films.tsv", val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.05 }, clip = { norm = 5 }, epochs = 12 }]]
    write("new.txt", "so fine\nso poor\n")
    local p = predict(result.run, "new.txt")
    assert.equal("good", p[1].label)
    assert.equal("bad", p[2].label)
    local words = json.decode(assert(io.open(result.run .. "/vocabulary.json")):read "a")
    assert.equal(5, #words)
    -- Longer than any text of the run: cut, as texts of the run are.
    write("long.txt", ("so fine "):rep(50) .. "\n")
    assert.equal("good", predict(result.run, "long.txt")[1].label)
    old_runs.change(result.run)
    for _, bad in ipairs { "[]", '["a","b","c","d","a"]', '["a","b","c","d",5]' } do
      files.write(result.run, "vocabulary.json", bad)
      local code, _, _, err = run(("predict %s --input new.txt"):format(result.run))
      assert.equal(1, code)
      assert.matches("not what lrrun writes there, or not with this vocabulary", err)
    end
  end)

  it("knows words and columns in any encoding", function()
    local rows, table_rows = {}, { "gr\xf6\xdfe,farbe,y" }
    for i = 1, 60 do
      rows[i] = i % 2 == 0 and "good\tsch\xf6n" or "bad\th\xe4\xdflich"
      table_rows[i + 1] = ("%d,%s"):format(i, i % 2 == 0 and "gr\xfcn,ja" or "bl\xf6d,nein")
    end
    write("films.tsv", table.concat(rows, "\n") .. "\n")
    write("t.csv", table.concat(table_rows, "\n") .. "\n")
    local texts = train [[return recipe { data = data.text { "films.tsv", val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.05 }, epochs = 8 }]]
    write("new.txt", "sch\xf6n\nh\xe4\xdflich\n")
    local p = predict(texts.run, "new.txt")
    assert.same({ "good", "bad" }, { p[1].label, p[2].label })
    assert.equal(texts.last.val_loss, eval(texts.run, "--split val").loss)
    local columns = train [[return recipe { data = data.csv { "t.csv", val = 0.2,
      encoding = "latin1" }, model = nn.linear(2), optimizer = optim.adam { lr = 0.1 },
      epochs = 20 }]]
    write("in.csv", "farbe,gr\xf6\xdfe\ngr\xfcn,3\nbl\xf6d,4\n")
    p = predict(columns.run, "in.csv")
    assert.same({ "ja", "nein" }, { p[1].label, p[2].label })
  end)

  it("gives numbers where the targets are numbers", function()
    local rows = { "x,y" }
    for i = 1, 60 do
      rows[i + 1] = ("%g,%g"):format(i / 30, 2 * i / 30 + 1)
    end
    write("line.csv", table.concat(rows, "\n") .. "\n")
    local result = train [[return recipe { data = data.csv { "line.csv", val = 0.2 },
      model = nn.linear(1), optimizer = optim.adam { lr = 0.1 }, epochs = 60 }]]
    write("x.csv", "x\n1\n")
    assert.near(3, predict(result.run, "x.csv")[1].values[1], 0.2)
  end)

  it("reads the texts of a table from the column that the run had", function()
    local rows = { "id,message,kind" }
    for i = 1, 60 do
      rows[i + 1] = i % 2 == 0 and ("%d,\"fine film, so fine\",good"):format(i)
        or ("%d,\"poor film,\nso poor\",bad"):format(i)
    end
    write("films.csv", table.concat(rows, "\n") .. "\n")
    local result = train [[return recipe {
      data = data.text { "films.csv", text = "message", label = "kind", val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.05 }, clip = { norm = 5 }, epochs = 12 }]]
    write("in.csv", "message,other\n\"so\nfine\",poor\npoor,fine\n")
    write("in.txt", "so fine\npoor\n")
    local p = predict(result.run, "in.csv")
    assert.same({ "good", "bad" }, { p[1].label, p[2].label })
    assert.same(predict(result.run, "in.txt"), p)
  end)

  it("and the other verbs on a run take no flag that would change its recipe", function()
    for _, verb in ipairs { "predict x --input y", "eval x", "compare x", "report x", "pack x" } do
      local code, _, _, err = run(verb .. " --set a=1")
      assert.equal(2, code)
      assert.matches("takes no %-%-set: a run is used as it was trained", err)
    end
  end)

  it("wants an input", function()
    local code, _, _, err = run "predict somewhere"
    assert.equal(2, code)
    assert.matches("predict wants %-%-input FILE", err)
    code, _, _, err = run "predict somewhere --input nothing"
    assert.equal(2, code)
    assert.equal("lrrun: no such run folder: somewhere\n", err)
  end)
end)

describe("a run that a script made by train.fit", function()
  local SCRIPT = [[
    local function one(lr)
      return recipe { data = data.moons { n = 60, val = 0.5 }, model = nn.linear(2),
        optimizer = optim.sgd { lr = lr }, epochs = 2 }
    end
    print "begins"
    for i = 1, 3 do
      local result = train.fit(one(i / 10), { quiet = true })
      print(result.run, result.best.val_loss)
    end
    local first = train.fit(one(0.1), { quiet = true })
    print(train.fit(one(first.best.val_loss), { quiet = true }).run)
  ]]

  it("is measured alone, without the others", function()
    write("s.lua", SCRIPT)
    local code, _, out, err = run "s.lua"
    assert.equal(0, code, err)
    local count = 0
    for path, loss in out:gmatch "(%S+)\t(%S+)\n" do
      count = count + 1
      assert.near(tonumber(loss), eval(path).loss, 1e-12)
    end
    assert.equal(3, count)
    local list <close> = assert(io.popen("ls " .. folder .. "/runs | wc -l"))
    assert.equal(5, list:read "n")
  end)

  it("is refused where its recipe hangs on the others' results", function()
    write("s.lua", SCRIPT)
    local _, _, out = run "s.lua"
    local code, _, _, err = run("eval " .. out:match "([^\n]+)\n$")
    assert.equal(1, code)
    assert.matches("^lrrun: %S+ was made by a train.fit of a script that takes results", err)
  end)
end)
