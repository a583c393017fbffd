-- Studies that meet trouble from outside: killed workers, full disks, moves, damage.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local program = require "support.program"
local studies = require "support.studies"

local search, table_of = studies.search, studies.table_of

local FLAGS = "--strategy tpe --trials 5 --jobs 2"

-- A study that was worked through, and its folder: of each flags it is made once and copied.
local made = {}
local function whole(finally, flags)
  flags = flags or FLAGS
  if not made[flags] then
    local folder = studies.folder(function() end) -- gone with the process
    local code, result, err = search(folder, flags)
    assert.equal(0, code, err)
    made[flags] = { folder = folder, result = result }
  end
  local folder, of = program.folder(finally), made[flags]
  assert(os.execute(("cp -a %s/. %s"):format(of.folder, folder)))
  local result = json.decode(json.encode(of.result))
  result.study = result.study:gsub("^.*/out/", folder:gsub("%%", "%%%%") .. "/out/")
  return folder, result
end

local function lines_of(path)
  local list = {}
  for line in assert(file.read(path)):gmatch "[^\n]*\n" do
    list[#list + 1] = line
  end
  return list
end

describe("A worker that is killed", function()
  -- Kills a worker that has begun to train, `times` times. One is two processes: both have to be
  -- there, and both gone before the next is looked for, or what is left of it would be taken for
  -- that.
  local function kill_workers(folder, times)
    for _ = 1, times do
      local worker = studies.until_true(20, function()
        local list = studies.workers(folder)
        return file.kind(folder .. "/out/r-study/trials/0/metrics.jsonl") and #list == 2 and list
      end)
      process.kill(assert(worker, "no worker")[1], "KILL")
      for _, pid in ipairs(worker) do
        studies.until_true(20, function()
          return not os.execute(("kill -0 %d 2>/dev/null"):format(pid))
        end)
      end
    end
  end

  it("costs nothing: its trial is tried again in the same call", function()
    local recipe = studies.recipe "  epochs = 400,\n"
    local quiet, torn = studies.folder(finally, recipe), studies.folder(finally, recipe)
    local flags = "--strategy random --trials 1 --jobs 1"
    local _, want, err = search(quiet, flags)
    local pid = studies.spawn(torn, flags)
    kill_workers(torn, 1)
    assert.equal(0, studies.wait(pid), err)
    local _, got = search(torn, flags)
    assert.equal(table_of(want), table_of(got))
    assert.matches('"tries":1', assert(file.read(studies.journal_of(torn))))
  end)

  it("three times ends the search in words, and its trial has not failed", function()
    local recipe = studies.recipe "  epochs = 100000,\n"
    local folder = studies.folder(finally, recipe)
    local pid = studies.spawn(folder, "--strategy random --trials 1 --jobs 1")
    kill_workers(folder, 3)
    assert.equal(1, studies.wait(pid))
    local said = assert(file.read(folder .. "/stderr"))
    assert.matches("trial 0: was killed by signal 9, 3 times .* it has not failed", said)
    assert.is_nil(assert(file.read(studies.journal_of(folder))):find('"ends":"fail"', 1, true))
  end)
end)

describe("A full disk", function()
  -- Every place of a few calls, in the search and in its workers alike.
  local WAYS = { "write:9:ENOSPC:sticky", "rename:2:ENOSPC:sticky", "fsync:12:EIO",
    "open:30:EMFILE:sticky" }

  it("stops a search in words; run again it ends in the same table", function()
    local _, want = whole(finally)
    for _, way in ipairs(WAYS) do
      local folder = studies.folder(finally)
      local code, out, err = program.run(("search %s/r.lua --out %s/out --quiet %s"):format(folder,
        folder, FLAGS), "LRRUN_FAULT=" .. way)
      assert.is_true(code == 0 or code == 1, way)
      assert.is_true(code == 0 or err ~= "", way .. out)
      local _, got, said = search(folder, FLAGS)
      assert.equal(table_of(want), got and table_of(got), way .. ": " .. err .. said)
    end
  end)
end)

describe("A study's journal", function()
  -- Each: function(lines) changes them; and what is said.
  local CASES = {
    ["with its last line changed"] = { function(l)
      l[#l] = l[#l]:gsub('"state":1', '"state":2')
    end, "is not as it was written" },
    ["without its last line"] = { function(l)
      l[#l] = nil
    end },
    ["cut in its last line"] = { function(l)
      l[#l] = l[#l]:sub(1, 40)
    end, "is cut off" },
    ["with a flipped bit in a value"] = { function(l)
      for i, line in ipairs(l) do
        if line:find '"op_code":7' then
          l[i] = line:gsub('"intermediate_value":(%d)', function(d)
            return ('"intermediate_value":%d'):format((tonumber(d) + 1) % 10)
          end)
          return
        end
      end
    end, "is not as it was written" },
    ["with lines lost"] = { function(l)
      table.remove(l, 12)
      table.remove(l, 12)
    end, "before it 2 of the study's own lines are missing" },
    ["with a line doubled"] = { function(l)
      table.insert(l, 20, l[9])
    end, "stands twice; it counts once" },
    ["with lines in another order"] = { function(l)
      l[10], l[30] = l[30], l[10]
    end, "stands behind a line that was written later" },
    ["without its first line"] = { function(l)
      table.remove(l, 1)
    end, "1 of the study's own lines are missing" },
    ["with one of the lines of its settings damaged"] = { function(l)
      l[2] = l[2]:gsub("tpe", "TPE")
    end, "is not as it was written" },
    ["with a trial's first line damaged"] = { function(l)
      l[4] = "{\n"
    end, "is no JSON object" },
    ["with a line without its checksum"] = { function(l)
      l[15] = l[15]:gsub(',"crc":"%x+"', "")
    end, "has lost its checksum" },
  }

  it("that is damaged says where, and what was lost is done again with the same end", function()
    local folder, want = whole(finally)
    local path = studies.journal_of(folder)
    local good = lines_of(path)
    for name, case in pairs(CASES) do
      local list = table.move(good, 1, #good, 1, {})
      case[1](list)
      program.write(path, table.concat(list))
      local code, got, err = search(folder, FLAGS)
      assert.equal(0, code, name .. ": " .. err)
      assert.equal(table_of(want), table_of(got), name)
      if case[2] then
        assert.is_truthy(err:find("journal.log:%d+: [^\n]*" .. case[2]:gsub("%p", "%%%0")),
          name .. ": " .. err)
      end
    end
    local code, got, err = search(folder, FLAGS)
    assert.equal(0, code, err)
    assert.equal(table_of(want), table_of(got))
    local out
    code, out, err = program.run(("replay '%s#2' --quiet --out %s/runs"):format(want.study, folder))
    assert.equal(0, code, out .. err)
  end)

  it("of rungs too: no trial is pruned that was not", function()
    for _, flags in ipairs { "--strategy random --pruner asha --trials 6 --jobs 2",
      "--strategy random --pruner median{startup=2} --trials 5 --jobs 2" } do
      local folder, want = whole(finally, flags)
      local path = studies.journal_of(folder)
      local good = lines_of(path)
      for at = 4 + #flags % 5, #good, #good // 2 do
        local list = table.move(good, 1, #good, 1, {})
        list[at] = list[at]:gsub("%d", "0", 1):gsub("a", "b")
        program.write(path, table.concat(list))
        local code, got, err = search(folder, flags)
        assert.equal(0, code, err)
        assert.equal(table_of(want), table_of(got), flags .. " line " .. at .. ": " .. err)
        for i = at, #good do -- and cut there
          list[i] = nil
        end
        program.write(path, table.concat(list))
        code, got, err = search(folder, flags)
        assert.equal(0, code, err)
        assert.equal(table_of(want), table_of(got), flags .. " cut at " .. at .. ": " .. err)
      end
    end
  end)

  it("without checksums, of a version before, is read", function()
    local folder, want = whole(finally)
    local path = studies.journal_of(folder)
    local text = file.read(path):gsub(',"crc":"%x+"', ""):gsub('"[nk]":%d+,', "")
      :gsub('"ends":"%a+",', "")
    program.write(path, text)
    local code, got, err = search(folder, FLAGS)
    assert.equal(0, code, err)
    assert.is_nil(err:find "warning")
    assert.equal(table_of(want), table_of(got))
    local _, more = search(folder, "--trials 7")
    local _, want_more = whole(finally, "--strategy tpe --trials 7 --jobs 2")
    assert.equal(table_of(want_more), table_of(more))
  end)
end)

describe("A study that is elsewhere", function()
  it("goes on there: its trials name no place", function()
    local flags = "--strategy random --pruner asha --trials 5 --jobs 2"
    local folder = studies.folder(finally)
    search(folder, "--strategy random --pruner asha --trials 5 --jobs 2")
    local _, want = search(folder, flags)
    local away = program.folder(finally)
    local path = studies.journal_of(folder)
    local lines = lines_of(path)
    for i = #lines // 2, #lines do -- half of it is to be done
      lines[i] = nil
    end
    program.write(path, table.concat(lines))
    assert(os.execute(("mv %s/out %s/r.lua %s"):format(folder, folder, away)))
    local code, got, err = search(away, flags)
    assert.equal(0, code, err)
    assert.equal(table_of(want), table_of(got))
    code, _, err = program.run(("replay '%s/out/r-study#1' --quiet --out %s/runs"):format(away,
      away))
    assert.equal(0, code, err)
  end)
end)

describe("In a study's folder", function()
  local THINGS = {
    { "ln -s /etc/passwd %s", "is a link to /etc/passwd" }, { "mkfifo %s", "is no plain file" },
    { "ln -s /dev/zero %s", "is a link to /dev/zero" }, { "mkdir %s", "is no plain file" },
    { "truncate -s 8G %s", "bytes, at most" },
  }

  it("links out, FIFOs, devices and huge files are refused in a line, and nothing hangs", function()
    local folder = whole(finally, "--strategy random --trials 2")
    local study = folder .. "/out/r-study"
    for _, name in ipairs { "journal.log", "study.json", "recipe.lua" } do
      for _, thing in ipairs(THINGS) do
        local path = study .. "/" .. name
        os.execute(("mv %s %s/kept"):format(path, folder))
        assert(os.execute(thing[1]:format(path)))
        local code, _, err = program.run(("replay '%s#0' --out %s/runs"):format(study, folder),
          "timeout 20")
        assert.is_true(code == 1 or code == 2, name .. thing[1] .. code)
        assert.is_truthy(err:find(thing[2], 1, true), name .. " " .. thing[1] .. ": " .. err)
        local _, lines = err:gsub("\n", "")
        assert.equal(1, lines, err)
        os.execute(("rm -rf %s; mv %s/kept %s"):format(path, folder, path))
      end
    end
  end)

  it("trials that are links are not written through", function()
    local folder = whole(finally, "--strategy random --trials 2")
    local study, away = folder .. "/out/r-study", program.folder(finally)
    assert(os.execute(("rm -rf %s/trials && ln -s %s %s/trials"):format(study, away, study)))
    local code, _, err = search(folder, "--trials 3")
    assert.equal(1, code)
    assert.matches("trials is a link to", err)
    assert.is_nil(file.list(away)[1])
  end)

  it("what a record says that cannot be is one line", function()
    local folder = whole(finally, "--strategy random --trials 2")
    local study = folder .. "/out/r-study"
    local path = study .. "/study.json"
    local good = file.read(path):gsub(',\n  "sha256": "%x+"', "")
    for change, text in pairs {
      ['"format": 9'] = "a newer lrrun wrote it", ['"format": "x"'] = "'format' is 'x'",
      ['"format": 1, "epochs": -1'] = "'epochs' is -1",
      ['"format": 1, "seed": 1.5'] = "'seed' is 1.5",
      ['"format": 1, "more": 1'] = "'more' is no key that is known",
      ['"format": 1, "sources": {"../x.lua": ""}'] = "is no plain name below the folder",
    } do
      program.write(path, (good:gsub('"format": 1', change)))
      local code, _, err = program.run(("replay '%s#0' --out %s/runs"):format(study, folder))
      assert.equal(1, code)
      assert.is_truthy(err:find(text, 1, true), err)
    end
  end)
end)

describe("A search that is refused", function()
  it("leaves no folder, and blames the flag", function()
    local folder = studies.folder(finally)
    for flags, text in pairs {
      ["--strategy byes"] = "did you mean 'bayes'",
      ["--strategy bayes{startup=0}"] = "--strategy bayes{startup=0}: search.bayes: 'startup' is 0",
      ["--strategy asha"] = "--strategy takes",
      ["--pruner asha{grace=-1}"] = "--pruner asha{grace=-1}",
      ["--trials 0"] = "--trials takes", ["--jobs 0"] = "--jobs takes",
      ["--trials x"] = "--trials takes", ["--seed x"] = "--seed",
    } do
      local code, _, err = search(folder, flags)
      assert.equal(2, code, flags .. err)
      assert.is_truthy(err:find(text, 1, true), flags .. ": " .. err)
      assert.is_nil(err:find("r.lua:%d"), err)
      assert.is_nil(file.kind(folder .. "/out/r-study"), flags)
    end
    program.write(folder .. "/r.lua", (studies.recipe():gsub("search.int%(4, 32%)", "4")
      :gsub("search.choice %b{}", "optim.adam()")))
    assert.equal(1, (search(folder)))
    assert.is_nil(file.kind(folder .. "/out/r-study"))
  end)
end)
