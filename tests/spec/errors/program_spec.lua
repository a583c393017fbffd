-- Mistakes as the user of the program meets them: one line on stderr that begins with
-- "lrrun: ", nothing on stdout, and an exit status that tells the recipe's mistakes (1) from
-- wrong command lines (2).

local program = require "support.program"

local GOOD = [[
  data = data.digits { batch = 64, limit = 200 },
  model = nn.linear(10), optimizer = optim.adam(), epochs = 2,
]]

local function run(text, flags)
  local folder
  local code, out, err
  folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  code, out, err = program.run(("--quiet --out %s/runs %s %s/r.lua"):format(folder, flags or "",
    folder))
  return code, out, (err:gsub(folder:gsub("%p", "%%%0") .. "/", ""))
end

-- text of the recipe, flags, exit status, what stderr says
local CASES = {
  ["a key that is misspelt"] = { "return recipe {\n" .. GOOD .. "  epoch = 5,\n}", "", 1,
    "r.lua:4: recipe: unknown key 'epoch'; did you mean 'epochs'? It takes " },
  ["a syntax error"] = { "return recipe {,}", "", 1, "r.lua:1: unexpected symbol near ','" },
  ["a misspelt name"] = { "return recpie {}", "", 1,
    "r.lua:1: unknown name 'recpie'; did you mean 'recipe'?" },
  ["a recipe that returns a number"] = { "return 5", "", 1,
    "r.lua: the script returned 5, want recipe { ... }" },
  ["an error in the recipe's code"] = { "local t\nlocal x = t.a", "", 1,
    "r.lua:2: attempt to index a nil value (local 't')" },
  ["an error that is no text"] = { "\nerror {}", "", 1, "r.lua:2: the script raised a table, not" },
  ["an error in a callback"] = { "return recipe {\n" .. GOOD .. "  on = { epoch = function(s)\n"
    .. "    return s.metrics.f1.x\n  end },\n}", "", 1,
    "r.lua:5: attempt to index a nil value (field 'f1')" },
  ["a callback that returns what is not taken"] = { "return recipe {\n" .. GOOD
    .. "  on = { step = function() return 5 end },\n}", "", 1,
    "r.lua:4: on.step: returned 5, want 'stop' or nothing" },
  ["a callback that writes to the run's state"] = { "return recipe {\n" .. GOOD
    .. "  on = { step = function(s) s.lr = 5 end },\n}", "", 1,
    "r.lua:4: the state of a callback is read-only: 'lr' cannot be set" },
  ["a schedule's function that fails"] = { "return recipe {\n" .. GOOD
    .. "  schedule = schedule.fn(function(t) return t.foo.bar end),\n}", "", 1,
    "r.lua:4: schedule.fn: its function failed at step 0: r.lua:4: attempt to index" },
  ["a schedule's function that gives NaN"] = { "return recipe {\n" .. GOOD
    .. "  schedule = schedule.fn(function() return 0/0 end),\n}", "", 1,
    "r.lua:4: schedule.fn: its function returned NaN at step 0, want a finite number" },
  ["a --set of a key that is not there"] = { "return recipe {" .. GOOD .. "}",
    "--set optimizer.lrr=1", 1, "--set optimizer.lrr=1: optim.adam has no key 'lrr'; did you" },
  ["a --set of an option that nobody asks for"] = { "local w = option('width', 5)",
    "--set widht=5", 1, "--set widht=5: the script asks for no option() 'widht'; did you mean" },
  ["a flag that is misspelt"] = { "return recipe {" .. GOOD .. "}", "--epcohs 5", 2,
    "unknown flag '--epcohs'; did you mean '--epochs'?" },
  ["a flag that is a key of the recipe"] = { "return recipe {" .. GOOD .. "}", "--lr 0.1", 2,
    "unknown flag '--lr'; the recipe has that key: --set optimizer.lr=0.1" },
  ["a flag that lacks its last letter"] = { "return recipe {" .. GOOD .. "}", "--epoch 5", 2,
    "unknown flag '--epoch'; did you mean '--epochs'?" },
  ["a --set of a key without what takes it"] = { "return recipe {" .. GOOD .. "}",
    "--set lr=1", 1,
    "--set lr=1: there is neither a key nor an option() 'lr'; did you mean 'optimizer.lr'? Keys" },
  ["such a key by its name elsewhere"] = { "return recipe {" .. GOOD .. "}",
    "--set batch_size=8", 1,
    "--set batch_size=8: there is neither a key nor an option() 'batch_size'; did you mean 'da" },
  ["a flag's value of a wrong type"] = { "return recipe {" .. GOOD .. "}", "--epochs many", 2,
    "--epochs takes an integer above 0, got 'many'" },
}

describe("the program tells", function()
  for name, case in pairs(CASES) do
    it(name, function()
      local code, out, err = run(case[1], case[2])
      local line = "lrrun: " .. case[4]
      assert.equal(line, err:sub(1, #line), err)
      assert.equal(1, select(2, err:gsub("\n", "")), err)
      assert.equal("", out)
      assert.equal(case[3], code)
    end)
  end

  it("what a variable of the environment takes", function()
    for text, says in pairs {
      ["LRRUN_ISA=avx1024"] = "LRRUN_ISA takes sse2, avx2 or avx512, got 'avx1024'",
      ["LRRUN_ISA=AVX2"] = "LRRUN_ISA takes sse2, avx2 or avx512, got 'AVX2'; did you mean 'avx2'?",
      ["LRRUN_PATIENCE=1m"] = "LRRUN_PATIENCE takes seconds, more than 0, got '1m'",
      ["LRRUN_SILENCE=0"] = "LRRUN_SILENCE takes seconds, more than 0, got '0'",
      ["LRRUN_SILENCE=nan"] = "LRRUN_SILENCE takes seconds, more than 0, got 'nan'",
    } do
      local code, out, err = program.run("help", text)
      assert.same({ 2, "", "lrrun: " .. says .. "\n" }, { code, out, err })
    end
    for _, text in ipairs { "LRRUN_ISA= LRRUN_PATIENCE=", "LRRUN_ISA=avx512 LRRUN_SILENCE=1.5" } do
      assert.equal(0, (program.run("help", text)))
    end
  end)

  it("that there is no such recipe", function()
    local code, out, err = program.run "/nowhere/r.lua"
    assert.equal("lrrun: no such recipe file: /nowhere/r.lua\n", err)
    assert.equal("", out)
    assert.equal(2, code)
  end)

  it("that a folder is no run", function()
    local folder = program.folder(finally)
    local code, out, err = program.run("eval " .. folder)
    assert.matches("^lrrun: [^\n]* is no run folder: [^\n]*\n$", err)
    assert.equal("", out)
    assert.equal(2, code)
  end)
end)
