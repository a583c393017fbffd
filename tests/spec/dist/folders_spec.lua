-- Ranks in folders of their own, as on several machines: what each reads of the data, and what it
-- writes.

local files = require "support.files"
local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"

local LACKS = mpi.lacks()

local SCRIPT = [[
train.fit(recipe { name = "pictures", seed = 3, epochs = 2, shards = 8,
  data = data.random { shape = { 1, 8, 8 }, classes = 3, n = 100, batch = 16, val = 0.4,
    augment = { flip = true, crop = 1, mixup = 0.3 } },
  model = nn.sequential { nn.conv2d { 4, 3 }, nn.batchnorm(), nn.relu(), nn.flatten(),
    nn.linear(3) },
  optimizer = optim.sgd { lr = 0.1 }, metrics = { "f1", "auc" },
  average = { kind = "swa", start = 1*epochs } })
train.fit(recipe { name = "texts", seed = 3, epochs = 2, shards = 8,
  data = data.random { task = "lm", tokens = 7, length = 5, n = 60, batch = 16, val = 0.4 },
  model = nn.sequential { nn.embedding(4), nn.gru { 4, sequences = true }, nn.linear(7) },
  optimizer = optim.sgd { lr = 0.1 }, metrics = { "train_f1" } })
train.fit(recipe { name = "dead", seed = 3, epochs = 4, shards = 2,
  data = data.digits { limit = 200, batch = 20, val = 0.4 },
  model = nn.sequential { nn.linear(16), nn.relu(), nn.linear(8), nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 2 } })
train.fit(recipe { name = "wild", seed = 3, epochs = 2, shards = 8,
  data = data.digits { limit = 100, batch = 20 }, model = nn.sequential { nn.linear(16), nn.relu(),
    nn.linear(10) },
  optimizer = optim.sgd { lr = 1e25 } })]]

local PICTURES = [[
return recipe { name = "r", seed = 3, epochs = 1, shards = 4,
  data = data.images { "set", channels = 1, resize = { 4, 4 }, batch = 4, broken = "skip" },
  model = nn.sequential { nn.flatten(), nn.linear(2) }, optimizer = optim.sgd { lr = 0.1 } }]]

-- Each rank begins in the folder of its number, which is its home, too.
local OWN = [[sh -c 'cd "$OMPI_COMM_WORLD_RANK" && HOME=$PWD exec "$@"' sh]]

local PROGRAM = program.path:sub(1, 1) == "/" and program.path or '"$OLDPWD"/' .. program.path

-- A folder for each of n ranks; texts: recipes of single ranks, by number.
local function folders(folder, n, texts)
  for i = 0, n - 1 do
    assert(os.execute(("mkdir %s/%d"):format(folder, i)))
    program.write(("%s/%d/r.lua"):format(folder, i), texts and texts[i] or SCRIPT)
  end
end

local function listed(folder)
  local pipe <close> = assert(io.popen(("cd %s && find . -type f | sort"):format(folder)))
  return pipe:read "a"
end

-- Twelve pictures in two folders, of which `is_sound` says which are.
local function pictures(folder, is_sound)
  for i = 0, 11 do
    local name = ("set/%s/%02d.png"):format(i < 6 and "a" or "b", i)
    files.write(folder, name, is_sound(i) and files.png(4, 4, 1, string.char(9 * i):rep(16)) or "?")
  end
end

-- Of `n` samples in batches of 16, those whose place is in the first of `ranks` shares of 8 shards.
local function trained(n, ranks)
  local sum = 0
  for at = 0, n - 1, 16 do
    sum = sum + math.min(16, n - at) * (8 // ranks) // 8
  end
  return sum
end

-- Of as many, those in the first share of whole batches.
local function evaluated(n, ranks)
  return math.min((n + 15) // 16 // ranks * 16, n)
end

-- Three ranks, each with a part of the pictures in a folder of its own, train by `text` to what one
-- process has that has all of them in memory.
local function same_by_parts(folder, text)
  folders(folder, 3, { [0] = text, text, text })
  for rank = 0, 2 do
    pictures(("%s/%d"):format(folder, rank), function(i)
      return i // 4 == rank and i ~= 7
    end)
  end
  pictures(folder, function(i)
    return i ~= 7
  end)
  program.write(folder .. "/r.lua", PICTURES)
  local _, alone = program.run_in(folder, "r.lua --json --quiet")
  local code, out, err = mpi.run(3, folder, "r.lua --json --quiet", OWN)
  assert.equal(0, code, err)
  assert.equal(json.decode(alone).digest, json.decode(out).digest)
end

describe("ranks in folders of their own", function()
  if LACKS then
    pending("read their samples, and rank 0 writes (" .. LACKS .. ")")
    return
  end

  it("read the samples that they train and evaluate, and rank 0 alone writes", function()
    local folder = program.folder(finally)
    folders(folder, 3)
    local alone = select(2, program.run_in(folder .. "/0", "r.lua --json --quiet --out alone"))
    alone = json.decode(alone).runs
    assert.is_nil(alone[1].ranks)
    for n = 2, 3 do
      local code, out, err = mpi.run(n, folder, "r.lua --json --quiet --threads " .. n - 1, OWN)
      assert.equal(0, code, err)
      local got = json.decode(out).runs
      for i, run in ipairs(alone) do
        assert.equal(run.digest, got[i].digest)
        assert.same(run.notes, got[i].notes)
      end
      for i, size in ipairs { 100, 60 } do
        local train, val = size * 6 // 10, size * 4 // 10
        assert.same(alone[i].last, got[i].last)
        assert.same({ count = n, rows = 2 * (trained(train, n) + evaluated(val, n)) },
          got[i].ranks)
      end
      local dead, wild = got[3].notes[1].text, got[4].notes[1].text -- with 3, rank 0 has no shard
      assert.truthy(dead:find("7 of 8 units of 4.relu are 0 for all of 100 samples", 1, true), dead)
      assert.truthy(wild:find("was infinite first in update", 1, true), wild)
      assert.truthy(listed(folder .. "/0"):find "runs/pictures%-1/result.json")
    end
    assert.equal("./r.lua\n", listed(folder .. "/1"))
    assert.equal("./r.lua\n", listed(folder .. "/2"))
  end)

  it("read and decode their part of the pictures in folders", function()
    local folder = program.folder(finally, true) -- pictures are kept on a disk alone
    same_by_parts(folder, PICTURES)
  end)

  it("give each other the pictures that they keep, and say what they need without", function()
    local folder = program.folder(finally, true)
    same_by_parts(folder, (PICTURES:gsub("broken =", "stream = true, %0")))
    assert.equal("./r.lua\n", (listed(folder .. "/1"):gsub("[^\n]*set/[^\n]*\n", "")))
    local code, out, err = mpi.run(3, folder, "r.lua --quiet --set data.cache=false", OWN)
    assert.equal(1, code, out)
    assert.truthy(err:find("another rank has a picture by that name that was sound: without a "
      .. "cache each reads all", 1, true), err)
  end)

  it("keep pictures in their files where one of them has no memory for all", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (PICTURES:gsub("4, 4", "512, 512")
      :gsub("= 4", "= 2"):gsub("nn.flatten", "nn.avgpool2d { 64 }, %0")))
    for i = 0, 59 do
      files.write(folder, ("set/%s/%02d.png"):format(i < 30 and "a" or "b", i),
        files.png(4, 4, 1, string.char(4 * i):rep(16)))
    end
    local _, alone = program.run_in(folder, "r.lua --json --quiet")
    local code, out, err = mpi.run(1, folder, ("r.lua --json : -n 1 %s r.lua --memory 28M")
      :format(PROGRAM))
    assert.equal(0, code, err)
    assert.equal(json.decode(alone).digest, json.decode(out).digest)
    assert.truthy(err:find("more than 50 % of another rank's --memory", 1, true), err)
  end)

  it("say what is wrong with one of them, and leave nothing", function()
    local folder = program.folder(finally)
    folders(folder, 3, { [2] = SCRIPT:gsub("seed = 3", "seed = 4") })
    local code, _, err = mpi.run(3, folder, "r.lua --quiet", OWN)
    assert.equal(1, code)
    assert.truthy(err:find("not all ranks have the same 'seed' in the recipe", 1, true), err)
    assert.equal("./r.lua\n", listed(folder .. "/1"))
    assert.equal("./r.lua\n", listed(folder .. "/2"))
  end)
end)
