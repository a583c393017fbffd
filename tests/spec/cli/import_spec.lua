-- lrrun import: weights under other names as those that a network begins with.
local file = require "lrrun.native.file"
local files = require "support.files"
local program = require "support.program"
local safetensors = require "lrrun.record.safetensors"
local tensor = require "lrrun.native.tensor"

local folder

local RECIPE = [[
return recipe { name = "r", data = data.digits { limit = 60 },
  model = nn.sequential { nn.linear(6), nn.batchnorm(), nn.tanh(), nn.linear { 10, bias = false } },
  optimizer = optim.sgd { lr = 1e-30 }, epochs = 1, %s }
]]

local function run(args, before)
  return program.answer_in(folder, args, before)
end

local function good(args)
  local code, found, err = run(args)
  assert.equal(0, code, err)
  return found
end

local function counted(shape, from)
  local n, list = 1, {}
  for _, d in ipairs(shape) do
    n = n * d
  end
  for i = 1, n do
    list[i] = from + i / 1024
  end
  return tensor.new(shape, list)
end

local function loaded(path, name)
  local reader <close> = safetensors.open(folder .. "/" .. path)
  local t = tensor.new(reader.by_name[name].shape)
  reader.load(name, t)
  return t:values()
end

setup(function()
  folder = files.folder()
  files.write(folder, "r.lua", RECIPE:format(""))
  safetensors.write(folder .. "/other.safetensors", {
    ["fc1/kernel"] = counted({ 64, 6 }, 1), ["fc1/bias"] = counted({ 6 }, 2),
    ["bn.weight"] = counted({ 6 }, 3), ["bn.bias"] = counted({ 6 }, 4),
    ["bn.running_mean"] = counted({ 6 }, 5), ["bn.running_var"] = counted({ 6 }, 6),
    ["fc2.weight"] = counted({ 10, 6 }, 7), ["extra.weight"] = counted({ 2 }, 8),
  })
end)

teardown(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

describe("JSON", function()
  it("has empty lists as lists", function()
    local _, text = program.run_in(folder, "import other.safetensors r.lua --map -o e.safetensors "
      .. "--json --quiet")
    assert.matches('"open": [],', text, 1, true)
    program.write(folder .. "/t.lua", "return recipe { data = data.random { tokens = 9, "
      .. "length = 6, classes = 2 }, model = nn.sequential { nn.embedding(2), nn.last(), "
      .. "nn.linear(2) }, "
      .. "optimizer = optim.adam(), epochs = 1 }")
    _, text = program.run_in(folder, "plan t.lua --json")
    assert.matches('"shape": []', text, 1, true)
  end)
end)

describe("lrrun import", function()
  it("names what fits, what has to be done with it, and what is over", function()
    local out = good "import other.safetensors r.lua --map"
    assert.matches("7 of the network's 7 tensors have theirs in other.safetensors", out)
    assert.matches("  1.linear.weight %(6, 64%) <%- fc1/kernel, transposed\n", out)
    assert.matches("  2.batchnorm.running_var %(6%) <%- bn.running_var\n", out)
    assert.matches("  not used: extra.weight %(2%)\n", out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
    assert.is_nil(file.kind(folder .. "/r-init.safetensors"))
  end)

  it("writes weights that the recipe begins with, bit for bit", function()
    local document = good "import other.safetensors r.lua --map -o s.safetensors --json"
    assert.same({ 7, {}, { "extra.weight" } }, { document.matched, document.open, document.unused })
    local w, was = loaded("s.safetensors", "1.linear.weight"), loaded("other.safetensors",
      "fc1/kernel")
    for i = 0, 5 do
      for k = 0, 63 do
        assert.equal(was[k * 6 + i + 1], w[i * 64 + k + 1])
      end
    end
    files.write(folder, "with.lua", RECIPE:format 'init = "s.safetensors"')
    good "with.lua --quiet --json"
    local got = loaded("runs/r-1/weights.safetensors", "1.linear.weight")
    assert.same(w, got)
  end)

  it("takes equal names without --map, into a file named after the recipe", function()
    good "import runs/r-1/weights.safetensors r.lua"
    assert.same(loaded("runs/r-1/weights.safetensors", "4.linear.weight"),
      loaded("r-init.safetensors", "4.linear.weight"))
    local code, _, err = run "import other.safetensors r.lua -o no.safetensors"
    assert.equal(1, code)
    assert.matches("nothing for 3 layers of the network, the first is 1.linear; %-%-partial leaves "
      .. "them as they start, %-%-map looks for other names", err)
    assert.is_nil(file.kind(folder .. "/no.safetensors"))
  end)

  it("joins queries, keys and values, and leaves out what may be missing", function()
    files.write(folder, "a.lua", [[
return recipe { name = "a", data = data.random { tokens = 5, length = 4, classes = 2, n = 20 },
  model = nn.sequential { nn.embedding(4), nn.attention { 2, kv_heads = 1, bias = false },
    nn.last(), nn.linear(2) }, optimizer = optim.sgd { lr = 1 }, epochs = 1 }]])
    safetensors.write(folder .. "/a.safetensors", { ["h.q_proj.weight"] = counted({ 4, 4 }, 1),
      ["h.k_proj.weight"] = counted({ 2, 4 }, 2), ["h.v_proj.weight"] = counted({ 2, 4 }, 3),
      ["h.o_proj.weight"] = counted({ 4, 4 }, 4) })
    local document = good "import a.safetensors a.lua --map --partial -o b.safetensors --json"
    assert.same({ "1.embedding", "4.linear" }, document.open)
    local qkv = loaded("b.safetensors", "2.attention.weight_qkv")
    assert.same({ 1 + 1 / 1024, 2 + 1 / 1024, 3 + 1 / 1024, 32 },
      { qkv[1], qkv[17], qkv[25], #qkv })
  end)

  it("refuses what is no such file, in a line", function()
    files.write(folder, "model.pt", "PK")
    files.write(folder, "broken.safetensors", "123")
    files.write(folder, "long.safetensors", string.pack("<I8", 1 << 40) .. "{}")
    for _, case in ipairs {
      { 2, "model.pt r.lua", "its name does not end in .safetensors; torch.save's files" },
      { 2, "nowhere.safetensors r.lua", "no such file of weights" },
      { 2, "other.safetensors", "usage: lrrun import FILE RECIPE" },
      { 2, "other.safetensors no.lua", "no such recipe" },
      { 2, "other.safetensors r.lua -o s.bin", "does not end in .safetensors" },
      { 2, "r.lua other.safetensors", "r.lua is a recipe: the file of weights is named before it" },
      { 1, "broken.safetensors r.lua", "is no safetensors file: it has 3 bytes" },
      { 1, "long.safetensors r.lua", "the header's length is %d+, the file has 10 bytes" },
    } do
      local code, _, err = run("import " .. case[2])
      assert.equal(case[1], code, err)
      assert.matches(case[3], err)
      assert.is_nil(err:find "traceback")
    end
  end)

  it("leaves what was there where the disk is full", function()
    good "import other.safetensors r.lua --map -o full.safetensors"
    local before = file.read(folder .. "/full.safetensors")
    local code, _, err = run("import runs/r-1/weights.safetensors r.lua -o full.safetensors",
      "LRRUN_FAULT=write:1:ENOSPC:sticky")
    assert.equal(1, code)
    assert.matches("No space left", err)
    assert.is_true(before == file.read(folder .. "/full.safetensors"))
  end)
end)
