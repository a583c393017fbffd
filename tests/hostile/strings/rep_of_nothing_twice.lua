-- ends: limit --lua-seconds | itself | words .
("").rep("", 1 << 60, "")
