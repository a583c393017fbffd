-- The script for Slurm in README, with an srun and an scontrol of the spec's own.

local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[return recipe { seed = 3, epochs = 300, checkpoint = { every = 200*steps },
  data = data.digits { limit = 200, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(12), nn.dropout(0.3), nn.linear(10) },
  optimizer = optim.adam { lr = 0.01 } }]]

-- Passes over its own options and starts one rank. The first time that is too long for the job:
-- SIGTERM comes once it trains.
local SRUN = [[#!/bin/sh
while case $1 in -*) true;; *) false;; esac; do options="$options $1"; shift; done
echo "$options" >>options
"$@" --quiet & rank=$!
if [ ! -f requeued ]; then
  while kill -0 $rank && [ ! -s runs/7/recipe-1/metrics.jsonl ]; do sleep 0.02; done
  kill -TERM $rank
fi
wait $rank
]]

local function script()
  local file <close> = assert(io.open "README.md")
  local lines = file:read("a"):match "\n(    #!/bin/bash\n    #SBATCH %-%-nodes.-\n)\n"
  return (assert(lines, "no script"):gsub("    ([^\n]*\n)", "%1"))
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

describe("README's script for Slurm", function()
  it("saves when it is out of time, requeues itself, and ends in the digest of one run", function()
    local folder = program.folder(finally)
    local bin = folder .. "/bin"
    os.execute("mkdir " .. bin)
    program.write(folder .. "/recipe.lua", RECIPE)
    program.write(folder .. "/job", script())
    program.write(bin .. "/srun", SRUN)
    os.execute(("ln -s $(readlink -f %s) %s/lrrun"):format(program.path, bin))
    program.write(bin .. "/scontrol", "#!/bin/sh\necho $* >requeued\n")
    os.execute(("chmod +x %s/srun %s/scontrol"):format(bin, bin))
    local job = ("cd %s && PATH=%s:$PATH SLURM_JOB_ID=7 SLURM_CPUS_PER_TASK=1 bash job >log 2>&1")
      :format(folder, bin)
    local _, _, code = os.execute(job)
    assert.equal(143, code)
    assert.equal("requeue 7\n", read(folder .. "/requeued"))
    assert.truthy(os.execute(job))
    assert.equal(" --mpi=pmix --cpus-per-task=1\n", read(folder .. "/options"):match "^[^\n]*\n")
    assert.equal(0, (program.run_in(folder, "recipe.lua --quiet --out alone")))
    local function digest_of(run)
      return json.decode(read(("%s/%s/recipe-1/result.json"):format(folder, run))).digest
    end
    assert.equal(digest_of "alone", digest_of "runs/7")
  end)
end)
