--- Works a study through with a runner (workers.lua, inside.lua). Layer: study.

local current = require "lrrun.util.current"
local host = require "lrrun.native.host"
local strategies = require "lrrun.search.strategies"
local sys = require "lrrun.native.sys"

local PAUSE = 0.005 -- seconds between looks at the workers

-- Starts all that may start.
local function fill(study, runner)
  while runner:has_room() do
    local work = study:next()
    if work == nil or work == "wait" then
      break
    end
    runner:start(work)
  end
end

--- Until all trials are done, or an interrupt. told(trial) is called for each result.
---@param study table
---@param runner table
---@param told fun(trial: table)
---@return "done"|"interrupted"|"halted" halted: study.trouble says why
return function(study, runner, told)
  local _ <close> = host.hold()
  while true do
    if sys.interrupted() then
      runner:stop()
      return "interrupted"
    end
    host.refresh()
    fill(study, runner)
    local done = runner:poll()
    for _, item in ipairs(done) do
      if item[2].reason == "interrupted" then
        runner:stop()
        return "interrupted"
      end
      told(study:finish(item[1], item[2]))
    end
    if #done > 0 then
      runner:tidy(study)
    elseif runner.count == 0 then -- nothing runs, and nothing may begin
      break
    else
      sys.sleep(PAUSE)
    end
  end
  if study:trouble() then
    return "halted"
  end
  local set = study.set
  if set.limit < set.trials then
    current.out():note("%s", strategies.exhausted(set.limit, set.trials))
  end
  study:close()
  runner:tidy(study)
  return "done"
end
