--- A small picture as an `<img>` that has its bytes in it: a bitmap file, which every browser
--- reads and nothing has to compress. Layer: page.

local native = require "lrrun.native.record"

local bitmap = {}

local function byte(x)
  return math.max(0, math.min(255, math.floor(x + 0.5)))
end

--- pixel(row, column, channel) gives 0 to 255 from the upper left at (0, 0); channels are 1 (grey)
--- or 3 (red, green, blue). A side above `most` is thinned to it.
---@param height integer
---@param width integer
---@param channels integer
---@param pixel fun(row: integer, column: integer, channel: integer): number
---@param most integer
---@return string
function bitmap.img(height, width, channels, pixel, most)
  local step = math.max(1, math.ceil(math.max(height, width) / most))
  local h, w = math.ceil(height / step), math.ceil(width / step)
  local rows = {}
  for i = h - 1, 0, -1 do -- from the lowest line on, blue first, in fours
    local line = {}
    for j = 0, w - 1 do
      local r, c = i * step, j * step
      local red = byte(pixel(r, c, 0))
      line[j + 1] = channels < 3 and string.char(red, red, red)
        or string.char(byte(pixel(r, c, 2)), byte(pixel(r, c, 1)), red)
    end
    rows[#rows + 1] = table.concat(line) .. ("\0"):rep(-3 * w % 4)
  end
  local data = table.concat(rows)
  local head = ("<c2I4I4I4I4i4i4I2I2I4I4i4i4I4I4"):pack("BM", 54 + #data, 0, 54, 40, w, h, 1, 24, 0,
    #data, 2835, 2835, 0, 0)
  return ('<img alt="" width="%d" height="%d" src="data:image/bmp;base64,%s">'):format(w, h,
    native.base64(head .. data))
end

return bitmap
