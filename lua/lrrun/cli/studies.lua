--- What verbs have in common that work a study through with processes: search and advise.
--- Layer: cli.

local command = require "lrrun.util.command"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local launch = require "lrrun.study.launch"
local limits = require "lrrun.limits"
local parse = require "lrrun.cli.parse"
local ranks = require "lrrun.util.ranks"
local remote = require "lrrun.study.remote"
local returned = require "lrrun.recipe.returned"
local script = require "lrrun.recipe.script"
local setup = require "lrrun.cli.setup"
local sys = require "lrrun.native.sys"
local workers = require "lrrun.study.workers"

local studies = {
  MOST_JOBS = 64,
}

-- A path as it is, or will be once folders are made: links up to what is there are followed.
local function whole(path)
  local rest = ""
  while not file.real(path == "" and "/" or path) do
    local before, name = path:gsub("/+$", ""):match "^(.-)/*([^/]+)$"
    rest, path = "/" .. name .. rest, before ~= "" and before or path:sub(1, 1) == "/" and "" or "."
  end
  return (file.real(path == "" and "/" or path) .. rest):gsub("^/+", "/"):gsub("/+$", "")
end

-- A file cannot stand where run folders are made, nor where a folder above them is.
local function check_apart(freezes, out)
  local file_at, out_at = whole(freezes), whole(out)
  if (out_at .. "/"):sub(1, #file_at + 1) == file_at .. "/" then
    parse.fail("--freeze %s is %s the folder of --out (%s): want a file", freezes,
      file_at == out_at and "itself" or "above", out)
  end
end

--- Checks --jobs and --freeze.
function studies.check_flags(call)
  local freezes, recipe = call.flags.freeze, call.args[1]
  if (call.flags.jobs or 1) > studies.MOST_JOBS then
    parse.fail("--jobs takes at most %d, got %d", studies.MOST_JOBS, call.flags.jobs)
  elseif freezes and file.real(freezes) and file.real(freezes) == file.real(recipe) then
    parse.fail("--freeze would write over the recipe %s", recipe)
  elseif freezes then
    check_apart(freezes, setup.out_folder(call))
    given.output(freezes, "freeze", "lua")
  end
end

-- Last words of the workers' command lines: what of this one is theirs, too.
local function words_of(call)
  local words = {}
  for _, name in ipairs { "trusted", "portable" } do
    words[#words + 1] = call.flags[name] and "--" .. name or nil
  end
  for _, name in ipairs { "allow-read", "allow-write" } do
    for _, path in ipairs(call.flags[name] or {}) do
      words[#words + 1] = ("--%s=%s"):format(name, path)
    end
  end
  local same = limits.words()
  table.move(same, 1, #same, #words + 1, words)
  local data_dir = setup.data_folder(call)
  words[#words + 1] = data_dir and "--data=" .. data_dir
  local recipe_dir = setup.folder_of(call.args[1])
  words[#words + 1] = "--recipe-dir=" .. (file.real(recipe_dir) or recipe_dir)
  return words
end

--- The recipe's value of a call, whose workers may begin from here on.
---@param call table
---@param read string[]? folders beside the recipe's that are read
function studies.script(call, read)
  local value = setup.script(call, { makes = true, files = { call.flags.freeze },
    read = read, script = script.new { studied_by = call.verb },
    worker = words_of(call), memory = limits.value "memory" })
  returned.check(value, call.args[1])
  return value
end

--- The same for a rank that trains trials alone: the recipe is not run.
---@param call table
function studies.prepare(call)
  setup.prepare(call, { makes = true, worker = words_of(call), memory = limits.value "memory" })
end

--- How many trials are at work at the same time: as --jobs says, else as many as there are
--- processors or, where mpirun started several, ranks.
---@param call table
---@return integer
function studies.jobs(call)
  local n, asked = ranks.apart(), call.flags.jobs
  if n > 1 and asked and asked > n then
    call.out:note("at most %d trials at a time: each of the %d ranks trains one", n, n)
  end
  return n > 1 and math.min(asked or n, n) or math.min(asked or sys.threads(), studies.MOST_JOBS)
end

--- Who runs `jobs` trials of the study in `folder` on this machine.
---@param call table
---@param folder string
---@param jobs integer
function studies.here(call, folder, jobs)
  local all = ranks.apart() > 1 and ranks.beside() or jobs
  return launch.here {
    folder = folder, jobs = jobs, words = words_of(call),
    -- All that are at work together keep to what one command may use of memory.
    memory = limits.value "memory" // (all + 1),
    threads = call.flags.threads or math.max(1, sys.threads() // jobs),
  }
end

--- Workers for a study.
---@param jobs integer at the same time
function studies.workers(call, opened, jobs)
  local folder = opened.folder
  if ranks.apart() > 1 then
    return workers.new(folder, remote.new(studies.here(call, folder, 1), folder, jobs))
  end
  return workers.new(folder, studies.here(call, folder, jobs))
end

-- The first text in a recipe's text that names a file beside another recipe: data, or what it
-- requires.
local function beside(text, folder)
  for _, name in text:gmatch "([\"'])([^\"'\n]+)%1" do
    if name:sub(1, 1) ~= "/" and file.kind(folder .. "/" .. name) then
      return name
    end
  end
  for name in text:gmatch "require%s*%(?%s*[\"']([%w_.]+)" do
    if file.kind(("%s/%s.lua"):format(folder, (name:gsub("%.", "/")))) then
      return name
    end
  end
  return nil
end

--- Writes the recipe of --freeze, and says so, how it is used, and what it took the place of.
---@param call table
---@param text string
function studies.write_frozen(call, text)
  local frozen, recipe = call.flags.freeze, call.args[1]
  local other = file.kind(frozen) == "file" and file.read(frozen, #text + 1) ~= text
  file.write(frozen, text)
  if other then
    call.out:warn("--freeze wrote over %s, which held something else", frozen)
  end
  call.out:print("frozen  %s: to train it, %s", frozen, command.line(frozen))
  local folder = setup.folder_of(recipe)
  local named = file.real(setup.folder_of(frozen)) ~= file.real(folder) and beside(text, folder)
  if named then
    call.out:warn("%s is not beside %s: files that the recipe names without a folder of its own "
      .. "are sought beside %s, as '%s'", frozen, recipe, frozen, named)
  end
end

return studies
