-- ends: words . | limit --lua-seconds | limit --lua-memory | itself
local s = schedule.warmup(1 * steps) .. schedule.cosine {}
for k, v in pairs(s.opts) do if type(v) == "table" then for i in ipairs(v) do v[i] = s end end end
s:at(1, { lr = 0.1, steps_per_epoch = 3, total_steps = 9 })
