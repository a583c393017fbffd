--- The beginning of a page without a script, for pages that do not stand on lrrun.page yet.
--- Layer: record.

local style = require "lrrun.record.report_style"
local svg = require "lrrun.record.svg"

local report = {}

local escape = svg.escape

--- The beginning of a page of ours, up to its body: list of texts.
---@param title string
---@return string[]
function report.open(title)
  return {
    "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
      .. "style-src 'unsafe-inline'\">",
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    ("<title>%s</title>"):format(escape(title)), "<style>" .. style .. "</style></head><body>",
  }
end

return report
