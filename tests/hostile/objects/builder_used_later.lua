-- ends: itself
-- a network that is built is not built on
local m = nn.linear(3):build({ 2 }, { batch = 4 })
local b = m.builder
local f = function(name, ...) print(name, pcall(function(...) return b[name](b, ...) end, ...)) end
f("param", "x", { 1 << 40 }, { kind = "normal", a = 1 }) f("param", "x", { 3, 3 }, { kind = "no", a = 1 }) f("param", "x", { 3, 3 })
f("param", {}, {}, {}) f("buffer", "x", { -1 }, 0) f("op", "no", { 1 }) f("op", "add", { 999, -5 }) f("op", "add", { 0, 0 }) f("op", "linear", { 1, 1, 1 }, { a = {} })
f("input", "x", { 2 }, {}) f("input", "z", { 1 << 33, 1 << 33 }, { dtype = "real" }) f("layer", nn.linear(2), 1 << 40) f("layer", {}, 1) f("layer", nil, nil)
f("tied", "no", "weight", { 1 }) f("call", "x") f("call", {}) f("shape", 1 << 40) f("shape", -1) f("shape", "x") f("fail", "%s%s%s%d") f("fail")
print(pcall(m.forward, m, tensor.new { 4, 2 }))
