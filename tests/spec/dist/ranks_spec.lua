-- One recipe, one digest, any number of ranks: under mpirun, with small networks. Starting ranks is
-- what takes the time here, so each start trains several.

local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"

local LACKS = mpi.lacks()

-- A script that trains four of them: an MLP with batchnorm, dropout and all that goes by
-- validations; a CNN whose rank 0 looks at updates, for its pictures, at which others do not; an
-- LSTM on sequences of several lengths, fewer shards than ranks; an MLP that is large enough for
-- its gradients to be sent in pieces, on more than one lane, while others are computed.
local SCRIPT = [[
train.fit(recipe { name = "mlp", seed = 3, epochs = 2, shards = 8, accumulate = 3, ema = 0.9,
  clip = { norm = 0.5 }, data = data.digits { limit = 150, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(120), nn.batchnorm(), nn.relu(), nn.dropout(0.3),
    nn.linear(10) },
  schedule = schedule.plateau { monitor = "val_loss", patience = 1, factor = 0.5 },
  optimizer = optim.adam { lr = 0.01 }, metrics = { "f1", "train_auc", "grad_norms" } })
train.fit(recipe { name = "cnn", seed = 3, epochs = 400, shards = 8,
  on = { step = function(now) return now.step == 8 and "stop" or nil end },
  data = data.random { shape = { 1, 8, 8 }, classes = 3, n = 90, batch = 30, val = 0.2,
    augment = { flip = true, crop = 1 } },
  model = nn.sequential { nn.conv2d { 4, 3 }, nn.batchnorm(), nn.relu(), nn.conv2d { 4, 3 },
    nn.batchnorm { sync = false }, nn.dropout { 0.2, spatial = true }, nn.flatten(), nn.linear(3) },
  stop = stop.early { patience = 1 }, optimizer = optim.sgd { lr = 0.1, momentum = 0.9 } })
local x, y = {}, {}
for i = 1, 23 do
  x[i], y[i] = {}, {}
  for s = 1, 1 + i * 7 % 6 do
    x[i][s], y[i][s] = (i * s) % 6, (i + s) % 2
  end
end
train.fit(recipe { name = "lstm", seed = 3, epochs = 2, shards = 3,
  data = data.table { x = x, y = y, vocab = 6, batch = 7 },
  model = nn.sequential { nn.embedding(5), nn.batchnorm { sync = false }, nn.dropout(0.2),
    nn.lstm { 4, sequences = true }, nn.linear(2) },
  optimizer = optim.adamw { lr = 0.01 } })
train.fit(recipe { name = "wide", seed = 3, steps = 3, shards = 4, accumulate = 2,
  data = data.digits { limit = 40, batch = 8, val = 0 },
  model = nn.sequential { nn.linear(400), nn.relu(), nn.linear(700), nn.relu(), nn.linear(500),
    nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1, momentum = 0.9 } })]]

local ONE = [[
return recipe { name = "one", seed = 3, epochs = 3, shards = option("shards", 8),
  checkpoint = { every = 1*steps }, data = data.digits { limit = 150, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(12), nn.batchnorm(), nn.relu(), nn.dropout(0.3),
    nn.batchnorm { sync = false }, nn.linear(10) },
  optimizer = optim.adam { lr = option("lr", 0.01) } }]]

local PROGRAM = program.path:sub(1, 1) == "/" and program.path or '"$OLDPWD"/' .. program.path

-- What two ranks say that were told different things.
local function at_odds(folder, first, second)
  local code, _, err = mpi.run(1, folder, ("%s : -n 1 %s %s"):format(first, PROGRAM, second))
  assert.equal(1, code)
  return err
end

-- What --json says of a call that has to succeed.
local function answer(code, out, err)
  assert.equal(0, code, err)
  return json.decode(out)
end

-- { ranks, threads, place of the MPI }: each number of ranks, of threads and each MPI, and each
-- number of threads with each MPI.
local WAYS = { { 2, 1, 1 }, { 3, 2, 2 }, { 4, 2, 1 }, { 8, 1, 2 } }

describe("ranks", function()
  if LACKS then
    pending("train together (" .. LACKS .. ")")
    return
  end
  for _, why in ipairs(mpi.missing) do
    pending("train together under the other MPI, too (" .. why .. ")")
  end

  it("are not part of the result, and rank 0 alone writes", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", SCRIPT)
    local alone = answer(program.run_in(folder, "r.lua --json --quiet --threads 1")).runs
    assert.equal(4, #alone)
    for _, way in ipairs(WAYS) do
      local call = ("r.lua --json --quiet --threads %d --out out%d"):format(way[2], way[1])
      local got = answer(mpi.run(way[1], folder, call, nil, way[3])).runs
      for i, want in ipairs(alone) do
        assert.equal(want.digest, got[i].digest)
        for key, value in pairs(want.last) do
          assert.equal(value, got[i].last[key], key)
        end
      end
      local pipe <close> = assert(io.popen(("ls %s/out%d"):format(folder, way[1])))
      assert.equal("cnn-1\nlstm-1\nmlp-1\nwide-1\n", pipe:read "a")
    end
  end)

  it("are not part of the result of products in bf16", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local call = "r.lua --json --quiet --precision bf16 --threads "
    local alone = answer(program.run_in(folder, call .. "1 --out alone"))
    assert.equal(alone.digest, answer(mpi.run(3, folder, call .. "2")).digest)
    local err = at_odds(folder, "r.lua --quiet", "r.lua --quiet --precision bf16")
    assert.truthy(err:find("not all ranks have the same 'precision' in the recipe", 1, true), err)
  end)

  it("go on where one of them died, which is named, as another number under another MPI", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local whole = answer(program.run_in(folder, "r.lua --json --quiet --out alone"))
    local code, _, err = mpi.run(3, folder, "r.lua --quiet", "LRRUN_FAULT=rename:9:KILL")
    assert.equal(137, code)
    assert.matches("lrrun: rank 0 on %S+: was killed: by a person, or because memory ran out", err)
    local got = answer(mpi.run(2, folder, "resume runs/one-1 --json --quiet", nil, 2))
    assert.equal(whole.digest, got.digest)
    assert.equal(whole.steps, got.steps)
  end)

  it("name what they differ in, where their recipes or checkpoints are not the same", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local err = at_odds(folder, "r.lua --quiet", "r.lua --quiet --set lr=0.011")
    assert.truthy(err:find("not all ranks have the same 'optimizer' in the recipe", 1, true), err)
    assert.equal(137, (program.run_in(folder, "r.lua --quiet", "LRRUN_FAULT=rename:9:KILL")))
    os.execute(("cd %s && cp -r runs copy && rm $(ls -dv copy/one-1/checkpoints/* | tail -n 1)")
      :format(folder))
    err = at_odds(folder, "resume runs/one-1 --quiet", "resume copy/one-1 --quiet")
    assert.truthy(err:find("not all ranks have the same checkpoint", 1, true), err)
  end)

  it("want shards to share", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local code, _, err = mpi.run(2, folder, "r.lua --set shards=1")
    assert.equal(1, code)
    assert.truthy(err:find("recipe: 2 ranks were started, and the recipe has one shard", 1, true))
  end)

  it("leave other verbs to rank 0", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local code, out, err = mpi.run(2, folder, "plan r.lua --json")
    assert.equal(0, code, err)
    assert.equal(8, json.decode(out).length.shards)
  end)

  it("keep what their MPI prints out of the result", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local code, out, err = mpi.run(2, folder, "r.lua --json --quiet --set epochs=1",
      "UCX_LOG_LEVEL=info", 2)
    assert.equal(0, code, err)
    assert.equal("{", out:sub(1, 1))
    assert.matches("^%x+$", json.decode(out).digest)
  end)

  it("say what is missing where there is no part for their MPI", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local code, _, err = program.run_in(folder, "r.lua", "env -u OMPI_COMM_WORLD_SIZE "
      .. "PMI_RANK=0 PMI_SIZE=2")
    if not err:find("has no part for it", 1, true) then
      return -- there is one, which found no MPICH around it
    end
    assert.equal(1, code)
    assert.truthy(err:find("started under MPICH, and this lrrun has no part", 1, true))
  end)

  it("that srun cannot connect are told what to ask for", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", ONE)
    local code, _, err = program.run_in(folder, "r.lua", "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=4")
    assert.equal(1, code)
    assert.truthy(err:find("want srun --mpi=pmix", 1, true))
  end)
end)
