-- Studies that several processes work on together: lrrun search --join.

local file = require "lrrun.native.file"
local follow = require "lrrun.study.follow"
local joiners = require "support.joiners"
local lease = require "lrrun.study.lease"
local process = require "lrrun.native.process"
local program = require "support.program"
local studies = require "support.studies"
local sys = require "lrrun.native.sys"
local temporary = require "support.temporary"

local search, table_of = studies.search, studies.table_of

local RECIPE = studies.recipe "  epochs = 2,\n"

describe("A lease", function()
  local function two(finally, seconds)
    local folder = program.folder(finally)
    local a, b = lease.new(folder, seconds, "a"), lease.new(folder, seconds, "b")
    assert.equal(1, a:take "x")
    b:scan()
    return a, b, folder
  end

  local function wait_until_free(leases)
    local since = sys.now()
    while not leases:is_free "x" do
      assert(sys.now() - since < 20, "never free")
      sys.sleep(0.01)
    end
    return sys.now() - since
  end

  it("is one process's as long as it is heard of, whatever the clocks say", function()
    local a, b, folder = two(finally, 0.4)
    local since = sys.now()
    while sys.now() - since < 0.7 do
      a:beat(error)
      os.execute(("touch -d '%d years' %s/x.lease.1"):format(sys.now() % 2 < 1 and 9 or -9, folder))
      assert.is_false(b:is_free "x")
    end
    assert.is_nil(lease.new(folder, 0.4, "c"):take "x")
  end)

  it("is taken over when its owner is silent, and the owner notices", function()
    local a, b = two(finally, 0.2)
    assert.is_true(wait_until_free(b) >= 0.2)
    assert.equal(2, b:take "x")
    local gone
    a:beat(function(name)
      gone = name
    end)
    assert.equal("x", gone)
    assert.is_nil(a.held.x)
    b:beat(error)
  end)

  it("goes to one of two that find it stale", function()
    local a, b, folder = two(finally, 0.2)
    local c = lease.new(folder, 0.2, "c")
    c:scan()
    wait_until_free(b)
    wait_until_free(c)
    assert.equal(2, c:take "x")
    assert.is_nil(b:take "x")
    assert.is_false(b:is_free "x")
    a:release("x", 0) -- late: the second one holds
    assert.is_false(b:is_free "x")
  end)

  it("that was given back is free at once, with how often it was tried in vain", function()
    local a, b = two(finally, 100)
    assert.is_false(b:is_free "x")
    a:release("x", 3)
    assert.is_true(b:is_free "x")
    assert.equal(2, b:take "x")
    assert.equal(3, b:tries "x")
  end)

  it("is not stale for one that was itself away", function()
    local _, b = two(finally, 0.4)
    assert.is_false(b:is_free "x")
    sys.sleep(0.5)
    assert.is_false(b:is_free "x")
  end)
end)

describe("A study that processes join", function()
  -- One that is done, and the table of one alone; made once.
  local done

  -- Whether folders and journal hold each trial once: read by a search that does not join.
  local function check_whole(folder, trials, want)
    assert.equal(trials, joiners.results(folder))
    local code, got, err = search(folder)
    assert.equal(0, code, err)
    assert.equal(table_of(want), table_of(got))
    local there = file.list(folder .. "/out/r-study/trials")
    assert.equal(trials, #there)
    for _, name in ipairs(there) do
      assert.matches("^%d+$", name)
    end
  end

  it("has the table of --jobs 1, each trial once, also when two are killed, one stopped", function()
    local alone, folder = studies.folder(finally, RECIPE), studies.folder(finally, RECIPE)
    local flags = "--strategy random --trials 16"
    local _, want, err = search(alone, flags .. " --jobs 1")
    local all = {}
    for i = 1, 4 do
      all[i] = joiners.start(folder, i, flags .. " --jobs 1 --lease 0.5")
    end
    joiners.wait_for_results(folder, 4)
    process.kill(all[1].pid, "KILL")
    joiners.signal(all[3], "STOP")
    joiners.wait_for_results(folder, 9)
    process.kill(all[2].pid, "KILL")
    sys.sleep(0.7)
    joiners.signal(all[3], "CONT")
    for i = 1, 2 do
      assert.equal(128 + 9, studies.wait(all[i].pid))
    end
    for i = 3, 4 do
      local code, got, said = joiners.wait(all[i])
      assert.equal(0, code, said)
      assert.equal(table_of(want), table_of(got), err)
    end
    check_whole(folder, 16, want)
  end)

  local function joined_twice(flags)
    local folder = temporary.folder()
    program.write(folder .. "/r.lua", RECIPE)
    local a = joiners.start(folder, 1, flags)
    local b = joiners.start(folder, 2, flags .. " --jobs 2")
    local code, first, err = joiners.wait(a)
    assert.equal(0, code, err)
    return folder, first, b
  end

  setup(function()
    local b
    done = {}
    done.folder, done.result, b = joined_twice "--strategy tpe --trials 6 --lease 0.5"
    done.other = select(2, joiners.wait(b))
  end)

  teardown(function()
    os.execute("rm -rf " .. done.folder)
  end)

  it("is the same where results decide what comes next, also for two that begin at once", function()
    local alone = studies.folder(finally, RECIPE)
    local _, want = search(alone, "--strategy tpe --trials 6 --jobs 1")
    assert.equal(table_of(want), table_of(done.result))
    assert.equal(table_of(want), table_of(done.other))
  end)

  it("and is done says so", function()
    local code, out, err = program.run(("search %s/r.lua --out %s/out --join"):format(done.folder,
      done.folder))
    assert.equal(0, code, err)
    assert.matches("r%-study is done: nothing is left to join in", out .. err)
  end)

  it("is watched by what its writer says, also where no process of this host has it", function()
    local place = done.folder .. "/out/r-study"
    os.execute(("touch -d '3 hours ago' %s/journal.log %s/joined/*"):format(place, place))
    local follower = follow.new(place, 60)
    follower:poll()
    assert.is_true(follower.age > 3600)
    os.execute(("touch %s/joined/writer.lease.1"):format(place))
    follower:poll()
    assert.is_true(follower.age < 3600)
  end)

  it("takes nobody in with another recipe or other flags, and says what differs", function()
    for flags, want in pairs {
      ["--trials 7"] = "has 6 trials, not 7", ["--strategy random"] = "began with strategy tpe",
      ["--seed 9"] = "what differs: %-%-seed%)", ["--set data.n=70"] = "what differs: %-%-set%)",
      ["--epochs 3"] = "what differs: %-%-epochs%)",
    } do
      local code, _, err = search(done.folder, "--join " .. flags)
      assert.is_true(code == 1 or code == 2)
      assert.matches(want, err)
    end
    local _, _, err = search(done.folder, "--lease 3")
    assert.matches("want %-%-join beside it", err)
  end)

  it("is not searched by one that does not join while others are there", function()
    local folder = studies.folder(finally, studies.recipe "  epochs = 100000,\n")
    local one = joiners.start(folder, 1, "--strategy random --trials 2 --jobs 1 --lease 0.5")
    assert.is_true(studies.until_true(60, function()
      return file.kind(folder .. "/out/r-study/journal.log") ~= nil
    end))
    local code, _, err = search(folder)
    assert.equal(1, code)
    assert.matches("others that joined are at .*r%-study .*%-%-join", err)
    process.kill(one.pid, "INT")
    assert.equal(130, (joiners.wait(one)))
    assert.matches("\nreleased 0\n", assert(file.read(folder
      .. "/out/r-study/joined/0.lease.1", 1 << 16)))
  end)

  it("goes on in one that does not join, from where they were", function()
    local recipe = studies.recipe "  epochs = 60,\n"
    local folder, alone = studies.folder(finally, recipe), studies.folder(finally, recipe)
    local flags = "--strategy random --trials 2 --jobs 1"
    local one = joiners.start(folder, 1, flags .. " --lease 0.5")
    local place = folder .. "/out/r-study/trials/0.0.1/checkpoints"
    studies.until_true(60, function()
      return file.kind(place)
    end)
    process.kill(one.pid, "INT")
    assert.equal(130, (joiners.wait(one)))
    local code, got, err = search(folder, flags)
    assert.equal(0, code, err)
    local _, want = search(alone, flags)
    assert.equal(table_of(want), table_of(got))
    assert.is_nil(file.kind(folder .. "/out/r-study/joined"))
    assert.equal(2, #file.list(folder .. "/out/r-study/trials"))
  end)

  it("loses nothing where the disk of one is full", function()
    local folder, alone = studies.folder(finally, RECIPE), studies.folder(finally, RECIPE)
    local flags = "--strategy random --trials 4 --jobs 1"
    local full = joiners.start(folder, 1, flags .. " --lease 0.5",
      "LRRUN_FAULT=write:9:ENOSPC:sticky")
    local one = joiners.start(folder, 2, flags .. " --lease 0.5")
    local code, got, err = joiners.wait(one)
    assert.equal(0, code, err)
    local _, want = search(alone, flags)
    assert.equal(table_of(want), table_of(got))
    local other, _, said = joiners.wait(full)
    assert.equal(1, other)
    assert.matches("No space left on device", said)
    check_whole(folder, 4, want)
  end)
end)
