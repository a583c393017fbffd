-- The program as its user meets it: run as a process of its own.
local json = require "lrrun.record.json"
local program = require "support.program"

local run = program.run

describe("the program", function()
  it("tells its version and Lua's, in a few milliseconds", function()
    local code, out = run "--version"
    assert.equal(0, code)
    assert.matches("^lrrun %d+%.%d+%.%d+ %(Lua 5%.4", out)
  end)

  it("loads for a script none of what trains and what writes runs, until it asks", function()
    local code, out = program.recipe(finally, [[
      local names = {}
      for name in pairs(package.loaded) do
        names[#names + 1] = name:match "^lrrun%.(.*)"
      end
      print(table.concat(names, " "))]], "--trusted")
    assert.equal(0, code)
    assert.matches("language", out)
    for _, layer in ipairs { "runs.folder", "train", "study", "search", "nn", "data", "metrics" } do
      assert.is_nil((" " .. out):find("[ .]" .. layer .. "%f[%W]"), layer)
    end
    local _, count = out:gsub("%S+", "")
    assert.is_true(count < 60, count)
  end)

  it("names the nearest verb or flag, with exit code 2", function()
    local code, out, err = run "serach x.lua"
    assert.equal(2, code)
    assert.equal("", out)
    assert.matches("^lrrun: unknown verb 'serach'; did you mean 'search'%?", err)
    code, out, err = run "run x.lua --epoks 3"
    assert.equal("", out)
    assert.equal(2, code)
    assert.matches("unknown flag '%-%-epoks'; did you mean '%-%-epochs'%?", err)
  end)

  it("says what is wrong with a command line, with exit code 2", function()
    local CASES = {
      ["no.lua"] = "no such recipe file: no.lua",
      ["tests"] = "unknown verb 'tests'", ["./tests"] = "is a folder",
      ["run"] = "usage: lrrun run RECIPE", ["run a.lua b.lua"] = "unexpected argument 'b.lua'",
      ["--seed x a.lua"] = "%-%-seed takes an integer, got 'x'", ["a.lua --seed"] = "wants a value",
      ["--threads 0 a.lua"] = "above 0", ["plan a.lua --trials 3"] = "'plan' takes no %-%-trials",
      ["--quiet=1 a.lua"] = "takes no value", ["-z"] = "unknown flag '%-z'",
      ["help nosuchthing"] = "no help on 'nosuchthing'",
      ["help sandbx"] = "no help on 'sandbx'; did you mean 'sandbox'%?",
    }
    for words, text in pairs(CASES) do
      local code, _, err = run(words)
      assert.equal(2, code, words)
      assert.matches(text, err)
    end
  end)

  it("takes flags before the verb, with = and after a script's --", function()
    local code, out = program.recipe(finally, "print(arg[1], math.random(1000))",
      "--seed=5 --quiet", nil)
    assert.equal(0, code)
    local _, again = program.recipe(finally, "print(arg[1], math.random(1000))", "--seed 5")
    assert.equal(out, again)
  end)

  it("puts an error of a recipe in one line with its place, exit code 1", function()
    local code, _, err = program.recipe(finally, "local a = 1\nnn.linear { unts = 3 }")
    assert.equal(1, code)
    assert.matches("^lrrun: [^\n]*r%.lua:2: nn%.linear: unknown key 'unts'; did you mean 'units'",
      err)
    assert.equal(1, select(2, err:gsub("\n", "")))
    code, _, err = program.recipe(finally, "x = = 1")
    assert.equal(1, code)
    assert.matches("r%.lua:1: unexpected symbol", err)
  end)

  it("shows where inside lrrun an error arose only when asked", function()
    local _, _, err = program.recipe(finally, "nn.linear {}", "-v")
    assert.matches("stack traceback", err)
  end)

  it("keeps stdout for one JSON document with --json", function()
    local code, out, err = run "data --json"
    assert.equal(0, code)
    assert.equal("digits", json.decode(out).sets[1].name)
    assert.matches("digits", err)
    code, out = run "data mnist --json"
    assert.equal(0, code)
    assert.equal(4, #json.decode(out).files)
    code, out, err = program.recipe(finally, "print 'x'", "--json")
    assert.equal(0, code)
    assert.same({ runs = {} }, json.decode(out))
    assert.equal("x\n", err)
  end)

  it("uses no colours when it writes to a file", function()
    local _, out = run "help"
    assert.is_nil(out:find("\27", 1, true))
  end)

  it("helps on every verb", function()
    for _, verb in ipairs(require "lrrun.cli.verbs".names()) do
      local code, out = run("help " .. verb)
      assert.equal(0, code)
      assert.matches("^lrrun " .. verb:gsub("%-", "%%-"), out)
    end
    local code, out = run "--help"
    assert.equal(0, code)
    assert.matches("lrrun RECIPE", out)
  end)

  it("reads a recipe behind the mark of UTF-8 that some editors write", function()
    local code, out, err = program.recipe(finally, "\xef\xbb\xbf#!/usr/bin/env lrrun\nprint(1)")
    assert.equal(0, code, err)
    assert.equal("1\n", out)
  end)

  it("helps on modules, constructors, keys and flags", function()
    for topic, text in pairs {
      memory = "%-%-memory SIZE is a flag of every verb[^\n]*\n.*lrrun help limits",
      sandbox = "require", via = "is a flag of lrrun extend", quiet = "prints no progress",
      nn = "nn%.linear", ["nn.dropout"] = "rate", linear = "nn%.linear",
      weight_decay = "optim%.adamw",
    } do
      local code, out = run("help " .. topic)
      assert.equal(0, code, topic)
      assert.matches(text, out)
    end
  end)

  it("reports that it cannot write", function()
    local code, _, err = run("data --json", "sh -c 'exec \"$@\" >/dev/full' sh")
    assert.equal(1, code)
    assert.matches("cannot write", err)
  end)

  it("leaves no empty folder for runs where a script made none", function()
    local folder, file = program.folder(finally), require "lrrun.native.file"
    local TRAINS = [[train.fit(recipe { data = data.random { n = 20, classes = 2, shape = { 2 } },
      model = nn.sequential { nn.linear(2) }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1,
      loss = nn.cross_entropy() }, { record = ]]
    program.write(folder .. "/none.lua", TRAINS .. "false, quiet = true })")
    program.write(folder .. "/one.lua", TRAINS .. "true, quiet = true })")
    program.write(folder .. "/wrong.lua", "local x = ")
    program.write(folder .. "/mine.lua", "return 1")
    assert(file.mkdir(folder .. "/kept"))
    for words, code in pairs { ["none.lua"] = 0, ["wrong.lua"] = 1, ["none.lua --out a/b//c/"] = 0,
      ["none.lua --out kept/new"] = 0, ["none.lua --out kept"] = 0 } do
      assert.equal(code, (program.run_in(folder, words)), words)
    end
    assert.is_nil(file.kind(folder .. "/runs"))
    assert.is_nil(file.kind(folder .. "/a"))
    assert.same({}, file.list(folder .. "/kept")) -- of before: it stays
    assert.equal(0, (program.run_in(folder, "one.lua --out a/b")))
    assert.equal("dir", file.kind(folder .. "/a/b/one-1"))
  end)

  it("leaves the folder for runs to another process that makes its own there", function()
    local folder, file = program.folder(finally), require "lrrun.native.file"
    program.write(folder .. "/r.lua", "while true do end")
    local line = [[D/r.lua --out D/runs --lua-seconds 0.3 >/dev/null 2>&1 & i=0
      while [ ! -d D/runs ] && [ $i -lt 500 ]; do sleep 0.01; i=$((i + 1)); done
      exec 9<D/runs; flock -s 9; wait $!; echo "ended $?"]]
    local _, out = program.run((line:gsub("D", folder)))
    assert.equal("ended 1\n", out)
    assert.equal("dir", file.kind(folder .. "/runs"))
  end)

  it("stops a script on Ctrl-C with exit code 130, on SIGTERM with 143", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", "while true do end")
    for signal, want in pairs { INT = 130, TERM = 143 } do
      local code = run(("--lua-seconds 20 --out %s/runs %s/r.lua"):format(folder, folder),
        ("timeout --preserve-status -s %s 0.2"):format(signal))
      assert.equal(want, code)
    end
  end)
end)

describe("a recipe's language", function()
  it("knows a misspelt name", function()
    local _, _, err = program.recipe(finally, "return nn.lineer(3)")
    assert.matches("r%.lua:1: nn has no 'lineer'; did you mean 'linear'%?", err)
    _, _, err = program.recipe(finally, "\nlocal x = shedule.cosine()")
    assert.matches("r%.lua:2: unknown name 'shedule'; did you mean 'schedule'%?", err)
    _, _, err = program.recipe(finally, "print(os.time())")
    assert.matches("'os' is not there in a recipe %(lrrun %-%-trusted gives it back%)", err)
  end)

  it("gives keys in the same order in every process, and shows no addresses", function()
    local text = [[
      local t = {}
      for i = 1, 50 do t["k" .. i * 7 % 51] = i end
      t[2], t[1], t[1.5] = "b", "a", "c"
      for k, v in pairs(t) do print(k, v) end
      print(next(t), {}, print, math.random(), coroutine.create(print), 3 * epochs)]]
    local code, first = program.recipe(finally, text)
    assert.equal(0, code)
    assert.matches("^1\ta\n1.5\tc\n2\tb\nk1\t", first)
    assert.matches("table\tfunction\t[%d.]+\tthread\t3 epochs\n$", first)
    for _ = 1, 3 do
      local _, again = program.recipe(finally, text)
      assert.equal(first, again)
    end
  end)

  it("requires its modules and files beside the recipe, each once", function()
    local folder = program.folder(finally)
    program.write(folder .. "/part.lua", "print 'once' return { width = 3, nn = nn ~= nil }")
    program.write(folder .. "/r.lua", [[
      local part = require "part"
      assert(require "part" == part and part.width == 3 and part.nn)
      assert(require "nn" == nn and require "schedule" == schedule)
      print(pcall(require, "nosuch"))]])
    local code, out = run(("--out %s/runs %s/r.lua"):format(folder, folder))
    assert.equal(0, code)
    assert.matches("^once\nfalse\t[^\n]*no module 'nosuch'", out)
  end)

  it("gives all libraries back to a trusted script", function()
    local code, out = program.recipe(finally, "print(os.getenv 'HOME' ~= nil, nn.linear(3).kind)",
      "--trusted")
    assert.equal(0, code)
    assert.equal("true\tnn.linear\n", out)
  end)

  it("protects its modules and values", function()
    local code, out = program.recipe(finally, [[
      print(pcall(function() nn.linear = 1 end))
      print(pcall(setmetatable, nn.linear(3), {}))
      print(getmetatable "", getmetatable(nn.linear(3)), getmetatable {})
      local mt = { __index = { x = 1 } }
      assert(getmetatable(setmetatable({}, mt)) == mt)]])
    assert.equal(0, code)
    assert.matches("modules are read%-only", out)
    assert.matches("metatable is protected", out)
    assert.matches("false\tfalse\tnil", out)
  end)

  it("tells in help of a verb the flags that it takes, and no others", function()
    local _, of_run = program.run "help run"
    local _, of_resume = program.run "help resume"
    for _, name in ipairs { "--set", "--seed", "--epochs", "--portable", "--precision" } do
      assert.is_truthy(of_run:find(name .. " ", 1, true), name)
      assert.is_nil(of_resume:find(name .. " ", 1, true), name)
    end
    assert.is_truthy(of_resume:find("--threads", 1, true))
  end)
end)
