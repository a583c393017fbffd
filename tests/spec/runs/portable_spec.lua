local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"

-- One recipe with every kind of kernel: convolutions of all shapes, pools, norms, smooth
-- functions; and one with recurrent layers.
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
}
local KERNELS = {
  "LRRUN_ISA=sse2 OPENBLAS_CORETYPE=Nehalem", "LRRUN_ISA=avx2 OPENBLAS_CORETYPE=Haswell",
  "LRRUN_ISA=avx512", "OPENBLAS_CORETYPE=Sandybridge",
}

describe("a portable run", function()
  for name, network in pairs(NETWORKS) do
    it("gives the same bits on every CPU kernel: " .. name, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/r.lua", ("return recipe { data = %s, repro = 'portable', "
        .. "optimizer = optim.adamw { lr = 3e-3 }, schedule = schedule.cosine(), "
        .. "loss = nn.cross_entropy { label_smoothing = 0.1 }, clip = { norm = 1 }, "
        .. "epochs = 2 }"):format(network))
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
    end)
  end
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
