--- Which layer made one row of the steps or the image that a layer behind it wants, and the key
-- of it that keeps them: for messages. Layer: nn.

local lost = {}

-- The layer before node x that took axes away where there were `axes`; nil where the data have no
-- more.
local function taker(b, x, axes)
  local row = b:layer_of(x)
  while row and #b:shape(row.x) ~= axes do
    row = b:layer_of(row.x)
  end
  return row and row.value
end

-- "nn.lstm before it", with its line where that is another.
local function before(b, value)
  local line = value.where ~= (b.value or {}).where and value.where
  return ("%s before it%s"):format(value.kind, line and (" (%s)"):format(line) or "")
end

--- Why a row has no steps.
---@param b table builder
---@param x integer node of one axis
---@return string
function lost.steps(b, x)
  local value = taker(b, x, 2)
  if not value then
    return "it has no steps, as the data's samples are rows; nn.reshape{time, features} parts one"
  elseif value.keeps_steps then
    return ("%s %s"):format(before(b, value), value.keeps_steps)
  end
  return ("%s makes one row of all steps: leave it away"):format(before(b, value))
end

--- Why what has fewer axes is no image.
---@param b table builder
---@param x integer node
---@return string
function lost.image(b, x)
  local value = taker(b, x, 3)
  if value then
    return ("%s makes (%s) of an image: leave it away, or put it behind"):format(before(b, value),
      table.concat(b:shape(x), ", "))
  end
  local shape = b:shape(x)
  if #shape == 2 then
    return ("nn.conv1d and nn.global_avgpool() go over steps; nn.reshape{1, %d, %d} makes one of "
      .. "one channel"):format(shape[1], shape[2])
  end
  return "nn.reshape{channels, h, w} makes one of a row, data.digits{images = true} gives some"
end

return lost
