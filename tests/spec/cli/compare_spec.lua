-- lrrun compare: runs side by side.

local json = require "lrrun.record.json"
local program = require "support.program"
local temporary = require "support.temporary"

local RECIPE = [[return recipe { name = "m", data = data.moons { n = 60, val = 0.5 },
  model = nn.sequential { nn.linear(4), nn.tanh(), nn.linear(2) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 3 }]]

describe("lrrun compare", function()
  local folder, out

  local function train(flags)
    local code, text, err = program.run(("%s/r.lua --quiet --json --out %s/runs %s"):format(folder,
      folder, flags))
    assert.equal(0, code, err)
    return json.decode(text)
  end

  before_each(function()
    folder = temporary.folder()
    program.write(folder .. "/r.lua", RECIPE)
  end)

  after_each(function()
    os.execute("rm -rf " .. program.quote(folder))
  end)

  it("has the length of a run that ends within an epoch, as `runs` and a report have", function()
    local a = train("--set data.batch=15 --set steps=1").run
    local b = train("--set data.batch=15 --set steps=7").run
    local _, text = program.run(("compare %s %s"):format(a, b))
    assert.matches("m%-1 +done +0%.5 ", text)
    assert.matches("m%-2 +done +3%.5 ", text)
    _, text = program.run(("runs %s/runs"):format(folder))
    assert.matches("m%-1 +done +0%.5 epochs", text)
    assert.equal(0, (program.run("report " .. a)))
    local page <close> = assert(io.open(a .. "/report.html"))
    assert.matches("done after 0.5 epochs, 1 step", page:read "a", 1, true)
  end)

  it("shows figures of each run, and the settings in which they differ alone", function()
    local a, b = train "", train "--set optimizer.lr=0.2 --epochs 5"
    local code, text, err = program.run(("compare --json %s %s"):format(a.run, b.run))
    assert.equal(0, code, err)
    local d = json.decode(text)
    assert.equal(a.best.val_loss, d.runs[1].best.val_loss)
    assert.equal(b.digest, d.runs[2].digest)
    assert.same({ { key = "epochs", values = { 3, 5 } },
      { key = "optimizer.lr", values = { 0.1, 0.2 } } }, d.settings)
    code, out = program.run(("compare %s %s"):format(a.run, b.run))
    assert.equal(0, code)
    assert.matches("m%-1 +done +3", out)
    assert.matches("optimizer%.lr\n  0%.1  m%-1\n  0%.2  m%-2\n", out)
  end)

  it("says where schedules at the same rate want rates that are far apart", function()
    local function of(flags)
      return train("--epochs 40 " .. flags)
    end
    local constant = of ""
    local cosine = of "--set 'schedule=schedule.cosine{}'"
    local linear = of "--set 'schedule=schedule.linear{}'"
    local higher = of "--set 'schedule=schedule.linear{}' --set optimizer.lr=0.3"
    local plateau = of "--set 'schedule=schedule.plateau{}'"
    local function compare(...)
      local paths = {}
      for i, run in ipairs { ... } do
        paths[i] = run.run
      end
      local _, text, err = program.run("compare --json " .. table.concat(paths, " "))
      return json.decode(text), err
    end
    local d, err = compare(constant, cosine, linear)
    assert.matches("schedules differ at the same rate %(0%.1%): the best rate of m%-1 is about "
      .. "%S+ times that of linear decay, of m%-%d", err)
    assert.equal(3, #d.rates)
    assert.is_true(d.rates[1].factor < 0.75)
    assert.is_true(math.abs(d.rates[3].factor - 1) < 1e-9)
    assert.is_nil(compare(cosine, linear).note)
    assert.is_nil(compare(constant, higher).note)
    assert.is_nil(compare(constant, plateau).note)
    assert.is_string(compare(constant, plateau, linear).note)
  end)

  it("takes a run that has not ended", function()
    local a = train ""
    os.remove(a.run .. "/result.json")
    local _
    _, out = program.run("compare " .. a.run)
    assert.matches("m%-1 +not ended +3", out)
  end)

  it("names the file of a run that is damaged", function()
    local a = train ""
    program.write(a.run .. "/result.json", "{\n")
    for _, verb in ipairs { "compare", "report", "pack", "resume",
      "extend --epochs +1 --via rewarm" } do
      local code, _, err = program.run(verb .. " " .. a.run)
      assert.equal(1, code)
      assert.matches("m%-1/result%.json: line 2", err)
      assert.matches("^lrrun: [^\n]*\n$", err)
    end
  end)

  it("says what is no run", function()
    local code, _, err = program.run("compare " .. folder)
    assert.equal(2, code)
    assert.matches("^lrrun: [^\n]* is no run folder", err)
  end)

  it("leaves out studies and range tests among runs, saying so", function()
    train ""
    os.execute(("mkdir %s/runs/m-study %s/runs/m-range-1"):format(folder, folder))
    program.write(folder .. "/runs/m-study/study.json", "{}")
    program.write(folder .. "/runs/m-range-1/range.json", "{}")
    local code, text, err = program.run(("compare %s/runs/m-1 %s/runs/m-range-1 %s/runs/m-study")
      :format(folder, folder, folder))
    assert.equal(0, code)
    assert.matches("\nm%-1 ", text)
    assert.equal(("lrrun: warning: %s/runs/m-range-1 is the folder of a range test: left out\n"
      .. "lrrun: warning: %s/runs/m-study is a study's folder: left out\n"):format(folder, folder),
      err)
    assert.equal(2, (program.run(("compare %s/runs/m-study"):format(folder))))
  end)

  describe("of many", function()
    local verb = require "support.verb"
    local RUN = [[
format: 1
name: %s
seed: 1
recipe: r.lua
overrides: {}
settings:
  optimizer: { kind: optim.sgd, lr: %s }
  stop: { kind: stop.early, monitor: %s, mode: %s, patience: 5 }
  model: { kind: nn.sequential, layers: { a: %d, b: %d, c: %d, d: %d, e: %d, f: %d, g: %d } }
data: { kind: data.moons, splits: { train: 10, val: 10, test: 0 } }
]]

    local function add(name, lr, loss, accuracy, monitor, mode, n)
      os.execute(("mkdir -p %s/%s"):format(folder, name))
      n = n or 1
      program.write(("%s/%s/run.yaml"):format(folder, name), RUN:format(name, lr,
        monitor or "val_loss", mode or "min", n, n, n, n, n, n, n))
      program.write(("%s/%s/metrics.jsonl"):format(folder, name),
        ('{"epoch":1,"step":2,"train_loss":1,"val_loss":%g,"val_accuracy":%g}\n'):format(loss,
        accuracy))
      return folder .. "/" .. name
    end

    local function order(...)
      local out_ = verb.run("compare", { ... })
      assert.is_nil(out_.raised)
      local names = {}
      for i = 2, select("#", ...) + 1 do
        names[#names + 1] = (out_.lines[i] or ""):match "^%S+"
      end
      return table.concat(names, " "), table.concat(out_.lines, "\n"), out_
    end

    it("puts the best first, by what the runs go by, and keeps the document's order", function()
      local a, b, c = add("a", 1, 0.3, 0.7), add("b", 2, 0.1, 0.6), add("c", 3, 0.2, 0.9)
      local names, _, heard = order(a, b, c)
      assert.equal("b c a", names)
      assert.equal("a", heard.result.runs[1].name)
      a = add("a", 1, 0.3, 0.7, "val_accuracy", "max")
      b = add("b", 2, 0.1, 0.6, "val_accuracy", "max")
      c = add("c", 3, 0.2, 0.9, "val_accuracy", "max")
      assert.equal("c a b", (order(a, b, c)))
      b = add("b", 2, 0.1, 0.6)
      assert.equal("a b c", (order(a, b, c)))
    end)

    it("passes over what is no run and what is damaged, with a word", function()
      local a = add("a", 1, 0.3, 0.7)
      os.execute(("mkdir %s/broken %s/photos"):format(folder, folder))
      program.write(folder .. "/broken/run.yaml", "a: [")
      local _, _, heard = order(folder .. "/photos", a, folder .. "/broken", folder .. "/gone")
      assert.equal(3, #heard.words)
      assert.equal(1, #heard.result.runs)
      assert.matches("photos is no run folder.*: left out", heard.words[1])
      assert.matches("broken/run%.yaml: line 2.*: left out", heard.words[2])
      assert.matches("no such run folder.*gone.*: left out", heard.words[3])
    end)

    it("folds what differs in one place, and long lists of runs", function()
      local paths = {}
      for i = 1, 9 do
        paths[i] = add("m-" .. i, i < 9 and 1 or 2, 0.1 * i, 0.5, nil, nil, i)
      end
      local _, text = order(table.unpack(paths))
      assert.matches("\nmodel%.layers\n  7 settings differ in it %(%-%-verbose shows them%)", text)
      assert.matches("\noptimizer%.lr\n  1  m%-1, m%-2, m%-3, m%-4, m%-5 and 3 more\n  2  m%-9",
        text)
      for line in text:gmatch "[^\n]+" do
        assert.is_true(#line <= 80, line)
      end
    end)
  end)
end)
