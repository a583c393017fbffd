-- Rare classes: splits that keep shares, weights of a loss, and a sampler.

local data = require "lrrun.data"
local files = require "support.files"
local metrics = require "lrrun.metrics"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"

-- A table of n samples, of which every `every`-th is of class 1; values tell which it is.
local function rare(n, every, keys)
  local x, y = {}, {}
  for i = 1, n do
    y[i] = i % every == 0 and 1 or 0
    x[i] = { i, i % 7 + 3 * y[i] }
  end
  local t = { x = x, y = y }
  for key, item in pairs(keys or {}) do
    t[key] = item
  end
  return data.table(t)
end

local function count(d, split)
  if d.splits[split] == 0 then
    return {}
  end
  return (d.native:tally(split))
end

local function indices(loader, epoch)
  local out = {}
  loader:seek(epoch or 0, 0)
  for _ = 1, loader:count() do
    loader:next()
    table.move(loader:indices(), 1, #loader:indices(), #out + 1, out)
  end
  return out
end

describe("split = 'stratified'", function()
  it("keeps the share of 1 % positives in every split, and in what limit keeps", function()
    for seed = 1, 5 do
      local d = rare(2000, 100, { val = 0.2, test = 0.1 }):open { seed = seed }
      assert.same({ 1386, 14 }, count(d, "train"))
      assert.same({ 396, 4 }, count(d, "val"))
      assert.same({ 198, 2 }, count(d, "test"))
      d = rare(2000, 100, { val = 0.2, limit = 1000 }):open { seed = seed }
      assert.same({ 792, 8 }, count(d, "train"))
      assert.same({ 198, 2 }, count(d, "val"))
    end
  end)

  it("rounds by the largest remainder, so that sizes are those of a random split", function()
    local y = {}
    for class, n in ipairs { 5, 3, 3, 2 } do
      for _ = 1, n do
        y[#y + 1] = class - 1
      end
    end
    for seed = 1, 5 do
      local d = data.table { x = y, y = y, task = "classification", val = 0.3 }
        :open { seed = seed }
      -- 4 of 13: 1.54, 0.92, 0.92, 0.62
      assert.same({ 1, 1, 1, 1 }, count(d, "val"))
      assert.same({ 4, 2, 2, 1 }, count(d, "train"))
    end
  end)

  it("draws other samples for other seeds, the same for one", function()
    local function val(seed)
      local d = rare(100, 10, { val = 0.2 }):open { seed = seed }
      return table.concat(indices(d:loader { split = "val", shuffle = false }), " ")
    end
    assert.equal(val(1), val(1))
    assert.not_equal(val(1), val(2))
  end)

  it("leaves the only sample of a class to training, and says so", function()
    local x, y = {}, {}
    for i = 1, 20 do
      x[i], y[i] = i, i <= 3 and i or 0
    end
    local d = data.table { x = x, y = y, task = "classification", val = 0.4, test = 0.4 }
      :open { seed = 1 }
    assert.same({ 1, 1, 1, 1 }, count(d, "train"))
    assert.matches("3 classes 1, 2, 3: too few samples for one in val too",
      d:describe(), 1, true)
  end)

  it("knows two classes in one number of 0 and 1 as well", function()
    local d = rare(400, 20, { val = 0.25, task = "regression" }):open { seed = 1 }
    assert.same({ 15, 300 }, { d.native:tally("train")[1], d.splits.train })
    assert.equal(5, d.native:tally("val")[1])
  end)

  it("is refused where there are no classes, and then numbers are drawn as before", function()
    local x, y = {}, {}
    for i = 1, 20 do
      x[i], y[i] = i, i / 2
    end
    local why = files.failure(function()
      data.table { x = x, y = y, split = "stratified", val = 0.2 }:open { seed = 1 }
    end)
    assert.matches('imbalance_spec.lua:%d+: data.table: split = "stratified" keeps the shares of '
      .. "classes, and there are none: the targets are numbers; want \"random\" or \"last\"", why)
    local function val(split)
      local d = data.table { x = x, y = y, split = split, val = 0.2 }:open { seed = 1 }
      return indices(d:loader { split = "val", shuffle = false })
    end
    assert.same(val "random", val(nil))
  end)

  it("says the shares of the classes, and of a rare one the keys that help", function()
    local text = rare(2000, 100, { val = 0.2 }):open({ seed = 1 }):describe()
    assert.matches("classes of train: 0 99 %, 1 1 %", text, 1, true)
    assert.matches("class 1 is 1 % of train: nn.cross_entropy { class_weights = \"balanced\" }, "
      .. "data's sampler = \"balanced\" or nn.focal", text, 1, true)
    assert.is_nil(rare(200, 10, { val = 0.2 }):open({ seed = 1 }):describe():find "class_weights")
    local function said(loss)
      return rare(2000, 100, { val = 0.2 }):open({ seed = 1, loss = loss }):describe()
        :find("class 1 is 1 % of train", 1, true) ~= nil
    end
    assert.is_true(said(nn.cross_entropy()))
    assert.is_false(said(nn.cross_entropy { class_weights = "balanced" }))
    assert.is_false(said(nn.focal()))
  end)
end)

describe("folds", function()
  it("hold each sample once, with the same share of each class to one sample", function()
    local seen, sizes = {}, {}
    for i = 1, 5 do
      local d = rare(503, 50, { fold = i .. " of 5", test = 0.1 }):open { seed = 3 }
      assert.equal(50, d.splits.test)
      for _, at in ipairs(indices(d:loader { split = "val", shuffle = false })) do
        assert.is_nil(seen[at])
        seen[at] = true
      end
      sizes[i] = count(d, "val")
      assert.truthy(sizes[i][2] >= 1 and sizes[i][2] <= 2)
      assert.truthy(d.splits.val >= 90 and d.splits.val <= 91)
      for _, at in ipairs(indices(d:loader { split = "test", shuffle = false })) do
        assert.is_nil(seen[at])
      end
    end
    local n = 0
    for _ in pairs(seen) do
      n = n + 1
    end
    assert.equal(453, n)
  end)

  it("are refused where validation is elsewhere, and in words where there are too many", function()
    assert.matches("'fold' is 6 of 5, want \"i of k\"", files.failure(function()
      rare(20, 2, { fold = "6 of 5" })
    end):gsub("'6 of 5'", "6 of 5"), 1, true)
    assert.matches("'fold' validates on training data, and val = 'test' names others",
      files.failure(function()
        rare(20, 2, { fold = "1 of 5", val = "test" })
      end), 1, true)
    assert.matches("30 folds of 20 samples", files.failure(function()
      rare(20, 2, { fold = "1 of 30" }):open { seed = 1 }
    end), 1, true)
  end)
end)

describe("sampler = 'balanced'", function()
  local function epoch(d, number)
    return indices(d:loader { split = "train", seed = 1 }, number)
  end

  it("draws all classes as often, n samples an epoch, anew in each", function()
    local d = rare(5000, 100, { sampler = "balanced", batch = 64 }):open { seed = 1 }
    local first = epoch(d, 0)
    assert.equal(5000, #first)
    local ones, kinds = 0, {}
    for _, i in ipairs(first) do
      if i % 100 == 0 then
        ones = ones + 1
        kinds[i] = true
      end
    end
    assert.near(2500, ones, 150) -- more than four deviations of 35
    local n = 0
    for _ in pairs(kinds) do
      n = n + 1
    end
    assert.equal(50, n)
    assert.same(first, epoch(d, 0))
    assert.not_same(first, epoch(d, 1))
  end)

  it("leaves validation as it is", function()
    local d = rare(200, 10, { sampler = "balanced", val = 0.2 }):open { seed = 1 }
    local val = indices(d:loader { split = "val" })
    assert.equal(40, #val)
    assert.same({ 36, 4 }, count(d, "val"))
  end)

  it("is refused without classes and with shuffle = false", function()
    assert.matches("'sampler' draws samples at random, and shuffle = false keeps their order",
      files.failure(function()
        rare(20, 2, { sampler = "balanced", shuffle = false })
      end), 1, true)
    assert.matches('sampler = "balanced" draws all classes as often, and there are none',
      files.failure(function()
        data.table { x = { 1, 2, 3 }, y = { 0.5, 1, 2 }, sampler = "balanced" }:open { seed = 1 }
      end), 1, true)
  end)
end)

describe("weights of classes", function()
  local function resolved(loss, d)
    return loss:resolve(d).opts.class_weights
  end

  it("that are balanced are n / (k n_c) over the training split, as in scikit-learn", function()
    local d = rare(1000, 100, { val = 0.2, test = 0.2 }):open { seed = 1 }
    -- compute_class_weight("balanced", classes=[0, 1], y=[0] * 594 + [1] * 6)
    local w = resolved(nn.cross_entropy { class_weights = "balanced" }, d)
    assert.near(0.50505051, w[1], 1e-8)
    assert.equal(50, w[2])
    local b = rare(1000, 100, { val = 0.2, test = 0.2, task = "regression" }):open { seed = 1 }
    assert.same({ 99 }, nn.bce { pos_weight = "balanced" }:resolve(b).opts.pos_weight)
  end)

  it("are given by name, or in the order of the classes; an unknown name is an error", function()
    local d = rare(20, 2):open { seed = 1 }
    assert.same({ 1, 3 }, resolved(nn.cross_entropy { class_weights = { ["1"] = 3 } }, d))
    assert.same({ 2, 1 }, resolved(nn.cross_entropy { class_weights = { [0] = 2 } }, d))
    assert.same({ 2, 5 }, resolved(nn.cross_entropy { class_weights = { 2, 5 } }, d))
    assert.matches("nn.cross_entropy: 'class_weights' names a class '2'", files.failure(function()
      resolved(nn.cross_entropy { class_weights = { ["2"] = 2 } }, d)
    end), 1, true)
    assert.same({ 1, 5 }, resolved(nn.cross_entropy { class_weights = { [0] = 1, [1] = 5 } }, d))
    assert.matches("has 1 = 0, want a number above 0", files.failure(function()
      nn.cross_entropy { class_weights = { ["1"] = 0 } }
    end), 1, true)
  end)

  -- { 1, 5 } of three classes was once taken as the classes 1 and 2, and class 0 had nothing.
  it("are as many as there are classes where they are a list", function()
    local three = data.table { x = { 1, 2, 3, 4 }, y = { 0, 1, 2, 0 } }:open { seed = 1 }
    local named = { classes = 3, class_names = { "setosa", "versicolor", "virginica" },
      kind = "data.csv" }
    assert.same({ 1, 5, 2 }, resolved(nn.cross_entropy { class_weights = { 1, 5, 2 } }, three))
    assert.same({ 1, 1, 5 }, resolved(nn.cross_entropy { class_weights = { [2] = 5 } }, three))
    assert.same({ 4, 1, 1 }, resolved(nn.cross_entropy { class_weights = { [0] = 4 } }, named))
    assert.same({ 4, 1, 3 },
      resolved(nn.cross_entropy { class_weights = { [0] = 4, virginica = 3 } }, named))
    for _, list in ipairs { { 3 }, { 1, 5 }, { 1, 5, 2, 3 } } do
      for order, d in pairs { ["0, 1, 2"] = three, ["setosa, versicolor, virginica"] = named } do
        for key, loss in pairs { class_weights = nn.cross_entropy { class_weights = list },
          alpha = #list > 2 and nn.focal { alpha = { 0.1, 0.5, 0.2, 0.3 } } or nil } do
          assert.matches(("'%s' has %d number%s for 3 classes; want one for each, in the order %s")
            :format(key, #list, #list == 1 and "" or "s", order), files.failure(function()
            loss:resolve(d)
          end), 1, true)
        end
      end
    end
  end)

  local function fit(changes)
    local r = { seed = 2, data = rare(300, 20, { val = 0.3, batch = changes.batch or 16 }),
      loss = changes.loss, model = nn.sequential { nn.linear(2) },
      optimizer = optim.sgd { lr = 0.01 }, epochs = 2, accumulate = changes.accumulate }
    return train.fit(recipe(r), { record = false, quiet = true })
  end

  it("make losses a mean over the whole split, whatever the batch is", function()
    -- A rate of (nearly) nothing: all epochs measure the same weights.
    local function losses(batch, accumulate)
      local r = recipe { seed = 2, data = rare(300, 20, { val = 0.3, batch = batch }),
        model = nn.sequential { nn.linear(2) }, optimizer = optim.sgd { lr = 1e-30 }, epochs = 1,
        loss = nn.cross_entropy { class_weights = { 1, 30 } }, accumulate = accumulate }
      return train.fit(r, { record = false, quiet = true }).last
    end
    local a, b, c = losses(7), losses(64), losses(7, 3)
    assert.near(a.val_loss, b.val_loss, 1e-6 * a.val_loss)
    assert.near(a.train_loss, b.train_loss, 1e-6 * a.train_loss)
    assert.near(a.train_loss, c.train_loss, 1e-6 * a.train_loss)
  end)

  it("make k batches of n and one of k n the same step", function()
    local loss = nn.cross_entropy { class_weights = { 1, 30 } }
    local one = fit { loss = loss, batch = 32 }
    local two = fit { loss = loss, batch = 16, accumulate = 2 }
    assert.near(one.last.val_loss, two.last.val_loss, 1e-5)
  end)
end)

describe("data with 1 % positives", function()
  it("learn to find them with either way, monitored by val_f1", function()
    local function f1(loss, sampler)
      local r = recipe { seed = 1, data = rare(2000, 100, { val = 0.2, sampler = sampler }),
        loss = loss, model = nn.sequential { nn.linear(2) }, optimizer = optim.adam { lr = 0.1 },
        stop = stop.early { monitor = "val_f1", patience = 20 }, epochs = 8 }
      local result = train.fit(r, { record = false, quiet = true })
      assert.equal("max", metrics.mode "val_f1")
      return result.best.val_f1
    end
    assert.truthy(f1(nn.cross_entropy { class_weights = "balanced" }) > 0)
    assert.truthy(f1(nil, "balanced") > 0)
    assert.truthy(f1(nn.focal { alpha = "balanced" }) > 0)
  end)
end)
