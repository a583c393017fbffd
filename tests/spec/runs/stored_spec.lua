-- Runs whose samples stay in their files: those of the same recipe with samples in memory.

local files = require "support.files"
local program = require "support.program"
local runs = require "support.runs"
local temporary = require "support.temporary"

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

-- A table of n rows whose class is to be seen, some of whose texts have two lines.
local function write_table(folder, n, width)
  local out = { ("n,"):rep(width) .. "color,y" }
  for i = 1, n do
    local class = i % 7 % 2
    out[#out + 1] = ("%d.%d,"):format(class * 3 + i * 17 % 5, i * 31 % 997):rep(width)
      .. (i % 11 == 0 and '"two\nlines"' or i % 13 == 0 and "" or "red")
      .. (class == 0 and ",u" or ",v")
  end
  files.write(folder, "t.csv", table.concat(out, "\n") .. "\n")
end

local function table_recipe(folder, name, keys, extra)
  program.write(folder .. "/" .. name .. ".lua", (RECIPE:gsub("data.npy.-KEYS",
    'data.csv { "t.csv", batch = 64, val = 0.1 KEYS'):gsub("KEYS", keys or "")
    :gsub("EXTRA", extra or "")))
end

describe("a run on a table whose rows stay in its file", function()
  local folder

  before_each(function()
    folder = runs.folder(finally)
    write_table(folder, 900, 5)
    table_recipe(folder, "inside", ", stream = false")
    table_recipe(folder, "stored", ", stream = true")
  end)

  -- Of 5 numbers a batch is one thread's, of 60 it is cut into parts that all threads share.
  it("has the digest of that with rows in memory, for any number of threads", function()
    for _, width in ipairs { 5, 60 } do
      write_table(folder, 900, width)
      local want = digest(run(folder, "inside.lua --threads 1"))
      for threads = 1, 4 do
        assert.equal(want, digest(run(folder, "stored.lua --threads " .. threads)))
      end
      assert.matches("same to the last bit", run(folder, "verify-resume stored.lua --quiet "
        .. "--threads 4"))
    end
  end)

  it("is resumed to the last bit, also within an epoch and with rows in memory", function()
    assert.matches("same to the last bit", run(folder, "verify-resume stored.lua --quiet"))
    local want = digest(run(folder, "inside.lua"))
    table_recipe(folder, "killed", ", stream = option('stream', true)", [[,
      checkpoint = { every = 5*steps }, on = { step = function(t)
        if t.step == 19 and not io.open "killed" then
          io.open("killed", "w"):close()
          os.execute("kill -KILL " .. io.open("/proc/self/stat"):read "n")
        end
      end } ]])
    for _, again in ipairs { "", " --memory 4G" } do
      os.remove(folder .. "/killed")
      os.execute("rm -rf " .. folder .. "/k")
      local code = program.run_in(folder, "killed.lua --trusted --out k")
      assert.is_true(code ~= 0)
      assert.equal(want, digest(run(folder, "resume k/s-1 --trusted" .. again)))
    end
  end)

  it("is planned, advised, packed, replayed, evaluated and predicted from", function()
    local said = "samples stay in their files and are read as batches are made: they are "
    assert.matches(said, run(folder, "plan stored.lua"), 1, true)
    run(folder, "advise stored.lua --epochs 1 --quiet")
    run(folder, "stored.lua --out a")
    run(folder, "pack a/s-1 -o s.yaml")
    assert.matches("digest", run(folder, "replay s.yaml"))
    assert.matches("accuracy", run(folder, "eval a/s-1 --input t.csv"))
    local evaluated = run(folder, "eval a/s-1 --split train")
    run(folder, "inside.lua --out b")
    assert.equal((run(folder, "eval b/s-1 --split train"):gsub("b/s", "a/s")),
      (evaluated:gsub("samples stay[^\n]*\n", "")))
    run(folder, "predict a/s-1 --input t.csv -o a.csv")
    run(folder, "predict b/s-1 --input t.csv -o b.csv")
    local function text(name)
      local f <close> = assert(io.open(folder .. "/" .. name))
      return f:read "a"
    end
    assert.equal(text "b.csv", text "a.csv")
    run(folder, "report a/s-1")
  end)

  it("ends with a sentence where the disk fails, and where the file is changed", function()
    for _, threads in ipairs { 1, 4 } do
      local code, out, err = program.run_in(folder, "stored.lua --threads " .. threads,
        "LRRUN_FAULT=pread:1500:EIO:sticky")
      assert.equal(1, code, out)
      assert.matches("t.csv: Input/output error", err, 1, true)
    end
    table_recipe(folder, "cut", ", stream = true", [[, on = { epoch = function(t)
      if t.epoch == 2 then
        io.open("t.csv", "a"):write("x"):close()
      end
    end } ]])
    local _, why = run(folder, "cut.lua --trusted", 1)
    assert.matches("t.csv was changed while it was in use: it has ", why, 1, true)
  end)
end)

local PEAK = [[, on = { stop = function()
  for line in io.lines "/proc/self/status" do
    if line:find "^VmHWM" then
      print(line)
    end
  end
end } ]]

local function peak_of(out)
  return assert(tonumber(out:match "VmHWM:%s+(%d+) kB"))
end

describe("a table that is larger than memory", function()
  it("is drafted for, looked at, trained, evaluated, predicted from within --memory", function()
    local folder = runs.folder(finally)
    write_table(folder, 60000, 200) -- 46 MB as float
    table_recipe(folder, "r", "", PEAK)
    local said = "samples stay in their files and are read as batches are made: they are "
      .. "46.2 MB, more than 50 % of --memory (40 MB); stream = false takes them into memory"
    assert.matches(said, run(folder, "plan r.lua --memory 40M"), 1, true)
    run(folder, "init made --data t.csv --memory 40M")
    local shown = run(folder, "data t.csv --memory 40M")
    assert.matches("60000 rows, 202 columns", shown, 1, true)
    assert.matches("rows stay in the file, where different numbers of inputs are not counted",
      shown, 1, true)
    assert.is_nil(shown:find("over 1000", 1, true))
    local out, err = run(folder, "r.lua --epochs 1 --memory 40M --trusted")
    assert.matches(said, out .. err, 1, true)
    local sanitized = program.sanitized() -- whose own memory is most of what is resident
    assert.is_true(sanitized or peak_of(out) < 60000, "resident at most: " .. peak_of(out) .. " kB")
    run(folder, "eval runs/s-1 --memory 40M --trusted")
    run(folder, "eval runs/s-1 --input t.csv --memory 40M --trusted")
    run(folder, "predict runs/s-1 --input t.csv -o p.csv --memory 40M --trusted")
    table_recipe(folder, "r", ", stream = false", PEAK)
    local inside = run(folder, "r.lua --epochs 1 --trusted")
    assert.equal(digest(inside), digest(out))
    assert.is_true(sanitized or peak_of(inside) > 2 * peak_of(out))
    local _, why = run(folder, "r.lua --epochs 1 --memory 40M --trusted", 4)
    assert.matches("(--memory); rows of tables may stay in their files: "
      .. "lrrun help stream", why, 1, true)
  end)
end)

describe("a run on a table that is packed or not UTF-8", function()
  local folder
  if os.execute "stat -f -c %T \"$(dirname $(mktemp -u))\" | grep -Eq 'tmpfs|ramfs'" then
    pending "has its rows in a copy (skipped: temporary files are in memory here)"
    return
  end

  before_each(function()
    folder = temporary.folder() -- on a disk: in memory there is no copy
  end)

  -- t.csv as another file, which the recipes of these names are of.
  local function packed(command, name)
    assert(os.execute(("cd %s && %s > %s"):format(folder, command, name)))
    for keys, stream in pairs { inside = "false", stored = "true" } do
      table_recipe(folder, keys, (", stream = %s"):format(stream))
      local f <close> = assert(io.open(folder .. "/" .. keys .. ".lua"))
      local text = f:read "a":gsub('"t.csv"', ("%q"):format(name))
      program.write(folder .. "/" .. keys .. ".lua", text)
    end
  end

  local COPIED = "what is packed or not UTF-8 is copied as UTF-8 to a file without a name"

  it("has the digest of that in memory, for any number of threads, and is resumed", function()
    write_table(folder, 900, 60)
    packed("gzip -c t.csv", "t.csv.gz")
    local want = digest(run(folder, "inside.lua --threads 1"))
    for threads = 1, 4 do
      local out, err = run(folder, "stored.lua --threads " .. threads)
      assert.equal(want, digest(out))
      assert.matches(COPIED, (out .. err):gsub("%s+", " "), 1, true)
    end
    assert.matches("same to the last bit", run(folder, "verify-resume stored.lua --quiet"))
    assert.matches("rows are in memory: t.csv.gz is packed; a run has a copy of them on the disk",
      (run(folder, "plan stored.lua"):gsub("%s+", " ")), 1, true)
    run(folder, "stored.lua --out a")
    assert.matches("accuracy", run(folder, "eval a/s-1 --split train"))
  end)

  it("says what to do where --disk leaves no room, however small what is packed is", function()
    program.write(folder .. "/t.csv", "a,y\n" .. ("1,u\n2,v\n"):rep(400000))
    packed("gzip -c t.csv", "t.csv.gz")
    local _, err = run(folder, "stored.lua --disk 4M", 1)
    assert.matches("stream = true: t.csv.gz is packed, and rows are read at their places: unpack "
      .. "it, or make room for a copy: 3.1 MB are more than half of what --disk (4.0 MB) leaves",
      (err:gsub("%s+", " ")), 1, true)
  end)

  it("ends with a sentence where its copy cannot be read or written", function()
    write_table(folder, 900, 60)
    packed("gzip -c t.csv", "t.csv.gz")
    local code, out, err = program.run_in(folder, "stored.lua --threads 4",
      "LRRUN_FAULT=pread:1500:EIO:sticky")
    assert.equal(1, code, out)
    assert.matches("the copy of t.csv.gz on the disk cannot be read", err, 1, true)
    code, out, err = program.run_in(folder, "stored.lua", "LRRUN_FAULT=pwrite:3:ENOSPC:sticky")
    assert.equal(1, code, out)
    assert.matches("t.csv.gz: its copy on the disk cannot be written: No space left on device",
      err, 1, true)
  end)

  it("is trained within --memory where it is larger than that", function()
    write_table(folder, 48000, 200) -- 37 MB as float
    for name, command in pairs { ["t.csv.gz"] = "gzip -1c t.csv",
      ["w.csv"] = "iconv -f utf-8 -t utf-16 t.csv" } do
      packed(command, name)
      table_recipe(folder, "r", "", PEAK)
      local f <close> = assert(io.open(folder .. "/r.lua"))
      program.write(folder .. "/r.lua", (f:read "a":gsub('"t.csv"', ("%q"):format(name))))
      local out, err = run(folder, "r.lua --epochs 1 --memory 36M --trusted")
      assert.matches(COPIED, (out .. err):gsub("%s+", " "), 1, true)
      assert.is_true(program.sanitized() or peak_of(out) < 54000,
        "resident at most: " .. peak_of(out) .. " kB")
      assert.equal(digest(run(folder, "inside.lua --epochs 1")), digest(out))
    end
  end)
end)

describe("samples that are larger than memory", function()
  it("are trained within --memory, which plan and the run say, and little of it is resident",
    function()
      local folder = runs.folder(finally)
      write(folder, 30000, 2001)
      recipe(folder, "r", "", PEAK)
      local said = "samples stay in their files and are read as batches are made: they are "
        .. "57.2 MB, more than 50 % of --memory (40 MB); stream = false takes them into memory"
      assert.matches(said, run(folder, "plan r.lua --memory 40M"), 1, true)
      local out, err = run(folder, "r.lua --epochs 1 --memory 40M --trusted")
      assert.matches(said, out .. err, 1, true)
      local sanitized = program.sanitized() -- whose own memory is most of what is resident
    assert.is_true(sanitized or peak_of(out) < 60000, "resident at most: " .. peak_of(out) .. " kB")
      assert.equal(digest(run(folder, "r.lua --epochs 2 --out two --trusted")),
        digest(run(folder, "extend runs/s-1 --epochs 2 --via stretch --memory 400M --trusted")))
      recipe(folder, "r", ", stream = false")
      assert.equal(digest(out), digest(run(folder, "r.lua --epochs 1 --trusted")))
      local _, why = run(folder, "r.lua --epochs 1 --memory 40M --trusted", 4)
      assert.matches("(--memory); fewer samples (n, limit) take less, those of arrays in plain "
        .. "files", why, 1, true)
    end)
end)
