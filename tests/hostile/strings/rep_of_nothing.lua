-- ends: limit --lua-seconds | itself | words .
-- no bytes, 2^60 times
("").rep("", 1 << 60)
