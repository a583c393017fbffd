--- Folders of tries at trials of a shared study (joined.lua): `trials/N.JOB.TRY` while one is at
--- work in it, `trials/N` once its result counts. Any process may be stopped between two steps:
--- what one has not done the next one does. Layer: study.

local file = require "lrrun.native.file"
local trial = require "lrrun.study.trial"

local settle = {}

local function path_of(folder, name)
  return ("%s/trials/%s"):format(folder, name)
end

--- Takes the folder of a try away.
---@param folder string of the study
---@param name string
function settle.remove(folder, name)
  trial.remove(path_of(folder, name))
end

--- Puts the folder of the try that counts in the place of its trial's.
---@param folder string of the study
---@param number integer
---@param name string
function settle.folder(folder, number, name)
  local from, to = path_of(folder, name), path_of(folder, number)
  if not file.kind(from) or file.rename(from, to) then
    return
  end
  local aside = from .. ".0"
  file.rename(to, aside)
  if file.rename(from, to) then
    trial.remove(aside)
  else -- another process was faster
    file.rename(aside, to)
  end
end

--- The name of the folder that holds what trial `number` came to before a job: that of the try,
--- where it has not got its place yet.
---@param study table
---@param shared table
---@param number integer
---@param before integer a job
---@return string
function settle.place(study, shared, number, before)
  local there = study.trials[number]
  for i = #there.jobs, 1, -1 do
    local job = there.jobs[i].number
    local result = job < before and shared.results[job] and shared:result(job)
    if result and file.kind(path_of(study.folder, result.place)) then
      return result.place
    end
  end
  return ("%d"):format(number)
end

-- Folders of tries that are there: list of { name, number, job, try }, the last tries first; those
-- that were put aside (settle.folder) have no job.
local function tries_in(folder)
  local list = {}
  for _, name in ipairs(file.list(folder .. "/trials") or {}) do
    local number, job, try = name:match "^(%d+)%.(%d+)%.(%d+)$"
    if number or name:find "^%d[%d.]*%.0$" then
      list[#list + 1] = { name = name, number = math.tointeger(number), try = tonumber(try) or 0,
        job = math.tointeger(job) }
    end
  end
  table.sort(list, function(a, b)
    return a.try > b.try
  end)
  return list
end

--- Takes away what tries have left whose work is done, or gives it its place. With `alone` nobody
--- is at work any more: of work that is not done the last try is what the trial goes on with.
---@param study table
---@param shared table
---@param alone boolean?
function settle.leftovers(study, shared, alone)
  local placed = {}
  for _, one in ipairs(tries_in(study.folder)) do
    local result = one.job and shared.results[one.job] and shared:result(one.job)
    local is_last = not result and one.job and alone and not placed[one.number]
    if result and result.place == one.name or is_last then
      settle.folder(study.folder, one.number, one.name)
      placed[one.number] = true
    elseif result or alone or not one.job then
      settle.remove(study.folder, one.name)
    end
  end
end

return settle
