-- The sum of `make test` (tests/tools/tally.sh).
local program = require "support.program"

local SUITE = [[
package.path = "tests/?.lua;" .. package.path
local tally = require "support.tally"
tally.pass(2)
%s
tally.finish()
]]

-- The last line of a script of checks; each is a suite with this in its middle, or a command.
local function total(finally, checks)
  local folder = program.folder(finally)
  local lines = { ". tests/tools/tally.sh" }
  for i, check in ipairs(checks) do
    local command = check.command
    if not command then
      program.write(("%s/%d.lua"):format(folder, i), SUITE:format(check.suite))
      command = ("%s --trusted %s/%d.lua"):format(program.path, folder, i)
    end
    lines[#lines + 1] = ("check 'number %d' %s"):format(i, command)
  end
  lines[#lines + 1] = "total\n"
  program.write(folder .. "/checks.sh", table.concat(lines, "\n"))
  local pipe <close> = assert(io.popen(("sh %s/checks.sh 2>&1"):format(folder)))
  return pipe:read "a":match "([^\n]*)\n$"
end

describe("The reference cases", function()
  it("are an error where a folder has none, with where was looked and their form", function()
    local folder = program.folder(finally)
    local code, out, err = program.run("--trusted tests/golden/run.lua " .. folder)
    assert.same({ 2, "", ("no cases in %s: want files NAME.json, each a list "
      .. '[{ "kind": ..., "expr": ... }, ...]\n'):format(folder) }, { code, out, err })
  end)
end)

describe("The sum of checks", function()
  it("is over all of them", function()
    assert.equal("5 passed, 1 failed",
      total(finally, { { suite = "tally.pass()" }, { suite = "tally.fail 'x'" } }))
  end)

  it("is over every suite of a check", function()
    local folder = program.folder(finally)
    program.write(folder .. "/s.lua", SUITE:format "")
    local suite = ("%s --trusted %s/s.lua;"):format(program.path, folder)
    assert.equal("4 passed, 0 failed",
      total(finally, { { command = ("sh -c '%s %s'"):format(suite, suite) } }))
  end)

  it("keeps what a suite had counted when it died, and counts its death", function()
    assert.equal("5 passed, 2 failed", total(finally, {
      { suite = "tally.pass(); tally.fail 'x'; os.execute 'kill -9 $PPID'" }, { suite = "" } }))
  end)

  it("counts a suite that ends before its end, whatever its status", function()
    assert.equal("2 passed, 1 failed", total(finally, { { suite = "os.exit(0)" } }))
  end)

  it("counts a command that ends badly without a word as one failure", function()
    assert.equal("2 passed, 1 failed", total(finally, { { command = "false" }, { suite = "" } }))
  end)
end)
