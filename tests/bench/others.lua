--- The other programs that benchmarks run, and the program that runs them.

local others = {}

others.program = arg[-1] or "build/lrrun"
others.python = os.getenv "PYTHON" or "/usr/bin/python3"

--- What a shell's command prints.
---@param command string
---@return string
function others.output(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "a"
end

return others
