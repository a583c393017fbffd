--- The command line: finds the verb and runs it.

local cli = {}

--- Runs a plain Lua script with all libraries: `lrrun --trusted FILE [ARGS]`.
local function run_script(args)
  local path = args[2]
  local chunk = assert(loadfile(path, "t"))
  _G.arg = { [-1] = args[0], [0] = path, table.unpack(args, 3) }
  chunk(table.unpack(args, 3))
  return 0
end

--- Runs the command line `args` ([0] is the program) and returns the exit code.
---@param args string[]
---@return integer
function cli.main(args)
  if args[1] == "--trusted" and args[2] then
    return run_script(args)
  end
  io.stderr:write("lrrun: usage: lrrun RECIPE\n")
  return 2
end

return cli
