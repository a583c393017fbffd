-- lrrun compare: runs side by side.

local json = require "lrrun.record.json"
local program = require "support.program"

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
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    program.write(folder .. "/r.lua", RECIPE)
  end)

  after_each(function()
    os.execute("rm -rf " .. program.quote(folder))
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
end)
