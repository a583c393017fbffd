-- Cross-validation: train.cross_validate, and searches whose trials are scored by it.

local data = require "lrrun.data"
local file = require "lrrun.native.file"
local files = require "support.files"
local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local search = require "lrrun.language.search"
local train = require "lrrun.language.train"

local QUIET = { record = false, quiet = true, k_fold = 3 }

local function blobs(changes)
  local r = { name = "b", seed = 1, data = data.blobs { n = 60, classes = 2, val = 0.3 },
    model = nn.linear(2), optimizer = optim.sgd { lr = 0.1 }, epochs = 2 }
  for key, item in pairs(changes or {}) do
    r[key] = item
  end
  return recipe(r)
end

describe("train.cross_validate", function()
  it("gives mean and standard deviation (n - 1) of the folds' best epochs", function()
    local out = train.cross_validate(blobs(), QUIET)
    assert.same({ 3, "done", 3, 3 }, { out.k, out.reason, out.counted, #out.folds })
    local sum, squares = 0, 0
    for i, fold in ipairs(out.folds) do
      sum = sum + fold.best.val_loss
      assert.not_equal(fold.digest, (out.folds[i - 1] or {}).digest)
    end
    for _, fold in ipairs(out.folds) do
      squares = squares + (fold.best.val_loss - sum / 3) ^ 2
    end
    assert.equal(sum / 3, out.mean.val_loss)
    assert.equal((squares / 2) ^ 0.5, out.spread.val_loss)
    assert.is_number(out.mean.val_accuracy)
  end)

  it("is refused where the recipe validates on other data", function()
    local why = files.failure(function()
      train.cross_validate(blobs { data = data.blobs { n = 60, fold = "1 of 2" } }, QUIET)
    end)
    assert.matches("train.cross_validate: data.fold = '1 of 2' is one fold already", why, 1, true)
  end)

  it("writes a run folder for each fold, which is a run like others; --json has all", function()
    local folder = program.folder(finally)
    program.write(folder .. "/cv.lua", [[
      train.cross_validate(recipe { name = "cv", seed = 1,
        data = data.blobs { n = 60, classes = 2 }, model = nn.linear(2),
        optimizer = optim.sgd { lr = 0.1 }, epochs = 2 }, { k_fold = 2 })]])
    local code, out, err = program.run(("%s/cv.lua --json --quiet --out %s/runs"):format(folder,
      folder))
    assert.equal(0, code, err)
    local found = json.decode(out)
    local one = found.cross_validations[1]
    assert.same({ 2, 2 }, { one.k, #found.runs })
    assert.is_number(one.spread.val_loss)
    local run = folder .. "/runs/cv-fold-2-1"
    code, out, err = program.run(("eval %s --split val --json"):format(run))
    assert.equal(0, code, err)
    assert.near(one.folds[2].best.val_loss, json.decode(out).loss, 1e-6)
    code = program.run(("pack %s -o %s/e.yaml"):format(run, folder))
    assert.equal(0, code)
    code, out = program.run(("replay %s/e.yaml --out %s/again"):format(folder, folder))
    assert.equal(0, code, out)
  end)
end)

describe("a search with k_fold", function()
  local TEXT = [[return recipe { name = "s", seed = 1, data = data.blobs { n = 60, classes = 2 },
    model = nn.linear(2), optimizer = optim.sgd { lr = search.loguniform(1e-3, 1) }, epochs = 2 } ]]

  it("scores a trial by the mean over folds, in this process and in others alike", function()
    local folder = program.folder(finally)
    program.write(folder .. "/s.lua", TEXT)
    local words = ("search %s/s.lua --json --quiet --out %s"):format(folder, folder)
    local code, out, err = program.run(words .. " --trials 3 --k-fold 2 --jobs 2")
    assert.equal(0, code, err)
    local apart = json.decode(out)
    local value = assert(load(TEXT, "=s", "t", { recipe = recipe, data = data, nn = nn,
      optim = optim, search = search }))()
    local within = search.run(value, { k_fold = 2, trials = 3, record = false, quiet = true })
    for i, trial in ipairs(apart.trials) do
      assert.equal(trial.value, within.trials[i].value)
    end
    assert.equal("file", file.kind(folder .. "/s-study/trials/0/fold-2/run.yaml"))
    code, out = program.run(("replay '%s/s-study#1' --out %s/again"):format(folder, folder))
    assert.equal(0, code, out)
    code, out = program.run(words .. " --trials 3") -- goes on, and there is nothing to do
    assert.equal(0, code)
    assert.equal(apart.best.value, json.decode(out).best.value)
    local refused, _, why = program.run(words .. " --trials 4 --k-fold 3")
    assert.equal(2, refused)
    assert.matches("--k-fold 3: search: the study began with 2 folds, not with 3", why, 1, true)
  end)

  it("is refused before the first trial where the data have fewer samples", function()
    local folder = program.folder(finally)
    program.write(folder .. "/s.lua", TEXT)
    local code, _, err = program.run(("search %s/s.lua --k-fold 70 --out %s"):format(folder,
      folder))
    assert.equal(1, code)
    assert.truthy(err:find("s.lua:1: data.blobs: 70 folds of 60 samples: each wants one; want at "
      .. "most 60 folds", 1, true), err)
    assert.equal("file", file.kind(folder .. "/s.lua"))
    assert.is_nil(file.kind(folder .. "/s-study"))
  end)

  it("takes no pruner", function()
    local why = files.failure(function()
      search.run(blobs { optimizer = optim.sgd { lr = search.loguniform(1e-3, 1) } },
        { k_fold = 2, pruner = "asha", record = false })
    end)
    assert.matches("search.run: a pruner ends trials early", why, 1, true)
  end)
end)
