-- ends: itself
-- says: 6
-- flags: --lua-seconds 2
-- a view keeps what it looks into
local views = {}
for i = 1, 50 do views[i] = nn.linear(3):build({ 2 }):params().weight end
for _ = 1, 100000 do local _ = {} end
for _ = 1, 200 do nn.linear(300):build { 300 } end
local n = 0
for _, v in ipairs(views) do n = n + #v:values() / 50 end
print(n)
