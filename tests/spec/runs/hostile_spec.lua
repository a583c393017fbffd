-- Run folders that a stranger made, or a disk spoiled: refused in one clear line, or used without
-- the part that is wrong, with a word.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local old_runs = require "support.old_runs"
local program = require "support.program"
local safetensors = require "lrrun.record.safetensors"
local tensor = require "lrrun.tensor"
local verb = require "support.verb"

local RECIPE = [[
local h = require "helpers"
return recipe { name = "r", data = data.csv { "points.csv", target = "y", batch = 8, val = 0.25 },
  model = nn.linear(h.classes), optimizer = optim.sgd { lr = 0.1 },
  checkpoint = { every = 3*steps, keep = 9 }, epochs = option("n", 4) }
]]

local function quoted(path)
  return program.quote(path)
end

-- A folder with a recipe, its module and its data, and a run of it.
local function made(flags, before, want)
  local folder = program.folder(finally)
  local rows = { "a,b,y" }
  for i = 1, 40 do
    rows[#rows + 1] = ("%d,%d,%s"):format(i % 5, i * i % 7, i % 2 == 0 and "yes" or "no")
  end
  program.write(folder .. "/r.lua", RECIPE)
  program.write(folder .. "/helpers.lua", "return { classes = 2 }\n")
  program.write(folder .. "/points.csv", table.concat(rows, "\n") .. "\n")
  local state = "XDG_STATE_HOME=" .. folder .. "/state "
  local code, _, err = program.run(("%s/r.lua --out %s/runs --quiet %s"):format(folder, folder,
    flags or ""), state .. (before or ""))
  assert.equal(want or 0, code, err)
  return folder .. "/runs/r-1", folder, state
end

local function stopped()
  return made("", "LRRUN_FAULT=rename:7:KILL", 137)
end

local function use(words, state)
  local code, out, err = program.run(words, ("timeout -s KILL 20 env %s"):format(state or "A=1"))
  for line in err:gmatch "[^\n]+" do
    assert.is_nil(verb.inside((line:gsub("^lrrun: ", ""))), line)
  end
  return code, err, out
end

local function refused(words, want, state)
  local code, err = use(words, state)
  assert.equal(1, code, err)
  assert.matches(want, err)
  assert.equal(1, select(2, err:gsub("\n", "\n")), err)
end

local function flip(path, at, bit)
  local text = assert(file.read(path))
  program.write(path, text:sub(1, at - 1) .. string.char(text:byte(at) ~ (1 << bit))
    .. text:sub(at + 1))
end

describe("weights.safetensors", function()
  it("is not used where a bit of it has changed: 25 of 25 are noticed, by its name", function()
    local run, _, state = made()
    local path = run .. "/weights.safetensors"
    local size = #file.read(path)
    for i = 1, 25 do
      local at, bit = 1 + (i - 1) * (size - 1) // 24, i % 8
      flip(path, at, bit)
      refused("eval " .. run, "weights%.safetensors", state)
      flip(path, at, bit)
    end
    assert.equal(0, (use("eval " .. run, state)))
  end)

  it("of another run is known", function()
    local run, folder, state = made()
    local again = ("%s/r.lua --out %s/runs --quiet --seed 7"):format(folder, folder)
    assert.equal(0, (use(again, state)))
    os.execute(("cp %s/runs/r-2/weights.safetensors %s/"):format(folder, run))
    refused("eval " .. run, "weights%.safetensors: is damaged: its checksum differs", state)
    os.execute(("cp %s/runs/r-2/result.json %s/"):format(folder, run))
    refused("eval " .. run, "result%.json: is that of another run", state)
  end)

  it("is checked where a run begins with it, and those of other programs are taken", function()
    local run, folder, state = made()
    program.write(folder .. "/i.lua", (RECIPE:gsub("epochs =", 'init = "w.safetensors", epochs =')))
    local start = ("%s/i.lua --out %s/runs --quiet"):format(folder, folder)
    os.execute(("cp %s/weights.safetensors %s/w.safetensors"):format(run, folder))
    assert.equal(0, (use(start, state)))
    flip(folder .. "/w.safetensors", #file.read(folder .. "/w.safetensors"), 1)
    local code, err = use(start, state)
    assert.equal(1, code)
    assert.matches("w%.safetensors: is damaged: its checksum differs", err)
    local text = file.read(run .. "/weights.safetensors")
    local header = text:sub(9, 8 + string.unpack("<I8", text))
    local names = json.decode(header)
    local weight, bias
    for name in pairs(names) do
      weight = name:find "weight" and name or weight
      bias = name:find "bias" and name or bias
    end
    safetensors.write(folder .. "/w.safetensors", { [weight] = tensor.new({ 2, 2 }, { 1, 2, 3, 4 }),
      [bias] = tensor.new({ 2 }, { 0, 0 }) }, { format = "pt" })
    assert.equal(0, (use(start, state)))
  end)
end)

describe("places in run.yaml", function()
  it("open nothing by themselves: recipe_dir: /etc does not open /etc", function()
    local run, folder = made()
    local other = folder .. "/elsewhere"
    file.mkdir(other)
    os.execute(("mv %s/points.csv %s/"):format(folder, other))
    for _, place in ipairs { "/etc", "/", other, "../../elsewhere", "/proc/self/cwd" } do
      old_runs.change(run, function(settings)
        settings.recipe_dir, settings.data_dir = place, place
      end)
      for _, words in ipairs { "eval " .. run, "pack " .. run .. " -o " .. folder .. "/x.yaml" } do
        refused(words, "is not open: %-%-data DIR or %-%-allow%-read=DIR opens a folder")
      end
    end
    assert.equal(0, (use(("eval %s --data %s"):format(run, other))))
  end)

  it("are open in a run that the user's lrrun made, its recipe changed since or not", function()
    local run, folder, state = stopped()
    program.write(folder .. "/r.lua", "-- changed\n" .. RECIPE)
    program.write(folder .. "/helpers.lua", "return { classes = 3 }\n")
    assert.equal(0, (use("resume --quiet " .. run, state)))
    assert.equal(0, (use("eval " .. run, state)))
    refused("eval " .. run, "is not open", "XDG_STATE_HOME=" .. folder .. "/another")
  end)

  it("are open in any run where its recipe still stands in its folder", function()
    local run, folder = stopped()
    local stranger = "XDG_STATE_HOME=" .. folder .. "/another"
    assert.equal(0, (use("resume --quiet " .. run, stranger)))
    assert.equal(0, (use("eval " .. run, stranger)))
  end)

  it("cannot be changed under the user's mark", function()
    local run, _, state = made()
    local text = file.read(run .. "/run.yaml")
    program.write(run .. "/run.yaml", (text:gsub("recipe_dir: [^\n]+", "recipe_dir: /etc")))
    refused("eval " .. run, "run%.yaml: was changed since lrrun wrote it", state)
  end)
end)

describe("a run folder", function()
  it("whose checkpoints are all damaged does not begin again without a word", function()
    local run, folder, state = stopped()
    local before = file.read(run .. "/metrics.jsonl")
    for _, name in ipairs(file.list(run .. "/checkpoints")) do
      flip(run .. "/checkpoints/" .. name, #file.read(run .. "/checkpoints/" .. name), 0)
    end
    local code, err = use("resume --quiet " .. run, state)
    assert.equal(1, code)
    assert.matches("none of its %d checkpoints can be used .* delete the folder .*/checkpoints to "
      .. "begin again at step 0\n$", err)
    assert.equal(before, file.read(run .. "/metrics.jsonl"))
    os.execute("rm -r " .. quoted(run .. "/checkpoints"))
    assert.equal(0, (use("resume --quiet " .. run, state)))
    local whole = json.decode(select(3, use(("%s/r.lua --out %s/runs --quiet --json"):format(folder,
      folder), state)))
    assert.equal(whole.digest, json.decode(file.read(run .. "/result.json")).digest)
  end)

  it("whose log is cut, changed, doubled or moved says what is lost", function()
    local run, folder, state = stopped()
    local log = file.read(run .. "/metrics.jsonl")
    local lines = {}
    for line in log:gmatch "[^\n]*\n" do
      lines[#lines + 1] = line
    end
    assert.is_true(#lines >= 2)
    os.execute(("cp -r %s %s/kept"):format(run, folder))
    local digest
    for _, text in ipairs { log, lines[1], lines[1]:sub(1, 30), "",
      lines[1] .. lines[1] .. lines[2], lines[2] .. lines[1], lines[2],
      (log:gsub('"train_loss":%d', '"train_loss":9', 1)) } do
      os.execute(("rm -rf %s; cp -r %s/kept %s"):format(run, folder, run))
      program.write(run .. "/metrics.jsonl", text)
      local code, err = use("resume --quiet " .. run, state)
      assert.equal(0, code, err)
      if text ~= log then
        assert.matches("warning: .*metrics%.jsonl: .* the others are lost", err)
      end
      digest = digest or json.decode(file.read(run .. "/result.json")).digest
      assert.equal(digest, json.decode(file.read(run .. "/result.json")).digest)
    end
  end)

  it("with a FIFO, a device, a folder, a link or a file of holes is refused", function()
    local run, folder, state = made()
    os.execute(("cp -r %s %s/kept"):format(run, folder))
    local words = { ["weights.safetensors"] = "eval", ["run.yaml"] = "eval",
      ["recipe.lua"] = "eval", ["result.json"] = "resume",
      ["metrics.jsonl"] = "pack -o " .. folder .. "/x.yaml",
      ["files/helpers.lua"] = "eval" }
    for name, word in pairs(words) do
      for _, make in ipairs { "mkfifo %s", "mkdir %s", "ln -s /etc/passwd %s", "ln -s %s %s",
        "ln -s /dev/zero %s", "truncate -s 1T %s" } do
        os.execute(("rm -rf %s; cp -r %s/kept %s"):format(run, folder, run))
        local path = quoted(run .. "/" .. name)
        os.execute("rm " .. path .. "; " .. make:format(path, path))
        refused(word .. " " .. run, name:match "[^/]+$":gsub("%p", "%%%0"), state)
      end
    end
  end)

  it("of a newer version, with fields that are unknown, wrong or twice says which", function()
    local run = made()
    local text = file.read(run .. "/run.yaml"):gsub("sealed: true\n", ""):gsub("\nsha256:.*", "\n")
    for _, case in ipairs {
      { "format: 1\n", "format: 2\n", "'format' is 2: a newer lrrun wrote it, this one reads up" },
      { "\nseed: 1\n", "\nseed: x\n", "'seed' is 'x', want an integer at least 0" },
      { "\nseed: 1\n", "\nseed: 1\nseed: 2\n", "key 'seed' stands twice" },
      { "\nseed: 1\n", "\nseeds: 1\n", "'seeds' is no key that is known; did you mean 'seed'" },
      { "\nseed: 1\n", "\nseed: -1\n", "'seed' is %-1, want an integer at least 0" },
      { "\nname: r\n", "\nname: \xff\n", "UTF%-8" },
      { "\nname: r\n", "\n", "'name' is missing" },
      { "\nprogram:\n", "\nprogram: 3\nmore:\n", "'.*' is " },
      { "name: helpers.lua", "name: ../../helpers.lua", "is no plain name below the folder" },
      { "name: helpers.lua", "name: /etc/passwd.lua", "is no plain name below the folder" },
    } do
      local other, count = text:gsub(case[1], (case[2]:gsub("%%", "%%%%")), 1)
      assert.equal(1, count, case[1])
      program.write(run .. "/run.yaml", other)
      refused("eval " .. run, "run%.yaml: .*" .. case[3])
    end
  end)
end)
