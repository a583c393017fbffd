--- Where a hostile recipe runs: a folder with what it may see and make, and beside it what it
--- may neither read nor change.
--
--   in/         the recipe's folder: r.lua, links out of it, a pipe, a socket
--   out/        --out: other-1, another run, among it
--   outside/    files of someone else
--   home/       HOME, with files of a person
--   output      what the program printed
--
-- Each canary holds WORD; where the word shows, one was read.

local file = require "lrrun.native.file"
local files = require "support.files"
local program = require "support.program"

local room = {}

--- Stands in every canary and nowhere else.
room.word = "canary-of-" .. require "lrrun.native.sys".pid()

local PIXELS = "P5 1 1 255 x" -- no picture that is taken
local CANARIES = {
  "outside/secret.txt", "outside/secret.csv", "outside/set/a/1.png", "outside/set/b/2.png",
  "outside/module.lua", "home/.bashrc", "home/.ssh/id_rsa", "out/other-1/recipe.lua",
  "out/other-1/run.yaml", "out/other-1/weights.safetensors", "out/other-1/result.json",
  "out/other-1/checkpoints/1.ckpt", "secret.txt",
}

local MAKE = [[
set -e
mkdir -p in/loopdir in/files out/other-1/checkpoints outside/set/a outside/set/b home/.ssh
ln -s ../outside/secret.txt in/link_passwd
ln -s ../outside in/link_dir
ln -s ../outside in/link_out
ln -s ../outside/secret.csv in/link.csv
ln -s ../outside/module.lua in/linked.lua
ln -s . in/loop
ln -s nowhere in/dangling
ln -s .. in/loopdir/up
mkfifo in/fifo in/fifo.csv
printf 'a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n' >in/good.csv
printf 'x,"unclosed\n1,2\n' >in/bad.csv
printf 'return { answer = 42 }\n' >in/good.lua
printf 'return require "circle_b"\n' >in/circle_a.lua
printf 'return require "circle_a"\n' >in/circle_b.lua
printf 'while true do end\n' >in/endless.lua
printf '\033Lua' >in/binary.lua
printf 'x = = 1\n' >in/broken.lua
printf 'one line\nand another\n' >in/lines.txt
: >in/r.lua
ln -s r.lua in/lrrun:x.lua
]]

local function shell(folder, text)
  local ok = os.execute(("cd %s && {\n%s\n}"):format(program.quote(folder), text))
  assert(ok, "a room could not be made")
end

-- A recipe may have another run evaluated by naming its folder, and then hears what is wrong
-- with its run.yaml: that one holds no word.
local function canary(name)
  if name == "out/other-1/run.yaml" then
    return "another: run\n"
  end
  return ("%s\n%s %s,1\n"):format(PIXELS, room.word, name)
end

--- A room that others are copied from; gives its folder.
---@param folder string made here
---@param contain string the program tests/tools/contain.c
function room.model(folder, contain)
  file.mkdir(folder)
  shell(folder, MAKE)
  program.write(folder .. "/in/good.npy", files.npy("|u1", { 8, 2 }, ("\1\2\3\4"):rep(4)))
  assert(os.execute(("%s --socket %s"):format(contain, program.quote(folder .. "/in/sock"))))
  for _, name in ipairs(CANARIES) do
    program.write(folder .. "/" .. name, canary(name))
  end
  return folder
end

--- Copies of the model, one for each case: { folder = , source = path of the recipe }.
function room.copies(model, cases)
  local lines = { "set -e" }
  for _, case in ipairs(cases) do
    lines[#lines + 1] = ("cp -a %s %s; cp %s %s/in/r.lua"):format(program.quote(model),
      program.quote(case.folder), program.quote(case.source), program.quote(case.folder))
  end
  shell(model, table.concat(lines, "\n"))
end

-- Names below `folder`, sorted, links not followed. lrrun's own key of a person is no damage.
local function listing(folder)
  local pipe <close> = assert(io.popen(("cd %s && find in outside home secret.txt out/other-1 "
    .. "-path home/.local -prune -o -print | LC_ALL=C sort"):format(program.quote(folder))))
  return pipe:read "a"
end

--- What of a room is not as it was; nil where all is.
---@param model string
---@param folder string
---@return string?
function room.damage(model, folder)
  room.names = room.names or listing(model)
  local before, after = room.names, listing(folder)
  for name in after:gmatch "[^\n]+" do
    if not before:find(name .. "\n", 1, true) then
      return name .. " came from nowhere"
    end
  end
  if #after ~= #before then
    return "files went outside the run folder"
  end
  for _, name in ipairs(CANARIES) do
    if file.read(folder .. "/" .. name, 4096) ~= canary(name) then
      return name .. " was changed"
    end
  end
  return nil
end

--- The paths below `folder` (but for the canaries) that hold the canaries' word.
function room.leaks(folder)
  local found = {}
  local pipe <close> = io.popen(("cd %s && grep -rlF --exclude-dir=outside --exclude-dir=home "
    .. "--exclude-dir=other-1 --exclude=secret.txt --devices=skip %s . 2>/dev/null"):format(
    program.quote(folder), room.word))
  for line in pipe:lines() do
    found[#found + 1] = line
  end
  return found
end

return room
