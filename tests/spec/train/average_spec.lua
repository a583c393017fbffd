-- Averages of the weights: what they are, that training does not see them, and that everything that
-- is measured, kept and saved goes by them, running statistics included.

local averaging = require "lrrun.train.averaging"
local data = require "lrrun.data"
local execute = require "lrrun.runs.execute"
local lists = require "support.lists"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local plan = require "lrrun.plan"
local program = require "support.program"
local recipe = require "lrrun.recipe".new
local resolve = require "lrrun.recipe.resolve"
local runs = require "support.runs"
local schedule = require "lrrun.schedule"
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local steps, epochs = units.steps, units.epochs
local QUIET = { record = false, quiet = true }

-- 8 updates an epoch.
local function make(changes)
  local r = {
    data = data.digits { batch = 32, val = 0.2, limit = 320 },
    model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.linear(10) },
    optimizer = optim.sgd { lr = 0.5 }, epochs = 3,
    stop = stop.early { patience = 9, restore_best = false },
  }
  for key, item in pairs(changes or {}) do
    r[key] = item or nil -- false: left out
  end
  return recipe(r)
end

local function prepared(changes)
  return execute.begin(resolve.for_run(make(changes)), { record = false })
end

local function train_all(run, hook)
  return execute.train(run, { step = 0, epoch = 0 }, { quiet = true, hook = hook })
end

-- The weights after each update as lists, and the result.
local function trained(changes, name)
  local run, seen = prepared(changes), {}
  local result = train_all(run, function()
    seen[#seen + 1] = run.session:tensors()[name or "params"]:values()
  end)
  return seen, run, result
end

local function near(want, got, within)
  assert.equal(#want, #got)
  for i, x in ipairs(want) do
    assert.near(x, got[i], (within or 1e-6) * math.max(1, math.abs(x)))
  end
end

local function refused(pattern, f, ...)
  local ok, why = pcall(f, ...)
  assert.is_false(ok)
  assert.matches(pattern, tostring(why))
end

describe("an average of the weights", function()
  local plain = trained()

  it("of swa is the mean of all that are taken", function()
    local seen, run = trained { average = { kind = "swa", start = 9 * steps, every = 4 * steps } }
    assert.same(plain, seen)
    near(lists.mean { plain[12], plain[16], plain[20], plain[24] },
      run.session:tensors().params:values())
  end)

  it("of lawa is the mean of the last", function()
    local seen, run = trained { average = { kind = "lawa", last = 2, every = 5 * steps } }
    assert.same(plain, seen)
    near(lists.mean { plain[15], plain[20] }, run.session:tensors().params:values())
  end)

  it("of ema moves, from `start` on, with a plain mean at first where warmup says so", function()
    local _, run = trained { average = { kind = "ema", decay = 0.75, start = 20 * steps,
      warmup = true } }
    near(lists.mean { plain[21], plain[22], plain[23], plain[24] },
      run.session:tensors().params:values())
    _, run = trained { average = { kind = "ema", decay = 0.75, start = 22 * steps } }
    local want = {}
    for i, x in ipairs(plain[23]) do
      want[i] = 0.75 * x + 0.25 * plain[24][i]
    end
    near(want, run.session:tensors().params:values())
  end)

  it("as ema = 0.9 is average = { kind = 'ema', decay = 0.9 }", function()
    local _, short, a = trained { ema = 0.9 }
    local _, long, b = trained { average = { kind = "ema", decay = 0.9 } }
    assert.same(short.session:tensors().params:values(), long.session:tensors().params:values())
    assert.same(short.model:buffers()["2.batchnorm.running_mean"]:values(),
      long.model:buffers()["2.batchnorm.running_mean"]:values())
    assert.equal(a.digest, b.digest)
    assert.equal(a.last.val_loss, b.last.val_loss)
  end)

  it("takes a schedule for its decay", function()
    local _, run = trained { average = { kind = "ema", decay = schedule.linear { from = 0.9,
      to = 0 } } }
    near(plain[24], run.session:tensors().params:values(), 0.05)
  end)

  it("leaves the weights themselves before its first value", function()
    local _, _, result = trained { average = { kind = "swa", start = 10 * epochs } }
    local _, _, want = trained()
    assert.equal(want.last.val_loss, result.last.val_loss)
  end)

  it("is what validation, the best weights and the saved ones go by", function()
    for _, average in ipairs { { kind = "swa", start = 0 }, { kind = "lawa", last = 2 },
      { kind = "ema", decay = 0.9, batchnorm = 3 } } do
      for _, best in ipairs { true, false } do
        local result, run = train.fit(make { average = average, optimizer = optim.sgd { lr = 2 },
          stop = stop.early { patience = 9, restore_best = best } }, QUIET)
        local got = train.evaluate(run, { split = "val" })
        local want = best and result.best or result.last
        assert.near(want.val_loss, got.loss, 1e-6 * got.loss)
        assert.equal(want.val_accuracy, got.accuracy)
      end
    end
  end)

  it("leaves the digest as it is without one", function()
    local _, _, want = trained()
    for _, kind in ipairs { "swa", "lawa" } do
      local _, _, got = trained { average = { kind = kind } }
      assert.equal(want.digest, got.digest)
      assert.not_equal(want.last.val_loss, got.last.val_loss)
    end
  end)

  it("lasts as long in a squeezed run, for its share", function()
    local run = prepared { squeeze = 0.5, average = { kind = "lawa", every = 4 * steps, last = 2,
      start = 8 * steps } }
    assert.same({ kind = "lawa", decay = 0, warmup = false, start = 4, every = 2, last = 2 },
      averaging.native(run))
  end)
end)

describe("running statistics where weights are averaged", function()
  -- The mean over the first batches of the epoch of each one's mean and variance.
  local function statistics_of(run, n, f)
    local loader = run.dataset:loader { split = "train", seed = 1, augment = {} }
    local means, variances = {}, {}
    for i = 1, n do
      local batch = loader:next()
      local x, rows = f(batch.x), {}
      local width = #x // batch.n
      means[i], variances[i] = {}, {}
      for c = 1, width do
        local sum, squares = 0, 0
        for r = 0, batch.n - 1 do
          rows[r] = x[r * width + c]
          sum = sum + rows[r]
        end
        for r = 0, batch.n - 1 do
          squares = squares + (rows[r] - sum / batch.n) ^ 2
        end
        means[i][c], variances[i][c] = sum / batch.n, squares / (batch.n - 1)
      end
    end
    return lists.mean(means), lists.mean(variances)
  end

  local function check(run, n, layer, f)
    local mean, variance = statistics_of(run, n, f)
    local b = run.model:buffers()
    near(mean, b[layer .. ".running_mean"]:values(), 1e-5)
    near(variance, b[layer .. ".running_var"]:values(), 1e-5)
  end

  it("are those of the first batches as they are, without augmentation", function()
    local pictures = { data = data.digits { batch = 32, val = 0.2, limit = 320, images = true,
      augment = { flip = true, crop = 2 } },
      model = nn.sequential { nn.flatten(), nn.batchnorm(), nn.linear(10) } }
    for n, changes in pairs { [3] = { average = { kind = "lawa", batchnorm = 3 } },
      [8] = { average = { kind = "swa", start = 0 } }, -- all of the epoch, of 50 at most
      [2] = { optimizer = optim.schedule_free_sgd { batchnorm = 2 } } } do
      for key, item in pairs(pictures) do
        changes[key] = item
      end
      local _, run = trained(changes)
      check(run, n, "2.batchnorm", function(x)
        return x:values()
      end)
    end
  end)

  it("are those of the averaged weights", function()
    local _, run = trained { average = { kind = "lawa", batchnorm = 4 } }
    local p = run.model:params()
    local w, b = p["1.linear.weight"]:values(), p["1.linear.bias"]:values()
    check(run, 4, "2.batchnorm", function(x)
      local values, out = x:values(), {}
      for r = 0, #values // 64 - 1 do
        for j = 1, 8 do
          local sum = b[j]
          for c = 1, 64 do
            sum = sum + w[(j - 1) * 64 + c] * values[r * 64 + c]
          end
          out[#out + 1] = sum
        end
      end
      return out
    end)
  end)

  it("stay those of training with batchnorm = 0, and with ema", function()
    local _, plain = trained()
    local want = plain.model:buffers()["2.batchnorm.running_mean"]:values()
    for _, changes in ipairs { { average = { kind = "swa", start = 0, batchnorm = 0 } },
      { ema = 0.9 }, { average = { kind = "ema", decay = 0.9 } } } do
      local _, run = trained(changes)
      assert.same(want, run.model:buffers()["2.batchnorm.running_mean"]:values())
    end
  end)

  it("come to the same bits wherever they are taken, and training does not see them", function()
    local a, _, one = trained({ average = { kind = "swa", start = 0 } }, "buffers")
    local b, _, other = trained({ average = { kind = "swa", start = 0 }, validate = 3 * steps },
      "buffers")
    assert.same(a, b)
    assert.equal(one.last.val_loss, other.last.val_loss)
    local plain = trained({}, "buffers")
    assert.same(plain, a)
  end)
end)

describe("a schedule-free optimizer", function()
  for _, name in ipairs { "schedule_free_sgd", "schedule_free_adamw" } do
    it("is evaluated, kept and saved at its average: " .. name, function()
      for _, best in ipairs { true, false } do
        local result, run = train.fit(make { optimizer = optim[name](),
          stop = stop.early { patience = 9, restore_best = best } }, QUIET)
        local got = train.evaluate(run, { split = "val" })
        local want = best and result.best or result.last
        assert.near(want.val_loss, got.loss, 1e-6 * got.loss)
        assert.equal(want.val_accuracy, got.accuracy)
      end
    end)
  end

  it("leaves x, and trains at y: its state says both", function()
    local run = prepared { optimizer = optim.schedule_free_adamw { lr = 0.01,
      betas = { 0.8, 0.9 } } }
    local y, z
    train_all(run, function()
      local t = run.session:tensors()
      y, z = t.params:values(), t["optim.z"]:values()
    end)
    local want = {}
    for i, v in ipairs(y) do
      want[i] = (v - 0.2 * z[i]) / 0.8
    end
    near(want, run.session:tensors().params:values())
    assert.not_equal(y[1], want[1])
  end)

  it("weighs by the largest rate so far, of which a fall would be seen in nothing", function()
    local run = prepared { optimizer = optim.schedule_free_sgd { lr = 0.2, warmup = 4 * steps } }
    train_all(run)
    local numbers = run.session:numbers()
    assert.near(0.2, numbers["optim.largest_lr.1"], 1e-12)
    assert.near(0.04 * (1 / 16 + 4 / 16 + 9 / 16 + 21), numbers["optim.weight_sum.1"], 1e-12)
  end)

  it("has an ema of what is evaluated, where one is asked for", function()
    local xs = {}
    local run = prepared { optimizer = optim.schedule_free_sgd { lr = 0.2 },
      average = { kind = "ema", decay = 0.5 } }
    train_all(run, function()
      run.optimizer:evaluated(function()
        xs[#xs + 1] = run.session:tensors().params:values()
      end)
    end)
    local want = xs[1]
    for k = 2, #xs do
      local now = {}
      for i, x in ipairs(xs[k]) do
        now[i] = 0.5 * want[i] + 0.5 * x
      end
      want = now
    end
    near(want, run.session:tensors().params:values())
  end)

  it("may rise and stay, and refuses a rate that falls, with what to do", function()
    local function begin(value)
      prepared { optimizer = optim.schedule_free_sgd(), schedule = value }:close()
    end
    begin(schedule.constant())
    begin(schedule.constant { value = 3 })
    begin(require "lrrun.schedule.seq".join(schedule.warmup(1 * epochs), schedule.constant()))
    refused("average_spec.lua:%d+: optim.schedule_free_sgd averages its steps in the place of a "
      .. "rate that falls, and cosine falls from 1 to 0.0042%d+ in update 23: leave 'schedule' "
      .. "out, or let it rise and stay; for a rise at the start give the optimizer "
      .. "warmup = 5%*percent",
      begin, schedule.cosine())
    refused("step{every=1 epochs} falls from 1 to 0.01 in update 16", begin,
      schedule.step { every = 1 * epochs })
    refused("plateau{patience=2} goes by a metric", begin, schedule.plateau { patience = 2 })
    refused("is a function, of which that is not known", begin, schedule.fn(function()
      return 1
    end))
    refused("'lr' is schedule.constant, want a number", optim.schedule_free_sgd,
      { lr = schedule.constant { value = 1 } })
    refused("'lr' is schedule.constant, want a number", optim.schedule_free_sgd,
      { groups = { { match = "bias", lr = schedule.constant { value = 1 } } } })
  end)

  it("wants a beta between 0 and 1 that stays", function()
    refused("optim.schedule_free_sgd: 'momentum' is 0, want a number at least 0.01 and below 1",
      optim.schedule_free_sgd, { momentum = 0 })
    refused("'momentum' is 1e%-300, want a number at least 0.01", optim.schedule_free_sgd,
      { momentum = 1e-300 }) -- the average divides by it
    refused("'momentum' is 1, want a number at least 0.01 and below 1", optim.schedule_free_sgd,
      { momentum = 1 })
    refused("optim.schedule_free_adamw: 'betas' item 1 is 0, want a number at least 0.01 and below",
      optim.schedule_free_adamw, { betas = { 0, 0.9 } })
    refused("'momentum' is schedule.constant, want a number", optim.schedule_free_sgd,
      { momentum = schedule.constant { value = 0.5 } })
    local opt = optim.schedule_free_sgd():bind(nn.linear(1):build { 2 })
    refused("update: unknown key 'interpolation'", opt.update, opt, { interpolation = 0.5 })
    refused("unknown key 'warm_up'; did you mean 'warmup'", optim.schedule_free_sgd,
      { warm_up = 3 })
  end)

  it("is not told in a plan to let its rate fall", function()
    local run = prepared { optimizer = optim.schedule_free_sgd() }
    local p = plan.of(run)
    assert.same({}, p.hints)
    assert.is_nil(p.schedule.transfer)
    assert.same({ text = "the optimizer's average of its steps", blocks = 0, batchnorm = 50 },
      p.average)
  end)
end)

describe("a plan", function()
  local function average_of(changes)
    changes = changes or {}
    changes.stop = changes.stop or false
    return plan.of(prepared(changes))
  end

  it("says what is evaluated, and counts its memory", function()
    local p = average_of { average = { kind = "lawa", last = 3, start = 1 * epochs } }
    assert.same({ text = "mean of the last 3 weights, taken every 8 updates after update 8",
      blocks = 4, batchnorm = 50 }, p.average)
    assert.equal(4 * p.parameters * 4, p.memory.averages)
    p = average_of { ema = 0.9, model = nn.linear(10) }
    assert.same({ text = "moving average of the weights", blocks = 1, batchnorm = 0 }, p.average)
    assert.is_nil(average_of().average)
  end)

  it("warns where nothing will be averaged", function()
    local p = average_of { average = { kind = "swa", start = 3 * epochs } }
    assert.same({ "average: nothing is averaged: the first weights that count are those of update "
      .. "32, and the run ends at 24" }, p.warnings)
    assert.same({}, average_of { average = { kind = "swa", start = 2 * epochs } }.warnings)
    assert.same({}, average_of { average = { kind = "ema", decay = 0.9, start = 23 * steps } }
      .warnings)
    assert.matches("those of update 25", average_of { average = { kind = "ema", decay = 0.9,
      start = 24 * steps } }.warnings[1])
  end)
end)

describe("an average that is named alone", function()
  it("moves by 0.999, and is a plain mean at first", function()
    local alone = averaging.native(prepared { average = { kind = "ema" } })
    local said = averaging.native(prepared { average = { kind = "ema", decay = 0.999,
      warmup = true } })
    assert.equal(0.999, alone.decay)
    assert.same(said, alone)
    assert.is_false(averaging.native(prepared { average = { kind = "ema", decay = 0.9 } }).warmup)
  end)
end)

describe("a mistake in an average is met in one line", function()
  for said, average in pairs {
    ["average: 'kind' is missing: it takes 'ema' or 'swa' or 'lawa'"] = { decay = 0.9 },
    ["average: 'kind' is 'sva'; did you mean 'swa'? Want 'ema' or 'swa' or 'lawa'"] =
      { kind = "sva" },
    ["average: unknown key 'strat'; did you mean 'start'?"] = { kind = "swa", strat = 3 },
    ["average: 'decay' is 1, want a number at least 0 and below 1"] = { kind = "ema", decay = 1 },
    ["average: 'decay' is for kind = 'ema', and this is 'swa'"] = { kind = "swa", decay = 0.9 },
    ["average: 'every' is for kind = 'swa' or 'lawa', and this is 'ema'"] =
      { kind = "ema", decay = 0.9, every = 1 },
    ["average: 'last' is 0, want an integer from 1 to 1000"] = { kind = "lawa", last = 0 },
    ["average: 'batchnorm' is -1, want an integer at least 0"] = { kind = "swa", batchnorm = -1 },
  } do
    it(said, function()
      local ok, why = pcall(make, { average = average })
      assert.is_false(ok)
      assert.is_truthy(tostring(why):find(said, 1, true), tostring(why))
      assert.is_nil(tostring(why):find "\n")
    end)
  end

  it("where it stands beside ema", function()
    refused("recipe: 'average' is given beside 'ema', which is an average, too; want one of the "
      .. "two", make, { ema = 0.9, average = { kind = "swa" } })
  end)
end)

describe("runs with averages", function()
  it("have the same digest and weights for any number of threads", function()
    local folder, count = runs.folder(finally), 0
    for _, item in ipairs(runs.list) do
      if item.name:find "^schedule%-free" or item.name:find "^average" then
        program.write(folder .. "/r.lua", item.text)
        local sums = {}
        for _, threads in ipairs { 1, 2, 5 } do
          local code, _, err = program.run(("%s/r.lua --out %s/%s-%d --threads %d --quiet"):format(
            folder, folder, item.name, threads, threads))
          assert.equal("", err)
          assert.equal(0, code)
          local place = ("%s/%s-%d/%s-1/"):format(folder, item.name, threads, item.name)
          local file = assert(io.open(place .. "result.json"))
          sums[#sums + 1] = file:read "a":match '"weights.safetensors": "(%x+)"'
          file:close()
        end
        assert.equal(3, #sums)
        assert.equal(sums[1], sums[2])
        assert.equal(sums[1], sums[3])
        count = count + 1
      end
    end
    assert.equal(4, count)
  end)
end)

describe("a run with averages in its folder", function()
  local folder

  local function call(line, want)
    local code, out, err = program.run((line:gsub("DIR", folder)))
    assert.equal(want or 0, code, err)
    return out, err
  end

  local function begin(name)
    folder = runs.folder(finally)
    for _, item in ipairs(runs.list) do
      if item.name == name then
        program.write(folder .. "/r.lua", item.text)
      end
    end
    call "DIR/r.lua --out DIR/runs --quiet"
  end

  for _, name in ipairs { "schedule-free-adamw", "schedule-free-sgd", "average-swa",
    "average-lawa" } do
    it("is replayed to the bit, extended and replayed again: " .. name, function()
      begin(name)
      local run = "DIR/runs/" .. name .. "-1"
      call("pack " .. run .. " -o DIR/p.yaml --weights")
      assert.matches("identical", (call "replay DIR/p.yaml --out DIR/again --quiet"))
      call("extend " .. run .. " --epochs +2 --via stretch --quiet")
      call("pack " .. run .. " -o DIR/q.yaml --weights")
      assert.matches("identical", (call "replay DIR/q.yaml --out DIR/again --quiet"))
    end)
  end

  it("is not extended under a falling rate where the optimizer averages instead", function()
    begin "schedule-free-adamw"
    local _, err = call("extend DIR/runs/schedule-free-adamw-1 --epochs +2 --via cooldown "
      .. "--quiet", 1)
    assert.matches("^lrrun: [^\n]*extend: optim.schedule_free_adamw averages its steps in the "
      .. "place of a rate that falls, and %-%-via cooldown lowers it; want %-%-via stretch\n$", err)
  end)

  it("is measured by eval as it was in its last validation", function()
    begin "average-swa"
    local json = require "lrrun.record.json"
    local file = assert(io.open(folder .. "/runs/average-swa-1/result.json"))
    local result = json.decode(file:read "a")
    file:close()
    local got = json.decode((call "eval --split val --json DIR/runs/average-swa-1"))
    assert.near(result.last.val_loss, got.loss, 1e-6 * got.loss)
  end)
end)
