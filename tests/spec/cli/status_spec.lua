-- Exit statuses: the table of cli/status.lua, as the program ends, and as README and help say.

local program = require "support.program"
local status = require "lrrun.cli.status"

local RECIPE = "return recipe { data = data.spirals { n = 60 }, model = nn.sequential { "
  .. "nn.linear(4), nn.linear(3) }, loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 }, "
  .. "epochs = 1 }"

local function folder_with(names)
  local folder = program.folder(finally)
  for name, text in pairs(names) do
    program.write(folder .. "/" .. name, text)
  end
  return folder
end

-- Exit code and stdout of a script for bash.
local function bash(text)
  local pipe = assert(io.popen("bash -c " .. program.quote(text)))
  local out = pipe:read "a"
  local _, _, code = pipe:close()
  return code, out
end

local function one_line(err)
  assert.matches("^lrrun: [^\n]+\n$", err)
end

describe("exit statuses", function()
  it("are those of the README and of help", function()
    local readme = assert(io.open("README.md")):read "a"
    local _, help = program.run "help"
    for _, row in ipairs(status.list) do
      local number = tostring(row[1]):gsub("%p", " %%%0")
      assert.matches(("\n| [%%d, ]*%s[%%dn, ]* |"):format(number), readme)
      assert.matches(("\n  %-4s "):format(row[1]) .. row[2]:sub(1, 20), help, 1, true)
    end
  end)

  it("are 2 with one line for what is not there or is something else, which is named", function()
    local folder = folder_with { ["r.lua"] = RECIPE, ["wine.csv"] = "a,b\n1,2\n",
      ["x.yaml"] = "a: 1\n", ["b.bin"] = "\0\1" }
    local cases = {
      { "eval %s/none", "no such run folder" }, { "resume %s", "is no run folder: it is a folder" },
      { "predict %s/none --input %s/wine.csv", "no such run folder" },
      { "report %s/none", "no such run folder or experiment file" },
      { "compare %s/r.lua", "is no experiment file: it is a recipe; lrrun [^\n]*r.lua trains it" },
      { "diff %s/none %s/none", "no such run folder" }, { "pack %s/none", "no such run folder" },
      { "extend %s/none --via rewarm --epochs +1", "no such run folder" },
      { "replay %s/none", "no such experiment file" },
      { "replay %s/r.lua", "is no experiment file: it is a recipe; lrrun [^\n]*r.lua trains it" },
      { "replay '%s#3'", "is no study's folder" }, { "%s/wine.csv", "it is a table of data" },
      { "%s/x.yaml", "it is an experiment file; lrrun replay" }, { "%s/b.bin", "a binary file" },
      { "%s/q.lua", "no such recipe file: [^\n]*; did you mean '[^\n]*/r.lua'?" },
      { "%s/r.lua --data %s/none", "%-%-data [^\n]*: there is no such folder" },
      { "%s/r.lua --out %s/x.yaml", "%-%-out [^\n]*, want a folder" },
      { "search %s/r.lua --pruner 'asha{grac = 2}'", "%-%-pruner asha" },
      { "eval %s --split tets", "%-%-split takes [^\n]*; did you mean 'test'" },
      { "extend %s --epochs +1 --via rewarn", "%-%-via takes [^\n]*; did you mean 'rewarm'" },
      { "predict", "usage: lrrun predict RUN %-%-input FILE" },
      { "trian", "unknown verb 'trian'; did you mean 'run'" },
      { "eval ''", "no such run folder: ''" }, { "data mnst", "did you mean 'mnist'%? Known are" },
      { "data %s/none.csv", "no such table file: [^\n]*/none.csv" },
      { "data %s", "is no table file: it is a folder" },
      { "data %s/r.lua", "is no table file: it is a recipe" },
      { "trust %s/wine.csv", "is no recipe file: it is a table of data" },
      { "%s/r.lua --threads 65", "%-%-threads takes at most 64, got 65" },
    }
    for _, case in ipairs(cases) do
      local line = case[1]:gsub("%%s", folder)
      local code, out, err = program.run(line)
      assert.equal(2, code, line .. ": " .. err)
      one_line(err)
      assert.matches(case[2], err)
      assert.equal("", out)
    end
  end)

  it("is 3 for a run that diverged before its first evaluation, whose best is null", function()
    local folder = folder_with { ["r.lua"] = RECIPE }
    local words = "%s/r.lua --set optimizer.lr=1e30 --json --quiet --out %s"
    local code, out = program.run(words:format(folder, folder))
    assert.equal(3, code)
    assert.matches('"reason": "diverged"', out, 1, true)
    assert.matches('\n  "best": null,', out, 1, true)
  end)

  it("are 1 for what --set says, as it is a part of the recipe", function()
    local folder = folder_with { ["r.lua"] = RECIPE }
    for set, says in pairs { foo = "%-%-set foo: want key", ["optimizer.lrr=1"] = "no key 'lrr'",
      ["optimizer.lr=-1"] = "%-%-set optimizer.lr=%-1", ["epochs=x"] = "%-%-set epochs=x: " } do
      local code, out, err = program.run(("%s/r.lua --set %s"):format(folder, set))
      assert.equal(1, code, err)
      one_line(err)
      assert.matches(says, err)
      assert.equal("", out)
    end
  end)

  -- What a verb writes takes the place of what is there, with root's rights also a device's.
  it("are 1 for a file that is no table, and blame no --set that was not given", function()
    local folder = folder_with { ["t.csv"] = "a b y\n1 2 0\n2 3 1\n" }
    local code, _, err = program.run(("data %s/t.csv"):format(folder))
    assert.equal(1, code)
    assert.equal("lrrun: data.csv: no column is left", err:sub(1, 34))
    one_line(err)
  end)

  it("are 2 where -o or --freeze would put away what the verb did not make", function()
    local folder = folder_with { ["r.lua"] = RECIPE, ["wine.csv"] = "a,b\n1,2\n",
      ["s.lua"] = RECIPE:gsub("n = 60", "%0, val = 0.5"):gsub("0%.1", "search.uniform(0, 1)") }
    local function run(words)
      local out = words:find "^report" or words:find "^p[ar]" -- pack, predict: they have -o
      return program.run((out and "" or ("--out %s/runs "):format(folder))
        .. words:gsub("%%s", folder))
    end
    assert(os.execute("mkfifo " .. folder .. "/fifo"))
    assert.equal(0, (run "%s/r.lua --quiet"))
    local kept = { ["r.lua"] = "a recipe", ["wine.csv"] = "a table of data",
      ["runs/r-1/run.yaml"] = "a run's record",
      ["runs/r-1/weights.safetensors"] = "a file of weights" }
    for name, is in pairs(kept) do
      local path = folder .. "/" .. name
      local before = assert(io.open(path, "rb")):read "a"
      for _, verb in ipairs { "report", "pack" } do
        local code, out, err = run(verb .. " %s/runs/r-1 -o " .. path)
        assert.equal(2, code, err)
        one_line(err)
        assert.matches("-o would write over " .. path .. ", which is " .. is, err, 1, true)
        assert.equal("", out)
      end
      assert.equal(before, assert(io.open(path, "rb")):read "a")
    end
    for _, words in ipairs { "report %s/runs/r-1 -o", "pack %s/runs/r-1 -o",
      "search %s/s.lua --trials 1 --freeze" } do
      local code, _, err = run(words .. " %s/fifo")
      assert.equal(2, code, words)
      assert.matches("/fifo is neither a file nor a folder", err, 1, true)
      assert(os.execute(("test -p %s/fifo"):format(folder)))
    end
    -- Where nobody may write, and what nobody can look at.
    assert(os.execute(("ln -s loop %s/loop"):format(folder)))
    for _, words in ipairs { "report %s/runs/r-1 -o", "pack %s/runs/r-1 -o",
      "search %s/s.lua --trials 1 --freeze", "predict %s/runs/r-1 --input %s/wine.csv -o" } do
      local code, _, err = run(words .. " /proc/x.csv")
      assert.equal(2, code, words)
      assert.truthy(err:find("/proc/x.csv: cannot write /proc/x.csv: ", 1, true), err)
    end
    for _, words in ipairs { "report", "report %s/runs/r-1 -o", "%s/r.lua --out", "data",
      "predict %s/runs/r-1 --input", "" } do
      local code, _, err = program.run(((words .. " %s/loop"):gsub("%%s", folder)))
      assert.equal(2, code, words)
      assert.truthy(err:find(folder .. "/loop cannot be looked at: Too many", 1, true), err)
    end
    for _, verb in ipairs { "report", "pack", "predict" } do
      local code, _, err = program.run(("%s %s/runs/r-1 --out %s/x"):format(verb, folder, folder))
      assert.equal(("lrrun: '%s' takes no --out; -o FILE is what it writes (lrrun help %s)\n")
        :format(verb, verb), err)
      assert.equal(2, code)
    end
    for _ = 1, 2 do -- what it made itself it makes again
      assert.equal(0, (run "report %s/runs/r-1 -o %s/r.html"))
      assert.equal(0, (run "pack %s/runs/r-1 -o %s/r.yaml"))
      assert.equal(0, (run "search %s/s.lua --trials 1 --quiet --freeze %s/best.lua"))
    end
  end)

  it("are 1 for a recipe without its return, with the line that makes it", function()
    local made = RECIPE:sub(8)
    local folder = folder_with { ["no.lua"] = "-- a line\n" .. made,
      ["fit.lua"] = "local r = " .. made
      .. "\ntrain.fit(r, { record = false, quiet = true })", ["own.lua"] = "print 'by itself'" }
    for name, fails in pairs { no = true, fit = false, own = false } do
      local code, _, err = program.run(("--out %s/runs %s/%s.lua"):format(folder, folder, name))
      assert.equal(fails and 1 or 0, code, err)
      assert.equal(fails and ("lrrun: %s/no.lua:2: the recipe that is made here is neither "
        .. "returned nor trained, so nothing came of it; want return recipe { ... }\n")
        :format(folder) or "", err)
    end
  end)

  it("never suggest a verb that lrrun starts itself", function()
    for _, word in ipairs { "trial", "tril", "trials" } do
      local _, _, err = program.run(word)
      assert.is_nil(err:find "did you mean 'trial'")
    end
    local _, help = program.run "help"
    assert.is_nil(help:find "lrrun trial")
  end)

  -- The script fills stdout's buffer, so that the file grows once it runs.
  it("are 130 and 143 after an interrupt, also where the script went on", function()
    local begun = "print(('x'):rep(10000))\n"
    local folder = folder_with { ["loop.lua"] = begun
      .. "while true do pcall(function() for j = 1, 1e6 do end end) end",
      ["fit.lua"] = begun .. "local r = " .. RECIPE:sub(8):gsub("epochs = 1", "epochs = 100000")
        .. "\nlocal result = train.fit(r, { record = false, quiet = true })\nprint(result.reason)" }
    for _, name in ipairs { "loop", "fit" } do
      for signal, want in pairs { INT = 130, TERM = 143 } do
        local code, out = bash(([[set -m
          %s --lua-seconds 20 --out %s/runs %s/%s.lua >%s/out 2>/dev/null &
          for i in $(seq 500); do [ -s %s/out ] && break; sleep 0.02; done
          sleep 0.1; kill -%s $!; wait $! 2>/dev/null
          code=$?; set +m; exit $code]]):format(program.path,
          folder, folder, name, folder, folder, signal))
        assert.equal(want, code, name .. " " .. signal .. out)
      end
    end
  end)

  it("are 141 without a word where nobody reads", function()
    local folder = folder_with { ["p.lua"] = "for i = 1, 100000 do print 'xxxxxxxxxxxxxxxxx' end",
      ["q.lua"] = "for i = 1, 3000 do pcall(print, ('x'):rep(100)) end" }
    for _, words in ipairs { folder .. "/p.lua", folder .. "/q.lua" } do
      local code, out = bash(("%s %s 2>%s/err | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}")
        :format(program.path, words, folder))
      assert.equal(141, code, words)
      assert.equal("", out .. assert(io.open(folder .. "/err")):read "a")
    end
  end)

  it("are 1 with one line where stdout is full or closed, 0 without stderr", function()
    local folder = folder_with { ["p.lua"] = "for i = 1, 1000 do print 'xxxxxxxxxxxxxxxxx' end",
      ["r.lua"] = RECIPE }
    for _, words in ipairs { folder .. "/p.lua", "help", "--version",
      ("--out %s/runs %s/r.lua --quiet"):format(folder, folder) } do
      for _, to in ipairs { "/dev/full", "&-" } do
        local code, out = bash(("%s %s 2>&1 >%s"):format(program.path, words, to))
        assert.equal(1, code, words .. to)
        assert.matches("^lrrun: cannot write to stdout: [^\n]+\n$", out, words)
      end
    end
    local code = bash(("%s --out %s/runs %s/r.lua 2>&- >/dev/null"):format(program.path, folder,
      folder))
    assert.equal(0, code)
  end)
end)
