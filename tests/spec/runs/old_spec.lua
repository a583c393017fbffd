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

describe("an experiment file of version 1.0", function()
  it("is replayed to the same bits, its weights too", function()
    local folder = copied()
    local result = run(("replay %s/done.yaml --out %s/runs"):format(folder, folder))
    assert.equal("identical", result.verdict)
  end)
end)
