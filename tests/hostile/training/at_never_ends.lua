-- ends: limit --lua-seconds
local s = schedule.warmup(10 * steps) .. schedule.cosine {}
while true do s:at(3, { lr = 1, steps_per_epoch = 10, total_steps = 100 }) end
