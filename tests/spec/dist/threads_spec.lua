-- Threads follow the processors that a process was given.

local program = require "support.program"
local sys = require "lrrun.native.sys"

local RECIPE = [[
return recipe { epochs = 1, data = data.blobs { n = 40, classes = 2, batch = 10, val = 0.2 },
  model = nn.sequential { nn.linear(search.int(4, 8)), nn.linear(2) },
  optimizer = optim.sgd { lr = 0.1 } }]]

-- What the line says that plan has of them.
local function planned(folder, flags, env)
  local code, out, err = program.run_in(folder, "plan r.lua " .. flags, env)
  assert.equal(0, code, err)
  return ((out:match "\nthreads%s+(.-)\noptimizer" or out):gsub("%s+", " "))
end

describe("threads", function()
  if sys.cores() < 2 then
    pending("follow processors (this machine gives one)")
    return
  end

  it("are the least of affinity, Slurm's word and OpenMP's, and plan says whose", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    assert.matches("^1: one for each processor that this process may use",
      planned(folder, "", "taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')"))
    assert.matches("^1: as SLURM_CPUS_PER_TASK says", planned(folder, "", "SLURM_CPUS_PER_TASK=1"))
    assert.matches("^1: as OMP_NUM_THREADS says",
      planned(folder, "", "SLURM_CPUS_PER_TASK=2 OMP_NUM_THREADS=1,4"))
    assert.matches("^3: as %-%-threads says", planned(folder, "--threads 3", "OMP_NUM_THREADS=1"))
    for _, word in ipairs { "0", "-1", "many", "999999" } do
      assert.matches("^%d+: one for each processor",
        planned(folder, "", "OMP_NUM_THREADS=" .. word))
    end
    assert.matches("^1: this machine's processors are shared by the ranks",
      planned(folder, "", "OMPI_COMM_WORLD_LOCAL_SIZE=1000"))
  end)

  it("of a run, and of a search's trials, are those, and --verbose says so", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    local function threads_in(path)
      local file <close> = assert(io.open(folder .. "/" .. path))
      return file:read "a":match "threads: (%d+)"
    end
    local _, _, err = program.run_in(folder, "r.lua --verbose", "OMP_NUM_THREADS=1")
    assert.matches("threads: 1, as OMP_NUM_THREADS says", err)
    assert.equal("1", threads_in "runs/r-1/run.yaml")
    program.run_in(folder, "search r.lua --strategy random --trials 1 --jobs 1 --quiet",
      "SLURM_CPUS_PER_TASK=1")
    assert.equal("1", threads_in "runs/r-study/trials/0/run.yaml")
  end)
end)
