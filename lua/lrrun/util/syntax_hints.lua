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

--- A message of Lua's compiler, with what may be meant.
---@param message string
---@return string
return function(message)
  for _, item in ipairs(ENDS) do
    if message:find(item[1]) then
      return message .. item[2]
    end
  end
  return message
end
