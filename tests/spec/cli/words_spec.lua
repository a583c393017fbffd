-- What is said where a command has nothing to do, or was given the neighbour of what it takes.
local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[
return recipe { data = data.blobs { n = 60 }, model = nn.sequential { nn.linear(3) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
]]

-- A folder with r.lua in it, and a function that runs lrrun with its state there.
local function place(text)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  return folder, function(words)
    return program.run((words:gsub("%%s", folder)),
      ("XDG_STATE_HOME=%s/state"):format(folder))
  end
end

local function run_folder(run)
  local code, out, err = run "%s/r.lua --quiet --out %s/runs"
  assert.equal(0, code, err)
  return assert(out:match "run +(%S+)")
end

describe("A script", function()
  it("that is empty is an error for every verb", function()
    for _, text in ipairs { "", " \n-- return recipe {}\n", "--[==[ return ]]\n ]==]\n" } do
      local _, run = place(text)
      for _, verb in ipairs { "run", "plan", "search", "verify-resume" } do
        local code, out, err = run(verb .. " %s/r.lua --out %s/runs")
        assert.same({ 1, "" }, { code, out })
        assert.matches("^lrrun: %S+r%.lua: is empty: a recipe's file ends in return recipe { "
          .. "[^\n]+\n$", err)
      end
    end
  end)

  it("that returns something else than a recipe is told what it was, and what to write", function()
    for text, says in pairs {
      ["return { epochs = 5 }"] = "a table, want recipe { ... }; return recipe { ... } makes a "
        .. "recipe of it",
      ["return {}"] = "a table, want recipe { ... }",
      ["return function() end"] = "a function, want recipe { ... }; a function is called: return "
        .. "make()",
      ["return recipe"] = "a function, want recipe { ... }; return recipe { ... } calls it",
      ["return nn.relu()"] = "nn.relu, want recipe { ... }",
      ["return 'x'"] = "'x', want recipe { ... }",
      ["return { " .. RECIPE:sub(8) .. " }"] = "a table, want recipe { ... }; of a list of recipes "
        .. "train.fit(r) trains each",
    } do
      local folder, run = place(text)
      for _, verb in ipairs { "run", "range" } do
        local code, _, err = run(verb .. " %s/r.lua --out %s/runs")
        assert.same({ 1, ("lrrun: %s/r.lua: the script returned %s\n"):format(folder, says) },
          { code, err })
      end
    end
  end)

  it("that builds a recipe and does nothing with it is an error for every verb", function()
    local folder, run = place("local r = " .. RECIPE:sub(8))
    for _, verb in ipairs { "run", "plan", "search" } do
      local code, _, err = run(verb .. " %s/r.lua --out %s/runs")
      assert.equal(1, code)
      assert.matches(folder .. "/r.lua:1: the recipe that is made here is neither returned", err, 1,
        true)
    end
  end)

  it("that does something in silence is not", function()
    local _, run = place "local x = 1 -- nothing else"
    assert.same({ 0, "", "" }, { run "%s/r.lua --out %s/runs" })
  end)
end)

describe("A limit on Lua", function()
  it("is told with its figure", function()
    local _, run = place "while true do end"
    local _, _, err = run "%s/r.lua --out %s/runs --lua-seconds 0.2"
    assert.matches("took longer than 0%.2 s %(%-%-lua%-seconds%)\n$", err)
    _, run = place "local t = {} for i = 1, math.huge do t[i] = i end"
    local code
    code, _, err = run "%s/r.lua --out %s/runs --lua-memory 20M"
    assert.equal("lrrun: the recipe's Lua values took more than 20.0 MB (--lua-memory)\n", err)
    assert.equal(4, code)
  end)
end)

describe("A flag", function()
  it("that is given twice is said to be, whatever its verb is", function()
    local _, run = place(RECIPE)
    for words, says in pairs {
      ["plan %s/r.lua --seed 1 --seed 2"] = "--seed is given twice (1 and 2): the last one counts",
      ["plan %s/r.lua --epochs=2 --epochs 2"] = "--epochs is given twice (2 and 2)",
      ["generate %s/no --tokens 10 --prompt a --tokens 20"] = "--tokens is given twice (10 and 20)",
      ["predict %s/no --keep --keep a --input y"] = "--keep is given twice (alone and a)",
      ["plan %s/r.lua --set optimizer.lr=1 --set epochs=2 --set optimizer.lr=3"] =
        "--set optimizer.lr is given twice (1 and 3): the last one counts",
    } do
      local _, _, err = run(words)
      assert.matches("lrrun: warning: " .. says, err, 1, true)
    end
    local _, _, err = run "plan %s/r.lua --log 1M --log 2M --quiet --quiet --set optimizer.lr=1"
    assert.equal("", err)
  end)
end)

describe("A run", function()
  it("that is counted in updates says which part of its epochs it has trained", function()
    local _, run = place((RECIPE:gsub("epochs = 1", "steps = 3"):gsub("n = 60",
      "n = 60, batch = 5")))
    local code, out = run "%s/r.lua --quiet --out %s/runs"
    assert.equal(0, code)
    assert.matches("done after 0.25 epochs, 3 steps, ", out, 1, true)
  end)
end)

describe("What a script prints", function()
  it("is in a file at once", function()
    local folder = place [[
      print "now"
      local t = 0
      while true do t = t + 1 end]]
    local out = folder .. "/out.txt"
    os.execute(("%s %s/r.lua --lua-seconds 60 --out %s/runs >%s 2>/dev/null & echo $! >%s/pid")
      :format(program.path, folder, folder, out, folder))
    local text
    for _ = 1, 200 do
      local file = io.open(out)
      text = file and file:read "a" or ""
      if file then
        file:close()
      end
      if text ~= "" then
        break
      end
      os.execute "sleep 0.05"
    end
    os.execute(("kill $(cat %s/pid) 2>/dev/null"):format(folder))
    assert.equal("now\n", text)
  end)
end)

describe("lrrun resume", function()
  it("says of a run that has ended that nothing is left to do", function()
    local _, run = place(RECIPE)
    local folder = run_folder(run)
    local code, out, err = run("resume " .. folder)
    assert.equal(0, code)
    assert.equal(folder .. ": the run has ended, nothing is left to do (lrrun extend " .. folder
      .. " --epochs +N lengthens it); it was:\n", err)
    assert.matches("\ndone after 1 epoch,", out)
  end)
end)

describe("lrrun replay", function()
  it("names pack where it is given a run", function()
    local _, run = place(RECIPE)
    local folder = run_folder(run)
    local code, _, err = run("replay " .. folder .. "/run.yaml")
    assert.equal(2, code)
    assert.equal(("lrrun: %s/run.yaml is no experiment file: it is a run's record; lrrun pack %s "
      .. "makes one of the run\n"):format(folder, folder), err)
    code, _, err = run("replay " .. folder)
    assert.equal(2, code)
    assert.matches("it is a run's folder; [^\n]*pack makes an experiment file of it", err)
  end)
end)

describe("A verb for runs", function()
  it("says of a study's trial that it keeps no weights", function()
    local folder, run = place(RECIPE)
    os.execute(("mkdir %s/s; echo '{}' > %s/s/study.json"):format(folder, folder))
    local code, _, err = run "eval %s/s#3"
    assert.equal(2, code)
    assert.matches("s#3 is trial 3 of a study, which keeps no weights; lrrun replay %S+s#3 trains "
      .. "it again and leaves a run folder\n$", err)
  end)
end)

describe("The user's state", function()
  it("is said to be damaged: a key that is none, a list with lines that are none", function()
    local folder, run = place(RECIPE)
    local made = run_folder(run)
    program.write(folder .. "/state/lrrun/key", "bad")
    local code, _, err = run("eval " .. made)
    assert.equal(0, code)
    assert.matches("^lrrun: warning: the user's key %S+/lrrun/key: is no key of lrrun; delete it "
      .. "for a new one; run folders count as a stranger's: [^\n]+\n$", err)
    program.write(folder .. "/state/lrrun/trusted", "hello\n" .. ("0"):rep(64) .. "  /x\n")
    local out
    code, out, err = run "trust --list"
    assert.same({ 0, "gone     /x\n" }, { code, out })
    assert.matches("^lrrun: warning: %S+/trusted: 1 of its lines are no entries [^\n]+\n$", err)
  end)
end)

describe("--out", function()
  it("is named where its folder cannot be made", function()
    local _, run = place(RECIPE)
    local code, _, err = run "%s/r.lua --out /proc/x"
    assert.same({ 2, "lrrun: --out /proc/x: cannot make folder /proc/x: No such file or "
      .. "directory\n" }, { code, err })
  end)
end)

describe("data.table", function()
  it("takes no rows without numbers", function()
    local _, run = place(RECIPE:gsub("data%.blobs { n = 60 }", "data.table { x = {{}, {}} }"))
    local code, _, err = run "%s/r.lua --out %s/runs"
    assert.equal(1, code)
    assert.matches("r%.lua:1: data%.table: 'x' has an empty first row, want a list of numbers\n$",
      err)
  end)
end)

describe("lrrun help", function()
  it("takes a flag as it is written, and knows the nearest name without its module", function()
    local code, out = program.run "help --memory"
    assert.equal(0, code)
    assert.matches("^%-%-memory SIZE is a flag of every verb\n", out)
    local status, _, err = program.run "help covn2d"
    assert.same({ 2, "lrrun: no help on 'covn2d'; did you mean 'conv2d'?\n" }, { status, err })
  end)

  it("is an object for programs, with keys and flags one by one", function()
    local function object(topic)
      local code, out, err = program.run("help " .. topic .. " --json")
      assert.same({ 0, "" }, { code, err })
      local _, text = program.run("help " .. topic)
      local t = json.decode(out)
      assert.equal((text:gsub("%s+", "")), (t.text:gsub("%s+", ""))) -- folded to another width
      return t
    end
    local t = object "schedule.step"
    assert.same({ "schedule.step", "constructor", 4 }, { t.name, t.kind, #t.keys })
    assert.same({ of = "schedule.step", name = "factor", takes = "a number at least 0",
      default = "0.1", doc = "the rate is multiplied by this" }, t.keys[1])
    assert.is_true(t.keys[2].required)
    assert.same({}, object "optim".keys)
    t = object "help"
    assert.same({ "verb", "lrrun help", "--html" }, { t.kind, t.keys[1].of, t.keys[1].name })
    t = object "nesterov"
    assert.same({ "topic", "optim.muon", "nesterov" }, { t.kind, t.keys[1].of, t.keys[1].name })
    local code, out = program.run "help covn2d --json"
    assert.same({ 2, "" }, { code, out })
  end)

  it("says what words of other frameworks are here", function()
    local _, _, err = program.run "help learning_rate"
    assert.equal("lrrun: no help on 'learning_rate'; here that is 'lr'\n", err)
  end)
end)

describe("An interval longer than the run", function()
  it("is said before training, with what a bare number counts", function()
    local _, run = place(RECIPE)
    local code, _, err = run "%s/r.lua --out %s/runs --set validate=200"
    assert.equal(0, code, err)
    local says = "warning: validate = 200 epochs is longer than the run of 2 steps: it is "
      .. "evaluated at its end alone; a bare number counts epochs, 200*steps updates\n"
    assert.matches(says, err, 1, true)
  end)
end)

describe("Weights that were taken away", function()
  it("are said to be, and the run to have ended", function()
    local _, run = place(RECIPE)
    local folder = run_folder(run)
    os.remove(folder .. "/weights.safetensors")
    local code, _, err = run("eval " .. folder)
    assert.equal(1, code)
    assert.equal("lrrun: " .. folder .. "/weights.safetensors is missing: the run has ended, so it "
      .. "was taken away; put a copy there, or train again\n", err)
  end)
end)

describe("lrrun search", function()
  it("says before any trial that --freeze cannot be written", function()
    local folder, run = place(RECIPE:gsub("0%.1", "search.uniform(0, 1)"))
    local code, out, err = run "search %s/r.lua --out %s/runs --freeze /proc/x.lua"
    assert.same({ 2, "" }, { code, out })
    assert.matches("^lrrun: %-%-freeze /proc/x%.lua: cannot write [^\n]+\n$", err)
    assert.is_nil(io.open(folder .. "/runs/r-study/study.json"))
  end)
end)
