-- What the command line says where its words do not fit the verb: each names the way out.
local program = require "support.program"

describe("what the command line wants", function()
  it("looks at a table with keys of data.csv", function()
    local folder = program.folder(finally)
    program.write(folder .. "/t.csv", "a title\na,b\n1,x\n2,y\n3,x\n")
    local code, _, err = program.run(("data %s/t.csv"):format(folder))
    assert.equal(1, code)
    assert.matches("skip = 1", err, 1, true)
    local text
    code, text, err = program.run(("data %s/t.csv --set skip=1 --set 'columns={a=\"category\"}'")
      :format(folder))
    assert.equal(0, code, err)
    assert.matches("3 rows, 2 columns", text)
    assert.matches("a +category", text)
    for flags, says in pairs { ["--set skp=1"] = "did you mean 'skip'?",
      ["--set skip"] = "--set wants KEY=VALUE" } do
      code, _, err = program.run(("data %s/t.csv %s"):format(folder, flags))
      assert.equal(2, code)
      assert.matches(says, err, 1, true)
    end
  end)

  it("shows as much of a table's texts as a line has room for", function()
    local folder = program.folder(finally)
    program.write(folder .. "/t.csv", "text,y\n" .. ("a long review of a film,1\n"
      .. "another, as long,2\n"):gsub("(another.-),(%d)", '"%1",%2'):rep(9))
    local code, out, err = program.run(("data %s/t.csv"):format(folder), "COLUMNS=66")
    assert.equal(0, code, err)
    assert.matches("\ntext +category +0 +2 +a long rev[^\n]*%.%.%.\ny ", out)
  end)

  it("finds a recipe by its name without the ending, and a flag without its dashes", function()
    local folder = program.folder(finally)
    program.write(folder .. "/mine.lua", "")
    for word, means in pairs { mine = "mine.lua", version = "--version" } do
      local code, _, err = program.run_in(folder, word)
      assert.equal(2, code)
      assert.matches(("unknown verb '%s'; did you mean '%s'?"):format(word, means), err, 1, true)
    end
  end)

  it("says what a budget, a place or a file's name would have to be", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[return recipe { data = data.blobs { n = 60, val = 0.2 },
      model = nn.linear(3), optimizer = optim.adam { lr = 0.01 }, epochs = 2 }]])
    for _, case in ipairs {
      { "advise R --budget '300 percent'", "as a number of runs: 3" },
      { "advise R --budget 2000", "'2000 steps'" },
      { "advise R --budget '0.1 steps'", "want at least 0.1" },
      { "probe F/none", "no such run folder or recipe file" },
      { "range R --linear", "--linear wants --to" },
      { "report F/x -o f.pdf", "no such run folder or experiment file" },
    } do
      local words = case[1]:gsub("[RF]%f[%s/]", { R = folder .. "/r.lua", F = folder })
      local code, _, err = program.run(words)
      assert.equal(2, code, err)
      assert.matches(case[2], err, 1, true)
    end
  end)
end)
