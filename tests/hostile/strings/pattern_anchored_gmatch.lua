-- ends: limit --lua-seconds
for _ in ("a"):rep(100000):gmatch "a*b" do end
while true do for _ in ("a"):rep(1000):gmatch "()" do end end
