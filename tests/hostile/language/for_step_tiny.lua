-- ends: limit --lua-seconds
-- the control variable stands still: 1 + 1e-20 is 1
for _ = 1, 2, 1e-20 do end
