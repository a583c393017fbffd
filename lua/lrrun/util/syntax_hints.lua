--- What may be meant where Lua finds no Lua: commas left out, and what is written so in Python,
--- JSON or text processors. Layer: util.

local ENDS = { -- of Lua's message -> what is added
  { "'}' expected[^\n]*near '[%w_\"'{]", " (is a comma missing before it?)" },
  { "'}' expected[^\n]*near ':'$", " (a key is set with =)" },
  { "<name> expected near '[%d\"'{-]", " (a key is set with =)" }, -- epochs: 5
  { "function arguments expected near '[.,]'$", " (a key is set with =)" }, -- loss: nn.mse()
  { "unexpected symbol near '%['$", " (a list is { 1, 2 })" },
  { "unexpected symbol near '#'$", " (a comment begins with --)" },
  { "near '!'$", " (not equal is ~=, and ! is `not`)" },
  { "syntax error near '[-+*/]'$", " (there is no += and no ++: x = x + 1)" },
  { "near '<\\226>'$", " (a quote or dash of a text processor? Want \" and -)" },
  { ":1: unexpected symbol near '<\\25[45]>'$", " (a text in UTF-16? Save it as UTF-8)" },
}

-- First word of the line that is no Lua -> what is added.
local WORDS = {
  def = " (a function is local function f(x) ... end)",
  import = " (nn, optim, data and others are there without an import)",
  from = " (nn, optim, data and others are there without an import)",
  lambda = " (a function is function(x) return ... end)",
  class = " (Lua has no classes: a recipe is return recipe { ... })",
}

local function first_word(message, text)
  local at, line = tonumber(message:match ":(%d+): syntax error"), 0
  for one in (at and text .. "\n" or ""):gmatch "([^\n]*)\n" do
    line = line + 1
    if line == at then
      return one:match "^%s*(%a+)%s"
    end
  end
  return nil
end

--- A message of Lua's compiler, with what may be meant.
---@param message string
---@param text string that was compiled
---@return string
return function(message, text)
  local word = WORDS[first_word(message, text)]
  if word then
    return message .. word
  end
  for _, item in ipairs(ENDS) do
    if message:find(item[1]) then
      return message .. item[2]
    end
  end
  return message
end
