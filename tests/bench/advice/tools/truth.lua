--- What is known of the benchmark's tasks: losses of whole runs at 19 rates with three seeds
--- and more (truth.csv), and what follows from them.

local FILE = "tests/bench/advice/truth.csv"

local truth = { RATES = 19, SEEDS = 3 }

local FIRST, GAP = -5, 0.3 -- log10 of the first rate, and between two of them
local INF = math.huge

--- The i-th of the rates.
function truth.rate(i)
  return tonumber(("%.6g"):format(10 ^ (FIRST + GAP * (i - 1))))
end

-- Losses by rate and seed.
local function read(task)
  local rows = {}
  for line in io.lines(FILE) do
    local name, rest = line:match "^([%w_]+),[^,]+,(.*)$"
    if name == task then
      local row = {}
      for text in rest:gmatch "[^,]+" do
        row[#row + 1] = tonumber(text == "inf" and INF or text)
      end
      rows[#rows + 1] = row
    end
  end
  assert(#rows == truth.RATES, "truth.csv has no " .. task)
  return rows
end

local function mean_of(row)
  local sum, square = 0, 0
  for _, loss in ipairs(row) do
    sum = sum + loss / #row
  end
  for _, loss in ipairs(row) do
    square = square + (loss - sum) ^ 2
  end
  return sum, math.sqrt(square / (#row - 1))
end

-- The rates around the i-th whose means are less than `little` above `best`: first and last.
local function around(means, i, best, little)
  local first, last = i, i
  while first > 1 and means[first - 1] - best < little do
    first = first - 1
  end
  while last < truth.RATES and means[last + 1] - best < little do
    last = last + 1
  end
  return first, last
end

local Known = {}
Known.__index = Known

--- Loss of a whole run between the rates: log loss is a line over log rate from one to the next,
--- and infinite where one of them diverged. Beyond the ends it is that of the end.
function Known:loss(lr, seed)
  local x = (math.log(lr, 10) - FIRST) / GAP + 1
  local i = math.max(1, math.min(truth.RATES - 1, math.floor(x)))
  local part = math.max(0, math.min(1, x - i))
  local a, b = self.rows[i][seed], self.rows[i + 1][seed]
  if part < 1e-3 or part > 1 - 1e-3 then
    return part < 0.5 and a or b
  end
  return (a == INF or b == INF) and INF or math.exp((1 - part) * math.log(a) + part * math.log(b))
end

--- { best = loss, at = rate, flat = whether rates a factor of ten apart, with that between them,
--- differ by less than seeds do, spread = how far seeds lie apart at the best, as a share of it }
--- of a task; seeds = of how many. The best is that of the mean curve smoothed 1 2 1 over
--- neighbouring rates.
function truth.of(task)
  local rows, means, spreads = read(task), {}, {}
  for i, row in ipairs(rows) do
    means[i], spreads[i] = mean_of(row)
  end
  local best, at = INF, nil
  for i = 1, truth.RATES do
    local smooth = (means[math.max(1, i - 1)] + 2 * means[i]
      + means[math.min(truth.RATES, i + 1)]) / 4
    if smooth < best then
      best, at = smooth, i
    end
  end
  local first, last = around(means, at, best, spreads[at])
  return setmetatable({ rows = rows, seeds = #rows[1], best = best, at = truth.rate(at),
    flat = truth.rate(last) / truth.rate(first) >= 10, spread = spreads[at] / best }, Known)
end

return truth
