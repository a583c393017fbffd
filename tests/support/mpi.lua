-- Programs under mpirun, for specs; skipped with a word where there is none.

local program = require "support.program"

local mpi = {}

-- As root, on fewer cores than ranks, and all on this machine.
local FLAGS = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
  .. "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 "

-- Where the plug-in for this MPI lies beside the program.
local function has_plugin(kind)
  local file <close> = io.open(program.path:gsub("[^/]*$", "") .. "lrrun-" .. kind .. ".so")
  return file ~= nil
end

--- Why ranks cannot be tried here, or nil.
---@return string?
function mpi.lacks()
  if not os.execute "command -v mpirun >/dev/null 2>&1" then
    return "no mpirun is installed"
  elseif not has_plugin "openmpi" then
    return "lrrun was built without Open MPI"
  end
  local pipe <close> = assert(io.popen "mpirun --version 2>&1")
  return not pipe:read "a":find "Open MPI" and "mpirun is not Open MPI's" or nil
end

--- Runs lrrun as `n` ranks in a folder; gives what program.run_in gives.
---@param n integer
---@param folder string
---@param args string
---@param before string? of each rank: variables
function mpi.run(n, folder, args, before)
  return program.run_in(folder, args, FLAGS .. ("mpirun -n %d env %s"):format(n, before or ""))
end

return mpi
