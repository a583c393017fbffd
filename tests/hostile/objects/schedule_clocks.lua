-- ends: itself
local s = schedule.warmup(1 * epochs) .. schedule.one_cycle { max = 1 }
for _, t in ipairs { 0/0, -1, 1 << 62, 1/0, "x", {}, math.mininteger } do
  for _, c in ipairs { {}, { lr = 0/0 }, { lr = 0.1, steps_per_epoch = 0, total_steps = 0 }, { lr = 1, steps_per_epoch = 1 << 62, total_steps = 1 << 62 }, { lr = {}, steps_per_epoch = "x" }, 7, "x" } do
    pcall(s.at, s, t, c) pcall(s.at, s, 1, c)
  end
end
print(pcall(s.at, s), pcall(s.at), pcall(s.at, 7, 1, {}))
