--- A checksum that a record carries in itself: its last line is the SHA-256 of all before it.
--
-- YAML ends with "sha256: HEX"; JSON written with indents ends with '  "sha256": "HEX"' before
-- its brace. It tells damage from content; it keeps nobody from writing another. A record
-- without one was made before there were any. Layer: record.

local file = require "lrrun.native.file"
local record = require "lrrun.native.record"

local seal = {}

-- What stands around the digits at the end of a text.
local AROUND = {
  yaml = { "sha256: ", "\n", cut = "" },
  json = { ',\n  "sha256": "', '"\n}\n', cut = "\n}\n" },
}
local DIGITS = 64
local CHUNK = 1 << 20

--- SHA-256 of a text.
---@param text string
---@return string
function seal.sha256(text)
  return record.sha256():add(text):hex()
end

--- SHA-256 and size of a file; raises when it cannot be read.
---@param path string
---@return string, integer
function seal.file(path)
  local opened, why = file.open(path)
  if not opened then
    error(why, 0)
  end
  local input <close> = opened
  local digest, size, at = record.sha256(), input:size(), 0
  while at < size do
    digest:add(assert(input:read(at, math.min(CHUNK, size - at))))
    at = at + CHUNK
  end
  return digest:hex(), size
end

--- The text of a record with its checksum.
---@param text string ends in a newline; JSON in "\n}\n"
---@param form "yaml"|"json"
---@return string
function seal.close(text, form)
  local around = AROUND[form]
  return text:sub(1, #text - #around.cut) .. around[1] .. seal.sha256(text) .. around[2]
end

--- Whether a text is as it was sealed: true or false; nil where it has no checksum at its end.
---@param text string
---@param form "yaml"|"json"
---@return boolean?
function seal.holds(text, form)
  local around = AROUND[form]
  local last = #text - #around[2]
  local start = last - DIGITS - #around[1]
  if start < 1 or text:sub(last + 1) ~= around[2]
    or text:sub(start + 1, start + #around[1]) ~= around[1] then
    return nil
  end
  return seal.sha256(text:sub(1, start) .. around.cut) == text:sub(last - DIGITS + 1, last)
end

return seal
