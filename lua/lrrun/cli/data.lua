--- `lrrun data [NAME|FILE]`: the data sets known, what they come as, and whether they are here;
--- or what a table or an array holds.
--
-- Layer: cli.

local catalog = require "lrrun.data.catalog"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local setup = require "lrrun.cli.setup"
local parse = require "lrrun.cli.parse"

-- Where the set is, or nil; true for what is built in.
local function place(call, set)
  if not set.folder then
    return true
  end
  local data = setup.data_folder(call)
  local path = data and data:gsub("(.)/+$", "%1") .. "/" .. set.folder
  return path and file.kind(path) == "dir" and (file.real(path) or path) or nil
end

local function describe(call, name)
  local set = catalog[name]
  local where = place(call, set)
  local files = json.array {}
  for i, item in ipairs(set.files or {}) do
    files[i] = { name = item[1], bytes = item[2], md5 = item.md5, sha256 = item.sha256 }
  end
  return {
    name = name, title = set.title, source = set.source, files = files, folder = set.folder,
    layout = set.layout, terms = set.terms, here = where ~= nil,
    path = type(where) == "string" and where or nil,
  }
end

local function print_set(out, set)
  out:print("%s: %s", set.name, set.title)
  out:print("  address   %s", set.source)
  for _, item in ipairs(set.files) do
    out:print("  file      %s, %d bytes, %s %s", item.name, item.bytes or 0,
      item.sha256 and "sha256" or "md5", item.sha256 or item.md5 or "unknown")
  end
  out:print("  folder    %s (below --data DIR or LRRUN_DATA)", set.folder or "none needed")
  out:print("  layout    %s", set.layout)
  out:print("  terms     %s", set.terms)
  out:print("  here      %s", set.path or (set.here and "built in") or "no")
end

local function is_array(name)
  return name:find "%.np[yz]$" or name:find "%.npy%.gz$"
end

-- What --set may say of a file: data.csv's tasks, and data.text's.
local TASKS = { "classification", "regression", "lm", "tags" }

-- Whether --set says that the file is a text for data.text.
local function is_text(call)
  for _, item in ipairs(call.flags.set or {}) do
    local task = item:match "^task=['\"]?(.-)['\"]?$"
    if task == "lm" or task == "tags" then
      return true
    elseif task and task ~= TASKS[1] and task ~= TASKS[2] then
      parse.fail("--set task takes %s or %s of a table, %s or %s of a text, got '%s'%s", TASKS[1],
        TASKS[2], TASKS[3], TASKS[4], errors.short(task, 40), errors.hint(task, TASKS))
    end
  end
  return false
end

local function is_shown(call, name)
  local kind = file.kind(name)
  return kind == "file" or kind == "dir" and is_text(call)
end

local function show_file(call, name)
  local array = is_array(name)
  if is_text(call) then
    setup.lock(call, { read = { name } })
    return require "lrrun.cli.data_text"(call, name)
  end
  if array and call.flags.set then
    parse.fail("--set gives keys of data.csv, and %s is an array", name)
  end
  if not array then
    given.table(name)
  end
  setup.lock(call, { read = { name } })
  return require(array and "lrrun.cli.data_array" or "lrrun.cli.data_file")(call, name)
end

return function(call)
  local out, name = call.out, call.args[1]
  if name and is_shown(call, name) then
    return show_file(call, name)
  elseif call.flags.set then
    parse.fail("--set gives keys of data.csv for a table's file: lrrun data FILE --set skip=1")
  elseif name then
    if not catalog[name] or type(catalog[name]) ~= "table" or name == "order" then
      if name:find "[./]" or file.kind(name) then
        given.table(name)
      end
      parse.fail("no data set '%s'%s", name, errors.after_hint(errors.hint(name, catalog.order),
        "known are " .. table.concat(catalog.order, ", ")))
    end
    local set = describe(call, name)
    print_set(out, set)
    out:result(set)
    return 0
  end
  local sets = json.array {}
  for i, each in ipairs(catalog.order) do
    sets[i] = describe(call, each)
    out:print("%-14s %-9s %s", each, sets[i].path and "here"
      or sets[i].here and "built in" or "not here", sets[i].title)
  end
  out:print "lrrun data NAME tells the address, the files and where they belong."
  out:result { sets = sets }
  return 0
end
