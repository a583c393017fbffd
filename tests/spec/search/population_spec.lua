-- Population-based training: strategy = "pbt".
local file = require "lrrun.native.file"
local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"
local search = require "lrrun.search"
local studies = require "support.studies"

local run, table_of = studies.search, studies.table_of

local TEXT = [[
return recipe {
  data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2 },
  model = nn.sequential { nn.linear(search.choice { 8, 16 }), nn.batchnorm(), nn.relu(),
    nn.dropout(search.uniform(0, 0.5)), nn.linear(3) },
  optimizer = search.choice {
    optim.adam { lr = search.loguniform(1e-4, 1e-1) },
    optim.sgd { lr = search.loguniform(1e-3, 1), momentum = search.uniform(0, 0.95) },
  },
  LENGTH
}
]]

local function folder_of(finally, length)
  return studies.folder(finally, (TEXT:gsub("LENGTH", length or "epochs = 4,")))
end

local PBT = "--strategy pbt{population=4,every=1*epochs,share=0.5}"

-- The population of PBT with one job, made once: its table and its folder.
local shared
local function plain_population()
  if not shared then
    local folder = folder_of(function() end) -- gone with the process
    local code, result, err = run(folder, PBT .. " --jobs 1")
    assert.equal(0, code, err)
    shared = { result = result, folder = folder }
  end
  return shared.result, shared.folder
end

local function lineage_of(result)
  local lines = { table_of(result) }
  for _, t in ipairs(result.trials) do
    lines[#lines + 1] = ("%d from %s"):format(t.number, t.from or "-")
  end
  return table.concat(lines, "\n")
end

describe("A population", function()
  it("gives the same table for 1, 2 and 3 jobs, after kills, and in a script", function()
    local want = plain_population()
    assert.equal(16, #want.trials)
    local _, of_three = run(folder_of(finally), PBT .. " --jobs 3")
    assert.equal(lineage_of(want), lineage_of(of_three))
    for _, way in ipairs { "leader", "worker" } do
      local result, _, why = studies.disturbed(folder_of(finally), PBT .. " --jobs 2", way, 2,
        math.random, 0.5)
      assert.equal(lineage_of(want), lineage_of(result), why)
    end
    local folder = folder_of(finally)
    program.write(folder .. "/s.lua", assert(file.read(folder .. "/r.lua")):gsub("^return",
      "local r =") .. [[
local found = search.run(r, { strategy = search.pbt { population = 4, every = 1*epochs,
  share = 0.5 }, record = false })
for _, t in ipairs(found.trials) do
  print(t.number, t.from or "-", t.state, t.value, t.digest)
end
]])
    local code, out, err = program.run(("%s/s.lua --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code, err)
    local lines = {}
    for i, t in ipairs(want.trials) do
      lines[i] = ("%d\t%s\t%s\t%s\t%s\n"):format(t.number, t.from or "-", t.state, t.value,
        t.digest)
    end
    assert.equal(table.concat(lines), out)
  end)

  local function said(folder, number)
    return file.read(("%s/out/r-study/trials/%d/worker.log"):format(folder, number)) or ""
  end

  it("replaces the worst by copies of the best, which go on with other values; the others go on "
    .. "as they are", function()
    local result = plain_population()
    local copies = 0
    for g = 1, 3 do
      local ranked = {}
      for m = 1, 4 do
        ranked[m] = result.trials[(g - 1) * 4 + m]
      end
      table.sort(ranked, function(a, b)
        return a.value < b.value
      end)
      for m = 0, 3 do
        local t = result.trials[g * 4 + m + 1]
        local parent = result.trials[t.from + 1]
        if t.from == t.number - 4 then
          assert.same(parent.params, t.params)
          assert.is_true(parent == ranked[1] or parent == ranked[2])
        else
          copies = copies + 1
          assert.is_true(parent == ranked[1] or parent == ranked[2])
          assert.not_same(parent.params, t.params)
          for name, value in pairs(t.params) do -- what cannot change is the parent's
            assert.is_truthy(name:find "lr$" or name:find "momentum$" or name:find "rate$"
              or value == parent.params[name])
          end
        end
        assert.equal(parent.seed, t.seed)
      end
    end
    assert.equal(6, copies)
    assert.equal(result.best.trial, (function()
      local best
      for n = 13, 16 do
        best = (not best or result.trials[n].value < best.value) and result.trials[n] or best
      end
      return best.number
    end)())
  end)

  it("copies exactly: each trial's schedule, trained from the start, has its digest", function()
    local folder = folder_of(finally, "epochs = 4, validate = 3*steps,")
    local code, result, err = run(folder, PBT .. (" --freeze %s/best.lua"):format(folder))
    assert.equal(0, code, err)
    local out
    for number = 0, 15 do -- none of them was trained from the start
      assert.is_nil(said(folder, number):find("from the start", 1, true))
    end
    for _, number in ipairs { 3, 5, 10 } do
      code, out = program.run(("replay '%s#%d' --json --quiet --out %s/runs"):format(result.study,
        number, folder))
      assert.equal(0, code, out)
      assert.equal(result.trials[number + 1].digest, json.decode(out).digest)
    end
    local seen = false
    for _, t in ipairs { 13, 14, 15 } do
      t = result.trials[t]
      code, _, err = run(folder, ("--freeze %s/best.lua --trial %d"):format(folder, t.number))
      assert.equal(0, code, err)
      local text = assert(file.read(folder .. "/best.lua"))
      seen = seen or text:find("lr=schedule.multistep{at={", 1, true) ~= nil
      code, out, err = program.run(("%s/best.lua --json --quiet --out %s/runs"):format(folder,
        folder))
      assert.equal(0, code, err)
      assert.equal(t.digest, json.decode(out).digest)
    end
    assert.is_true(seen)
  end)

  it("whose folders were lost trains a schedule from the start, to the same table", function()
    local want, folder = plain_population(), folder_of(finally)
    local pid = studies.spawn(folder, PBT .. " --jobs 1")
    studies.until_true(20, function()
      return file.kind(folder .. "/out/r-study/trials/6/outcome.json")
    end)
    require("lrrun.native.process").kill(pid, "KILL")
    studies.wait(pid)
    for number = 0, 7 do
      os.execute(("rm -rf %s/out/r-study/trials/%d"):format(folder, number))
    end
    local code, result, err = run(folder, "")
    assert.equal(0, code, err)
    assert.equal(lineage_of(want), lineage_of(result))
    local lost = 0
    for number = 4, 11 do
      lost = lost + (said(folder, number):find("cannot be copied", 1, true) and 1 or 0)
    end
    assert.is_true(lost > 0)
  end)

  it("says what it costs, who comes from whom and what it found, and keeps no checkpoint but the "
    .. "best's", function()
    local folder = folder_of(finally)
    local code, out, err = program.run(("search %s/r.lua --out %s/out %s"):format(folder, folder,
      PBT:gsub("[{}]", "'%0'")))
    assert.equal(0, code, err)
    assert.matches("4 members in 4 intervals: as much work as 4 whole runs", err)
    assert.matches("lineage of trial 1[2-5]: %d > %d > %d+ > 1[2-5]", out)
    assert.matches("from %d", out)
    assert.matches("lr=schedule%.", out)
    local kept = 0
    for number = 0, 15 do
      kept = kept + (#(file.list(("%s/out/r-study/trials/%d/checkpoints"):format(folder, number))
        or {}) > 0 and 1 or 0)
    end
    assert.equal(1, kept)
  end)

  it("of which a member diverges or fails goes on with the others; of which all do ends", function()
    local text = TEXT:gsub("LENGTH", [[epochs = 4,
  on = { epoch = function(t) if t.epoch == 2 and t.lr LIMIT then error("bad rate") end end },]])
    local folder = studies.folder(finally, (text:gsub("LIMIT", "< 0.01")))
    local code, result, err = run(folder, PBT)
    assert.equal(0, code, err)
    local failed = 0
    for i = 5, 8 do
      failed = failed + (result.trials[i].state == "fail" and 1 or 0)
    end
    assert.is_true(failed > 0 and failed < 4)
    for i = 9, 12 do
      assert.not_equal("fail", result.trials[result.trials[i].from + 1].state)
    end
    code, result = run(studies.folder(finally, (text:gsub("LIMIT", "< 9"))), PBT)
    assert.equal(0, code)
    assert.equal(8, #result.trials)
  end)
end)

describe("What a population cannot be", function()
  it("is an error that says why, with the nearest name", function()
    local folder = folder_of(finally)
    for flags, text in pairs {
      ["--strategy pbt --pruner asha"] = "pbt replaces members that are behind by itself",
      ["--strategy pbt --repeats 2"] = "'repeats' has no place in it",
      ["--strategy pbt --k-fold 2"] = "'k_fold' has no place in it",
      ["--strategy pbt --trials 7"] = "8 members in 4 intervals, 32 trials in all, not 7",
      ["--strategy pbt{every=10*percent}"] = "'every' is 10 percent, 0.4 epochs, and the run is "
        .. "evaluated each 1",
      ["--strategy pbt{every=100*percent}"] = "that makes 1 interval, want 2 to 10000",
      ["--strategy pbt{every=3*steps}"] = "'every' is 3 steps, and the recipe's length is in "
        .. "epochs",
      ["--strategy ptb"] = "did you mean 'pbt'",
      ["--strategy pbt{popluation=3}"] = "did you mean 'population'",
      ["--strategy pbt{population=1}"] = "'population' is 1, want an integer "
        .. "from 2 to 1000; it takes a name or a call, such as pbt{population = 6}",
    } do
      local code, _, err = run(folder, flags)
      assert.not_equal(0, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
    assert.is_nil(file.kind(folder .. "/out/r-study"))
  end)

  it("also of recipes that it cannot change in passing", function()
    local function fails(change, text)
      local folder = studies.folder(finally, change)
      local code, _, err = run(folder, "--strategy pbt")
      assert.equal(2, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
    local plain = TEXT:gsub("LENGTH", "epochs = 10,")
    local function with(key)
      return (plain:gsub("epochs", key .. ", %0"))
    end
    fails(with "schedule = schedule.linear()", "leave the recipe's 'schedule' away")
    fails(with "squeeze = 0.5", "pbt and 'squeeze' do not go together")
    fails(with "objective = { 'val_loss', 'params' }",
      "pbt ranks its members by one figure, and the objective has 2")
    fails([[return recipe { data = data.blobs { n = 90, val = 0.2 }, epochs = 10,
      model = nn.linear(search.int(2, 8)), optimizer = optim.adam() }]],
      "and the recipe searches none; it has model")
    fails([[return recipe { data = data.blobs { n = 90, val = 0.2 }, epochs = 10,
      model = nn.sequential { nn.linear(4), nn.linear(3) },
      optimizer = optim.muon { lr = search.loguniform(1e-3, 1) } }]],
      "pbt makes schedules of the numbers that it searches (optimizer.lr), and optim.muon: 'adamw' "
      .. "has a rate of its own")
    for _, word in ipairs { "auto", "range" } do
      fails(([[return recipe { data = data.blobs { n = 90, val = 0.2 }, epochs = 10,
        model = nn.linear(3), optimizer = search.choice {
          optim.adam { lr = search.loguniform(1e-3, 1) }, optim.sgd { lr = %q } } }]]):format(word),
        ("optim.sgd with lr = '%s' would look for a rate of its own in each"):format(word))
    end
    assert.matches("want bayes, tpe or another", files.failure(function()
      search.minimize { space = { x = search.uniform(0, 1) }, strategy = "pbt",
        objective = function() return 0 end }
    end))
  end)

  it("changes numbers of tables inside, too: limits, and muon's rates of both kinds", function()
    local folder = studies.folder(finally, [[return recipe {
      data = data.blobs { n = 90, val = 0.2 }, epochs = 3, clip = { norm = search.uniform(1, 9) },
      model = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) },
      optimizer = optim.muon { lr = search.loguniform(1e-3, 1),
        adamw = { lr = search.loguniform(1e-3, 1) } } }]])
    local code, result, err = run(folder, PBT .. (" --freeze %s/best.lua"):format(folder))
    assert.equal(0, code, err)
    assert.equal(12, #result.trials)
    for _, name in ipairs { "clip.norm", "optimizer.adamw.lr", "optimizer.lr" } do
      assert.is_truthy(file.read(folder .. "/best.lua"):find(name .. "=schedule.", 1, true))
    end
    local out
    code, out, err = program.run(("%s/best.lua --json --quiet --out %s/runs"):format(folder,
      folder))
    assert.equal(0, code, err)
    assert.equal(result.best.digest, json.decode(out).digest)
  end)

  it("is the study of another strategy", function()
    local _, folder = plain_population()
    local code, _, err = run(folder, "--strategy tpe")
    assert.equal(2, code)
    assert.matches("the study began with strategy pbt", err)
    local other = folder_of(finally)
    run(other, "--strategy random --trials 1")
    code, _, err = run(other, PBT)
    assert.equal(2, code)
    assert.matches("the study began with strategy random", err)
  end)
end)
