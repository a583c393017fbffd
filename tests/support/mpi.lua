-- Programs under mpirun, for specs; skipped with a word where there is none.

local program = require "support.program"

local mpi = {}

-- As root, on fewer cores than ranks, and all on this machine.
local OPEN_MPI = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
  .. "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 "

local KINDS = {
  { kind = "openmpi", name = "Open MPI", says = "Open MPI", flags = OPEN_MPI },
  { kind = "mpich", name = "MPICH", says = "HYDRA", flags = "" },
}

-- Where the plug-in for this MPI lies beside the program.
local function has_plugin(kind)
  local file <close> = io.open(program.path:gsub("[^/]*$", "") .. "lrrun-" .. kind .. ".so")
  return file ~= nil
end

-- The mpirun of an MPI: Debian has both under names of their own, beside one that is mpirun.
local function launcher(item)
  for _, name in ipairs { "mpirun." .. item.kind, "mpirun" } do
    local pipe <close> = assert(io.popen(name .. " --version 2>&1"))
    if pipe:read("a"):find(item.says, 1, true) then
      return name
    end
  end
end

--- Those that can be tried here: each has `name`, `mpirun` and `flags` (variables).
mpi.list = {}

--- Why each of the others cannot.
mpi.missing = {}

for _, item in ipairs(KINDS) do
  item.mpirun = launcher(item)
  if item.mpirun and has_plugin(item.kind) then
    table.insert(mpi.list, item)
  else
    table.insert(mpi.missing, item.mpirun and ("lrrun was built without %s"):format(item.name)
      or ("no mpirun of %s is installed"):format(item.name))
  end
end

--- Why ranks cannot be tried here at all, or nil.
---@return string?
function mpi.lacks()
  return not mpi.list[1] and table.concat(mpi.missing, "; ") or nil
end

--- What stands in front of lrrun for `n` ranks. `which`: the place in the list, counted on from
--- its start behind its end.
---@param n integer
---@param before string? of each rank: variables
---@param which integer? 1
function mpi.words(n, before, which)
  local item = mpi.list[((which or 1) - 1) % #mpi.list + 1]
  return ("%s%s -n %d env %s"):format(item.flags, item.mpirun, n, before or "")
end

--- Runs lrrun as `n` ranks in a folder; gives what program.run_in gives.
---@param n integer
---@param folder string
---@param args string
---@param before string? as for words
---@param which integer? as for words
function mpi.run(n, folder, args, before, which)
  return program.run_in(folder, args, mpi.words(n, before, which))
end

return mpi
