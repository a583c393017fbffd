-- lrrun sensitivity: the loss over the rate, of several variants side by side.
local grid = require "lrrun.study.grid"
local json = require "lrrun.record.json"
local page = require "lrrun.study.sensitivity_page"
local program = require "support.program"
local sensitivity = require "lrrun.study.sensitivity"
local variants = require "lrrun.study.variants"

local function near(want, got)
  assert.is_true(math.abs(got - want) <= 1e-9 * math.abs(want), ("want %.12g, got %.12g"):format(
    want, got))
end

describe("--with", function()
  local function texts(text)
    local list, path = variants.parse(text)
    local out = {}
    for i, item in ipairs(assert(list, path)) do
      assert.equal(path, item.changes[1].path)
      out[i] = item.changes[1].text
    end
    return out, list, path
  end

  it("takes optimizers and schedules by their names, calls and expressions", function()
    local out, list = texts "optimizer=adam, sgd{momentum = 0.9, nesterov = true}, optim.lion()"
    assert.same({ "optim.adam{lr = 1e-3, }",
      "optim.sgd{lr = 1e-3, momentum = 0.9, nesterov = true}", "optim.lion{lr = 1e-3, }" }, out)
    assert.equal("sgd{momentum = 0.9, nesterov = true}", list[2].name)
    assert.same({ "schedule.constant{}", "schedule.wsd{decay = 20*percent, shape = 'linear'}",
      "schedule.warmup(1*epochs) .. schedule.cosine{}" }, (texts("schedule=constant,"
        .. "wsd{decay = 20*percent, shape = 'linear'},"
        .. "schedule.warmup(1*epochs) .. schedule.cosine{}")))
  end)

  it("takes values of any other key", function()
    local out, _, path = texts "data.batch = 16,64"
    assert.equal("data.batch", path)
    assert.same({ "16", "64" }, out)
    assert.equal("data.batch=16", (variants.parse "data.batch = 16,64")[1].name)
    assert.same({ "nn.he{}", "nn.normal{std = 0.1, }" }, (texts("model.1.init=nn.he{},"
      .. "nn.normal{std = 0.1, }")))
  end)

  it("says what it cannot take", function()
    for text, want in pairs {
      ["optimizer"] = "takes a key of the recipe and its values", ["=a"] = "takes a key",
      ["optimizer=adm"] = "'adm' is none of optim's; did you mean 'adam'",
      ["schedule=sgd"] = "'sgd' is none of schedule's", ["optimizer=adam,adam"] = "'adam' twice",
      ["optimizer=adam,"] = "empty value", ["optimizer=rprop"] = "a step size for each weight",
      ["optimizer.lr=0.1,1"] = "what is varied already",
    } do
      local list, why = variants.parse(text)
      assert.is_nil(list)
      assert.truthy(why:find(want, 1, true), why)
    end
  end)
end)

-- A study with these losses (false: diverged) at rates from 1e-3 to 10, one row for each seed.
local function study_of(rows, mode)
  local o = { from = 1e-3, to = 10, points = #rows[1], seeds = #rows }
  local trials = {}
  for seed, row in ipairs(rows) do
    for i, loss in ipairs(row) do
      trials[(i - 1) * o.seeds + seed - 1] = { value = loss or nil,
        state = loss and "complete" or "fail", ended = not loss and "diverged" or nil }
    end
  end
  return { folder = "f", name = "n", trials = trials, set = { sign = mode == "max" and -1 or 1,
    monitor = "val_loss", variants = { { name = "a" } },
    kept = { mode = mode or "min", rates = { initial = mode ~= "max" and { 2 } or nil } } } }, o
end

describe("what a grid of rates comes to", function()
  it("is the mean over seeds, the best rate, its band and the sensitivity", function()
    local result = sensitivity.result(study_of { { 1.5, 0.9, 1.0, 1.9, false },
      { 1.7, 1.1, 1.0, 2.9, 3 } })
    local a = result.variants[1]
    near(1.6, a.points[1].loss)
    assert.is_nil(a.points[5].loss)
    assert.same({ "diverged", "complete" }, a.points[5].states)
    assert.same({ lr = 0.01, loss = 1 }, a.best)
    near(math.sqrt(0.02), a.points[1].spread)
    -- Smoothed 1 2 1, with losses above that before training taken for it, 1.45, 1.15, 1.25, 1.75;
    -- on straight lines over log lr 5 % above 1.15 are so far on the way to 1.45, and to 1.25.
    near(0.01 * 10 ^ (-0.0575 / 0.3), a.band.low)
    near(0.01 * 10 ^ (0.0575 / 0.1), a.band.high)
    near(a.band.high / a.band.low, a.band.factor)
    -- Of losses above 2, that before training, 2 counts.
    near(((1.6 - 1) + 0 + 0 + (2 - 1) + (2 - 1)) / 5, a.sensitivity)
  end)

  it("does not take one lucky rate for the best, and says how far seeds differ", function()
    local result = sensitivity.result(study_of { { 1.9, 0.9, 1.8, 1.1, 1.0 },
      { 1.9, 0.9, 1.8, 1.0, 1.1 } })
    local a = result.variants[1]
    assert.equal(10, a.best.lr)
    near((1 + 0 + 0.9 + 0.15 + 0.15) / 5, a.sensitivity)
    assert.equal("1.05 ±0.071 *", page.rows(result)[6][2])
    assert.equal("0.9 ±0", page.rows(result)[3][2])
  end)

  it("says where the band leaves the grid, and of figures of which more is better", function()
    local result = sensitivity.result(study_of({ { 0.96, 0.97, 0.5, 0.1, 0.1 } }, "max"))
    local a = result.variants[1]
    assert.equal(0.001, a.best.lr)
    assert.is_true(a.band.open_low)
    assert.is_false(a.band.open_high)
    assert.is_nil(a.sensitivity)
    assert.matches("within 5 %% from below 0%.001 to 0%.002%d+, a factor of more than",
      page.words(a, "val_accuracy"))
  end)

  it("has rates that are the same everywhere, and a picture for any of them", function()
    local o = { from = 1e-4, to = 1, points = 9, seeds = 2 }
    assert.equal(1e-4, grid.rate(o, 0))
    assert.equal(0.000316228, grid.rate(o, 1))
    assert.equal(1, grid.rate(o, 8))
    assert.same({ choice = 2, lr = 1e-4, seed = 1, share = 1 }, grid.place(o, 19))
    for _, rows in ipairs { { { false, false } }, { { 1, 1, 1 } }, { { 1e30, 0, -1 } } } do
      local result = sensitivity.result(study_of(rows))
      assert.is_nil(page.svg(result):find "nan")
      assert.is_nil(page.svg(result):find "inf")
      assert.matches("^variant,lr,seed,state,val_loss\na,0%.001", page.csv(result))
    end
    assert.equal("no rate has a value",
      page.words(sensitivity.result(study_of { { false, false } }).variants[1], "val_loss"))
  end)
end)

describe("lrrun sensitivity", function()
  local RECIPE = [[
    return recipe { name = "s", seed = 3, data = data.digits { batch = 32, val = 0.2, limit = 300 },
      model = nn.linear(10), optimizer = optim.adam { lr = search.loguniform(1e-4, 1) },
      schedule = schedule.cosine {}, epochs = 2 }]]

  local function call(folder, flags)
    local code, out, err = program.run(("sensitivity %s/r.lua --json --out %s/runs --points 3 "
      .. "--seeds 2 --from 1e-3 --to 1 %s"):format(folder, folder, flags))
    return code, code == 0 and json.decode(out) or out, err
  end

  it("trains each variant at each rate with the same seeds, for any number of jobs", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    local with = "--points 2 --with 'schedule=constant,cosine' "
    local code, a, err = call(folder, with .. "--jobs 2")
    assert.equal(0, code, err)
    assert.equal("s-sensitivity-1", a.run:match "[^/]+$")
    assert.same({ "constant", "cosine" }, { a.variants[1].name, a.variants[2].name })
    assert.is_true(a.variants[1].transfer < 0.6 and a.variants[2].transfer > 0.9)
    assert.is_true(a.variants[1].initial > 2 and a.variants[1].sensitivity > 0)
    local _, b = call(folder, with .. "--jobs 1")
    assert.equal("s-sensitivity-2", b.run:match "[^/]+$")
    assert.same(a.variants, b.variants)
    -- The same trainings as whoever sets the values by hand.
    local point = a.variants[1].points[2]
    local _, out = program.run(("%s/r.lua --json --quiet --out %s/by-hand --seed 4 --set "
      .. "optimizer.lr=%.17g --set data.seed=3 --set schedule=schedule.constant{}"):format(folder,
      folder, point.lr))
    assert.equal(point.losses[2], json.decode(out).best.val_loss)
    -- A page, and a training again.
    code, _, err = program.run("report " .. a.run)
    assert.equal(0, code, err)
    local html <close> = assert(io.open(a.run .. "/report.html"))
    assert.matches("<svg.*constant: best.*within 5 %%.*at each rate", html:read "a")
    code = program.run(("replay '%s#3' --out %s/again"):format(a.run, folder))
    assert.equal(0, code)
  end)

  it("has a page also where trainings diverged", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (RECIPE:gsub("nn.linear%(10%)",
      "nn.sequential { nn.linear(8), nn.linear(8), nn.linear(10) }")))
    local _, of, why = call(folder, "--from 0.01 --to 1e20 --points 3 --seeds 1")
    assert.equal("diverged", of.variants[1].points[3].states[1], why)
    local code, _, err = program.run("report " .. of.run)
    assert.equal(0, code, err)
  end)

  it("goes on where it was stopped", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    local _, whole = call(folder, "")
    os.remove(whole.run .. "/sensitivity.json") -- as a kill before the end leaves it
    local path, lines = whole.run .. "/journal.log", {}
    for line in io.lines(path) do
      lines[#lines + 1] = line
    end
    program.write(path, table.concat(lines, "\n", 1, #lines // 2) .. "\n")
    local code, again, err = call(folder, "")
    assert.equal(0, code, err)
    assert.matches("6 trainings, %d done before", err)
    assert.equal(whole.run, again.run)
    assert.same(whole.variants, again.variants)
  end)

  it("names the flag that is wrong, and what of the recipe cannot be varied", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    for flags, says in pairs {
      ["--points 1"] = "--points is 1, want 2 to 1000",
      ["--to 1e38"] = "--to is 1e+38, want a rate from 1e-30 to 1e+30",
      ["--from 2"] = "--from is 2, want less than --to (1)",
      ["--with optimizer=adm"] = "--with 'adm' is none of optim's; did you mean 'adam'",
      ["--with schedule=wsd"] = "--with schedule=wsd: schedule.wsd: 'decay' is missing",
      ["--with x=1"] = "--with x=1: there is neither a key nor an option() 'x'",
      ["--with data.batch=16,64 --with schedule=constant"] = "--with is given twice",
      ["--jobs 65"] = "--jobs takes at most 64",
    } do
      local code, _, err = call(folder, flags)
      assert.equal(2, code, err)
      assert.truthy(err:find(says, 1, true), err)
    end
    local code, _, err = call(folder, "--set optimizer=optim.rprop{}")
    assert.equal(1, code)
    assert.matches("sensitivity: optim%.rprop finds a step size", err)
    code, _, err = call(folder, "--set 'schedule=schedule.fn(function(t) return 0.01 end)'")
    assert.equal(1, code)
    assert.matches("schedule%.fn gives the same rates whatever optimizer%.lr is", err)
    assert.equal(2, (program.run("report " .. folder)))
  end)
end)
