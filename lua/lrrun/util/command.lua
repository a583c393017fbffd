--- Commands that a person is told to copy: a path is one word of the shell there. Layer: util.

local command = {}

--- A word as a shell takes it: in quotes where it has blanks or what else a shell reads.
---@param word string
---@return string
function command.word(word)
  if word:find "^[%w_%-%./:=,@%+#]+$" and not word:find "^#" then
    return word
  end
  return "'" .. word:gsub("'", [['\'']]) .. "'"
end

--- "lrrun resume 'my runs/a-1'".
---@param ... string words behind lrrun
---@return string
function command.line(...)
  local words = { "lrrun", ... }
  for i = 2, #words do
    words[i] = command.word(words[i])
  end
  return table.concat(words, " ")
end

return command
