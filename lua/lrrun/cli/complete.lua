--- `lrrun complete -- WORDS`: what the last of WORDS, which may be empty, can become. The shells'
--- own files (packaging/completions) ask it.
--
-- A line is a word, a tab and what it means; a line that begins with a colon leaves it to the
-- shell: ":files lua yaml" (with these endings, or any), ":folders". All follows from the tables
-- that check and help. What is said goes into somebody's command line: a name with a character
-- that means something to a shell is left out. A recipe is only run where the kernel guards it
-- (complete_keys.lua); nothing is written, and errors are silence. Layer: cli.

local file = require "lrrun.native.file"
local parse = require "lrrun.cli.parse"
local setup = require "lrrun.cli.setup"
local verbs = require "lrrun.cli.verbs"

-- Methods of strings are the sandbox's once a recipe ran, and raise where it passed a limit.
local find, gmatch, gsub, match, sub = string.find, string.gmatch, string.gsub, string.match,
  string.sub

local MOST_NAMES = 5000 -- of a folder
local LONGEST = 60 -- bytes of what a word means

-- A name that a shell takes as it is.
local function is_plain(name)
  return not find(name, "[^%w%._/+,@\x80-\xff-]") and utf8.len(name) ~= nil
    and sub(name, 1, 1) ~= "-"
end

local function add(list, word, doc)
  list[#list + 1] = { word, doc }
end

-- Folders beside each other that hold one of these files, as paths. A word without a folder
-- means those of --out.
local function add_places(list, seen, files)
  local parent = match(seen.word, "^(.*/)[^/]*$")
  local begun = sub(seen.word, #(parent or "") + 1)
  parent = parent
    or gsub(setup.out_folder { flags = seen.flags }, "/*$", "/")
  local names = file.list(parent) or {}
  for i = 1, #names <= MOST_NAMES and #names or 0 do
    local name = names[i]
    for _, inside in ipairs(sub(name, 1, #begun) == begun and is_plain(parent .. name) and files
      or {}) do
      if file.kind(parent .. name .. "/" .. inside) == "file" then
        add(list, parent .. name)
        break
      end
    end
  end
  if #list == 0 then
    add(list, ":folders")
  end
end

local RUNS = { "run.yaml" }
local STUDIES = { "study.json", "advice.json", "sensitivity.json" }
local REPORTED = { "range.json", table.unpack(STUDIES) } -- beside runs
REPORTED[#REPORTED + 1] = RUNS[1]

-- What stands in usage -> what it may be. What is not here is a word that nobody knows.
local KINDS
KINDS = {
  RECIPE = function(list)
    add(list, ":files lua")
  end,
  EXPERIMENT = function(list)
    add(list, ":files yaml yml")
  end,
  FILE = function(list)
    add(list, ":files")
  end,
  DIR = function(list)
    add(list, ":folders")
  end,
  RUN = function(list, seen)
    add_places(list, seen, seen.verb and seen.verb[1] == "report" and REPORTED or RUNS)
  end,
  ["RUN|STUDY"] = function(list, seen)
    add_places(list, seen, REPORTED)
  end,
  STUDY = function(list, seen)
    add_places(list, seen, STUDIES)
  end,
  TOPIC = function(list)
    for _, topic in ipairs(require "lrrun.cli.topics"()) do
      add(list, topic)
    end
  end,
  VERB = function(list)
    for _, name in ipairs(verbs.names()) do
      add(list, name, verbs.by_name[name].doc)
    end
    add(list, ":files lua")
  end,
  NAME = function(list, seen)
    local catalog = require "lrrun.data.catalog"
    for _, name in ipairs(seen.verb[1] == "data" and catalog.order or {}) do
      add(list, name, catalog[name].title)
    end
  end,
  ["KEY=VALUE"] = function(list, seen)
    for _, key in ipairs(require("lrrun.cli.complete_keys").of(seen)) do
      add(list, key[1], key[2])
    end
  end,
}
KINDS.A, KINDS.B, KINDS["KEY=LIST"] = KINDS.RUN, KINDS.RUN, KINDS["KEY=VALUE"]
KINDS.FOLDER, KINDS["FILE|FOLDER"] = KINDS.DIR, KINDS.FILE

-- "NAME|FILE": both.
local function add_kinds(list, seen, text)
  if KINDS[text] then
    KINDS[text](list, seen)
    return
  end
  for name in gmatch(text, "[^|]+") do
    if KINDS[name] then
      KINDS[name](list, seen)
    end
  end
end

-- What a flag's value may be, each behind `before`.
local function add_values(list, seen, flag, before)
  local values = {}
  for _, choice in ipairs(flag.choices or {}) do
    add(values, choice)
  end
  if not flag.choices then
    add_kinds(values, seen, flag[2])
  end
  for _, item in ipairs(values) do
    add(list, sub(item[1], 1, 1) == ":" and item[1] or before .. item[1], item[2])
  end
end

-- The n-th argument as usage has it: "RUN" for any of "RUN...", "" past the last one.
local function argument(verb, n)
  local names, repeats = {}, false
  for word in gmatch(verb.args[3], "%S+") do
    if find(word, "^%[?%-%-") then
      break
    end
    repeats = repeats or find(word, "...", 1, true) ~= nil
    names[#names + 1] = (gsub(word, "[%.%[%]]", ""))
  end
  return names[n] or repeats and names[#names] or ""
end

-- The flags of the verb that may still be given.
local function add_flags(list, seen)
  local own = seen.verb and seen.verb.flags or {}
  for _, flags in ipairs { own, seen.verb and verbs.shared(seen.verb) or verbs.common } do
    for _, flag in ipairs(flags) do
      if flag.many or seen.flags[flag[1]] == nil then
        add(list, "--" .. flag[1], flag.doc)
      end
    end
  end
end

-- A flag of which a value (true: none) stands there.
local function give(seen, flag, value)
  if flag.many then
    seen.flags[flag[1]] = seen.flags[flag[1]] or {}
    table.insert(seen.flags[flag[1]], value)
  else
    seen.flags[flag[1]] = value
  end
end

-- The first word that is no flag: a verb, or a recipe without one.
local function meet_verb(seen, word)
  local verb = verbs.by_name[word]
  seen.verb = verb or parse.is_file(word) and verbs.by_name.run or nil
  seen.args[1] = not verb and word or nil
  seen.lost = not seen.verb
end

-- The flag of a name, that of the verb first.
local function flag_of(seen, name, known)
  for _, flags in ipairs { seen.verb and seen.verb.flags or {}, verbs.common } do
    for _, flag in ipairs(flags) do
      if name == "--" .. flag[1] or flag.short and name == "-" .. flag.short then
        return flag
      end
    end
  end
  return known[name]
end

-- A word before the last one that is no value of a flag before it.
local function meet(seen, word, known)
  local name, value = match(word, "^(%-%-[^=]+)=(.*)$")
  local flag = flag_of(seen, name or word, known)
  if flag and not value and flag[2] and not flag.optional then
    seen.wants = flag
  elseif flag then
    give(seen, flag, value or true)
  elseif find(word, "^%-.") then
    return -- one that there is not
  elseif seen.verb then
    seen.args[#seen.args + 1] = word
  else
    meet_verb(seen, word)
  end
end

-- What the words before the last one say: verb, its arguments, its flags, and the flag that waits
-- for a value.
local function read(words)
  local seen = { args = {}, flags = {}, word = words[#words] or "" }
  local known = parse.flags()
  for i = 1, #words - 1 do
    if words[i] == "--" then
      seen.lost = true -- words of the recipe's own
    elseif seen.wants then
      give(seen, seen.wants, words[i])
      seen.wants = nil
    else
      meet(seen, words[i], known)
    end
  end
  for i, word in ipairs(seen.verb and seen.args or {}) do
    if find(argument(seen.verb, i), "RECIPE", 1, true) then
      seen.recipe = word
    end
  end
  return seen, known
end

local function candidates(seen, known)
  local list, word = {}, seen.word
  local name = match(word, "^(%-%-[^=]+)=")
  if seen.lost then
    add(list, ":files")
  elseif seen.wants then
    add_values(list, seen, seen.wants, "")
  elseif name then
    seen.word = sub(word, #name + 2)
    add_values(list, seen, flag_of(seen, name, known) or { "", "" }, name .. "=")
  elseif sub(word, 1, 1) == "-" then
    add_flags(list, seen)
  else
    add_kinds(list, seen, seen.verb and argument(seen.verb, #seen.args + 1) or "VERB")
  end
  return list
end

-- Whether a candidate goes on from what stands there: by its name alone where that has no folder.
local function fits(candidate, word)
  return sub(candidate, 1, #word) == word
    or not find(word, "[/=]") and sub(match(candidate, "[^/]*$"), 1, #word) == word
end

local function meaning(doc)
  doc = gsub(doc or "", "%s+", " ")
  return #doc <= LONGEST and doc or sub(doc, 1, utf8.offset(doc, 0, LONGEST) - 1) .. "..."
end

return function(call)
  local seen, known = read(call.rest)
  local word = call.rest[#call.rest] or ""
  for _, item in ipairs(candidates(seen, known)) do
    if sub(item[1], 1, 1) == ":" or fits(item[1], word) then
      call.out:print("%s\t%s", item[1], meaning(item[2]))
    end
  end
  return 0
end
