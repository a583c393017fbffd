--- Why this process has the threads that it has, in words. Layer: util.

local sys = require "lrrun.native.sys"

local cores = {}

local SHARED = "this machine's processors are shared by the ranks on it"

local WHY = {
  SLURM_CPUS_PER_TASK = "as SLURM_CPUS_PER_TASK says",
  OMP_NUM_THREADS = "as OMP_NUM_THREADS says",
  OMPI_COMM_WORLD_LOCAL_SIZE = SHARED, MPI_LOCALNRANKS = SHARED,
}

--- Who says how many there are, with the flag that changes it.
---@param given integer? the number that --threads gave
---@return string
function cores.why(given)
  if given then
    return "as --threads says; the bits are the same for any number"
  end
  local _, by = sys.cores()
  return (by and WHY[by] or "one for each processor that this process may use")
    .. " (--threads N takes another number; the bits stay)"
end

return cores
