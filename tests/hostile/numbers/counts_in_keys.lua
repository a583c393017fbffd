-- ends: itself
-- never: ^true
-- a number that is none, too large, or no whole one, for every count
local bad = { 0/0, 1/0, -1/0, -1, 0.5, 2^53 + 2, 1e300, math.mininteger, "x", "1", {}, print, true }
local n = 0
for _, v in ipairs(bad) do
  for _, f in ipairs { nn.linear, nn.embedding, nn.lstm, nn.gru, nn.rnn, nn.conv1d, nn.conv2d, nn.maxpool2d, nn.groupnorm } do
    n = n + (pcall(function() return f(v):build { 4, 4, 4 } end) and 1 or 0)
  end
end
print(n, "taken")
