-- Runs and experiment files of version 1.0 (tests/golden/runs_1_0: old.lua made them), which
-- had no checksums, are used as they were.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local program = require "support.program"

local DIGEST = json.decode(file.read "tests/golden/runs_1_0/done/result.json").digest

local function copied()
  local folder = program.folder(finally)
  os.execute("cp -r tests/golden/runs_1_0/* " .. folder)
  return folder
end

local function run(words)
  local code, out, err = program.run(words .. " --json --quiet")
  assert.equal(0, code, err)
  return json.decode(out), err
end

describe("a run folder of version 1.0", function()
  it("is measured, shown, packed, compared and extended", function()
    local folder = copied()
    local done = folder .. "/done"
    assert.equal(48, run("eval --split train " .. done).n)
    assert.equal(DIGEST, run("resume " .. done).digest)
    run("report " .. done)
    assert.equal(2, #run(("compare %s %s/stopped"):format(done, folder)).runs)
    assert.equal(DIGEST, run(("pack --weights %s -o %s/x.yaml"):format(done, folder)).digest)
    assert.is_true(run(("diff %s/x.yaml %s/done.yaml"):format(folder, folder)).same)
    assert.equal(7, run(("extend %s --epochs +1 --via stretch"):format(done)).epochs)
  end)

  it("that was stopped goes on to the bits of the one that was not", function()
    local folder = copied()
    local result, err = run("resume " .. folder .. "/stopped")
    assert.equal(DIGEST, result.digest)
    assert.is_nil(err:find "warning: .*metrics")
    assert.equal(6, #require("lrrun.record.metrics_log").read(folder .. "/stopped/metrics.jsonl"))
  end)
end)

describe("a study of version 1.0", function()
  -- What 1.0 itself gave for its second trial: `lrrun search old.lua --trials 2 --out .`
  local SECOND = "1f3bfb360f87a65964f36c1f6e818e0e2ec99c78e2d217d6ad16bb07bb45a52f"

  it("goes on with the defaults of then, and says so", function()
    local folder = program.folder(finally)
    os.execute("cp -r tests/golden/studies_1_0/* " .. folder)
    local words = ("search %s/old.lua --trials 2 --jobs 1 --out %s"):format(folder, folder)
    local code, _, err = program.run(("%s --freeze %s/best.lua"):format(words, folder))
    assert.equal(0, code, err)
    assert.truthy(err:find("began with a version before: as then, its data have split = 'random'",
      1, true), err)
    local journal = file.read(folder .. "/old-study/journal.log")
    assert.truthy(journal:find(SECOND, 1, true), journal)
    assert.equal("identical", run(("replay %s/old-study#1 --out %s/runs"):format(folder,
      folder)).verdict)
    assert.truthy(journal:find(run(("%s/best.lua --out %s/runs"):format(folder, folder)).digest, 1,
      true))
  end)
end)

describe("an experiment file of version 1.0", function()
  it("is replayed to the same bits, its weights too", function()
    local folder = copied()
    local result = run(("replay %s/done.yaml --out %s/runs"):format(folder, folder))
    assert.equal("identical", result.verdict)
  end)
end)
