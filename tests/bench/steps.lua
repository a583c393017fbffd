-- Milliseconds of one training step on the workloads that lrrun is compared on; one line
-- each, "name ms". Use: lrrun --quiet --threads 2 tests/bench/steps.lua; `make bench` puts
-- PyTorch's beside it. --set only=NAME takes one of them, --set precision=bf16 rounded products,
-- --set shards=8 each batch in shards.

local function vectors(width, n, batch)
  return data.random { shape = { width }, classes = 10, n = n, batch = batch, val = 0 }
end

local texts = data.random {
  tokens = 20000, length = 200, classes = 2, n = 960, batch = 32, val = 0 }

local WORK = {
  { "mlp", steps = 400, data = vectors(784, 12800, 128),
    optimizer = optim.adam { lr = 1e-3 },
    model = nn.sequential { nn.linear(256), nn.relu(), nn.linear(128), nn.relu(), nn.linear(10) } },
  { "tiny", steps = 10000, data = vectors(64, 3200, 32),
    optimizer = optim.adam { lr = 1e-3 },
    model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(10) } },
  { "mlp_large", steps = 30, data = vectors(784, 5120, 512),
    optimizer = optim.adam { lr = 1e-3 },
    model = nn.sequential { nn.linear(2048), nn.relu(), nn.linear(2048), nn.relu(),
      nn.linear(10) } },
  { "cnn", steps = 30,
    data = data.random { shape = { 3, 32, 32 }, classes = 10, n = 1280, batch = 128, val = 0 },
    optimizer = optim.sgd { lr = 0.01, momentum = 0.9 },
    model = (function()
      local layers = {}
      for i, width in ipairs { 32, 32, 64, 64, 128, 128 } do
        layers[#layers + 1] = nn.conv2d { width, kernel = 3, padding = 1, bias = false }
        layers[#layers + 1] = nn.batchnorm()
        layers[#layers + 1] = nn.relu()
        if i == 2 or i == 4 then
          layers[#layers + 1] = nn.maxpool2d(2)
        end
      end
      layers[#layers + 1] = nn.global_avgpool()
      layers[#layers + 1] = nn.linear(10)
      return nn.sequential(layers)
    end)() },
  { "lstm", steps = 60,
    data = texts,
    optimizer = optim.adam { lr = 5e-4 },
    model = nn.sequential { nn.embedding(128), nn.lstm(128), nn.linear(2) } },
  { "gru", steps = 60,
    data = texts,
    optimizer = optim.adam { lr = 5e-4 },
    model = nn.sequential { nn.embedding(128), nn.gru(128), nn.linear(2) } },
}

local function writer(name, depth, heads, width, context, batch, steps)
  WORK[#WORK + 1] = { name, steps = steps, optimizer = optim.adamw { lr = 1e-3 },
    data = data.random { tokens = 96, length = context, task = "lm", n = 10 * batch, batch = batch,
      val = 0 },
    model = nn.sequential { nn.embedding(width), nn.positions(),
      nn.transformer { depth, heads = heads, causal = true }, nn.linear(96) } }
end

-- As many that what the first one takes for memory, which PyTorch's figures are without, is little.
writer("gpt", 4, 4, 128, 128, 32, 60)
writer("gpt_large", 6, 8, 256, 256, 16, 16)

local only, shards, precision = option("only", ""), option("shards", 1), option("precision", "f32")
for _, work in ipairs(WORK) do
  if only == "" or only == work[1] then
    local best
    for _ = 1, 3 do
      local result = train.fit(recipe {
        data = work.data, model = work.model, optimizer = work.optimizer, steps = work.steps,
        shards = shards, precision = precision,
      }, { record = false, quiet = true })
      local ms = 1000 / result.steps_per_second
      best = math.min(best or ms, ms)
    end
    print(("%s %.4f"):format(work[1], best))
  end
end
