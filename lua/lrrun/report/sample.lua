--- A sample as a person sees it: a picture, the words of a text, the columns of a row. What the
--- network was given is turned back into what the data said. Layer: report.

local sample = {}

local MOST_WORDS, MOST_COLUMNS = 120, 40
local SIDE = 96 -- pixels that a picture is thinned to

-- So many numbers of sample i of a batch's tensor, from 1.
local function slice(tensor, n, i)
  local all = tensor:values()
  local width = #all // n
  return table.move(all, (i - 1) * width + 1, i * width, 1, {})
end

-- What a value was before it was scaled by its channel or column.
local function unscaler(dataset, width)
  local means, factors = dataset:scale()
  if not means or #means == 0 then
    return function(_, x)
      return x
    end
  end
  local each = width // #means -- values that share a pair
  return function(place, x)
    local k = (place - 1) // each + 1
    local factor = factors[k] or 1
    return factor ~= 0 and x / factor + (means[k] or 0) or means[k] or 0
  end
end

local function words_of(dataset, ids, len)
  local out, vocabulary = {}, dataset:vocabulary()
  for k = 1, math.min(len, MOST_WORDS) do
    local id = math.tointeger(ids[k])
    out[k] = vocabulary and (vocabulary[id - 1] or "?") or tostring(id)
  end
  return { kind = "text", text = table.concat(out, " ") .. (len > MOST_WORDS and " ..." or "") }
end

-- Lowest and highest of a list.
local function ends_of(list)
  local low, high = math.huge, -math.huge
  for _, v in ipairs(list) do
    low, high = math.min(low, v), math.max(high, v)
  end
  return low, high
end

-- The picture's values from 0 to 255: as the data have them, else from their lowest to highest.
local function picture_of(dataset, values)
  local channels, height, width = table.unpack(dataset.shape)
  local unscale, plain = unscaler(dataset, #values), {}
  for k, x in ipairs(values) do
    plain[k] = unscale(k, x)
  end
  local low, high = ends_of(plain)
  local is_byte = low >= -1e-3 and high > 1.001 and high <= 255.01
  local is_share = low >= -1e-3 and high <= 1.001
  local from, factor = 0, is_share and 255 or 1
  if not is_byte and not is_share then
    from, factor = low, high > low and 255 / (high - low) or 0
  end
  return { kind = "image", channels = channels, height = height, width = width, side = SIDE,
    pixel = function(row, column, channel)
      return (plain[(channel * height + row) * width + column + 1] - from) * factor
    end }
end

-- How many inputs a column of a table became.
local function width_of(feature)
  if feature.kind == "category" then
    return #(feature.levels or {})
  end
  return (feature.kind == "date" and (feature.time and 4 or 3) or 1) + (feature.flag and 1 or 0)
end

local function level_of(feature, values, at)
  local best
  for k = 1, #feature.levels do
    local x = values[at + k]
    if x > 0.5 and (not best or x > values[at + best]) then
      best = k
    end
  end
  return best and feature.levels[best] or "-"
end

-- The text of a column of a row, from its inputs behind place `at`.
local function cell_of(feature, plain, at)
  if feature.kind == "category" then
    return level_of(feature, plain, at)
  end
  local value = plain[at + 1] + (feature.offset or 0)
  if feature.kind == "date" then
    local days = math.floor(value + 0.5)
    return math.abs(days) < 4e6 and os.date("!%Y-%m-%d", days * 86400) or ("%.6g"):format(value)
  end
  return ("%.6g"):format(value)
end

-- Pairs of a column's name and its value in a row.
local function columns_of(known, plain)
  local out, at = {}, 0
  for _, feature in ipairs(known.features) do
    out[#out + 1] = { known.names[feature.column] or tostring(feature.column),
      cell_of(feature, plain, at) }
    at = at + width_of(feature)
  end
  return out
end

local function row_of(dataset, values)
  local unscale, plain, out = unscaler(dataset, #values), {}, {}
  for k, x in ipairs(values) do
    plain[k] = unscale(k, x)
  end
  local known, inputs = dataset.columns, 0
  for _, feature in ipairs(known and known.features or {}) do
    inputs = inputs + width_of(feature)
  end
  if known and known.names and inputs == #plain then
    out = columns_of(known, plain)
  else
    for k, x in ipairs(plain) do
      out[k] = { ("x%d"):format(k), ("%.6g"):format(x) }
    end
  end
  local more = #out - MOST_COLUMNS
  for k = #out, MOST_COLUMNS + 1, -1 do
    out[k] = nil
  end
  return { kind = "row", columns = out, more = more > 0 and more or nil }
end

--- Sample i of a batch: { kind = "image", height, width, channels, pixel(row, column, channel)
--- from 0 to 255 }, { kind = "text", text } or { kind = "row", columns = pairs of a name and a
--- text, more = how many are left out }.
---@param dataset table
---@param batch table
---@param i integer
---@return table
function sample.of(dataset, batch, i)
  local values = slice(batch.x, batch.n, i)
  if dataset.dtype == "i32" then
    local len = batch.len and batch.len:values()[i] or #values
    return words_of(dataset, values, len)
  elseif #dataset.shape == 3 and (dataset.shape[1] == 1 or dataset.shape[1] == 3) then
    return picture_of(dataset, values)
  end
  return row_of(dataset, values)
end

return sample
