-- Experiment files that a stranger made: each is refused in one clear line before anything is
-- written, or does no more than a recipe may.

local file = require "lrrun.native.file"
local program = require "support.program"
local temporary = require "support.temporary"
local verb = require "support.verb"
local yaml = require "lrrun.record.yaml"

local RECIPE = [[
return recipe { name = "r", data = data.spirals { n = 40, batch = 10, val = 0.25 },
  model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
]]

local function files(name)
  return function(exp)
    exp.files = { [name] = "return 1\n" }
  end
end

local function set(key, value)
  return function(exp)
    local t = exp
    for part in key:gmatch "([^.]+)%." do
      t = t[tonumber(part) or part]
    end
    local last = key:match "[^.]+$"
    t[tonumber(last) or last] = value
  end
end

local function deep(n)
  local t = {}
  for _ = 1, n do
    t = { a = t }
  end
  return t
end

local function text(f)
  return function(_, before)
    return f(before)
  end
end

local function add(line)
  return text(function(before)
    return before .. line
  end)
end

local NAME = "is no plain name below the folder"
local ODD = "holds a character that names here do not"

-- What is done to a good file, what has to be said (false: it may be run, and is harmless), and
-- the exit status (1).
local CASES = {
  { "a name that goes up", files "../../r-1/run.lua", NAME },
  { "a name that goes up inside", files "a/../../b.lua", NAME },
  { "a name that is absolute", files "/tmp/x.lua", NAME },
  { "a name with a dot for a folder", files "./x.lua", NAME },
  { "a name with an empty part", files "a//x.lua", NAME },
  { "another run's weights", files "../../r-1/weights.safetensors", "does not end in .lua" },
  { "the record of the run itself", files "../run.yaml", "does not end in .lua" },
  { "a hidden file", files ".bashrc.lua", "begins or ends with a character" },
  { "an option of a command", files "-rf.lua", "begins or ends with a character" },
  { "a newline in a name", files "a\nb.lua", ODD },
  { "an escape in a name", files "a\27[2Jb.lua", ODD },
  { "a name that is shown backwards", files "a\u{202E}b.lua", ODD },
  { "a C1 control in a name", files "a\u{9B}2Jb.lua", ODD },
  { "another system's path", files "a\\..\\b.lua", ODD },
  { "another system's disk", files "C:x.lua", ODD },
  { "a device of another system", files "con.lua", "is the name of a device" },
  { "a device in a folder", files "a/LPT1.lua", "is the name of a device" },
  { "a name that no file has", files(("x"):rep(300) .. ".lua"), "is longer than 200 bytes" },
  { "a name that is too long", files(("x/"):rep(400) .. "y.lua"), "is too long" },
  { "a folder and a file of one name", function(exp)
    exp.files = { ["a.lua"] = "", ["a.lua/b.lua"] = "" }
  end, "needs a folder where 'a.lua' is a file" },
  { "two names that differ in case", function(exp)
    exp.files = { ["a.lua"] = "", ["A.lua"] = "" }
  end, "stands for the same file as" },
  { "2,000 files", function(exp)
    for i = 1, 2000 do
      exp.files[("f%d.lua"):format(i)] = ""
    end
  end, "has more than 1000 names" },
  { "a file that is a map", set("files", { ["a.lua"] = { x = 1 } }), "'files.a.lua' is a map" },
  { "files as a list", set("files", { "a.lua" }), "'files' is a list, want a map" },
  { "no recipe", set("recipe", nil), "'recipe' is missing" },
  { "a recipe that is a number", set("recipe.text", 7), "'recipe.text' is 7, want a text" },
  { "a recipe of 2 MB", set("recipe.text", ("-- x\n"):rep(400000)), "at most 1048576 are taken" },
  { "bytecode for a recipe", set("recipe.text", "\27Lua"), "binary" },
  { "a name that is a path", set("name", "../../../etc/x"), false },
  { "a name that is no text", set("name", { 1 }), "'name' is a list, want a text" },
  { "a place of its own", set("run.recipe_dir", "/etc"), "'run.recipe_dir' is no key" },
  { "a data folder of its own", set("run.data_dir", "/"), "'run.data_dir' is no key" },
  { "trust", set("run.trusted", true), "'run.trusted' is no key" },
  { "a seed that is a text", set("run.seed", "1; rm"), "'run.seed' is '1; rm', want an integer" },
  { "code for a change", set("run.overrides", { "optimizer=os.exit(0)" }), "'os'" },
  { "a change that is no change", set("run.overrides", { "x" }), "want key.path=value" },
  { "an extension that is none", set("run.extensions", { { via = "magic", from_step = 1 } }),
    "'run.extensions[1].via' is 'magic'" },
  { "an extension before the run", set("run.extensions", { { via = "stretch", from_step = -1 } }),
    "'run.extensions[1].from_step' is -1" },
  { "a fit below all", set("run.fit", 0), "'run.fit' is 0, want an integer at least 1" },
  { "metrics that are text", set("metrics", "none"), "'metrics' is 'none', want a list" },
  { "a line that is a number", set("metrics", { 7 }), "'metrics[1]' is 7, want a map" },
  { "a figure that is a map", set("metrics.1.train_loss", { 1 }), "'metrics[1].train_loss'" },
  { "a digest that is short", set("result.digest", "abc"), "'result.digest' is 'abc'" },
  { "steps that are no number", set("result.steps", 1e300), "'result.steps' is" },
  { "weights that are none", set("weights", "!!!"), "'weights' is no base64" },
  { "weights of another run", set("weights", "AAAA"), false },
  { "settings 60 deep", set("settings.x", deep(40)), "is nested more than 32 deep" },
  { "a key that is unknown", set("exec", "rm -rf /"), "'exec' is no key that is known" },
  { "a key that stands twice", add "name: other\n", "stands twice" },
  { "an alias", add "x: &a [1]\ny: *a\n", "" },
  { "a tag", add "x: !!python/object/apply:os.system ['id']\n", "" },
  { "two documents", add "---\nname: x\n", "" },
  { "a newer format", set("format", "lrrun.experiment.2"), "want 'lrrun.experiment.1'" },
  { "bytes that are no text", add "x: \xff\xfe\n", "UTF-8" },
  { "nothing", text(function() return "" end), "" },
  { "a list", text(function() return "- 1\n" end), "want a map" },
  { "brackets without an end", text(function() return ("["):rep(100000) end), "" },
}

describe("an experiment file of a stranger", function()
  local good, home

  setup(function()
    home = temporary.folder()
    program.write(home .. "/r.lua", RECIPE)
    assert.equal(0, (program.run(("%s/r.lua --quiet --out %s/runs"):format(home, home))))
    assert.equal(0, (program.run(("pack %s/runs/r-1 -o %s/good.yaml"):format(home, home))))
    good = yaml.decode(file.read(home .. "/good.yaml"))
    good.sealed, good.sha256 = nil, nil
  end)

  teardown(function()
    os.execute("rm -rf " .. home)
  end)

  local function listing()
    local pipe <close> = io.popen("cd " .. home .. " && find . -type f | sort | xargs sha256sum")
    return pipe:read "a"
  end

  for _, case in ipairs(CASES) do
    it("with " .. case[1] .. (case[3] and " is refused" or " does no harm"), function()
      local exp = yaml.decode(yaml.encode(good))
      exp.files = exp.files or {}
      local out = case[2](exp, yaml.encode(good)) or yaml.encode(exp)
      program.write(home .. "/x.yaml", out)
      local before = listing()
      local words = ("replay %s/x.yaml --quiet --out %s/runs"):format(home, home)
      local code, _, err = program.run(words, "timeout -s KILL 20")
      if case[3] then
        assert.equal(1, code)
        assert.equal(1, select(2, err:gsub("\n", "")), err)
        assert.truthy(err:find(case[3], 1, true), err)
        assert.equal(before, listing())
        assert.same({ "r-1" }, file.list(home .. "/runs"))
      else
        assert.is_true(code <= 1, err)
        for _, line in ipairs { before:match "[^\n]*runs/r%-1/run.yaml\n", before:match
          "[^\n]*runs/r%-1/weights.safetensors\n" } do
          assert.truthy(listing():find(line, 1, true))
        end
        os.execute("rm -rf " .. home .. "/runs/*-replay-*")
      end
      assert.is_nil(verb.inside((err:gsub("lrrun: ", ""))), err)
    end)
  end
end)
