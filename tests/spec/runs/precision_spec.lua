-- precision = "bf16": the same bits on every CPU kernel and for any number of threads, what a run
-- keeps of it, and who says so.

local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"

local NETWORKS = {
  images = [[data.digits { images = true, batch = 16, val = 0.2, limit = 120 },
      model = nn.sequential { nn.conv2d { 32, 3, padding = 1 }, nn.batchnorm(), nn.gelu(),
      nn.conv2d { 32, 3, padding = 1, groups = 32 }, nn.silu(), nn.conv2d { 24, 3, stride = 2 },
      nn.relu(), nn.conv2d { 40, 3, padding = 1 }, nn.flatten(), nn.dropout(0.1),
      nn.linear(10) } ]],
  texts = [[data.random { tokens = 30, length = 16, classes = 2, n = 128, batch = 16, val = 0.25 },
      model = nn.sequential { nn.embedding(16), nn.conv1d(24, 3), nn.relu(),
      nn.lstm { 20, sequences = true, bidirectional = true },
      nn.transformer { depth = 1, heads = 4 }, nn.gru(12), nn.linear(2) } ]],
}
local KERNELS = {
  "", "LRRUN_ISA=avx512", "LRRUN_ISA=avx2 OPENBLAS_CORETYPE=Haswell",
  "LRRUN_ISA=sse2 OPENBLAS_CORETYPE=Nehalem",
}

local MLP = [[return recipe { name = "mlp", data = data.digits { batch = 32, val = 0.2 },
  model = nn.sequential { nn.linear(48), nn.batchnorm(), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = 3e-3 }, schedule = schedule.cosine(), epochs = 6,
  checkpoint = { every = 20*steps, keep = 3 }, precision = "bf16" }]]

local function answer(args, before)
  local code, out, err = program.run(args .. " --json", before)
  assert.equal(0, code, err)
  return json.decode(out), err
end

describe("a network in bf16", function()
  for name, network in pairs(NETWORKS) do
    it("has the same bits on every CPU kernel and for any number of threads: " .. name, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/r.lua", ("return recipe { data = %s, precision = 'bf16', "
        .. "optimizer = optim.adamw { lr = 3e-3 }, schedule = schedule.cosine(), "
        .. "clip = { norm = 1 }, epochs = 2 }"):format(network))
      local digests = {}
      for i, kernel in ipairs(KERNELS) do
        digests[i] = answer(("%s/r.lua --out %s/runs --quiet --threads %d"):format(folder, folder,
          i), kernel).digest
      end
      for i = 2, #digests do
        assert.equal(digests[1], digests[i], KERNELS[i])
      end
      local other = answer(
        ("%s/r.lua --out %s/runs --quiet --precision f32"):format(folder, folder))
      assert.not_equal(digests[1], other.digest)
    end)
  end

  it("multiplies rounded numbers and adds them in f32", function()
    local folder = runs.folder(finally)
    program.write(folder .. "/r.lua", [[
      local function layer(precision)
        local m = nn.linear(1):build({ 3 }, { precision = precision, seed = 1 })
        for name, p in pairs(m:params()) do
          p:set(name:find "weight" and { 1 + 2^-7 + 2^-9, 2^-20, 1 } or { 2^-20 })
        end
        return m:forward(tensor.new({ 1, 3 }, { 1 + 2^-9, 1, 0 })):values()[1]
      end
      print(("%a %a"):format(layer "f32", layer "bf16"))]])
    local code, out, err = program.run(folder .. "/r.lua --quiet")
    assert.equal(0, code, err)
    assert.equal(("%a %a\n"):format((1 + 2 ^ -7 + 2 ^ -9) * (1 + 2 ^ -9) + 2 ^ -19,
      1 + 2 ^ -7 + 2 ^ -19), out)
  end)
end)

describe("a run in bf16", function()
  local folder, result

  setup(function()
    folder = program.folder(function() end)
    program.write(folder .. "/r.lua", MLP)
    result = answer(("%s/r.lua --out %s/runs --quiet"):format(folder, folder))
  end)

  teardown(function()
    os.execute("rm -r " .. program.quote(folder))
  end)

  local function at(words)
    return (words:gsub("@", folder))
  end

  it("learns what one in f32 does", function()
    local other = answer(at "@/r.lua --out @/other --quiet --precision f32")
    assert.not_equal(result.digest, other.digest)
    assert.truthy(result.last.val_accuracy > 0.95)
    assert.truthy(math.abs(result.last.val_accuracy - other.last.val_accuracy) < 0.015)
    assert.truthy(math.abs(result.last.val_loss - other.last.val_loss) < 0.02)
  end)

  it("goes on with its bits where it was killed", function()
    local code = program.run(at "@/r.lua --out @/killed --quiet", "LRRUN_FAULT=rename:6:KILL")
    assert.equal(137, code)
    assert.equal(result.digest, answer(at "resume @/killed/mlp-1 --quiet").digest)
  end)

  it("goes on with its bits where the flag said so and not the recipe", function()
    program.write(folder .. "/f32.lua", (MLP:gsub(', precision = "bf16"', "")))
    local code = program.run(at "@/f32.lua --precision bf16 --out @/flag --quiet",
      "LRRUN_FAULT=rename:6:KILL")
    assert.equal(137, code)
    assert.equal(result.digest, answer(at "resume @/flag/mlp-1 --quiet").digest)
  end)

  it("is replayed with its bits from an experiment file", function()
    local code, _, err = program.run(at "pack @/runs/mlp-1 -o @/exp.yaml --weights")
    assert.equal(0, code, err)
    assert.equal("identical", answer(at "replay @/exp.yaml --out @/again --quiet").verdict)
  end)

  it("is evaluated as it was trained, which is said, and in f32 where that is asked for", function()
    local own, told = answer(at "eval @/runs/mlp-1")
    assert.equal("bf16", own.products)
    assert.matches("matrix products in bf16 %(.+%), as in training\n", told)
    assert.equal(result.last.val_loss, own.loss)
    local other
    other, told = answer(at "eval @/runs/mlp-1 --precision f32")
    assert.equal("f32", other.products)
    assert.matches("matrix products in f32, where training had bf16\n", told)
    assert.not_equal(own.loss, other.loss)
    assert.truthy(math.abs(own.loss - other.loss) < 0.01)
  end)

  it("predicts as it was trained, or in f32 where that is asked for", function()
    local row = {}
    for i = 1, 64 do
      row[i] = i * 7 % 17
    end
    program.write(folder .. "/in.txt", table.concat(row, ",") .. "\n")
    local own = answer(at "predict @/runs/mlp-1 --input @/in.txt")
    local other = answer(at "predict @/runs/mlp-1 --input @/in.txt --precision f32")
    assert.same({ "bf16", "f32" }, { own.products, other.products })
    assert.not_same(own.predictions, other.predictions)
  end)

  it("says nothing of its precision where it is f32 as ever", function()
    assert.equal(0, (program.run(at "@/r.lua --out @/plain --quiet --precision f32")))
    local document, told = answer(at "eval @/plain/mlp-1")
    assert.is_nil(document.products)
    assert.is_nil(told:find("matrix products", 1, true))
  end)

  it("takes no other precision when it goes on", function()
    for _, verb in ipairs { "resume", "extend", "continue" } do
      local code, _, err = program.run(at(verb .. " @/runs/mlp-1 --precision f32 --epochs +1"))
      assert.equal(2, code)
      assert.matches(verb .. " takes no %-%-", err)
    end
  end)

  it("writes text by rounded products, with the same bits by every CPU kernel", function()
    program.write(folder .. "/words.txt", ("the cat sat on the mat\n"):rep(60))
    program.write(folder .. "/lm.lua", [[return recipe { name = "lm", precision = "bf16", seed = 2,
      data = data.text { "words.txt", task = "lm", tokens = "chars", context = 16, batch = 16,
        val = 0.1 }, optimizer = optim.adam { lr = 0.01 }, steps = 60, model = nn.sequential {
        nn.embedding(24), nn.positions(), nn.residual { nn.layernorm(), nn.attention { 2,
        causal = true } }, nn.lstm { 16, sequences = true }, nn.conv1d(16, 2,
        { padding = "causal" }), nn.linear(12) } }]])
    assert.equal(0, (program.run(at "@/lm.lua --quiet --out @/lm")))
    local call = at "generate @/lm/lm-1 --prompt 'the c' --tokens 60 --temperature 2 --top-k 0"
    local own, told = answer(call)
    assert.equal("bf16", own.products)
    assert.matches("matrix products in bf16 %(.+%), as in training\n", told)
    for i, kernel in ipairs(KERNELS) do
      assert.equal(own.text, answer(call .. " --threads " .. i, kernel).text)
    end
    assert.equal("f32", answer(call .. " --precision f32").products)
  end)

  it("is planned with what computes its products", function()
    local p = answer(at "plan @/r.lua", "LRRUN_ISA=avx2")
    assert.same({ name = "bf16", unit = "AVX2 FMA" }, p.precision)
    local _, text = program.run(at "plan @/r.lua", "LRRUN_ISA=sse2")
    assert.matches("precision  bf16: matrix products of rounded operands, by software", text, 1,
      true)
    assert.is_nil(answer(at "plan @/r.lua --precision f32").precision)
  end)

  it("keeps its precision through a search and the recipe that this freezes", function()
    program.write(folder .. "/s.lua", [[return recipe { name = "s",
      data = data.digits { val = 0.2, limit = 200 }, steps = 10,
      model = nn.sequential { nn.linear(24), nn.relu(), nn.linear(10) },
      optimizer = optim.adam { lr = search.loguniform(1e-3, 1e-1) } }]])
    local study = answer(at("search @/s.lua --precision bf16 --trials 3 --jobs 2 --quiet "
      .. "--strategy random --out @/study --freeze @/frozen.lua"))
    local best
    for _, trial in ipairs(study.trials) do
      best = (not best or trial.value < best.value) and trial or best
    end
    assert.equal(best.digest, answer(at "@/frozen.lua --quiet --out @/frozen").digest)
    local other = answer(at "@/frozen.lua --quiet --out @/frozen --precision f32")
    assert.not_equal(best.digest, other.digest)
  end)

  it("refuses what is no precision, with the nearest that is", function()
    local code, _, err = program.run(at "@/r.lua --precision fp16")
    assert.equal(2, code)
    assert.matches("--precision takes f32 or bf16, got 'fp16'", err, 1, true)
    code, _, err = program.run(at "@/r.lua --precision bf61")
    assert.equal(2, code)
    assert.matches("--precision takes f32 or bf16, got 'bf61'; did you mean 'bf16'?", err, 1, true)
    code, _, err = program.run(at "@/r.lua --set precision=16")
    assert.equal(1, code)
    assert.matches("'precision' is 16, want 'f32' or 'bf16'", err)
  end)
end)
