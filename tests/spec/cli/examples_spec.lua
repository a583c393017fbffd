-- Every example of help is run as it stands, in one folder, in this order.
local examples = require "lrrun.cli.examples"
local native_file = require "lrrun.native.file"
local program = require "support.program"
local verbs = require "lrrun.cli.verbs"

local ORDER = { "init", "data", "plan", "run", "range", "probe", "advise", "sensitivity", "coord",
  "search", "eval", "predict", "generate", "compare", "diff", "report", "resume", "extend",
  "continue", "pack", "replay", "verify-resume", "trust", "help" }

-- What takes a while is run with less.
local LESS = { sensitivity = " --points 2 --seeds 1", search = " --jobs 1",
  range = " --points 20" }

-- What cannot be run here, and why.
local LEFT_OUT = {
  ["lrrun advise recipe.lua --budget '10 min' --freeze tuned.lua"] = "it takes ten minutes",
}

local RECIPE = [[
return recipe {
  name = "recipe", data = data.csv { "mine.csv", batch = 20, val = 0.2 }, model = nn.linear(2),
  optimizer = optim.adam { lr = search.loguniform(1e-3, 1e-1, { default = 1e-2 }) }, epochs = 2,
}]]
local BOOK = [[
return recipe {
  name = "book", data = data.text { "book.txt", task = "lm", context = 8, val = 0.2 },
  model = nn.sequential { nn.embedding(8), nn.attention { 2, causal = true }, nn.linear("vocab") },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 1,
}]]
local WIDE = [[
local width = option("width", 16)
return recipe {
  data = data.blobs { n = 60 }, model = nn.sequential { nn.linear(width), nn.linear(3) },
  optimizer = optim.adamw { lr = 1e-2 }, epochs = 1,
  transfer = { kind = "mup", base = { width = 16 } },
}]]

-- Examples that a verb's text has; what the others of it are made with stands in ORDER.
local function shown(name)
  local list = {}
  for line in ("\n" .. (verbs.by_name[name].about or "")):gmatch "\n  (lrrun [^\n]+)" do
    list[#list + 1] = line
  end
  return list
end

describe("Help's examples", function()
  it("are there for every verb, and only for verbs", function()
    local ordered = {}
    for _, name in ipairs(ORDER) do
      ordered[name] = true
      assert.is_truthy(examples[name], name)
    end
    for name in pairs(examples) do
      assert.is_true(ordered[name], name)
    end
    for _, name in ipairs(verbs.names()) do
      local about = verbs.by_name[name].about or ""
      assert.is_truthy(examples[name] or about:find "^  lrrun ", name .. " has no example")
    end
  end)

  it("run as they stand", function()
    local folder = program.folder(finally)
    local lines = { "a,b,kind" }
    for i = 1, 60 do
      lines[i + 1] = ("%g,%g,%s"):format(i * 37 % 101, i * 53 % 97, i % 2 == 0 and "yes" or "no")
    end
    program.write(folder .. "/mine.csv", table.concat(lines, "\n") .. "\n")
    program.write(folder .. "/recipe.lua", RECIPE)
    program.write(folder .. "/book.lua", BOOK)
    program.write(folder .. "/wide.lua", WIDE)
    program.write(folder .. "/book.txt", ("The cat sat on the mat.\n"):rep(30))
    local before = ("XDG_STATE_HOME=%s/state"):format(folder)
    assert.equal(0, (program.run_in(folder, "book.lua --quiet", before)))
    for _, name in ipairs(ORDER) do
      for _, row in ipairs(examples[name]) do
        local words = row[1]:match "^lrrun (.*)$"
        if not LEFT_OUT[row[1]] then
          local code, _, err = program.run_in(folder, words .. (LESS[name] or ""), before)
          assert.equal(0, code, row[1] .. ": " .. err)
        end
      end
    end
  end)

  it("run as they stand where they are in a verb's text", function()
    local folder = program.folder(finally)
    program.write(folder .. "/mine.csv", "a,b,kind\n" .. ("1,2,yes\n3,1,no\n"):rep(20))
    for _, name in ipairs { "quickstart", "mine" } do
      program.write(("%s/%s.lua"):format(folder, name),
        (RECIPE:gsub('name = "recipe"', ('name = "%s"'):format(name))))
    end
    assert.equal(0, (program.run_in(folder, "quickstart.lua --quiet")))
    program.write(folder .. "/model.safetensors",
      assert(native_file.read(folder .. "/runs/quickstart-1/weights.safetensors")))
    local n = 0
    for _, name in ipairs(verbs.names()) do
      for _, line in ipairs(not examples[name] and shown(name) or {}) do
        local code, _, err = program.run_in(folder, line:match "^lrrun (.*)$")
        assert.equal(0, code, line .. ": " .. err)
        n = n + 1
      end
    end
    assert.is_true(n >= 6, n)
  end)
end)

describe("lrrun alone", function()
  it("shows first steps, of which each names a verb, and ends with 0", function()
    local code, out, err = program.run ""
    assert.same({ 0, "" }, { code, err })
    for verb in out:gmatch "\n  lrrun (%l+) " do
      assert.is_truthy(verbs.by_name[verb], verb)
    end
    assert.matches("lrrun init --data mine.csv", out, 1, true)
    assert.is_true(#out < 1200)
    assert.equal(2, (program.run "--quiet"))
  end)
end)

describe("lrrun help --html", function()
  it("is all of help as one page that loads nothing and escapes what it shows", function()
    local folder = program.folder(finally)
    local code, out = program.run(("help --html -o %s/help.html"):format(folder))
    assert.equal(0, code)
    assert.matches("^%S+/help.html: %d+ bytes\n$", out)
    local file <close> = assert(io.open(folder .. "/help.html"))
    local html = file:read "a"
    assert.matches("^<!DOCTYPE html>", html)
    for _, name in ipairs { "verify-resume", "nn.conv2d", "optim.adamw", "bits_per_byte" } do
      assert.matches(name, html, 1, true)
    end
    assert.matches("&lt;=50K", html, 1, true)
    assert.is_nil(html:find "[^&]<=50K")
    assert.is_nil(html:find "src=[\"']?https?:")
    assert.is_nil(html:find "<link")
    assert.matches("prefers%-color%-scheme", html)
    assert.equal(2, (program.run "help run --html"))
    assert.equal(2, (program.run "help run -o x.html"))
  end)
end)

describe("A verb", function()
  it("refuses flags that it would ignore, and its help has none of them", function()
    for words, flag in pairs {
      ["help --threads 2 run"] = "threads", ["trust --list --memory 1G"] = "memory",
      ["compare x --out y"] = "out", ["init --out y"] = "out", ["data --out y"] = "out",
      ["eval x --out y"] = "out", ["resume x --out y"] = "out",
    } do
      local code, _, err = program.run(words)
      local verb = words:match "^%S+"
      assert.same({ 2, ("lrrun: '%s' takes no --%s (lrrun help %s)\n"):format(verb, flag, verb) },
        { code, err })
      local _, help = program.run("help " .. verb)
      assert.is_nil(help:find("  %-%-" .. flag .. "%f[^%w-]"), words)
    end
  end)

  it("names others for a flag that it refuses only where they take it", function()
    local WHY = "lrrun: resume takes no --%s: a run goes on as it began%s\n"
    for flag, more in pairs {
      ["precision bf16"] = "", ["seed 3"] = "", ["set a=1"] = "; lrrun continue takes it",
      ["epochs 3"] = "; lrrun continue or extend takes it",
    } do
      local name = flag:match "^%w+"
      local code, _, err = program.run("resume x --" .. flag)
      assert.same({ 2, WHY:format(name, more) }, { code, err })
      local takes = { set = { "continue" }, epochs = { "continue", "extend" } }
      for _, verb in ipairs(takes[name] or {}) do
        local _, _, said = program.run(("%s x --%s"):format(verb, flag))
        assert.is_nil(said:find("takes no --" .. name, 1, true), said)
      end
    end
  end)
end)
