-- The program as its user meets it: run as a process of its own.

local function lrrun(args)
  local pipe = assert(io.popen(("%s %s 2>&1; echo \"=$?\""):format(arg[-1] or "build/lrrun", args)))
  local text = pipe:read "a"
  pipe:close()
  local out, code = text:match "^(.*)=(%d+)\n$"
  return tonumber(code), out
end

describe("the program", function()
  it("tells its version and Lua's", function()
    local code, out = lrrun "--version"
    assert.equal(0, code)
    assert.matches("^lrrun %d+%.%d+%.%d+ %(Lua 5%.4", out)
  end)
end)
