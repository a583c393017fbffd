-- Whether the sandbox or a file's mode keeps a path closed, and what is said of each.

local command = require "lrrun.util.command"
local granted = require "lrrun.sandbox.granted"
local program = require "support.program"

describe("what a locked process may open", function()
  it("is what lies below the folders of its rules, there or not", function()
    local folder = program.folder(finally)
    assert(os.execute(("mkdir -p %s/runs %s/data %s/other"):format(folder, folder, folder)))
    local rules = { read = { folder .. "/data" }, makes = { folder .. "/runs" },
      files = { folder .. "/t.html" } }
    for path, opens in pairs {
      ["runs/a-1"] = { true, true }, ["runs/a-1/run.yaml"] = { true, true },
      ["data/x.csv"] = { true, false }, ["t.html"] = { true, true },
      ["other/x"] = { false, false }, ["../x"] = { false, false },
    } do
      assert.equal(opens[1], granted.opens(rules, folder .. "/" .. path, false), path)
      assert.equal(opens[2], granted.opens(rules, folder .. "/" .. path, true), path)
    end
    assert.is_false(granted.opens({ makes = { folder .. "/runs" } }, folder .. "/runs2/x", true))
  end)

  -- As an ordinary user, for whom modes hold; root changes to one for it.
  it("is not blamed on the sandbox where a mode or an owner closes it", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[
return recipe { data = data.digits { limit = 100, val = 0.2 }, epochs = 1,
  model = nn.sequential { nn.linear(10) }, optimizer = optim.sgd { lr = 0.01 } }
]])
    local id <close> = io.popen "id -u"
    local is_root = id:read "l" == "0"
    if is_root and not os.execute "setpriv --reuid 65534 --clear-groups true 2>/dev/null" then
      pending "root, and setpriv cannot change to another user"
      return
    end
    assert(os.execute(("mkdir %s/runs && chmod 755 %s && chmod 555 %s/runs"):format(folder, folder,
      folder)))
    local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs"):format(folder, folder),
      "XDG_STATE_HOME=/nowhere " .. (is_root and "setpriv --reuid 65534 --clear-groups" or ""))
    assert.equal(1, code)
    assert.matches("cannot make folder .*/runs/r%-1: Permission denied", err)
    assert.is_nil(err:find("sandbox keeps", 1, true), err)
  end)
end)

describe("a command to copy", function()
  it("has each path as one word of the shell", function()
    for word, want in pairs { ["runs/a-1"] = "runs/a-1", ["my runs/a-1"] = "'my runs/a-1'",
      ["it's"] = [['it'\''s']], ["$HOME"] = "'$HOME'", ["a;b"] = "'a;b'", ["#a"] = "'#a'",
      ["s#1"] = "s#1", [""] = "''", ["\u{e9}t\u{e9}"] = "'\u{e9}t\u{e9}'" } do
      assert.equal("lrrun resume " .. want, command.line("resume", word))
      local pipe <close> = assert(io.popen("printf %s " .. command.word(word)))
      assert.equal(word, pipe:read "a")
    end
  end)
end)
