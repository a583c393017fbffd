-- Metrics of outputs in training: who gets them, that nothing else changes, and that they are the
-- same however a run comes about.

local json = require "lrrun.record.json"
local program = require "support.program"

local CLASSES = [[
  local many = option("many", false)
  return recipe { name = "classes", seed = 3, epochs = 3,
    data = data.spirals { n = 120, classes = many and 7 or 2, val = 0.25, batch = 9 },
    model = nn.sequential { nn.linear(8), nn.relu(), nn.dropout(0.2), nn.linear(many and 7 or 2) },
    optimizer = optim.adam { lr = 0.02 }, %s }]]

local NUMBERS = [[
  local x, y = {}, {}
  for i = 1, 60 do
    x[i], y[i] = { i / 60, i %% 7 }, { i / 30 - 1, i %% 7 / 7, 0.5 }
  end
  return recipe { name = "numbers", seed = 3, epochs = 3,
    data = data.table { x, y, batch = 8, val = 0.2 }, model = nn.linear(3),
    optimizer = optim.adam { lr = 0.05 }, %s }]]

local TAGS = [[
  local x, y, state = {}, {}, 1
  for i = 1, 40 do
    x[i], y[i] = {}, {}
    for s = 1, 2 + i %% 5 do
      state = (state * 7 + 3) %% 101
      x[i][s], y[i][s] = state %% 4, state %% 5 > 1 and "high" or "low"
    end
  end
  return recipe { name = "tags", seed = 2, epochs = 3,
    data = data.table { x, y, vocab = 4, batch = 5, val = 0.25 },
    model = nn.sequential { nn.embedding(4), nn.linear(2) },
    optimizer = optim.adam { lr = 0.1 }, %s }]]

local ALL = 'metrics = { "f1", "precision", "recall", "auc", "balanced_accuracy", "top5" }'

local function train(text, keys, flags)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text:format(keys or ""))
  local code, out, err = program.run(("%s/r.lua --json --quiet --out %s %s"):format(folder, folder,
    flags or ""))
  return code == 0 and json.decode(out) or nil, err, code
end

local function eval(run, flags)
  local code, out, err = program.run(("eval %s --split val --json %s"):format(run, flags or ""))
  assert.equal(0, code, err)
  return json.decode(out)
end

local function names_of(figures, like)
  local names = {}
  for name in pairs(figures) do
    names[#names + 1] = name:find(like) and name or nil
  end
  table.sort(names)
  return table.concat(names, " ")
end

describe("metrics that a recipe names", function()
  it("are reported of both splits or of one, and change no weight", function()
    local plain = train(CLASSES)
    local some = train(CLASSES, 'metrics = { "f1", "val_auc" }')
    assert.equal("val_accuracy val_loss", names_of(plain.last, "^val_"))
    assert.equal("val_accuracy val_auc val_f1 val_loss", names_of(some.last, "^val_"))
    assert.equal("train_accuracy train_f1 train_loss", names_of(some.last, "^train_"))
    assert.equal(plain.digest, some.digest)
  end)

  it("say of which of two classes they are", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", CLASSES:format 'metrics = { "f1", "auc" }')
    local code, _, err = program.run(("%s/r.lua --out %s"):format(folder, folder))
    assert.equal(0, code, err)
    assert.matches("metrics: train_f1, val_f1 are of class '1', the second of two\n", err, 1, true)
    local _, out = program.run(("eval %s/classes-1"):format(folder))
    assert.matches("f1, precision and recall are of class 1\n", out, 1, true)
  end)

  it("are of numbers r2 and mae, of validations without being named", function()
    local plain = train(NUMBERS)
    assert.equal("val_loss val_mae val_r2", names_of(plain.last, "^val_"))
    assert.equal("train_loss", names_of(plain.last, "^train_"))
    local both = train(NUMBERS, 'metrics = { "mae" }')
    assert.equal("train_loss train_mae", names_of(both.last, "^train_"))
    assert.equal(plain.digest, both.digest)
  end)

  it("are those of eval, also of steps and of questions", function()
    local function agrees(text, keys, flags, ...)
      local result, err = train(text, keys, flags)
      local measured = eval(assert(result, err).run)
      for _, name in ipairs { "loss", ... } do
        assert.near(result.best["val_" .. name], measured[name], 1e-9, name)
      end
      return measured
    end
    local f = { "f1", "precision", "recall", "auc", "balanced_accuracy" }
    agrees(CLASSES, ALL, nil, table.unpack(f))
    agrees(CLASSES, ALL, "--set many=true", "top5", table.unpack(f))
    local tags = agrees(TAGS, ALL, nil, table.unpack(f))
    assert.equal(tags.steps, tags.classes[1].n + tags.classes[2].n)
    agrees(NUMBERS, "", nil, "mae", "r2")
    local questions = agrees((NUMBERS:gsub("{ i / 30.-0%.5 }",
      "{ i %%%% 2, i // 9 %%%% 2, i // 30 }")), 'loss = nn.bce {}, ' .. ALL:gsub(', "top5"', ""),
      nil, table.unpack(f))
    assert.equal(3, #questions.outputs)
    assert.is_nil(questions.classes)
  end)

  it("are told of each output by the name of its column", function()
    local folder, rows = program.folder(finally), { "a,price,size" }
    for i = 1, 40 do
      rows[#rows + 1] = ("%g,%g,%g"):format(i / 40, 3 * i + i % 3, i * i % 11)
    end
    program.write(folder .. "/two.csv", table.concat(rows, "\n") .. "\n")
    program.write(folder .. "/r.lua", [[return recipe { name = "two", epochs = 2,
      data = data.csv { "two.csv", target = { "price", "size" }, val = 0.5 }, model = nn.linear(2),
      optimizer = optim.adam { lr = 0.1 } }]])
    local code, _, err = program.run(("%s/r.lua --quiet --out %s"):format(folder, folder))
    assert.equal(0, code, err)
    local measured, sum = eval(folder .. "/two-1"), 0
    for i, row in ipairs(measured.outputs) do
      assert.equal(i == 1 and "price" or "size", row.name)
      sum = sum + row.mae
    end
    assert.near(measured.mae, sum / 2, 1e-9)
    local _, text = program.run(("eval %s/two-1"):format(folder))
    assert.matches("output +mae +rmse +r2\n  price +%d", text)
  end)

  it("are the same for any number of threads and when a run was cut anywhere", function()
    local keys = ALL .. ", checkpoint = { every = 3*steps }"
    for _, text in ipairs { CLASSES, NUMBERS, TAGS } do
      if text == NUMBERS then
        keys = 'metrics = { "mae", "r2" }, checkpoint = { every = 3*steps }, accumulate = 2'
      end
      local one, two = train(text, keys, "--threads 1"), train(text, keys, "--threads 3")
      assert.same(one.last, two.last)
      local folder = program.folder(finally)
      program.write(folder .. "/r.lua", text:format(keys))
      local code, out, err = program.run(("verify-resume %s/r.lua --json --out %s"):format(folder,
        folder))
      assert.equal(0, code, out .. err)
      keys = ALL .. ", checkpoint = { every = 3*steps }"
    end
  end)
end)

describe("a metric that is watched", function()
  it("is collected for a stop rule, a schedule, a best epoch, callbacks", function()
    local result, err = train(CLASSES, [[
      stop = stop.early { monitor = "val_f1", patience = 2 },
      schedule = schedule.plateau { monitor = "train_auc", factor = 0.5, patience = 0 },
      on = { epoch = function(t)
        assert(t.metrics.val_f1 and t.metrics.train_auc and not t.metrics.val_auc)
      end }]])
    assert.is_table(result, err)
    assert.equal("val_accuracy val_f1 val_loss", names_of(result.best, "^val_"))
    local lines, most = io.lines(result.run .. "/metrics.jsonl"), 0
    for line in lines do
      most = math.max(most, json.decode(line).val_f1)
    end
    assert.equal(most, result.best.val_f1)
  end)

  it("is what a search goes by, the more the better", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (CLASSES:format 'objective = { monitor = "val_f1" }')
      :gsub("seed = 3", "seed = 2"):gsub("lr = 0%.02", "lr = search.choice { 0.0001, 0.05 }"))
    local code, out, err = program.run(("search %s/r.lua --strategy grid --trials 2 --json --quiet "
      .. "--out %s"):format(folder, folder))
    assert.equal(0, code, err)
    local found, most = json.decode(out), 0
    for _, trial in ipairs(found.trials) do
      most = math.max(most, trial.value)
    end
    assert.equal(most, found.best.value)
    assert.equal(0.05, found.best.params["optimizer.lr"])
  end)

  it("ends the run with its line where it has no value, and is said once where none watches",
    function()
      local one = CLASSES:gsub("return recipe", [[local x, y = {}, {}
        for i = 1, 40 do
          x[i], y[i] = { i, -i }, i == 1 and 1 or 0
        end
        return recipe]], 1)
      one = one:gsub("data%.spirals {.-}", 'data.table { x, y, val = 0.2 }')
      local result, err = train(one, 'metrics = { "auc", "f1" }')
      assert.is_table(result, err)
      assert.equal(1, select(2, err:gsub("val_auc has no value: a class is missing", "")))
      assert.equal("val_accuracy val_f1 val_loss", names_of(result.last, "^val_"))
      assert.equal(0, result.last.val_f1)
      local none, why, code = train(one, 'stop = stop.early { monitor = "val_auc", patience = 1 }')
      assert.is_nil(none)
      assert.equal(1, code)
      assert.matches("r.lua:%d+: stop.early: monitor 'val_auc' has no value: a class is missing",
        why)
    end)
end)

describe("a model of one's own", function()
  it("is measured by every metric, as a run is", function()
    local code, out, err = program.recipe(finally, [[
      local points = data.blobs { n = 60, classes = 3, val = 0.5, batch = 16 }
      local model = nn.linear(3):build(points.shape, { seed = 1 })
      local opt = optim.sgd { lr = 0.1 }:bind(model)
      print(pcall(train.evaluate, model, { data = points }))
      for batch in points:batches "train" do
        model:step(batch, nn.cross_entropy())
        opt:update {}
      end
      local right, n = 0, 0
      for batch in points:batches "val" do
        right, n = right + select(2, model:evaluate(batch)), n + batch.n
      end
      local found = train.evaluate(model, { data = points, split = "val" })
      print(found.accuracy == right / n, found.n, #found.classes, #found.confusion,
        found.f1 and found.auc > 0)
      print(pcall(train.evaluate, model))
      print(pcall(train.evaluate, model, { data = data.blobs { n = 20, classes = 2 } }))]])
    assert.equal(0, code, err)
    local lines = {}
    for line in out:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    assert.matches("train.evaluate: 'loss' is missing: the model has made no step", lines[1])
    assert.equal("true\t30\t3\t3\ttrue", lines[2])
    assert.matches("train.evaluate: 'data' is missing", lines[3])
    assert.matches("train.evaluate: the output is %(3%) for each sample, and data.blobs has 2",
      lines[4])
  end)

  it("is measured in the data's units, learned scaled or not", function()
    local code, out, err = program.recipe(finally, [[
      local x, y = {}, {}
      for i = 1, 40 do
        x[i], y[i] = { i / 40 }, { 1000 + 100 * i, i % 3 }
      end
      local numbers = data.table { x, y, val = 0.25, batch = 7 }
      for _, scaled in ipairs { false, true } do
        local model = nn.linear(2):build(numbers.shape, { seed = 1 })
        local found = train.evaluate(model, { data = numbers, split = "val", loss = nn.mse(),
          scaled = scaled })
        local off, n = 0, 0
        for batch in numbers:batches "val" do
          local got, want = model:forward(batch.x), batch.y:values()
          got = scaled and numbers:unscale(got) or got:values()
          for i, v in ipairs(want) do
            off, n = off + math.abs(got[i] - v), n + 1
          end
        end
        print(math.abs(found.mae / (off / n) - 1) < 1e-5, off / n > 100)
      end]])
    assert.equal(0, code, err)
    assert.equal("true\ttrue\ntrue\ttrue\n", out)
  end)
end)
