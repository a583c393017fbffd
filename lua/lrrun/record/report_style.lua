--- How the page of a report looks, on light screens and dark ones. Layer: record.

return [[
:root{color-scheme:light dark;--back:#fff;--text:#1d2430;--dim:#667085;--edge:#dfe3ea;--box:#f6f7f9}
@media(prefers-color-scheme:dark){:root{--back:#14171c;--text:#e4e7ec;--dim:#98a2b3;
--edge:#323843;--box:#1c2027}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px;max-width:1200px;background:var(--back);color:var(--text);
font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:26px;overflow-wrap:anywhere}h2{margin:32px 0 8px;font-size:18px}
p{margin:4px 0}.dim,th{color:var(--dim)}
.tiles,.charts{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(170px,1fr))}
.tiles{margin-top:16px}.charts{grid-template-columns:repeat(auto-fill,minmax(min(100%,460px),1fr))}
.tile,.charts>svg{background:var(--box);border:1px solid var(--edge);border-radius:8px}
.tile{padding:10px 14px}.tile b{display:block;font-size:22px;font-weight:600}
table{border-collapse:collapse}th{text-align:left;font-weight:500}
td,th{padding:3px 18px 3px 0;border-bottom:1px solid var(--edge);vertical-align:top;
overflow-wrap:anywhere}
.right{text-align:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}summary{cursor:pointer;font-size:18px;font-weight:600;margin:24px 0 8px}
code,pre{font:13px/1.45 ui-monospace,monospace}code{overflow-wrap:anywhere}
pre{background:var(--box);border:1px solid var(--edge);border-radius:8px;padding:12px;overflow:auto}
svg{width:100%;height:auto}svg text{font:12px sans-serif;fill:var(--text)}
svg text.title{font-size:15px}.grid{stroke:var(--edge)}.frame{fill:none;stroke:var(--dim)}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.mark{stroke:#d62728;stroke-dasharray:4 3}
.band{fill:#1f77b4;fill-opacity:.15}
]]
