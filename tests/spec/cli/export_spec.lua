-- lrrun export: the files that it leaves, and what it says to mistakes.
local evaluate = require "lrrun.onnx.evaluate"
local file = require "lrrun.native.file"
local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"
local readers = require "lrrun.native.readers"
local values = require "lrrun.onnx.values"

local folder

local function run(args, before)
  return program.answer_in(folder, args, before)
end

local function good(args)
  local code, found, err = run(args)
  assert.equal(0, code, err)
  return found
end

-- The exit code and what was said.
local function refused(args)
  local code, _, err = run(args)
  return code, err
end

setup(function()
  folder = files.folder()
  files.write(folder, "d.lua", [[
return recipe { name = "d", data = data.digits { limit = 60, images = true, val = 0.2 },
  model = nn.sequential { nn.conv2d(2, 3), nn.batchnorm(), nn.relu(), nn.flatten(), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 2, checkpoint = { every = 1*epochs, keep = 2 } }]])
  good "d.lua --quiet --json"
  local rows = { "a,b,price" }
  for i = 1, 40 do
    rows[i + 1] = ("%d,%g,%g"):format(1700000000 + i * i, i % 7 / 3, 5000 + 3 * i)
  end
  files.write(folder, "p.csv", table.concat(rows, "\n") .. "\n")
  files.write(folder, "p.lua", [[
return recipe { name = "p", data = data.csv { "p.csv", val = 0.2 },
  model = nn.sequential { nn.linear(4), nn.tanh(), nn.linear(1) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 2 }]])
  good "p.lua --quiet --json"
end)

teardown(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

describe("lrrun export", function()
  it("writes a model, says what it takes and gives, and that it was checked", function()
    local out = good "export runs/d-1"
    assert.matches("^d%-1.onnx: %d+ bytes, %d+ nodes, opset 17, ir_version 8\n"
      .. "  takes x %(batch, 1, 8, 8%)\n  gives logits %(batch, 10%)\n"
      .. "  checked: .* 4 random samples, 40 outputs,\n"
      .. "  the largest difference to lrrun's own is %d", out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
    local document = good "export runs/d-1 -o m.onnx --json --probabilities --with-scaling"
    assert.is_true(document.check.difference < 1e-5)
    assert.equal("probabilities", document.outputs[1].name)
    assert.equal(#file.read(folder .. "/m.onnx"), document.bytes)
  end)

  it("takes a table's numbers as they are and gives its units, as predict does", function()
    good "export runs/p-1 -o p.onnx --with-scaling --quiet"
    good "predict runs/p-1 --input p.csv -o out.jsonl --quiet"
    local input <close> = assert(file.open(folder .. "/p.onnx"))
    local f, model = evaluate.open(input, "p.onnx")
    assert.equal("F64", model.graph.inputs[1].type)
    local x, wanted = {}, {}
    for a, b in file.read(folder .. "/p.csv"):gmatch "(%d+),([%d.]+),[%d.]+\n" do
      x[#x + 1], x[#x + 2] = tonumber(a), tonumber(b)
    end
    for line in file.read(folder .. "/out.jsonl"):gmatch "[^\n]+" do
      wanted[#wanted + 1] = json.decode(line).price
    end
    local found = f { x = values.new({ 40, 2 }, x) }.values.data
    assert.equal(40, #wanted)
    for i, y in ipairs(wanted) do
      assert.is_true(math.abs(found[i] - y) < 1e-2, ("%g, want %g"):format(found[i], y))
    end
  end)

  it("writes the last weights or a mean of checkpoints where it is asked to", function()
    local last = good "export runs/d-1 -o last.onnx --average 1 --json"
    local mean = good "export runs/d-1 -o mean.onnx --average 2 --json"
    assert.matches("mean of the checkpoints of updates %d+$", last.weights)
    assert.matches("updates %d+, %d+$", mean.weights)
    assert.is_false(file.read(folder .. "/last.onnx") == file.read(folder .. "/mean.onnx"))
  end)

  it("writes weights for NumPy that lrrun reads too", function()
    local document = good "export runs/d-1 --numpy -o w.npz --json"
    assert.equal(8, document.arrays)
    local names = readers.archive(folder .. "/w.npz")
    table.sort(names)
    assert.same({ "1.conv2d.bias", "1.conv2d.weight", "2.batchnorm.bias",
      "2.batchnorm.running_mean", "2.batchnorm.running_var", "2.batchnorm.weight", "5.linear.bias",
      "5.linear.weight" }, names)
  end)

  it("refuses what does not go together, in a line", function()
    for _, case in ipairs {
      { "runs/d-1 -o m.npz", "%-o m.npz: its name ends in .npz; want .onnx %(%-%-numpy writes" },
      { "runs/d-1 -o m", "%-o m: its name has no ending; want .onnx" },
      { "runs/d-1 -o -", "%-o %- is the standard output, and a model is a file" },
      { "runs/d-1 --numpy -o m.onnx", "ends in .onnx; want .npz" },
      { "runs/d-1 --numpy --probabilities", "%-%-probabilities is about the ONNX model" },
      { "runs/p-1 --probabilities", "the outputs of nn.mse are numbers, not logits" },
      { "d.lua", "d.lua is no run folder: it is a recipe" },
      { "runs/d-2", "no such run folder: runs/d%-2; did you mean 'runs/d%-1'" },
      { "runs/d-1 -o nowhere/m.onnx", "there is no such folder" },
      { "runs/d-1 --seed 3", "export takes no %-%-seed" },
      { "runs/d-1 -o d.lua", "want .onnx" },
    } do
      local code, err = refused("export " .. case[1])
      assert.equal(2, code, err)
      assert.matches(case[2], err)
      assert.is_nil(err:find "traceback")
    end
    local code, err = refused "export runs/d-1 --average 5"
    assert.equal(1, code)
    assert.matches("has 2 checkpoints", err)
  end)

  it("writes over its own models, and over nothing else", function()
    files.write(folder, "mine.onnx", "a text")
    good "export runs/d-1 -o mine.onnx"
    files.write(folder, "x.html", "<html>")
    assert.equal(2, (refused "export runs/d-1 -o x.html"))
    assert.equal("<html>", file.read(folder .. "/x.html"))
  end)

  it("leaves what was there where the disk is full", function()
    for _, form in ipairs { "-o full.onnx", "--numpy -o full.npz" } do
      local path = folder .. "/" .. form:match "%S+$"
      file.write(path, "before")
      for n = 0, 2 do
        local code, _, err = run("export runs/d-1 " .. form,
          ("LRRUN_FAULT=write:%d:ENOSPC:sticky"):format(n))
        assert.equal(1, code)
        assert.equal("before", file.read(path))
        assert.matches("No space left", err)
      end
      assert.is_nil((table.concat(file.list(folder), " ")):find("%.tmp"))
    end
  end)

  it("takes values of one scale for all of a row, as predict does", function()
    files.write(folder, "row.lua", [[
return recipe { name = "row", data = data.digits { limit = 60 },
  model = nn.linear(10), optimizer = optim.adam { lr = 1e-2 }, epochs = 2 }]])
    good "row.lua --quiet --json"
    local lines, x = {}, {}
    for i = 1, 5 do
      local row = {}
      for k = 1, 64 do
        row[k] = i * k * 7 % 17
        x[#x + 1] = row[k]
      end
      lines[i] = table.concat(row, ",")
    end
    files.write(folder, "row.csv", table.concat(lines, "\n") .. "\n")
    good "predict runs/row-1 --input row.csv -o row.jsonl --quiet"
    good "export runs/row-1 -o row.onnx --with-scaling --probabilities --quiet"
    local input <close> = assert(file.open(folder .. "/row.onnx"))
    local found = evaluate.open(input, "row.onnx") { x = values.new({ 5, 64 }, x) }
    local wanted, i = file.read(folder .. "/row.jsonl"), 0
    for line in wanted:gmatch "[^\n]+" do
      local row = json.decode(line)
      for class = 0, 9 do
        i = i + 1
        assert.near(row["p_" .. class], found.probabilities.data[i], 1e-5)
      end
    end
    assert.equal(50, i)
  end)

  it("leaves nothing where it is interrupted while it checks", function()
    files.write(folder, "w.lua", [[
local layers = {}
for i = 1, 30 do
  layers[i] = nn.conv2d { 64, 3, padding = 1 } -- 140 million products in Lua
end
return recipe { name = "w", data = data.digits { limit = 60, images = true },
  model = nn.sequential { nn.sequential(layers), nn.flatten(), nn.linear(10) },
  optimizer = optim.sgd { lr = 1e-3 }, steps = 1 }]])
    good "w.lua --quiet --json"
    -- The signal comes once the file is there, which is then checked for seconds.
    local code = run("export runs/w-1 -o w.onnx --quiet", [[sh -c '"$@" & p=$!
      until ls .lrrun.*.tmp >/dev/null 2>&1; do kill -0 $p || exit 9; done
      kill -INT $p; wait $p' sh]])
    assert.equal(130, code)
    assert.is_nil((table.concat(file.list(folder), " ")):find("%.tmp"))
    assert.is_nil(file.kind(folder .. "/w.onnx"))
  end)

  it("holds a run in bf16 to its network in f32, as the model computes, and says so", function()
    files.write(folder, "bf.lua", [[
return recipe { name = "bf", precision = "bf16", data = data.digits { limit = 60, val = 0.2 },
  model = nn.sequential { nn.linear(32), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 2, checkpoint = { every = 1*epochs, keep = 2 } }]])
    good "bf.lua --quiet --json"
    for _, flags in ipairs { "", " --average 2" } do
      local code, found, err = run("export runs/bf-1 -o bf.onnx --json" .. flags)
      assert.equal(0, code, err)
      assert.is_true(found.check.difference < 1e-5, tostring(found.check.difference))
      assert.equal("f32", found.products)
      assert.matches("matrix products in f32, where training had bf16", err, 1, true)
    end
  end)

  it("is tried behind the process ring too", function()
    good "export runs/d-1 -o strict.onnx --sandbox=require --quiet"
  end)
end)

describe("a model of arrays that are images", function()
  it("is used on arrays of which no value is missing", function()
    local x = {}
    for i = 1, 12 * 3 * 2 * 2 do
      x[i] = string.pack("<f", i * 7 % 13)
    end
    files.write(folder, "x.npy", files.npy("<f4", { 12, 3, 2, 2 }, table.concat(x)))
    files.write(folder, "y.npy", files.npy("|u1", { 12 }, ("\0\1"):rep(6)))
    files.write(folder, "i.lua", [[
return recipe { name = "i", data = data.npy { "x.npy", "y.npy", val = 0.2 },
  model = nn.sequential { nn.conv2d(2, 1), nn.flatten(), nn.linear(2) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 1 }]])
    good "i.lua --quiet --json"
    good "predict runs/i-1 --input x.npy -o i.csv --quiet"
    assert.equal(13, select(2, file.read(folder .. "/i.csv"):gsub("\n", "")))
  end)
end)
