-- What a plan warns of in a network, and that a run says it too.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local plan = require "lrrun.plan"
local prepare = require "lrrun.train.prepare"
local schedule = require "lrrun.schedule"
local units = require "lrrun.util.units"
local program = require "support.program"
local recipe = require("lrrun.recipe").new
local resolve = require "lrrun.recipe.resolve"

-- What a run of this network says before its first update.
local function said(layers, changes)
  local keys = { seed = 1, epochs = 1, optimizer = optim.sgd { lr = 0.1 },
    data = data.digits { val = 0.2, limit = 100 }, model = nn.sequential(layers) }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  local run <close> = prepare.run(resolve.for_run(recipe(keys)), {})
  return table.concat(plan.mistakes(run), "\n")
end

local function numbers(keys)
  keys.x, keys.y = {}, {}
  for i = 1, 40 do
    keys.x[i], keys.y[i] = { i, i * i % 7 }, 10 * math.sin(i)
  end
  keys.batch, keys.val, keys.task = 8, 0.25, "regression"
  return data.table(keys)
end

local function chain(activation, n, init)
  local layers = {}
  for _ = 1, n do
    layers[#layers + 1] = nn.linear { 8, init = init }
    layers[#layers + 1] = activation()
  end
  layers[#layers + 1] = nn.linear(10)
  return layers
end

describe("A plan of a network", function()
  it("that sharpness is rough where products are rounded", function()
    local layers = { nn.linear(10) }
    local asked = { metrics = { "sharpness" }, precision = "bf16" }
    assert.matches('sharpness beside precision = "bf16": a difference of gradients',
      said(layers, asked), 1, true)
    for _, keys in ipairs { { metrics = { "sharpness" } }, { precision = "bf16" } } do
      assert.is_nil(said(layers, keys):find("sharpness", 1, true))
    end
  end)

  it("has nothing to say of what is plain", function()
    assert.equal("", said { nn.linear(16), nn.batchnorm(), nn.relu(), nn.linear(10) })
    assert.equal("", said { nn.linear(16), nn.softmax(), nn.linear(10), nn.dropout(0.1) })
    assert.equal("", said({ nn.linear(4), nn.tanh(), nn.linear(1) },
      { data = numbers {}, loss = nn.mse() }))
    assert.equal("", said(chain(nn.sigmoid, 9)))
    assert.equal("", said(chain(nn.tanh, 12, nn.glorot())))
  end)

  it("warns of layers before a loss that takes logits", function()
    local text = said { nn.linear(10), nn.softmax(), nn.dropout(0.1) }
    assert.matches("nn.softmax stands before nn.cross_entropy, which takes logits and makes "
      .. "probabilities itself: it cannot fall below 1.46; leave the layer away", text, 1, true)
    assert.matches("nn.tanh stands before nn.cross_entropy, which takes logits of any size: it "
      .. "cannot fall below 0.797", said { nn.linear(10), nn.tanh() }, 1, true)
    assert.matches("nn.relu stands before nn.focal, which takes logits of any size: what it takes "
      .. "for a logit is never below 0", said({ nn.linear(10), nn.relu() },
      { loss = nn.focal() }), 1, true)
    local x, y = {}, {}
    for i = 1, 20 do
      x[i], y[i] = { i }, i % 2
    end
    local yes = data.table { x = x, y = y, task = "regression", val = 0.25, target_scale = false }
    assert.matches("nn.sigmoid stands before nn.bce, which takes logits and makes probabilities "
      .. "itself", said({ nn.linear(1), nn.sigmoid() }, { data = yes, loss = nn.bce() }), 1, true)
  end)

  it("warns of outputs that cannot reach the targets", function()
    local relu = { nn.linear(1), nn.relu() }
    assert.matches("nn.relu stands before nn.mse and gives values from 0 to inf, the targets, "
      .. "scaled, go from -", said(relu, { data = numbers {}, loss = nn.mse() }), 1, true)
    local raw = said({ nn.linear(1), nn.tanh() },
      { data = numbers { target_scale = false }, loss = nn.l1() })
    assert.matches("nn.tanh stands before nn.l1 and gives values from -1 to 1, the targets go from",
      raw, 1, true)
  end)

  it("warns of many sigmoids or tanhs on one another", function()
    assert.matches("12 layers of nn.sigmoid on one another whose weights start without init: "
      .. "hardly any gradient reaches the first", said(chain(nn.sigmoid, 12)), 1, true)
    assert.matches("10 layers of nn.tanh", said(chain(nn.tanh, 10)), 1, true)
    assert.matches("12 layers of nn.sigmoid on one another: hardly",
      said(chain(nn.sigmoid, 12, nn.glorot())), 1, true)
    local layers = chain(nn.sigmoid, 12)
    table.insert(layers, 4, nn.batchnorm())
    assert.equal("", said(layers))
  end)

  it("warns of batchnorm that sees one value alone", function()
    local nine = data.digits { batch = 9, val = 0.2, limit = 80 } -- 64 = 7 * 9 + 1
    local says = "nn.batchnorm meets a batch of one sample, whose variance is 0"
    assert.matches(says, said({ nn.linear(8), nn.batchnorm(), nn.linear(10) }, { data = nine }),
      1, true)
    local images = data.digits { batch = 9, val = 0.2, limit = 80, images = true }
    assert.matches(says, said({ nn.conv2d(4, 8), nn.batchnorm(), nn.flatten(), nn.linear(10) },
      { data = images }), 1, true)
    assert.equal("", said({ nn.conv2d(4, 7), nn.batchnorm(), nn.flatten(), nn.linear(10) },
      { data = images }))
  end)
end)

describe("A run", function()
  it("says what its plan warns of once, before its first epoch, unless it is quiet", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", "return recipe { data = data.digits { val = 0.2, limit = "
      .. "100 }, model = nn.sequential { nn.linear(10), nn.softmax() }, optimizer = optim.adam { "
      .. "lr = 1e-3 }, schedule = schedule.warmup(100*steps) .. schedule.cosine(), epochs = 2 }")
    local words = ("%s/r.lua --out %s/runs"):format(folder, folder)
    local _, _, err = program.run(words)
    assert.matches("^warning: nn.softmax stands before[^\n]+\nwarning: schedule: phase 1, [^\n]+\n"
      .. ".-\nepoch 1/2", err)
    assert.equal(1, select(2, err:gsub("nn%.softmax", "")))
    local _, _, nothing = program.run(words .. " --quiet")
    assert.equal("", nothing)
  end)
end)

-- All that the plan of a model of text says.
local function of_text(transformer, changes)
  local keys = {
    seed = 1, steps = 400, optimizer = optim.adamw { lr = 1e-3 },
    data = data.random { tokens = 9, length = 6, task = "lm", n = 32, batch = 8, val = 0.25 },
    model = nn.sequential { nn.embedding { 8, name = "tok", init = nn.normal(0.02) },
      nn.transformer(transformer), nn.linear { tied = "tok" } },
  }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  local run <close> = prepare.run(resolve.for_run(recipe(keys)), {})
  local all = plan.of(run)
  assert.same(plan.mistakes(run), { table.unpack(all.warnings) }) -- a run says all of them
  return table.concat(all.warnings, "\n") .. "\n" .. table.concat(all.hints, "\n"),
    table.concat(all.warnings, "\n")
end

describe("A plan of a transformer", function()
  local WARM = schedule.warmup(20 * units.steps) .. schedule.cosine()

  it("warns of no warmup, which post-norm of more than 6 blocks does not survive", function()
    local all, mistakes = of_text { 2, heads = 2, causal = true }
    assert.matches("2 layers of attention and no warmup", all, 1, true)
    assert.equal("", mistakes)
    all, mistakes = of_text { 7, heads = 2, norm = "post" }
    assert.matches("7 blocks with the norm behind the sum (post-norm) and no warmup", all, 1, true)
    assert.matches("7 blocks with the norm", mistakes, 1, true)
    for _, calm in ipairs { { 6, heads = 2, norm = "post", causal = true },
      { 7, heads = 2, causal = true } } do
      assert.equal("", select(2, of_text(calm)))
    end
  end)

  it("says nothing of it where the rate rises first, or the optimizer holds back itself", function()
    assert.is_nil((of_text({ 7, heads = 2, norm = "post" }, { schedule = WARM })):find "no warmup")
    assert.is_nil((of_text({ 2, heads = 2 }, { schedule = schedule.warmup(20 * units.steps),
      steps = 5 })):find "no warmup")
    assert.is_nil((of_text({ 2, heads = 2 }, { optimizer = optim.radam() })):find "no warmup")
    assert.is_nil((of_text({ 2, heads = 2 }, { schedule = schedule.one_cycle { max = 1e-3 } }))
      :find "no warmup")
  end)

  it("warns of a second moment that is longer than the run", function()
    assert.matches("beta2 = 0.999 is a mean over about 1000 updates and the run has 400: betas = "
      .. "{0.9, 0.95}", (of_text { 1, heads = 2 }), 1, true)
    assert.is_nil((of_text({ 1, heads = 2 }, { steps = 1000 })):find "beta2")
    assert.is_nil((of_text({ 1, heads = 2 }, { optimizer = optim.adamw { betas = { 0.9, 0.95 } } }))
      :find "beta2")
  end)

  it("warns of a model of language that sees what it is to predict, by the layer", function()
    local _, mistakes = of_text { 1, heads = 2 }
    assert.equal("the network sees the tokens that it is to predict: its loss says nothing, and "
      .. "lrrun generate will refuse it: attention: is not causal: a step takes of those behind "
      .. "it, too; want causal = true (2.1.1.residual.2.attention)", mistakes)
    local function of_layer(value)
      return (select(2, of_text({ 1 }, { model = nn.sequential { nn.embedding(8), value,
        nn.linear "vocab" } })))
    end
    assert.matches("reads its steps from the last to the first (2.lstm)", of_layer(nn.lstm { 4,
      sequences = true, bidirectional = true }), 1, true)
    assert.matches("conv1d: its window of 3 steps reaches behind the step that it is of; want "
      .. "padding = \"causal\" (2.conv1d)", of_layer(nn.conv1d { 4, 3, padding = "same" }), 1, true)
    for _, alone in ipairs { nn.conv1d { 4, 1 }, nn.conv1d { 4, 3, padding = "causal" } } do
      assert.is_nil(of_layer(alone):find "refuse")
    end
    assert.is_nil(of_layer(nn.lstm { 4, sequences = true }):find "refuse")
    assert.equal("", (select(2, of_text { 1, heads = 2, causal = true })))
  end)

  it("has a hint where nothing tells steps apart", function()
    local text = "nothing tells attention (2.1.1.residual.2.attention) where a step stands"
    assert.matches(text, (of_text { 1, heads = 2, causal = true }), 1, true)
    assert.is_nil((of_text { 1, heads = 2, causal = true, rope = true }):find "nothing tells")
    assert.is_nil((of_text({ 1 }, { model = nn.sequential { nn.embedding(8), nn.positions(),
      nn.transformer { 1, causal = true }, nn.linear "vocab" } })):find "nothing tells")
  end)

  it("warns of an embedding that makes scores and starts large", function()
    local all = of_text({ 1, heads = 2 }, { model = nn.sequential {
      nn.embedding { 8, name = "tok" }, nn.linear { tied = "tok" } } })
    assert.matches("the weight of nn.embedding 'tok' starts with deviation 1", all, 1, true)
    assert.is_nil((of_text { 1, heads = 2 }):find "deviation 1")
  end)
end)

describe("A time beyond the run's end", function()
  it("is warned of where an optimizer's own warmup never ends", function()
    local o = optim.schedule_free_adamw { lr = 1e-3, warmup = 5*units.epochs }
    assert.matches("optim.schedule_free_adamw: warmup = 5 epochs is longer than the run of 3 "
      .. "steps: its rate never comes to lr", said({ nn.linear(10) }, { optimizer = o }), 1, true)
    o = optim.sam { base = o }
    assert.matches("warmup = 5 epochs", said({ nn.linear(10) }, { optimizer = o }), 1, true)
    o = optim.schedule_free_adamw { lr = 1e-3, warmup = 1*units.epochs }
    assert.is_nil(said({ nn.linear(10) }, { optimizer = o }):find "warmup")
  end)

  it("is warned of where a parameter never thaws", function()
    local changes = { freeze = { { "^1%.", thaw = 7*units.epochs } } }
    assert.matches("freeze: 1.linear.bias would thaw after 7 epochs, and the run ends at update 3: "
      .. "it never trains", said({ nn.linear(8), nn.linear(10) }, changes), 1, true)
    changes.freeze[1].thaw = 1*units.steps
    assert.is_nil(said({ nn.linear(8), nn.linear(10) }, changes):find "thaw")
  end)
end)

describe("An optimizer that finds its rate", function()
  local function hints_of(optimizer)
    local run <close> = prepare.run(resolve.for_run(recipe { seed = 1, epochs = 1,
      optimizer = optimizer, data = data.digits { limit = 100 }, model = nn.linear(10) }), {})
    return table.concat(plan.of(run).hints, "\n")
  end

  it("has a hint where its factor looks like a rate, also within sam", function()
    for _, name in ipairs { "prodigy", "dadapt_adam", "dog" } do
      assert.matches(("optim.%s { lr = 0.001 }: lr multiplies the rate that it finds, and is 1 "
        .. "where it is not given"):format(name), hints_of(optim[name] { lr = 1e-3 }), 1, true)
      assert.is_nil(hints_of(optim[name] { lr = 0.5 }):find "multiplies")
    end
    assert.matches("optim.dog { lr = 0.001 }: lr multiplies",
      hints_of(optim.sam { base = optim.dog { lr = 1e-3 } }), 1, true)
  end)

  it("is not told to lower a rate where it finds its steps, also within sam", function()
    local adadelta = optim.adadelta {}
    assert.matches("the learning rate is constant", hints_of(optim.sam { base = optim.adam {} }))
    assert.is_nil(hints_of(adadelta):find "rate is constant")
    assert.is_nil(hints_of(optim.sam { base = adadelta }):find "rate is constant")
  end)
end)
