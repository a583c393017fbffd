--- How pages and charts look, on light screens, dark ones and paper: the one place with colours.
--- Layer: page.

local style = {}

--- So many colours of series there are; series beyond are dashed.
style.COLORS = 10

local NAMES = { "back", "text", "dim", "edge", "box", "accent", "good", "bad", "s1", "s2", "s3",
  "s4", "s5", "s6", "s7", "s8", "s9", "s10" }
local LIGHT = { "#ffffff", "#1d2430", "#5b6678", "#dfe3ea", "#f6f7f9", "#2563eb", "#15803d",
  "#c62828", "#2563eb", "#dd7200", "#15924a", "#d62f3a", "#8250df", "#8c564b", "#d6409f",
  "#64748b", "#988200", "#0891b2" }
local DARK = { "#14171c", "#e4e7ec", "#9aa5b5", "#343b47", "#1c2027", "#6ea8fe", "#51cf66",
  "#ff8585", "#6ea8fe", "#ffa94d", "#51cf66", "#ff7b7b", "#b197fc", "#c8a08f", "#f783ac",
  "#a3b1c6", "#d8c33c", "#3bc9db" }

-- Of charts. Sizes are those of their own units (480 wide in a page).
local CHART = [[
svg.plot text{font:12px system-ui,sans-serif;fill:var(--dim)}svg.plot .title{font-size:15px;
fill:var(--text)}
svg.plot .name{fill:var(--text)}g>.name{paint-order:stroke;stroke:var(--box);stroke-width:3px;
stroke-linejoin:round}.grid line{stroke:var(--edge)}.frame{fill:none;stroke:var(--edge)}
.line,.spread{fill:none;stroke-width:1.8;stroke-linejoin:round}.spread{stroke-width:1.2}
.dots{fill:none;stroke-width:6;stroke-linecap:round}.faint{opacity:.35}.small{stroke-width:4}
.big{stroke-width:10}.dashed{stroke-dasharray:5 4}.dotted{stroke-dasharray:1.5 3}
.bar{fill-opacity:.75}.mark{stroke:var(--bad);stroke-dasharray:4 3}.minor{stroke:var(--dim)}
.band{fill:var(--accent);fill-opacity:.14}.phase{fill:var(--dim);fill-opacity:.06}
.phase.odd{fill-opacity:.16}.cell{fill:var(--accent)}.sheet{fill:var(--back)}
]]

local PAGE = [[
*{box-sizing:border-box}
body{margin:0 auto;padding:24px clamp(12px,3vw,32px);max-width:1600px;background:var(--back);
color:var(--text);font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:26px;line-height:1.25;overflow-wrap:anywhere}h2{margin:32px 0 8px;
font-size:18px}h3{margin:18px 0 6px;font-size:15px}
p{margin:4px 0;max-width:90ch;overflow-wrap:anywhere}.dim,th{color:var(--dim)}
ul{margin:4px 0;padding-left:20px;max-width:90ch}li{overflow-wrap:anywhere}
.tiles{display:grid;gap:10px;margin:16px 0 12px;
grid-template-columns:repeat(auto-fill,minmax(min(176px,calc(50% - 5px)),1fr))}
.tile{background:var(--box);border:1px solid var(--edge);border-radius:8px;padding:8px 12px}
.tile b{display:block;font-size:21px;font-weight:600;line-height:1.3;overflow-wrap:anywhere}
.charts{display:grid;gap:12px;margin:10px 0 4px;
grid-template-columns:repeat(auto-fill,minmax(min(100%,430px),1fr));align-items:start}
figure.chart{position:relative;margin:0;max-width:620px;min-width:0;background:var(--box);
border:1px solid var(--edge);border-radius:8px;padding:10px 10px 6px}
.charts>figure.chart.wide{grid-column:1/-1;max-width:none}
figcaption{font-weight:600;padding:0 4px;overflow-wrap:anywhere}
svg.plot{display:block;width:100%;height:auto}.wide>.holder{overflow-x:auto}
.wide svg.plot{min-width:900px}
.legend{display:flex;flex-wrap:wrap;gap:0 14px;padding:2px 4px;font-size:13px}
.key{display:inline-flex;align-items:center;gap:6px;min-width:0;overflow-wrap:anywhere}
.key i{flex:none;width:16px;height:0;border-top:3px solid}.key.dashed i{border-top-style:dashed}
.key.dots i{width:9px;height:9px;border:0;border-radius:50%}
.key.dotted i{border-top-style:dotted}.key[role]{cursor:pointer}.key.pale i{opacity:.45}
.scripted .key.off{opacity:.4;
text-decoration:line-through}
.readout{position:absolute;z-index:2;pointer-events:none;background:var(--back);
border:1px solid var(--edge);border-radius:6px;padding:4px 9px;font-size:13px;line-height:1.4;
box-shadow:0 2px 8px #0003;max-width:min(340px,92%);white-space:nowrap}
.readout[hidden]{display:none}.readout div{overflow:hidden;text-overflow:ellipsis}
.readout i{display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:6px}
.readout b{font-variant-numeric:tabular-nums}
.rule{stroke:var(--dim);stroke-width:1}.here{fill:var(--back);stroke-width:2.2}
.choice{fill:var(--accent);fill-opacity:.15;stroke:var(--accent)}.scripted .gone{display:none}
svg.plot.live{cursor:crosshair;touch-action:pan-y}
.hint{color:var(--dim);font-size:12px;display:none}
.scripted .hint{display:block}
.rail line{stroke:var(--dim)}svg.plot .rail text{paint-order:stroke;stroke:var(--box);
stroke-width:3px}.through{fill:none;stroke-width:1.2;stroke:var(--dim)}
.through.q1{stroke:var(--accent);opacity:.9}.through.q2{stroke:var(--accent);opacity:.45}
.through.q3{opacity:.45}.through.q4{opacity:.28}.through.q5{opacity:.16}
.many .through{stroke-width:.7}.many .through.q1{opacity:.6}.many .through.q2{opacity:.25}
.many .through.q3{opacity:.25}.many .through.q4,.many .through.q5{opacity:.12}
svg .through.first{stroke:var(--good);stroke-width:2.6}svg .through.out{opacity:.04}
.chosen{fill:none;stroke:var(--bad);stroke-width:2.6;pointer-events:none}
.key.first i{border-color:var(--good)}.key.q1 i,.key.q2 i{border-color:var(--accent)}
.key.q3 i,.key.q4 i,.key.q5 i{border-color:var(--dim)}
.key.q2 i{opacity:.5}.key.q4 i{opacity:.6}.key.q5 i{opacity:.35}
table{border-collapse:collapse}th{text-align:left;font-weight:500}
td,th{padding:3px 18px 3px 0;border-bottom:1px solid var(--edge);vertical-align:top}
td:not(.long),th:not(.long){white-space:nowrap}
.long{min-width:min(12em,40vw);overflow-wrap:anywhere}
td.text{min-width:16em;max-width:60em}
.right{text-align:right;font-variant-numeric:tabular-nums}
.best{font-weight:650;color:var(--good)}.bad{color:var(--bad)}.differs{font-weight:600}
.scroll{overflow-x:auto}
details{margin:20px 0 8px}summary{cursor:pointer;font-size:18px;font-weight:600;margin:0 0 8px}
code,pre{font:13px/1.45 ui-monospace,SFMono-Regular,Consolas,monospace}
code{overflow-wrap:anywhere}
pre{background:var(--box);border:1px solid var(--edge);border-radius:8px;padding:12px;margin:6px 0;
overflow:auto}
.k{color:var(--s5)}.t{color:var(--s3)}.n{color:var(--s2)}.r{color:var(--dim);font-style:italic}
.f{color:var(--s1)}
.notes li{margin:3px 0}.notes li.warning{color:var(--bad)}
.beside{display:flex;flex-wrap:wrap;gap:12px 40px;align-items:flex-start}
.beside>div{min-width:0;max-width:100%}.beside>div:has(figure){flex:1 1 430px;max-width:620px}
.gallery{display:grid;gap:10px;grid-template-columns:repeat(auto-fill,minmax(130px,1fr))}
.shot{background:var(--box);border:1px solid var(--edge);border-radius:8px;padding:8px;
font-size:13px;overflow-wrap:anywhere}
.shot img{display:block;width:100%;height:auto;max-width:128px;
image-rendering:pixelated;margin-bottom:4px}
@media(max-width:600px){svg.plot[data-area] text{font-size:14px}td,th{padding-right:12px}}
@media print{body{max-width:none;padding:0}figure.chart,.tile,table,pre{break-inside:avoid}
.hint{display:none!important}pre{white-space:pre-wrap}
details:not([open])::details-content{content-visibility:visible}}
]]

local function vars(values)
  local out = {}
  for i, name in ipairs(NAMES) do
    out[i] = "--" .. name .. ":" .. values[i]
  end
  return ":root{" .. table.concat(out, ";") .. "}"
end

-- Rules of the series' colours.
local function series_rules(html)
  local out = {}
  for i = 1, style.COLORS do
    out[#out + 1] = (".line.cI,.spread.cI,.dots.cI,.here.cI{stroke:var(--sI)}"
      .. ".bar.cI{fill:var(--sI)}" .. (html and ".key.cI i{border-color:var(--sI)}"
        .. ".key.dots.cI i,.readout .cI{background:var(--sI)}" or ""))
      :gsub("cI", "c" .. i):gsub("sI", "s" .. i)
  end
  return table.concat(out, "\n")
end

-- The same without variables, which viewers of pictures do not all know.
local function settled(css, values)
  local by_name = {}
  for i, name in ipairs(NAMES) do
    by_name[name] = values[i]
  end
  by_name.box = by_name.back -- what charts stand on there
  return (css:gsub("var%(%-%-(%w+)%)", by_name))
end

--- Of a whole page.
---@return string
function style.page()
  return ":root{color-scheme:light dark}" .. vars(LIGHT)
    .. "@media screen and (prefers-color-scheme:dark){" .. vars(DARK) .. "}\n" .. PAGE .. CHART
    .. series_rules(true)
end

--- Of a picture in a file of its own.
---@return string
function style.picture()
  local css = CHART .. series_rules(false) .. ".plot{background:var(--back)}"
  return settled(css, LIGHT) .. "@media(prefers-color-scheme:dark){" .. settled(css, DARK) .. "}"
end

return style
