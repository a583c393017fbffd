-- What pages are made of (lrrun.page): one file, closed to all but its own script.

local bars = require "lrrun.page.bars"
local bitmap = require "lrrun.page.bitmap"
local code = require "lrrun.page.code"
local heat = require "lrrun.page.heat"
local html = require "support.html"
local page = require "lrrun.page"
local record = require "lrrun.native.record"
local round = require "lrrun.page.round"

local HOSTILE = "</script><script>alert(1)</script>\" onload=\"x()' <q>&\27[31m\u{202e}"

-- Of everything that a page can have, with the same text wherever one is taken.
local function page_of(text)
  local p = page.new(text)
  p:title(text, text)
  p:tiles { { text, text } }
  p:heading(text)
  p:text(text, "dim")
  p:charts { { title = text, x_label = text, y_label = text, x_ticks = { 1, 2 },
    x_names = { text, text }, marks = { { x = 1, text = text }, { y = 1, text = text } },
    phases = { { from = 1, to = 2, text = text } }, bands = { { from = 1, to = 2, text = text } },
    series = { { name = text, x = { 1, 2 }, y = { 1, 2 }, tips = { text, text } },
      { name = text, kind = "points", x = { 1, 2 }, y = { 2, 1 } } } } }
  p:bars { title = text, items = { { name = text, value = 1, text = text } } }
  p:heat { title = text, rows = { text }, columns = { text }, row_label = text,
    column_label = text, values = { { 1 } } }
  p:table { head = { text }, rows = { { text }, { { text, class = "best" } } } }
  p:list { text }
  p:notes { text, { text, level = "warning" } }
  p:code(text)
  p:code(text, "lua")
  p:commands { text }
  p:fold(text, function()
    p:text(text)
  end)
  return p:html()
end

describe("a page", function()
  it("is one closed file, whatever texts stand on it", function()
    local text = page_of(HOSTILE)
    assert.is_true(html.check(text) > 100)
    html.check_closed(text)
    assert.is_nil(text:find "<q>")
    assert.is_nil(text:find("\27", 1, true))
    assert.is_nil(text:find("\u{202e}", 1, true))
    assert.is_truthy(text:find("<h1>&lt;/script&gt;&lt;script&gt;alert(1)", 1, true))
  end)

  it("lets its script run by the digest of what stands there", function()
    local text = page.new("t"):html()
    local script = text:match "<script>(.-)</script>"
    local digest = record.sha256()
    digest:add(script)
    local raw = digest:hex():gsub("%x%x", function(hex)
      return string.char(tonumber(hex, 16))
    end)
    assert.equal(record.base64(raw), text:match "'sha256%-([^']*)'")
    assert.is_true(#text < 40000)
  end)

  it("has names that stay", function()
    local text = page_of "a"
    for _, name in ipairs { '<figure class="chart', '<svg class="plot"', 'class="legend"',
      'class="key c1"', '<div class="readout" hidden>', 'class="line c1" data-s="1"',
      'class="dots c2" data-s="2"', 'data-x="1 2" data-y="2 1"', '<pre class="code">',
      '<pre class="commands">', '<div class="tile">' } do
      assert.is_truthy(text:find(name, 1, true), name)
    end
  end)
end)

describe("numbers of a page", function()
  it("are as a person reads them", function()
    for text, x in pairs { ["0"] = -0.0, ["0.1235"] = 0.123456, ["12"] = 12.0, ["1235"] = 1234.6,
      ["60,000"] = 60000, ["-1,234,568"] = -1234567.8, ["1.23e-5"] = 1.234e-5, ["1e-4"] = 1e-4,
      ["0.001"] = 1e-3, ["1e300"] = 1e300, ["inf"] = math.huge, ["-"] = 0 / 0,
      ["-2.5e-10"] = -2.5e-10 } do
      assert.equal(text, round(x))
    end
    assert.equal("-", round(nil))
    assert.equal("-", round "1")
  end)
end)

describe("figures of a page", function()
  it("take names of any length and values without a place", function()
    local long = ("x"):rep(500)
    local text = bars.figure { title = long, items = { { name = long, value = 0 / 0 },
      { name = "a", value = -1 }, { name = "b", value = math.huge } } }
    assert.is_nil(text:find '"[%d.-]*nan')
    assert.is_nil(text:find '"[%d.-]*inf')
    html.check(text)
    html.check(bars.figure { items = {} })
    html.check(bars.figure { log = true, items = { { name = "a", value = 0 },
      { name = "b", value = 1e-8 } } })
  end)

  it("tint squares by their share, and leave out what is 0", function()
    local text = heat.figure { rows = { "a", "b" }, columns = { "a", "b" },
      values = { { 3, 0 }, { 1, 4 } } }
    html.check(text)
    assert.equal(3, select(2, text:gsub("data%-tip", "")))
    assert.is_truthy(text:find('data-tip="b, a: 1"', 1, true))
    local names, values = {}, {}
    for i = 1, heat.MOST do
      names[i], values[i] = ("class %d"):format(i), {}
      for k = 1, heat.MOST do
        values[i][k] = i == k and 1e9 or 0
      end
    end
    text = heat.figure { rows = names, columns = names, values = values }
    html.check(text)
    assert.is_nil(text:find ">1,000,000,000<") -- it has no room in its square
  end)

  it("hold small pictures as bitmaps", function()
    local text = bitmap.img(3, 5, 3, function(row, column, channel)
      return channel == 0 and 300 or channel == 1 and row * 10 or column
    end, 64)
    assert.matches('^<img alt="" width="5" height="3" src="data:image/bmp;base64,', text)
    local bytes = record.unbase64(text:match "base64,([^\"]+)")
    local kind, size, at, width, height, bits = ("<c2I4xxxxI4xxxxi4i4xxI2"):unpack(bytes)
    assert.same({ "BM", #bytes, 54, 5, 3, 24 }, { kind, size, at, width, height, bits })
    assert.same({ 0, 20, 255, 1, 20, 255 }, { bytes:byte(55, 60) }) -- the lowest line, blue first
    assert.equal(54 + 3 * 16, #bytes)
    assert.matches('width="50" height="1"', bitmap.img(1, 200, 1, function() return 0 end, 64))
  end)
end)

describe("Lua in colours", function()
  it("tells words, texts, numbers, comments and calls apart", function()
    assert.equal('<span class="k">local</span> x = <span class="n">1e-3</span>',
      code "local x = 1e-3")
    assert.equal('<span class="f">f</span>(<span class="t">&quot;a\\&quot;b&quot;</span>)',
      code 'f("a\\"b")')
    assert.equal('<span class="r">-- end &lt;/script&gt;</span>\nx.y = <span class="n">0x1F</span>',
      code "-- end </script>\nx.y = 0x1F")
    assert.equal('<span class="r">--[=[ a\n]] ]=]</span><span class="t">[[b]]</span>',
      code "--[=[ a\n]] ]=][[b]]")
    assert.equal('a[<span class="n">1</span>] - <span class="n">2</span>..b', code "a[1] - 2..b")
  end)

  it("gives back every text, also one that is no Lua", function()
    for _, text in ipairs { "", "[", "[==", "--", "--[[", "'", '"\\', "0x", "1..2", "a\n\n",
      "\u{e9}\u{4e16} = 1", "]]", "...", "-", ".5e", "x--y" } do
      local plain = code(text):gsub("<[^>]+>", ""):gsub("&quot;", '"'):gsub("&amp;", "&")
      assert.equal(text, plain)
    end
  end)
end)
