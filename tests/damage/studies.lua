-- Studies, damaged in one place each: the same search ends in the table of the study that was
-- left alone, or in one line that says why not; so does the replay of a trial.

local damage = require "support.damage"
local file = require "lrrun.native.file"
local program = require "support.program"
local runs = require "support.runs"
local seal = require "lrrun.record.seal"
local studies = require "support.studies"
local tally = require "support.tally"
local verb = require "support.verb"

local KINDS = { "--trials 3 --strategy random --jobs 1",
  "--trials 4 --strategy tpe --pruner asha --jobs 1" }

-- What of a study is damaged; journal.log more often than the rest.
local FILES = { "journal.log", "journal.log", "journal.log", "journal.log", "study.json",
  "recipe.lua", "trials/0/metrics.jsonl", "trials/1/run.yaml", "trials/0/job.json",
  "trials/1/outcome.json", "trials/0/result.json" }

local function make()
  local list = {}
  for i, flags in ipairs(KINDS) do
    local folder = runs.folder()
    program.write(folder .. "/r.lua", studies.recipe "  epochs = 2,\n")
    local code, result, err = studies.search(folder, flags)
    assert(code == 0, err)
    list[i] = { folder = folder, flags = flags, want = studies.table_of(result) }
  end
  return list
end

-- What lrrun itself said, a line each.
local function said_in(err)
  local list = {}
  for line in err:gmatch "[^\n]+" do
    list[#list + 1] = line:match "^lrrun: (.*)"
  end
  return table.concat(list, "\n")
end

-- What is wrong with how a program ended: without a word, or with one from inside.
local function wrong_words(code, said)
  if code > 128 then
    return ("ended with %d"):format(code)
  elseif code ~= 0 and said == "" then
    return "ended without a word"
  end
  local inside = verb.inside(said)
  return inside and "shows the inside: " .. inside or nil
end

local function search(home, good)
  local code, result, err = studies.search(home, good.flags)
  local said = said_in(err)
  local why = wrong_words(code, said)
  if not why and code == 0 and studies.table_of(result) ~= good.want then
    why = "another table"
  end
  return why, said
end

local function replay(home)
  local code, out, err = program.run(("replay '%s/out/r-study#0' --quiet --json --out %s/runs")
    :format(home, home), "timeout -s KILL 20")
  local said = said_in(err)
  local is_other = code == 1 and out:find('"different"', 1, true)
  return wrong_words(code, said) or is_other and "another result" or nil, said
end

local function one(draw, list)
  local good, other = draw:of(list), draw:of(list)
  local home, name = runs.folder(), draw:of(FILES)
  damage.shell("cp -a %s/. %s/", good.folder, home)
  local path = "/out/r-study/" .. name
  local way
  if file.kind(home .. path) == "file" then
    way = damage.file(draw, home .. path, name ~= "journal.log" and other.folder .. path or nil,
      name == "study.json" and seal.close or nil)
  end
  local what = ("%s of %s: %s"):format(name, good.flags, way)
  local why, err
  if way and draw:between(1, 4) == 1 then
    why, err = replay(home)
  elseif way then
    why, err = search(home, good)
  end
  damage.shell("rm -rf %s", home)
  return why, what .. ": " .. tostring(err)
end

--- n cases of `seed` from case `first` on. count: { pass, fail } as tally has them.
return function(n, seed, first, count)
  count = count or tally
  local list = make()
  for case = first, first + n - 1 do
    local why, what = one(damage.draw(seed, case), list)
    if why then
      count.fail("study, case %d: %s (%s)", case, why, what)
    else
      count.pass()
    end
  end
  for _, good in ipairs(list) do
    damage.shell("rm -rf %s", good.folder)
  end
end
