-- ends: words NaN | words nan
local t = {}
t[0/0] = 1
