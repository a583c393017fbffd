--- A text for HTML and SVG, in elements and in attributes, with what neither can hold or show
--- written out. Layer: page.

local screen = require "lrrun.util.screen"

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

---@param text string
---@return string
return function(text)
  return (screen.lines(text):gsub('[&<>"]', ENTITIES))
end
