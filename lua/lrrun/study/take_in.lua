--- A study that several processes have worked on (joined.lua) goes on in one: what their files say
--- is written into the journal, and they are taken away. Layer: study.

local settle = require "lrrun.study.settle"

-- Results that the journal does not have yet.
local function missing(study, shared)
  local n = 0
  for job in pairs(shared.results) do
    local there = study.recorded[job]
    n = n + ((there and there.done) and 0 or 1)
  end
  return n
end

--- Takes it in. The study was opened with `shared`, which is alone.
---@param study table
return function(study)
  local shared, left = study.shared, {}
  shared:scan()
  local n = missing(study, shared)
  while n > 0 do
    local work = study:next()
    if work == nil or work == "wait" then
      break
    elseif shared.results[work.job] then
      study:finish(work.job, shared:result(work.job))
      n = n - 1
    else
      left[#left + 1] = study.recorded[work.job]
    end
  end
  study.todo = left
  settle.leftovers(study, shared, true)
  shared:remove()
  study.shared = nil
end
