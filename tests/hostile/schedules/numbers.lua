-- ends: itself | limit --lua-seconds
local bad = { 0/0, 1/0, -1, 1e300, "x", {}, print }
local n = 0
for name, f in pairs(schedule) do
  for _, v in ipairs(bad) do
    for _, key in ipairs { "length", "min", "max", "from", "to", "factor", "every", "rate", "power", "value", "mult", "height", "step_size", "gamma", "warmup", "decay", "div", "final_div", "patience", "at", "values", "monitor", "mode", "shape", "by", "ends" } do
      local ok, s = pcall(f, { [key] = v })
      if ok then n = n + 1 pcall(function() return s:at(3, { lr = 0.1, steps_per_epoch = 3, total_steps = 9 }) end) end
    end
  end
end
print(n, "taken")
