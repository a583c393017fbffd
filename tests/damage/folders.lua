-- Run folders and experiment files, damaged in one place each, and every verb that reads them.

local compare = require "lrrun.record.compare"
local damage = require "support.damage"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local own = require "lrrun.runs.own"
local program = require "support.program"
local seal = require "lrrun.record.seal"
local tally = require "support.tally"
local temporary = require "support.temporary"
local verb = require "support.verb"

local MLP = [[
local h = require "helpers"
return recipe { name = "mlp", seed = 3, data = data.csv { "points.csv", target = "kind",
    batch = 16, val = 0.25 },
  model = nn.sequential { nn.linear(h.width), nn.batchnorm(), nn.relu(), nn.linear(3) },
  optimizer = optim.adam { lr = 0.02 }, schedule = schedule.plateau { patience = 1 },
  stop = stop.early { patience = 2 }, on_divergence = { rollback = true },
  metrics = { "grad_norms" }, checkpoint = { every = 4*steps, keep = 3 },
  epochs = option("n", 8) }
]]
local TEXT = [[
return recipe { name = "text", data = data.text { "films.tsv", val = 0.2 },
  model = nn.sequential { nn.embedding(4), nn.gru(4), nn.linear(2) },
  optimizer = optim.adam { lr = 0.05 }, checkpoint = { every = 2*steps }, epochs = 3 }
]]

local WRITES = [[
return recipe { name = "writes", data = data.text { "songs.txt", task = "lm", context = 6,
    batch = 8, document = "\n", val = 0.2 },
  model = nn.sequential { nn.embedding(4), nn.attention { 2, causal = true },
    nn.gru { 4, sequences = true }, nn.linear(7) },
  optimizer = optim.adam { lr = 0.05 }, checkpoint = { every = 2*steps }, epochs = 2 }
]]

local function points()
  local rows = { "a,b,kind" }
  for i = 1, 96 do
    rows[#rows + 1] = ("%d,%d,%s"):format(i % 7, i * i % 11, ({ "one", "two", "three" })[i % 3 + 1])
  end
  return table.concat(rows, "\n") .. "\n"
end

local function films()
  local rows = {}
  for i = 1, 60 do
    rows[i] = i % 2 == 0 and "good\tfine film, so fine" or "bad\tpoor film, so poor"
  end
  return table.concat(rows, "\n") .. "\n"
end

program.path = require("lrrun.native.sys").program() -- from any folder

local function must(home, args, before, want)
  local code, _, err = program.run(args, "cd " .. home .. "; " .. (before or ""))
  assert(code == (want or 0), err)
end

-- A folder with recipes, their data and runs: name -> path, and that of another of its kind.
local function make_good(home)
  for name, text in pairs { ["mlp.lua"] = MLP, ["text.lua"] = TEXT, ["writes.lua"] = WRITES,
    ["songs.txt"] = ("la le\nlo la\n"):rep(30),
    ["helpers.lua"] = "return { width = 6 }\n", ["points.csv"] = points(),
    ["films.tsv"] = films(), ["in.csv"] = "a,b\n1,2\n3,4\n", ["in.txt"] = "so fine\nso poor\n" } do
    damage.put(home .. "/" .. name, text)
  end
  must(home, "mlp.lua --quiet")
  must(home, "mlp.lua --quiet --seed 9")
  must(home, "mlp.lua --quiet", "LRRUN_FAULT=rename:8:KILL", 137)
  must(home, "mlp.lua --quiet --seed 9", "LRRUN_FAULT=rename:8:KILL", 137)
  must(home, "mlp.lua --quiet --set n=2")
  must(home, "extend runs/mlp-5 --epochs +2 --via rewarm --quiet")
  must(home, "text.lua --quiet")
  must(home, "writes.lua --quiet")
  must(home, "pack runs/mlp-1 -o mlp.yaml --weights")
  must(home, "pack runs/mlp-2 -o other.yaml --weights")
end

local GOOD = {
  { "runs/mlp-1", "runs/mlp-2", "in.csv" }, { "runs/mlp-3", "runs/mlp-4", "in.csv" },
  { "runs/mlp-5", "runs/mlp-1", "in.csv" }, { "runs/text-1", nil, "in.txt" },
  { "runs/writes-1", nil, "in.txt" },
  { "mlp.yaml", "other.yaml" },
}
local OF_FOLDER = { "eval", "resume", "predict", "report", "compare", "pack", "diff", "extend",
  "generate" }
local OF_FILE = { "replay", "report", "compare", "diff" }

local TIMES = { seconds = true, steps_per_second = true, samples_per_second = true,
  tokens_per_second = true, bytes = true }

local function timeless(t)
  if type(t) ~= "table" then
    return t
  end
  local out = {}
  for key, item in pairs(t) do
    out[key] = not TIMES[key] and timeless(item) or nil
  end
  return setmetatable(out, getmetatable(t))
end

local function rows_of(folder)
  local text = file.read(folder .. "/metrics.jsonl", 1 << 20) or ""
  return (text:gsub('"seconds":[^,}]*', ""):gsub('"crc":"%x*"', ""))
end

-- What a verb came to, as one text.
local function outcome(heard, name, here, target)
  local parts = { heard.code, json.encode(timeless(heard.result or {})) }
  if name == "report" or name == "pack" then
    parts[#parts + 1] = file.read(here .. "/out", 1 << 24) or "none"
  elseif name == "resume" or name == "extend" then
    parts[#parts + 1] = rows_of(target)
  elseif name == "compare" then
    parts[#parts + 1] = table.concat(heard.lines, "\n")
  end
  return table.concat(parts, "\n")
end

local function use(name, here, target, good)
  local flags = { output = here .. "/out", out = here .. "/made" }
  local args = { target }
  if name == "predict" then
    flags.input = here .. "/" .. good[3]
  elseif name == "generate" then
    flags.prompt, flags.tokens = "l", 20
  elseif name == "compare" or name == "diff" then
    args[2] = here .. "/" .. (good[2] or good[1])
  elseif name == "extend" then
    flags.via, flags.epochs = "stretch", "+1"
  end
  return verb.run(name, args, flags)
end

-- Files of a folder, below it.
local function files_of(path, prefix, out)
  for _, name in ipairs(file.list(path) or {}) do
    local kind = file.kind(path .. "/" .. name)
    if kind == "dir" then
      files_of(path .. "/" .. name, prefix .. name .. "/", out)
    elseif kind == "file" and name ~= "report.html" then
      out[#out + 1] = prefix .. name
    end
  end
  return out
end

local function fresh(home, here)
  damage.shell("rm -rf %s && cp -r %s %s", here, home, here)
end

-- What is wrong with what was heard of a damaged one, or nil.
local function fault(heard, found, wanted, words, sealed)
  for _, message in ipairs { heard.raised, table.unpack(heard.words) } do
    local shown = verb.inside(message)
    if shown then
      return ("shows the inside (%s): %s"):format(shown, message)
    end
  end
  local said = heard.raised or #heard.words > words
  if not said and not sealed and found ~= wanted then
    local a, b = compare.texts(wanted, found), nil
    return ("another result without a word: %s"):format(a and ("%s, was %s"):format(
      tostring(a.b):sub(1, 300), tostring(a.a):sub(1, 300)) or tostring(b))
  end
  return nil
end

local function left_empty(here)
  for _, name in ipairs(file.list(here .. "/made") or {}) do
    if not file.kind(here .. "/made/" .. name .. "/metrics.jsonl") then
      return name
    end
  end
  return nil
end

local function one_case(case, here, home, references)
  local draw = damage.draw(case.seed, case.number)
  local good = draw:of(GOOD)
  local is_file = good[1]:find "%.yaml$"
  local name = draw:of(is_file and OF_FILE or OF_FOLDER)
  local target = here .. "/" .. good[1]
  local key = name .. " " .. good[1]
  if not references[key] then
    fresh(home, here)
    local heard = use(name, here, target, good)
    references[key] = { outcome(heard, name, here, target), #heard.words, heard.raised }
  end
  fresh(home, here)
  local list = is_file and { "" } or files_of(target, "/", {})
  local below = draw:of(list)
  local sealed = draw:between(1, 3) == 1 and function(text, form)
    text = seal.close(text:gsub("\nsha256: %x+\n$", "\n"), form)
    return form == "yaml" and own.mark(text) or text
  end or nil
  local other = good[2] and file.kind(home .. "/" .. good[2] .. below) == "file"
    and home .. "/" .. good[2] .. below or nil
  local done = damage.file(draw, target .. below, other, sealed, is_file)
  case.text = ("%s, %s%s, %s"):format(name, good[1], below, done or "nothing")
  local heard = use(name, here, target, good)
  local reference = references[key]
  local why = fault(heard, outcome(heard, name, here, target), reference[1], reference[2],
    sealed or reference[3])
  if not why and heard.raised and left_empty(here) then
    why = "leaves the folder " .. left_empty(here)
  end
  return why
end

--- Cases `first` to first + n - 1 of a seed.
return function(n, seed, first)
  local home, here = temporary.folder(true), temporary.folder(true)
  make_good(home)
  own.begin(true)
  local references = {}
  for number = first, first + n - 1 do
    local case = { seed = seed, number = number }
    if os.getenv "DAMAGE_SHOW" then
      io.stderr:write("case ", number, "\n")
    end
    local why = one_case(case, here, home, references)
    if why then
      tally.fail("case %d of seed %d (%s): %s", number, seed, case.text, why)
    else
      tally.pass()
    end
  end
  damage.shell("rm -rf %s %s", home, here)
end
