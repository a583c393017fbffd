--- Runs lrrun as a process of its own.

local json = require "lrrun.record.json"
local temporary = require "support.temporary"

local program = {}

--- The lrrun that the tests run in.
program.path = arg[-1] or "build/lrrun"

--- A word as the shell takes it.
function program.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Specs look for whole lines; what is said of widths says its own.
local WIDE = "COLUMNS=9999; export COLUMNS;"

--- Runs `lrrun args` (a shell's line) and gives its exit code, stdout and stderr. `before`
--- stands in front of it (variables, ulimit). Lines are as wide as they are, unless it says
--- COLUMNS=80.
---@param args string
---@param before string?
---@return integer code
---@return string out
---@return string err
function program.run(args, before)
  local stderr = temporary.file()
  local pipe = assert(io.popen(("%s %s %s %s 2>%s; echo \"=$?\""):format(WIDE, before or "",
    program.path, args, stderr)))
  local text = pipe:read "a"
  pipe:close()
  local file <close> = assert(io.open(stderr))
  local err = file:read "a"
  os.remove(stderr)
  local out, code = text:match "^(.*)=(%d+)\n$"
  return math.tointeger(tonumber(code)), out, err
end

--- The same with `folder` as the one that lrrun is started in.
---@param folder string
---@param args string
---@param before string?
---@return integer code
---@return string out
---@return string err
function program.run_in(folder, args, before)
  local path = program.path:sub(1, 1) == "/" and program.path or "\"$OLDPWD\"/" .. program.path
  local pipe = assert(io.popen(("%s cd %s && %s %s %s 2>err; echo \"=$?\""):format(WIDE,
    program.quote(folder), before or "", path, args)))
  local out, code = pipe:read("a"):match "^(.*)=(%d+)\n$"
  pipe:close()
  local file <close> = assert(io.open(folder .. "/err"))
  return math.tointeger(tonumber(code)), out, file:read "a"
end

--- The same for what answers with a document (--json): its exit code, the document (or what stands
--- there in its place) and stderr.
function program.answer_in(folder, args, before)
  local code, out, err = program.run_in(folder, args, before)
  local ok, document = pcall(json.decode, out)
  return code, ok and document or out, err
end

--- A folder that is gone when the test is over; `finally` is busted's. It is in memory, where
--- nothing waits for a disk, unless it is to be on one (nothing is packed in memory).
function program.folder(finally, on_disk)
  local path = temporary.folder(not on_disk)
  finally(function()
    os.execute("rm -rf " .. program.quote(path))
  end)
  return path
end

--- Processes that `pid` started: of lrrun it is one, which does the work.
---@param pid integer
---@return integer[]
function program.children(pid)
  local list = {}
  local pipe <close> = assert(io.popen(("pgrep -P %d"):format(pid)))
  for line in pipe:lines() do
    list[#list + 1] = math.tointeger(tonumber(line))
  end
  return list
end

--- Whether the program is a sanitized one: these reserve terabytes of addresses for themselves, and
--- keep memory that was freed.
---@return boolean
function program.sanitized()
  return program.run("--version", "ulimit -v 60000;") ~= 0
end

--- Writes a file.
function program.write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

--- Runs the text of a recipe in the sandbox, with short limits; gives what run gives.
function program.recipe(finally, text, flags, before)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  return program.run(("--out %s/runs --lua-seconds 0.15 --lua-memory 64 %s %s/r.lua"):format(folder,
    flags or "", folder), before)
end

return program
