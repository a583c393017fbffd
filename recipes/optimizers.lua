-- The same network under every optimizer, and one table at the end.
--
-- Use:    lrrun recipes/optimizers.lua; --set epochs=3 for a glimpse
-- Needs:  nothing; the 1,797 digits are part of the program
-- Result: val_loss 0.086 with Adamax, 0.090 with Adam, 0.10 with SGD and momentum, 0.18 with Lion,
--         for which the suggested rate is too high; about a second
--
-- Equal terms: the same weights at the start, the same order of batches, and for each the rate
-- that a range test of its own suggests.

local rounds = option("epochs", 10)
local limit = option("limit", 0)

-- What each is given beside the rate.
local OPTIMIZERS = {
  { "sgd" }, { "sgd", momentum = 0.9, nesterov = true }, { "adagrad" }, { "rmsprop" },
  { "adadelta" }, { "adam" }, { "adamax" }, { "nadam" }, { "radam" }, { "adamw" }, { "lion" },
  { "adan" }, { "ademamix" }, { "lamb" }, { "rprop" },
}

local function attempt(spec)
  local opts = { lr = spec[1] ~= "rprop" and "range" or nil }
  for key, item in pairs(spec) do
    if key ~= 1 then
      opts[key] = item
    end
  end
  return recipe {
    name = "optimizers-" .. spec[1],
    seed = 1,
    -- Rprop looks at signs of gradients alone and needs those of all the data together.
    data = data.digits {
      batch = spec[1] == "rprop" and 1438 or 32, val = 0.2, limit = limit > 0 and limit or nil,
    },
    model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(10) },
    optimizer = optim[spec[1]](opts),
    epochs = spec[1] == "rprop" and 10 * rounds or rounds,
  }
end

local rows = {}
for _, spec in ipairs(OPTIMIZERS) do
  local name = spec[1] .. (spec.momentum and " + momentum" or "")
  -- Where the test is in doubt, as with few data, nothing is trained.
  local ok, result = pcall(train.fit, attempt(spec), { record = false, quiet = true })
  if ok then
    rows[#rows + 1] = { name = name, result = result }
  else
    print(("%s: %s"):format(name, result))
  end
end
table.sort(rows, function(a, b)
  return a.result.best.val_loss < b.result.best.val_loss
end)

print "optimizer          rate  best val_loss  val_accuracy  epoch  steps"
for _, row in ipairs(rows) do
  local best, found = row.result.best, row.result.range
  print(("%-14s %8s         %.4f        %.4f  %5d  %5d"):format(row.name,
    found and ("%.2g"):format(found.suggestion) or "-", best.val_loss, best.val_accuracy,
    best.epoch, row.result.steps))
end
