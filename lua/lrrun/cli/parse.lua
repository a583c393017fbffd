--- Words of the command line to a verb, its arguments and its flags.
--
-- Layer: cli.

local errors = require "lrrun.util.errors"
local files = require "lrrun.native.file"
local limits = require "lrrun.limits"
local other_words = require "lrrun.util.other_words"
local status = require "lrrun.cli.status"
local verbs = require "lrrun.cli.verbs"

local parse = {}

-- A wrong command line is an error with exit code 2; cli.main prints it.
local function usage_error(fmt, ...)
  error(setmetatable({ code = status.USAGE, message = fmt:format(...) }, parse.Failure), 0)
end

--- Metatable of errors that carry an exit code: { code, message }.
parse.Failure = { __name = "lrrun.failure", __tostring = function(e) return e.message end }
parse.fail = usage_error

-- "a, b or c".
local function listed(names)
  return table.concat(names, ", ", 1, #names - 1) .. " or " .. names[#names]
end

--- Every flag of every verb by its long and short name, and a list of the long ones; a name means
--- the same everywhere, so that flags may stand before the verb.
---@return table<string, table>
---@return string[]
function parse.flags()
  local known, names = {}, {}
  local function add(flag)
    known["--" .. flag[1]] = flag
    names[#names + 1] = "--" .. flag[1]
    if flag.short then
      known["-" .. flag.short] = flag
    end
  end
  for _, flag in ipairs(verbs.common) do
    add(flag)
  end
  for _, verb in ipairs(verbs.list) do
    for _, flag in ipairs(verb.flags or {}) do
      add(flag)
    end
  end
  return known, names
end

-- One of the flag's texts, or a call of one: asha{grace = 2}.
local function chosen(flag, value)
  local name = flag.call and value:match "^%s*([%a_]+)%s*[%({]" or value
  for _, choice in ipairs(flag.choices) do
    if choice == name then
      return value
    end
  end
  usage_error("--%s takes %s, got '%s'%s", flag[1], listed(flag.choices), value,
    errors.hint(name, flag.choices))
end

-- A number with a point or without; above 0 where the flag says nothing else.
local function number_of(flag, value)
  local x, least = tonumber(value), flag.least
  if not x or not ((least and x >= least or x > 0) and x < math.huge) then
    usage_error("--%s takes a number %s, got '%s'", flag[1],
      least and ("of at least %g"):format(least) or "above 0", value)
  elseif flag.most and x > flag.most then
    usage_error("--%s takes at most %g, got '%s'", flag[1], flag.most, value)
  end
  return x
end

local function integer_of(flag, value)
  local number = value:match "^[+-]?%d+$" and math.tointeger(tonumber(value))
  if not number then
    usage_error("--%s takes an integer, got '%s'", flag[1], value)
  elseif flag.type == "count" and number < 1 then
    usage_error("--%s takes an integer above 0, got %d", flag[1], number)
  elseif flag.least and number < flag.least then
    usage_error("--%s takes at least %d, got %d", flag[1], flag.least, number)
  elseif flag.most and number > flag.most then
    usage_error("--%s takes at most %d, got %d", flag[1], flag.most, number)
  end
  return number
end

local function checked(flag, value)
  if flag.choices then
    return chosen(flag, value)
  elseif not flag.type then
    return value
  elseif flag.type == "number" then
    return number_of(flag, value)
  elseif flag.type == "size" then
    local bytes, want = limits.parse(value)
    return bytes or usage_error("--%s takes %s, got '%s'", flag[1], want, value)
  end
  return integer_of(flag, value)
end

-- Of two values the second holds, and that is said; where they are lists of their own it is an
-- error. A switch may be said again, and so may a limit, of which whoever calls lrrun from a script
-- has given one.
local function check_again(state, flag, text)
  local name, before = flag[1], state.given[flag[1]]
  state.given[name] = text or true
  if before == nil or flag.again or not text and before == true then
    return
  elseif flag.once then
    usage_error("--%s is given twice (%s and %s); it takes one %s", name, before, text, flag[2])
  end
  local function shown(value)
    return value == true and "alone" or value
  end
  table.insert(state.notes, ("--%s is given twice (%s and %s): the last one counts"):format(name,
    shown(before), shown(text or true)))
end

-- The same of a list with two values for one key.
local function check_keys(state, flag, item)
  local key, value = item:match "^%s*([^=%s]+)%s*=(.*)$"
  local before = key and state.keys[key]
  if before then
    table.insert(state.notes, ("--%s %s is given twice (%s and %s): the last one counts"):format(
      flag[1], key, before, value))
  end
  if key then
    state.keys[key] = value
  end
end

-- text: the value as it was given; nil of a flag that stood alone.
local function store(state, flag, value, text)
  local flags, name = state.flags, flag[1]
  if flag.many then
    flags[name] = flags[name] or {}
    table.insert(flags[name], value)
    if flag.keyed then
      check_keys(state, flag, value)
    end
  else
    check_again(state, flag, text)
    flags[name] = value
  end
end

-- Whether the word behind a flag that may stand alone is its value: no flag, and no word that the
-- verb still waits for.
local function is_value(word, state)
  local verb = verbs.by_name[state.args[1]]
  return word ~= nil and word:sub(1, 1) ~= "-" and verb ~= nil
    and #state.args > verb.args[1]
end

-- The flags that the verb takes, where it stands before them; else all.
local function names_near(state)
  local verb = verbs.by_name[state.args[1]] or state.args[1] and verbs.by_name.run
  if not verb then
    return state.names
  end
  local names = {}
  for i, flag in ipairs(verbs.flags(verb)) do
    names[i] = "--" .. flag[1]
  end
  return names
end

-- --lr 0.1 is a key of the recipe, which --set changes where the verb reads one.
local function refuse_key(name, value, verb)
  local key = name:match "^%-%-([%w_-]+)$"
  local path = key and not (verb and verb.fixed)
    and require("lrrun.language.takers").path((key:gsub("-", "_")))
  if path then
    usage_error("unknown flag '%s'; the recipe has that key: --set %s=%s", name, path,
      value or "VALUE")
  end
end

local function refuse_flag(name, value, state)
  local names = names_near(state)
  local near = errors.nearest(name, names)
  if near ~= name .. "s" and name ~= (near or "") .. "s" then -- --epoch is no key of callbacks
    refuse_key(name, value, verbs.by_name[state.args[1]])
  end
  usage_error("unknown flag '%s'%s", name, errors.hint(name, names))
end

local function take_flag(words, i, state)
  local name, value = words[i]:match "^(%-%-[^=]+)=(.*)$"
  local text
  name = name or words[i]
  local flag = state.known[name]
  if not flag then
    refuse_flag(name, value or words[i + 1], state)
  elseif not flag[2] then
    if value then
      usage_error("%s takes no value", name)
    end
    value = true
  elseif not value and flag.optional and not is_value(words[i + 1], state) then
    value = true
  else
    if not value then
      i = i + 1
      value = words[i]
      if value == nil then
        usage_error("%s wants a value: %s %s", name, name, flag[2])
      end
    end
    text, value = value, checked(flag, value)
  end
  store(state, flag, value, text)
  state.used[#state.used + 1] = flag
  return i + 1
end

-- lrrun help --memory: a flag with a value is what help is asked on.
local function is_topic(word, state)
  local flag = state.known[word]
  return #state.args == 1 and state.args[1] == "help" and flag ~= nil and flag[2] ~= nil
    and word:sub(1, 2) == "--"
end

local function split(words)
  local state = { flags = {}, given = {}, keys = {}, notes = {}, used = {}, args = {},
    rest = {} }
  state.known, state.names = parse.flags()
  local i = 1
  while i <= #words do
    local word = words[i]
    if word == "--" then
      table.move(words, i + 1, #words, 1, state.rest)
      break
    elseif is_topic(word, state) and i == #words then
      state.args[2] = word:sub(3)
      i = i + 1
    elseif word:sub(1, 1) == "-" and word ~= "-" then
      i = take_flag(words, i, state)
    else
      state.args[#state.args + 1] = word
      i = i + 1
    end
  end
  return state
end

--- Whether the first word is a recipe's name, before which `run` may be left out.
---@param word string
---@return boolean
function parse.is_file(word)
  return word:find "[./]" ~= nil
end

-- What is meant by a word that is no verb: a recipe without its ending, a flag without its dashes,
-- a verb of other programs, or one near to those.
local function hint_of_verb(word, known)
  if files.kind(word .. ".lua") == "file" then
    return ("; did you mean '%s.lua'?"):format(word)
  elseif known["--" .. word] then
    return ("; did you mean '--%s'?"):format(word)
  end
  local other = other_words.verbs
  local names = verbs.names()
  for there in pairs(other) do
    names[#names + 1] = there
  end
  table.sort(names)
  local near = other[word] and word or errors.nearest(word, names)
  return near and ("; did you mean '%s'?"):format(other[near] or near) or ""
end

-- The verb, which may be left out before a recipe.
local function find_verb(state)
  local first = state.args[1]
  local verb = first and verbs.by_name[first]
  if verb then
    table.remove(state.args, 1)
    return verb
  elseif first == nil then
    usage_error "usage: lrrun RECIPE [FLAGS], or lrrun VERB ...; lrrun help lists the verbs"
  elseif parse.is_file(first) then
    return verbs.by_name.run
  end
  usage_error("unknown verb '%s'%s (lrrun help lists them; a recipe's name ends in .lua)", first,
    hint_of_verb(first, state.known))
end

local function check_flags(state, verb)
  local takes = {}
  for _, flag in ipairs(verbs.flags(verb)) do
    takes[flag[1]] = true
  end
  for _, flag in ipairs(state.used) do
    if not takes[flag[1]] then
      local file = flag[1] == "out" and takes.output
      refuse_key("--" .. flag[1], state.flags[flag[1]], verb) -- continue takes --lr
      usage_error("'%s' takes no --%s%s (lrrun help %s)", verb[1], flag[1],
        file and "; -o FILE is what it writes" or "", verb[1])
    end
  end
end

local function check_fixed(state, verb)
  for _, name in ipairs(verbs.refused(verb)) do
    if state.flags[name] ~= nil then
      local others = verb.changed and verb.changed[name]
      usage_error("%s takes no --%s: %s%s", verb[1], name, verb.fixed,
        others and "; lrrun " .. others .. " takes it" or "")
    end
  end
end

-- --trusted is the older name of --sandbox=off; verbs ask for `trusted`.
local function settle_sandbox(flags)
  if flags.trusted and flags.sandbox and flags.sandbox ~= "off" then
    usage_error("--trusted is --sandbox=off: it does not go with --sandbox=%s", flags.sandbox)
  end
  flags.trusted = flags.trusted or flags.sandbox == "off" or nil
end

local function check_count(state, verb)
  local least, most, shown = table.unpack(verb.args)
  if #state.args < least then
    usage_error("usage: lrrun %s %s", verb[1], shown)
  elseif #state.args > most then
    if verb.scripts and state.flags.trusted then
      -- A trusted script takes words of its own: lrrun --trusted tests/run.lua tests/spec
      table.move(state.rest, 1, #state.rest, #state.args - most + 1)
      table.move(state.args, most + 1, #state.args, 1, state.rest)
      table.move({}, 1, #state.args - most, most + 1, state.args)
    else
      usage_error("unexpected argument '%s'; usage: lrrun %s %s", state.args[most + 1], verb[1],
        shown)
    end
  end
end

--- The call (verbs.lua) that these words make; raises a parse.Failure for wrong ones.
---@param words string[]
function parse.words(words)
  local state = split(words)
  local call = { flags = state.flags, args = state.args, rest = state.rest, notes = state.notes }
  if state.flags.version then
    return call
  elseif state.flags.help then
    call.verb = "help"
    call.args = { state.args[1] and find_verb(state)[1] }
    return call
  end
  if #words == 0 then -- as cargo does: what may be typed is no mistake
    call.verb, call.short = "help", true
    return call
  end
  local verb = find_verb(state)
  call.verb = verb[1]
  check_fixed(state, verb)
  check_flags(state, verb)
  settle_sandbox(state.flags)
  check_count(state, verb)
  return call
end

return parse
