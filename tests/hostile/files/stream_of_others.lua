-- ends: itself
-- says: refused 7 of 7
-- nothing but plain arrays stays in its file, and nothing that is closed is opened
local n = 0
for _, keys in ipairs { { "good.csv" }, { "fifo" }, { "../outside/secret.csv" }, { "/dev/zero" },
  { "loopdir" }, { "good.npy", vocab = 9, y = "good.npy", per_step = true },
  { "good.npy", "good.csv" } } do
  keys.stream = true
  n = n + (pcall(function() data.npy(keys):open {} end) and 0 or 1)
end
print(("refused %d of 7"):format(n))
