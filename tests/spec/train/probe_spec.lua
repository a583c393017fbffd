-- Probes of the loss: curvature where it is known, limits that updates really have, noise, and
-- that nothing of it reaches a run. Against PyTorch's Hessians: tests/golden/probe.lua.

local data = require "lrrun.data"
local file = require "lrrun.native.file"
local files = require "support.files"
local json = require "lrrun.record.json"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local prepare = require "lrrun.train.prepare"
local probe = require "lrrun.train.probe"
local program = require "support.program"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"
local sys = require "lrrun.native.sys"

-- The mean over 4 samples of (w x - t)^2, of which each has one of the inputs: its Hessian is
-- diagonal, with 2 a^2 / 4 for an input of a. Targets are what w = 1 gives.
local INPUTS = { 4, 3, 2, 1 }
local LARGEST = 2 * 4 ^ 2 / 4

local function quadratic()
  local x, y = {}, {}
  for i, a in ipairs(INPUTS) do
    x[i], y[i] = { 0, 0, 0, 0 }, { a }
    x[i][i] = a
  end
  return data.table { x = x, y = y, batch = 4, normalize = false, target_scale = false,
    shuffle = false }
end

local function prepared(changes)
  local r = { data = quadratic(), loss = nn.mse(), optimizer = optim.sgd { lr = 0.1 },
    model = nn.linear { 1, bias = false, init = nn.zeros() }, steps = 100000 }
  for key, item in pairs(changes or {}) do
    r[key] = item
  end
  return prepare.run(resolve.for_run(recipe(r)), {})
end

-- Sharpness, limit and noise of a run where it is.
local function measure(run, samples)
  local p <close> = probe.new(run, { samples = samples })
  local found = p:sharpness()
  return found, p:limit(), p:noise()
end

describe("the largest curvature", function()
  it("is the largest eigenvalue of a quadratic, within the error that is said", function()
    local run <close> = prepared()
    local found = measure(run)
    assert.near(LARGEST, found.value, 1e-5 * LARGEST)
    assert.is_true(found.settled and found.error < 1e-4 * LARGEST)
    assert.same({ 4, 7.5 }, { found.samples, found.loss }) -- (16 + 9 + 4 + 1) / 4
  end)

  it("is of weights that train alone", function()
    local run <close> = prepared { model = nn.linear { 1, init = nn.zeros() },
      freeze = "weight" }
    assert.near(2, (measure(run)).value, 1e-4) -- of the bias
  end)

  it("is the same for any number of threads, and leaves weights and gradients' places alone",
    function()
      local before, values = sys.threads(), {}
      finally(function()
        sys.threads(before)
      end)
      for _, threads in ipairs { 1, 3 } do
        sys.threads(threads)
        local run <close> = prepared { data = data.digits { batch = 32, limit = 200 },
          loss = nn.cross_entropy(), model = nn.sequential { nn.linear(20), nn.batchnorm(),
            nn.relu(), nn.dropout(0.3), nn.linear(10) } }
        local graph = run.model.graph
        local weights = graph:block("params"):values()
        local statistics = graph:block("buffers"):values()
        local found, limit, noise = measure(run, 100)
        assert.same(weights, graph:block("params"):values())
        assert.same(statistics, graph:block("buffers"):values())
        values[#values + 1] = { found.value, found.error, limit.limit, noise.signal, noise.noise }
        assert.equal(128, found.samples) -- whole batches
      end
      assert.same(values[1], values[2])
    end)

  it("has no value where the loss is not finite", function()
    local run <close> = prepared()
    run.model.graph:block("params", 0, { 1, 4 }):set { 1e200, 0, 0, 0 }
    local found = measure(run)
    assert.is_true(found.value ~= found.value and not found.settled)
  end)

  it("says that the network is another's now", function()
    local run <close> = prepared()
    local p <close> = probe.new(run)
    run.session:close()
    assert.matches("closed", files.failure(p.sharpness, p), 1, true)
  end)
end)

-- Whether the loss has fallen after 400 updates at this share of the limit.
local function falls(optimizer, share)
  local function make(lr)
    return prepared { optimizer = optimizer { lr = lr } }
  end
  local limit
  do
    local run <close> = make(0.01)
    limit = select(2, measure(run)).limit
  end
  local run <close> = make(share * limit)
  local loss, finite
  for _ = 1, 400 do
    loss, _, finite = run.session:step()
    if not finite then
      return false
    end
  end
  return loss < 7.5
end

describe("the stability limit", function()
  it("is where updates begin to grow", function()
    local forms = {
      function(o)
        return optim.sgd(o)
      end,
      function(o)
        return optim.sgd { lr = o.lr, momentum = 0.8 }
      end,
      function(o)
        return optim.sgd { lr = o.lr, momentum = 0.7, nesterov = true }
      end,
      function(o)
        return optim.sgd { lr = o.lr, momentum = 0.6, dampening = 0.5 }
      end,
    }
    for i, form in ipairs(forms) do
      assert.is_true(falls(form, 0.96), "form " .. i .. " below its limit")
      assert.is_false(falls(form, 1.04), "form " .. i .. " above its limit")
    end
  end)

  it("is of the first group's rate, the others following it", function()
    local run <close> = prepared { model = nn.linear { 1, init = nn.zeros() },
      optimizer = optim.sgd { lr = 0.1, groups = { { match = "bias", lr = 100 } } } }
    local _, limit = measure(run)
    assert.near(2 / 2 / 1000, limit.limit, 0.02 * limit.limit) -- the bias alone: 2, 1000 times
  end)

  it("is there from the first update on, where it hangs on second moments", function()
    local run <close> = prepared { optimizer = optim.adam { lr = 0.01 } }
    assert.same({ kind = "later" }, (select(2, measure(run))))
    run.session:step()
    local found, limit = measure(run)
    assert.equal("each", limit.kind)
    assert.near(38, limit.factor, 1e-9)
    -- Corrected, v is the square of the gradient: of each weight 2 a^2 / 4, as is its curvature.
    assert.near(LARGEST, found.value, 1e-4)
    assert.near(1 / (1 - 0.9), limit.preconditioned, 1e-3)
    assert.near(38 * 0.1, limit.limit, 1e-3)
  end)

  it("is not known of updates that go by signs", function()
    local run <close> = prepared { optimizer = optim.lion { lr = 0.01 } }
    assert.same({ kind = "unknown" }, (select(2, measure(run))))
  end)
end)

describe("the gradient noise scale", function()
  it("is the noise of a sample over the square of the mean, from batches of equal size", function()
    local run <close> = prepared()
    local _, _, noise = measure(run)
    -- At 0 the gradients of single samples are -2 a^2, each in a direction of its own.
    local squares = 0
    for _, a in ipairs(INPUTS) do
      squares = squares + (2 * a ^ 2) ^ 2
    end
    local small, large = squares / 4, squares / 16
    assert.same({ 1, 4 }, { noise.shard, noise.samples })
    assert.near((4 * large - small) / 3, noise.signal, 1e-3 * squares)
    assert.near((small - large) * 4 / 3, noise.noise, 1e-4 * squares)
  end)

  it("is within its error as often as a standard error is, and known better of more", function()
    local function found(seed, samples)
      local run <close> = prepared { seed = seed, model = nn.linear { 3, init = nn.zeros() },
        loss = nn.cross_entropy(), data = data.blobs { n = 8192, classes = 3, noise = 4, batch = 16,
          seed = 1 } }
      local p <close> = probe.new(run, { samples = samples })
      return p:noise()
    end
    local truth, hits, widths = found(1, 2048).scale, 0, {}
    for _, samples in ipairs { 64, 256 } do
      local width = 0
      for seed = 1, 20 do
        local noise = found(seed, samples)
        assert.is_true(noise.low < noise.scale and (not noise.high or noise.scale < noise.high))
        hits = hits + (noise.low <= truth and truth <= (noise.high or math.huge) and 1 or 0)
        width = width + (1 / noise.low - 1 / (noise.high or math.huge)) * truth / 20
      end
      widths[#widths + 1] = width
    end
    assert.is_true(hits >= 22 and hits <= 34, hits) -- of 40: 68 % are 27
    assert.near(0.5, widths[2] / widths[1], 0.15) -- four times the samples
  end)

  it("cannot be measured where gradients speak against each other", function()
    local x, y = {}, {}
    for i = 1, 16 do
      x[i], y[i] = { 1 }, { i % 2 * 2 - 1 }
    end
    local run <close> = prepared { data = data.table { x = x, y = y, batch = 2,
      normalize = false, target_scale = false, task = "regression" } }
    local _, _, noise = measure(run)
    assert.is_nil(noise.scale)
    assert.is_true(noise.signal <= 0)
  end)

  it("is not there of a single sample", function()
    local run <close> = prepared { data = data.table { x = { { 1 } }, y = { { 2 } }, batch = 1,
      normalize = false, target_scale = false } }
    assert.is_nil((select(3, measure(run))))
  end)
end)

local RECIPE = [[
return recipe { name = "p", seed = 3, epochs = 3, accumulate = 2, ema = 0.9,
  data = data.digits { batch = 16, val = 0.2, limit = 200 },
  model = nn.sequential { nn.linear(12), nn.batchnorm(), nn.relu(), nn.dropout(0.2),
    nn.linear(10) },
  optimizer = optim.adam { lr = 0.01 }, schedule = schedule.cosine(),
  checkpoint = { every = 3*steps }, %s }]]

local function trained(keys, words)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(keys))
  local code, out, err = program.run(("%s %s/r.lua --json --quiet --out %s"):format(words or "",
    folder, folder))
  return code == 0 and json.decode(out) or {}, err
end

local ASKED = "metrics = { 'sharpness', 'noise_scale' }"

describe("metrics of a probe", function()
  it("change nothing of the run, and come out the same wherever it was stopped", function()
    local plain, probed = trained "", trained(ASKED)
    assert.equal(plain.digest, probed.digest)
    assert.equal(plain.last.val_loss, probed.last.val_loss)
    assert.is_true(probed.last.sharpness > 0)
    assert.is_nil(plain.last.sharpness)
    local verified, err = trained(ASKED, "verify-resume")
    assert.is_true(verified.same, err)
  end)

  it("answer Ctrl-C before they are through, and are measured once the run goes on", function()
    local folder = program.folder(finally)
    local function run_of(name, step)
      local at = ([[on = { step = function(state)
        if state.step == %d then
          local sys = require "lrrun.native.sys"
          require("lrrun.native.process").kill(sys.pid(), "INT")
        end
      end }, ]]):format(step)
      program.write(("%s/%s.lua"):format(folder, name), RECIPE:format(at .. ASKED))
      local code, _, err = program.run(("--trusted %s/%s.lua --quiet --out %s/%s"):format(folder,
        name, folder, name))
      local path = ("%s/%s/p-1"):format(folder, name)
      return code, path, err
    end
    local function lines_of(path)
      return (file.read(path .. "/metrics.jsonl", 1 << 20):gsub('"seconds".-}', ""))
    end
    local code, plain, err = run_of("plain", 1000)
    assert.equal(0, code, err)
    for _, step in ipairs { 5, 15 } do -- the first epoch's end, and the run's
      local path
      code, path, err = run_of("cut" .. step, step)
      assert.equal(130, code, err)
      local before = select(2, lines_of(path):gsub("\n", ""))
      assert.equal(step // 5 - 1, before) -- its evaluation is still to come
      code, _, err = program.run(("--trusted resume %s --quiet"):format(path))
      assert.equal(0, code, err)
      assert.equal(lines_of(plain), lines_of(path))
      local a, b = json.decode(file.read(plain .. "/result.json", 1 << 20)),
        json.decode(file.read(path .. "/result.json", 1 << 20))
      assert.same({ a.digest, a.notes, a.best.epoch }, { b.digest, b.notes, b.best.epoch })
    end
  end)

  it("are part of a plan's memory", function()
    local folder = program.folder(finally)
    local function memory(keys)
      program.write(folder .. "/r.lua", RECIPE:format(keys))
      return json.decode((select(2, program.run(("plan %s/r.lua --json --quiet"):format(folder)))))
        .memory
    end
    local with, without = memory(ASKED), memory ""
    assert.is_nil(without.probe)
    local weights = with.params / sys.real_bytes
    -- 26 vectors of reals, and one of doubles
    assert.equal(weights * (26 * sys.real_bytes + 8), with.probe)
    assert.equal(without.total + with.probe, with.total)
  end)

  it("can be watched", function()
    local result = trained "stop = stop.early { monitor = 'sharpness', patience = 5 }"
    assert.is_true(result.last.sharpness > 0)
    local _, err = trained "stop = stop.early { monitor = 'noise_scale', patience = 5 }"
    assert.matches("'mode' is missing", err, 1, true)
  end)
end)
