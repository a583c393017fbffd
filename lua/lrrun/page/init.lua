--- A page for people: one HTML file that needs nothing else and loads nothing.
--
--   local p = page.new("title")
--   p:title("moons-3", "done after 30 epochs")    h1 and a line below it
--   p:tiles { { "best val_loss", "0.1234" }, ... }
--   p:heading "Curves"
--   p:charts { { title = ..., series = ... }, ... }  of lrrun.page.chart, beside each other
--   p:bars(o)   p:heat(map)                          of lrrun.page.bars and .heat
--   p:table { head = { "", "a" }, rows = { { "x", "1" } }, right = { [2] = true } }
--   p:text("a sentence", "dim")   p:list(texts)   p:notes { { text, level = "warning" }, "text" }
--   p:code(text, "lua")           p:commands { "lrrun replay x.yaml" }
--   p:beside(function() p:heat(map) end, function() p:table { ... } end)
--   p:fold("All settings", function() p:table { ... } end)
--   file.write(path, p:html())
--
-- Every text is escaped here: callers give plain ones. It can be read without its script, which
-- adds values under a pointer, zoom and series on and off; the page's policy lets that script run
-- by its digest and no other, whatever stands in a recipe. Layer: page.

local bars = require "lrrun.page.bars"
local chart = require "lrrun.page.chart"
local code = require "lrrun.page.code"
local escape = require "lrrun.page.escape"
local heat = require "lrrun.page.heat"
local native = require "lrrun.native.record"
local screen = require "lrrun.util.screen"
local script = require "lrrun.page.script" .. require "lrrun.page.parallel_script"
local style = require "lrrun.page.style"

local Page = {}
local Mt = { __index = Page }

local page = {}

local LONG = 24 -- columns of a cell from which its text may be broken

--- Nothing stands on it yet.
---@param title string of the browser's window
function page.new(title)
  return setmetatable({ name = title, out = {}, charted = false }, Mt)
end

local function add(self, fmt, ...)
  self.out[#self.out + 1] = select("#", ...) > 0 and fmt:format(...) or fmt
end

--- HTML as it is: of lrrun.page.bitmap and the figures, never a text of others.
---@param html string
function Page:raw(html)
  add(self, "%s", html)
end

---@param text string
---@param below string? a dim line below it
function Page:title(text, below)
  add(self, "<h1>%s</h1>", escape(text))
  if below then
    self:text(below, "dim")
  end
end

---@param text string
function Page:heading(text)
  add(self, "<h2>%s</h2>", escape(text))
end

---@param text string
---@param class string? "dim" or another of style.lua
function Page:text(text, class)
  add(self, "<p%s>%s</p>", class and (' class="%s"'):format(class) or "", escape(text))
end

--- Boxes of a name and a figure.
---@param items string[][] pairs
function Page:tiles(items)
  add(self, '<div class="tiles">')
  for _, item in ipairs(items) do
    add(self, '<div class="tile"><span class="dim">%s</span><b>%s</b></div>', escape(item[1]),
      escape(item[2]))
  end
  add(self, "</div>")
end

-- A cell is a text, or { text, class = "best", title = what a pointer is told },
-- or { html = ... }, of ours.
local function cell_of(cell, tag, right)
  if type(cell) ~= "table" then
    cell = { tostring(cell) }
  end
  local text, classes = not cell.html and tostring(cell[1]), {}
  classes[1] = right and "right" or nil
  classes[#classes + 1] = cell.class
  classes[#classes + 1] = text and screen.columns(text) > LONG and "long" or nil
  return ("<%s%s%s>%s</%s>"):format(tag,
    classes[1] and (' class="%s"'):format(table.concat(classes, " ")) or "",
    cell.title and (' title="%s"'):format(escape(cell.title)) or "",
    text and escape(text) or cell.html, tag)
end

--- A table of texts. t: head = list, rows = list of lists, right = { [column] = true } for numbers.
---@param t table
function Page:table(t)
  local right = t.right or {}
  local function line(cells, tag)
    local parts = {}
    for i, cell in ipairs(cells) do
      parts[i] = cell_of(cell, tag, right[i])
    end
    add(self, "<tr>%s</tr>", table.concat(parts))
  end
  add(self, '<div class="scroll"><table>')
  if t.head then
    line(t.head, "th")
  end
  for _, cells in ipairs(t.rows) do
    line(cells, "td")
  end
  add(self, "</table></div>")
end

---@param texts string[]
function Page:list(texts)
  add(self, "<ul>")
  for _, text in ipairs(texts) do
    add(self, "<li>%s</li>", escape(text))
  end
  add(self, "</ul>")
end

--- Notes: texts, or { text, level = "warning" }.
---@param notes table[]
function Page:notes(notes)
  add(self, '<ul class="notes">')
  for _, note in ipairs(notes) do
    local text = type(note) == "table" and note[1] or note
    local level = type(note) == "table" and note.level == "warning" and ' class="warning"' or ""
    add(self, "<li%s>%s</li>", level, escape(text))
  end
  add(self, "</ul>")
end

--- Figures beside each other: charts (lrrun.page.chart), or figures that are made already.
---@param list (table|string)[]
function Page:charts(list)
  add(self, '<div class="charts">')
  for _, c in ipairs(list) do
    add(self, "%s", type(c) == "string" and c or chart.figure(c))
  end
  add(self, "</div>")
  self:hint()
end

--- What can be done with the charts, once, for those who read it with its script.
function Page:hint()
  if not self.charted then
    self.charted = true
    add(self, '<p class="hint">Point at a chart for its values; drag to look closer, double-click '
      .. "to see all; click a name to hide its line.</p>")
  end
end

--- What each of the functions puts on the page stands beside the others, where there is room.
---@param ... fun()
function Page:beside(...)
  add(self, '<div class="beside">')
  for _, put in ipairs { ... } do
    local from = #self.out + 1
    put()
    if #self.out >= from then
      table.insert(self.out, from, "<div>")
      add(self, "</div>")
    end
  end
  add(self, "</div>")
end

---@param o table of lrrun.page.bars
function Page:bars(o)
  self:charts { bars.figure(o) }
end

---@param map table of lrrun.page.heat
function Page:heat(map)
  self:charts { heat.figure(map) }
end

---@param text string
---@param language string? "lua": in colours
function Page:code(text, language)
  add(self, '<pre class="code">%s</pre>', language == "lua" and code(text) or escape(text))
end

---@param lines string[] for a shell
function Page:commands(lines)
  add(self, '<pre class="commands">%s</pre>', escape(table.concat(lines, "\n")))
end

--- What `inside` puts on the page is folded away until it is asked for.
---@param title string
---@param inside fun()
---@param open boolean?
function Page:fold(title, inside, open)
  add(self, "<details%s><summary>%s</summary>", open and " open" or "", escape(title))
  inside()
  add(self, "</details>")
end

--- A recipe's text, folded away; nothing where it is not there.
---@param text string?
---@param open boolean?
function Page:recipe(text, open)
  if text then
    self:fold("Recipe", function()
      self:code(text, "lua")
    end, open)
  end
end

local function digest(text)
  local d = native.sha256()
  d:add(text)
  return native.base64((d:hex():gsub("%x%x", function(hex)
    return string.char(tonumber(hex, 16))
  end)))
end

--- The whole file.
---@return string
function Page:html()
  return table.concat({
    "<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
      .. "style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" .. digest(script)
      .. "'; base-uri 'none'; form-action 'none'\">",
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="generator" content="lrrun">',
    ("<title>%s</title>"):format(escape(screen.line(self.name))),
    "<style>" .. style.page() .. "</style></head><body>",
    table.concat(self.out, "\n"),
    "<script>" .. script .. "</script></body></html>\n",
  }, "\n")
end

return page
