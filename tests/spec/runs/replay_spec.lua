local execute = require "lrrun.runs.execute"
local experiment = require "lrrun.runs.experiment"
local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"
local runs_replay = require "lrrun.runs.replay"

local RECIPE = [[
return recipe {
  data = data.csv { "numbers.csv", target = "y", val = 0.25 },
  model = nn.sequential {
    nn.linear(require("sizes").width), nn.tanh(), nn.dropout(0.1), nn.linear(1),
  },
  optimizer = optim.adam { lr = 1e-2 },
  epochs = option("n", 3),
}
]]

local function numbers(scale)
  local lines = { "a,b,y" }
  for i = 1, 60 do
    lines[#lines + 1] = ("%d,%d,%.2f"):format(i % 7, i % 5, scale * (i % 7) - i % 5 + 0.25)
  end
  return table.concat(lines, "\n") .. "\n"
end

-- A run of RECIPE in a folder, packed as exp.yaml in `away`, an empty folder.
local function packed(finally, flags)
  local folder, away = runs.folder(finally), runs.folder(finally)
  program.write(folder .. "/r.lua", RECIPE)
  program.write(folder .. "/sizes.lua", "return { width = 8 }\n")
  program.write(folder .. "/numbers.csv", numbers(2))
  local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))
  assert.equal("", err)
  assert.equal(0, code)
  code, _, err = program.run(("pack %s/runs/r-1 -o %s/exp.yaml %s"):format(folder, away,
    flags or ""))
  assert.equal("", err)
  assert.equal(0, code)
  return away, folder
end

local function replay(away, data, flags)
  local words = "replay %s/exp.yaml --json --quiet --out %s/runs --data %s %s"
  local code, out, err = program.run(words:format(away, away, data, flags or ""))
  return code, code < 2 and out ~= "" and json.decode(out) or {}, err
end

describe("an experiment file", function()
  it("gives the same figures and digest in an empty folder, for 1, 2 and 4 threads", function()
    local away, folder = packed(finally, "--weights")
    for _, threads in ipairs { 1, 2, 4 } do
      local code, result = replay(away, folder, "--threads " .. threads)
      assert.equal("identical", result.verdict)
      assert.equal(0, code)
      for _, key in ipairs { "run", "reason", "epochs", "steps", "seconds", "steps_per_second",
        "samples_per_second", "params", "digest", "best", "last", "notes" } do
        assert.is_not_nil(result[key], key) -- as of every run
      end
      assert.equal("done", result.reason)
    end
  end)

  it("is called neither the same nor different where its replay is interrupted", function()
    local away, folder = packed(finally)
    local end_as = execute.end_as
    finally(function()
      execute.end_as = end_as
    end)
    local cut
    execute.end_as = function() -- as Ctrl-C does
      return function(_, state)
        return state.step >= 3 and cut or nil -- in the second of three epochs
      end
    end
    local function again()
      return runs_replay.run(experiment.read(away .. "/exp.yaml"), { out_dir = away .. "/runs",
        recipe_dir = away, data_dir = folder, quiet = true })
    end
    assert.equal("identical", again().verdict)
    cut = "interrupted"
    local result = again()
    assert.equal("interrupted", result.verdict)
    assert.is_nil(result.first)
    assert.same({ 1, 3 }, { result.epochs, result.want_epochs })
    assert.same({ 1, 3 }, { result.evaluations, result.want_evaluations })
  end)

  it("names a changed data file, and says where the figures first differ", function()
    local away, folder = packed(finally)
    program.write(folder .. "/numbers.csv", numbers(3))
    local code, result = replay(away, folder)
    assert.equal(1, code)
    assert.equal("different", result.verdict)
    assert.equal(1, result.first.epoch)
    local named = {}
    for _, cause in ipairs(result.causes) do
      named[#named + 1] = cause.what .. " " .. cause.key
    end
    assert.matches("data numbers%.csv%.sha256", table.concat(named, ", "))
  end)

  it("names a changed recipe", function()
    local away, folder = packed(finally)
    local path = away .. "/exp.yaml"
    local text = require("lrrun.native.file").read(path)
    program.write(path, (text:gsub("dropout%(0%.1%)", "dropout(0.2)")))
    local code, result = replay(away, folder)
    assert.equal(1, code)
    assert.equal("recipe", result.causes[1].what)
  end)

  it("is refused where it is none, or where its data are missing", function()
    local away = packed(finally)
    local code, _, err = replay(away, away)
    assert.equal(1, code)
    assert.matches("no file 'numbers%.csv'", err)
    program.write(away .. "/exp.yaml", "format: 1\n")
    code, _, err = replay(away, away)
    assert.equal(1, code)
    assert.matches("'format' is 1, want 'lrrun%.experiment%.1'; a file of lrrun pack", err)
  end)

  it("is compared by diff, key by key", function()
    local away, folder = packed(finally)
    assert.equal(0, (program.run(("%s/r.lua --set n=4 --out %s/runs --quiet"):format(folder,
      folder))))
    local code, out = program.run(("diff %s/exp.yaml %s/runs/r-2 --json"):format(away, folder))
    assert.equal(0, code)
    local result = json.decode(out)
    assert.is_false(result.same)
    assert.equal("settings", result.differences[1].what)
    assert.equal("epochs", result.differences[1].key)
    assert.equal(4, result.first.epoch)
  end)
end)
