local checkpoint = require "lrrun.runs.checkpoint"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"
local process = require "lrrun.native.process"
local sys = require "lrrun.native.sys"

local RECIPE = [[
return recipe {
  name = "r",
  data = data.digits { batch = 32, val = 0.2, limit = 300 },
  model = nn.sequential { nn.linear(12), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-2 },
  epochs = option("n", 4),
  checkpoint = { every = option("every", 3)*steps, keep = 2 },
}
]]

local function folder_with_recipe(finally)
  local folder = runs.folder(finally)
  program.write(folder .. "/r.lua", RECIPE)
  return folder
end

local function train(folder, flags, before)
  return program.run(("%s/r.lua --out %s/runs --quiet %s"):format(folder, folder, flags or ""),
    before)
end

-- A run that a fault ended while its third checkpoint was put in place: those of steps 3
-- and 6 are there. (Renames before: recipe.lua, data.json, run.yaml, two
-- checkpoints.)
local function killed_run(finally)
  local folder = folder_with_recipe(finally)
  local code = train(folder, "", "LRRUN_FAULT=rename:5:KILL")
  assert.equal(137, code)
  local run = folder .. "/runs/r-1"
  assert.same({ 6, 3 }, checkpoint.steps(run))
  return run, folder
end

local function digest_of(run)
  return json.decode(assert(file.read(run .. "/result.json"))).digest
end

local function whole_digest(folder)
  assert.equal(0, (train(folder)))
  return digest_of(folder .. "/runs/r-2")
end

local function flip_byte(path, at)
  local text = assert(file.read(path))
  program.write(path, text:sub(1, at - 1) .. string.char(text:byte(at) ~ 1) .. text:sub(at + 1))
end

local function wait_for(condition)
  for _ = 1, 500 do
    if condition() then
      return true
    end
    sys.sleep(0.01)
  end
  return false
end

describe("a checkpoint", function()
  it("that is damaged anywhere is refused, and the one before it is used", function()
    local run, folder = killed_run(finally)
    local path = run .. "/checkpoints/step-6.safetensors"
    local size = #file.read(path)
    for _, at in ipairs { 1, 40, 300, size // 2, size } do
      flip_byte(path, at)
      assert.is_false((pcall(checkpoint.open, run, 6)))
      flip_byte(path, at)
    end
    assert.is_true((pcall(checkpoint.open, run, 6)))
    flip_byte(path, size // 2)
    local code, _, err = program.run("resume " .. run)
    assert.equal(0, code)
    assert.matches("warning: .*step%-6%.safetensors: is damaged: its checksum differs", err)
    assert.matches("on from step 3 of 32", err)
    assert.equal(whole_digest(folder), digest_of(run))
  end)

  it("is not needed: a run killed before its first begins again from its seed", function()
    local folder = folder_with_recipe(finally)
    assert.equal(137, (train(folder, "", "LRRUN_FAULT=rename:3:KILL")))
    local run = folder .. "/runs/r-1"
    assert.same({}, checkpoint.steps(run))
    assert.equal(0, (program.run("resume " .. run .. " --quiet")))
    assert.equal(whole_digest(folder), digest_of(run))
    for _, name in ipairs(file.list(run .. "/checkpoints")) do
      assert.is_nil(name:find "tmp$")
    end
  end)

  it("is kept for the latest steps and for the best epoch alone", function()
    local folder = folder_with_recipe(finally)
    assert.equal(0, (train(folder, "--set n=6 --set every=8")))
    local run = folder .. "/runs/r-1"
    local best = json.decode(file.read(run .. "/result.json")).best.step
    local steps = checkpoint.steps(run)
    assert.equal(48, steps[1])
    assert.is_true(#steps <= 3)
    assert.is_true(best == steps[1] or best == steps[2] or best == steps[3])
  end)

  it("belongs to its recipe", function()
    local run = killed_run(finally)
    program.write(run .. "/recipe.lua", (RECIPE:gsub("12", "13")))
    local code, _, err = program.run("resume " .. run)
    assert.equal(1, code)
    assert.matches("recipe%.lua: was changed since the run began", err)
  end)
end)

describe("lrrun resume", function()
  it("of a run that has ended changes nothing and prints the same JSON", function()
    local folder = folder_with_recipe(finally)
    local _, printed = train(folder, "--json")
    local run = folder .. "/runs/r-1"
    local before = file.read(run .. "/metrics.jsonl")
    local code, out = program.run("resume " .. run .. " --json --quiet")
    assert.equal(0, code)
    assert.equal(printed, out)
    assert.equal(before, file.read(run .. "/metrics.jsonl"))
  end)

  it("says what is no run folder, and takes nothing that would change the run", function()
    local run, folder = killed_run(finally)
    local code, _, err = program.run("resume " .. folder)
    assert.equal(2, code)
    assert.matches("is no run folder", err)
    code, _, err = program.run("resume " .. run .. " --seed 3")
    assert.equal(2, code)
    assert.matches("takes no %-%-seed", err)
  end)

  it("keeps others out of the folder while it writes", function()
    local run = killed_run(finally)
    local lock = file.lock(run)
    local code, _, err = program.run("resume " .. run)
    assert.equal(1, code)
    assert.matches("another lrrun is writing into .*/r%-1", err)
    lock:close()
    assert.same({ 6, 3 }, checkpoint.steps(run))
  end)

  it("leaves the old content where the disk is full, and says what failed", function()
    local run, folder = killed_run(finally)
    local code, _, err = program.run("resume " .. run, "ulimit -f 8;")
    assert.equal(1, code)
    assert.matches("no checkpoint of step 9: cannot write .*File too large; training goes on", err)
    assert.matches("cannot write .*File too large", err:match "[^\n]*\n$")
    assert.is_nil(file.kind(run .. "/result.json"))
    assert.same({ 6, 3 }, checkpoint.steps(run))
    assert.equal(0, (program.run("resume " .. run .. " --quiet")))
    assert.equal(whole_digest(folder), digest_of(run))
  end)

  it("says that it cannot write into a folder of others", function()
    local run = killed_run(finally)
    local code, _, err = program.run("resume " .. run, "LRRUN_FAULT=open:4:EACCES:sticky")
    assert.equal(1, code)
    assert.matches("Permission denied", err)
    assert.same({ 6, 3 }, checkpoint.steps(run))
  end)
end)

describe("a run that gets a signal", function()
  local function start(folder, words)
    local argv = { program.path }
    table.move(words, 1, #words, 2, argv)
    return process.spawn(argv, { stdout = folder .. "/log", stderr = folder .. "/log" })
  end

  local function log_has(folder, text)
    return wait_for(function()
      return (file.read(folder .. "/log") or ""):find(text) ~= nil
    end)
  end

  it("saves and ends on SIGTERM and SIGINT, and says how to go on", function()
    local folder = folder_with_recipe(finally)
    local words = { folder .. "/r.lua", "--out", folder .. "/runs", "--set", "n=100000",
      "--set", "every=100000000" }
    for _, case in ipairs { { "TERM", 143 }, { "INT", 130 } } do
      os.remove(folder .. "/log")
      local pid = start(folder, words)
      assert.is_true(log_has(folder, "epoch +%d+/100000"))
      process.kill(pid, case[1])
      local code
      wait_for(function()
        code = process.wait(pid)
        return code ~= nil
      end)
      assert.equal(case[2], code)
      assert.is_true(log_has(folder, "to go on: lrrun resume .*/r%-1"))
      local result = json.decode(file.read(folder .. "/runs/r-1/result.json"))
      assert.equal("interrupted", result.reason)
      assert.equal(result.steps, checkpoint.steps(folder .. "/runs/r-1")[1])
      words = { "resume", folder .. "/runs/r-1" }
    end
  end)

  it("saves and goes on at SIGUSR1", function()
    local folder = folder_with_recipe(finally)
    local pid = start(folder, { folder .. "/r.lua", "--out", folder .. "/runs", "--set",
      "n=100000", "--set", "every=100000000" })
    assert.is_true(log_has(folder, "epoch"))
    process.kill(pid, "USR1")
    assert.is_true(log_has(folder, "saved at step %d+"))
    assert.is_nil(process.wait(pid))
    assert.equal(1, #checkpoint.steps(folder .. "/runs/r-1"))
    process.kill(pid, "KILL")
    process.wait(pid, true)
  end)
end)
