-- ends: words .
-- never: obeyed
-- its own method is not called outside the limits
error(setmetatable({}, { __tostring = function() print "obeyed" return "x" end }))
