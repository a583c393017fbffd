-- Every recipe that comes with the program: its header says what a reader wants to know, and
-- it runs, in a shortened form and on tiny data, through the program itself.
local json = require "lrrun.record.json"
local program = require "support.program"
local small_sets = require "support.small_sets"
local temporary = require "support.temporary"

local FIELDS = { "Use:", "Needs:" }

local function recipes()
  local list = {}
  local pipe <close> = assert(io.popen "ls recipes/*.lua")
  for path in pipe:lines() do
    list[#list + 1] = path
  end
  return list
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

-- The comment that a file begins with, without its dashes.
local function header_of(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    if line:sub(1, 2) ~= "--" then
      break
    end
    lines[#lines + 1] = line:sub(4)
  end
  return table.concat(lines, "\n")
end

-- A few samples, one epoch or few updates: scripts have options for that, recipes keys.
local function short(text)
  if text:find "train%.fit" and text:find 'option%("steps"' then
    return "--set steps=2"
  end
  if text:find 'option%("limit"' then
    local narrow = text:find 'option%("width"' and " --set width=2" or ""
    return "--set limit=10 --set epochs=1" .. narrow
  end
  if text:find 'option%("only"' then -- compares many in one go
    return "--set epochs=1"
  end
  local flags = "--set data.limit=200 --epochs 1"
  if text:find 'tokens = "bpe"' then -- tiny data have few documents and fewer pairs
    flags = flags .. " --set data.val=0.1 --set data.vocab=280"
  end
  return flags
end

local data = temporary.folder()
setup(function()
  small_sets.write(data)
end)

for _, path in ipairs(recipes()) do
  local text = read(path)
  local header = header_of(text)

  describe(path, function()
    it("says what it is for, how it is used and what it needs", function()
      assert.matches("^%u.-[.:]\n", header)
      for _, field in ipairs(FIELDS) do
        assert.matches("\n" .. field .. " +%S", header)
      end
      assert.truthy(header:find("lrrun " .. path, 1, true)
        or header:find("lrrun search " .. path, 1, true), "its use names the command")
    end)

    it("says what came out when it was run", function()
      local result = header:match "\nResult: +(%S.*)"
      if not result then
        pending "no result in its header yet"
        return
      end
      assert.matches("%d", result)
    end)

    it("can be planned, where it holds a recipe", function()
      if not text:find "recipe {" then
        return
      end
      local one = text:find 'option%("only"' and " --set only=muon" or "" -- "runs" has them all
      local code, _, err = program.run(("plan %s %s%s --data %s --quiet"):format(path, short(text),
        one, data))
      assert.equal(0, code, err)
    end)

    it("runs", function()
      local folder = program.folder(finally)
      local code, out, err = program.run(("%s %s --data %s --out %s --quiet --json"):format(path,
        short(text), data, folder))
      assert.equal(0, code, err)
      if text:find "return recipe" and text:find "^%-%-.*\nreturn recipe" then
        local result = json.decode(out)
        assert.is_true(result.steps > 0)
        assert.is_true(result.last.train_loss > 0)
      end
    end)
  end)
end
