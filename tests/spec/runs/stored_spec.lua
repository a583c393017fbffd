-- Runs whose samples stay in their files: those of the same recipe with samples in memory.

local files = require "support.files"
local program = require "support.program"
local runs = require "support.runs"

local RECIPE = [[
return recipe { name = "s", data = data.npy { "x.npy", "y.npy", batch = 64, val = 0.1 KEYS },
  model = nn.sequential { nn.linear(8), nn.batchnorm(), nn.relu(), nn.linear(2) },
  optimizer = optim.adam { lr = 0.003 }, epochs = 3, checkpoint = { every = 1*epochs } EXTRA }
]]

-- n samples of `width` bytes whose class is to be seen.
local function write(folder, n, width)
  local x, y = {}, {}
  for i = 1, n do
    local class = i % 7 % 2
    x[i] = string.char(i * 31 % 251, class * 90 + i * 17 % 83, i // 251 % 256):rep(width // 3)
    y[i] = string.char(class)
  end
  files.write(folder, "x.npy", files.npy("|u1", { n, width }, table.concat(x)))
  files.write(folder, "y.npy", files.npy("|u1", { n }, table.concat(y)))
end

local function recipe(folder, name, keys, extra)
  program.write(folder .. "/" .. name .. ".lua",
    (RECIPE:gsub("KEYS", keys or ""):gsub("EXTRA", extra or "")))
end

local function run(folder, args, want)
  local code, out, err = program.run_in(folder, args)
  assert.equal(want or 0, code, out .. err)
  return out, err
end

local function digest(out)
  return assert(out:match "digest +(%x+)")
end

describe("a run whose samples stay in their files", function()
  local folder

  before_each(function()
    folder = runs.folder(finally)
    write(folder, 900, 30)
    recipe(folder, "inside", ", stream = false")
    recipe(folder, "stored", ", stream = true")
  end)

  it("has the digest of that with samples in memory, for any number of threads", function()
    local want = digest(run(folder, "inside.lua --threads 1"))
    for threads = 1, 3 do
      assert.equal(want, digest(run(folder, "stored.lua --threads " .. threads)))
    end
  end)

  it("is resumed to the last bit", function()
    assert.matches("same to the last bit", run(folder, "verify-resume stored.lua --quiet"))
  end)

  it("is packed, replayed, evaluated and predicted from", function()
    run(folder, "stored.lua --out a")
    run(folder, "pack a/s-1 -o s.yaml")
    assert.matches("digest", run(folder, "replay s.yaml"))
    local inside = run(folder, "eval a/s-1 --split train")
    assert.matches("accuracy", inside)
    assert.equal((inside:gsub("samples stay[^\n]*\n", "")), (run(folder, "eval a/s-1 --split train")
      :gsub("samples stay[^\n]*\n", "")))
    run(folder, "predict a/s-1 --input x.npy -o all.csv")
    run(folder, "predict a/s-1 --input x.npy -o few.csv --memory 30M")
    local function text(name)
      local f <close> = assert(io.open(folder .. "/" .. name))
      return f:read "a"
    end
    assert.equal(text "all.csv", text "few.csv")
  end)

  it("ends with a sentence where the disk fails, and waits for what is interrupted", function()
    for _, threads in ipairs { 1, 2 } do
      local args = "stored.lua --threads " .. threads
      local code, out, err = program.run_in(folder, args, "LRRUN_FAULT=pread:1500:EIO:sticky")
      assert.equal(1, code, out)
      assert.matches("x.npy: Input/output error", err, 1, true)
      code, out = program.run_in(folder, args, "LRRUN_FAULT=pread:1500:EINTR")
      assert.equal(0, code)
      assert.equal(digest(run(folder, "inside.lua")), digest(out))
    end
  end)

  it("says from where it goes on once its file is as it was, where that changed", function()
    recipe(folder, "cut", ", stream = true", [[, on = { epoch = function(t)
      if t.epoch == 2 and not io.open "whole" then
        io.open("x.npy", "a"):write("x"):close()
      end
    end } ]])
    local _, err = run(folder, "cut.lua --out a --trusted", 1)
    assert.matches("\nsaved at step 26; to go on: lrrun resume [^\n]*a/s%-1\n"
      .. "lrrun: [^\n]*x.npy was changed while it was in use: it has 27129 bytes, and had 27128\n$",
      err)
    write(folder, 900, 30)
    files.write(folder, "whole", "")
    assert.equal(digest(run(folder, "inside.lua")), digest(run(folder, "resume a/s-1 --trusted")))
  end)

  it("does not go on with other samples than those it began with", function()
    run(folder, "stored.lua --out a --epochs 2")
    write(folder, 901, 30)
    local _, err = run(folder, "extend a/s-1 --epochs 5 --via stretch", 1)
    assert.matches("data", err)
  end)
end)

describe("samples that are larger than memory", function()
  it("are trained within --memory, which plan and the run say, and little of it is resident",
    function()
      local folder = runs.folder(finally)
      write(folder, 30000, 2001)
      recipe(folder, "r", "", [[, on = { stop = function()
        for line in io.lines "/proc/self/status" do
          if line:find "^VmHWM" then
            print(line)
          end
        end
      end } ]])
      local said = "samples stay in their files and are read as batches are made: they are "
        .. "57.2 MB, more than 50 % of --memory (40 MB); stream = false takes them into memory"
      assert.matches(said, run(folder, "plan r.lua --memory 40M"), 1, true)
      local out, err = run(folder, "r.lua --epochs 1 --memory 40M --trusted")
      assert.matches(said, out .. err, 1, true)
      local peak = assert(tonumber(out:match "VmHWM:%s+(%d+) kB"))
      assert.is_true(peak < 60000, "resident at most: " .. peak .. " kB")
      assert.equal(digest(run(folder, "r.lua --epochs 2 --out two --trusted")),
        digest(run(folder, "extend runs/s-1 --epochs 2 --via stretch --memory 400M --trusted")))
      recipe(folder, "r", ", stream = false")
      assert.equal(digest(out), digest(run(folder, "r.lua --epochs 1 --trusted")))
      local _, why = run(folder, "r.lua --epochs 1 --memory 40M --trusted", 4)
      assert.matches("(--memory); fewer samples (n, limit) take less, those of arrays in plain "
        .. "files", why, 1, true)
    end)
end)
