--- A made table like the adult census: who earns much, from six numbers and four kinds of
--- answers, a quarter of the rows. A function of the task: rows do not hang on the run's seed.
--
-- The answer follows a smooth score with products in it, and chance: nobody can be right on more
-- than about 87 %. `flips` is the share of answers that are turned around.

local census = {}

local CATEGORIES = { 7, 5, 12, 2 }

-- Numbers in [0, 1): the multiplicative generator of Park and Miller (1988).
local function stream(seed)
  local state = seed
  return function()
    state = state * 48271 % 2147483647
    return state / 2147483647
  end
end

local function one_hot(row, count, which)
  for i = 1, count do
    row[#row + 1] = i == which and 1 or 0
  end
end

local function person(uniform)
  local function normal()
    return math.sqrt(-2 * math.log(1 - uniform())) * math.cos(2 * math.pi * uniform())
  end
  local age, study, hours = normal(), normal(), normal()
  local gain, loss, weight = math.exp(2 * normal()), math.abs(normal()), normal()
  local row, kinds = { age, study, hours, gain, loss, weight }, {}
  for i, count in ipairs(CATEGORIES) do
    kinds[i] = 1 + math.floor(count * uniform() ^ 1.5)
    one_hot(row, count, kinds[i])
  end
  local score = -2.4 + 1.3 * study + 0.8 * age - 0.5 * age * age + 0.6 * hours * study
    + 0.7 * math.log(1 + gain) - 0.4 * loss + 0.5 * math.sin(2 * kinds[3])
    + (kinds[1] == 1 and 1.2 or -0.4) + (kinds[4] == 1 and 0.5 * age or -0.3)
  return row, 1.6 * score
end

--- x and y of data.table.
---@param n integer rows
---@param flips number? share of answers turned around
function census.rows(n, flips)
  local uniform, x, y = stream(20261129), {}, {}
  for i = 1, n do
    local row, score = person(uniform)
    local yes = uniform() < 1 / (1 + math.exp(-score))
    if uniform() < (flips or 0) then
      yes = not yes
    end
    x[i], y[i] = row, yes and 1 or 0
  end
  return x, y
end

return census
