--- The names that a dotted name is within, the innermost first: of "2.residual.1.linear"
--- "2.residual.1", "2.residual", "2". Layer: util.

local function outer(_, name)
  return name:match "^(.+)%."
end

---@param name string
---@return fun(_: nil, name: string): string?, nil, string
return function(name)
  return outer, nil, name
end
