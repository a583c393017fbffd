-- ends: itself | words .
return function() while true do end end
