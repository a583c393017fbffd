-- Scripts that do anything to the parts of a run: every method of sessions, networks,
-- loaders, data sets, optimizers, schedules and tensors with arguments at random. Each may
-- refuse with a message; none may end in a fault that the sanitizer sees.
-- Usage: lrrun --trusted tests/fuzz/objects.lua SECONDS [SEED]

package.path = "tests/?.lua;" .. package.path

local data = require "lrrun.data"
local execute = require "lrrun.runs.execute"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local resolve = require "lrrun.recipe.resolve".for_run
local rng = require "lrrun.native.rng"
local schedule = require "lrrun.schedule"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local tensor = require "lrrun.tensor"

local seconds, seed = tonumber(arg[1] or 10), math.tointeger(tonumber(arg[2] or 1))
local drawn = 0

local function draw(n)
  drawn = drawn + 1
  return rng.between(seed, "LUA", 2, drawn, 0, 1, n)
end

local METHODS = {
  session = { "step", "drive", "drive_node", "drive_hyper", "drop_drives", "set_lr", "cut_lr",
    "evaluate", "sums", "norms", "counters", "keep_best", "finish", "tensors", "numbers",
    "load_numbers", "snapshot", "rollback", "snapshot_state", "close" },
  graph = { "input", "param", "buffer", "op", "shape", "plan", "init", "tensor", "grad",
    "forward", "add_sums", "backward", "segments", "block", "memory" },
  loader = { "next", "seek", "count", "samples", "indices" },
  dataset = { "split", "fit", "check", "fill_missing", "info", "scale", "set_scale", "loader",
    "name_classes", "fill", "fill_known", "append" },
  optim = { "update", "set", "get", "set_lr", "steps", "scalars", "states", "state" },
  schedule = { "add", "at", "where", "observe", "set", "slots", "save", "load", "monitors" },
  tensor = { "shape", "dtype", "values", "set", "copy", "close" },
  model = { "forward", "backward", "step", "evaluate", "plan", "params" },
}
local WORDS = { "params", "grads", "buffers", "lr", "clip.norm", "rate", "real", "i32", "train",
  "val", "momentum", "constant" }
local OPS = { "relu", "tanh", "add", "mul", "scale", "concat", "flatten", "softmax", "mse",
  "cross_entropy", "dropout", "global_avgpool", "linear", "layernorm" }
local FIELDS = { "inputs", "len", "t", "x", "y", "train", "split", "batch", "factor", "kind", "a",
  "length", "unit", "to", "from" }

local RUNS = {
  function()
    return recipe {
      data = data.digits { limit = 60, val = 0.2, batch = 8 },
      model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(),
        nn.dropout(schedule.linear { from = 0, to = 0.5 }), nn.linear(10) },
      optimizer = optim.adam { lr = 0.01 }, schedule = schedule.cosine {}, ema = 0.9,
      clip = { norm = 1 }, epochs = 1,
    }
  end,
  function()
    return recipe {
      data = data.random { tokens = 20, length = 6, classes = 3, n = 40, batch = 8, val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.lstm(4), nn.linear(3) },
      optimizer = optim.sgd { lr = 0.01, momentum = 0.9 }, epochs = 1,
    }
  end,
  function()
    return recipe {
      data = data.random { shape = { 2, 6, 6 }, classes = 3, n = 40, batch = 8, val = 0.2,
        augment = { flip = true } },
      model = nn.sequential { nn.conv2d { 4, kernel = 3 }, nn.relu(), nn.global_avgpool(),
        nn.linear(3) },
      optimizer = optim.lamb { lr = 0.01 }, epochs = 1,
    }
  end,
}

local pool = {}

local function put(kind, value)
  if #pool > 60 then
    table.remove(pool, draw(#pool))
  end
  pool[#pool + 1] = { kind, value }
end

local function add_run()
  local run = execute.begin(resolve(RUNS[draw(#RUNS)]()), { record = false, quiet = true })
  execute.train(run, { step = 0, epoch = 0 }, { quiet = true })
  put("session", run.session)
  put("graph", run.model.graph)
  put("loader", run.loader)
  put("loader", run.val_loader)
  put("dataset", run.dataset.native)
  put("optim", run.optimizer.native)
  put("model", run.model)
  for _, item in ipairs(run.schedules) do
    put("schedule", item.box)
  end
end

local function some(kind)
  for _ = 1, 20 do
    local entry = pool[draw(#pool)]
    if entry[1] == kind then
      return entry[2]
    end
  end
end

local anything

local function fields(deep)
  local t = { seed = 1 }
  for _, name in ipairs(FIELDS) do
    if draw(3) == 1 then
      t[name] = anything(deep + 1)
    end
  end
  return t
end

local MAKERS = {
  function() return draw(13) - 1 end,
  function() return draw(13) - 1 end,
  function() return draw(400) / 100 - 1 end,
  function() return -draw(5) end,
  function() return WORDS[draw(#WORDS)] end,
  function() return some "tensor" end,
  function() return some "tensor" end,
  function() return some "loader" end,
  function() return some "schedule" end,
  function() return draw(2) == 1 end,
  function() return { draw(9), draw(9), draw(9) } end,
  function(deep) return deep < 2 and fields(deep) or nil end,
  function()
    return tensor.new({ draw(8), draw(6) }, nil, draw(2) == 1 and "i32" or "real")
  end,
  function()
    return ({ nn.mse(), nn.cross_entropy(), nn.cross_entropy { label_smoothing = 0.1 } })[draw(3)]
  end,
  function()
    local loader = some "loader"
    return loader and loader:next()
  end,
}

anything = function(deep)
  return MAKERS[draw(#MAKERS)](deep or 0)
end

local function keep(value)
  if type(value) == "userdata" then
    put("tensor", value)
  elseif type(value) == "table" and getmetatable(value) == nil then
    for _, item in pairs(value) do
      if type(item) == "userdata" then
        put("tensor", item)
      end
    end
  end
end

-- Calls that hardly ever fit when all is drawn.
local AIMED = {
  op = function(g)
    return g:op(OPS[draw(#OPS)], { draw(12), draw(12) }, draw(2) == 1 and { factor = 1 } or {})
  end,
  plan = function(g)
    return g:plan({ draw(14), draw(14) }, draw(10), true)
  end,
  forward = function(g)
    local b = some("loader"):next()
    local inputs = { [1] = draw(4) > 1 and b.x or some "tensor", [draw(14)] = b.y }
    return g:forward { inputs = inputs, len = b.len, t = b.t, train = draw(2) == 1 }
  end,
}

local function call(kind, value)
  local names = METHODS[kind]
  local name = names[draw(#names)]
  if name == "close" and draw(10) > 1 then
    return
  elseif kind == "graph" and AIMED[name] and draw(4) > 1 then
    return AIMED[name](value)
  end
  return value[name](value, anything(), anything(), anything())
end

local taken, refused, began = 0, 0, sys.now()
while sys.now() - began < seconds do
  if (taken + refused) % 400 == 0 then
    add_run()
  end
  if draw(50) == 1 then
    collectgarbage()
  end
  local entry = pool[draw(#pool)]
  local ok, result = pcall(call, entry[1], entry[2])
  if ok then
    taken = taken + 1
    keep(result)
  else
    refused = refused + 1
  end
end
print(("%d calls taken, %d refused"):format(taken, refused))
tally.pass()
tally.finish()
