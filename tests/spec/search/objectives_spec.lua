-- Searches for several objectives.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local pareto = require "lrrun.study.pareto"
local program = require "support.program"
local studies = require "support.studies"

local search, table_of = studies.search, studies.table_of

local function recipe(objective)
  return studies.recipe("  epochs = 3,\n  objective = " .. objective .. ",\n")
end

local function values_of(result)
  local lines = { table_of(result), json.encode(result.pareto) }
  for _, t in ipairs(result.trials) do
    lines[#lines + 1] = json.encode(t.values or "none", { first = { "val_accuracy", "params" } })
  end
  return table.concat(lines, "\n")
end

-- A study of these values, less being better in all.
local function study_of(list)
  local study = { count = #list, trials = {}, set = { objectives = {} } }
  for i, values in ipairs(list) do
    study.trials[i - 1] = { number = i - 1, objectives = values, state = "complete" }
    for k = 1, #values do
      study.set.objectives[k] = { monitor = "m" .. k, mode = "min" }
    end
  end
  return study
end

local function numbers(trials)
  local out = {}
  for i, t in ipairs(trials) do
    out[i] = t.number
  end
  return out
end

describe("Trials that no other beats", function()
  it("are those that are worse nowhere without being better somewhere", function()
    local study = study_of { { 1, 9 }, { 2, 8 }, { 2, 9 }, { 9, 1 }, { 5, 5 }, { 5, 5 }, { 6, 5 } }
    assert.same({ 0, 1, 3, 4, 5 }, numbers(pareto.front(study)))
    study.trials[4].state = "fail"
    assert.same({ 0, 1, 3, 5 }, numbers(pareto.front(study)))
    study.set.objectives[2].mode = "max"
    assert.same({ 0 }, numbers(pareto.front(study)))
  end)

  it("have a knee, the nearest to the best of each, on whatever scales", function()
    for _, scale in ipairs { 1, 1e6 } do
      local study = study_of { { 0, 10 * scale }, { 4, 3 * scale }, { 10, 0 }, { 20, 20 * scale } }
      assert.equal(1, pareto.knee(study).number)
    end
    assert.is_nil(pareto.knee(study_of {}))
  end)

  it("are few among random points, and all of a line", function()
    local line, n = {}, 20
    for i = 1, n do
      line[i] = { i, -i }
    end
    assert.equal(n, #pareto.front(study_of(line)))
  end)
end)

describe("The value of several objectives", function()
  it("is lowest where all are, hangs on ranks alone and on the proposal's weights", function()
    local list = { { 3, 300 }, { 1, 100 }, { 2, 1e9 } }
    for number = 0, 9 do
      local values = pareto.scalars(7, number, list)
      assert.equal(0, values[2])
      assert.same(values, pareto.scalars(7, number, { { 30, 2 }, { 10, 1 }, { 20, 3 } }))
    end
    assert.not_same(pareto.scalars(7, 0, list), pareto.scalars(7, 1, list))
  end)

  it("has each objective in front for some proposals", function()
    local first = 0
    for number = 0, 99 do
      local values = pareto.scalars(7, number, { { 1, 2 }, { 2, 1 } })
      first = first + (values[1] < values[2] and 1 or 0)
    end
    assert.near(50, first, 20)
  end)
end)

describe("A search for several objectives", function()
  it("gives the same table for 1, 2 and 3 jobs and after kills", function()
    local text = recipe "{ 'val_accuracy', 'params', { monitor = 'train_loss', mode = 'min' } }"
    for strategy, trials in pairs { ["bayes{startup=3}"] = 6, ["tpe{startup=4}"] = 8, sobol = 4 } do
      local flags = ("--strategy %s --trials %d"):format(strategy, trials)
      local want
      for _, jobs in ipairs { 1, 3 } do
        local code, result, err = search(studies.folder(finally, text), flags .. " --jobs " .. jobs)
        assert.equal(0, code, err)
        want = want or values_of(result)
        assert.equal(want, values_of(result))
      end
      if strategy:find "tpe" then
        local result = studies.with_kills(studies.folder(finally, text), flags .. " --jobs 2", 2,
          math.random, 0.3)
        assert.equal(want, values_of(result))
      end
    end
  end)

  it("prints and gives those that no other beats; each is right about its network", function()
    local folder = studies.folder(finally, recipe "{ 'val_accuracy', 'params', 'steps' }")
    local code, result, err = search(folder, "--strategy random --trials 8")
    assert.equal(0, code, err)
    assert.same({ "val_accuracy", "params", "steps" }, result.objective)
    local units = {}
    for _, t in ipairs(result.trials) do
      units[t.number] = t.params["model.1.units"]
      assert.equal(6 * units[t.number] + 3, t.values.params) -- 2 features, 3 classes
      assert.equal(15, t.values.steps)
      assert.equal(t.value, t.values.val_accuracy)
    end
    local on_front = {}
    for _, number in ipairs(result.pareto) do
      on_front[number] = true
    end
    for _, a in ipairs(result.trials) do
      local beaten = false
      for _, b in ipairs(result.trials) do
        beaten = beaten or b.value >= a.value and b.values.params <= a.values.params
          and (b.value > a.value or b.values.params < a.values.params)
      end
      assert.equal(not beaten, on_front[a.number] or false)
    end
    local _, out = program.run(("search %s/r.lua --out %s/out --trials 8"):format(folder, folder))
    assert.matches("%d+ of 8 trials are beaten by no other in all of val_accuracy, params, steps",
      out)
    assert.matches("\n%* ", out)
    assert.matches("knee  trial %d+: val_accuracy [%d.]+, params %d+, steps 15", out)
  end)

  it("freezes the knee, or the trial that --trial names, each with its digest", function()
    local folder = studies.folder(finally, recipe "{ 'val_accuracy', 'params' }")
    local code, result, err = search(folder, ("--trials 5 --strategy random --freeze %s/b.lua")
      :format(folder))
    assert.equal(0, code, err)
    local function digest()
      local _, out, why = program.run(("%s/b.lua --json --quiet --out %s/runs"):format(folder,
        folder))
      return out ~= "" and json.decode(out).digest or why
    end
    assert.equal(result.best.digest, digest())
    assert.matches("params %d+ after", file.read(folder .. "/b.lua"))
    assert.equal(result.trials[result.best.trial + 1].digest, result.best.digest)
    for _, number in ipairs { 0, 3 } do
      code, _, err = search(folder, ("--trials 5 --freeze %s/b.lua --trial %d"):format(folder,
        number))
      assert.equal(0, code, err)
      assert.equal(result.trials[number + 1].digest, digest())
      assert.matches("Trial " .. number .. " of the study 'r': val_accuracy [%d.]+, params %d+",
        assert(file.read(folder .. "/b.lua")))
    end
    local again, out = program.run(("replay '%s#2' --quiet --out %s/runs"):format(result.study,
      folder))
    assert.equal(0, again, out)
    local _
    code, _, err = search(folder, ("--trials 5 --freeze %s/b.lua --trial 9"):format(folder))
    assert.not_equal(0, code)
    assert.matches("%-%-trial 9: [^\n]* has no such trial, only 0 to 4", err)
    code, _, err = search(folder, "--trials 5 --trial 1")
    assert.equal(2, code)
    assert.matches("%-%-trial says which trial %-%-freeze writes", err)
  end)

  it("goes with folds and repeats, whose means it takes", function()
    local text = recipe "{ 'val_accuracy', 'params' }"
    for _, flags in ipairs { "--k-fold 2", "--repeats 2" } do
      local folder = studies.folder(finally, flags:find "fold" and text:gsub(", val = 0.2", "")
        or text)
      local code, result, err = search(folder, "--trials 2 --strategy random " .. flags)
      assert.equal(0, code, err)
      for _, t in ipairs(result.trials) do
        assert.equal(6 * t.params["model.1.units"] + 3, t.values.params)
      end
    end
  end)

  it("writes a journal that says the directions and all values", function()
    local folder = studies.folder(finally, recipe "{ 'val_accuracy', 'params' }")
    search(folder, "--trials 2 --strategy random")
    local text = assert(file.read(studies.journal_of(folder)))
    assert.matches('"directions":%[2,1%]', text)
    assert.matches('"values":%[[%d.]+,%d+%.?0?%]', text)
  end)

  it("refuses what is no objective, with the nearest name", function()
    for objective, text in pairs {
      ["{ 'val_loss', 'seconds' }"] = "'seconds' is the clock's, and no clock reaches a result",
      ["{ 'params', 'steps' }"] = "'params' and 'steps' alone are known before",
      ["{ 'val_loss', 'val_loss' }"] = "has 'val_loss' twice",
      ["{ 'val_loss', 'parms' }"] = "did you mean 'params'",
      ["{ 'val_loss', { monitor = 'params', mod = 'min' } }"] = "did you mean 'mode'",
      ["{ 'val_loss', { monitor = 'params', mode = 'least' } }"] = "want 'min' or 'max'",
      ["{ 'val_loss', 'params', mode = 'min' }"] = "has a list of figures and 'mode' beside it",
    } do
      local folder = studies.folder(finally, recipe(objective))
      local code, _, err = search(folder, "--trials 1")
      assert.equal(1, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
  end)

  it("takes no pruner and no trials of searches for one", function()
    local folder = studies.folder(finally, recipe "{ 'val_loss', 'params' }")
    local code, _, err = search(folder, "--pruner asha")
    assert.equal(2, code)
    assert.matches("a pruner ends trials by one figure, and the objective has 2", err)
    local other = studies.folder(finally, studies.recipe())
    search(other, "--trials 1")
    code, _, err = search(folder, ("--trials 2 --prior %s/out/r-study"):format(other))
    assert.equal(1, code)
    assert.matches("takes trials of one objective for a search for one", err)
  end)

  it("of one figure in a list is that of the figure alone", function()
    local a = studies.folder(finally, recipe "{ 'val_accuracy' }")
    local b = studies.folder(finally, recipe "{ monitor = 'val_accuracy' }")
    local _, one = search(a, "--trials 3 --strategy random")
    local _, other = search(b, "--trials 3 --strategy random")
    assert.equal(table_of(one), table_of(other))
    assert.equal("val_accuracy", one.objective)
    assert.is_nil(one.pareto)
  end)
end)
