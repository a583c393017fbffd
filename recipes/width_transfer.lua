-- A rate that travels: tuned on a narrow network, right for a wide one.
--
-- Use: lrrun recipes/width_transfer.lua --set width=1024, at the rate that was found for 64. How
--   the rates were compared: lrrun sensitivity recipes/width_transfer.lua --from 0.00390625 --to
--   0.0625 --points 9 --seeds 2, with --set width=1024, and with --set transfer.kind=none beside it
--   at lower rates; --set net=transformer is a block of attention on sequences in which each token
--   follows from the two before it. lrrun plan shows what happens to each tensor, lrrun coord that
--   nothing grows or vanishes with width, lrrun help mup what it is and where it ends.
-- Needs: nothing; the digits are inside the program, the sequences are made here.
-- Result: best rates, in steps of a factor of 1.41, smoothed over neighbours, by the loss of the
--   last epoch:
--                              width 64   1,024 with mup   1,024 without
--     4 hidden layers, digits    0.0110       0.0156          0.00138
--     a transformer's block      0.00781      0.00781         0.000345
--   With mup the rate of width 64 is right at 1,024 within a factor of 1.4; without, it is 8 and
--   23 times too high.

local width, net = option("width", 64), option("net", "mlp")

local function mlp()
  local layers = {}
  for _ = 1, 4 do
    layers[#layers + 1] = nn.linear(width)
    layers[#layers + 1] = nn.relu()
  end
  layers[#layers + 1] = nn.linear { 10, init = nn.zeros() }
  return nn.sequential(layers)
end

local function transformer()
  return nn.sequential {
    nn.embedding { width, init = nn.normal(0.5) }, nn.positions { init = nn.normal(0.5) },
    nn.transformer { 1, heads = 4, causal = true, mlp = 1 },
    nn.linear { 11, init = nn.zeros() },
  }
end

local function sequences()
  local x, y = {}, {}
  for i = 1, 512 do
    local s = { math.random(0, 10), math.random(0, 10) }
    for t = 3, 9 do
      s[t] = (2 * s[t - 1] + s[t - 2]) % 11
    end
    x[i], y[i] = { table.unpack(s, 1, 8) }, { table.unpack(s, 2, 9) }
  end
  return data.table { x = x, y = y, vocab = 11, per_step = true, batch = 16 }
end

local is_mlp = net == "mlp"
return recipe {
  name = "width_transfer", seed = 1,
  data = is_mlp and data.digits { batch = 64, val = 0.2 } or sequences(),
  model = is_mlp and mlp() or transformer(),
  optimizer = optim.adamw { lr = is_mlp and 0.011 or 0.0078, weight_decay = 0,
    betas = { 0.9, is_mlp and 0.999 or 0.98 } },
  transfer = { kind = "mup", base = { width = 64 } },
  objective = { monitor = "train_loss" }, -- one pass more or less over little data: no test of it
  epochs = 3,
}
