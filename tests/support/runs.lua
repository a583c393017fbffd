--- Small recipes that use everything a checkpoint has to keep: every optimizer, schedules
--- with state, dropout, augmentation, accumulation, recurrent layers, averages, going back.

local temporary = require "support.temporary"

local runs = {}

local MLP = "nn.sequential { nn.linear(24), nn.batchnorm(), nn.relu(), nn.dropout(0.2), "
  .. "nn.linear(10) }"
local CNN = "nn.sequential { nn.conv2d(6, 3), nn.relu(), nn.maxpool2d(2), nn.flatten(), "
  .. "nn.linear(10) }"
local DIGITS = "data.digits { batch = 32, val = 0.2, limit = 300 }"
local IMAGES = "data.digits { images = true, batch = 16, val = 0.2, limit = 200, "
  .. "augment = { flip = true, crop = 1, cutout = 2 } }"
local TOKENS = "data.random { tokens = 30, length = 12, classes = 2, n = 160, batch = 16, "
  .. "val = 0.25 }"

local function recipe(name, lines)
  local defaults = { data = DIGITS, model = MLP, epochs = "4", name = ("%q"):format(name) }
  for key, item in pairs(defaults) do
    lines[key] = lines[key] or item
  end
  local keys, text = {}, {}
  for key in pairs(lines) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for _, key in ipairs(keys) do
    text[#text + 1] = ("  %s = %s,"):format(key, lines[key])
  end
  return { name = name, text = "return recipe {\n" .. table.concat(text, "\n") .. "\n}\n" }
end

runs.list = {
  recipe("sgd-plateau", {
    optimizer = "optim.sgd { lr = 0.1, momentum = 0.9, nesterov = true }",
    schedule = "schedule.plateau { patience = 1, factor = 0.3 }",
    clip = "{ norm = 1 }",
  }),
  recipe("adam-onecycle", {
    optimizer = "optim.adam { lr = 1e-3, amsgrad = true }",
    schedule = "schedule.one_cycle { max = 1e-2 }",
    metrics = "{ 'grad_norms' }",
  }),
  recipe("adamw-accumulate-ema", {
    optimizer = "optim.adamw { lr = 3e-3 }", accumulate = "3", ema = "0.9",
    schedule = "schedule.warmup(1*epochs) .. schedule.cosine()",
  }),
  recipe("adamax-augment", {
    optimizer = "optim.adamax { lr = 3e-3 }", data = IMAGES, model = CNN,
    schedule = "schedule.hold { ends = stop.plateau { monitor = 'val_loss', patience = 1 } } "
      .. ".. schedule.exponential { rate = 0.8 }",
  }),
  recipe("nadam-early", {
    optimizer = "optim.nadam { lr = 2e-2 }", epochs = "12",
    stop = "stop.early { monitor = 'val_loss', patience = 2 }",
  }),
  recipe("radam-fn", {
    optimizer = "optim.radam { lr = 1e-2 }",
    schedule = "schedule.fn(function(t) return t.lr * 0.99^t.step * "
      .. "(t.metrics.val_loss or 1) end)",
  }),
  recipe("rmsprop-lstm", {
    optimizer = "optim.rmsprop { lr = 1e-3, momentum = 0.5, centered = true }", data = TOKENS,
    model = "nn.sequential { nn.embedding(8), nn.lstm { 10, layers = 2, bidirectional = true, "
      .. "dropout = 0.1 }, nn.linear(2) }",
  }),
  recipe("adagrad-gru", {
    optimizer = "optim.adagrad { lr = 0.05 }", data = TOKENS,
    model = "nn.sequential { nn.embedding(8), nn.gru(10), nn.linear(2) }", steps = "27",
  }),
  recipe("adadelta", { optimizer = "optim.adadelta()", ema = "schedule.linear { from = 0.5, "
    .. "to = 0.99 }" }),
  recipe("rprop", { optimizer = "optim.rprop { lr = 1e-2 }" }),
  recipe("lion-wsd", {
    optimizer = "optim.lion { lr = 1e-3, weight_decay = 0.1 }",
    schedule = "schedule.wsd { warmup = 10*percent, decay = 20*percent }",
  }),
  recipe("cautious", {
    optimizer = "optim.adamw { lr = 3e-3, cautious = true }", accumulate = "2",
  }),
  recipe("cautious-amsgrad", {
    optimizer = "optim.adam { lr = 3e-3, cautious = true, amsgrad = true, weight_decay = 1e-3 }",
    freeze = "'^1%.'",
  }),
  recipe("cautious-lion", {
    optimizer = "optim.lion { lr = 1e-3, cautious = true }", clip = "{ norm = 1 }",
  }),
  recipe("adan", {
    optimizer = "optim.adan { lr = 3e-3, weight_decay = 0.01 }", clip = "{ norm = 1 }",
  }),
  recipe("cautious-adan", {
    optimizer = "optim.adan { lr = 3e-3, cautious = true }", accumulate = "2",
  }),
  recipe("ademamix", {
    optimizer = "optim.ademamix { lr = 3e-3, betas = { 0.9, 0.99, 0.999 }, warmup = 60*percent }",
  }),
  recipe("cautious-ademamix", {
    optimizer = "optim.ademamix { lr = 3e-3, warmup = 2*epochs, cautious = true, groups = { "
      .. "{ match = 'bias', warmup = 1*epochs, alpha = 1 } } }",
  }),
  recipe("muon", {
    optimizer = "optim.muon { lr = 0.02, adamw = { lr = 3e-3 }, decay = 'matrices' }",
    schedule = "schedule.warmup(1*epochs) .. schedule.cosine()", clip = "{ norm = 1 }",
    accumulate = "2", ema = "0.9",
  }),
  recipe("muon-lstm", {
    optimizer = "optim.muon { lr = 1e-3, scale = 'rms', groups = { { match = 'lstm', lr = 2e-3 } "
      .. "} }", data = TOKENS, model = "nn.sequential { nn.embedding(8), nn.lstm { 10, "
      .. "layers = 2 }, nn.linear(2) }",
  }),
  recipe("soap", {
    optimizer = "optim.soap { lr = 1e-2, every = 3, groups = { { match = '5.linear', max_dim = 12 "
      .. "} } }", schedule = "schedule.warmup(1*epochs) .. schedule.cosine()",
    clip = "{ norm = 1 }", accumulate = "2", ema = "0.9",
  }),
  recipe("soap-lstm", {
    optimizer = "optim.soap { lr = 3e-3, every = 4, decay = 'matrices' }", data = TOKENS,
    model = "nn.sequential { nn.embedding(8), nn.lstm { 10, layers = 2 }, nn.linear(2) }",
  }),
  recipe("schedule-free-adamw", {
    optimizer = "optim.schedule_free_adamw { lr = 1e-2, warmup = 30*percent, weight_decay = 0.01, "
      .. "batchnorm = 3, groups = { { match = 'bias', lr = 1e-3 } } }", accumulate = "2",
    metrics = "{ 'sharpness' }",
  }),
  recipe("schedule-free-sgd", {
    optimizer = "optim.schedule_free_sgd { lr = 1, warmup = 5*steps }", clip = "{ norm = 1 }",
    schedule = "schedule.warmup(1*epochs) .. schedule.constant()", data = IMAGES, model = CNN,
    average = "{ kind = 'ema', decay = 0.9, warmup = true, start = 1*epochs }",
    stop = "stop.early { patience = 9, restore_best = false }",
  }),
  recipe("average-swa", {
    optimizer = "optim.adamw { lr = 1e-2 }",
    average = "{ kind = 'swa', start = 25*percent, every = 5*steps, batchnorm = 2 }",
    stop = "stop.early { patience = 9, restore_best = false }",
  }),
  recipe("average-lawa", {
    optimizer = "optim.adamw { lr = 1e-2 }", epochs = "6",
    average = "{ kind = 'lawa', last = 3, every = 4*steps }", validate = "5*steps",
  }),
  recipe("sam", {
    optimizer = "optim.sam { base = optim.sgd { lr = 0.05, momentum = 0.9, weight_decay = 1e-3 }, "
      .. "rho = schedule.linear { from = 0.1, to = 0.02 } }",
    schedule = "schedule.cosine()", clip = "{ norm = 1 }",
  }),
  recipe("asam-accumulate", {
    optimizer = "optim.sam { base = optim.adamw { lr = 3e-3, groups = { { match = 'bias', "
      .. "weight_decay = 0 } } }, rho = 0.5, adaptive = true }",
    accumulate = "3", ema = "0.9", data = IMAGES, model = CNN,
  }),
  recipe("lbfgs", {
    optimizer = "optim.lbfgs { max_iter = 4, history = 3, line_search = 'strong_wolfe' }",
    data = "data.digits { batch = 'all', val = 0.2, limit = 200 }", epochs = "6", ema = "0.5",
  }),
  recipe("lbfgs-accumulate", {
    optimizer = "optim.lbfgs { lr = schedule.linear { from = 0.5, to = 0.1 }, max_iter = 3 }",
    data = "data.digits { batch = 30, limit = 100 }", epochs = "6", accumulate = "4",
  }),
  recipe("prodigy", {
    optimizer = "optim.prodigy { d0 = 1e-4, weight_decay = 0.01, groups = { { match = '^1%.', "
      .. "lr = 0 } } }", schedule = "schedule.cosine()",
  }),
  recipe("prodigy-warmup", {
    optimizer = "optim.prodigy { bias_correction = true, safeguard_warmup = true, "
      .. "growth_rate = 2 }",
    schedule = "schedule.warmup(5*steps) .. schedule.linear { to = 0 }", clip = "{ norm = 1 }",
  }),
  recipe("dadapt-adam", {
    optimizer = "optim.dadapt_adam { weight_decay = 0.01, growth_rate = 1.5 }", accumulate = "2",
  }),
  recipe("dog", {
    optimizer = "optim.dog { rel = 1e-4, weight_decay = 1e-3 }", validate = "7*steps",
  }),
  recipe("lamb-freeze", {
    optimizer = "optim.lamb { lr = 1e-2, groups = { { match = 'bias', weight_decay = 0 } } }",
    freeze = "'^1%.'",
  }),
  recipe("onecycle-momentum", {
    optimizer = "optim.sgd { lr = 0.1, groups = { { match = 'bias', lr = 0.2 } } }",
    schedule = "schedule.warmup(5*steps) .. schedule.one_cycle { momentum = { 0.8, 0.95 } }",
  }),
  recipe("layerwise-thaw", {
    optimizer = "optim.adamw { lr = 1e-2, decay = 'matrices' }", rates = "layerwise { 0.6 }",
    schedule = "schedule.infinite { cooldown = 1*epochs, decay = 1*epochs }",
    freeze = "{ { '^[12]%.', thaw = 2*epochs, statistics = true } }", clip = "{ norm = 1 }",
  }),
  recipe("rex-base0", {
    optimizer = "optim.adam { lr = 0, groups = { { match = 'bias', lr = 1e-2 } } }",
    schedule = "schedule.rex()",
  }),
  recipe("rollback", {
    optimizer = "optim.sgd { lr = 0.1 }", model = "nn.sequential { nn.linear(24), nn.relu(), "
      .. "nn.linear(10) }",
    schedule = "schedule.fn(function(t) return t.step > 12 and 1e20 or 0.1 end)",
    on_divergence = "{ rollback = true, factor = 1e-11, times = 5 }",
  }),
}

for _, item in ipairs(runs.list) do
  if item.text:find "steps = " then
    item.text = item.text:gsub("  epochs = 4,\n", "")
  end
end

--- A folder in memory where there is one (nothing there waits for a disk), gone when the
--- test is over.
function runs.folder(finally)
  local path = temporary.folder(true)
  if finally then
    finally(function()
      os.execute("rm -rf " .. path)
    end)
  end
  return path
end

return runs
