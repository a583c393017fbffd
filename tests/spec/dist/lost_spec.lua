-- Ranks that are lost, stopped or slow, and signals to those that are there.

local mpi = require "support.mpi"
local program = require "support.program"

local LACKS = mpi.lacks()

local ENDLESS = [[
return recipe { name = "one", seed = 3, epochs = option("epochs", 200000), shards = 4,
  checkpoint = { every = 5*steps }, data = data.digits { limit = 60, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(4), nn.batchnorm(), nn.linear(10) },
  optimizer = optim.adam { lr = 0.01 } }]]

-- Does `act` (lines of a shell; `rank N` gives the processes of one, the first watches) when ranks
-- of the endless recipe train, and gives their exit code and what they said.
local function while_training(folder, words, act)
  local path = ("/" == program.path:sub(1, 1) and "" or "$OLDPWD/") .. program.path
  program.write(folder .. "/r.lua", ENDLESS)
  program.write(folder .. "/go", ([[
rank() { # of a rank: the processes that watch, work and call MPI
  for pid in $(pgrep -f -- "--out $PWD/runs"); do
    case $(readlink /proc/$pid/exe) in */lrrun) ;; *) continue;; esac
    grep -zqxE "(OMPI_COMM_WORLD_RANK|PMI_RANK)=$1" /proc/$pid/environ && echo $pid
  done
}
%s %s r.lua --quiet --out $PWD/runs >said 2>&1 &
job=$!
until ls runs/*/checkpoints/* >/dev/null 2>&1; do sleep 0.1; kill -0 $job || exit 1; done
%s
wait $job
echo "code $?"
]]):format(words, path, act))
  local pipe <close> = assert(io.popen(("cd %s && timeout 60 sh go 2>&1"):format(folder)))
  local code = pipe:read("a"):match "code (%d+)"
  local said <close> = assert(io.open(folder .. "/said"))
  return math.tointeger(tonumber(code)), said:read "a"
end

describe("ranks", function()
  if LACKS then
    pending("end where one is lost (" .. LACKS .. ")")
    return
  end

  it("say which does not answer any more, and end", function()
    local folder = program.folder(finally)
    local code, said = while_training(folder, mpi.words(3, "LRRUN_SILENCE=1.5"),
      "kill -STOP $(rank 1)")
    assert.truthy(code > 0, said)
    assert.matches("lrrun: rank 2 on %S+: rank 1 on %S+ has not answered for 1.5 s", said)
  end)

  it("wait for a slow one; all save where one is asked to end, with one exit code", function()
    local folder = program.folder(finally)
    local code, said = while_training(folder, mpi.words(2, "LRRUN_SILENCE=1.5", 2),
      "one=$(rank 1 | head -1); kill -STOP $one $(pgrep -n -P $one); sleep 2; "
        .. "kill -CONT $one; sleep 0.2; kill -TERM $one")
    assert.equal(143, code, said)
    local _, lines = said:gsub("interrupted", "")
    assert.equal(1, lines, said)
    assert.matches("saved at step %d+; to go on: lrrun resume", said)
  end)
end)
