--- System calls that fail on demand (os/calls.h): which there are, and how often a process
--- comes to them.

local file = require "lrrun.native.file"

local faults = { calls = file.calls }

local KILLED = 137 -- as the shell has it

-- Whether the process comes to the call n times and once more.
local function reaches(run, call, n)
  return run(("LRRUN_FAULT=%s:%d:KILL"):format(call, n)) == KILLED
end

--- How often `run` comes to the call. run(before) runs the process with `before` in front of
--- it (program.run) and gives its exit code; it may be killed anywhere.
---@param run fun(before: string): integer
---@param call string
---@return integer
function faults.count(run, call)
  local low, high = 0, 1 -- it comes to the call at least `low` times, fewer than `high`
  while reaches(run, call, high - 1) do
    low, high = high, 2 * high
  end
  while high - low > 1 do
    local middle = (low + high) // 2
    if reaches(run, call, middle - 1) then
      low = middle
    else
      high = middle
    end
  end
  return low
end

--- At most `most` of the numbers 0 .. count - 1, evenly spread, the first and the last with
--- them.
---@param count integer
---@param most integer
---@return integer[]
function faults.spread(count, most)
  local list = {}
  local n = math.min(count, most)
  for i = 0, n - 1 do
    list[#list + 1] = n == 1 and 0 or i * (count - 1) // (n - 1)
  end
  return list
end

return faults
