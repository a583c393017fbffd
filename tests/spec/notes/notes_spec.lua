-- What a run says of itself: each rule in a recipe that triggers it, and silent in one that must
-- not; and that notes are the same however often a run is stopped.
local current = require "lrrun.util.current"
local data = require "lrrun.data"
local execute = require "lrrun.runs.execute"
local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local program = require "support.program"
local recipe = require("lrrun.recipe").new
local request = require "lrrun.recipe.request"
local resolve = require "lrrun.recipe.resolve"
local schedule = require "lrrun.schedule"
local script = require "lrrun.recipe.script"
local stop = require "lrrun.stop"
local units = require "lrrun.util.units"

local function mlp(width)
  return nn.sequential { nn.linear(width or 32), nn.relu(), nn.linear(10) }
end

local function digits(keys)
  keys = keys or {}
  keys.val, keys.limit = keys.val or 0.3, keys.limit or 600
  return data.digits(keys)
end

-- Kinds and texts of the notes of a training.
local function notes_of(changes)
  local keys = { seed = 1, epochs = 12, data = digits(), model = mlp(),
    optimizer = optim.adam { lr = 3e-3 }, schedule = schedule.cosine() }
  for key, item in pairs(changes or {}) do
    keys[key] = item or nil
  end
  local result = current.with({ request = request.new {}, script = script.new() }, function()
    local run <close> = execute.begin(resolve.for_run(recipe(keys)), { record = false })
    return execute.train(run, { step = 0, epoch = 0 }, { quiet = true })
  end)
  local kinds, texts = {}, {}
  for i, note in ipairs(result.notes) do
    kinds[i], texts[i] = note.kind, note.text
    assert.is_true(note.kind == "plan" or type(note.figure) == "number", note.text)
  end
  assert.is_true(#kinds <= 3)
  return " " .. table.concat(kinds, " ") .. " ", table.concat(texts, "\n")
end

local function says(kind, changes, text)
  local kinds, texts = notes_of(changes)
  assert.matches(" " .. kind .. " ", kinds, 1, true)
  assert.matches(text, texts)
end

local function keeps_silent(kind, changes)
  local kinds, texts = notes_of(changes)
  assert.is_nil(kinds:find(" " .. kind .. " ", 1, true), texts)
end

-- Numbers that a line fits but for noise.
local function line(noise, keys)
  local x, y = {}, {}
  for i = 1, 200 do
    x[i] = { math.sin(i * 12.9898) }
    y[i] = 2 * x[i][1] + noise * math.sin(i * i * 78.233)
  end
  keys = keys or {}
  keys.x, keys.y, keys.task, keys.val, keys.batch = x, y, "regression", keys.val or 0.25,
    keys.batch or 10
  return data.table(keys)
end

-- Two classes, of which one number says most.
local function noisy(n, keys)
  local x, y = {}, {}
  for i = 1, n do
    x[i] = {}
    for j = 1, 8 do
      x[i][j] = math.sin(i * j * 12.9898 + j)
    end
    y[i] = (x[i][1] > 0) == (i * i % 7 ~= 4) and 1 or 0
  end
  keys = keys or {}
  keys.x, keys.y, keys.task, keys.val = x, y, "classification", keys.val or 0.3
  keys.batch = keys.batch or 16
  return data.table(keys)
end

local function deep(activation, n)
  local layers = {}
  for _ = 1, n do
    layers[#layers + 1] = nn.linear(16)
    layers[#layers + 1] = activation()
  end
  layers[#layers + 1] = nn.linear(10)
  return nn.sequential(layers)
end

local two = nn.sequential { nn.linear(16), nn.relu(), nn.linear(2) }
local one = nn.sequential { nn.linear(1) }

describe("A well-tuned run", function()
  it("has nothing to say", function()
    assert.equal("  ", (notes_of()))
    assert.equal("  ", (notes_of { optimizer = optim.sgd { lr = 0.2, momentum = 0.9 } }))
    assert.equal("  ", (notes_of { data = line(0.3), model = one, loss = nn.mse(),
      optimizer = optim.sgd { lr = 0.05 } }))
  end)
end)

describe("A note of the rate", function()
  it("says that it is too high where the loss ends above its start", function()
    says("rate_high", { optimizer = optim.adam { lr = 3000 } },
      "the rate is too high: the training loss has come to %S+, above the 2%.%d+ of the "
        .. "first update; try a hundredth of the rate, lr = 30,")
    keeps_silent("rate_high", { optimizer = optim.adam { lr = 3e-2 } })
  end)

  -- At such rates a network comes to this or that: some seeds end at chance level, which is told
  -- instead, and some low.
  it("says that it is too high where the loss jumps and stays high, and not a missing warm-up",
    function()
      local model = mlp(64)
      for i, case in ipairs {
        { optim.adam { lr = 0.3 } }, { optim.adam { lr = 0.5 } }, { optim.sgd { lr = 2 } },
        { optim.sgd { lr = 1, momentum = 0.9 } },
        { optim.adam { lr = 0.5 }, schedule.warmup(5 * units.percent) .. schedule.cosine() },
      } do
        local high, low = 0, 0
        for seed = 1, 6 do
          local kinds, texts = notes_of { data = data.digits(), epochs = 10, model = model,
            optimizer = case[1], schedule = case[2], seed = seed }
          assert.is_nil(kinds:find(" warmup ", 1, true), texts)
          if kinds:find(" rate_high ", 1, true) then
            assert.matches("the rate is too high: .* lr = ", texts)
            high = high + 1
          elseif not kinds:find(" baseline ", 1, true) then
            low = low + 1
          end
        end
        assert.is_true(high >= 1 and low <= 3,
          ("case %d: %d say it, %d nothing"):format(i, high, low))
      end
      keeps_silent("rate_high", { data = data.digits(), epochs = 10, model = model,
        optimizer = optim.adam { lr = 0.1 } })
    end)

  it("says that it is too high where full batches swing", function()
    local full = line(0, { batch = 150 })
    says("rate_high", { data = full, model = one, loss = nn.huber { 0.1 }, epochs = 60,
      optimizer = optim.sgd { lr = 25 }, schedule = false }, "the loss turns round after %d+ %%")
    keeps_silent("rate_high", { data = full, model = one, loss = nn.mse(), epochs = 60,
      optimizer = optim.sgd { lr = 0.5 }, schedule = false })
  end)

  it("says that it is too low where no update shows", function()
    says("rate_low", { optimizer = optim.adam { lr = 1e-7 } }, "no update moves any layer by more")
  end)

  it("says that it is too low where no weight changes, and not where there is no gradient",
    function()
      says("rate_low", { optimizer = optim.adam { lr = 1e-30 } },
        "no update changes any weight at all, .* lr = ")
      local flat = { model = nn.sequential { nn.linear { 16, init = nn.zeros() }, nn.relu(),
        nn.linear { 10, init = nn.zeros(), bias = false } } }
      says("no_gradient", flat, "all gradients are 0 in each of the %d+ updates")
      keeps_silent("rate_low", flat)
      keeps_silent("no_gradient", { optimizer = optim.adam { lr = 1e-30 } })
    end)

  -- What a rule goes by, of a run whose loss at bin i of 16 is f(i), its rate rate(i) or 1.
  local function course(f, more, rate)
    local bins = {}
    for i = 1, 16 do
      bins[i] = { from = 30 * (i - 1), n = 30, loss = f(i), lr = rate and rate(i) or 1,
        jump = 1e-4, norm = 1, norm_peak = 1, loss_peak = 1 }
    end
    local made = { run = { clock = { steps_per_epoch = 1 } }, reason = "done", bins = bins,
      steps = 480, first = 1, peak = 1, lr = 1, probes = {} }
    for key, item in pairs(more) do
      made[key] = item
    end
    return setmetatable(made, { __index = require "lrrun.notes.seen" })
  end
  local rule = require "lrrun.notes.rate_low"

  it("says that it is too low where the loss does not come to that of the range test", function()
    local function after(lowest, steps)
      return (rule.see(course(function(i)
        return 0.5 + 0.5 * 0.6 ^ i
      end, { run = { clock = {}, range = { lowest = lowest } }, steps = steps })))
    end
    assert.matches("has not come to the 0.3 of the range test; try 3 times the rate", after(0.3,
      480))
    assert.is_nil(after(0.7, 480))
    assert.is_nil(after(0.3, 100)) -- the test had more updates
  end)

  it("does not say so where validation has long ceased to gain", function()
    -- As imdb_lstm_rmsprop of the benchmark, at its best rate.
    local function falls(i)
      return 1 - 0.01 * i - 0.001 * i * i
    end
    assert.matches("in a straight line", (rule.see(course(falls, { lowest = { step = 480 } }))))
    assert.is_nil((rule.see(course(falls, { lowest = { step = 240 } }))))
    assert.is_nil((rule.see(course(function(i) -- it rose first
      return i < 8 and 0.8 + 0.025 * i or 1.16 - 0.02 * i
    end, {}))))
  end)

  it("does not say so where validation falls by little of what the training falls by", function()
    -- As unseen_cifar_mlp_momentum of the benchmark, at its best rate.
    local function straight(of_val)
      local probes = {}
      for i = 1, 16 do
        probes[i] = { step = 30 * i, train = 1 - 0.02 * i, val = 1 - 0.02 * of_val * i, lr = 1 }
      end
      return (rule.see(course(function(i)
        return 1 - 0.02 * i
      end, { probes = probes })))
    end
    assert.matches("in a straight line", straight(0.9))
    assert.is_nil(straight(0.1))
  end)

  it("does not say so of what falls out of the loss as the rate falls", function()
    -- As recipes/names.lua in 16 epochs, of which three times the rate ends higher.
    local function see(of_low, bends)
      return (rule.see(course(function(i)
        local k = math.min(i, 8)
        return 2 - (bends and 0.4 * (1 - bends ^ k) / (1 - bends ^ 8) or 0.05 * k)
          - of_low * math.max(i - 8, 0)
      end, { first = 2 }, function(i)
        return i <= 8 and 1 or 0.4
      end)))
    end
    assert.matches("in a straight line", see(0.4 * 0.05))
    assert.is_nil(see(0.05)) -- it had been held up by noise
    assert.is_nil(see(0.03, 0.75)) -- it had come to its end before
  end)

  it("takes a small update for what it is at a rate that has fallen to nothing", function()
    local function update(top, lr)
      return (rule.see(course(function()
        return 1
      end, { probes = { { step = 480, top = top, lr = lr } } })))
    end
    assert.matches("no update moves any layer by more", update(8e-6, 1))
    assert.is_nil(update(8e-6, 1e-3)) -- 8e-3 at the highest rate
    assert.matches("no update moves any layer by more than 8e%-06", update(8e-9, 1e-3))
    assert.matches("no update changes any weight", update(0, 1))
    assert.is_nil(update(0, 1e-9))
  end)

  it("says that it is too low where the loss falls in a straight line to the end", function()
    says("rate_low", { optimizer = optim.adam { lr = 1e-4 } }, "still falling in a straight line")
    keeps_silent("rate_low", { optimizer = optim.adam { lr = 3e-3 }, schedule = false })
  end)
end)

describe("A note of the course", function()
  it("says that the loss stands", function()
    says("plateau", { data = line(3), model = one, loss = nn.mse(), epochs = 40,
      optimizer = optim.sgd { lr = 0.05 }, schedule = false }, "has stood at %d%.%d+ since half")
    keeps_silent("plateau", { data = line(3), model = one, loss = nn.mse(), epochs = 40,
      optimizer = optim.sgd { lr = 0.05 } })
  end)

  it("says that the run over-fits", function()
    local model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(2) }
    local text = "over%-fitting from epoch %d+ on: val_loss rose from %S+ to %S+ while train_loss "
      .. "fell from %S+ to %S+"
    local changes = { data = noisy(400, { val = 0.7 }), model = model, epochs = 60,
      optimizer = optim.adam { lr = 2e-2 } }
    says("overfit", changes, text .. " %(the weights of the best epoch are kept%); fewer epochs")
    changes.stop = stop.early { patience = 59, restore_best = false }
    says("overfit", changes, text .. "; restore_best = true, fewer epochs")
    keeps_silent("overfit", {})
  end)

  it("says so of a run that keeps its best epoch only where that has lost by going on", function()
    local rule = require "lrrun.notes.overfit"
    -- At a rise of three times: so many of 400 answers were wrong and are, the best epoch there.
    local function see(was, is, at, leaves)
      local lowest = { epoch = 2, step = at or 300, val_loss = 0.2, train_loss = 0.5,
        val_accuracy = was and 1 - was / 400 }
      local metrics = { val_loss = 0.6, train_loss = 0.01, val_accuracy = is and 1 - is / 400 }
      return (rule.see { lowest = lowest, state = { step = 1000, metrics = metrics }, run = {
        leaves = leaves or "best", dataset = { native = { tally = function()
          return { 200, 200 }, 400
        end } } } })
    end
    assert.is_nil(see(60, 62)) -- surer of the same answers
    assert.is_nil(see(60, 80))
    assert.matches("over%-fitting", see(60, 100))
    assert.matches("over%-fitting", see(60, 62, 120)) -- nearly all of the run was for nothing
    assert.is_nil(see(3, 5, 120)) -- by what a few answers say
    assert.matches("restore_best = true", see(3, 5, 300, "last"))
    assert.matches("over%-fitting", see(nil, nil)) -- numbers
    assert.is_nil(see(nil, 100)) -- kept by a version that did not look
  end)

  it("says that the schedule ended before the loss did", function()
    local early = schedule.cosine { length = 4 * units.epochs } .. schedule.constant(0)
    says("schedule_end", { schedule = early, optimizer = optim.adam { lr = 1e-3 } },
      "the schedule ended before the loss did: for the last %d+ %% of the updates")
    keeps_silent("schedule_end", { schedule = schedule.multistep { at = { 6, 9 }, factor = 0.1 } })
    keeps_silent("schedule_end", { epochs = 1, data = data.digits { batch = 128, limit = 256 },
      model = nn.sequential { nn.linear(10) }, optimizer = optim.adam { lr = 2e-2 },
      schedule = schedule.one_cycle { max = 2e-2, warmup = 0.2, anneal = "linear" } })
  end)

  it("says that a warm-up was missing, or not needed", function()
    says("warmup", { data = data.digits(), epochs = 10, model = mlp(64),
      optimizer = optim.adam { lr = 0.15 } }, "a warm%-up is missing: within the first 5 %%")
    says("warmup", { schedule = schedule.warmup(6 * units.epochs) .. schedule.cosine() },
      "the warm%-up took 50 %% of the updates and nothing in it called for one")
    keeps_silent("warmup", { schedule = schedule.warmup(1 * units.epochs) .. schedule.cosine() })
    local free = optim.schedule_free_adamw
    says("warmup", { data = data.digits(), epochs = 10, model = mlp(64), schedule = false,
      optimizer = free { lr = 0.5 } }, "of the first one; warmup = 5%*percent of the optimizer")
    says("warmup", { schedule = false, optimizer = free { lr = 3e-3, warmup = 6 * units.epochs } },
      "the warm%-up took 50 %% of the updates and nothing in it called for one")
  end)

  it("misses no warm-up where the loss comes back at once, or the rate did rise", function()
    local rule = require "lrrun.notes.warmup"
    -- A loss of 5 among the first updates, and of `left` from the second bin of 20 on.
    local function jumps(left, first_rate)
      local bins = {}
      for i = 1, 20 do
        bins[i] = { from = 20 * (i - 1), n = 20, loss = i == 1 and 1.2 or left, lr = 1, jump = 0.01,
          norm = 1, norm_peak = 1, loss_peak = i == 1 and 5 or left }
      end
      return (rule.see(setmetatable({ bins = bins, steps = 400, first = 1, peak = 1, lr = 1,
        probes = {}, run = { schedules = { { name = "lr", box = { at = function()
          return first_rate
        end } } } }, warmup = function()
          return 0
        end }, { __index = require "lrrun.notes.seen" })))
    end
    assert.matches("a warm%-up is missing: .* rose to 5, 5 times", jumps(0.4, 1))
    assert.is_nil(jumps(0.1, 1))
    assert.is_nil(jumps(0.4, 0.01))
  end)

  it("says that clipping is active throughout", function()
    says("clipping", { clip = { norm = 1e-3 } }, "active in 100 %% of the updates and left")
    says("clipping", { clip = { value = 1e-5 } }, "clipping left no more than")
    keeps_silent("clipping", { clip = { norm = 5 } })
  end)
end)

describe("A note of the network", function()
  it("says that units are dead", function()
    says("dead_units", { optimizer = optim.adam { lr = 1 } }, "of 32 units of 2%.relu are 0 for")
    keeps_silent("dead_units", { optimizer = optim.adam { lr = 1e-2 } })
  end)

  it("looks at what a ReLU gave where others do its work and a pool's", function()
    local images = data.random { shape = { 3, 8, 8 }, classes = 10, n = 600, val = 0.3 }
    for _, pool in ipairs { nn.maxpool2d(2), nn.global_avgpool() } do
      local model = nn.sequential { nn.conv2d { 16, kernel = 3, padding = 1, bias = false },
        nn.batchnorm(), nn.relu(), pool, nn.flatten(), nn.linear(10) }
      keeps_silent("dead_units", { data = images, epochs = 3, model = model })
      says("dead_units", { data = images, epochs = 3, model = model,
        optimizer = optim.adam { lr = 1e3 } }, "of 16 units of 3%.relu are 0 for")
    end
  end)

  it("says that gradients vanish or grow with depth", function()
    says("depth", { model = deep(nn.sigmoid, 12) }, "gradients vanish with depth")
    says("depth", { model = nn.sequential {
      nn.linear { 16, init = nn.normal(1e-4), bias = false }, nn.linear { 16, bias = false },
      nn.linear { 16, bias = false }, nn.linear { 10, init = nn.normal(100) } },
      optimizer = optim.sgd { lr = 1e-9 } },
      "gradients grow with depth")
    keeps_silent("depth", { model = deep(nn.relu, 5) })
  end)
end)

describe("A note of what came out", function()
  it("says that the model is no better than the most frequent class", function()
    says("baseline", { model = deep(nn.sigmoid, 12) },
      "no better on validation data than class %d for every sample: accuracy")
    says("baseline", { model = deep(nn.sigmoid, 12), data = digits { val = 0 } },
      "no better on training data")
    says("baseline", { model = deep(nn.sigmoid, 12), loss = nn.cross_entropy {
      class_weights = "balanced" } }, "no better")
    keeps_silent("baseline", { epochs = 3 })
  end)

  it("does not say so of rare classes that are told apart below their share", function()
    local x, y = {}, {}
    for i = 1, 400 do
      y[i] = i % 10 == 0 and 1 or 0
      x[i] = { y[i] + math.sin(i * 12.9898), math.sin(i * i) }
    end
    keeps_silent("baseline", { data = data.table { x = x, y = y, task = "classification",
      val = 0.3 }, model = two, loss = nn.cross_entropy { class_weights = "balanced" } })
  end)

  it("says that the model is no better than the mean of the targets", function()
    says("baseline", { data = line(0), model = one, loss = nn.mse(),
      optimizer = optim.sgd { lr = 1e-9 } }, "than the mean of the targets: R2 ")
    keeps_silent("baseline", { data = line(0), model = one, loss = nn.mse(),
      optimizer = optim.sgd { lr = 0.05 } })
  end)

  it("says that targets were not scaled", function()
    local x, y = {}, {}
    for i = 1, 200 do
      x[i], y[i] = { math.sin(i) }, 2e5 + 1e4 * math.sin(i)
    end
    local function raw(scaled)
      return { data = data.table { x = x, y = y, task = "regression", val = 0.25,
        target_scale = scaled }, model = one, loss = nn.mse() }
    end
    says("unscaled", raw(false), "without target_scale = false they are scaled")
    keeps_silent("unscaled", raw(true))
  end)

  it("has what the plan warned of", function()
    says("plan", { model = nn.sequential { nn.linear(10), nn.softmax() } },
      "nn.softmax stands before nn.cross_entropy")
  end)
end)

describe("A training that diverges", function()
  local function why(changes)
    local kinds, text = notes_of(changes)
    assert.matches(" diverged ", kinds, 1, true)
    return text
  end

  it("names what was not finite first, its update and rate, and what applies", function()
    local x, y = {}, {}
    for i = 1, 6 do
      x[i], y[i] = { i == 1 and 1e20 or i }, i
    end
    local text = why { model = nn.linear(1), loss = nn.mse(), data = data.table { x = x, y = y,
      val = 0, task = "regression", batch = 2, normalize = false, shuffle = false } }
    assert.matches("^the loss was infinite first in update 1, at rate 0%.003; what may help: "
      .. "inputs as large as 1e%+20 scaled %(without normalize = false%)\n", text)
    text = why { optimizer = optim.sgd { lr = 1e30 }, clip = { norm = 1e30 } }
    -- NaN or infinite: by the order in which this CPU's product adds
    assert.matches("the output of 3.linear was %a+ first in update 2, at rate 1e%+30", text)
    assert.is_nil(text:find("clip = ", 1, true))
    text = why { optimizer = optim.sgd { lr = 1e38, momentum = 0.9 } }
    assert.matches("first in update 2", text)
    text = why { model = nn.sequential { nn.linear { 8, init = nn.normal(1e30) }, nn.linear {
      10, init = nn.normal(1e30) } } }
    assert.matches("the output of 2.linear was %a+ first in update 1", text)
    assert.matches("no update was made: the rate is not the cause", text, 1, true)
    assert.is_nil(text:find "warmup")
  end)

  it("says that a gradient which the optimizer took elsewhere was not finite", function()
    local text = why { optimizer = optim.sam { base = optim.sgd { lr = 0.1 }, rho = 1e30 } }
    assert.matches("^the loss or its gradient was not finite where optim%.sam went from the "
      .. "weights in update 1, at rate 0%.1; what may help: a smaller rho\n", text .. "\n")
    local whole = digits { batch = "all" }
    text = why { optimizer = optim.lbfgs { lr = 1e20 }, data = whole }
    assert.matches("^the loss or its gradient was not finite where optim%.lbfgs went from the "
      .. "weights in update 1, at rate 1e%+20; what may help: line_search = \"strong_wolfe\", "
      .. "a lower rate", text)
    assert.is_nil(text:find("clip", 1, true))
    text = why { optimizer = optim.lbfgs { lr = 1e20, line_search = "wolfe" }, data = whole }
    assert.matches("in update 1, at rate 1e%+20; what may help: a lower rate", text)
  end)
end)

describe("The note on a model that answers without looking", function()
  it("says whether it is the best epoch's or the last one's", function()
    local baseline = require "lrrun.notes.baseline"
    local function said(leaves, step)
      local m = { val_accuracy = 0.5, val_loss = 0.7 }
      return (baseline.see {
        run = { dataset = { classes = 2, native = { tally = function() return { 5, 5 }, 10 end } },
          loss = { kind = "nn.cross_entropy", opts = {} }, val_split = "val", leaves = leaves,
          best = { epoch = 3, step = step, metrics = m } },
        state = { step = 40, metrics = m }, left = function() return m end,
      })
    end
    assert.matches("^the best epoch's model %(epoch 3%) is no better", said("best", 30))
    assert.matches("^the final model is no better", said("best", 40))
    assert.matches("^the final model is no better", said("last", 30))
  end)
end)

describe("Notes in a run folder", function()
  local RECIPE = [[return recipe { name = "n", data = data.digits { val = 0.3, limit = 300 },
    model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(10) },
    optimizer = optim.adam { lr = option("lr", 1) }, schedule = schedule.cosine(),
    checkpoint = { every = 3*steps, keep = 2 }, epochs = 8 }]]

  it("are printed once, quiet with --quiet, and stand in result.json and the report", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    local words = ("%s/r.lua --out %s/runs"):format(folder, folder)
    local _, _, err = program.run(words)
    assert.equal(1, select(2, err:gsub("note: the final model is no better", "")))
    local code, text, quiet = program.run(words .. " --quiet --json")
    assert.equal(0, code)
    assert.is_nil(quiet:find "note: ")
    local result = json.decode(text)
    assert.is_true(#result.notes > 0 and #result.notes <= 3)
    local _, _, why = program.run(("report %s -o %s/x.html"):format(result.run, folder))
    local page = assert(io.open(folder .. "/x.html"), why):read "a"
    assert.matches("What the run saw", page, 1, true)
    assert.matches("the final model is no better", page, 1, true)
    code, text = program.run(("pack %s -o %s/x.yaml"):format(result.run, folder))
    assert.equal(0, code, text)
    code, text = program.run(("replay %s/x.yaml --quiet --out %s/again"):format(folder, folder))
    assert.equal(0, code, text)
  end)

  it("are those of an unbroken run where it is stopped and goes on", function()
    local folder = program.folder(finally)
    for _, lr in ipairs { "1", "1e-6" } do
      program.write(folder .. "/r.lua", RECIPE)
      local code, out, err = program.run(("verify-resume %s/r.lua --out %s/runs --set lr=%s --json")
        :format(folder, folder, lr))
      assert.equal(0, code, out .. err)
    end
  end)
end)
