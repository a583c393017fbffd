-- ends: itself
-- never: 0x%x%x%x%x%x%x
for _, f in ipairs { "%%%p", "%-p", "%10.3p", "%s %p", "%q %p" } do print(pcall(string.format, f, {}, {})) end
print(tostring({}), tostring(print), tostring(coroutine.create(print)), tostring(tensor.new { 1 }))
print(pcall(string.format, "%s", nn.linear(3)), tostring(setmetatable({}, { __name = "T" })))
print(select(2, pcall(function() return {} < {} end)), select(2, pcall(function() return #print end)))
