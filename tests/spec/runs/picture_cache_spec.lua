-- Runs on folders of pictures that stay in their files and are kept, once they are decoded, in a
-- file without a name: those of the same recipe with pictures in memory.

local files = require "support.files"
local program = require "support.program"
local temporary = require "support.temporary"

local RECIPE = [[
return recipe { name = "p", data = data.images { "set", batch = 8, val = 0.2, resize = { 6, 6 },
    augment = { flip = true, crop = 1 } KEYS },
  model = nn.sequential { nn.flatten(), nn.linear(8), nn.relu(), nn.linear(2) },
  optimizer = optim.adam { lr = 0.003 }, epochs = 3, checkpoint = { every = 1*epochs } EXTRA }
]]

local N, SIDE = 40, 90 -- a picture of 24 KB becomes a sample of 108 bytes

local function picture(i)
  return files.png(SIDE, SIDE, 3, string.char(i * 5, 255 - i * 3, i % 2 * 90):rep(SIDE * SIDE))
end

local function recipe(folder, name, keys, extra)
  program.write(folder .. "/" .. name .. ".lua",
    (RECIPE:gsub("KEYS", keys or ""):gsub("EXTRA", extra or "")))
end

local function run(folder, args, before)
  local code, out, err = program.run_in(folder, args, before)
  assert.equal(0, code, out .. err)
  return out, err
end

local function digest(out)
  return assert(out:match "digest +(%x+)")
end

local function listed(folder)
  local pipe <close> = assert(io.popen(("cd %s && find . -mindepth 1 -maxdepth 1 | sort")
    :format(folder)))
  return pipe:read "a"
end

-- A hook that prints at the end how many bytes the process has read.
local READ = [[, on = { stop = function()
  for line in io.lines "/proc/self/io" do
    if line:find "^rchar" then
      print(line)
    end
  end
end }]]

describe("a run whose pictures are kept once they are decoded", function()
  local folder, want
  if os.execute "stat -f -c %T \"$(dirname $(mktemp -u))\" | grep -Eq 'tmpfs|ramfs'" then
    pending "are those with pictures in memory (skipped: temporary files are in memory here)"
    return
  end

  before_each(function()
    folder = temporary.folder() -- on a disk: in memory nothing is kept
    for i = 0, N - 1 do
      files.write(folder, ("set/%s/%02d.png"):format(i % 2 == 0 and "a" or "b", i), picture(i))
    end
    recipe(folder, "inside", ", stream = false")
    recipe(folder, "stored", ", stream = true")
    want = digest(run(folder, "inside.lua --threads 1 --out in"))
  end)

  it("has the digest of that with pictures in memory, and says where they are kept", function()
    for threads = 1, 3 do
      local out, err = run(folder, "stored.lua --threads " .. threads)
      assert.equal(want, digest(out))
      assert.matches("each picture is decoded once and kept in runs, in a file without a name that "
        .. "takes 4.22 KB of the disk and is gone with the run; cache = false decodes it whenever "
        .. "it is used", out .. err, 1, true)
    end
    assert.equal("./p-1\n./p-2\n./p-3\n", listed(folder .. "/runs"))
    local out, err = run(folder, "stored.lua --trusted --out not/yet")
    assert.equal(want, digest(out))
    assert.matches("kept in not/yet", out .. err, 1, true)
    assert.matches("training decodes each picture once and keeps it in runs, in a file without a "
      .. "name that takes 4.22 KB of the disk (cache = false: it does not)",
      run(folder, "plan stored.lua"), 1, true)
  end)

  it("reads each file once", function()
    local function read(name, keys)
      recipe(folder, name, ", stream = true" .. keys, READ)
      local out = run(folder, name .. ".lua --trusted")
      assert.equal(want, digest(out))
      return assert(tonumber(out:match "rchar: (%d+)"))
    end
    local all = N * #picture(1)
    local once, always = read("once", ""), read("always", ", cache = false")
    assert.is_true(always - once > 4 * all, ("%d and %d bytes"):format(once, always))
    assert.is_true(once < 2 * all, once .. " bytes")
  end)

  it("reads each file once where it is made longer or goes on otherwise", function()
    recipe(folder, "once", ", stream = true", READ)
    run(folder, "once.lua --trusted")
    local all = N * #picture(1)
    for _, verb in ipairs { "extend runs/p-1 --epochs +1 --via stretch",
      "continue runs/p-1 --epochs +1 --lr 0.001" } do
      local read = tonumber(run(folder, verb .. " --trusted"):match "rchar: (%d+)")
      assert.is_true(read > all and read < 2 * all, ("%s: %d bytes"):format(verb, read))
    end
  end)

  it("is resumed to the last bit", function()
    assert.matches("same to the last bit", run(folder, "verify-resume stored.lua --quiet"))
  end)

  it("leaves nothing where it is killed, and goes on", function()
    recipe(folder, "cut", ", stream = true", [[, on = { epoch = function(t)
      if t.epoch == 2 and not io.open "whole" then
        os.execute("kill -9 $PPID")
      end
    end }]])
    assert.equal(137, (program.run_in(folder, "cut.lua --trusted")))
    assert.equal("./p-1\n", listed(folder .. "/runs"))
    files.write(folder, "whole", "")
    assert.equal(want, digest(run(folder, "resume runs/p-1 --trusted")))
  end)

  it("decodes each time, which it says, where the disk or --disk has no room", function()
    local said = "each picture is decoded whenever it is used, as none is kept: "
    for fault, why in pairs { ENOSPC = "runs has room for 0 bytes (half of what is free), and "
      .. "4.2 KB are wanted",
      EACCES = "runs: Permission denied" } do
      local out, err = run(folder, "stored.lua", "LRRUN_FAULT=scratch:0:" .. fault)
      assert.matches(said .. why, out .. err, 1, true)
      assert.equal(want, digest(out))
    end
    program.write(folder .. "/large.lua", (RECIPE:gsub("KEYS", ", stream = true"):gsub("EXTRA", "")
      :gsub("nn.flatten", "nn.global_avgpool"):gsub("6, 6", "200, 200")))
    local out, err = run(folder, "large.lua --epochs 1 --disk 8M")
    assert.matches(said .. "4.6 MB are more than half of what --disk (8.0 MB) leaves", out .. err,
      1, true)
  end)

  it("decodes what could not be written, or not be read again", function()
    for _, fault in ipairs { "pwrite:3:ENOSPC:sticky", "pwrite:0:EIO", "pread:60:EIO",
      "pread:60:EINTR" } do
      for threads = 1, 2 do
        local out, err = run(folder, "stored.lua --threads " .. threads, "LRRUN_FAULT=" .. fault)
        assert.equal(want, digest(out), fault)
        assert.equal(fault:match "pwrite:3" and "37 of 40" or fault:match "pwrite" and "1 of 40"
          or false,
          (out .. err):match "whenever it is used; (%d+ of 40) could not be written" or false)
      end
    end
  end)

  it("goes on where a file is written anew as it was, and ends where it is another", function()
    local function change(name, command)
      recipe(folder, name, ", stream = true", ([[, on = { epoch = function(t)
        if t.epoch == 1 then
          os.execute "cd set && %s"
        end
      end }]]):format(command))
      return program.run_in(folder, name .. ".lua --trusted")
    end
    local code, out, err = change("same", "touch a/*.png && cp b/01.png x && mv x b/01.png")
    assert.equal(0, code, err)
    assert.equal(want, digest(out))
    for says, command in pairs {
      ["a/%d+.png was changed while it was in use"] = "for i in a/*; do cp -p b/01.png $i; done",
      ["b/%d+.png: No such file or directory; it was changed while it was"] = "rm b/*.png",
    } do
      code, out, err = change("other", command)
      assert.equal(1, code, out)
      assert.matches(says, err)
      for i = 0, N - 1 do
        files.write(folder, ("set/%s/%02d.png"):format(i % 2 == 0 and "a" or "b", i), picture(i))
      end
    end
  end)
end)
