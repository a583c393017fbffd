--- A search whose space has changed: the trials of the study before are known to the new one.

local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"

local RECIPE = [[
return recipe { name = "NAME", data = data.digits { batch = 64, val = 0.2, limit = 120 },
  model = nn.sequential { nn.linear(search.int(LOW, HIGH)), nn.linear(10) },
  optimizer = optim.adam { lr = search.choice { CHOICES } }, epochs = 1, MORE }
]]

local function studies(finally)
  local folder = runs.folder(finally)
  local function search(name, values, flags, want)
    values.NAME, values.MORE = name, values.MORE or ""
    program.write(("%s/%s.lua"):format(folder, name), (RECIPE:gsub("%u%u+", values)))
    local code, out, err = program.run(("search %s/%s.lua --out %s/runs --json --jobs 2 %s"):format(
      folder, name, folder, (flags or ""):gsub("DIR", folder)))
    assert.equal(want or 0, code, err)
    return out ~= "" and json.decode(out) or {}, err
  end
  return search, folder
end

local FIRST = { LOW = "2", HIGH = "4", CHOICES = "0.1, 0.01" }

describe("a search with --prior", function()
  it("knows the trials that are points of its space, and tries the others", function()
    local search = studies(finally)
    local first = search("a", FIRST, "--strategy random --trials 12 --quiet")
    assert.equal(6, #first.trials)
    for _, strategy in ipairs { "random", "bayes", "tpe" } do
      -- 3..5 and another list of choices: 9 points, of which 4 are known
      local result, err = search("b" .. strategy, { LOW = "3", HIGH = "5",
        CHOICES = "0.2, 0.01, 0.1" }, "--trials 12 --strategy " .. strategy
        .. " --prior DIR/runs/a-study")
      assert.matches("4 trials are known, the best is trial %d with [%d.]+; 2 lie outside", err)
      assert.matches("all 5 points were tried", err)
      assert.equal(5, #result.trials)
      for _, trial in ipairs(result.trials) do
        local lr, units = trial.params["optimizer.lr"], trial.params["model.1.units"]
        assert.is_true(lr == 0.2 or units == 5, ("%s %s"):format(lr, units))
      end
    end
    local again, err = search("brandom", { LOW = "3", HIGH = "5", CHOICES = "0.2, 0.01, 0.1" },
      "--trials 12 --prior DIR/runs/a-study")
    assert.equal(5, #again.trials)
    assert.matches("goes on as it began", err)
  end)

  it("says what does not fit", function()
    local search = studies(finally)
    search("a", FIRST, "--strategy random --trials 2 --quiet")
    local _, err = search("a", { LOW = "2", HIGH = "5", CHOICES = "0.1" }, "", 1)
    assert.matches("study of another recipe.*with %-%-prior=.*/runs/a%-study a new study", err)
    _, err = search("c", FIRST, "--prior DIR/runs/none", 2)
    assert.matches("%-%-prior takes the folder of a study", err)
    _, err = search("c", { LOW = "2", HIGH = "4", CHOICES = "0.1", MORE = "objective = { monitor = "
      .. "'val_accuracy' }" }, "--prior DIR/runs/a-study", 1)
    assert.matches("searched for val_loss %(min%), this recipe for val_accuracy %(max%)", err)
    _, err = search("c", FIRST, "--k-fold 2 --prior DIR/runs/a-study", 1)
    assert.matches("are of one validation split, of this search means over 2 folds", err)
    _, err = search("d", { LOW = "8", HIGH = "9", CHOICES = "0.1" }, "--trials 2 "
      .. "--prior DIR/runs/a-study")
    assert.matches("0 trials are known; 2 lie outside", err)
  end)
end)
