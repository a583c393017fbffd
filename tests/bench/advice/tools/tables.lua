--- The benchmark's tables, from the lines that `run` and `replay` print.

local json = require "lrrun.record.json"

local tables = {}

local INF = math.huge

local function quantile(list, q)
  return #list > 0 and list[math.max(1, math.ceil(q * #list))] or 0 / 0
end

local function share(list, limit)
  local n = 0
  for _, value in ipairs(list) do
    n = n + (value <= limit and 1 or 0)
  end
  return ("%d of %d"):format(n, #list)
end

local function percent(x)
  return x ~= x and "-" or x >= 1e3 and "diverges" or ("%.1f %%"):format(100 * x)
end

-- One line of the table: of all rows of a name with seed 1.
local function line(name, rows)
  local regrets, costs, none = {}, {}, 0
  for _, item in ipairs(rows) do
    if (item.seed or 1) == 1 then
      regrets[#regrets + 1] = item.lr and item.regret or INF
      costs[#costs + 1] = item.cost
      none = none + (item.lr and 0 or 1)
    end
  end
  table.sort(regrets)
  table.sort(costs)
  local answered = table.move(regrets, 1, #regrets - none, 1, {})
  return ("| %s | %s | %s | %s | %s | %s | %d | %.2g |"):format(name,
    percent(quantile(answered, 0.5)), percent(quantile(answered, 0.9)),
    percent(quantile(answered, 1)), share(regrets, 0.03), share(regrets, 0.05), none,
    quantile(costs, 0.5))
end

local SETS = {
  { "all", function()
    return true
  end },
  { "in view", function(item)
    return not item.unseen
  end },
  { "unseen", function(item)
    return item.unseen
  end },
}

local function read(file)
  local items = {}
  for text in io.lines(file) do
    items[#items + 1] = json.decode(text)
  end
  return items
end

-- Of all seeds: regrets, and how often the interval holds the best.
local function over_seeds(rows)
  local regrets, holds = {}, 0
  for i, item in ipairs(rows) do
    regrets[i], holds = item.lr and item.regret or INF, holds + (item.holds and 1 or 0)
  end
  table.sort(regrets)
  return ("over all seeds: median %s, nine tenths within %s, worst %s, within 3 %% %s, "
    .. "within 15 %% %s; the interval holds the best rate in %d of %d"):format(
    percent(quantile(regrets, 0.5)), percent(quantile(regrets, 0.9)),
    percent(quantile(regrets, 1)), share(regrets, 0.03), share(regrets, 0.15), holds, #rows)
end

-- How often the answer says that rates do equally well, or cannot be told apart, where that is so
-- (a decade around the best changes less than seeds do) and where it is not.
local function on_flatness(rows)
  local n, flat, untold, neither = { 0, 0 }, { 0, 0 }, { 0, 0 }, { 0, 0 }
  local said, among, left_out, worse = 0, 0, 0, 0
  for _, item in ipairs(rows) do
    local k = item.truly_flat and 1 or 2
    local which = item.flat and flat or item.unresolved and untold or neither
    n[k], which[k] = n[k] + 1, which[k] + 1
    said, among = said + (item.unresolved and 1 or 0), among + (item.among and 1 or 0)
    left_out, worse = left_out + (item.left_out or 0), worse + (item.worse or 0)
  end
  return ("flat valleys: %d, of which the answer says that rates do equally well in %d, that they "
    .. "cannot be told apart in %d, neither in %d (%s); others: %d, %d, %d, %d\nrates that cannot "
    .. "be told apart hold the best one in %d of %d; of the truth's rates that were tried and are "
    .. "none of them, %d of %d are worse than the suggestion"):format(n[1], flat[1], untold[1],
    neither[1], percent(neither[1] / math.max(1, n[1])), n[2], flat[2], untold[2], neither[2],
    among, said, worse, left_out)
end

-- What the tasks of a set gave.
local function print_set(set, items)
  local order, by_name = {}, {}
  for _, item in ipairs(items) do
    if set[2](item) then
      if not by_name[item.name] then
        order[#order + 1], by_name[item.name] = item.name, {}
      end
      table.insert(by_name[item.name], item)
    end
  end
  if not order[1] then
    return
  end
  print(("\n%s tasks\n\n| way | median regret | nine tenths within | worst | within 3 %% | "
    .. "within 5 %% | no answer | runs |\n|---|---|---|---|---|---|---|---|"):format(set[1]))
  for _, name in ipairs(order) do
    print(line(name, by_name[name]))
  end
  for _, budget in ipairs { 3, 1 } do
    local rows = by_name[("advise, budget %d"):format(budget)]
    if rows then
      print(("\nbudget %d, %s\n%s"):format(budget, over_seeds(rows), on_flatness(rows)))
    end
  end
end

--- Prints them.
---@param file string of such lines
function tables.print(file)
  local items = read(file)
  for _, set in ipairs(SETS) do
    print_set(set, items)
  end
end

return tables
