-- Who may do what: trusted files, --sandbox, --allow-read and --allow-write.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"

local FULL = "print(io and 'full' or 'kept')"

-- A folder with r.lua in it, and a function that runs lrrun with its state there.
local function place(text)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text or FULL)
  return folder, function(words, before)
    local code, out, err = program.run((words:gsub("%%s", folder)),
      ("XDG_STATE_HOME=%s/state %s"):format(folder, before or ""))
    return code, out, err
  end
end

local KEPT = "'io' is not there in a recipe"

describe("lrrun trust", function()
  it("lets a file run without the sandbox, until it changes", function()
    local folder, run = place()
    local code, _, err = run "%s/r.lua --out %s/runs"
    assert.equal(1, code)
    assert.matches(KEPT, err)
    local out
    code, out = run "trust %s/r.lua"
    assert.equal(0, code)
    assert.matches("is trusted as it is now %(SHA%-256 %x+%)", out)
    assert.matches("all of Lua's libraries", out)
    assert.truthy(select(2, run "help trust"):find(out:match "\n(.*)", 1, true))
    code, out, err = run "%s/r.lua --out %s/runs"
    assert.same({ 0, "full\n" }, { code, out }, err)
    program.write(folder .. "/r.lua", FULL .. " ")
    code, out, err = run "%s/r.lua --out %s/runs"
    assert.equal(1, code)
    assert.equal("", out)
    assert.matches("r%.lua has changed since it was trusted and runs in the sandbox "
      .. "%(lrrun trust [^)]*r%.lua%)", err)
    run "trust %s/r.lua"
    assert.equal("full\n", select(2, run "%s/r.lua --out %s/runs"))
  end)

  it("trusts a file in its place: no copy of it, and no run that has its text", function()
    local folder, run = place()
    run "trust %s/r.lua"
    os.execute(("mkdir %s/b; cp %s/r.lua %s/b/r.lua"):format(folder, folder, folder))
    assert.equal(1, (run "%s/b/r.lua --out %s/runs"))
    os.execute(("ln -s %s/r.lua %s/b/link.lua"):format(folder, folder))
    assert.equal(0, (run "%s/b/link.lua --out %s/runs"))
  end)

  it("lists what is trusted and takes it back", function()
    local folder, run = place()
    local _, out = run "trust --list"
    assert.matches("^no file is trusted", out)
    run "trust %s/r.lua"
    program.write(folder .. "/b.lua", "x")
    run "trust %s/b.lua"
    program.write(folder .. "/b.lua", "y")
    _, out = run "trust --list --json"
    local list = json.decode(out).trusted
    assert.same({ "changed", "trusted" }, { list[1].state, list[2].state })
    assert.matches("/r.lua$", list[2].path)
    os.remove(folder .. "/b.lua")
    _, out = run "trust --list"
    assert.matches("^gone     /%S+/b.lua\ntrusted  /%S+/r.lua\n$", out)
    assert.equal(0, (run "trust --remove %s/b.lua"))
    assert.equal(0, (run "trust --remove %s/r.lua"))
    assert.equal(1, (run "%s/r.lua --out %s/runs"))
    local code, _, err = run "trust --remove %s/r.lua"
    assert.equal(2, code)
    assert.matches("is not trusted", err)
  end)

  it("says what it takes", function()
    local _, run = place()
    for words, text in pairs {
      ["trust"] = "usage: lrrun trust FILE", ["trust %s"] = "it is a folder",
      ["trust %s/no.lua"] = "no such recipe file", ["trust --list %s/r.lua"] = "takes no file",
      ["trust --remove"] = "usage: lrrun trust",
    } do
      local code, _, err = run(words)
      assert.equal(2, code, words)
      assert.matches(text, err)
    end
    local code, _, err = program.run("trust " .. arg[0], "env -u XDG_STATE_HOME -u HOME")
    assert.equal(1, code)
    assert.matches("neither XDG_STATE_HOME nor HOME", err)
  end)

  it("keeps the list where the standard has it, and takes what else stands there", function()
    local folder, run = place()
    run "trust %s/r.lua"
    local list = assert(io.open(folder .. "/state/lrrun/trusted"))
    local text = list:read "a"
    list:close()
    assert.matches("^%x+  /%S+/r.lua\n$", text)
    program.write(folder .. "/state/lrrun/trusted", "\0\n# mine\n12  /x\n" .. text)
    assert.equal(0, (run "%s/r.lua --out %s/runs"))
  end)
end)

describe("--sandbox", function()
  it("is strict, required or off", function()
    local _, run = place()
    assert.equal("full\n", select(2, run "--sandbox=off %s/r.lua"))
    assert.equal("full\n", select(2, run "--trusted --sandbox=off %s/r.lua"))
    for _, mode in ipairs { "strict", "require" } do
      local code, _, err = run("--sandbox=" .. mode .. " %s/r.lua --out %s/runs")
      assert.equal(1, code)
      assert.matches(KEPT, err)
    end
  end)

  it("goes before the trust in a file", function()
    local _, run = place()
    run "trust %s/r.lua"
    assert.equal(1, (run "--sandbox=strict %s/r.lua --out %s/runs"))
  end)

  it("takes no other word, and not its opposite", function()
    local _, run = place()
    local code, _, err = run "--sandbox=strcit %s/r.lua"
    assert.equal(2, code)
    assert.matches("%-%-sandbox takes strict, require or off, got 'strcit'; did you mean 'strict'",
      err)
    code, _, err = run "--sandbox=require --trusted %s/r.lua"
    assert.equal(2, code)
    assert.matches("does not go with %-%-sandbox=require", err)
  end)
end)

describe("A kernel without Landlock", function()
  local LACKS = "this kernel guards no files (Landlock, Linux 5.13 and later)"

  it("is an error under --sandbox=require, before anything of the recipe runs", function()
    local _, run = place "print 'ran'"
    local code, out, err = run("--sandbox=require %s/r.lua --out %s/runs",
      "LRRUN_FAULT=landlock:0:sticky")
    assert.equal(2, code, err)
    assert.equal("", out)
    assert.matches("--sandbox=require: " .. LACKS, err, 1, true)
    assert.matches("--sandbox=strict goes on without", err, 1, true)
  end)

  it("is a warning else, and what is closed stays closed", function()
    local _, run = place()
    local code, _, err = run("%s/r.lua --out %s/runs", "LRRUN_FAULT=landlock:0:sticky")
    assert.equal(1, code)
    assert.matches("lrrun: warning: " .. LACKS, err, 1, true)
    assert.matches(KEPT, err)
  end)
end)

describe("--allow-read", function()
  local READS = [[
    local d = data.csv { option("file", ""), target = "y", val = 0.25 }
    return recipe { data = d, model = nn.linear(2), epochs = 1, optimizer = optim.sgd { lr =
      search.choice { 0.1, 0.2 } } }]]

  local function table_of(folder)
    os.execute("mkdir " .. folder .. "/rows " .. folder .. "/own")
    os.execute(("mv %s/r.lua %s/own/r.lua"):format(folder, folder))
    local lines = { "x,y" }
    for i = 1, 40 do
      lines[#lines + 1] = ("%d,%s"):format(i, i % 2 == 0 and "a" or "b")
    end
    program.write(folder .. "/rows/t.csv", table.concat(lines, "\n") .. "\n")
  end

  it("opens a folder to a recipe, in every verb that runs it", function()
    local folder, run = place(READS)
    table_of(folder)
    local more = " --quiet --out %s/runs --set file=%s/rows/t.csv"
    local code, _, err = run("%s/own/r.lua" .. more)
    assert.equal(1, code)
    assert.matches("/rows/t%.csv is closed to recipes, .*%-%-allow%-read=/%S*/rows opens it", err)
    more = more .. " --allow-read=%s/rows"
    for _, words in ipairs { "run", "plan", "verify-resume", "search --trials 2 --jobs 2" } do
      code, _, err = run(words .. " %s/own/r.lua" .. more)
      assert.equal(0, code, words .. ": " .. err)
    end
    for _, verb in ipairs { "eval", "resume" } do
      assert.equal(0, (run(verb .. " %s/runs/r-1 --quiet --allow-read=%s/rows")), verb)
      code, _, err = run(verb .. " %s/runs/r-1 --quiet")
      assert.truthy(code == 0 or err:find("--allow-read=", 1, true), err)
    end
  end)

  it("opens a single file, and refuses one that is not there", function()
    local folder, run = place(READS)
    table_of(folder)
    assert.equal(0, (run("plan %s/own/r.lua --set file=%s/rows/t.csv --allow-read=%s/rows/t.csv")))
    for _, flag in ipairs { "--allow-read=%s/none", "--allow-write=%s/rows/t.csv" } do
      local code, _, err = run("plan %s/own/r.lua " .. flag)
      assert.equal(2, code)
      assert.matches("there is no such folder", err)
    end
  end)
end)

describe("--allow-write", function()
  it("lets search.run keep its study there, and nothing else", function()
    local folder, run = place [[search.run(recipe { data = data.spirals { n = 60 }, epochs = 1,
      model = nn.linear(3), loss = nn.cross_entropy(),
      optimizer = optim.sgd { lr = search.uniform(0.1, 1) } },
      { trials = 1, strategy = "random", quiet = true, out = option("to", "") })]]
    os.execute(("mkdir %s/open %s/shut"):format(folder, folder))
    local code, _, err = run "%s/r.lua --out %s/runs --set to=%s/open/studies --allow-write=%s/open"
    assert.equal(0, code, err)
    assert.equal("file", file.kind(folder .. "/open/studies/r-study/journal.log"))
    for _, allowed in ipairs { "", " --allow-write=%s/open", " --allow-read=%s/shut" } do
      code, _, err = run("%s/r.lua --out %s/runs --set to=%s/shut/studies" .. allowed)
      assert.equal(1, code, err)
      assert.matches("r%.lua:1: search%.run: cannot make folder .*%-%-allow%-write=DIR opens", err)
      assert.same({}, file.list(folder .. "/shut"))
    end
  end)
end)
