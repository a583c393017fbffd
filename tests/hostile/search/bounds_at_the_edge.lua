-- ends: itself
for _, d in ipairs { { "int", math.mininteger, math.maxinteger }, { "int", -(1 << 52), 1 << 52 }, { "uniform", -1e308, 1e308 }, { "loguniform", 5e-324, 1e308 }, { "logint", 1, 1 << 52 }, { "int", 0, 0 }, { "uniform", 0, 5e-324 } } do
  local ok = pcall(function() return search.minimize { space = { x = search[d[1]](d[2], d[3]) }, trials = 14, objective = function(v) return v.x * 1e-300 end } end)
  print(ok)
end
