-- ends: limit --lua-memory | limit --lua-seconds
-- never: handled
xpcall(function() local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end, function()
  print "handled" end)
