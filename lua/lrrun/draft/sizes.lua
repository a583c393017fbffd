--- How large a batch, how long a run and how wide a network are for so many samples: first guesses
--- that train small data within seconds. What they rest on: about 1,500 to 10,000 updates, and
--- fewer weights than numbers in the data. Layer: draft.

local sizes = {}

-- samples below which, batch, epochs, widths of hidden layers
local STEPS = {
  { 50, batch = 4, epochs = 100, hidden = { 8 } },
  { 300, batch = 8, epochs = 80, hidden = { 16 } },
  { 3000, batch = 16, epochs = 40, hidden = { 32 } },
  { 30000, batch = 64, epochs = 30, hidden = { 64, 64 } },
  { 300000, batch = 256, epochs = 15, hidden = { 128, 128 } },
  { math.huge, batch = 1024, epochs = 8, hidden = { 128, 128 } },
}

-- Samples from which on a share of them can tell how good a network is.
local VALIDATED = 20

---@param n integer samples
---@return { batch: integer, epochs: integer, hidden: integer[], patience: integer, val: number? }
function sizes.of(n)
  for _, row in ipairs(STEPS) do
    if n < row[1] then
      return { batch = row.batch, epochs = row.epochs, hidden = row.hidden,
        patience = math.max(5, row.epochs // 4), val = n >= VALIDATED and 0.2 or nil }
    end
  end
end

return sizes
