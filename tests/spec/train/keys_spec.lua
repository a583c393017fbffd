-- Every key of the recipe language does something: each is given here once, in a run or
-- where it works alone, and a key that nothing reads on the way is a fault.

local current = require "lrrun.util.current"
local compile = require "lrrun.schedule.compile"
local data = require "lrrun.data"
local language = require "lrrun.language"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local options = require "lrrun.util.options"
local rates = require "lrrun.rates"
local reads = require "support.reads"
local recipe = require "lrrun.recipe".new
local request = require "lrrun.recipe.request"
local schedule = require "lrrun.schedule"
local search = require "lrrun.language.search"
local small_sets = require "support.small_sets"
local stop = require "lrrun.stop"
local train = require "lrrun.language.train"
local units = require "lrrun.util.units"

local folder = files.folder()
small_sets.write(folder)
language.load_all()

local CTX = { seed = 1, data_dir = folder, recipe_dir = folder, threads = 1 }
local CLOCK = {
  lr = 0.1, steps_per_epoch = 5, total_steps = 20, samples_per_step = 4, samples_per_epoch = 20,
}
local QUIET = { record = false, quiet = true }

local function with(more, keys)
  local out = {}
  for _, t in ipairs { more, keys } do
    for key, item in pairs(t) do
      out[key] = item
    end
  end
  return out
end

local function fit(changes, how)
  return train.fit(recipe(with({
    data = data.blobs { n = 40, classes = 2, batch = 8, val = 0.2 },
    model = nn.sequential { nn.linear(4), nn.linear(2) }, optimizer = optim.sgd { lr = 0.01 },
    epochs = not changes.steps and 2 or nil,
  }, changes)), how or QUIET)
end

-- Keys of every data set, and how one is used.
local COMMON = {
  batch = 2, val = 0.2, test = 0.2, split = "random", seed = 3, shuffle = true, limit = 30,
  drop_last = true, fold = "1 of 2", sampler = "balanced",
}
local NUMBERS = with(COMMON, { normalize = true })
local PICTURES = with(NUMBERS, { augment = { flip = true } })

local function open(name, common, keys)
  local given = with(common, keys)
  given.sampler = given.sampler or nil
  local dataset = data[name](given):open(CTX)
  dataset:loader { split = "train", seed = 1 }
end


-- Data sets, each opened and given a loader.
local function write_files()
  local x, y = {}, {}
  for i = 1, 20 do
    x[i], y[i] = string.pack("<ff", i % 2, i % 3), string.pack("B", i % 2)
  end
  files.write(folder, "x.npy", files.npy("<f4", { 20, 2 }, table.concat(x)))
  files.write(folder, "y.npy", files.npy("|u1", { 20 }, table.concat(y)))
  files.write(folder, "rows.csv", "a,b,id,y\n" .. ("1,2,7,u\n3,,8,v\n"):rep(10))
  files.write(folder, "texts.csv", "t,l\n" .. ("a good film,p\nno good,n\n"):rep(10))
  for i = 1, 10 do
    for class = 0, 1 do
      files.write(folder, ("set/%d/%d.png"):format(class, i),
        files.png(4, 4, 1, string.char(class * 100 + i):rep(16)))
    end
  end
end

local function data_sets()
  write_files()
  open("digits", PICTURES, { images = true })
  for _, name in ipairs { "mnist", "fashion_mnist", "cifar10" } do
    open(name, PICTURES, { test = 0, stream = true, folder = name == "cifar10"
      and "cifar-10-batches-bin" or name:gsub("_", "-") })
  end
  open("imdb", COMMON, { test = 0, vocab = 20, length = 5 })
  open("csv", NUMBERS, { file = "rows.csv", target = "y", task = "classification",
    ignore = "id", header = true, delimiter = ",", missing = "mean", quote = '"', escape = "\\",
    comment = "#", skip = 0, decimal = ".", thousands = "'", encoding = "utf-8",
    columns = { a = "number" }, missing_words = { "nix" }, strip = ".", stream = true })
  open("csv", NUMBERS, { train = "rows.csv", target = "a", task = "regression", sampler = false,
    target_scale = true })
  open("text", COMMON, { file = "texts.csv", tokens = "words", vocab = 20, length = 5,
    text = "t", label = "l", header = true, delimiter = "," })
  data.text { train = "texts.csv", val = "texts.csv", test = "texts.csv", header = true }:open(CTX)
  files.write(folder, "plain.txt", ("to be or not to be "):rep(20))
  data.text { file = "plain.txt", tokens = "chars", context = 4 }:open(CTX)
  data.text { files = { "plain.txt" }, task = "lm", tokens = "chars", context = 4, stride = 2,
    cache = false, mix = true, document = " or ", vocab = 9, val = 0.1 }:open(CTX)
  data.text { "texts.csv", task = "lm", tokens = "words", context = 2, text = "t", delimiter = ",",
    header = true }:open(CTX)
  data.imdb { task = "lm", tokens = "bytes", context = 4, stride = 2, mix = true,
    cache = false }:open(CTX)
  open("images", PICTURES, { folder = "set", channels = 1, size = { 4, 4 }, stream = true,
    cache = false })
  open("images", PICTURES, { train = "set", channels = 1, resize = 4, crop = 3, mean = { 0.5 },
    std = { 0.5 }, broken = "skip", exif = false })
  open("npy", NUMBERS, { x = "x.npy", y = "y.npy", task = "classification", augment = {},
    stream = false })
  data.npy { x = "x.npy", y = "y.npy", val_x = "x.npy", val_y = "y.npy", test_x = "x.npy",
    test_y = "y.npy", task = "regression", target_scale = true }:open(CTX)
  files.write(folder, "all.npz", files.zip { { "x.npy", files.npy("<f4", { 2, 1 },
    string.pack("<ff", 1, -1)) }, { "y.npy", files.npy("|u1", { 2 }, "\1\0") } })
  data.npy { file = "all.npz", missing = "flag", missing_words = { -1, "inf" } }:open(CTX)
  data.npy { train = "all.npz", val = "all.npz", test = "all.npz" }:open(CTX)
  local tokens = string.pack("<i4i4i4i4", 1, 0, 2, 1)
  files.write(folder, "tokens.npy", files.npy("<i4", { 2, 2 }, tokens))
  data.npy { x = "tokens.npy", y = "tokens.npy", vocab = 3, per_step = true }:open(CTX)
  local steps = { { 0, 1 }, { 1 } }
  data.table { x = steps, y = steps, vocab = 2, per_step = true }:open(CTX)
  local x, y = {}, {}
  for i = 1, 20 do
    x[i], y[i] = { i, 2 * i }, i % 2
  end
  data.table { x = x, y = y, task = "regression", target_scale = true }:open(CTX)
  open("table", NUMBERS, { x = x, y = y, shape = { 2 }, task = "classification", augment = {} })
  open("random", PICTURES, { n = 30, classes = 2, shape = { 1, 4, 4 } })
  data.random { n = 30, tokens = 9, length = 4, classes = 2 }:open(CTX)
  data.random { n = 30, tokens = 9, length = 4, task = "lm" }:open(CTX)
  open("blobs", NUMBERS, { n = 30, classes = 2, noise = 0.1, features = 3 })
  open("moons", NUMBERS, { n = 30, noise = 0.1 })
  open("spirals", NUMBERS, { n = 30, classes = 2, noise = 0.1 })
end

-- Layers in networks of their own, by the shape of their input.
local function layers()
  local S = { stride = 1, padding = 1 }
  local C = with(S, { channels = 4, kernel = 3, dilation = 1, groups = 2, bias = true,
    init = nn.he { distribution = "normal" } })
  local R = { units = 4, layers = 2, sequences = true, bidirectional = true, dropout = 0.1,
    bias = true, init = nn.uniform { bound = 0.1 }, recurrent_init = nn.orthogonal { gain = 1 } }
  local PLAIN = {
    nn.relu(), nn.leaky_relu { slope = 0.1 }, nn.elu { alpha = 1 }, nn.selu(), nn.gelu(),
    nn.silu(), nn.tanh(), nn.sigmoid(), nn.softplus(), nn.softmax(),
    nn.dropout { rate = 0.1, spatial = false }, nn.layernorm { eps = 1e-3 },
    nn.batchnorm { momentum = 0.2, eps = 1e-3, sync = false }, nn.reshape { shape = { 8 } },
    nn.linear { units = 8, bias = true, init = nn.glorot { distribution = "normal" } },
    nn.linear { units = 8, init = nn.normal { std = 0.1 } },
    nn.residual { layers = { nn.linear(8) }, shortcut = nn.linear(8) },
    nn.concat { layers = { nn.linear(4), nn.linear(4) } },
  }
  nn.linear("vocab"):build({ 8 }, { vocab = 4, target_vocab = 5 })
  nn.sequential { layers = PLAIN }:build({ 8 }, { batch = 2, seed = 1, dtype = "real", seq = false,
    input_grad = true, freeze = "^1%.", portable = true })
  nn.sequential {
    nn.conv2d(C), nn.groupnorm { groups = 2, eps = 1e-3 }, nn.maxpool2d(with(S, { kernel = 3 })),
    nn.avgpool2d(with(S, { kernel = 3 })), nn.flatten(),
  }:build { 2, 6, 6 }
  nn.graph {
    f = function(x, y) return nn.cat { nn.linear(8)(x), nn.linear(8)(y) } end,
    inputs = { nn.input { name = "more", shape = { 5, 2 }, seq = false, dtype = "real" } },
  }:build({ 5, 2 })
  nn.sequential {
    nn.rmsnorm { eps = 1e-3 }, nn.positions { length = 6, kind = "learned", init = nn.zeros() },
    nn.attention { heads = 4, causal = true, kv_heads = 2, rope = 100, qk_norm = true, bias = false,
      dropout = 0.1, init = nn.normal(), out_init = nn.zeros() },
    nn.swiglu { units = 8, hidden = 6, bias = true, init = nn.normal(), down_init = nn.zeros() },
  }:build { 6, 8 }
  for _, activation in ipairs { "swiglu", "relu" } do
    nn.transformer { depth = 1, heads = 4, mlp = 2, activation = activation, norm = "post",
      rmsnorm = true, causal = true, kv_heads = 2, rope = true, qk_norm = true, bias = false,
      dropout = 0.1, init = "gpt2" }:build { 6, 8 }
  end
  nn.sequential { nn.linear { 3, name = "a" }, nn.linear { tied = "a" } }:build { 3 }
  nn.graph(function(x)
    return nn.embedding { 4, vocab = 9, name = "e" }(x) + nn.embedding { 4, tied = "e" }(x)
  end):build({ 5 }, { vocab = 9, dtype = "i32" })
  nn.conv1d(C):build { 6, 2 }
  nn.global_maxpool():build { 2, 6, 6 }
  nn.global_avgpool():build { 2, 6, 6 }
  nn.sequential {
    nn.embedding { units = 4, vocab = 9, padding = 0, init = nn.zeros(), name = "e" },
    nn.lstm(R), nn.gru(R),
    nn.rnn(with(R, { activation = "relu" })),
  }:build({ 5 }, { vocab = 9, dtype = "i32", seq = true })
  for _, loss in ipairs {
    nn.cross_entropy { label_smoothing = 0.1, class_weights = { 1, 2, 1 } },
    nn.bce { pos_weight = 2 }, nn.focal { gamma = 1, alpha = { 1, 2, 1 } },
    nn.sigmoid_focal { gamma = 1, alpha = 0.5 }, nn.mse(), nn.l1(), nn.huber { delta = 1 },
  } do
    loss:build { 3 }
  end
end

-- Every number of an optimizer, in itself and in a group.
local GIVEN = {
  lr = 0.01, weight_decay = 0.1, momentum = 0.9, dampening = 0, betas = { 0.9, 0.99 },
  eps = 1e-7, rho = 0.9, etas = { 0.5, 1.2 }, step_sizes = { 1e-6, 50 }, lr_decay = 0.1,
  momentum_decay = 0.1, initial_accumulator = 0.1, nesterov = true, amsgrad = true,
  beta3 = 0.9, d0 = 1e-3, d_coef = 2, growth_rate = 2, bias_correction = true,
  max_iter = 3, max_eval = 4, history = 5, tolerance_grad = 1e-6, tolerance_change = 1e-8,
  line_search = "wolfe", safeguard_warmup = true, rel = 1e-3, gamma = 4, adaptive = true,
  decoupled = true,
  centered = true, cautious = true, alpha = 2, warmup = 3 * units.steps, match = "weight",
  scale = "rms", ns_steps = 4, every = 5, max_dim = 100,
  adamw = { lr = 1e-3, betas = { 0.9, 0.99 }, eps = 1e-7, weight_decay = 0.1 },
  batchnorm = 2,
}

local function optimizers()
  local model = nn.sequential { nn.linear(4), nn.linear(2) }:build { 3 }
  for name, constructor in pairs(optim) do
    local function keys_of(kind)
      local keys = {}
      for _, rule in ipairs(options.registry[kind].keys) do
        keys[rule[1]] = GIVEN[rule[1]]
        if rule[1] == "betas" and #rule.each == 3 then
          keys.betas = { 0.9, 0.99, 0.999 }
        end
      end
      return keys
    end
    local keys = keys_of("optim." .. name)
    if options.registry["optim." .. name .. ".groups"] then
      keys.groups = { keys_of("optim." .. name .. ".groups") }
    end
    keys.base = name == "sam" and optim.sgd { lr = 0.1 } or nil
    local like = options.registry["optim." .. name].by_name.like
    keys.like = like and like.choices[1]
    keys.decay = options.registry["optim." .. name].by_name.decay and "matrices" or nil
    constructor(keys):bind(model)
  end
end

local function schedules()
  local steps = units.steps
  local L = { length = 5 * steps, by = "step" }
  local SHAPE = with(L, { every = 2 * steps })
  for _, value in ipairs {
    schedule.constant { value = 0.1, length = 5 * steps },
    schedule.cosine(with(L, { min = 0.1, max = 1, after = "restart", mult = 2, height = 0.5 })),
    schedule.cosine_restarts(with(L, { min = 0.1, max = 1, mult = 2, height = 0.5 })),
    schedule.cyclic(with(L, { min = 0.1, max = 1, step_size = 2 * steps,
      step_size_down = 3 * steps, mode = "exp_range", gamma = 0.9 })),
    schedule.exponential(with(SHAPE, { rate = 0.9, staircase = true, min = 0.1 })),
    schedule.fn { f = function() return 0.1 end, length = 5 * steps },
    schedule.hold { length = 5 * steps, value = 0.1 },
    schedule.hold { ends = stop.threshold { monitor = "val_loss", below = 1 } } ..
      schedule.linear(with(L, { from = 1, to = 0.1 })),
    schedule.inverse_sqrt(with(L, { warmup = 2 * steps })),
    schedule.inverse_time(with(SHAPE, { rate = 0.9, staircase = true })),
    schedule.multistep(with(L, { at = { 2, 3 }, values = { 1, 0.5, 0.1 } })),
    schedule.multistep { at = { 2, 3 }, factor = 0.5 },
    schedule.one_cycle(with(L, { max = 1, warmup = 0.3, div = 25, final_div = 1e4,
      anneal = "linear", three_phase = true })),
    schedule.plateau { monitor = "val_loss", mode = "min", factor = 0.5, patience = 2,
      min_delta = 0.1, cooldown = 1, min = 0.1, length = 5 * steps },
    schedule.plateau { patience = 2, rel_delta = 0.1 },
    schedule.polynomial(with(L, { power = 2, to = 0.1 })),
    schedule.step(with(SHAPE, { factor = 0.5 })),
    schedule.warmup(with(L, { from = 0.1, shape = "cosine" })) .. schedule.constant(),
    schedule.wsd(with(L, { warmup = 1 * steps, decay = 2 * steps, shape = "cosine", min = 0.1 })),
    schedule.rex(with(L, { max = 1, min = 0.1 })),
    schedule.power { length = 5 * steps, max = 1, a = 2, b = -0.5, tokens = 2, warmup = 1 * steps,
      decay = 1 * steps, final_div = 10 },
    schedule.infinite(with(L, { warmup = 1 * steps, cooldown = 2 * steps, decay = 1 * steps,
      max = 1, constant = 0.5, min = 0.1, shape = "inverse_sqrt", steepness = 5 })),
    2 * schedule.constant(), schedule.constant() * schedule.linear(),
  } do
    compile.new(value, CLOCK)
  end
end

local function stop_rules()
  local WATCH = { monitor = "val_loss", mode = "min", patience = 2, start_after = 1 }
  for _, rule in ipairs {
    stop.early(with(WATCH, { min_delta = 0.1, restore_best = false })),
    stop.early(with(WATCH, { rel_delta = 0.1 })),
    stop.plateau(with(WATCH, { min_delta = 0.1 })), stop.plateau(with(WATCH, { rel_delta = 0.1 })),
    stop.threshold { monitor = "val_loss", below = 0.1 },
    stop.threshold { monitor = "val_loss", above = 10 }, stop.time { limit = "1 h" },
    stop.any { rules = { stop.nonfinite(), stop.divergence { factor = 10 } } },
    stop.all { rules = { stop.nonfinite() } },
  } do
    fit { stop = rule }
  end
end

local function runs()
  local out = folder .. "/runs"
  local asked = { request = request.new { out_dir = out, data_dir = folder } }
  local result = current.with(asked, fit, {
    name = "all", seed = 2, loss = nn.cross_entropy(), schedule = schedule.cosine(),
    clip = { norm = 5, tensor_norm = 5, value = 5, agc = 0.1, agc_eps = 1e-3 },
    stop = stop.nonfinite(), accumulate = 2, shards = 2, validate = 3 * units.steps, squeeze = 0.9,
    log = 2 * units.steps, ema = 0.9, freeze = "^1%.",
    checkpoint = { every = "1 epochs", keep = 1 },
    on = { step = function() end, epoch = function() end, stop = function() end },
    on_divergence = { rollback = true, factor = 0.5, times = 2 }, metrics = { "grad_norms" },
    objective = { monitor = "val_loss", mode = "min" }, repro = "portable", precision = "bf16",
  }, { record = true, quiet = true })
  local file = result.run .. "/weights.safetensors"
  fit { steps = 3, init = { file = file, map = { ["2.linear.bias"] = "nowhere" }, partial = true } }
  local normed = { model = nn.sequential { nn.linear(4), nn.batchnorm(), nn.linear(2) } }
  fit(with(normed, { average = { kind = "ema", decay = 0.5, warmup = true, start = 1 } }))
  fit(with(normed, { average = { kind = "lawa", every = 1, last = 2, batchnorm = 2 } }))
  for _, name in ipairs { "dog", "schedule_free_sgd", "schedule_free_adamw" } do
    fit(with(normed, { optimizer = optim[name] { batchnorm = 2 } }))
  end
  fit { on_divergence = { rollback = true, factor = 0.5, times = 2 },
    schedule = schedule.fn { f = function(t) return t.step > 4 and 1e30 or 0.1 end } }
  fit { rates = rates.layerwise { decay = 0.5, parts = { "^1%.", "" } },
    model = nn.sequential { nn.batchnorm(), nn.linear(4), nn.linear(2) },
    freeze = { { match = "^1%.", thaw = 1, statistics = true } } }
  fit { rates = rates.discriminative { ratio = 10, parts = { "^1%.", "^2%." } } }
  fit { schedule = schedule.one_cycle { momentum = { 0.8, 0.9 }, length = 5 * units.steps,
    by = "step" } }
  train.cross_validate(recipe { data = data.blobs { n = 40, classes = 2 }, model = nn.linear(2),
    optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { k_fold = 2, record = false, quiet = true })
  local _, run = fit {}
  train.evaluate(run, { split = "val" })
  fit { transfer = { kind = "mup", base = { ["model.1.units"] = 2 } } }
  fit { transfer = { kind = "mup", network = nn.sequential { nn.linear(2), nn.linear(2) } } }
  nn.linear(4):build({ 3 }, { base = nn.linear(2) })
  local points = data.blobs { n = 40, classes = 2, val = 0.5 }
  train.evaluate(nn.linear(2):build(points.shape), { data = points, loss = nn.cross_entropy(),
    scaled = true })
  local x, y = folder .. "/x.npy", folder .. "/y.npy"
  _, run = fit { data = data.npy { x = x, y = y, task = "classification" } }
  train.predict(run, { input = x })
  local text = data.text { folder .. "/plain.txt", task = "lm", context = 8 }
  _, run = fit { data = text, model = nn.sequential { nn.embedding(4), nn.linear(8) } }
  local how = { prompt = "to", tokens = 3, temperature = 1, top_k = 2, top_p = 0.5, seed = 3,
    stop = "be" }
  train.generate(run, how)
  how.data = text
  train.generate(run.model, how)
  train.range(recipe { data = data.blobs { n = 40, classes = 2 }, model = nn.linear(2),
    optimizer = optim.sgd { lr = 0.1 }, epochs = 1 },
    { from = 1e-4, to = 1, n = 20, shape = "linear", seeds = 2 })
  train.advise(recipe { data = data.blobs { n = 40, classes = 2, val = 0.2 }, model = nn.linear(2),
    optimizer = optim.sgd { lr = 0.1 }, epochs = 2 }, { budget = 0.5 })
end

local function searched(objective)
  return recipe {
    data = data.blobs { n = 40, classes = 2, batch = 16, val = 0.2 },
    model = nn.sequential { nn.linear(search.int { 2, 8, default = 4, points = 2, step = 2,
        prior = 6 }), nn.linear(search.logint { 2, 64, default = 4, points = 2, prior = 8 }),
        nn.linear(2) },
    optimizer = optim.sgd { lr = search.loguniform { 1e-4, 1, default = 0.1, points = 2,
        prior = 0.1 },
      momentum = search.choice { choices = { 0, 0.5 }, default = 0.5 },
      weight_decay = search.uniform { 0, 1, default = 0.5, points = 2, step = 0.5,
        prior = 0 } },
    epochs = 2, objective = objective,
  }
end

local function searches()
  local pruners = {
    search.median { startup = 1, warmup = 1 }, search.asha { grace = 1, factor = 2 },
    search.hyperband { grace = 1, factor = 2 },
  }
  local strategies = {
    search.random(), search.sobol(), search.grid { points = 2 }, search.bayes { startup = 1 },
    search.tpe { startup = 1, candidates = 4 },
  }
  for i, strategy in ipairs(strategies) do
    search.run(searched(), { strategy = strategy, pruner = pruners[i], trials = 2, seed = i,
      out = folder .. "/studies", record = i == 1, quiet = true })
  end
  search.run(searched(), { k_fold = 2, trials = 1, record = false, quiet = true })
  search.run(searched { "val_loss", "params" }, { repeats = 2, trials = 1, record = false,
    quiet = true })
  search.run(searched(), { strategy = "random", trials = 1, record = false, quiet = true,
    prior = ("%s/studies/%s-study"):format(folder, "run") })
  search.run(searched(), { strategy = search.pbt { population = 2, every = 1, share = 0.5,
    factor = 2, resample = 0.5 }, record = false, quiet = true })
  search.minimize { space = { x = search.uniform(0, 1) }, strategy = search.bayes { startup = 1 },
    objective = function(p) return p.x end, trials = 3, seed = 1 }
  search.fixed({ seed = 1, params = { ["1.linear.units"] = 3 }, set = { "epochs=1" }, epochs = 1,
    portable = true, precision = "bf16", format = 1 }, function() return searched() end)
end

-- What acts by its check alone.
local CHECKED = { ["search.fixed"] = { format = true }, ["optim.sam"] = { lr = true } }

local QUIET_OUT = {
  live = false, note = function() end, warn = function() end, progress = function() end,
}

describe("a key of the recipe language", function()
  it("does something, each of them", function()
    local given, read = reads.of(function()
      for _, use in ipairs {
        data_sets, layers, optimizers, schedules, stop_rules, runs, searches,
      } do
        current.with({ out = QUIET_OUT }, use)
      end
    end)
    local faults = {}
    for name, desc in pairs(options.registry) do
      for _, rule in ipairs(desc.keys) do
        local key = rule[1]
        if not (given[name] and given[name][key]) then
          faults[#faults + 1] = ("%s: '%s' is given nowhere"):format(name, key)
        elseif not (read[name] and read[name][key]) and not (CHECKED[name] or {})[key] then
          faults[#faults + 1] = ("%s: '%s' is read by nothing"):format(name, key)
        end
      end
    end
    table.sort(faults)
    assert.equal("", table.concat(faults, "\n"))
  end)
end)
