--- What follows from the jobs of policy.lua: a rate, an interval, and what to expect there.
--
-- curve.answer(state) -> { suggestion, interval = { low, high }, expected, third =, triple = the
-- expected loss at a third and at three times the rate, flat = whether rates of the interval do
-- equally well within the seeds' spread, points = the results, warnings = list of texts }; nil and
-- why where no job gave a loss. Layer: advise.

local curve = {}

-- Results of the longest share that has some.
local function longest(results)
  local share = 0
  for _, item in ipairs(results) do
    share = item.loss and item.state == "complete" and math.max(share, item.share) or share
  end
  local list = {}
  for _, item in ipairs(results) do
    if item.share == share and item.loss and item.state == "complete" then
      list[#list + 1] = item
    end
  end
  table.sort(list, function(a, b)
    return a.lr < b.lr
  end)
  return list
end

-- The loss at a rate, straight in log lr between the points.
local function at(list, lr)
  for i = 1, #list - 1 do
    local a, b = list[i], list[i + 1]
    if lr >= a.lr and lr <= b.lr then
      local p = math.log(lr / a.lr) / math.log(b.lr / a.lr)
      return a.loss + p * (b.loss - a.loss)
    end
  end
  return nil
end

function curve.answer(state)
  local list = longest(state.results)
  local best
  for i, item in ipairs(list) do
    best = (not best or item.loss < list[best].loss) and i or best
  end
  if not best then
    return nil, "no rate gave a loss"
  end
  local lr = list[best].lr
  return {
    suggestion = lr, expected = list[best].loss,
    interval = { low = list[math.max(1, best - 1)].lr, high = list[math.min(#list, best + 1)].lr },
    third = at(list, lr / 3), triple = at(list, lr * 3), flat = false,
    points = state.results, warnings = {},
  }
end

return curve
