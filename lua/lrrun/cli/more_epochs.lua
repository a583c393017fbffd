--- `--epochs` of verbs that make a run longer. Layer: cli.

local parse = require "lrrun.cli.parse"

--- How many epochs a call asks for: "+30" on top, or "60" in all. nil where it says nothing.
---@param call table
---@return integer? n, boolean? is_more
return function(call)
  local text = call.flags.epochs
  if not text then
    return nil
  end
  local sign, digits = text:match "^(%+?)(%d+)$"
  local n = digits and #digits < 10 and math.tointeger(tonumber(digits))
  if not n then
    parse.fail("%s wants --epochs +30 (on top) or --epochs 60 (in all), got '%s'", call.verb, text)
  end
  return n, sign == "+"
end
