-- Whatever a script raises, from wherever: one sane line with the place in the recipe.

local program = require "support.program"

local RECIPE = "return recipe { data = data.spirals { n = 60 }, model = nn.sequential { "
  .. "nn.linear(4), nn.linear(3) }, loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 }, "
  .. "epochs = 1, on = { epoch = function() %s end } }"

-- what is raised -> what is said of it
local RAISED = {
  ["error(nil)"] = "the script raised nil, not a text",
  ["error()"] = "the script raised nil, not a text",
  ["error({})"] = "the script raised a table, not a text",
  ["error(print)"] = "the script raised a function, not a text",
  ["error(false)"] = "the script raised a boolean, not a text",
  ["error(coroutine.create(print))"] = "the script raised a thread, not a text",
  ["error(epochs)"] = "1 epochs",
  ["error(12)"] = "12", ["error(0/0)"] = "%-?nan",
  ["error(setmetatable({}, { __tostring = function() return 'mine' end }))"] = "mine",
  ["error(setmetatable({}, { __tostring = function() error 'x' end }))"] = "raised a table",
  ["error(setmetatable({}, { __tostring = function() return {} end }))"] = "raised a table",
  ["error(setmetatable({}, { __name = 'lrrun.failure', code = 0 }))"] = "the script raised a table",
  ["error('x', 0)"] = "x", ["error('x', 2)"] = "x", ["error('x', 99)"] = "x",
  ["error('a\\nb\\r\\n\\0c')"] = "a\\nb\\r\\n\\x00c",
  ["error('\\27]0;t\\7\\27[2J\\u{9b}31m\\u{202e}')"] =
    "\\x1b%]0;t\\x07\\x1b%[2J\\u{9b}31m\\u{202e}",
  ["error('\\xff\\xed\\xa0\\x80')"] = "\\xff\\xed\\xa0\\x80",
  ["error('lrrun:lrrun/x.lua:1: y')"] = "y",
  ["error(('x'):rep(30000000))"] = "x+%.%.%.x+ %(shortened from 300000%d%d bytes%)",
  ["error('')"] = "",
}

-- Where it is raised; %s: the expression.
local PLACES = {
  main = "%s", call = "local function f() %s end\nf()",
  wrap = "coroutine.wrap(function() %s end)()",
  close = "local x <close> = setmetatable({}, { __close = function() %s end })",
  meta = "local x = setmetatable({}, { __index = function() %s end })\nprint(x.y)",
  sort = "table.sort({ 3, 2, 1 }, function() %s end)",
  gsub = "(''):gsub('', function() %s end)",
  load = "assert(load [==[%s]==])()",
  again = "local ok, why = pcall(function() %s end)\nerror(why, 0)",
}

local function run(text)
  local code, out, err = program.recipe(finally, text, "--quiet --lua-memory 256 --lua-seconds 30")
  return code, out, err:gsub("^(lrrun: )[^\n]-/(r%.lua)", "%1%2")
end

local function check(text, says, what)
  local code, out, err = run(text)
  assert.equal(1, code, what .. err)
  assert.equal("", out)
  assert.matches("^lrrun: r%.lua:%d+: [^\n]*\n$", err, what)
  assert.matches(says, err, what)
  assert.is_nil(err:find("[%c\x80-\xff]", 1) ~= #err and err or nil, what)
  assert.is_true(#err < 5000, what)
end

describe("what a script raises", function()
  for expression, says in pairs(RAISED) do
    it(expression:sub(1, 60) .. " is one line with its place", function()
      check(expression, says, expression)
    end)
  end

  for name, text in pairs(PLACES) do
    it("is so in " .. name, function()
      check(text:gsub("%%s", { ["%s"] = "error 'deep'" }), "deep", name)
      if name ~= "load" then
        check(text:gsub("%%s", { ["%s"] = "error({})" }), "raised a table", name)
      end
    end)
  end

  it("is so in a callback of a run", function()
    for _, expression in ipairs { "error 'deep'", "error()", "error({})", "error('\\27', 0)" } do
      check(RECIPE:format(expression), "", expression)
    end
  end)

  it("keeps its traceback apart with --verbose", function()
    local code, _, err = program.recipe(finally, "error 'a\\27b\\nc'", "--verbose")
    assert.equal(1, code)
    assert.matches("\nlrrun: [^\n]*r%.lua:1: a\\x1bb\\nc\nstack traceback:\n\t", "\n" .. err)
  end)
end)
