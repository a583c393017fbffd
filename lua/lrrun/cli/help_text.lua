--- What `lrrun help` prints of a topic, as one text. Layer: cli.

local WIDTH = 100 -- columns

---@param tell fun(call: table, topic: string?) of help.lua
---@param topic string?
---@return string
return function(tell, topic)
  local lines = {}
  tell({ out = { print = function(_, fmt, ...)
    lines[#lines + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
  end, width = function()
    return WIDTH
  end } }, topic)
  return table.concat(lines, "\n")
end
