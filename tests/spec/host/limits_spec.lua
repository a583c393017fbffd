local program = require "support.program"

-- Runs a script with flags, under a time that no limit of these may come near.
local function run(script, flags, verb)
  return program.recipe(finally, script, "--lua-seconds 20 " .. (flags or ""),
    "timeout -s KILL 60", verb)
end

local function refused(flag, code, script, flags)
  local got, out, err = run(script, flags)
  assert.equal(code, got, err)
  assert.matches(flag, err, 1, true)
  assert.is_nil(err:find("lrrun:lrrun/", 1, true), err)
  assert.is_true(#err < 3000)
  return err, out
end

local NETWORK = [[
  local function of(t)
    return recipe { data = data.spirals { n = 60 }, model = nn.sequential { nn.linear(4),
      nn.linear(3) }, loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 },
      epochs = not t.steps and (t.epochs or 1) or nil, steps = t.steps,
      checkpoint = t.checkpoint, metrics = t.metrics }
  end
]]

-- name -> { script, what it was for }: objects that a recipe keeps, each seen by the collector
-- as a few bytes.
local KEPT = {
  tensors = { "k[#k + 1] = tensor.new { 262000 }", "a tensor's values" },
  ["small tensors"] = { "k[#k + 1] = tensor.new { 1000 }", "no memory for" },
  models = { "k[#k + 1] = nn.linear(1000):build({ 1000 })", "no memory for" },
  plans = { "local m = nn.linear(10):build({ 10 }) m:plan(50000) k[#k + 1] = m", "batch" },
  ["data sets"] = { "k[#k + 1] = data.random { shape = { 1000 }, classes = 2, n = 1000 }:open()",
    "the data" },
  ["trained runs"] = { [[local _, run = train.fit(recipe {
      data = data.random { shape = { 1000 }, classes = 3, n = 100 },
      model = nn.sequential { nn.linear(1000), nn.linear(3) }, optimizer = optim.adam { lr = 0.1 },
      epochs = 1 }, { record = false, quiet = true })
    k[#k + 1] = run]], "no memory for" },
}

describe("--memory", function()
  for name, case in pairs(KEPT) do
    it("ends a recipe that keeps " .. name, function()
      local err = refused("(--memory)", 4, "local k = {} while true do " .. case[1] .. " end",
        "--memory 40M --threads 2")
      assert.matches(case[2], err, 1, true)
      assert.matches("r%.lua:%d+: ", err)
    end)
  end

  it("collects what only garbage keeps before it refuses anything", function()
    local code, out, err = run([[
      for i = 1, 300 do
        local t = tensor.new { 262000 }
        if i % 20 == 0 then nn.linear(1000):build({ 1000 }) end
      end
      print "done"]], "--memory 64M")
    assert.equal(0, code, err)
    assert.equal("done\n", out)
  end)

  it("collects in coroutines and in metamethods of ..", function()
    local code, out, err = run([[
      local function many(n) for _ = 1, n do tensor.new { 262000 } end end
      local mt = { __concat = function(a, b) many(4) return a end }
      local co = coroutine.wrap(function()
        for i = 1, 5 do
          many(100)
          local a = setmetatable({}, mt)
          local c = a .. a .. a .. a
          coroutine.yield(i)
        end
      end)
      for i = 1, 5 do assert(co() == i) end
      print "done"]], "--memory 128M")
    assert.equal(0, code, err)
    assert.equal("done\n", out)
  end)

  it("is met in the middle of nothing: no pcall goes on", function()
    local err, out = refused("(--memory)", 4, [[
      for i = 1, 1e9 do
        pcall(tensor.new, { 100000000 })
        print(i)
      end]], "--memory 100M")
    assert.equal("", out)
    assert.matches("381 MB asked for", err)
  end)

  it("says what a smaller batch would do", function()
    refused("a smaller batch takes less", 4, [[
      nn.sequential { nn.linear(1000), nn.linear(3) }:build({ 100 }):plan(1 << 24)]],
      "--memory 200M")
  end)

  it("holds for Lua's values too", function()
    local err = refused("(--memory)", 4, "local t = {} for i = 1, 1e9 do t[i] = { i } end",
      "--memory 60M")
    assert.matches("Lua values", err)
  end)

  it("holds for trusted scripts", function()
    refused("(--memory)", 4, "local k = {} while true do k[#k + 1] = tensor.new { 262000 } end",
      "--memory 100M --trusted")
  end)

  it("refuses sizes that are no sizes", function()
    for text, words in pairs { ["2 2"] = "a size", x = "a size", ["-2G"] = "a size",
      ["2Q"] = "a size", ["0M"] = "a size from 1 byte" } do
      local code, _, err = program.run("run x.lua --memory=" .. program.quote(text))
      assert.equal(2, code)
      assert.matches("--memory takes " .. words, err, 1, true)
    end
  end)
end)

describe("a size", function()
  local limits = require "lrrun.limits"

  it("has a unit, a power of 1024", function()
    for text, bytes in pairs { ["2G"] = 2 << 30, ["500M"] = 500 << 20, ["512 MB"] = 512 << 20,
      ["1.5 GiB"] = 3 << 29, ["7k"] = 7 << 10, ["9B"] = 9, ["1T"] = 1 << 40 } do
      assert.equal(bytes, (limits.parse(text)))
    end
    assert.equal(64 << 20, (limits.parse "64"))
    for _, text in ipairs { "", "G", "1e9", "1 G B", "2GG", "0x10M", "9999999T" } do
      assert.is_nil((limits.parse(text)))
    end
  end)
end)

describe("--disk", function()
  it("ends a run whose checkpoints fill it, and resume goes on with more", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", NETWORK .. [[return of { steps = 100,
      checkpoint = { every = 1*steps, keep = 1 << 40 } }]])
    local code, _, err = program.run(("--out %s/runs --disk 200K %s/r.lua"):format(folder, folder))
    assert.equal(1, code, err)
    assert.matches("more than 200 KB would have been written %(%-%-disk%)", err)
    local place = folder .. "/runs/r-1"
    code, _, err = program.run(("resume %s"):format(place))
    assert.equal(1, code, "the record says 200K\n" .. err)
    assert.matches("(--disk)", err, 1, true)
    code, _, err = program.run(("resume --disk 1G --quiet %s"):format(place))
    assert.equal(0, code, err)
  end)

  it("counts all runs of a script", function()
    local err = refused("(--disk)", 1, NETWORK .. [[
      while true do train.fit(of {}, { quiet = true }) end]], "--disk 60K")
    assert.matches("60.0 KB", err)
  end)

  it("counts event files and metrics", function()
    refused("(--disk)", 1, NETWORK .. [[return of { epochs = 1 << 40,
      metrics = { "tensorboard", "grad_norms" } }]], "--disk 50K --log 1K")
  end)

  it("does not count what was replaced or removed", function()
    local code, _, err = run(NETWORK .. [[return of { steps = 60,
      checkpoint = { every = 1*steps, keep = 1 } }]], "--disk 100K --quiet")
    assert.equal(0, code, err)
  end)

  it("cannot be caught", function()
    local _, out = refused("(--disk)", 1, NETWORK .. [[
      while true do
        local ok, why = pcall(train.fit, of {}, { quiet = true })
        if not ok then print("went on", why) end
      end]], "--disk 60K")
    assert.is_nil(out:find("went on", 1, true))
  end)
end)

describe("--files", function()
  it("ends a script that makes run after run", function()
    local err = refused("(--files)", 1, NETWORK .. [[
      while true do train.fit(of {}, { quiet = true }) end]], "--files 60")
    assert.matches("more than 60 files and folders", err)
  end)

  it("counts what is made and never what is read: three are too few for a run, and said", function()
    refused("(--files)", 1, NETWORK .. "return of {}", "--files 3")
  end)
end)

describe("Files that may be open at once", function()
  it("are counted where there are too few, with what could not be opened", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", NETWORK .. "return of {}")
    local code, out, err = program.run_in(folder, "r.lua --quiet --threads 1",
      "LRRUN_FAULT=open:9:EMFILE:sticky")
    assert.equal(1, code, out .. err)
    assert.matches("^lrrun: cannot [%l ]+ [^\n]*runs/[^\n]*: %d+ at most are open at once %(the "
      .. "lesser of ulimit %-n and lrrun's own bound%): Too many open files\n$", err)
  end)
end)

describe("--log", function()
  it("drops what a script prints above it, in words, and the script goes on", function()
    local code, out, err = run([[
      print(("x"):rep(3000000))
      for i = 1, 1000 do print(i) end]], "--log 1M")
    assert.equal(0, code, err)
    assert.equal((1 << 20) + 1, #out)
    assert.matches("more than 1M of text (--log)", err, 1, true)
    assert.equal(1, select(2, err:gsub("%-%-log", "")))
  end)

  it("leaves the answer of the verb whole", function()
    local code, out, err = run(NETWORK .. "return of { epochs = 50 }", "--log 1K --json")
    assert.equal(0, code, err)
    assert.equal("done", require "lrrun.record.json".decode(out).reason)
    assert.is_true(#err < 2500)
  end)

  it("cuts long messages in their middle", function()
    local code, _, err = run [[error(("x"):rep(9000000) .. " end", 0)]]
    assert.equal(1, code)
    assert.is_true(#err < 9000)
    assert.matches("%.%.%..* end %(shortened from 9000004 bytes%)\n$", err)
  end)
end)

describe("the limits of Lua", function()
  -- Needs 30 MB of Lua memory for each of MANY.
  local HUNGRY = NETWORK .. [[
    local keep = {}
    for i = 1, MANY do keep[i] = ("x"):rep(30000000) .. i end
    return of {}]]

  it("reach every verb that runs the recipe again", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (HUNGRY:gsub("MANY", 2)))
    local place = folder .. "/runs/r-1"
    local code, _, err = program.run(("--out %s/runs --quiet %s/r.lua"):format(folder, folder))
    assert.equal(0, code, err)
    for _, verb in ipairs { "eval " .. place, "extend --epochs +1 --via stretch " .. place,
      "plan " .. folder .. "/r.lua" } do
      code, _, err = program.run("--lua-memory 20 " .. verb)
      assert.equal(4, code, verb)
      assert.matches("(--lua-memory)", err, 1, true)
    end
  end)

  it("are those of the run, unless a flag says otherwise", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (HUNGRY:gsub("MANY", 9)))
    local place = folder .. "/runs/r-1"
    local function lrrun(words)
      return program.run(words .. " " .. place)
    end
    local code, _, err = program.run(("--out %s/runs --lua-memory 400M --quiet %s/r.lua")
      :format(folder, folder))
    assert.equal(0, code, err)
    local settings = require "lrrun.runs.folder".settings(place)
    assert.same({ lua_memory = 400 << 20 }, settings.limits)
    code, _, err = lrrun "eval"
    assert.equal(0, code, err)
    code, _, err = lrrun "--lua-memory 30M eval"
    assert.equal(4, code, err)
  end)

  it("leave prediction of many rows alone", function()
    local folder = program.folder(finally)
    local rows = { "a,b,c" }
    for i = 1, 60 do
      rows[#rows + 1] = ("%d,%d,%s"):format(i, i * 7 % 11, i % 2 == 0 and "yes" or "no")
    end
    program.write(folder .. "/t.csv", table.concat(rows, "\n") .. "\n")
    program.write(folder .. "/r.lua", [[return recipe { data = data.csv { "t.csv", target = "c" },
      model = nn.linear(2), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }]])
    local many = { "a,b" }
    for i = 1, 20000 do
      many[#many + 1] = ("%d,%d"):format(i, i * 7 % 11)
    end
    program.write(folder .. "/many.csv", table.concat(many, "\n") .. "\n")
    local code, _, err = program.run(("--out %s/runs --quiet %s/r.lua"):format(folder, folder))
    assert.equal(0, code, err)
    local out
    code, out, err = program.run(("--lua-seconds 0.05 --lua-memory 16 predict %s/runs/r-1 "
      .. "--input %s/many.csv"):format(folder, folder))
    assert.equal(0, code, err)
    assert.equal(20000, select(2, out:gsub("\n", "")))
  end)
end)

describe("counts without end", function()
  it("are refused, or end with the recipe's time", function()
    for script, words in pairs {
      ["local s = schedule.cosine {} for i = 1, 300000 do s = 0.5 * s end"] = "100 levels",
      ["local s = schedule.cosine {} for i = 1, 60 do s = s * s end"] = "parts",
      ["local m = nn.relu() for i = 1, 60 do m = nn.sequential { m, m } end"] = "parts",
      ["local m = nn.relu() for i = 1, 1e6 do m = nn.sequential { m } end"] = "100 levels",
      ["local l, m = {}, nn.relu() for i = 1, 70000 do l[i] = m end nn.sequential(l)"]
        = "70001 parts",
      [NETWORK .. "train.range(of {}, { n = 1 << 40 })"] = "100000",
      ["data.random { shape = { 1000 }, classes = 2, n = 1 << 40 }:open()"] = "2147483647",
    } do
      local code, _, err = run(script)
      assert.equal(1, code, script .. "\n" .. err)
      assert.matches(words, err, 1, true)
    end
  end)
end)

describe("lrrun help limits", function()
  it("names each with its default and what happens", function()
    local code, out = program.run "help limits"
    assert.equal(0, code)
    for _, item in ipairs(require "lrrun.limits".list) do
      assert.matches("--" .. item[1] .. " " .. item[2] .. " (default: " .. item.shown, out, 1, true)
    end
    assert.equal(#require "lrrun.limits".list, select(2, out:gsub("\n    then:", "")))
  end)
end)

local SANITIZED = program.sanitized()

describe("A small address space", function()
  -- OpenBLAS asks for its buffers for ever where there is no room for them.
  for kilobytes, want in pairs { [65000] = "48 MB", [150000] = "129 MB", [330000] = "2 threads" } do
    it(("(ulimit -v %d) is said in a line, and nothing waits"):format(kilobytes), function()
      if SANITIZED then
        return pending "this build needs more addresses for itself"
      end
      local script = "train.fit(recipe { data = data.spirals { n = 60 }, epochs = 1,"
        .. " model = nn.linear(3), loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 } })"
      local code, _, err = program.recipe(finally, script, "--threads 2",
        ("ulimit -v %d; timeout -s KILL 20"):format(kilobytes))
      assert.equal(4, code, err)
      assert.matches("^lrrun: [^\n]*no room for OpenBLAS[^\n]*%(.*ulimit %-v%)\n$", err)
      assert.matches(want, err, 1, true)
    end)
  end

  -- While OpenBLAS is opened, Lua may be the one who finds no room.
  it("is what is said to be short, whoever meets its end", function()
    if SANITIZED then
      return pending "this build needs more addresses for itself"
    end
    for kilobytes = 59400, 61000, 100 do
      local code, _, err = program.recipe(finally, "return recipe { data = data.digits {},"
        .. " model = nn.linear(10), loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 },"
        .. " epochs = 1 }", "--threads 2", ("ulimit -v %d; timeout -s KILL 20"):format(kilobytes))
      assert.equal(4, code, err)
      assert.matches("^lrrun: no [^\n]*ulimit %-v%)\n$", err)
    end
  end)
end)
