-- The version: src/host/version.h has it, all else takes it from there.
local file = require "lrrun.native.file"
local program = require "support.program"

describe("The version", function()
  local version = require("lrrun").version

  it("is the same in the program, its modules and the records of runs", function()
    assert.matches("^%d+%.%d+%.%d+$", version)
    local _, out = program.run "--version"
    assert.equal("lrrun " .. version, out:match "^lrrun %S+")
    assert.equal(version, require("lrrun.runs.folder").facts().version)
  end)

  it("is the newest in CHANGES.md", function()
    assert.equal(version, file.read "CHANGES.md":match "\n## (%S+)")
  end)
end)
