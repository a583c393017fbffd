--- `lrrun init [NAME] [--data FILE|FOLDER]`: a first recipe for somebody's data, and what editors
--- want beside it. What is there is not written over. Layer: cli.

local command = require "lrrun.util.command"
local draft = require "lrrun.draft"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local next_folder = require "lrrun.record.next_folder"
local parse = require "lrrun.cli.parse"
local set_keys = require "lrrun.cli.set_keys"
local setup = require "lrrun.cli.setup"

local LUARC = [[
{
  "runtime.version": "Lua 5.4",
  "workspace.library": ["types"]
}
]]

local function join(folder, name)
  return folder == "." and name or (folder:gsub("(.)/+$", "%1")) .. "/" .. name
end

-- Where the recipe goes: its folder and its name, of which nil is "recipe".
local function place_of(word)
  if not word then
    return ".", nil
  elseif word:find "/$" or file.kind(word) == "dir" then
    return word:gsub("(.)/+$", "%1"), nil
  end
  local folder, name = word:match "^(.*)/([^/]*)$"
  return folder == "" and "/" or folder or ".", (name or word):gsub("%.lua$", "")
end

local function check_name(word, name)
  local ending = name and name:match "^.+%.(%w+)$"
  if name == "" or name and (name:find "%c" or not utf8.len(name) or name:find "^%.") then
    parse.fail("NAME is %s; want a name for the recipe, as in lrrun init mine", errors.show(word))
  elseif ending and file.kind(word) then
    parse.fail("%s is there already, and NAME is what the recipe will be called; %s makes one for "
      .. "it", word, command.line("init", "--data", word))
  end
end

-- Below which of its folders a path is, as its name there; nil where it is elsewhere.
local function below(path, folder)
  local real, home = file.real(path), file.real(folder)
  local above = home and (home == "/" and "/" or home .. "/")
  return above and real:sub(1, #above) == above and real:sub(#above + 1) or nil
end

-- What the draft is for, from the path that --data names.
local function subject_of(path, folder)
  given.data(path)
  path = path:gsub("(.)/+$", "%1")
  if file.real(path) == file.real(folder) then
    parse.fail("--data %s is the folder that the recipe would be in, beside runs/ and types/; "
      .. "give the data a folder of their own, or the recipe another one (lrrun init FOLDER/NAME)",
      path)
  end
  local inside, real = below(path, folder), file.real(path)
  if not utf8.len(real) then
    parse.fail("--data %s: its path is not UTF-8", path)
  elseif inside then
    return { given = path, path = real, root = file.real(folder), name = inside }
  end
  local outer = path:match "^(.*)/[^/]*$" or "."
  return { given = path, path = real, root = real:match "^(.*)/[^/]*$", name = real:match "[^/]*$",
    folder = outer == "" and "/" or outer }
end

-- What may be written, for the lock: all in a folder that is made, else the files by name.
local function rules_of(folder, files)
  if file.kind(folder) == nil then
    local parent = folder:match "^(.*)/[^/]*$" or "."
    parent = parent == "" and "/" or parent
    if file.kind(parent) ~= "dir" then
      parse.fail("%s: there is no such folder to make %s in", parent, folder:match "[^/]*$")
    end
    return { makes = { parent } }
  elseif file.kind(folder) ~= "dir" then
    parse.fail("%s is no folder: the recipe cannot be in it", folder)
  end
  local types = join(folder, "types")
  if file.kind(types) == "file" then
    parse.fail("%s is a file, and init makes a folder there, for editors; lrrun init FOLDER/NAME "
      .. "writes a recipe elsewhere", types)
  elseif not file.kind(types) then
    return { makes = { folder }, files = { files[1], files[2] } }
  end
  return { files = files }
end

-- Commands for the head of the recipe and for who runs this, in the folder that it is run in.
local function commands_of(parts, recipe, subject, run)
  local extra = subject and subject.folder and { "--data", subject.folder } or {}
  local function line(...)
    local words = table.pack(...)
    table.move(extra, 1, #extra, #words + 1, words)
    return command.line(table.unpack(words))
  end
  local list = {
    { line(recipe), "trains; leaves a folder in runs/" },
    { line("plan", recipe), "what it would be, without training" },
    { line("advise", recipe), "which learning rate is best here" },
    { command.line("report", run), "a page of what came out" },
  }
  if parts.writes then
    list[#list + 1] = { command.line("generate", run, "--prompt", "The "), "lets it write" }
  elseif subject then
    list[#list + 1] = { command.line("predict", run, "--input", "NEW"),
      "answers for data without them" }
  end
  return list
end

-- Writes what is not there: lists of what was written and what was kept.
local function write_all(folder, texts)
  local written, kept = json.array {}, json.array {}
  if not file.kind(folder) then
    next_folder.make(folder)
  end
  for _, item in ipairs(texts) do
    local path = join(folder, item[1])
    if file.kind(path) then
      kept[#kept + 1] = path
    else
      if item.folder and not file.kind(join(folder, item.folder)) then
        file.mkdir(join(folder, item.folder))
      end
      file.write(path, item[2]())
      written[#written + 1] = path
    end
  end
  return written, kept
end

local function check_free(path)
  if file.kind(path) then
    parse.fail("%s is there already, and init writes over nothing; lrrun init NAME writes another",
      path)
  end
end

local function keys_of(call, subject)
  local keys = set_keys.of(call, "data.csv")
  if next(keys) and not (subject and draft.is_table(subject.path)) then
    parse.fail("--set gives keys of data.csv, for a table: lrrun init --data FILE.csv --set "
      .. "target=NAME")
  end
  return keys
end

-- The draft. Messages name what --data said, and how a key that they advise is given here.
local function draft_of(call, subject)
  local keys = keys_of(call, subject)
  local _ <close> = errors.fall_back(subject and subject.given or nil)
  local ok, parts = errors.try(draft.of, subject, keys)
  if ok then
    return parts
  elseif not errors.is(parts) then
    error(parts, 0)
  end
  local message = tostring(parts)
  error(message:gsub("^([^:]*/)([^/:]+): %2:", "%1%2:") .. (message:find "%l+ = [\"{%l]"
    and draft.is_table(subject.path) and " (init takes such keys as --set KEY=VALUE)" or ""), 0)
end

local function print_all(out, answer)
  for _, line in ipairs(answer.notes) do
    out:print("%s", line)
  end
  out:print("wrote %s", table.concat(answer.written, ", "))
  if #answer.kept > 0 then
    out:print("kept  %s, which %s there", table.concat(answer.kept, ", "),
      #answer.kept == 1 and "was" or "were")
  end
  out:print("next: %s", answer.command)
end

return function(call)
  call.data, call.flags.data = call.flags.data, nil -- here it is no folder with data sets
  local folder, name = place_of(call.args[1])
  check_name(call.args[1], name)
  local recipe = join(folder, (name or "recipe") .. ".lua")
  check_free(recipe)
  local subject = call.data and subject_of(call.data, folder)
  local rules = rules_of(folder, { recipe, join(folder, ".luarc.json"),
    join(folder, "types/lrrun.lua") })
  rules.read = subject and { draft.reads(subject.path) }
  setup.lock(call, rules)
  local parts = draft_of(call, subject)
  parts.name = name or subject and next_folder.safe((subject.name:match "[^/]*$"
    :gsub("%.gz$", ""):gsub("(.)%.%w+$", "%1"))) or "digits"
  local run = "runs/" .. next_folder.safe(parts.name) .. "-1"
  parts.commands = commands_of(parts, recipe, subject, run)
  local written, kept = write_all(folder, {
    { name and name .. ".lua" or "recipe.lua", function()
      return draft.text(parts)
    end },
    { ".luarc.json", function()
      return LUARC
    end },
    { "types/lrrun.lua", require "lrrun.cli.definitions", folder = "types" },
  })
  local answer = { recipe = recipe, written = written, kept = kept, notes = json.array(parts.said),
    command = parts.commands[1][1], draft = parts.facts }
  print_all(call.out, answer)
  call.out:result(answer)
  return 0
end
