-- Evaluations that ranks share, whatever metrics collect of outputs: the same figures, to the bit,
-- as one process has. Starting ranks is what takes the time here, so each start trains several.

local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"

local LACKS = mpi.lacks()

-- Of classes, several questions, numbers (more than are added up at a time) and tags of sequences;
-- with more batches than ranks, and with fewer.
local SCRIPT = [[
train.fit(recipe { name = "classes", seed = 3, epochs = 2, shards = 4,
  data = data.spirals { n = 190, classes = 7, val = 0.5, batch = 20 },
  model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.linear(7) },
  optimizer = optim.adam { lr = 0.02 },
  schedule = schedule.plateau { monitor = "val_auc", patience = 1, factor = 0.5 },
  metrics = { "f1", "precision", "recall", "auc", "balanced_accuracy", "top5" } })

local function numbers(name, columns, batch, loss)
  local x, y = {}, {}
  for i = 1, 60 do
    x[i], y[i] = { i / 60, i % 7 }, {}
    for k = 1, columns do
      local number = i * k % 11 / 7
      y[i][k] = loss and (number > 0.7 and 1 or 0) or number
    end
  end
  train.fit(recipe { name = name, seed = 3, epochs = 1, shards = 4,
    data = data.table { x, y, batch = batch, val = 0.5 }, model = nn.linear(columns),
    optimizer = optim.adam { lr = 0.05 }, loss = loss,
    metrics = loss and { "f1", "auc" } or { "mae", "r2" } })
end
numbers("numbers", 70, 8)
numbers("few", 3, 20)
numbers("questions", 3, 8, nn.bce())

local x, y, state = {}, {}, 1
for i = 1, 40 do
  x[i], y[i] = {}, {}
  for s = 1, 2 + i % 5 do
    state = (state * 7 + 3) % 101
    x[i][s], y[i][s] = state % 4, ({ "O", "B-A", "I-A" })[1 + state % 3]
  end
end
train.fit(recipe { name = "tags", seed = 2, epochs = 1, shards = 4,
  data = data.table { x, y, vocab = 4, batch = 5, val = 0.5 },
  model = nn.sequential { nn.embedding(4), nn.linear(3) },
  optimizer = optim.adam { lr = 0.1 }, metrics = { "f1", "auc" } })]]

local function runs_of(code, out, err)
  assert.equal(0, code, err)
  return json.decode(out).runs
end

describe("evaluations that ranks share", function()
  if LACKS then
    pending("have the figures of one process (" .. LACKS .. ")")
    return
  end

  it("have the figures of one process, whatever metrics collect", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", SCRIPT)
    local alone = runs_of(program.run_in(folder, "r.lua --json --quiet --threads 1"))
    assert.equal(5, #alone)
    for n = 2, 3 do
      local call = ("r.lua --json --quiet --threads %d --out out%d"):format(n - 1, n)
      local got = runs_of(mpi.run(n, folder, call))
      for i, want in ipairs(alone) do
        assert.equal(want.digest, got[i].digest)
        for key, value in pairs(want.last) do
          assert.equal(value, got[i].last[key], i .. " " .. key)
        end
      end
    end
  end)
end)
