-- Records of runs, studies and experiments for tests/fuzz/run.lua: { name, function of a
-- text, good inputs, change }. change(text, draw) gives the text with a value replaced, left
-- out or exchanged, and sealed anew, so that what stands behind a checksum is tried too.

package.path = "tests/?.lua;" .. package.path

local about = require "lrrun.study.about"
local checkpoint = require "lrrun.runs.checkpoint"
local current = require "lrrun.util.current"
local experiment = require "lrrun.runs.experiment"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local journal = require "lrrun.study.journal"
local json = require "lrrun.record.json"
local memory = require "support.runs"
local nn = require "lrrun.nn"
local program = require "support.program"
local reload = require "lrrun.runs.reload"
local seal = require "lrrun.record.seal"
local weights = require "lrrun.record.weights"
local yaml = require "lrrun.record.yaml"

local RECIPE = [[
return recipe {
  name = "fuzzed", data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2 },
  model = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) }, epochs = 2,
  optimizer = optim.sgd { lr = search.loguniform(1e-3, 1), momentum = 0.9 },
  log = 2*steps,
}
]]

local home = memory.folder()

local function lrrun(args)
  local code, out, err = program.run(args)
  assert(code == 0, out .. err)
end

local function copy(from, name)
  local to = home .. "/" .. name
  assert(os.execute(("cp -a %s %s"):format(program.quote(from), program.quote(to))))
  return to
end

local function text_of(path)
  return assert(file.read(path, 1 << 24))
end

-- Not file.write: that waits for the disk.
local function put(path, text)
  local out <close> = assert(io.open(path, "wb"))
  assert(out:write(text))
end

program.write(home .. "/r.lua", RECIPE)
lrrun(("%s/r.lua --out %s/runs --quiet --threads 1"):format(home, home))
lrrun(("search %s/r.lua --out %s/out --strategy random --trials 2 --quiet"):format(home, home))
local RUN, STUDY = home .. "/runs/fuzzed-1", home .. "/out/fuzzed-study"
lrrun(("pack %s --weights -o %s/e.yaml --quiet"):format(RUN, home))

local ODD = {
  0, -1, 1 << 62, math.mininteger, 0.5, -0.0, 1e308, "", "x", "..", "../../etc/passwd", "/etc",
  "\27[2J", "\u{202e}", ("x"):rep(5000), "nan", "1", true, false, {}, { {} }, { 1, 2, 3 },
  { a = 1 }, { "x" }, { { { { {} } } } },
}

-- Every place of a tree that a value can be in: { table, key }.
local function places(tree, list)
  for key, item in pairs(tree) do
    list[#list + 1] = { tree, key }
    if type(item) == "table" then
      places(item, list)
    end
  end
  return list
end

local function change_tree(tree, draw)
  for _ = 1, draw(2) do
    local list = places(tree, {})
    table.sort(list, function(a, b) return tostring(a[2]) < tostring(b[2]) end)
    local at, other = list[draw(#list)], list[draw(#list)]
    local what = draw(4)
    if what == 1 then
      at[1][at[2]] = nil
    elseif what == 2 then
      at[1][ODD[draw(#ODD)]] = ODD[draw(#ODD)]
    elseif what == 3 then
      at[1][at[2]] = other[1][other[2]]
    else
      at[1][at[2]] = ODD[draw(#ODD)]
    end
  end
  return tree
end

-- decode and encode of a form, and its seal.
local FORMS = {
  yaml = { yaml.decode, yaml.encode },
  json = { json.decode, function(tree) return json.encode(tree, { indent = true }) .. "\n" end },
}

local function changer(form)
  local decode, encode = table.unpack(FORMS[form])
  return function(text, draw)
    local tree = change_tree(decode(text), draw)
    tree.sha256 = nil
    return seal.close(encode(tree), form)
  end
end

-- Lines of JSON, one of which is changed, without its checksum.
local function change_line(text, draw)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    lines[#lines + 1] = line
  end
  local at = draw(#lines)
  local tree = change_tree(json.decode(lines[at]), draw)
  tree.crc = nil
  lines[at] = json.encode(tree)
  return table.concat(lines, "\n") .. "\n"
end

-- A target that has a folder of its own, in which one file is another each time.
local function in_folder(name, from, inside, use, change)
  local path = copy(from, name)
  return { name, function(text)
    put(path .. "/" .. inside, text)
    return use(path)
  end, { text_of(from .. "/" .. inside) }, change }
end

local function settings_of(path)
  return reload.settings(path)
end

local function trial_of(path)
  return journal.read(path):study "fuzzed"
end

local net = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) }:build { 2 }
local last = checkpoint.steps(RUN)[1]

-- What unpacks stays where it is told to.
local unpacked = 0
local function unpack_experiment(text)
  put(home .. "/fuzzed.yaml", text)
  local exp = experiment.read(home .. "/fuzzed.yaml")
  unpacked = unpacked + 1
  if unpacked % 50 == 0 then
    local parent = home .. "/unpacked"
    file.mkdir(parent)
    local path = experiment.unpack(exp, parent, home)
    assert(path:sub(1, #parent + 1) == parent .. "/" and not path:find("..", 1, true), path)
    os.execute("rm -rf " .. program.quote(parent))
  end
end

current.out().warn = function() end

return {
  in_folder("run.yaml", RUN, "run.yaml", settings_of, changer "yaml"),
  in_folder("result.json", RUN, "result.json", function(path)
    return folder.result(settings_of(path))
  end, changer "json"),
  in_folder("metrics.jsonl", RUN, "metrics.jsonl", function(path)
    return folder.rows(settings_of(path))
  end, change_line),
  in_folder("steps.jsonl", RUN, "steps.jsonl", function(path)
    return folder.step_rows(settings_of(path))
  end, change_line),
  in_folder("history.jsonl", RUN, "metrics.jsonl", function(path)
    os.rename(path .. "/metrics.jsonl", path .. "/history.jsonl")
    return folder.events(settings_of(path))
  end, change_line),
  in_folder("data.json", RUN, "data.json", function(path)
    return folder.kept(settings_of(path))
  end, changer "json"),
  in_folder("weights", RUN, "weights.safetensors", function(path)
    return weights.load(path .. "/weights.safetensors", net.graph)
  end),
  in_folder("checkpoint", RUN, ("checkpoints/step-%d.safetensors"):format(last), function(path)
    local reader <close> = setmetatable({}, { __close = function(self)
      if self.opened then
        self.opened.close()
      end
    end })
    reader.opened = checkpoint.open(path, last)
  end),
  { "experiment", unpack_experiment, { text_of(home .. "/e.yaml") }, changer "yaml" },
  in_folder("study.json", STUDY, "study.json", about.read, changer "json"),
  in_folder("journal", STUDY, "journal.log", trial_of, change_line),
}, function()
  os.execute("rm -rf " .. program.quote(home))
end
