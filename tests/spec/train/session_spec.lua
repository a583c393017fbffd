-- Training as a whole: what numbers must agree, and what a script must not be able to break.

local compile = require "lrrun.schedule.compile"
local data = require "lrrun.data"
local execute = require "lrrun.runs.execute"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local schedule = require "lrrun.schedule"
local state_of = require "lrrun.runs.state"
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local QUIET = { record = false, quiet = true }

local function make(changes)
  local r = {
    data = data.digits { batch = 32, val = 0.2, limit = 320 },
    model = nn.sequential { nn.flatten(), nn.linear(16), nn.tanh(), nn.linear(10) },
    optimizer = optim.sgd { lr = 0.1, momentum = 0.9 }, epochs = 2,
  }
  for key, item in pairs(changes or {}) do
    r[key] = item or nil -- false: left out
  end
  return recipe(r)
end

local function fit(changes)
  return train.fit(make(changes), QUIET)
end

local function prepared(changes)
  local resolve = require "lrrun.recipe.resolve"
  return execute.begin(resolve.for_run(make(changes)), { record = false })
end

local function refused(pattern, f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, why)
end

local function near(want, got, share)
  for name, t in pairs(want) do
    local other = got[name]:values()
    for i, v in ipairs(t:values()) do
      assert.near(v, other[i], share * math.abs(v) + share, name)
    end
  end
end

describe("a training run", function()
  it("validates with whole classes where mixup trains with shares", function()
    local result, run = fit { data = data.digits { batch = 32, val = 0.2, limit = 320,
      augment = { mixup = 0.2 } } }
    assert.is_true(result.last.val_loss > 0 and result.last.val_loss < 10)
    local again = train.evaluate(run, { split = "val" })
    assert.near(result.best.val_loss, again.loss, 1e-5)
    assert.near(result.best.val_accuracy, again.accuracy, 1e-9)
  end)

  it("makes the steps of the large batch where it accumulates small ones", function()
    -- 256 samples: windows of 3 x 32 leave a short one of 2 x 32.
    local whole = select(2, fit { data = data.digits { batch = 96, val = 0.2, limit = 320,
      shuffle = false }, stop = stop.early { patience = 9, restore_best = false } })
    local parts = select(2, fit { data = data.digits { batch = 32, val = 0.2, limit = 320,
      shuffle = false }, accumulate = 3, stop = stop.early { patience = 9, restore_best = false } })
    near(whole.model:params(), parts.model:params(), 2e-5)
  end)

  it("ends in the middle of an epoch where steps say so", function()
    local result = fit { epochs = false, steps = 11 }
    assert.equal(11, result.steps)
    assert.equal("done", result.reason)
    assert.is_number(result.last.val_loss)
  end)

  it("is diverged where the first loss is not finite", function()
    local result = fit { optimizer = optim.sgd { lr = 1e300 }, epochs = 1 }
    assert.equal("diverged", result.reason)
    assert.is_true(result.steps < 3)
  end)

  it("keeps the averaged weights of the best epoch", function()
    local result, run = fit { ema = 0.9, epochs = 3 }
    local again = train.evaluate(run, { split = "val" })
    assert.near(result.best.val_loss, again.loss, 1e-5)
  end)

  it("takes schedules of clip bounds, dropout and label smoothing", function()
    local falling = schedule.linear { from = 0.5, to = 0.01 }
    local result = fit { clip = { value = falling },
      model = nn.sequential { nn.flatten(), nn.dropout(schedule.linear { from = 0, to = 0.5 }),
        nn.linear(10) },
      loss = nn.cross_entropy { label_smoothing = schedule.linear { from = 0.2, to = 0 } } }
    assert.is_true(result.last.train_loss > 0 and result.last.train_loss < 10)
  end)

  it("measures without the label smoothing that it trains with", function()
    local function result_of(loss)
      return fit { optimizer = optim.sgd { lr = 0 }, loss = loss, epochs = 3,
        stop = stop.early { patience = 5 } }
    end
    local function smoothed(e)
      return nn.cross_entropy { label_smoothing = e }
    end
    local plain = result_of()
    local rising = result_of(smoothed(schedule.linear { from = 0, to = 0.6 }))
    assert.equal(plain.last.val_loss, rising.last.val_loss)
    assert.equal(1, rising.best.epoch)
    assert.is_true(result_of(smoothed(0.3)).last.train_loss ~= plain.last.train_loss)
    local result, run = fit { loss = smoothed(0.3) }
    assert.near(result.best.val_loss, train.evaluate(run, { split = "val" }).loss, 1e-6)
  end)

  it("ends where a function gives a number that its place cannot take", function()
    local function returns(x)
      return schedule.fn(function(t)
        return t.step > 2 and x or 0.1
      end)
    end
    refused("lr falls to %-1 in this run", fit, { optimizer = optim.sgd { lr = returns(-1) } })
    refused("dropout.rate rises to 2 in this run, want a number at least 0 and below 1", fit, {
      model = nn.sequential { nn.flatten(), nn.dropout(returns(2)), nn.linear(10) } })
    refused("clip.norm falls to 0 in this run, want a number above 0", fit,
      { clip = { norm = returns(0) } })
    refused("clip.norm falls to 0 in this run", fit, { clip = { norm = schedule.linear {
      from = 1, to = 0, length = 3 * units.steps } } })
  end)

  it("trains one sample a batch", function()
    local result = fit { data = data.digits { batch = 1, val = 0.5, limit = 16 }, epochs = 1 }
    assert.equal(8, result.steps)
  end)

  it("takes sequences through layers of every kind", function()
    local result = fit {
      data = data.random { tokens = 20, length = 7, classes = 3, n = 60, batch = 8, val = 0.2 },
      model = nn.sequential {
        nn.embedding(8), nn.linear(8), nn.dropout(0.2), nn.residual { nn.linear(8), nn.tanh() },
        nn.concat { nn.lstm { 4, sequences = true }, nn.linear(4) }, nn.layernorm(),
        nn.global_avgpool(), nn.linear(3),
      },
      optimizer = optim.adam { lr = 1e-3 }, epochs = 1,
    }
    assert.equal("done", result.reason)
    assert.is_true(result.last.val_loss > 0 and result.last.val_loss < 10)
  end)

  it("gives frozen layers no gradient and leaves them as they were", function()
    local run = prepared { freeze = "^2%.linear" }
    local before = run.model:params()["2.linear.weight"]:values()
    execute.train(run, { step = 0, epoch = 0 }, { quiet = true })
    assert.same(before, run.model:params()["2.linear.weight"]:values())
  end)

  it("tells the epoch's callback each parameter's gradient where the recipe asks for it", function()
    local seen = {}
    local function on_epoch(s)
      seen[#seen + 1] = s.grad_norms
    end
    local result = train.fit(make { metrics = { "grad_norms" }, on = { epoch = on_epoch } },
      { record = false, quiet = true })
    assert.equal(result.epochs, #seen)
    local first, last = seen[1]["2.linear.weight"], seen[#seen]["2.linear.weight"]
    assert.is_true(0 < first.mean and first.mean <= first.max)
    assert.same(result.grad_norms["2.linear.weight"], last)
    seen = {}
    train.fit(make { on = { epoch = on_epoch } }, { record = false, quiet = true })
    assert.same({}, seen)
  end)

  it("leaves a folder that can be resumed where a callback raises", function()
    local folder = files.folder()
    local current = require "lrrun.util.current"
    local request = current.request():with { out_dir = folder, recipe_text = "return 1" }
    local failing = make { checkpoint = { every = 2 * units.steps }, on = { step = function(s)
      if s.step == 5 then
        error("mine", 0)
      end
    end } }
    local ok, why = pcall(current.with, { request = request }, train.fit, failing,
      { quiet = true })
    assert.is_false(ok)
    assert.matches("mine", why)
    local file = require "lrrun.native.file"
    local run = folder .. "/" .. file.list(folder)[1]
    local reader = require("lrrun.runs.checkpoint").latest(run, error)
    assert.equal(4, reader.state.step)
    reader.close()
    assert.is_nil((file.kind(run .. "/result.json")))
  end)
end)

describe("what schedules drive", function()
  local grouped = optim.sgd { lr = 0.1, momentum = schedule.constant { value = 0.5 }, groups = {
    { match = "bias", lr = schedule.constant { value = 0.02 } } } }

  it("is cut where it is a rate, of all groups or of one", function()
    local run = prepared { optimizer = grouped, schedule = schedule.constant() }
    local o = run.optimizer.native
    local function rates()
      run.session:step()
      return { o:get(1, "lr"), o:get(2, "lr"), o:get(1, "momentum"), o:get(2, "momentum") }
    end
    assert.same({ 0.1, 0.02, 0.5, 0.5 }, rates())
    run.session:cut_lr(0.5)
    assert.same({ 0.05, 0.01, 0.5, 0.5 }, rates())
  end)

  it("is cut without any schedule too", function()
    local run = prepared()
    run.session:cut_lr(0.5)
    run.session:step()
    assert.equal(0.05, run.optimizer.lr)
  end)

  it("has its own rates again when the schedule is taken away", function()
    local run = prepared { optimizer = optim.sgd { lr = 0.1, groups = {
      { match = "bias", lr = 0.2 } } } }
    local o = run.optimizer.native
    run.session:drive(compile.new(schedule.constant { value = 1 }, run.clock), "lr")
    run.session:step()
    assert.same({ 1, 2 }, { o:get(1, "lr"), o:get(2, "lr") })
    run.session:undrive()
    assert.same({ 0.1, 0.2 }, { o:get(1, "lr"), o:get(2, "lr") })
  end)
end)

describe("the state of a session", function()
  it("has the names and the order of version 1.0, whose checkpoints load", function()
    local run = prepared { optimizer = optim.adam { lr = 0.01, groups = {
      { match = "bias", lr = 0.02 } } }, ema = 0.9, metrics = { "grad_norms" },
      model = nn.sequential { nn.flatten(), nn.linear(10), nn.batchnorm() } }
    local tensors = {}
    for name in pairs(run.session:tensors()) do
      tensors[#tensors + 1] = name
    end
    table.sort(tensors)
    assert.same({ "best.buffers", "best.params", "buffers", "ema", "optim.exp_avg",
      "optim.exp_avg_sq", "params" }, tensors)
    local want = { "steps", "epoch", "batch", "has_best", "lr_scale", "sum_loss", "sum_samples",
      "sum_grad_norm", "sum_steps", "norm_steps", "sum_correct", "sum_weight", "optim.steps",
      "optim.beta1_product.1", "optim.beta2_product.1", "optim.beta1_product.2",
      "optim.beta2_product.2" }
    for i = 0, 7 do -- sums and maxima of four parameters
      want[#want + 1] = ("norm.%d"):format(i)
    end
    want[#want + 1] = "ema.updates"
    assert.same(want, select(2, run.session:numbers()))
  end)
end)

describe("a session in a script's hands", function()
  it("refuses a network that was built anew for another loss or batch", function()
    local run = prepared()
    run.session:step()
    run.model:attach(nn.cross_entropy { label_smoothing = 0.5 })
    refused("built anew", run.session.step, run.session)
    refused("built anew", run.session.evaluate, run.session, run.val_loader)
    run.model:attach(run.loss)
    run.session:step()
    run.model.graph:plan({ run.model.output, run.model.loss_node }, 2, true)
    refused("built anew", run.session.step, run.session)
  end)

  it("goes on after the network was used for something else", function()
    local one, other = prepared(), prepared()
    local x = one.dataset:batches("val")().x
    for _ = 1, 6 do
      one.session:step()
      other.session:step()
      one.model:forward(x)
      one.model:forward(x, { train = true })
    end
    refused("needs a forward", function()
      one.model:forward(x)
      one.session:step()
      one.model:backward(one.model:forward(x))
      one.model:forward(x)
      one.session:step()
      one.model:backward(x)
    end)
    assert.same(one.model:params()["2.linear.weight"]:shape(),
      other.model:params()["2.linear.weight"]:shape())
  end)

  it("refuses the batches of other data", function()
    local run = prepared()
    local other = data.blobs { n = 50, classes = 10 }:open { seed = 1 }
    refused("not of the data", run.session.evaluate, run.session, other:loader())
    refused("not of the data", run.session.evaluate, run.session,
      run.dataset:loader { batch = 64 })
    refused("split already", run.dataset.native.split, run.dataset.native, { seed = 1 })
  end)

  it("refuses numbers that lead nowhere", function()
    local run = prepared()
    local numbers = run.session:numbers()
    for _, bad in ipairs { -1, 1e300, 0 / 0 } do
      numbers.steps = bad
      refused("no such place", run.session.load_numbers, run.session, numbers)
    end
    numbers.steps, numbers.batch = 3, 1000
    refused("seek to batch 1000", run.session.load_numbers, run.session, numbers)
    numbers.batch = nil
    refused("no number 'batch'", run.session.load_numbers, run.session, numbers)
  end)

  it("takes snapshots of version 1.0, which are lists without names", function()
    local of_numbers = { data = data.table { x = { { 1, 2 }, { 3, 4 } }, y = { 0.5, 1.5 } },
      model = nn.sequential { nn.linear(1) }, loss = nn.mse() }
    for _, changes in ipairs { {}, of_numbers } do
      changes.ema = 0.9
      local session = prepared(changes).session
      session:snapshot()
      local _, named = session:snapshot_state()
      local list = {}
      for i, name in ipairs { "steps", "epoch", "batch", "has_best", "lr_scale", "sum_loss",
        "sum_correct", "sum_samples", "sum_grad_norm", "sum_steps", "norm_steps",
        "optim.steps", "ema.updates" } do
        list[i] = named[name] or -1
      end
      local got = state_of.by_name(list, session)
      for name in pairs(named) do -- those of today may be more, or fewer
        got[name] = name:find "^sum_" and named[name] or got[name]
      end
      got.sum_correct = named.sum_correct
      assert.same(named, got)
      assert.equal(named, state_of.by_name(named, session))
    end
  end)

  it("does not know the sums of an epoch that began before they were counted", function()
    local run = prepared()
    local before = run.session:numbers()
    run.session:step()
    local within = run.session:numbers()
    before.sum_correct, within.sum_correct = nil, nil
    run.session:load_numbers(within)
    local sums = run.session:sums()
    assert.is_true(sums.correct ~= sums.correct)
    assert.is_true(sums.loss > 0 and sums.targets > 0)
    run.session:load_numbers(before)
    assert.equal(0, run.session:sums().correct)
  end)

  it("takes its tensors with it when it is closed", function()
    local run = prepared()
    local tensors = run.session:tensors()
    run.session:close()
    refused("closed", tensors["best.params"].values, tensors["best.params"])
    refused("closed", run.session.step, run.session)
  end)
end)
