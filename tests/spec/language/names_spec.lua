-- The names that recipes see: these and no others. A new one is added here when it is meant.
local language = require "lrrun.language"
local program = require "support.program"

local NAMES = {
  data = "blobs cifar10 csv digits fashion_mnist images imdb mnist moons npy random spirals table "
    .. "text",
  nn = "attention avgpool2d batchnorm bce cat concat conv1d conv2d cross_entropy dropout elu "
    .. "embedding first flatten focal gelu global_avgpool global_maxpool glorot graph groupnorm "
    .. "gru he huber input l1 last layernorm leaky_relu linear lstm maxpool2d mse normal "
    .. "orthogonal positions relu reshape residual rmsnorm rnn selu sequential sigmoid "
    .. "sigmoid_focal silu softmax softplus swiglu tanh tokens transformer uniform zeros",
  optim = "adadelta adagrad adam adamax adamw adan ademamix dadapt_adam dog lamb lbfgs lion muon "
    .. "nadam prodigy radam rmsprop rprop sam schedule_free_adamw schedule_free_sgd sgd soap",
  schedule = "constant cosine cosine_restarts cyclic exponential fn hold infinite inverse_sqrt "
    .. "inverse_time linear multistep one_cycle plateau polynomial power rex step warmup wsd",
  stop = "all any divergence early nonfinite plateau threshold time",
  search = "asha bayes choice fixed grid hyperband int logint loguniform median minimize pbt "
    .. "random run sobol tpe uniform",
  train = "advise cross_validate evaluate fit generate predict range",
  tensor = "new",
}
local GLOBALS = "discriminative epochs layerwise option percent recipe samples steps"

local function text(t)
  local names = {}
  for name in pairs(t) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

describe("the recipe language", function()
  it("has these modules, with these names", function()
    assert.equal(text(NAMES), text(language.modules))
    for module, names in pairs(NAMES) do
      assert.equal(names, table.concat(language.names(module), " "), module)
    end
    assert.equal(GLOBALS, text(language.globals))
  end)

  it("shows a recipe these names alone, and lets it change none", function()
    local lines = {}
    for module in pairs(NAMES) do
      lines[#lines + 1] = ([[
        local names = {}
        for name in pairs(%s) do names[#names + 1] = name end
        print("%s", table.concat(names, " "), pcall(function() %s.new_one = 1 end))]]):format(
        module, module, module)
    end
    local code, out, err = program.recipe(finally, table.concat(lines, "\n"))
    assert.equal(0, code, err)
    for module, names in pairs(NAMES) do
      assert.matches(module .. "%s+" .. names:gsub("%p", "%%%0") .. "%s+false", out)
    end
  end)

  it("has help on every name", function()
    for module, names in pairs(NAMES) do
      local code, out = program.run("help " .. module)
      assert.equal(0, code)
      for name in names:gmatch "%S+" do
        assert.matches("\n  " .. module .. "%." .. name .. " +%u?%l?%S", out)
      end
    end
    for name in GLOBALS:gmatch "%S+" do
      assert.equal(0, (program.run("help " .. name)), name)
    end
    assert.equal(0, (program.run "help tensor.new"))
  end)

  it("gives a script its trained run as a handle that shows the network alone", function()
    local code, out, err = program.recipe(finally, [[
      local result, run = train.fit(recipe { data = data.moons { n = 60, val = 0.5 }, epochs = 1,
        model = nn.linear(2), optimizer = optim.adam {} }, { record = false, quiet = true })
      print(#run.model:params().weight, train.evaluate(run).loss == result.last.val_loss)
      print(pcall(function() return run.session end))
      print(pcall(function() run.model = 1 end))
      print(pcall(train.evaluate, { model = run.model }))]], "--lua-seconds 5")
    assert.equal(0, code, err)
    assert.matches("^4%s+true\n", out)
    assert.matches("false\t[^\n]*a trained run shows no 'session' to recipes, only 'model'", out)
    assert.matches("false\t[^\n]*a trained run is read%-only: 'model' cannot be set", out)
    assert.matches("false\t[^\n]*train.evaluate: want what train.fit gave", out)
  end)
end)
