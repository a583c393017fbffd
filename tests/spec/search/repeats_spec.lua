-- `repeats`: trials that are trained with several seeds, the same for all.
local file = require "lrrun.native.file"
local parts = require "lrrun.study.parts"
local program = require "support.program"
local studies = require "support.studies"

local search, table_of = studies.search, studies.table_of

local function seeds_of(study, number, n)
  local out = {}
  for i = 1, n do
    local path = ("%s/trials/%d/seed-%d/run.yaml"):format(study, number, i)
    out[i] = assert(file.read(path)):match "\nseed: (%d+)"
  end
  return out
end

describe("A search with repeats", function()
  it("scores a trial by the mean over its seeds, which are the same for all trials", function()
    local folder = studies.folder(finally)
    local code, result, err = search(folder, "--strategy random --trials 3 --repeats 3")
    assert.equal(0, code, err)
    assert.equal(3, result.repeats)
    for _, t in ipairs(result.trials) do
      local sum, squares = 0, 0
      for _, value in ipairs(t.by_seed) do
        sum = sum + value
      end
      for _, value in ipairs(t.by_seed) do
        squares = squares + (value - sum / 3) ^ 2
      end
      assert.equal(3, #t.by_seed)
      assert.equal(sum / 3, t.value)
      assert.equal((squares / 2) ^ 0.5, t.spread)
      assert.same(seeds_of(result.study, 0, 3), seeds_of(result.study, t.number, 3))
    end
    local seeds = seeds_of(result.study, 0, 3)
    assert.is_true(seeds[1] ~= seeds[2] and seeds[2] ~= seeds[3])
    local _, out = program.run(("search %s/r.lua --out %s/out --trials 3"):format(folder, folder))
    assert.matches("best  trial %d: val_loss [%d.]+ ±[%d.e-]+ over 3 seeds", out)
  end)

  it("gives one table for any number of jobs, in a script and after kills, also with rungs",
    function()
      local flags = "--strategy tpe --pruner asha{grace=1,factor=2} --trials 5 --repeats 2"
      local _, want = search(studies.folder(finally), flags .. " --jobs 1")
      local _, three = search(studies.folder(finally), flags .. " --jobs 3")
      assert.equal(table_of(want), table_of(three))
      local killed = studies.with_kills(studies.folder(finally), flags .. " --jobs 2", 2,
        math.random, 0.4)
      assert.equal(table_of(want), table_of(killed))
      local folder = studies.folder(finally)
      program.write(folder .. "/s.lua", studies.recipe():gsub("^return", "local r =") .. [[
local found = search.run(r, { strategy = "tpe", pruner = search.asha { factor = 2, grace = 1 },
  trials = 5, repeats = 2, record = false })
for _, t in ipairs(found.trials) do
  print(t.number, t.state, t.value, t.digest)
end
]])
      local code, out, err = program.run(("%s/s.lua --quiet --out %s/runs"):format(folder, folder))
      assert.equal(0, code, err)
      local lines = {}
      for i, t in ipairs(want.trials) do
        lines[i] = ("%d\t%s\t%s\t%s\n"):format(t.number, t.state, t.value, t.digest)
      end
      assert.equal(table.concat(lines), out)
    end)

  it("replays a trial with all its seeds, and freezes the first of them", function()
    local folder = studies.folder(finally)
    local code, result, err = search(folder, ("--strategy random --pruner asha --trials 4 "
      .. "--repeats 2 --freeze %s/best.lua"):format(folder))
    assert.equal(0, code, err)
    for _, t in ipairs(result.trials) do
      local again, out = program.run(("replay '%s#%d' --quiet --out %s/runs"):format(result.study,
        t.number, folder))
      assert.equal(0, again, out)
      assert.matches("identical", out)
    end
    local text = assert(file.read(folder .. "/best.lua"))
    assert.matches("The value is the mean over 2 seeds; lrrun with this file trains the first",
      text)
    assert.matches("seed = " .. seeds_of(result.study, 0, 2)[1], text, 1, true)
  end)

  it("fails a trial of which one seed diverges, and says which", function()
    local folder = studies.folder(finally, studies.recipe [[
  epochs = 2,
  on = { epoch = function(t) if t.lr < 0.01 then error("too slow") end end },
]])
    local _, result = search(folder, "--strategy random --trials 4 --repeats 2")
    local failed = 0
    for _, t in ipairs(result.trials) do
      failed = failed + (t.error and 1 or 0)
      assert.is_true(not t.error or t.error:find("seed 1: ", 1, true) ~= nil or t.by_seed == nil)
      assert.is_nil(t.error and t.spread)
    end
    assert.is_true(failed > 0 and failed < 4)
  end)

  it("refuses what does not go with it", function()
    local folder = studies.folder(finally)
    for flags, text in pairs {
      ["--repeats 2 --pruner median"] = "want pruner asha or hyperband, whose rungs compare means",
      ["--repeats 2 --k-fold 2"] = "'repeats' and 'k_fold' are both given",
      ["--repeats 1"] = "--repeats takes at least 2, got 1",
      ["--repeat 2"] = "did you mean '--repeats'",
    } do
      local code, _, err = search(folder, flags)
      assert.equal(2, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
    search(folder, "--trials 1 --repeats 2")
    local code, _, err = search(folder, "--trials 2 --repeats 3")
    assert.equal(2, code)
    assert.matches("the study began with 2 seeds a trial, not with 3", err)
  end)
end)

describe("The mean over seeds", function()
  local function train(by_seed, sign)
    return parts.train({ seeds = { 1, 2 }, sign = sign, monitor = "m" }, function(i)
      return by_seed[i]
    end)
  end
  local function outcome(values, paused)
    local reports = {}
    for i, value in ipairs(values) do
      reports[i] = { i, value }
    end
    return { reports = reports, seconds = 1, epochs = #values, digest = "d", paused = paused,
      reason = paused and "pruned" or "done" }
  end

  it("is of the best value up to each evaluation; a seed that ended keeps its own", function()
    local out = train({ outcome { 5, 3, 4 }, outcome { 2 } }, 1)
    assert.same({ { 1, 3.5 }, { 2, 2.5 }, { 3, 2.5 } }, out.reports)
    assert.same({ 3, 2 }, out.by_seed)
    out = train({ outcome { 5, 3, 9 }, outcome { 2, 4, 1 } }, -1)
    assert.same({ { 1, 3.5 }, { 2, 4.5 }, { 3, 6.5 } }, out.reports)
  end)

  it("pauses as long as one of them does", function()
    assert.is_true(train({ outcome({ 1 }, true), outcome { 2 } }, 1).paused)
    assert.is_false(train({ outcome { 1 }, outcome { 2 } }, 1).paused)
    assert.matches("seed 2: no finite m", train({ outcome { 1 }, outcome { 0 / 0 } }, 1).error)
  end)
end)
