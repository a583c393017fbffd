-- Milliseconds of one training step of a size (rows.lua has them), with as many threads as the
-- command line says. Use: lrrun --quiet tests/bench/scale/step.lua --set kind=mlp --set batch=128

local SECONDS, LEAST = 0.7, 3 -- of one measurement, of three
local kind, batch = option("kind", "mlp"), option("batch", 128)
local width, depth, length = option("width", 256), option("depth", 100), option("length", 200)

local function vectors(size)
  return data.random { shape = { size }, classes = 10, n = math.max(2 * batch, 64), batch = batch,
    val = 0 }
end

local KINDS = {
  -- 784-256-128-10, as in `make bench`.
  mlp = function()
    return vectors(784), nn.sequential { nn.linear(256), nn.relu(), nn.linear(128), nn.relu(),
      nn.linear(10) }
  end,
  wide = function()
    return vectors(width), nn.sequential { nn.linear(width), nn.relu(), nn.linear(width), nn.relu(),
      nn.linear(10) }
  end,
  chain = function()
    local layers = {}
    for i = 1, depth do
      layers[i] = i % 2 == 1 and nn.linear(16) or nn.relu()
    end
    layers[depth + 1] = nn.linear(10)
    return vectors(16), nn.sequential(layers)
  end,
  lstm = function()
    return data.random { tokens = 20000, length = length, classes = 2, n = 2 * batch,
      batch = batch, val = 0 },
      nn.sequential { nn.embedding(128), nn.lstm(128), nn.linear(2) }
  end,
}

local set, model = KINDS[kind]()

local function milliseconds(steps)
  local result = train.fit(recipe { seed = 1, data = set, model = model, steps = steps,
    optimizer = optim.adam { lr = 1e-3 } }, { record = false, quiet = true })
  return 1000 / result.steps_per_second
end

-- The first ten steps of a run are in no figure.
local guess = milliseconds(10 + LEAST)
local steps = math.max(LEAST, math.min(50000, 1000 * SECONDS // guess))
local best = guess
for _ = 1, 3 do
  best = math.min(best, milliseconds(10 + math.tointeger(steps)))
end
print(("%s %.5f"):format(kind, best))
