-- Manual pages are made from the tables of the command line.
local program = require "support.program"
local verbs = require "lrrun.cli.verbs"

local function read(path)
  local file <close> = assert(io.open(path), path)
  return file:read "a"
end

describe("lrrun manual", function()
  local folder

  local function pages()
    folder = program.folder(finally)
    assert.same({ 0, "", "" }, { program.run(("manual %s 2026-11-29"):format(folder)) })
  end

  it("writes a page of the program and one of each verb, with every flag", function()
    pages()
    local main = read(folder .. "/lrrun.1")
    assert.matches('^.TH LRRUN 1 "2026%-11%-29" "lrrun %d+%.%d+%.%d+" "lrrun"\n', main)
    for _, name in ipairs(verbs.names()) do
      local page = read(("%s/lrrun-%s.1"):format(folder, name))
      for _, flag in ipairs(verbs.by_name[name].flags or {}) do
        assert.matches("\\-\\-" .. flag[1]:gsub("%-", "\\-"), page, 1, true)
      end
      assert.matches("lrrun\\-" .. name:gsub("%-", "\\-") .. "\\fR(1)", main, 1, true)
    end
    assert.is_nil(io.open(folder .. "/lrrun-trial.1"))
  end)

  it("lets no text begin a request, and keeps lines short", function()
    pages()
    for _, name in ipairs(verbs.names()) do
      for line in read(("%s/lrrun-%s.1"):format(folder, name)):gmatch "[^\n]+" do
        assert.matches("^[^.']", (line:gsub("^%.%u%u? ?", "_"):gsub("^%.TP", "_")))
        assert.is_true(#line <= 100, line)
      end
    end
  end)

  it("wants a folder that is there", function()
    local code, _, err = program.run "manual /nowhere/at/all"
    assert.equal(2, code)
    assert.matches("there is no such folder", err, 1, true)
  end)
end)
