-- A search as its user meets it: trials are processes, the study is on the disk.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"
local studies = require "support.studies"
local process = require "lrrun.native.process"
local sys = require "lrrun.native.sys"

local search, table_of = studies.search, studies.table_of

local PLAIN = "--strategy tpe{startup=4} --trials 8"

-- The table of PLAIN with one job, made once.
local plain
local function plain_table()
  if not plain then
    local code, result, err = search(studies.folder(function() end), PLAIN .. " --jobs 1")
    assert.equal(0, code, err)
    plain = table_of(result)
  end
  return plain
end

describe("A search", function()
  it("gives the same table for 1, 2 and 4 jobs", function()
    for flags, all in pairs {
      [PLAIN] = { 2 },
      ["--strategy tpe --trials 7 --pruner asha"] = { 1, 4 },
      ["--strategy random --trials 7 --pruner median{startup=2}"] = { 1, 2 },
    } do
      local want = flags == PLAIN and plain_table()
      for _, jobs in ipairs(all) do
        local folder = studies.folder(finally)
        local code, result, err = search(folder, flags .. " --jobs " .. jobs)
        assert.equal(0, code, err)
        want = want or table_of(result)
        assert.equal(want, table_of(result))
      end
    end
  end)

  it("that is killed again and again goes on with the same sequence", function()
    math.randomseed(7)
    for _, flags in ipairs { PLAIN, "--strategy random --pruner hyperband --trials 7" } do
      local want = flags == PLAIN and plain_table()
        or table_of(select(2, search(studies.folder(finally), flags .. " --jobs 2")))
      local result, _, err = studies.with_kills(studies.folder(finally), flags .. " --jobs 2", 3,
        math.random, 0.25)
      assert.equal(want, table_of(result), err)
    end
  end)

  it("compares its trials on the same samples, from weights of their own", function()
    local folder = studies.folder(finally)
    local code, result, err = search(folder, "--strategy random --trials 3")
    assert.equal(0, code, err)
    local found, seeds = {}, {}
    for _, t in ipairs(result.trials) do
      local text = assert(file.read(("%s/trials/%d/run.yaml"):format(result.study, t.number)))
      found[text:match "fingerprint: (%S+)"] = true
      seeds[text:match "\nseed: (%S+)"] = true
    end
    assert.is_nil(next(found, next(found)))
    assert.is_truthy(next(seeds, next(seeds)))
  end)

  it("counts trials in all: 5 and then 8 are the 8 of one search", function()
    local parts = studies.folder(finally)
    search(parts, "--strategy tpe{startup=4} --trials 5")
    local _, result = search(parts, "--trials 8")
    assert.equal(8, #result.trials)
    assert.equal(plain_table(), table_of(result))
    local _, again = search(parts, "--trials 8")
    assert.equal(plain_table(), table_of(again))
  end)

  it("of one seed is one table, and of another seed another", function()
    local _, a = search(studies.folder(finally), "--trials 3 --seed 5")
    local _, b = search(studies.folder(finally), "--trials 3 --seed 5")
    local _, c = search(studies.folder(finally), "--trials 3 --seed 6")
    assert.equal(table_of(a), table_of(b))
    assert.not_equal(table_of(a), table_of(c))
  end)

  it("freezes the best trial as a recipe with its digest, and replays any trial", function()
    local folder = studies.folder(finally)
    local code, result, err = search(folder, "--trials 6 --strategy tpe --pruner asha --epochs 3 "
      .. "--set data.n=60 --freeze " .. folder .. "/best.lua")
    assert.equal(0, code, err)
    local _, out = program.run(("%s/best.lua --json --quiet --out %s/runs"):format(folder, folder))
    assert.equal(result.best.digest, json.decode(out).digest)
    for _, number in ipairs { result.best.trial, 0, 1 } do
      code, out, err = program.run(("replay '%s#%d' --json --quiet --out %s/runs"):format(
        result.study, number, folder))
      assert.equal(0, code, err)
      local again = json.decode(out)
      assert.equal("identical", again.verdict)
      assert.equal(result.trials[number + 1].digest, again.digest)
    end
    code, _, err = program.run(("replay '%s#77' --out %s/runs"):format(result.study, folder))
    assert.equal(2, code)
    assert.matches("has no trial 77, only 0 to 5", err)
    code, _, err = program.run(("replay %s --out %s/runs"):format(result.study, folder))
    assert.equal(2, code)
    assert.matches("is no experiment file: it is a study.s folder; [^\n]*#0 runs", err)
  end)

  it("lets --set change an option() of a recipe that was frozen with another value", function()
    local folder = program.folder(finally)
    local RECIPE = [[recipe { data = data.digits { limit = 100, val = 0.2 }, epochs = 1,
      model = nn.sequential { nn.linear(option("width", 4)), nn.relu(), nn.linear(10) },
      optimizer = optim.adam { lr = 1e-2 } }]]
    program.write(folder .. "/plain.lua", "return " .. RECIPE)
    program.write(folder .. "/frozen.lua", "return search.fixed({ params = {}, set = { 'width=8', "
      .. "'optimizer.lr=0.1' } }, function(...) return " .. RECIPE .. " end)")
    local function digest(words)
      local code, out, err = program.run(("%s/%s --json --quiet --out %s/runs"):format(folder,
        words, folder))
      assert.equal(0, code, err)
      return json.decode(out).digest
    end
    assert.equal(digest "plain.lua --set width=8 --set optimizer.lr=0.1", digest "frozen.lua")
    assert.equal(digest "plain.lua --set width=6 --set optimizer.lr=0.1",
      digest "frozen.lua --set width=6")
    local code, _, err = program.run(("%s/frozen.lua --set widht=6 --out %s/runs"):format(folder,
      folder))
    assert.equal(1, code)
    assert.matches("neither a key nor an option%(%) 'widht'", err)
  end)

  -- 12 steps are 3 epochs; of their rungs two lie in the first.
  for _, length in ipairs { "  epochs = 4,\n", "  steps = 12,\n" } do
    it("of a script gives what the command line gives:" .. length:match "(.*),", function()
      local folder = studies.folder(finally, studies.recipe(length))
      local _, want = search(folder, "--trials 6 --strategy random --pruner asha")
      local text = studies.recipe(length):gsub("^return", "local r =")
      program.write(folder .. "/s.lua", text .. [[
local found = search.run(r, { strategy = "random", trials = 6, pruner = "asha", record = false })
for _, t in ipairs(found.trials) do
  print(t.number, t.state, t.epochs, t.value, t.digest)
end
]])
      local code, out, err = program.run(("%s/s.lua --quiet --out %s/runs"):format(folder, folder))
      assert.equal(0, code, err)
      local lines = {}
      for i, t in ipairs(want.trials) do
        lines[i] = ("%d\t%s\t%s\t%s\t%s\n"):format(t.number, t.state, t.epochs, t.value, t.digest)
      end
      assert.equal(table.concat(lines), out)
    end)
  end

  it("that a script could not open is not locked by it", function()
    local folder = studies.folder(finally)
    program.write(folder .. "/s.lua", studies.recipe():gsub("^return", "local r =") .. [[
print(#search.run(r, { strategy = "random", trials = 1 }).trials)
print(pcall(search.run, r, { strategy = "tpe" }))
print(#search.run(r, { strategy = "random", trials = 2 }).trials)
]])
    local code, out, err = program.run(("%s/s.lua --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code, err)
    assert.matches("^1\nfalse\t.*the study began with strategy random, not tpe.*\n2\n$", out)
  end)

  it("maximises what its objective says", function()
    local folder = studies.folder(finally, studies.recipe("  epochs = 2,\n"
      .. "  objective = { monitor = 'val_accuracy', mode = 'max' },\n"))
    local code, result, err = search(folder, "--trials 5 --strategy random")
    assert.equal(0, code, err)
    for _, t in ipairs(result.trials) do
      assert.is_true(t.value <= result.best.value)
    end
  end)

  it("leaves a picture and says how much each dimension mattered", function()
    local folder = studies.folder(finally)
    local code, out, err = program.run(("search %s/r.lua --out %s/out --trials 6 --strategy random")
      :format(folder, folder))
    assert.equal(0, code, err)
    assert.matches("importance", out)
    assert.matches("val_loss against", out)
    assert.matches("^<svg .*</svg>\n$", assert(file.read(folder .. "/out/r-study/study.svg")))
  end)
end)

describe("A trial that fails", function()
  it("is recorded with what it said, and the study goes on", function()
    local folder = studies.folder(finally, studies.recipe [[
  epochs = 2,
  on = { epoch = function(t) if t.lr < 0.01 then error("too slow for me") end end },
]])
    local code, result, err = search(folder, "--trials 8 --strategy random --jobs 2")
    assert.equal(0, code, err)
    local failed = 0
    for _, t in ipairs(result.trials) do
      if t.state == "fail" then
        failed = failed + 1
        assert.is_nil(t.value)
        assert.matches("too slow for me", t.error)
      end
    end
    assert.is_true(failed > 0 and failed < 8)
  end)

  it("because it diverges is one too; where all fail the exit code is 1", function()
    local folder = studies.folder(finally, [[
return recipe {
  data = data.blobs { n = 60, val = 0.2 }, epochs = 3,
  model = nn.sequential { nn.linear(8), nn.linear(8), nn.linear(3) },
  optimizer = optim.sgd { lr = search.loguniform(1e30, 1e38) }, loss = nn.cross_entropy(),
}
]])
    local code, result, err = search(folder, "--trials 2")
    assert.equal(1, code)
    assert.matches("no trial has a value: trial 0: diverged at step", err)
    assert.equal("fail", result.trials[2].state)
    assert.is_nil(result.best)
  end)
end)

describe("A study", function()
  it("goes on after an interrupt, and its workers end with it", function()
    local folder = studies.folder(finally, studies.recipe "  epochs = 100000,\n")
    for _, signal in ipairs { "TERM", "KILL" } do
      local pid = studies.spawn(folder, "--trials 2 --jobs 2")
      local workers = assert(studies.until_true(20, function()
        local list = studies.children(pid)
        return #list == 2 and file.kind(folder .. "/out/r-study/trials/1/metrics.jsonl") and list
      end))
      process.kill(pid, signal)
      assert.equal(signal == "TERM" and 143 or 137, studies.wait(pid))
      for _, worker in ipairs(workers) do
        assert.is_true(studies.until_true(20, function()
          return not os.execute(("kill -0 %d 2>/dev/null"):format(worker))
        end))
      end
    end
  end)

  it("is one search's at a time", function()
    local folder = studies.folder(finally, studies.recipe "  epochs = 100000,\n")
    local pid = studies.spawn(folder, "--trials 1 --jobs 1")
    studies.until_true(10, function()
      return studies.children(pid)[1]
    end)
    local code, _, err = search(folder, "--trials 1")
    process.kill(pid, "TERM")
    studies.wait(pid)
    assert.equal(1, code)
    assert.matches("another lrrun is writing into", err)
  end)

  it("takes the lock of a dead process at once", function()
    local folder = studies.folder(finally)
    search(folder, "--trials 1")
    program.write(studies.journal_of(folder) .. ".lock", "lrrun 999999\n")
    local since = sys.now()
    local code, result, err = search(folder, "--trials 2")
    assert.equal(0, code, err)
    assert.equal(2, #result.trials)
    assert.is_true(sys.now() - since < 10)
    assert.is_nil(file.kind(studies.journal_of(folder) .. ".lock"))
  end)

  it("of another recipe, strategy or pruner is not mixed with this one", function()
    local folder = studies.folder(finally)
    search(folder, "--trials 2 --strategy random")
    for flags, text in pairs {
      ["--strategy tpe"] = "lrrun: --strategy tpe: search: the study began with strategy random, "
        .. "not tpe{",
      ["--pruner asha"] = "lrrun: --pruner asha: search: the study began with pruner none, "
        .. "not asha{",
      ["--set data.n=70"] = "is the study of another recipe", ["--seed 9"] = "of another recipe",
    } do
      local code, _, err = search(folder, flags)
      assert.equal(text:find "^lrrun: %-%-" and 2 or 1, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
    program.write(folder .. "/r.lua", studies.recipe "  epochs = 3,\n")
    local code, _, err = search(folder)
    assert.equal(1, code)
    assert.matches("is the study of another recipe", err)
  end)

  it("leaves alone what other programs add to its journal", function()
    local folder = studies.folder(finally)
    search(folder, "--strategy tpe{startup=4} --trials 2")
    local log = assert(io.open(studies.journal_of(folder), "ab"))
    log:write '{"op_code": 4, "worker_id": "x", "study_id": 0, "datetime_start": null}\n'
    log:write '{"op_code": 7, "worker_id": "x", "trial_id": 2, "step": 1, '
    log:write '"intermediate_value": NaN}\n'
    log:close()
    local code, result, err = search(folder, "--trials 8")
    assert.equal(0, code, err)
    assert.equal(plain_table(), table_of(result))
  end)
end)

describe("What cannot be searched", function()
  local CASES = {
    ["8"] = "r%.lua:1: search: the recipe has no search dimension",
    ["search.int(9, 4)"] = "search%.int: 'lo' is 9, above 'hi' 4",
    ["search.logint(0, 4)"] = "'lo' is 0; a logarithmic dimension begins above 0",
    ["search.choice {}"] = "'choices' is empty",
  }

  it("is an error that names what is wrong", function()
    for units, text in pairs(CASES) do
      local folder = studies.folder(finally, ("return recipe { data = data.blobs { n = 60, "
        .. "val = 0.2 }, model = nn.sequential { nn.linear(%s), nn.linear(3) }, "
        .. "optimizer = optim.adam(), epochs = 1 }"):format(units))
      local code, _, err = search(folder, "--trials 1")
      assert.equal(1, code)
      assert.matches(text, err)
    end
  end)

  it("and unknown strategies and pruners have their nearest names said", function()
    local folder = studies.folder(finally)
    local _, _, err = search(folder, "--strategy byes")
    assert.matches("%-%-strategy takes [^\n]*, got 'byes'; did you mean 'bayes'%?", err)
    _, _, err = search(folder, "--pruner hyperban")
    assert.matches("%-%-pruner takes [^\n]*, got 'hyperban'; did you mean 'hyperband'%?", err)
    local code
    code, _, err = search(folder, "--freeze " .. folder .. "/r.lua")
    assert.equal(2, code)
    assert.matches("would write over the recipe", err)
    code, _, err = search(folder, "--freeze " .. folder .. "/none/x.lua")
    assert.equal(2, code)
    assert.matches("there is no such folder", err)
  end)

  it("and a recipe frozen elsewhere is named, with the files that it will not find", function()
    local folder, away = studies.folder(finally), studies.folder(finally)
    local code, _, err = search(folder, ("--trials 1 --freeze %s/best.lua"):format(away))
    assert.equal(0, code, err)
    assert.is_nil(err:find "is not beside")
    folder = studies.folder(finally)
    program.write(folder .. "/part.lua", "return 1")
    program.write(folder .. "/r.lua", 'local _ = require "part"\n' .. studies.recipe())
    code, _, err = search(folder, ("--trials 1 --freeze %s/other.lua"):format(away))
    assert.equal(0, code, err)
    assert.matches("warning: " .. away .. "/other.lua is not beside ", err, 1, true)
    assert.matches("as 'part'", err, 1, true)
  end)
end)
