-- ends: itself | words compare
local t = {}
for i = 1, 500 do t[i] = i * 37 % 500 end
table.sort(t, function(a, b) t[#t] = nil t[1] = nil return a < b end)
print "sorted"
