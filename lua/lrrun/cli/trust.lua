--- `lrrun trust FILE`: lets a recipe run without the sandbox, as it is now. Layer: cli.

local json = require "lrrun.record.json"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local trust = require "lrrun.sandbox.trust"
local verbs = require "lrrun.cli.verbs"
local wrapped = require "lrrun.cli.wrapped"

-- Whether the file is still what was trusted.
local function state_of(item)
  local text = file.kind(item.path) == "file" and file.read(item.path)
  return not text and "gone" or trust.of(item.path, text) or "changed"
end

local function print_list(call)
  local list, wrong = trust.list()
  if wrong > 0 then
    call.out:warn("%s: %d of its lines are no entries (a SHA-256, two spaces, a path) and trust "
      .. "nothing; the next lrrun trust FILE leaves them out", trust.path(), wrong)
  end
  for i, item in ipairs(list) do
    local state = state_of(item)
    list[i] = { path = item.path, sha256 = item.sha256, state = state }
    call.out:print("%-8s %s", state, item.path)
  end
  if #list == 0 then
    call.out:print "no file is trusted (lrrun trust FILE)"
  end
  call.out:result { trusted = json.array(list), list = trust.path() }
  return 0
end

local function remove(call, path)
  if not trust.remove(path) then
    parse.fail("%s is not trusted (lrrun trust --list)", path)
  end
  call.out:print("%s runs in the sandbox again", path)
  call.out:result { removed = path }
  return 0
end

return function(call)
  local path = call.args[1]
  if call.flags.list then
    return path and parse.fail "trust --list takes no file" or print_list(call)
  elseif not path then
    parse.fail "usage: lrrun trust FILE, lrrun trust --remove FILE or lrrun trust --list"
  elseif call.flags.remove then
    return remove(call, path)
  end
  given.recipe(path)
  local entry = trust.add(path)
  call.out:print("%s is trusted as it is now (SHA-256 %s)", entry.path, entry.sha256)
  wrapped.paragraphs(call.out, verbs.by_name.trust.about)
  call.out:result(entry)
  return 0
end
