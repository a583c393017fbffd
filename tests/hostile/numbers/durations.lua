-- ends: itself | words .
for _, f in ipairs { function() return 0/0 * epochs end, function() return -1 * steps end, function() return (1 << 62) * samples end,
  function() return 1/0 * percent end, function() return epochs * epochs end, function() return "2" * epochs end, function() return 2^epochs end, function() return epochs .. 1 end, function() return -epochs end, function() return epochs < steps end } do
  print(pcall(f))
end
