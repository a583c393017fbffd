-- What search, advise and sensitivity say before they cost anything, and when they are cut short.
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local process = require "lrrun.native.process"
local program = require "support.program"
local studies = require "support.studies"
local sys = require "lrrun.native.sys"

local function recipe(data, lr, before)
  return ([[%s
return recipe { data = %s, model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(3) },
  epochs = 6, optimizer = optim.adam { lr = %s } }
]]):format(before or "", data, lr)
end

local BLOBS = "data.blobs { n = 200, classes = 3, batch = 16, val = 0.2, noise = 1.5 }"
local TABLE = [[data.csv { "t.csv", target = "y", val = 0.2, batch = 8 }]]

local function write_table(folder, shift)
  local lines = { "a,b,y" }
  for i = 1, 60 do
    lines[#lines + 1] = ("%g,%g,%s"):format(i % 7 + shift, i % 5, ({ "p", "q", "r" })[i % 3 + 1])
  end
  program.write(folder .. "/t.csv", table.concat(lines, "\n") .. "\n")
end

local function run(folder, words)
  return program.run((words:gsub("FOLDER", folder)))
end

describe("a study whose data changed since it began", function()
  for _, case in ipairs {
    { "search", "search.loguniform(1e-3, 1e-1)", "--trials 2", "r-study" },
    { "advise", "0.01", "--budget 0.3", "r-advice-1", "advice.json" },
    { "sensitivity", "0.01", "--points 2 --seeds 1", "r-sensitivity-1", "sensitivity.json" },
  } do
    it("does not go on: " .. case[1], function()
      local folder = studies.folder(finally, recipe(TABLE, case[2]))
      write_table(folder, 0)
      local words = ("%s FOLDER/r.lua --out FOLDER/out --quiet %s"):format(case[1], case[3])
      local code, _, err = run(folder, words)
      assert.equal(0, code, err)
      if case[5] then -- as if it had been interrupted
        file.remove(("%s/out/%s/%s"):format(folder, case[4], case[5]))
      end
      code, _, err = run(folder, words)
      assert.equal(0, code, err)
      if case[5] then
        file.remove(("%s/out/%s/%s"):format(folder, case[4], case[5]))
      end
      write_table(folder, 1)
      code, _, err = run(folder, words)
      assert.equal(1, code)
      assert.matches(("r.lua:2: %s: data.csv holds other data than when the study .-/%s began: "
        .. "want SHA%%-256 %%x+, found %%x+; bring them back"):format(case[1],
        (case[4]:gsub("%-", "%%-"))), err)
    end)
  end
end)

describe("a file that trains while it is read", function()
  it("is refused by verbs that read it for each trial, before they begin", function()
    local folder = studies.folder(finally, recipe(BLOBS, "0.01",
      "train.fit(" .. recipe(BLOBS, "0.01"):gsub("^%s*return ", "") .. ")"))
    for _, verb in ipairs { "search", "advise", "sensitivity" } do
      local code, _, err = run(folder, verb .. " FOLDER/r.lua --out FOLDER/out")
      assert.equal(1, code)
      assert.matches(("r.lua:1: train.fit: lrrun %s reads this file once for each trial"):format(
        verb), err)
      assert.is_nil(file.list(folder .. "/out"))
    end
  end)
end)

describe("--freeze", function()
  it("names no folder of --out, nor one above it, also where that is still to be made", function()
    local folder = studies.folder(finally, recipe(BLOBS, "0.01"))
    for name, says in pairs { ["FOLDER/out"] = "is itself the folder",
      ["FOLDER/./out/"] = "is itself the folder", ["FOLDER/new"] = "is above the folder" } do
      local out = name:find "new" and "FOLDER/new/deep" or "FOLDER/out"
      local code, _, err = run(folder, ("advise FOLDER/r.lua --out %s --freeze %s"):format(out,
        name))
      assert.equal(2, code)
      assert.is_truthy(err:find(says, 1, true), err)
      assert.is_nil(file.kind(folder .. "/out"))
    end
  end)
end)

describe("a rate that is to be found", function()
  it("is not looked for where the run could have no folder", function()
    for _, word in ipairs { "auto", "range" } do
      local folder = studies.folder(finally, recipe(BLOBS, ("%q"):format(word)))
      local code, _, err = program.run(("%s/r.lua --out %s/out"):format(folder, folder),
        "LRRUN_FAULT=write:0:ENOSPC:sticky")
      assert.equal(1, code)
      assert.matches("cannot write .*: No space left on device", err)
      assert.is_nil(err:find("range test", 1, true) or err:find("advice", 1, true), err)
    end
  end)
end)

describe("a new study on a disk that is full", function()
  it("says so before it finds out what takes long", function()
    local folder = studies.folder(finally, (recipe(BLOBS, "0.01", "local asked = print"):gsub(
      "optimizer", "schedule = schedule.fn(function(t) asked 'asked' return t.lr end), %0")))
    local words = ("advise %s/r.lua --budget 0.3 --out %s/out"):format(folder, folder)
    local code, out, err = program.run(words, "LRRUN_FAULT=write:0:ENOSPC:sticky")
    assert.equal(1, code)
    assert.matches("No space left on device", err)
    assert.is_nil((out .. err):find "asked", err)
    assert.is_nil(file.list(folder .. "/out"))
    assert.is_truthy(select(2, program.run(words)):find "asked")
  end)
end)

describe("--json of what was interrupted", function()
  -- A recipe of whose trainings none is at its end at once.
  local SLOW = recipe((BLOBS:gsub("200", "20000")), "0.01"):gsub("epochs = 6", "epochs = 60")

  it("has what there is, for advise and sensitivity", function()
    for verb, flags in pairs { advise = "--jobs 1",
      sensitivity = "--points 3 --seeds 1 --jobs 1" } do
      local folder = studies.folder(finally, SLOW)
      local pid = studies.spawn(folder, flags, verb)
      local since = sys.now()
      repeat
        sys.sleep(0.05)
        local found = file.list(folder .. "/out") or {}
        local begun = found[1] and file.kind(("%s/out/%s/trials/0/metrics.jsonl"):format(folder,
          found[1]))
      until begun or sys.now() - since > 20
      process.kill(pid, "INT")
      assert.equal(130, studies.wait(pid))
      local text = file.read(folder .. "/stdout", 1 << 20)
      local result = json.decode(text)
      assert.equal("interrupted", result.reason)
      assert.matches("/r%-%l+%-1$", result.run)
      local list = verb == "advise" and result.points or result.variants[1].points
      assert.equal("table", type(list))
      assert.is_nil(result.suggestion)
      assert.is_nil(verb == "sensitivity" and result.variants[1].best or nil)
    end
  end)

  it("is there too where no training has begun", function()
    local folder = studies.folder(finally, SLOW)
    local pid = studies.spawn(folder, "--budget 10min", "advise")
    local since = sys.now()
    repeat
      sys.sleep(0.02)
    until file.kind(folder .. "/out/r-advice-1") or sys.now() - since > 20
    process.kill(pid, "INT")
    assert.equal(130, studies.wait(pid))
    local result = json.decode((file.read(folder .. "/stdout", 1 << 20)))
    assert.same({ "interrupted", 0 }, { result.reason, #result.points })
  end)

  it("says so where a run's rate was still looked for", function()
    local folder = studies.folder(finally, (SLOW:gsub("lr = 0.01", "lr = 'auto'")))
    local pid = studies.spawn(folder, "--epochs 5000", "run")
    local since = sys.now()
    repeat
      sys.sleep(0.02)
    until file.kind(folder .. "/out") or sys.now() - since > 20
    sys.sleep(0.1)
    process.kill(pid, "INT")
    assert.equal(130, studies.wait(pid))
    assert.same({ reason = "interrupted" }, json.decode((file.read(folder .. "/stdout", 1 << 20))))
    assert.is_nil(file.list(folder .. "/out"))
  end)
end)

describe("a budget", function()
  it("that is no number says so", function()
    local folder = studies.folder(finally, recipe(BLOBS, "0.01"))
    local code, _, err = run(folder, "advise FOLDER/r.lua --budget 1e400")
    assert.equal(2, code)
    assert.matches("%-%-budget 1e400: is more than any number here; want a number of runs", err)
  end)
end)

describe("a frozen rate", function()
  it("of a group is the shortest number that keeps its ratio", function()
    local folder = studies.folder(finally, (recipe(BLOBS, "0.01"):gsub("lr = 0.01",
      "lr = 0.01, groups = { { match = 'bias', lr = 0.001 } }")))
    local code, out, err = run(folder,
      "advise FOLDER/r.lua --out FOLDER/out --budget 0.3 --freeze FOLDER/best.lua --json --quiet")
    assert.equal(0, code, err)
    local lr = json.decode(out).suggestion
    local text = file.read(folder .. "/best.lua", 1 << 16)
    assert.is_truthy(text:find(("groups.1.lr=%s"):format(json.number(tonumber(("%.3g"):format(
      lr / 10)))), 1, true), text)
  end)
end)
