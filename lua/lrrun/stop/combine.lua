--- any { a, b } ends the run when one rule says so, all { a, b } when all say so at once.

local errors = require "lrrun.util.errors"
local rule = require "lrrun.stop.rule"

local function combination(name, doc)
  local new = rule.new {
    name = name,
    doc = doc,
    keys = {
      { "rules", "list", of = "value", kinds = { "stop." }, required = true, doc = "the rules" },
    },
    check = function(o, fail)
      if #o.rules == 0 then
        fail("rules", "is empty, want at least one stop rule")
      end
    end,
    children = function(o)
      return o.rules
    end,
  }
  return function(first, ...)
    local bare = type(first) == "table" and getmetatable(first) == nil
    if bare and select("#", ...) > 0 then
      errors.raise(nil, "stop.%s: takes one list of rules, got more arguments behind it", name)
    elseif bare and first.rules ~= nil then
      return new(first)
    end
    return new { rules = bare and first or { first, ... } }
  end
end

return {
  any = combination("any", "Ends the run when one of its rules does."),
  all = combination("all", "Ends the run when all of its rules hold at once."),
}
