-- The table of metrics: every list of them is made from it.

local metrics = require "lrrun.metrics"
local nn = require "lrrun.nn"
local options = require "lrrun.util.options"
local tensor = require "lrrun.tensor"

describe("the table of metrics", function()
  it("holds what each metric is asked for", function()
    for _, metric in ipairs(metrics.list) do
      for _, key in ipairs { "name", "doc", "label", "short" } do
        assert.equal("string", type(metric[key]), key)
      end
      assert.equal("function", type(metric.of))
      assert.truthy(metric.mode == nil or metric.mode == "min" or metric.mode == "max")
    end
  end)

  it("has the order of a log, of a page and of a table", function()
    local split = { "loss", "perplexity", "bits_per_byte", "accuracy", "balanced_accuracy", "f1",
      "precision", "recall", "auc", "top5", "mae", "r2" }
    local train, val, pairs = {}, {}, {}
    for i, name in ipairs(split) do
      train[i], val[i] = "train_" .. name, "val_" .. name
      table.move({ train[i], val[i] }, 1, 2, #pairs + 1, pairs)
    end
    local function joined(...)
      local out = {}
      for _, list in ipairs { ... } do
        table.move(list, 1, #list, #out + 1, out)
      end
      return out
    end
    assert.same(split, metrics.plain)
    local once = { "grad_norm", "sharpness", "noise_scale" }
    assert.same(joined({ "lr", "d" }, train, val, once), metrics.names(metrics.logged))
    assert.same(joined(train, val, { "lr", "d" }, once), metrics.names(metrics.shown))
    assert.same(joined(pairs, { "lr", "d" }, once), metrics.names(metrics.paired))
    assert.same(joined({ "train_loss" }, val), metrics.names(metrics.summary))
  end)

  it("tells which way a metric is better, of a misspelt one too", function()
    assert.equal("min", metrics.mode "val_loss")
    assert.equal("min", metrics.mode "grad_norm")
    assert.equal("max", metrics.mode "train_accuracy")
    assert.equal("max", metrics.mode "val_acuracy")
    assert.is_nil(metrics.mode "lr")
    assert.equal("max", metrics.mode "val_f1")
    assert.equal("min", metrics.mode "val_mae")
    assert.is_nil(metrics.mode "hinge_loss_of_mine")
  end)

  it("reports what the loss counts and outputs are collected for, and validations where there are "
    .. "any", function()
    assert.same({ "train_loss", "train_accuracy", "val_loss", "val_accuracy", "lr", "grad_norm" },
      metrics.possible({ loss = 0, targets = 0, correct = 0 }, true, nil, {}))
    assert.same({ "train_loss", "lr", "grad_norm", "sharpness", "noise_scale" },
      metrics.possible({ loss = 0 }, false))
    assert.same({ "train_loss", "lr", "grad_norm", "noise_scale" },
      metrics.possible({ loss = 0 }, false, nil, { noise_scale = true }))
    assert.same({ "train_loss", "train_mae", "train_r2", "val_loss", "val_mae", "val_r2", "lr",
      "grad_norm", "sharpness", "noise_scale" },
      metrics.possible({ loss = 0 }, true, { errors = true }))
    assert.same({ "train_loss", "val_loss", "val_r2", "lr", "grad_norm" }, metrics.possible(
      { loss = 0 }, true, { errors = true }, { val_r2 = true }))
  end)

  it("collects for what is asked, by its name or one split's, and for what needs no asking",
    function()
      local classes = { classes = true, ranks = true }
      assert.same({}, metrics.asked({}, classes))
      assert.same({ train_f1 = true, val_f1 = true, val_auc = true },
        metrics.asked({ "f1", "val_auc", "val_loss", "nothing" }, classes))
      assert.same({ val_mae = false, val_r2 = false }, metrics.asked({}, { errors = true }))
      assert.same({ val_mae = false, val_r2 = true, train_r2 = true },
        metrics.asked({ "r2" }, { errors = true }))
      assert.same({}, metrics.asked({ "r2" }, classes))
      assert.same({ sharpness = true }, metrics.asked({ "sharpness" }, classes))
    end)

  it("measures a split by its sums, and once what has no split", function()
    local m, sums = {}, { loss = 6, weight = 4, targets = 4, correct = 3,
      grad_norm = 5, steps = 2 }
    local entries = metrics.of_splits(metrics.possible(sums, true))
    metrics.measure(m, entries.train, sums, { lr = 0.1 })
    assert.same({ train_loss = 1.5, train_accuracy = 0.75, grad_norm = 2.5, lr = 0.1 }, m)
    local val = { loss = 4, weight = 4, targets = 4, correct = 1 }
    metrics.measure(m, entries.val, val, { lr = 0.1 })
    assert.equal(1, m.val_loss)
    assert.equal(0.25, m.val_accuracy)
    val = { loss = 8, weight = 4, targets = 4, correct = 2 }
    metrics.measure(m, metrics.of_splits({ "lr", "val_loss" }).val, val, {})
    assert.same({ 2, 0.25 }, { m.val_loss, m.val_accuracy })
    assert.same({ loss = 1.5, accuracy = 0.75 }, metrics.figures(sums))
  end)
end)

describe("a loss", function()
  local CLASSES = { kind = "data.x", classes = 3 }
  local NUMBERS = { kind = "data.x", targets = 2 }

  it("says whether data and network fit it, and which losses would", function()
    assert.is_nil(nn.cross_entropy():check(CLASSES, { 3 }))
    assert.is_nil(nn.mse():check(NUMBERS, { 2 }))
    assert.is_nil(nn.bce():check(NUMBERS, { 1, 2 }))
    assert.same({ "loss", "the targets of data.x are numbers, not classes; want nn.mse, nn.l1, "
      .. "nn.huber, nn.bce or nn.sigmoid_focal" }, { nn.cross_entropy():check(NUMBERS, { 3 }) })
    assert.same({ "loss", "the targets of data.x are 3 classes; want nn.cross_entropy or "
      .. "nn.focal" }, { nn.huber():check(CLASSES, { 3 }) })
    assert.same({ "model", "the output is (4, 3) for each sample, and data.x has 3 classes: want "
      .. "(3) (nn.flatten or a pooling layer is missing?)" },
      { nn.cross_entropy():check(CLASSES, { 4, 3 }) })
    assert.same({ "model", "the output is (3) for each sample, and data.x has 2 targets: want "
      .. "(2)" }, { nn.l1():check(NUMBERS, { 3 }) })
    assert.same({ "model", "the output is (3) for each sample, and data.x has 1 target: want (1); "
      .. "loss = nn.cross_entropy() takes whole numbers as classes" },
      { nn.mse():check({ kind = "data.x", targets = 1 }, { 3 }) })
  end)

  it("answers for itself, each of them", function()
    local found = 0
    for name, desc in pairs(options.registry) do
      local loss = desc.methods and desc.methods.target and desc.methods
      if loss then
        found = found + 1
        for _, method in ipairs { "check", "rows", "answers", "add" } do
          assert.equal("function", type(loss[method]), name .. " " .. method)
        end
      end
    end
    assert.equal(7, found)
  end)

  it("names the most probable classes, of equal ones the lower first", function()
    local output = tensor.new({ 2, 4 }, { 0.25, 0.375, 0.375, 0.25, 1, 0, 0, 0.5 })
    local answers = nn.cross_entropy():answers({ class_names = { "a", "b", "c", "d" } }, output, 2)
    assert.equal(2, #answers)
    assert.same({ label = "b", class = 1, probability = 0.375, top = {
      { label = "b", class = 1, probability = 0.375 },
      { label = "c", class = 2, probability = 0.375 },
      { label = "a", class = 0, probability = 0.25 } } }, answers[1])
    assert.equal("a", answers[2].label)
    assert.equal("d", answers[2].top[2].label)
  end)

  it("gives the numbers of each sample, or their probabilities", function()
    local output = tensor.new({ 2, 2 }, { 1, 2, 3, 4 })
    assert.same({ { values = { 1, 2 } }, { values = { 3, 4 } } },
      nn.mse():answers(NUMBERS, output, 2))
    assert.same({ { probabilities = { 1, 2 } }, { probabilities = { 3, 4 } } },
      nn.bce():answers(NUMBERS, output, 2))
  end)
end)
