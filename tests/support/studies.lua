--- Small searches, run as processes of their own.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"
local process = require "lrrun.native.process"
local sys = require "lrrun.native.sys"

local studies = {}

--- A recipe of trials that take a few milliseconds. extra: more lines of it.
function studies.recipe(extra)
  return [[
return recipe {
  data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2 },
  model = nn.sequential { nn.linear(search.int(4, 32)), nn.relu(), nn.linear(3) },
  optimizer = search.choice {
    optim.adam { lr = search.loguniform(1e-4, 1e-1) },
    optim.sgd { lr = search.loguniform(1e-3, 1), momentum = search.choice(0, 0.9) },
  },
]] .. (extra or "  epochs = 4,\n") .. "}\n"
end

--- A folder with r.lua in it, gone when the test is over.
function studies.folder(finally, text)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text or studies.recipe())
  return folder
end

--- Runs `lrrun search` there: exit code, what --json printed (nil for none), stderr.
function studies.search(folder, flags)
  local code, out, err = program.run(("search %s/r.lua --out %s/out --json --quiet %s"):format(
    folder, folder, flags or ""))
  return code, out ~= "" and json.decode(out) or nil, err
end

--- What has to be the same however a study was worked through, as one text.
function studies.table_of(result)
  local lines = {}
  for i, t in ipairs(result.trials) do
    lines[i] = json.encode { t.number, t.params, t.value or "none", t.state, t.seed,
      t.digest or "none", t.error or "none" }
  end
  return table.concat(lines, "\n")
end

--- Starts it (or another verb) and gives the process.
function studies.spawn(folder, flags, verb)
  local words = { program.path, verb or "search", folder .. "/r.lua", "--out", folder .. "/out",
    "--json", "--quiet" }
  for word in flags:gmatch "%S+" do
    words[#words + 1] = word
  end
  return process.spawn(words, { stdout = folder .. "/stdout", stderr = folder .. "/stderr" })
end

--- Its exit code, once it has ended.
function studies.wait(pid)
  local code
  repeat
    code = process.wait(pid, true)
  until code
  return code
end

--- Processes that the lrrun of this pid has for trials: its supervisor starts them or, without
--- a sandbox, the process that it watches does.
function studies.children(pid)
  local list, is_worker = {}, {}
  local function add(parent)
    local pipe <close> = assert(io.popen(("pgrep -P %d -f ' trial '"):format(parent)))
    for line in pipe:lines() do
      list[#list + 1] = math.tointeger(tonumber(line))
      is_worker[list[#list]] = true
    end
  end
  add(pid)
  for _, child in ipairs(program.children(pid)) do -- in any order: numbers of processes wrap
    if not is_worker[child] then
      add(child)
    end
  end
  return list
end

--- Workers of the search that is under way in a folder; the first watches over the second.
function studies.workers(folder)
  local list = {}
  local pipe <close> = assert(io.popen(("pgrep -f '[l]rrun trial %s/'"):format(folder)))
  for line in pipe:lines() do
    list[#list + 1] = math.tointeger(tonumber(line))
  end
  return list
end

--- Calls f until it gives something, at most `seconds`; gives that.
function studies.until_true(seconds, f)
  local since = sys.now()
  repeat
    local value = f()
    if value then
      return value
    end
    sys.sleep(0.01)
  until sys.now() - since > seconds
  return nil
end

local function journal_of(folder)
  return folder .. "/out/r-study/journal.log"
end
studies.journal_of = journal_of

local function tear(path)
  if file.kind(path) == "file" then
    local log <close> = assert(io.open(path, "ab"))
    log:write '{"op_code":7,"worker_id":"lrrun-1","tri'
  end
end

--- Runs a search and kills it after random times, `kills` times, each time leaving a torn
--- line behind; then lets it end. Gives what --json printed, how often it was killed before
--- its end, and stderr.
---@param folder string
---@param flags string
---@param kills integer
---@param random fun(): number in [0, 1)
---@param longest number seconds until a kill
function studies.with_kills(folder, flags, kills, random, longest)
  local killed = 0
  for _ = 1, kills do
    local pid = studies.spawn(folder, flags)
    sys.sleep(longest * random())
    process.kill(pid, "KILL")
    if studies.wait(pid) == 128 + 9 then
      killed = killed + 1
      tear(journal_of(folder))
    end
  end
  local _, result, err = studies.search(folder, flags)
  return result, killed, err
end

local function any_worker(folder, random)
  local list = studies.workers(folder)
  return list[math.ceil(random() * #list)]
end

-- Ways to disturb a search that is under way: function(folder, pid, random, longest); each
-- gives how many processes it killed or stopped.
studies.ways = {
  leader = function(_, pid)
    return process.kill(pid, "KILL") and 1 or 0
  end,
  worker = function(folder, _, random, longest)
    local count = 0
    for _ = 1, 2 do
      local worker = any_worker(folder, random)
      count = count + (worker and process.kill(worker, "KILL") and 1 or 0)
      sys.sleep(longest * random() / 4)
    end
    return count
  end,
  both = function(folder, pid)
    local list, count = studies.workers(folder), 0
    list[#list + 1] = pid
    for _, one in ipairs(list) do
      count = count + (process.kill(one, "KILL") and 1 or 0)
    end
    return count
  end,
  stop = function(folder, _, random, longest)
    local list = studies.workers(folder)
    local words = table.concat(list, " ")
    os.execute(("kill -STOP %s 2>/dev/null"):format(words))
    sys.sleep(longest * random())
    os.execute(("kill -%s %s 2>/dev/null"):format(random() < 0.5 and "CONT" or "KILL", words))
    return #list > 0 and 1 or 0
  end,
}

--- Runs a search again and again, each time disturbed in that way, at least `kills` times or
--- until it has ended by itself; then lets it end. Gives what with_kills gives.
---@param folder string
---@param flags string
---@param way string of studies.ways
---@param kills integer
---@param random fun(): number in [0, 1)
---@param longest number seconds until each
function studies.disturbed(folder, flags, way, kills, random, longest)
  local count, code = 0, nil
  while count < kills and code ~= 0 do
    local pid = studies.spawn(folder, flags)
    sys.sleep(longest * random())
    count = count + studies.ways[way](folder, pid, random, longest)
    code = studies.wait(pid)
    if code == 128 + 9 then
      tear(journal_of(folder))
    end
  end
  local result, err
  for _ = 1, 4 do -- a trial may have been killed too often for one call
    code, result, err = studies.search(folder, flags)
    if code == 0 then
      break
    end
  end
  return code == 0 and result or nil, count, err
end

return studies
