-- The README's examples: its Lua is evaluated, recipes and parts of them; its commands are parsed.
-- (Training takes minutes for some; recipes_spec.lua trains those of recipes/.)
local current = require "lrrun.util.current"
local environment = require "lrrun.sandbox.environment"
local parse = require "lrrun.cli.parse"
local request = require "lrrun.recipe.request"
local script = require "lrrun.recipe.script"

local function readme()
  local file <close> = assert(io.open "README.md")
  return file:read "a"
end

local function evaluate(text)
  local env = environment.new { seed = 0, folder = ".", args = {}, print = function() end }
  return pcall(current.with, { request = request.new {}, script = script.new() }, function()
    return environment.load_text("README.md", env, text)()
  end)
end

-- Keys of a recipe: its lines that are local stay in front.
local function as_table(block)
  local before, inside = {}, {}
  for line in block:gmatch "[^\n]+" do
    table.insert(line:find "^local " and before or inside, (line:gsub("^%.%.%. ", "")))
  end
  return table.concat(before, "\n") .. "\nreturn {\n" .. table.concat(inside, "\n") .. "\n}"
end

-- Words as a shell makes them of a line without variables.
local function words_of(line)
  local words, at = {}, 1
  line = line:gsub("%s+#.*$", ""):gsub("%s+[|>].*$", "")
  while at <= #line do
    local quote = line:match("^['\"]", at)
    local word, behind
    if quote then
      word, behind = line:match("^" .. quote .. "(.-)" .. quote .. "()", at)
    else
      word, behind = line:match("^(%S+)()", at)
    end
    words[#words + 1] = word
    at = line:match("^%s*()", behind)
  end
  return words
end

describe("README.md", function()
  it("has no Lua that a recipe would not take", function()
    local n = 0
    for block in readme():gmatch "```lua\n(.-)```" do
      n = n + 1
      local whole, wrong = evaluate(block)
      local ok, why = whole, wrong
      if not whole and not block:find "return recipe" then
        ok, why = evaluate(as_table(block))
      end
      if not ok and tostring(why):find "expected %(to close" then -- lines beside each other
        for line in block:gmatch "[^\n]+" do
          ok, why = evaluate("return { " .. line .. "\n}")
          assert.is_true(ok, tostring(why) .. "\n" .. line)
        end
      end
      assert.is_true(ok, tostring(why) .. "\n" .. block)
    end
    assert.is_true(n >= 8)
  end)

  it("has no command with a verb or a flag that is none", function()
    local n = 0
    for line in readme():gmatch "\n    lrrun ([^\n]+)" do
      n = n + 1
      local ok, why = pcall(parse.words, words_of(line))
      assert.is_true(ok, tostring(why) .. "\n" .. line)
    end
    assert.is_true(n >= 5)
  end)
end)
