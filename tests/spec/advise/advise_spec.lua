-- `lrrun advise` as its user meets it.
local current = require "lrrun.util.current"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local program = require "support.program"
local report = require "lrrun.advise.report"
local studies = require "support.studies"

local RECIPE = [[
return recipe { data = data.blobs { n = 200, classes = 3, batch = 16, val = 0.2, noise = 1.5 },
  model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(3) }, epochs = 12,
  optimizer = optim.adam { lr = 3e-3 }, schedule = schedule.warmup(1*epochs) .. schedule.cosine() }
]]

local function advise(folder, flags)
  local code, out, err = program.run(("advise %s/r.lua --out %s/out --json --quiet %s"):format(
    folder, folder, flags or ""))
  return code, out ~= "" and json.decode(out) or nil, err
end

-- What has to be the same however an advice was worked through.
local function text_of(result)
  result.run, result.seconds = nil, nil
  return json.encode(result)
end

-- What advice for the budget of one run says, made once.
local of_one
local function want_of_one(finally)
  if not of_one then
    local code, result, err = advise(studies.folder(finally, RECIPE),
      "--budget 1 --jobs 1 --threads 1")
    assert.equal(0, code, err)
    of_one = text_of(result)
  end
  return of_one
end

describe("lrrun advise", function()
  it("answers with a rate, what speaks for it, and a folder with the evidence", function()
    local folder = studies.folder(finally, RECIPE)
    local code, result, err = advise(folder, "--budget 2")
    assert.equal(0, code, err)
    for _, key in ipairs { "suggestion", "expected", "spent_runs", "seconds" } do
      assert.equal("number", type(result[key]), key)
    end
    assert.is_true(result.interval.low <= result.suggestion)
    assert.is_true(result.suggestion <= result.interval.high)
    local text = file.read(result.run .. "/advice.json", 1 << 20)
    assert.is_truthy(text:find('"warnings": []', 1, true))
    assert.matches('"flat": %l+,\n  "unresolved": [{n]', text)
    assert.is_true(#result.points > 2)
    local apart
    for i, p in ipairs(result.points) do
      assert.is_true(p.lr > 0 and p.steps > 0 and p.seed >= 1)
      assert.matches("^%l+$", p.state)
      apart = p.own_split and i - 1 or apart
    end
    assert.equal("r-advice-1", result.run:match "[^/]+$")
    for _, name in ipairs { "advice.json", "advice.csv", "advice.svg", "journal.log" } do
      assert.equal("file", file.kind(result.run .. "/" .. name), name)
    end
    local page
    code, page, err = program.run(("report %s -o -"):format(result.run))
    assert.equal(0, code, err)
    assert.matches("<svg", page)
    code, page, err = program.run(("replay %s#1 --out %s/again --quiet"):format(result.run, folder))
    assert.equal(0, code, err)
    assert.matches("identical: every value and the digest", page)

    -- One whose validation samples are another seed's, too.
    code, page, err = program.run(("replay %s#%d --out %s/apart --quiet"):format(result.run, apart,
      folder))
    assert.equal(0, code, err)
    assert.matches("identical: every value and the digest", page)
    local seed = result.points[apart + 1].seed
    assert.is_true(seed > result.points[1].seed)
    local recorded = file.read(("%s/trials/%d/run.yaml"):format(result.run, apart), 1 << 20)
    assert.matches("data%.seed=" .. seed, recorded)
  end)

  it("says in words what it cannot tell, and which runs would, unless all is flat", function()
    local result = { suggestion = 0.01, interval = { low = 0.005, high = 0.02 }, monitor =
      "val_loss", spent_runs = 3, points = {}, unresolved = { low = 0.001, high = 0.03,
      difference = 0.0123, points = 6, seeds = 2, runs = 12 } }
    local text = table.concat(report.lines(result), "\n")
    assert.is_truthy(text:find("rates from 0.001 to 0.03 cannot be told apart beyond doubt by what "
      .. "was spent; whole runs would tell differences of 0.012 in val_loss: lrrun sensitivity "
      .. (current.request().recipe_path or "RECIPE")
      .. " --from 0.001 --to 0.03 --points 6 --seeds 2 (12 runs)", 1, true), text)
    assert.is_truthy(text:find("in about nine cases of ten", 1, true), text)
    result.spent_runs = 1
    text = table.concat(report.lines(result), "\n")
    assert.is_truthy(text:find("in about eight cases of ten", 1, true), text)
    result.flat = true
    text = table.concat(report.lines(result), "\n")
    assert.is_nil(text:find("told apart", 1, true))
    assert.is_truthy(text:find("do equally well", 1, true))
  end)

  it("gives the same for any number of jobs and threads, and in a script", function()
    local want = want_of_one(finally)
    local code, result, err = advise(studies.folder(finally, RECIPE),
      "--budget 1 --jobs 2 --threads 2")
    assert.equal(0, code, err)
    assert.equal(want, text_of(result))
    local folder = studies.folder(finally, RECIPE)
    program.write(folder .. "/s.lua", "print(string.format('%.17g', train.advise((function() "
      .. RECIPE .. " end)(), { budget = 1 }).suggestion))")
    local _, out = program.run(("%s/s.lua --out %s/out"):format(folder, folder))
    assert.equal(json.decode(want).suggestion, tonumber(out))
  end)

  it("that is killed goes on when it is run again, to the same answer", function()
    local want = want_of_one(finally)
    local folder = studies.folder(finally, RECIPE)
    local killed = 0
    for _ = 1, 2 do
      local pid = studies.spawn(folder, "--budget=1 --jobs 2", "advise")
      assert(studies.until_true(20, function()
        return file.kind(("%s/out/r-advice-1/trials/%d"):format(folder, killed * 2))
          or file.kind(folder .. "/out/r-advice-1/advice.json")
      end))
      process.kill(pid, "KILL")
      studies.wait(pid)
      killed = killed + (file.kind(folder .. "/out/r-advice-1/advice.json") and 0 or 1)
    end
    assert.is_true(killed > 0)
    local code, result, err = advise(folder, "--budget 1 --jobs 2")
    assert.equal(0, code, err)
    assert.equal("r-advice-1", result.run:match "[^/]+$")
    assert.equal(want, text_of(result))
    code, result = advise(folder, "--budget 0.5")
    assert.equal(0, code)
    assert.equal("r-advice-2", result.run:match "[^/]+$") -- the first has come to its end
  end)

  it("writes a recipe with the rate in it, whose run is the one that was measured", function()
    local folder = studies.folder(finally, RECIPE)
    local code, result, err = advise(folder, ("--budget 1 --freeze %s/best.lua"):format(folder))
    assert.equal(0, code, err)
    local _, out = program.run(("%s/best.lua --out %s/out --json"):format(folder, folder))
    local run = json.decode(out)
    local of_whole
    for _, p in ipairs(result.points) do
      of_whole = p.lr == result.suggestion and p.share == 1 and p.loss or of_whole
    end
    assert.equal(run.best.val_loss, of_whole or run.best.val_loss)
    assert.is_true(run.best.val_loss < 1)
  end)

  it("takes runs, steps and times as its budget, and says what it does not take", function()
    local folder = studies.folder(finally, RECIPE)
    local code, result, err = advise(folder, "--budget '60 steps'")
    assert.equal(0, code, err)
    assert.equal(0.5, result.budget)
    code, result, err = advise(folder, "--budget '0.5 s'")
    assert.equal(0, code, err)
    assert.is_true(result.budget >= 0.1)
    for flags, says in pairs {
      ["--budget lots"] = "--budget lots: want a number of runs (3), a time ('10 min') or a length",
      ["--budget 0"] = "--budget 0: want more than 0",
      ["--budget '20 percent'"] = "want parts of a run as a number of runs: 0.2",
      ["--jobs 99"] = "--jobs takes at most 64, got 99",
      ["--freeze " .. folder .. "/r.lua"] = "--freeze would write over the recipe",
    } do
      code, result, err = advise(folder, flags)
      assert.is_nil(result)
      assert.equal(2, code, err)
      assert.is_truthy(err:find(says, 1, true), err)
    end
  end)

  it("takes recipes with dimensions, schedules with peaks, and no validation split", function()
    local base = [[
return recipe { data = data.blobs { n = 120, classes = 3, batch = 16%s }, model = nn.linear(3),
  epochs = 12, optimizer = %s, schedule = %s }
]]
    local code, result, err = advise(studies.folder(finally, base:format(", val = 0.2",
      "search.choice { optim.sgd { lr = search.loguniform(1e-3, 1) }, optim.adam { lr = 0.1 } }",
      "schedule.linear()")), "--budget 0.5")
    assert.equal(0, code, err)
    assert.equal("optimizer.lr", result.key)
    code, result, err = advise(studies.folder(finally, base:format(", val = 0.2",
      "optim.sgd { lr = 0.1 }", "schedule.one_cycle { max = 0.2 }")), "--budget 0.5")
    assert.equal(0, code, err)
    assert.equal("schedule.max", result.key)
    code, result, err = advise(studies.folder(finally, base:format("",
      "optim.sgd { lr = 0.1 }", "schedule.linear()")), "--budget 0.5")
    assert.equal(0, code, err)
    assert.equal("train_loss", result.monitor)
    assert.matches("no validation split", result.warnings[1])
  end)

  it("compares schedules, each at its own best rate, and says where nothing is between them",
    function()
    local folder = studies.folder(finally, RECIPE)
    local code, result, err = advise(folder,
      ("--epochs 5 --budget 0.5 --what lr,schedule --freeze %s/best.lua"):format(folder))
    assert.equal(0, code, err)
    local seen = {}
    for i, row in ipairs(result.choices) do
      seen[i] = row.name
      assert.equal("number", type(row.suggestion))
      assert.equal("number", type(row.loss))
      assert.equal(row.loss, row.expected) -- it was measured
      assert.equal(i == 1 and 0 or row.difference, row.difference)
    end
    assert.equal("as it is, constant, step, linear to 0, one-cycle, wsd", table.concat(seen, ", "))
    assert.is_true(result.choices[2].prior < 0.6) -- a constant rate wants less than a falling one
    assert.is_truthy(table.concat(seen, ", "):find(result.best, 1, true))
    assert.is_true(result.spent_runs > 3 * 6)
    code, result, err = program.run(("%s/best.lua --out %s/out --quiet"):format(folder, folder))
    assert.equal(0, code, err)
    assert.matches("val_loss", result)
    local page
    code, page, err = program.run(("report %s/out/r-advice-1 -o -"):format(folder))
    assert.equal(0, code, err)
    local drawn = file.read(folder .. "/out/r-advice-1/advice.svg", 1 << 20)
    for _, name in ipairs(seen) do
      assert.is_truthy(page:find("<td>" .. name .. "</td>", 1, true), name)
      assert.is_truthy(drawn:find(name, 1, true), name)
    end
    for flags, says in pairs {
      ["--what schedule"] = "--what schedule: want lr, or lr and one of schedule, optimizer",
      ["--what lr,bach"] = "--what lr,bach: 'bach' is none of schedule, optimizer, batch, "
        .. "weight_decay; did you mean 'batch'?",
    } do
      code, result, err = advise(folder, flags)
      assert.equal(2, code)
      assert.is_nil(result)
      assert.is_truthy(err:find(says, 1, true), err)
    end
  end)

  it("says what choices cost in all before the first training, and what --freeze wrote over",
    function()
    local folder = studies.folder(finally, RECIPE)
    program.write(folder .. "/best.lua", "return 1\n")
    local code, out, err = program.run(("advise %s/r.lua --out %s/out --epochs 4 --budget 1 "
      .. "--set data.n=60 --what lr,weight_decay --set optimizer.weight_decay=1 "
      .. "--freeze %s/best.lua"):format(folder, folder, folder))
    assert.equal(0, code, err)
    local said, first = err:find("6 choices cost 42 to 54 runs in all: 1 for the rate", 1, true),
      err:find("of the run  seed", 1, true)
    assert.is_true(said ~= nil and said < first, err)
    assert.is_truthy(out:find("choice  weight decay", 1, true), out)
    assert.matches("best.lua, which held something else", err)
    local count = select(2, err:gsub("of the run  seed", ""))
    assert.is_true(count >= 42 and count <= 54, count) -- all of them are of whole length
    local page = select(2, program.run(("report %s/out/r-advice-1 -o -"):format(folder)))
    assert.is_truthy(page:find(("(%d trainings and range tests)"):format(count), 1, true))
  end)

  it("says why where no rate can be tried, and leaves no folder", function()
    local folder = studies.folder(finally, (RECIPE:gsub("optim.adam { lr = 3e%-3 }",
      "optim.rprop {}")))
    local code, _, err = advise(folder)
    assert.equal(1, code)
    assert.matches("r.lua:3: advise: optim.rprop finds a step size", err)
    assert.same({}, file.list(folder .. "/out") or {})
  end)
end)
