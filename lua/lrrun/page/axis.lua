--- An axis of a chart: from values to places, and where its ticks stand. script.lua (`ticks`)
--- finds the same when a reader looks closer. Layer: page.

local round = require "lrrun.page.round"

local axis = {}

local LARGEST = 1e100 -- above it differences may overflow: not drawn
local MOST_POWERS = 8 -- labels of powers of ten on an axis

--- Whether a value has a place on an axis.
---@param x any
---@param log boolean?
function axis.holds(x, log)
  return type(x) == "number" and x == x and math.abs(x) < LARGEST and (not log or x > 1e-100)
end

--- Lowest and highest of lists of numbers; nil where no value has a place.
---@param lists number[][]
---@param log boolean?
---@return number?, number?
function axis.extent(lists, log)
  local low, high = math.huge, -math.huge
  for _, list in ipairs(lists) do
    for i = 1, #list do
      local v = list[i]
      if axis.holds(v, log) then
        low, high = math.min(low, v), math.max(high, v)
      end
    end
  end
  if low <= high then
    return low, high
  end
end

-- An axis needs some length.
local function widened(low, high, log)
  if log then
    return low < high * (1 - 1e-9) and low or low / 2, low < high * (1 - 1e-9) and high or high * 2
  elseif high - low > 1e-9 * math.max(math.abs(low), math.abs(high)) then
    return low, high
  end
  local pad = low ~= 0 and math.abs(low) * 0.1 or 1
  return low - pad, high + pad
end

-- With a share of its length more at both ends; if asked for, 0 stays the end where nothing is
-- below it.
local function padded(low, high, log, share, from_zero)
  if log then
    local factor = (high / low) ^ share
    return low / factor, high * factor
  end
  local pad = (high - low) * share
  local stays = from_zero and low >= 0 and low - pad < 0 and low <= 0.3 * high
  return stays and 0 or low - pad, high + pad
end

--- An axis over [low, high]: low, high, log, and of(v), its place between `from` and `to`.
---@param low number?
---@param high number?
---@param o { log: boolean?, pad: number?, from_zero: boolean?, from: number, to: number }
function axis.new(low, high, o)
  if not low then
    low, high = 1, 1
  end
  low, high = widened(low, high, o.log)
  if o.pad then
    low, high = padded(low, high, o.log, o.pad, o.from_zero)
  end
  local a, b = low, high
  if o.log then
    a, b = math.log(low), math.log(high)
  end
  return { low = low, high = high, log = o.log, of = function(v)
    local at = o.log and math.log(v) or v
    return o.from + (math.max(a, math.min(b, at)) - a) / (b - a) * (o.to - o.from)
  end }
end

local function decimals(step)
  return math.max(0, -math.floor(math.log(step, 10) + 1e-9))
end

-- Labels of an axis have as many decimals as its step asks for.
local function label(v, step, largest)
  if largest >= 1e7 or step < 1e-6 or largest < 1e-3 then
    return round(v)
  elseif largest >= 1e6 and step >= 1e5 then
    return ("%.4g"):format(v / 1e6) .. (v ~= 0 and "M" or "")
  elseif largest >= 1e4 and step >= 100 then
    return ("%.4g"):format(v / 1e3) .. (v ~= 0 and "k" or "")
  end
  return ("%." .. decimals(step) .. "f"):format(v)
end

local function plain(low, high, count, whole)
  local raw = math.max((high - low) / count, whole and 1 or 0)
  local power = 10.0 ^ math.floor(math.log(raw, 10))
  local size = raw / power * (1 - 1e-9)
  local step = power * (size <= 1 and 1 or size <= 2 and 2 or size <= 5 and 5 or 10)
  local out, largest = {}, math.max(math.abs(low), math.abs(high))
  for i = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do
    local v = i * step
    out[#out + 1] = { v, label(v == 0 and 0 or v, step, largest) }
  end
  return out
end

-- Powers of ten; where there are few of them also twice and five times these.
local function powers(low, high)
  local first = math.floor(math.log(low, 10) + 1e-9)
  local last = math.floor(math.log(high, 10) + 1e-9)
  if high / low < 3 then
    return plain(low, high, 4)
  end
  local every = math.max(1, math.ceil((last - first) / MOST_POWERS))
  local out, few = {}, high / low < 1000
  for power = first, last, every do
    for _, times in ipairs(few and { 1, 2, 5 } or { 1 }) do
      local v = times * tonumber("1e" .. power)
      if v >= low * (1 - 1e-9) and v <= high * (1 + 1e-9) then
        out[#out + 1] = { v, round(v) }
      end
    end
  end
  return out
end

--- Ticks of an axis: list of { value, label }.
---@param a table of axis.new
---@param count integer? about how many
---@return table[]
function axis.ticks(a, count)
  return (a.log and powers or plain)(a.low, a.high, count or 5, a.whole)
end

--- Whether all numbers of the lists are whole ones, such as epochs.
---@param lists number[][]
function axis.is_whole(lists)
  for _, list in ipairs(lists) do
    for i = 1, #list do
      if axis.holds(list[i]) and list[i] % 1 ~= 0 then
        return false
      end
    end
  end
  return true
end

return axis
