--- Runs that are killed with SIGKILL at random moments and resumed each time: they have to
--- end in the digest of the run that was left alone, and no checkpoint may be unreadable.

local checkpoint = require "lrrun.runs.checkpoint"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"
local process = require "lrrun.native.process"
local sys = require "lrrun.native.sys"

local kills = {}

local function spawn(folder, words)
  local argv = { program.path }
  table.move(words, 1, #words, 2, argv)
  local log = folder .. "/log"
  return process.spawn(argv, { stdout = log, stderr = log })
end

local function wait(pid)
  local code
  repeat
    code = process.wait(pid, true)
  until code
  return code
end

local function begin(folder, item)
  local length = item.text:find "steps = " and "steps=200" or "epochs=30"
  return { folder .. "/r.lua", "--quiet", "--out", folder .. "/runs", "--set", length,
    "--set", "checkpoint.every=3 steps" }
end

local function digest_of(run)
  local text = file.read(run .. "/result.json")
  return text and json.decode(text).digest
end

local function readable(run)
  for _, step in ipairs(checkpoint.steps(run)) do
    local ok, reader = pcall(checkpoint.open, run, step)
    if not ok then
      return false, reader
    end
    reader.close()
  end
  return true
end

-- Runs what `words` say and kills it after `delay`. Returns the exit code.
local function killed_after(folder, words, delay)
  local pid = spawn(folder, words)
  sys.sleep(delay)
  process.kill(pid, "KILL")
  return wait(pid)
end

--- Kills a recipe's run up to `most` times. Returns how often it was, or nil and what is
--- wrong.
---@param folder string empty
---@param item { name: string, text: string }
---@param most integer
---@param random fun(): number in [0, 1)
function kills.recipe(folder, item, most, random)
  program.write(folder .. "/r.lua", item.text)
  local words = begin(folder, item)
  local started = sys.now()
  local code = wait(spawn(folder, words))
  local took = sys.now() - started
  local base = folder .. "/runs/" .. item.name
  local whole, run = base .. "-1", base .. "-2"
  local want = digest_of(whole)
  if not want then
    return nil, ("the run itself ended with %d: %s"):format(code, file.read(folder .. "/log"))
  end
  local count = 0
  while count < most and digest_of(run) == nil do
    local is_there = file.kind(run .. "/run.yaml") == "file"
    if not is_there then -- killed before it was a run: the next one gets its number
      os.execute("rm -rf " .. run)
    end
    killed_after(folder, is_there and { "resume", run, "--quiet" } or words, random() * took * 0.8)
    count = count + 1
    local ok, why = readable(run)
    if not ok then
      return nil, why
    end
  end
  if file.kind(run .. "/run.yaml") ~= "file" then
    os.execute("rm -rf " .. run)
    wait(spawn(folder, words))
  else
    wait(spawn(folder, { "resume", run, "--quiet" }))
  end
  local got = digest_of(run)
  if got ~= want then
    return nil, ("after %d kills the digest is %s, want %s; log: %s"):format(count,
      tostring(got), want, file.read(folder .. "/log"))
  end
  return count
end

return kills
