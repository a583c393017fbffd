-- How values and targets are scaled for a network, and that people see targets as they are.
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local files = require "support.files"
local is_kept = require "lrrun.data.is_kept"
local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local program = require "support.program"
local scale = require "lrrun.data.scale"

local folder
setup(function()
  folder = files.folder()
end)

local function csv(text, opts)
  files.write(folder, "t.csv", text)
  opts.file = opts.file or "t.csv"
  return data.csv(opts):open { recipe_dir = folder, seed = 1 }
end

-- All of a split's batch: x and y as lists.
local function all(d, split, opts)
  local o = { split = split or "train", batch = 1000, shuffle = false }
  for key, item in pairs(opts or {}) do
    o[key] = item
  end
  local batch = d:loader(o):next()
  return batch.x:values(), batch.y and batch.y:values()
end

local function near(want, got, by)
  assert.equal(#want, #got)
  for i, v in ipairs(want) do
    assert.near(v, got[i], by or 1e-6 * math.max(1, math.abs(v)))
  end
end

describe("targets that are numbers", function()
  -- numpy: y = [1600000000.25 + i*i for i in range(10)]; y.mean(), y.std()
  local MEAN, DEVIATION = 1600000028.75, 26.852374196707448
  local function ten_digits(opts)
    local rows = { "a,y" }
    for i = 0, 9 do
      rows[i + 2] = ("%d,%.2f"):format(i, 1600000000.25 + i * i)
    end
    opts = opts or {}
    opts.task = "regression"
    return csv(table.concat(rows, "\n") .. "\n", opts)
  end

  it("get mean 0 and deviation 1 in double, also where float would lose them", function()
    local d = ten_digits()
    near({ MEAN }, d.target_means, 1e-6)
    near({ DEVIATION }, d.target_deviations, 1e-9)
    local _, y = all(d, "train", { scaled = true })
    local back = d:unscale(y)
    for i = 0, 9 do
      assert.near((1600000000.25 + i * i - MEAN) / DEVIATION, y[i + 1], 1e-6)
      assert.near(1600000000.25 + i * i, back[i + 1], 1e-5)
    end
  end)

  it("are kept by data.table, too, in columns of ten digits", function()
    local y = {}
    for i = 0, 9 do
      y[i + 1] = { 1600000000.25 + i * i, 2 * i }
    end
    local d = data.table { x = y, y = y }:open { seed = 1 }
    local x = all(d)
    for i = 1, 19, 2 do -- inputs likewise
      assert.near((y[i // 2 + 1][1] - MEAN) / DEVIATION, x[i], 1e-5)
    end
    assert.truthy(d:said()[1]:find("column 1: 1600000040 is taken off", 1, true))
    files.write(folder, "new.csv", "1600000028.75,9\n1600000055.602374196707448,9\n")
    near({ 0, 0, 1, 0 }, (all(d:input(folder .. "/new.csv"))), 1e-5)
    near({ MEAN, 9 }, d.target_means, 1e-6)
    near({ DEVIATION, 33 ^ 0.5 }, d.target_deviations, 1e-9)
  end)

  it("are kept by data.npy, too, where arrays are of doubles", function()
    local x, y = {}, {}
    for i = 0, 9 do
      x[i + 1], y[i + 1] = string.pack("<f", i), string.pack("<d", 1600000000.25 + i * i)
    end
    files.write(folder, "x.npy", files.npy("<f4", { 10, 1 }, table.concat(x)))
    files.write(folder, "y.npy", files.npy("<f8", { 10 }, table.concat(y)))
    local d = data.npy { "x.npy", "y.npy", task = "regression" }
      :open { recipe_dir = folder, seed = 1 }
    near({ MEAN }, d.target_means, 1e-6)
    near({ DEVIATION }, d.target_deviations, 1e-9)
    near({ 1600000000.25 }, { d:unscale(select(2, all(d, "train", { scaled = true })))[1] }, 1e-5)
  end)

  it("are scaled column by column, by the training split alone", function()
    local d = csv("a,y,z\n1,10,0.5\n2,20,0.5\n3,30,2\n4,90,5\n", { target = { "y", "z" },
      val = 0.25, split = "last" })
    near({ 20, 1 }, d.target_means)
    near({ (200 / 3) ^ 0.5, 0.5 ^ 0.5 }, d.target_deviations)
    local _, y = all(d, "val", { scaled = true })
    near({ 70 / (200 / 3) ^ 0.5, 4 / 0.5 ^ 0.5 }, y)
    near({ 90, 5 }, d:unscale(y))
  end)

  it("of other files go by those of the training file", function()
    files.write(folder, "v.csv", "y,a\n1600000100,3\n")
    files.write(folder, "t.csv", "a,y\n1,1600000000\n2,1600000002\n3,1600000001\n")
    local d = data.csv { train = "t.csv", val = "v.csv", target = "y", task = "regression" }
      :open { recipe_dir = folder, seed = 1 }
    near({ 1600000001 }, d.target_means, 1e-6)
    local _, y = all(d, "val", { scaled = true })
    near({ 99 / (2 / 3) ^ 0.5 }, y, 1e-4)
  end)

  it("at each step are scaled over all steps of the training split", function()
    local d = data.table { x = { { { 1 }, { 2 } }, { { 3 } } }, y = { { 1, 3 }, { 8 } },
      task = "regression", per_step = true }:open { seed = 1 }
    near({ 4 }, d.target_means)
    local _, y = all(d, "train", { scaled = true })
    near({ 8, 4, 1, 3 }, d:unscale(y)) -- a step that is not there is the mean
  end)

  it("without spread are only centred, which is said", function()
    local d = csv("a,y\n1,7.5\n2,7.5\n3,7.5\n", { task = "regression" })
    near({ 7.5 }, d.target_means)
    near({ 1 }, d.target_deviations)
    local _, y = all(d, "train", { scaled = true })
    near({ 0, 0, 0 }, y)
    assert.truthy(scale.note(d, nn.mse()):find("1 target without spread only centred", 1, true))
  end)

  it("are what the data say in loops of one's own, and scaled where these want it", function()
    local d = csv("a,y\n1,10\n2,20\n3,60\n", { task = "regression", shuffle = false })
    near({ 10, 20, 60 }, d:batches "train"().y:values())
    local y = d:batches("train", 1, { scaled = true })().y
    near({ 10, 20, 60 }, d:unscale(y))
    assert.is_true(y:values()[1] < 0)
    near({ 30, 30 + d.target_deviations[1] }, d:unscale { 0, 1 })
    assert.has_error(function() d:batches("train", 1, { scale = true }) end,
      "data.csv: batches: unknown key 'scale'; did you mean 'scaled'? It takes scaled")
  end)

  it("stay as they are with target_scale = false, and for classes and bce", function()
    local d = csv("a,y\n1,0.5\n2,1\n3,0\n", { task = "regression", target_scale = false })
    assert.is_nil(d.target_means)
    local _, y = all(d, "train", { scaled = true })
    near({ 0.5, 1, 0 }, y)
    near({ 2, 3 }, d:unscale { 2, 3 })
    assert.is_nil(scale.note(d, nn.mse()))
    assert.has_error(function() d:batches("train", 1, { scaled = true }) end,
      "data.csv: batches: scaled = true, and the targets have no scale: target_scale = false")
    d = csv("a,y\n1,0.5\n2,1\n3,0\n", { task = "regression" })
    assert.is_nil(scale.note(d, nn.bce()))
    assert.truthy(scale.note(d, nn.huber()))
    d = csv("a,y\n1,u\n2,v\n3,u\n", {})
    assert.is_nil(d.target_means)
    assert.is_nil(scale.note(d, nn.cross_entropy()))
  end)
end)

describe("what a run folder says of the scale", function()
  it("is a finite mean and a deviation above 0 for each target, or nothing", function()
    local d = csv("a,y,z\n1,10,0.5\n2,20,0.5\n3,30,2\n", { target = { "y", "z" } })
    local function kept(means, deviations)
      local out = d:kept()
      out.target_means, out.target_deviations = means, deviations
      return is_kept(out)
    end
    assert.is_true(is_kept(d:kept()))
    assert.is_true(kept(nil, nil))
    assert.is_true(kept({ 1, 2 }, { 1, 2 }))
    for _, pair in ipairs { { { 1 }, { 2 } }, { { 1, 2 }, nil }, { { 1, 2 }, { 1, 0 } },
      { { 1, 2 }, { 1, -1 } }, { { 1, 0 / 0 }, { 1, 1 } }, { { 1, 2 }, { 1, 1 / 0 } },
      { { 1, "2" }, { 1, 1 } }, { "x", { 1, 1 } } } do
      assert.is_false(kept(pair[1], pair[2]))
    end
  end)
end)

describe("normalize", function()
  local TEXT = "a,b,c,e,y\n1,0,0,-3,u\n2,0,1,7,v\n4,0,0,2,u\n8,0,0,9,v\n16,0,0,-11,u\n"
    .. "32,0,0,4.5,v\n1000,5,0,6,u\n"
  local function columns(kind)
    local d = csv(TEXT, { normalize = kind })
    local means, factors = d:scale()
    local widths = {}
    for i, factor in ipairs(factors) do
      widths[i] = 1 / factor
    end
    return means, widths, d
  end

  it("\"robust\" gives scikit-learn's RobustScaler, other columns mean and deviation", function()
    -- sklearn: RobustScaler().fit(X).center_, scale_; b has equal quartiles, c is 0 and 1
    local means, widths, d = columns "robust"
    near({ 8, 0.7142857142857143, 0.14285714285714285, 4.5 }, means)
    near({ 21, 1.749635530559413, 0.34992710611188266, 7 }, widths)
    assert.truthy(table.concat(d:said(), "\n"):find("1 column with the same quartiles: by mean and "
      .. 'deviation, as normalize = "standard"', 1, true))
  end)

  it("takes quartiles between two values as numpy does", function()
    -- sklearn, one row more: center_ [6, 0, ., 3.25], scale_ [17.25, 0.25, ., 6.8125]
    local d = csv(TEXT .. "3,1,1,0.25,u\n", { normalize = "robust" })
    local means, factors = d:scale()
    near({ 6, 0, 0.25, 3.25 }, means)
    near({ 1 / 17.25, 4, 1 / 0.1875 ^ 0.5, 1 / 6.8125 }, factors)
  end)

  it("\"minmax\" goes from 0 to 1, \"standard\" is true, false leaves values alone", function()
    local means, widths = columns "minmax"
    near({ 1, 0, 0, -11 }, means)
    near({ 999, 5, 1, 20 }, widths)
    local by_default = columns(true)
    assert.same(by_default, (columns "standard"))
    near({ 0, 0, 0, 0 }, (columns(false)))
  end)

  it("goes by channels of images, bytes and floats alike", function()
    local x, pixels = {}, {}
    for i = 1, 8 do
      x[i] = { i, 2, 0, i * i, 7, 7, 8, 9 + i }
      for j, v in ipairs(x[i]) do
        pixels[#pixels + 1] = string.char(v)
        x[i][j] = v
      end
    end
    files.write(folder, "x.npy", files.npy("|u1", { 8, 2, 2, 2 }, table.concat(pixels)))
    local bytes = data.npy { "x.npy", normalize = "robust" }:open { recipe_dir = folder, seed = 1 }
    local floats = data.table { x = x, shape = { 2, 2, 2 }, normalize = "robust" }:open { seed = 1 }
    local means, factors = bytes:scale()
    near(means, (floats:scale()))
    near(factors, select(2, floats:scale()))
    near({ 2, 7.5 }, means, 0)
  end)
end)

-- An exact linear function of three columns, as prices of houses.
local function houses(n)
  local rows, state = { "a,b,c,y" }, 1
  local function uniform()
    state = (state * 48271) % 2147483647
    return math.floor(state / 2147483647 * 4000 - 2000) / 1000
  end
  for i = 1, n do
    local a, b, c = uniform(), uniform(), uniform()
    rows[i + 1] = ("%.3f,%.3f,%.3f,%.1f"):format(a, b, c, 250000 + 80000 * a + 5000 * b - 120 * c)
  end
  return table.concat(rows, "\n") .. "\n"
end

local HOUSE = [[return recipe { seed = 1, data = data.csv { "house.csv", val = 0.2 %s },
  model = nn.sequential { nn.linear(32), nn.relu(), nn.linear(1) }, loss = nn.%s(),
  optimizer = optim.adam { lr = 1e-2 }, schedule = schedule.cosine {}, epochs = %d }]]

describe("a run on prices", function()
  local path
  local function write(name, text)
    files.write(path, name, text)
  end
  local function run(words)
    local place = " --out " .. path .. "/runs"
    local makes = words:find "%.lua" or words:find "^replay"
    place = makes and place or ""
    local code, out, err = program.run(words .. " --json" .. place)
    assert.equal(0, code, err)
    return json.decode(out), err
  end
  before_each(function()
    path = files.folder()
    write("house.csv", houses(200))
  end)

  it("explains them, and shows errors and predictions in their units", function()
    write("r.lua", HOUSE:format("", "mse", 60))
    local result, said = run(path .. "/r.lua")
    assert.truthy(said:find "targets scaled by the training split %(mean .-e%+05, deviation .-%)")
    assert.truthy(result.best.val_r2 > 0.99, result.best.val_r2)
    local e = run("eval --split val " .. result.run)
    local kept = json.decode(file.read(result.run .. "/data.json"))
    local deviation = kept.target_deviations[1]
    assert.truthy(deviation > 50000)
    assert.equal(result.best.val_loss, e.loss)
    assert.near(e.loss ^ 0.5 * deviation, e.rmse, 1e-3)
    assert.near(result.best.val_mae, e.mae, 1e-6 * e.mae)
    write("new.csv", "a,b,c\n0,0,0\n1,1,1\n")
    os.remove(path .. "/house.csv")
    local answers = run(("predict %s --input %s/new.csv"):format(result.run, path)).predictions
    assert.near(250000, answers[1].values[1], 10000)
    assert.near(334880, answers[2].values[1], 10000)
    local _, page = program.run("report " .. result.run), file.read(result.run .. "/report.html")
    assert.truthy(page:find("losses are of targets scaled", 1, true))
  end)

  it("goes on, is packed and replayed to the same bits", function()
    write("r.lua", HOUSE:format("", "huber", 3))
    local result = run(path .. "/r.lua --quiet")
    run(("pack %s -o %s/x.yaml"):format(result.run, path))
    assert.equal("identical", run(("replay %s/x.yaml --quiet"):format(path)).verdict)
    assert.equal(5, run(("extend %s --epochs +2 --via stretch --quiet"):format(result.run)).epochs)
  end)

  it("of before targets were scaled goes on as it was", function()
    write("r.lua", HOUSE:format(", target_scale = false", "l1", 2))
    local before = run(path .. "/r.lua --quiet")
    run(("pack %s -o %s/x.yaml"):format(before.run, path))
    -- Such a record has no target_scale, and its recipe neither.
    local text = file.read(path .. "/x.yaml"):gsub(", target_scale = false", "")
      :gsub("\n *target_scale: false", "")
    write("x.yaml", text)
    local again, said = run(("replay %s/x.yaml"):format(path))
    assert.equal("identical", again.verdict)
    assert.falsy(said:find "targets scaled")
    assert.equal(before.digest, again.digest)
    local e = run("eval --split val " .. again.run)
    assert.truthy(e.loss > 10000)
    assert.equal(before.best.val_loss, e.loss)
  end)

  it("is planned with a line on the scale, and a warning without", function()
    write("r.lua", HOUSE:format("", "mse", 2))
    local plan = run("plan " .. path .. "/r.lua")
    assert.truthy(plan.data.text:find("targets scaled by the training split", 1, true))
    assert.falsy(json.encode(plan.warnings):find("in size", 1, true))
    write("r.lua", HOUSE:format(", target_scale = false", "mse", 2))
    assert.truthy(json.encode(run("plan " .. path .. "/r.lua").warnings)
      :find("without target_scale = false they are scaled", 1, true))
  end)
end)

describe("a column of time stamps", function()
  it("carries its signal, and so do numbers of ten digits", function()
    local rows = { "ts,id,y" }
    for i = 1, 200 do
      local late, odd = i > 100, i % 2 == 1
      rows[i + 1] = ("%.1f,%d,%s"):format(1600000000 + i, 4200000000 + i % 2,
        late == odd and "u" or "v")
    end
    local path = files.folder()
    files.write(path, "ts.csv", table.concat(rows, "\n") .. "\n")
    files.write(path, "r.lua", [[return recipe { seed = 1, data = data.csv { "ts.csv", val = 0.2 },
      model = nn.sequential { nn.linear(16), nn.tanh(), nn.linear(2) },
      optimizer = optim.adam { lr = 2e-2 }, epochs = 40 }]])
    local code, out, err = program.run(("%s/r.lua --json --out %s/runs"):format(path, path))
    assert.equal(0, code, err)
    assert.truthy(err:find("ts: 1600000100 is taken off", 1, true), err)
    assert.truthy(json.decode(out).best.val_accuracy > 0.94)
  end)
end)
