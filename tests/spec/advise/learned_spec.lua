-- Advice where the best runs have all but learned their data: losses are 0 or near it, seeds change
-- them a thousandfold, and that says nothing of rates that learn nothing.

local curve = require "lrrun.advise.curve"

-- Rate, share of the run, seed, loss: what 178 wines gave (`lrrun init wine --data wine.csv`).
local WINES = {
  { 0.000112, 1, 0, 1.175 }, { 0.000316, 1, 0, 1.149 }, { 0.000891, 1, 0, 1.080 },
  { 0.00251, 1, 0, 0.906 }, { 0.00708, 1, 0, 0.456 }, { 0.02, 1, 0, 0.0822 },
  { 0.0562, 1, 0, 0.00485 }, { 0.158, 1, 0, 0.00304 }, { 0.445, 1, 0, 0.0257 },
  { 0.158, 1, 1, 7.47e-6 }, { 0.158, 1, 2, 7.43e-5 }, { 0.0126, 4, 0, 0.0120 },
  { 0.0251, 4, 0, 0.00376 }, { 0.0501, 4, 0, 0.000273 }, { 0.1, 4, 0, 9.23e-5 },
  { 0.2, 4, 0, 0 }, { 0.399, 4, 0, 6.6e-9 }, { 0.0708, 16, 1, 2.47e-5 }, { 0.141, 16, 1, 0 },
  { 0.0355, 16, 1, 0.000447 }, { 0.0794, 16, 2, 0.000134 }, { 0.158, 16, 2, 0 },
  { 0.315, 16, 2, 0 }, { 0.158, 1, 1, 0.00158, true }, { 0.158, 1, 2, 0.000555, true },
  { 0.158, 1, 3, 0.179, true }, { 0.158, 1, 4, 0.00183, true }, { 0.158, 1, 5, 0.27, true },
  { 0.158, 1, 6, 1.72e-5, true }, { 0.158, 1, 7, 0.0027, true }, { 0.158, 1, 8, 0.00177, true },
}

-- lift: added to each loss, so that none is 0.
local function answer(lift)
  local results = {}
  for i, r in ipairs(WINES) do
    results[i] = { lr = r[1], share = r[2] / 32, seed = r[3], loss = r[4] + lift,
      own_split = r[5], state = "complete", cost = r[2] / 32 }
  end
  return curve.answer { results = results }
end

describe("Advice on a run that learns all of its data", function()
  for what, lift in pairs { ["is 0"] = 0, ["is near 0"] = 1e-9 } do
    it("has no rate that learns nothing among those that do as well, where a loss " .. what,
      function()
        local found = answer(lift)
        assert.is_true(found.suggestion > 0.03 and found.suggestion < 0.4, found.suggestion)
        assert.is_true(found.interval.low > 0.005, tostring(found.interval.low))
        assert.is_true(found.interval.high >= found.suggestion)
      end)
  end
end)
