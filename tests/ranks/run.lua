-- Ranks on two hosts, which are network namespaces of this machine with a link between them
-- (hosts.sh): they train and search as one process does; a link that is cut and a rank that is
-- killed end the job in time, with a message, and it goes on from there. Needs root and Open MPI:
-- `lrrun --trusted tests/ranks/run.lua`.

package.path = "tests/?.lua;" .. package.path

local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local temporary = require "support.temporary"

local MOST = 30 -- seconds from a fault to the end of all
-- mpirun looks whether its other host is there.
local LOOKS = "--mca oob_tcp_keepalive_time 5 --mca oob_tcp_keepalive_intvl 2 "
  .. "--mca oob_tcp_keepalive_probes 3 "

-- Steps of a few milliseconds, so that there is a moment to cut them off.
local RECIPE = [[
return recipe { name = "one", seed = 3, epochs = 40, shards = 8,
  on = { step = function() for i = 1, 2e5 do local _ = i % 7 end end },
  checkpoint = { every = 5*steps }, data = data.digits { limit = 150, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(12), nn.batchnorm(), nn.relu(), nn.dropout(0.3),
    nn.linear(10) },
  optimizer = optim.adam { lr = 0.01 } }]]

local SPACE = [[
return recipe { name = "space", seed = 3, epochs = 2,
  data = data.blobs { n = 60, classes = 3, batch = 10, val = 0.2 },
  model = nn.sequential { nn.linear(4), nn.linear(3) },
  optimizer = optim.sgd { lr = search.loguniform(1e-3, 1) } }]]

local folder = temporary.folder()

local function sh(format, ...)
  local pipe <close> = assert(io.popen(("(%s) 2>&1; echo \"=$?\""):format(format:format(...))))
  local out, code = pipe:read("a"):match "^(.*)=(%d+)\n$"
  return code == "0", out
end

local function hosts(action, words)
  return sh("tests/ranks/hosts.sh %s %s %s", action, folder, words or "")
end

local function check(what, ok, why)
  if ok then
    print("ok: " .. what)
    tally.pass()
  else
    tally.fail("%s: %s", what, why)
  end
end

local pwd = os.getenv "PWD"
local lrrun = program.path:sub(1, 1) == "/" and program.path or pwd .. "/" .. program.path

-- A line of the shell that runs lrrun as four ranks on both hosts.
local function line(words, flags)
  return ("timeout 120 tests/ranks/hosts.sh run %s -n 4 %s %s %s </dev/null"):format(folder,
    flags or LOOKS, lrrun, words)
end

local function digest_of(run)
  local file <close> = io.open(("%s/%s/result.json"):format(folder, run))
  return file and json.decode(file:read "a").digest
end

-- Processes of the job that writes there: lrrun's, and those that started it.
local function left()
  local _, pids = sh("pgrep -f -- '%s/[r]uns|%s/[a]gent' || true", folder, folder)
  return pids
end

local alone

-- Waits for a checkpoint of an endless run, does `act`, and waits until all has ended. Gives the
-- seconds that took, what was said, and the run's folder.
local function fault(out, flags, act)
  local run = ("runs/%s/one-1"):format(out)
  os.execute(("%s >%s/said 2>&1 &"):format(line(("%s/r.lua --threads 1 --quiet --out %s/runs/%s")
    :format(folder, folder, out), flags), folder))
  local until_then = sys.now() + 60
  repeat
    sys.sleep(0.05)
  until sh("ls %s/%s/checkpoints/*", folder, run) or sys.now() > until_then
  act()
  local began = sys.now()
  repeat
    sys.sleep(0.2)
  until left() == "" or sys.now() > began + MOST + 5
  local took = sys.now() - began
  local file <close> = assert(io.open(folder .. "/said"))
  return took, file:read "a", run
end

local function goes_on(what, took, said, word, run)
  if took then
    check(what .. " ends the job in time", took <= MOST, ("%.0f s: %s"):format(took, said))
    print(("  %.1f s after it"):format(took))
  end
  check(what .. " is said", said:find(word), said)
  check(what .. " left a run that was not done", digest_of(run) == nil, "it was")
  local ok, out = sh("%s", line(("resume %s/%s --threads 1 --quiet"):format(folder, run)))
  check(what .. ": the run goes on to the digest of one process", ok and digest_of(run) == alone,
    out)
end

local function trains()
  sh("%s %s/r.lua --quiet --out %s/alone", lrrun, folder, folder)
  alone = assert(digest_of "alone/one-1")
  local ok, out = sh("%s", line(("%s/r.lua --quiet --threads 1 --out %s/runs/both"):format(folder,
    folder)))
  check("two hosts train to the digest of one process", ok
    and digest_of "runs/both/one-1" == alone, out)
end

-- Where ranks share a search.
local function searches()
  local _, help = sh("%s help ranks", lrrun)
  if not help:find("lrrun search", 1, true) then
    print "skipped: search over ranks (this lrrun has none)"
    return
  end
  program.write(folder .. "/s.lua", SPACE)
  local words = "search %s/s.lua --strategy random --trials 8 --quiet --json --out %s/runs/%s "
    .. "2>/dev/null"
  local function table_of(text)
    local ok, answer = pcall(json.decode, text)
    local values = {}
    for i, trial in ipairs(ok and answer.trials or {}) do
      values[i] = ("%s %s"):format(trial.number, trial.value)
    end
    return table.concat(values, "\n")
  end
  local _, want = sh("%s %s --jobs 1", lrrun, words:format(folder, folder, "s1"))
  local _, got = sh("%s", line(words:format(folder, folder, "s2")))
  check("two hosts search to the table of one process", table_of(want) ~= ""
    and table_of(want) == table_of(got), got)
end

local function main()
  program.write(folder .. "/r.lua", RECIPE)
  trains()
  searches()
  local _, took, said, run
  took, said, run = fault("cut", nil, function()
    hosts "cut"
  end)
  hosts "mend"
  goes_on("a cut link", took, said, "lost communication", run)
  -- Without mpirun's look it is the ranks that notice; mpirun itself stays.
  _, said, run = fault("silent", "-x LRRUN_SILENCE=8", function()
    hosts "cut"
    sys.sleep(15)
    local _, ranks = sh("pgrep -f '^%s .*%s/runs' || true", lrrun, folder)
    check("a cut link ends the ranks by themselves", ranks == "", ranks)
    sh("pkill -KILL -f '%s/[r]uns|%s/[a]gent'", folder, folder)
  end)
  hosts "mend"
  goes_on("a cut link that mpirun does not look for", nil, said,
    "rank %d on host%d: rank %d on host%d has not answered for 8 s", run)
  took, said, run = fault("killed", nil, function()
    sh("kill -KILL $(pgrep -f '^%s .*%s/runs' | while read p; do grep -zqx "
      .. "OMPI_COMM_WORLD_RANK=3 /proc/$p/environ && echo $p; done | head -1)", lrrun, folder)
  end)
  goes_on("a rank that is killed", took, said, "rank 3 on host2: was killed", run)
end

local function lacks()
  if not mpi.list[1] or mpi.list[1].kind ~= "openmpi" then
    return table.concat(mpi.missing, "; ")
  end
  local ok, why = hosts "up"
  return not ok and why:gsub("\n.*", "") or nil
end

local why = lacks()
if not why then
  local ok, message = xpcall(main, debug.traceback)
  if not ok then
    tally.fail("%s", message)
  end
else
  print("skipped: two hosts on one machine (" .. why .. ")")
end
hosts "down"
tally.finish()
