-- Names of PyTorch, Keras, scikit-learn, fastai and optax lead to those of recipes.
local language = require "lrrun.language"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local recipes = require "support.recipes"
local files = require "support.files"
local verbs = require "lrrun.cli.verbs"
local words = require "lrrun.util.other_words"

language.load_all()

local function has_key(key)
  for _, desc in pairs(options.registry) do
    if desc.by_name[key] then
      return true
    end
  end
  return false
end

describe("The table of other words", function()
  it("leads to keys, verbs and metrics that are there", function()
    for there, here in pairs(words.keys) do
      assert.is_true(has_key(here), there .. " -> " .. here)
    end
    for there, here in pairs(words.verbs) do
      assert.is_truthy(verbs.by_name[here], there .. " -> " .. here)
      assert.is_nil(verbs.by_name[there], there .. " is a verb")
    end
    for there, here in pairs(words.metrics) do
      assert.is_truthy(metrics.by_name[here], there .. " -> " .. here)
    end
  end)

  it("leads to names that are there, and has none that is one itself", function()
    for there, here in pairs(words.names) do
      for module, name in here:gmatch "(%l+)%.([%a_][%w_]*)" do
        local path = language.modules[module]
        assert.is_truthy(not path or rawget(require(path), name), there .. " -> " .. here)
      end
      assert.is_nil(language.globals[there] or language.modules[there], there)
    end
  end)
end)

describe("A word of elsewhere", function()
  local function says(text)
    return recipes.message(files.folder(), text)
  end

  it("is told by its name here: a key, in its place or another", function()
    for key, part in pairs {
      learning_rate = "recipe: unknown key 'learning_rate', which optim.*%S* take[^\n]* as 'lr'",
      batch_size = "recipe: unknown key 'batch_size', which data%.%* takes as 'batch'",
      num_epochs = "did you mean 'epochs'?", lr_scheduler = "did you mean 'schedule'?",
      weight_decay = "which optim%.%* takes", patience = "stop%.early",
      device = "unknown key 'device'; leave it out: lrrun computes on CPUs",
      early_stopping = "here that is stop = stop%.early", callbacks = "did you mean 'on'?",
    } do
      assert.matches(part, says(recipes.text { [key] = "5" }), key)
    end
    assert.matches("optim.adam: unknown key 'epochs', which recipe", says(recipes.text {
      optimizer = "optim.adam { lr = 1, epochs = 2 }" }), 1, true)
    assert.matches("did you mean 'kernel'?", says "return nn.conv2d { 8, kernel_size = 3 }", 1,
      true)
    assert.matches("here that is a layer of its own", says "return nn.linear { 8, activation = 1 }",
      1, true)
  end)

  it("is told by its name here: a layer, a loss, an optimizer, a schedule, a rule", function()
    for there, here in pairs {
      Dense = "nn.linear(64)", CrossEntropyLoss = "nn.cross_entropy()", ReLU = "nn.relu()",
      Conv2d = "nn.conv2d { 32, kernel = 3 }", Adam = "optim.adam { lr = 1e-3 }",
      StepLR = "schedule.step {", CosineAnnealingLR = "schedule.cosine {}",
      EarlyStopping = "stop.early {", DataLoader = "data.csv", fit = "return recipe { ... }",
    } do
      for _, before in ipairs { "", "nn.", "optim." } do
        local message = says("return " .. before .. there .. "()")
        assert.matches("here that is " .. here, message, 1, true)
      end
    end
  end)

  it("is told by its name here however it is written, where no name here is near", function()
    for there, here in pairs { dense = "nn.linear(64)", bidirectional = "bidirectional = true",
      global_average_pooling_1d = "nn.global_avgpool()", spatial_dropout2d = "spatial = true", } do
      assert.matches("here that is [^;]*" .. here:gsub("%p", "%%%0"),
        says("return nn." .. there .. "(3)"), there)
    end
    assert.matches("nn has no 'identity'; leave it out", says "return nn.identity()", 1, true)
    assert.matches("did you mean 'maxpool2d'?", says "return nn.max_pool2d(2)", 1, true)
    assert.matches("unknown name 'dense'; here that is nn.linear", says "return dense(2)", 1, true)
    assert.matches("nn has no 'qzvx'$", says "return nn.qzvx()")
  end)

  it("is told that sizes of inputs follow from the data, and where activations stand", function()
    for call, who in pairs { ["linear(64, 32)"] = "linear", ["embedding(1000, 32)"] = "embedding",
      ["lstm(32, 64)"] = "lstm", ["conv2d(1, 8, 3)"] = "conv2d", ["layernorm(64)"] = "layernorm",
      ["groupnorm(8, 64)"] = "groupnorm" } do
      assert.matches(("nn.%s: %%d arguments? without a name, takes .*; what goes in follows from "
        .. "the data$"):format(who), says("return nn." .. call))
    end
    assert.matches("an activation is a layer of its own", says "return nn.linear(4, 'relu')", 1,
      true)
    assert.matches("nn.batchnorm: 'momentum' is 64, want a number at most 1 and above 0; how many "
      .. "channels there are follows from the input: nn.batchnorm()",
      says "return nn.batchnorm(64)", 1, true)
    assert.matches("; want lr = 0.1", says "return optim.adam(0.1)", 1, true)
  end)

  it("is told by its name here: a metric that is watched", function()
    for there, here in pairs { val_acc = "val_accuracy", acc = "val_accuracy",
      valid_loss = "val_loss", val_f1_score = "val_f1" } do
      local message = says(recipes.text { stop = ("stop.early { monitor = '%s', patience = 2 }")
        :format(there) })
      assert.matches(("did you mean '%s'?"):format(here), message, 1, true)
    end
  end)
end)
