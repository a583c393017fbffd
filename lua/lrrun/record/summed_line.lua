--- Lines of JSON that carry their own checksum: metrics.jsonl and history.jsonl, journals of
--- studies. A line is an object whose last field is "crc", eight hexadecimal digits of CRC-32C;
--- what they are taken over is the caller's affair. Layer: record.

local summed_line = {}

local MARK, BYTES = ',"crc":"', 18 -- the mark, eight digits, a quote and a brace

--- A text with its checksum, without a line end.
---@param body string an object as JSON, with a field at least
---@param crc string eight digits
---@return string
function summed_line.join(body, crc)
  return body:sub(1, -2) .. MARK .. crc .. '"}'
end

--- The text without its checksum, and that; nil for one without.
---@param text string
---@return string, string?
function summed_line.split(text)
  local at = #text - BYTES
  if at > 0 and text:sub(at + 1, at + #MARK) == MARK and text:sub(-2) == '"}' then
    return text:sub(1, at) .. "}", text:sub(at + #MARK + 1, -3)
  end
  return text, nil
end

return summed_line
