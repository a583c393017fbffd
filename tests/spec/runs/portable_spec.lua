local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"
local sys = require "lrrun.native.sys"

-- One recipe with every kind of kernel: convolutions of all shapes, pools, norms, smooth
-- functions; one with recurrent layers; one with attention; and two whose updates are products, of
-- which one has few samples in a batch.
local NETWORKS = {
  images = [[data.digits { images = true, batch = 16, val = 0.2, limit = 120,
      augment = { flip = true, mixup = 0.2 } }, model = nn.sequential {
      nn.conv2d { 32, 3, padding = 1 }, nn.batchnorm(), nn.gelu(),
      nn.conv2d { 32, 3, padding = 1, groups = 32 }, nn.groupnorm { groups = 4 }, nn.silu(),
      nn.conv2d { 32, 3, padding = 1 }, nn.maxpool2d(2),
      nn.residual { nn.conv2d { 32, 1 }, nn.elu() }, nn.avgpool2d(2), nn.flatten(),
      nn.layernorm(), nn.linear(48), nn.softplus(), nn.linear(40), nn.selu(), nn.tanh(),
      nn.dropout(0.1), nn.linear(10) } ]],
  texts = [[data.random { tokens = 30, length = 16, classes = 2, n = 128, batch = 16, val = 0.25 },
      model = nn.sequential { nn.embedding(16), nn.conv1d(16, 3), nn.relu(),
      nn.lstm { 20, sequences = true, bidirectional = true },
      nn.gru { 16, sequences = true }, nn.rnn(12), nn.sigmoid(), nn.linear(2) } ]],
  writer = [[data.random { tokens = 20, length = 70, task = "lm", n = 16, batch = 8, val = 0.5 },
      model = nn.sequential { nn.embedding(24), nn.positions(),
      nn.transformer { 1, heads = 2, causal = true }, nn.linear(20) } ]],
  muon = [[data.digits { batch = 7, val = 0.2, limit = 100 }, optimizer = optim.muon { lr = 1e-3 },
      model = nn.sequential { nn.linear(67), nn.relu(), nn.linear(10) } ]],
  soap = [[data.digits { batch = 48, val = 0.2, limit = 300 }, optimizer = optim.soap { lr = 1e-3 },
      model = nn.sequential { nn.linear(35), nn.relu(), nn.linear(10) } ]],
}
local KERNELS = {
  "LRRUN_ISA=sse2 OPENBLAS_CORETYPE=Nehalem", "LRRUN_ISA=avx2 OPENBLAS_CORETYPE=Haswell",
  "LRRUN_ISA=avx512", "OPENBLAS_CORETYPE=Sandybridge",
}

-- The digest of a network's recipe under each of the kernels; gives it.
local function check_bits(network, repro, folder)
  local optimizer = network:find "optimizer" and "" or ", optimizer = optim.adamw { lr = 3e-3 }"
  program.write(folder .. "/r.lua", ("return recipe { data = %s%s, repro = '%s', "
    .. "schedule = schedule.cosine(), loss = nn.cross_entropy { label_smoothing = 0.1 }, "
    .. "clip = { norm = 1 }, epochs = 2 }"):format(network, optimizer, repro))
  local digests = {}
  for i, kernel in ipairs(KERNELS) do
    local code, out, err = program.run(("%s/r.lua --out %s/runs --json --quiet --threads %d")
      :format(folder, folder, i % 2 + 1), kernel)
    assert.equal(0, code, err)
    digests[i] = json.decode(out).digest
  end
  for i = 2, #digests do
    assert.equal(digests[1], digests[i], KERNELS[i])
  end
  return digests[1]
end

describe("a run on a CPU that multiplies and adds in one", function()
  if sys.products() ~= "fused" then
    pending "gives the same bits on every CPU kernel"
    return
  end
  for name, network in pairs(NETWORKS) do
    it("gives the same bits on every CPU kernel: " .. name, function()
      check_bits(network, "machine", runs.folder(finally))
    end)
  end
end)

describe("a portable run", function()
  for name, network in pairs(NETWORKS) do
    it("gives the same bits on every CPU kernel: " .. name, function()
      check_bits(network, "portable", runs.folder(finally))
    end)
  end
end)

describe("a portable run beside one that is not", function()
  it("has other bits: they are other products", function()
    local network = NETWORKS.muon
    assert.not_equal(check_bits(network, "portable", runs.folder(finally)),
      check_bits(network, "machine", runs.folder(finally)))
  end)
end)

describe("a portable layer alone", function()
  it("gives the same bits on every CPU kernel", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
      local layer = nn.linear(48):build({ 200 }, { batch = 64, seed = 3, portable = true })
      local x = {}
      for i = 1, 64 * 200 do
        x[i] = math.sin(i)
      end
      for _, y in ipairs(layer:forward(tensor.new({ 64, 200 }, x)):values()) do
        print(("%a"):format(y))
      end]])
    local outputs = {}
    for i, kernel in ipairs(KERNELS) do
      local code, out, err = program.run(folder .. "/r.lua --quiet", kernel)
      assert.equal(0, code, err)
      outputs[i] = out
    end
    assert.equal(64 * 48, select(2, outputs[1]:gsub("\n", "")))
    for i = 2, #outputs do
      assert.equal(outputs[1], outputs[i], KERNELS[i])
    end
  end)
end)

describe("a loop of one's own under --portable", function()
  it("gives the same bits on every CPU kernel", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/own.lua", [[
      local m = nn.sequential { nn.linear(48), nn.tanh(), nn.linear(10) }
        :build({ 64 }, { batch = 96 })
      local o = optim.sgd { lr = 0.1 }:bind(m)
      local set = data.digits { batch = 96, val = 0.2 }
      local last
      for batch in set:batches("train", 1) do
        last = m:step(batch, nn.cross_entropy())
        o:update()
      end
      print(("%a"):format(last))]])
    local seen = {}
    for i, kernel in ipairs(KERNELS) do
      local code, out, err = program.run(("%s/own.lua --portable --out %s/runs")
        :format(folder, folder), kernel)
      assert.equal(0, code, err)
      seen[i] = out
    end
    assert.matches("^0x", seen[1])
    for i = 2, #seen do
      assert.equal(seen[1], seen[i], KERNELS[i])
    end
  end)
end)

describe("a portable search", function()
  it("proposes and finds the same on every CPU kernel", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[return recipe {
      data = data.digits { val = 0.2, limit = 120 },
      model = nn.sequential { nn.linear(search.logint(4, 32)), nn.relu(), nn.linear(10) },
      optimizer = optim.adam { lr = search.loguniform(1e-4, 1) }, steps = 12 }]])
    local tables = {}
    for i, kernel in ipairs(KERNELS) do
      local code, out, err = program.run(("search %s/r.lua --out %s/%d --json --quiet --portable "
        .. "--trials 16 --strategy bayes"):format(folder, folder, i), kernel)
      assert.equal(0, code, err)
      tables[i] = {}
      for j, trial in ipairs(json.decode(out).trials) do
        tables[i][j] = { trial.params, trial.value, trial.digest }
      end
    end
    assert.equal(16, #tables[1])
    for i = 2, #tables do
      assert.same(tables[1], tables[i], KERNELS[i])
    end
  end)
end)

-- A script that fits recipes of both kinds, and says what came of each as JSON.
local BOTH = [[
local function fit(repro, epoch)
  return train.fit(recipe { name = repro, seed = 1, repro = repro, epochs = 3,
    on = epoch and { epoch = epoch }, data = data.digits { batch = 64, val = 0.2 },
    model = nn.sequential { nn.linear(96), nn.relu(), nn.linear(10) },
    optimizer = optim.adam { lr = 1e-3 } }, { quiet = true, record = false })
end
local function say(...)
  print(("%s %.17g %.17g"):format(...))
end
for _, kinds in ipairs { { "machine", "portable" }, { "portable", "machine" } } do
  local one, other = table.unpack(kinds)
  local result, run = fit(one)
  local before = train.evaluate(run, { split = "val" }).loss
  local inner
  local outer = fit(one, function(s)
    inner = s.epoch == 1 and fit(other) or inner
  end)
  say(result.digest, before, train.evaluate(run, { split = "val" }).loss)
  say(outer.digest, 0, 0)
  say(inner.digest, 0, 0)
end
]]

describe("runs of both kinds in one process", function()
  local of

  setup(function()
    local folder = program.folder(function() end)
    program.write(folder .. "/r.lua", BOTH)
    local code, out, err = program.run(folder .. "/r.lua --quiet")
    os.execute("rm -r " .. program.quote(folder))
    assert.equal(0, code, err)
    local lines = {}
    for digest, before, after in out:gmatch "(%x+) (%S+) (%S+)\n" do
      lines[#lines + 1] = { digest = digest, before = before, after = after }
    end
    assert.equal(6, #lines, out)
    of = {
      machine = { alone = lines[1], around = lines[2], within = lines[6] },
      portable = { alone = lines[4], around = lines[5], within = lines[3] },
    }
  end)

  for _, kind in ipairs { "machine", "portable" } do
    it("do not change each other's evaluation: " .. kind, function()
      assert.equal(of[kind].alone.before, of[kind].alone.after)
    end)

    it("keep their bits with the other kind in a callback: " .. kind, function()
      assert.equal(of[kind].alone.digest, of[kind].around.digest)
    end)

    it("keep their bits in a callback of the other kind: " .. kind, function()
      assert.equal(of[kind].alone.digest, of[kind].within.digest)
    end)
  end
end)

describe("searches of both kinds in one process", function()
  -- All kinds take turns, trial by trial: the points of each.
  local function propose(kinds)
    local space = spaces.collect { a = search.uniform(0, 1), b = search.uniform(-5, 5) }.native
    local points = {}
    for number = 0, 15 do
      for _, portable in ipairs(kinds) do
        local key = tostring(portable)
        points[key] = points[key] or {}
        local x = space:propose({ strategy = "bayes", seed = 7, startup = 6, portable = portable },
          points[key], number)
        table.insert(points[key], { x = x, state = "ok",
          value = (x[1] - 0.3) ^ 2 + (x[2] / 5 + 0.2) ^ 2 })
      end
    end
    return points
  end

  it("propose what each proposes alone", function()
    local both = propose { false, true }
    assert.same(propose { false }["false"], both["false"])
    assert.same(propose { true }["true"], both["true"])
  end)
end)
