-- ends: itself
print("10" + 1, "0x10" * "2", pcall(function() return "x" + 1 end), pcall(function() return "1e" // 1 end))
print(("9"):rep(1000) + 0, pcall(function() return ("1" .. ("0"):rep(400)) | 0 end))
