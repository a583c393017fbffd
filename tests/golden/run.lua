-- Runs the reference cases of a folder: every case of every .json file in it.
-- Usage: lrrun --trusted tests/golden/run.lua [DIR]   (default: tests/golden)
-- Each failure is printed; the last line is "N passed, N failed".

package.path = "tests/?.lua;" .. package.path

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local tally = require "support.tally"

-- kind of case -> the file beside this one that runs it: run(case) gives true, or false
-- and why.
local RUNNERS = { schedule = "schedule", optimizer = "optimizer", layer = "layer", loss = "layer",
  metrics = "metrics", probe = "probe", train = "train" }

local beside = arg[0]:match "^.*/" or ""
local loaded = {}

local function runner_of(kind)
  local name = RUNNERS[kind]
  if not name then
    error(("unknown kind '%s'"):format(tostring(kind)), 0)
  end
  loaded[name] = loaded[name] or dofile(beside .. name .. ".lua")
  return loaded[name]
end

local function fail(path, index, case, why)
  tally.fail("%s, case %d, %s: %s", path, index, tostring(case.expr), why)
end

local function run_case(path, index, case)
  local ok, result, why = pcall(function()
    return runner_of(case.kind).run(case)
  end)
  if ok and result then
    tally.pass()
  else
    fail(path, index, case, tostring(ok and why or result))
  end
end

local function run_file(path)
  local cases = json.decode(assert(file.read(path)))
  for index, case in ipairs(cases) do
    run_case(path, index, case)
  end
end

local folder = arg[1] or "tests/golden"
local names, why = file.list(folder)
if not names then
  io.stderr:write(why, "\n")
  os.exit(2)
end
for _, name in ipairs(names) do
  if name:find "%.json$" then
    local path = folder .. "/" .. name
    local ok, message = pcall(run_file, path)
    if not ok then
      fail(path, 0, {}, tostring(message))
    end
  end
end
local passed, failed = tally.counts()
if passed + failed == 0 then
  io.stderr:write(("no cases in %s: want files NAME.json, each a list "
    .. '[{ "kind": ..., "expr": ... }, ...]\n'):format(folder))
  os.exit(2)
end
tally.finish()
