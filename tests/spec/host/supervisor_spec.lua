-- lrrun as two processes: one watches, one works (host/supervisor.h).
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local program = require "support.program"
local studies = require "support.studies"
local sys = require "lrrun.native.sys"

local RECIPE = [[recipe {
  name = "r", data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 0.1 },
  model = nn.sequential { nn.linear(4), nn.linear(3) }, loss = nn.cross_entropy(), epochs = %s }]]
local LONG = "return " .. RECIPE:format "1 << 40"
local FOREVER = "while true do train.fit(" .. RECIPE:format "1"
  .. ", { record = false, quiet = true }) end"

-- A look of the guard that never comes back, as C code that polls nothing.
local HANG = "LRRUN_FAULT=tick:50:HANG"

local until_true = studies.until_true

-- An lrrun on a recipe of this text that has begun: { pid, folder, working }. opts: flags,
-- before = words in front of it, begun() = false until it is where the test wants it.
local function start(finally, text, opts)
  opts = opts or {}
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  local words = table.move(opts.before or {}, 1, #(opts.before or {}), 1, {})
  for _, word in ipairs { program.path, "--quiet", "--out", folder .. "/runs" } do
    words[#words + 1] = word
  end
  table.move(opts.flags or {}, 1, #(opts.flags or {}), #words + 1, words)
  words[#words + 1] = folder .. "/r.lua"
  local pid = process.spawn(words, { stdout = folder .. "/out", stderr = folder .. "/err" })
  local it = { pid = pid, folder = folder, run = folder .. "/runs/r-1" }
  finally(function()
    process.kill(pid, "KILL")
  end)
  it.working = assert(until_true(10, function()
    return program.children(pid)[1]
  end))
  return it
end

-- The same once its run has a log.
local function training(finally, opts)
  local it = start(finally, LONG, opts)
  assert(until_true(10, function()
    return (file.read(it.run .. "/metrics.jsonl") or "") ~= ""
  end))
  return it
end

local function send(signal, to)
  assert(os.execute(("kill -%s %d"):format(signal, to)))
end

-- How it ended, what it said, and how long that took.
local function finish(it)
  local since = sys.now()
  local code = studies.wait(it.pid)
  return code, file.read(it.folder .. "/err"), sys.now() - since
end

-- "R", "S", "T" and so on; nil for one that is gone.
local function state_of(pid)
  local stat = io.open(("/proc/%d/stat"):format(pid))
  local _ <close> = stat
  return stat and stat:read("a"):match "%) (%a)"
end

-- Whether this process ignores a signal: then what it starts does too.
local function is_ignored(number)
  local status <close> = assert(io.open "/proc/self/status")
  local mask = tonumber(status:read("a"):match "SigIgn:%s*(%x+)", 16)
  return mask >> (number - 1) & 1 == 1
end

local function is_gone(pid)
  local state = state_of(pid)
  return state == nil or state == "Z"
end

describe("One Ctrl-C", function()
  for name, text in pairs {
    ["a loop of trainings"] = FOREVER,
    ["a loop of trainings under pcall"] = "while true do pcall(train.fit, "
      .. RECIPE:format "1" .. ", { record = false, quiet = true }) end",
    ["a loop of searches"] = [[while true do pcall(search.minimize, { trials = 1e9,
      strategy = "random", space = { x = search.uniform(0, 1) },
      objective = function() return 1 end }) end]],
    ["a training that always diverges and is put back"] = [[train.fit(recipe { epochs = 1,
      data = data.spirals { n = 60 }, optimizer = optim.sgd { lr = 1e30 },
      loss = nn.cross_entropy(), model = nn.sequential { nn.linear(4), nn.linear(3) },
      on_divergence = { rollback = true, factor = 0.999999, times = 1 << 50 } },
      { quiet = true })]],
    ["trainings in each other's callbacks"] = "local function one() return "
      .. RECIPE:format "1, on = { step = function() train.fit(one(), { quiet = true }) end }"
      .. " end train.fit(one(), { quiet = true })",
    ["trials that all fail"] = [[search.run(recipe { data = data.spirals { n = 60 }, epochs = 1,
      model = nn.linear(3), optimizer = optim.sgd { lr = search.uniform(0.1, 1) },
      loss = nn.cross_entropy(), on = { step = function() error "no" end } },
      { trials = 1 << 40, strategy = "random", quiet = true })]],
    ["a loop of its own"] = [[local m = nn.sequential { nn.linear(3) }:build({ 4 }, { batch = 2 })
      local x = tensor.new({ 2, 4 }, { 1, 2, 3, 4, 5, 6, 7, 8 })
      while true do pcall(m.forward, m, x) end]],
  } do
    for signal, want in pairs { INT = 130, TERM = 143 } do
      it(("(SIG%s) ends %s"):format(signal, name), function()
        local it = start(finally, text, { flags = { "--lua-seconds", "60" } })
        sys.sleep(0.2)
        send(signal, it.pid)
        local code, err, took = finish(it)
        assert.equal(want, code, err)
        assert.is_true(took < 4, ("took %g s: %s"):format(took, err))
        assert.is_nil(err:find("killed", 1, true), err)
      end)
    end
  end

  it("counts once where the terminal gives it to both processes", function()
    local it = training(finally, { before = { "setsid" } })
    send("INT", -it.pid)
    local code, err = finish(it)
    assert.equal(130, code, err)
    local result = json.decode(assert(file.read(it.run .. "/result.json")))
    assert.equal("interrupted", result.reason)
  end)

  it("counts once where timeout(1) sends it twice", function()
    local it = training(finally)
    assert(os.execute(("kill -INT %d; kill -INT %d"):format(it.pid, it.pid)))
    assert.equal(130, (finish(it)))
    assert.equal("interrupted", json.decode(file.read(it.run .. "/result.json")).reason)
  end)

  it("ends a network while it is made, which takes minutes", function()
    local folder = program.folder(finally)
    program.write(folder .. "/w.lua", [[return recipe { data = data.moons { n = 40 },
      model = nn.sequential { nn.linear(2500), nn.linear { 2500, init = nn.orthogonal() },
        nn.linear(2) }, optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }]])
    for _, words in ipairs { "w.lua --quiet", "plan w.lua", "--trusted --quiet w.lua" } do
      local code, _, err = program.run_in(folder, words, "timeout --preserve-status -s INT 0.7")
      assert.equal(130, code)
      assert.matches("^lrrun: interrupted\n", err) -- by itself, however long a busy machine takes
    end
    assert.is_nil(file.kind(folder .. "/runs/w-1"))
  end)

  it("may come to the working process alone", function()
    local it = training(finally)
    send("TERM", it.working)
    assert.equal(143, (finish(it)))
    assert.equal("interrupted", json.decode(file.read(it.run .. "/result.json")).reason)
  end)

  it("lets a script say what came of its training, and begin nothing more", function()
    local it = start(finally, "local result = train.fit(" .. RECIPE:format "1 << 40" .. [[)
      print(result.reason)
      print(pcall(train.range, nil))]])
    assert(until_true(10, function()
      return (file.read(it.run .. "/metrics.jsonl") or "") ~= ""
    end))
    send("INT", it.pid)
    local code, err = finish(it)
    assert.equal(130, code, err)
    assert.equal("lrrun: interrupted\n", err)
    assert.equal("interrupted\n", file.read(it.folder .. "/out"))
  end)

  it("has the run saved around whose callback it comes", function()
    local it = start(finally, ("train.fit(%s)"):format(RECIPE:format("1 << 40, on = { step = "
      .. "function() for _ = 1, 2 do train.fit(%s, { record = false, quiet = true }) end end }")
      :format(RECIPE:format "20")))
    local steps
    assert(until_true(10, function()
      return (file.read(it.run .. "/metrics.jsonl") or "") ~= ""
    end))
    send("INT", it.pid)
    local code, err = finish(it)
    assert.equal(130, code, err)
    local result = json.decode(assert(file.read(it.run .. "/result.json")))
    assert.equal("interrupted", result.reason)
    steps = ("/checkpoints/step-%d.safetensors"):format(result.steps)
    assert.equal("file", file.kind(it.run .. steps))
  end)

  it("ends what polls nothing", function()
    for _, flags in ipairs { {}, { "--trusted" } } do
      local it = start(finally, "while true do end",
        { before = flags[1] and {} or { "env", HANG }, flags = flags })
      sys.sleep(0.2)
      send("INT", it.pid)
      local code, err, took = finish(it)
      assert.equal(130, code)
      assert.equal("lrrun: interrupted; it did not end by itself and was killed\n", err)
      assert.is_true(took < 4)
    end
  end)

  -- A step that is made of many chunks, for a second or more, and a write that never comes back.
  it("waits for a long step, whatever it takes, and not for what gives no sign of life", function()
    local text = ([[return recipe { name = "r", loss = nn.cross_entropy(), epochs = 1 << 40,
      data = data.random { shape = { 2000 }, classes = 3, n = 3000, batch = 3000 },
      model = nn.sequential { nn.linear(%s), nn.linear(3) }, optimizer = optim.sgd { lr = 0.1 } }]])
    for hang, want in pairs { [false] = "", ["fsync:9:HANG"] =
      "lrrun: interrupted; it gave no sign of life and was killed, unsaved (LRRUN_PATIENCE)\n" } do
      local it = start(finally, text:format(hang and 3 or 3000), { before = { "env",
        "LRRUN_PATIENCE=0.6", hang and "LRRUN_FAULT=" .. hang or "LC_ALL=C" } })
      assert(until_true(10, function()
        return hang and file.kind(it.run .. "/metrics.jsonl") or file.kind(it.run .. "/run.yaml")
      end))
      sys.sleep(0.5)
      send("INT", it.pid)
      local code, err = finish(it)
      assert.equal(130, code, err)
      assert.equal(want, err)
    end
  end)

  it("ends at once where it is the second", function()
    local it = start(finally, "while true do end", { before = { "env", HANG } })
    send("INT", it.pid)
    sys.sleep(0.3)
    send("INT", it.pid)
    local code, err, took = finish(it)
    assert.equal(130, code)
    assert.equal("lrrun: interrupted twice: ended at once\n", err)
    assert.is_true(took < 1)
  end)
end)

describe("A limit on time", function()
  it("holds where C code never comes back", function()
    for _, text in ipairs { "while true do end", "return " .. RECIPE:format
      "1 << 40, on = { step = function() for _ = 1, 10000 do end end }" } do
      local it = start(finally, text,
        { before = { "env", HANG }, flags = { "--lua-seconds", "0.3" } })
      local code, err, took = finish(it)
      assert.equal(1, code)
      assert.matches("^lrrun: [^\n]*took longer than [^\n]*%(%-%-lua%-seconds%)\n$", err)
      assert.is_true(took < 3)
      assert.is_true(is_gone(it.working))
    end
  end)

  it("is not caught by a search", function()
    for _, text in ipairs {
      [[search.minimize { trials = 1000, strategy = "random", space = { x = search.uniform(0, 1) },
        objective = function() while true do end end }]],
      "search.run(" .. RECIPE:gsub("lr = 0.1", "lr = search.uniform(0, 1)"):format
        "1, on = { step = function() while true do end end }"
        .. ", { trials = 1 << 40, strategy = 'random', quiet = true })",
    } do
      local code, _, err = program.recipe(finally, text, "", "timeout 8")
      assert.equal(1, code)
      assert.matches("longer than 0%.15 s %(%-%-lua%-seconds%)", err)
    end
  end)

  it("does not count the time of who reads the output", function()
    local code, out = program.recipe(finally, "for i = 1, 4000 do print(('x'):rep(100)) end",
      "--lua-seconds 0.4", "sh -c '\"$@\" | { sleep 1; cat; }' sh")
    assert.equal(0, code)
    assert.equal(404000, #out)
  end)
end)

describe("The supervisor", function()
  it("passes on how the work ended", function()
    for text, want in pairs { ["print 'x'"] = 0, ["error 'x'"] = 1 } do
      assert.equal(want, (program.recipe(finally, text)))
    end
  end)

  for signal, number in pairs { HUP = 1, QUIT = 3 } do
    it("passes SIG" .. signal .. " on", function()
      if is_ignored(number) then
        return pending("SIG" .. signal .. " is ignored here, as under nohup or behind &")
      end
      local it = training(finally)
      send(signal, it.pid)
      assert.equal(128 + number, (finish(it)))
      assert.is_true(is_gone(it.working))
    end)
  end

  it("leaves closed what was closed", function()
    local code, _, err = program.recipe(finally, "print 'x'", "", "sh -c '\"$@\" >&- <&-' sh")
    assert.equal(1, code)
    assert.matches("^lrrun: cannot write", err)
    code = program.recipe(finally, "for i = 1, 10 do local x = 1 end", "",
      "sh -c '\"$@\" >&- 2>&- <&-' sh")
    assert.equal(0, code)
  end)

  it("tells of a crash in a line", function()
    local it = training(finally)
    send("ABRT", it.working) -- sanitizers have handlers of their own for the others
    local code, err = finish(it)
    assert.equal(134, code)
    assert.equal("lrrun: crashed, a fault of lrrun's own: Aborted\n", err)
  end)

  it("has a checkpoint written on SIGUSR1", function()
    local it = training(finally, { flags = { "--set", "checkpoint.every=1000000 epochs" } })
    local function checkpoints()
      return #(file.list(it.run .. "/checkpoints") or {})
    end
    local before = checkpoints()
    send("USR1", it.pid)
    assert(until_true(10, function()
      return checkpoints() > before
    end))
  end)

  -- In a group of its own, as `timeout` makes one: where no shell looks after a group (nohup, a
  -- terminal that is gone) the system has nothing of it stop on SIGTSTP.
  it("stops and goes on with the work", function()
    local group = training(finally, { before = { "timeout", "-s", "KILL", "100" } })
    local pid = group.working
    finally(function()
      process.kill(pid, "KILL")
    end)
    local working = assert(until_true(10, function()
      return program.children(pid)[1]
    end))
    for signal, to in pairs { TSTP = pid, STOP = working } do
      send(signal, to)
      assert(until_true(20, function()
        return state_of(pid) == "T" and state_of(working) == "T"
      end), signal)
      send("CONT", pid)
      assert(until_true(20, function()
        return state_of(pid) ~= "T" and state_of(working) ~= "T"
      end), signal)
    end
    send("INT", pid)
    assert.equal(130, (finish(group)))
  end)

  -- Between the work's stop and its own a moment was left in which it was continued in vain.
  it("goes on where it is continued while it stops", function()
    local group = training(finally, { before = { "timeout", "-s", "KILL", "100" } })
    local pid = group.working
    finally(function()
      process.kill(pid, "KILL")
    end)
    local working = assert(until_true(10, function()
      return program.children(pid)[1]
    end))
    local function send_all(signal, to)
      for _, one in ipairs(to) do
        process.kill(one, signal)
      end
    end
    for _, to in ipairs { { pid }, { pid, working } } do
      for round = 1, 200 do
        send_all("TSTP", to)
        local began = sys.now()
        repeat until sys.now() - began >= round * 1e-5
        send_all("CONT", to)
        assert(until_true(10, function()
          return state_of(pid) ~= "T" and state_of(working) ~= "T"
        end), ("round %d: %s, %s"):format(round, state_of(pid), state_of(working)))
      end
    end
    send("INT", pid)
    assert.equal(130, (finish(group)))
  end)

  -- A study on a recipe of one long trial: the leader of its group, the process that watches the
  -- search, and those of all.
  local function study(finally, flag)
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", "return " .. RECIPE:gsub("lr = 0.1",
      "lr = search.uniform(0.1, 1)"):gsub("n = 60", "n = 60, val = 0.2"):format "1 << 40")
    local leader = process.spawn({ "timeout", "-s", "KILL", "100", program.path, "search",
      "--trials", "1", "--jobs", "1", "--strategy", "random", "--quiet", flag, "--out",
      folder .. "/out", folder .. "/r.lua" }, { stdout = "/dev/null", stderr = folder .. "/err" })
    finally(function()
      os.execute(("kill -KILL -%d 2>/dev/null"):format(leader))
    end)
    local workers = assert(until_true(20, function()
      local list = studies.workers(folder)
      return #list == 2 and file.kind(folder .. "/out/r-study/trials/0/metrics.jsonl") and list
    end))
    local search = assert(program.children(leader)[1])
    return { folder = folder, leader = leader, search = search, workers = workers,
      all = { search, workers[1], workers[2], program.children(search)[1] } }
  end

  -- As a terminal does, all of the group, workers among it (timeout itself goes on); or the
  -- search alone, which has its workers started by its supervisor, or without a sandbox itself.
  for name, case in pairs {
    ["where all are told"] = { told = "all", flag = "--sandbox=strict" },
    ["where it alone is told"] = { flag = "--sandbox=strict" },
    ["where it alone is told, without a sandbox"] = { flag = "--sandbox=off" },
  } do
    it("stops and goes on with the workers of a study " .. name, function()
      local it = study(finally, case.flag)
      local function are(stopped)
        return until_true(20, function()
          for _, pid in ipairs(it.all) do
            if (state_of(pid) == "T") ~= stopped then
              return false
            end
          end
          return true
        end)
      end
      for _ = 1, 3 do
        for _, pid in ipairs(case.told and it.all or { it.search }) do
          send("TSTP", pid)
        end
        assert.is_true(are(true))
        for _, pid in ipairs(case.told and it.all or { it.search }) do
          send("CONT", pid)
        end
        assert.is_true(are(false))
      end
      send("TERM", it.search)
      assert.equal(143, studies.wait(it.leader), file.read(it.folder .. "/err"))
      assert.is_true(until_true(20, function()
        return is_gone(it.workers[1]) and is_gone(it.workers[2])
      end))
    end)
  end

  it("takes the work with it when it is killed, and the run can go on at once", function()
    local it = training(finally)
    process.kill(it.pid, "KILL")
    assert.equal(137, studies.wait(it.pid))
    local again = process.spawn({ program.path, "resume", it.run, "--quiet" },
      { stdout = "/dev/null", stderr = it.folder .. "/err" })
    assert(until_true(5, function()
      return is_gone(it.working)
    end))
    sys.sleep(0.3)
    process.kill(again, "INT")
    assert.equal(130, studies.wait(again), file.read(it.folder .. "/err"))
  end)

  it("kills what a trusted script has started, too", function()
    local stat <close> = io.open "/proc/self/stat"
    local sleep = "sleep 77." .. stat:read "n" -- other tests may run beside this one
    local it = start(finally, ("os.execute '%s & exec %s'"):format(sleep, sleep),
      { flags = { "--trusted" } })
    local function sleepers()
      local pipe <close> = io.popen(("pgrep -c -x -f '%s'"):format(sleep))
      return pipe:read "n"
    end
    assert(until_true(5, function()
      return sleepers() == 2
    end))
    send("TERM", it.pid)
    assert.equal(143, (finish(it)))
    assert.equal(0, sleepers())
  end)
end)
