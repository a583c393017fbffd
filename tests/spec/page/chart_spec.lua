-- Charts over two axes (lrrun.page.chart).

local axis = require "lrrun.page.axis"
local chart = require "lrrun.page.chart"
local geometry = require "lrrun.page.geometry"
local html = require "support.html"

local NAN = 0 / 0

local function labels(low, high, log, count)
  local out = {}
  for i, tick in ipairs(axis.ticks(axis.new(low, high, { log = log, from = 0, to = 1 }), count)) do
    out[i] = tick[2]
  end
  return table.concat(out, " ")
end

describe("ticks", function()
  it("are round, and have as many decimals as they need", function()
    assert.equal("0.0 0.2 0.4 0.6 0.8 1.0", labels(0, 1))
    assert.equal("0 200 400 600 800 1000", labels(0, 1000))
    assert.equal("0 20k 40k 60k", labels(0, 60000))
    assert.equal("-1M 0 1M", labels(-1e6, 1e6, false, 2))
    assert.equal("1e-5 1.2e-5 1.4e-5 1.6e-5 1.8e-5 2e-5", labels(1e-5, 2e-5))
    assert.equal("0.100 0.105 0.110", labels(0.1, 0.11, false, 3))
    assert.equal("0.00095 0.00100 0.00105", labels(0.00093, 0.00107, false, 3))
  end)

  it("of whole numbers are whole", function()
    local function of(x)
      local text = chart.figure { series = { { x = x, y = x } } }
      return text:match '>([^<]*)</text>\n<line[^\n]*\n<text[^>]*middle">([^<]*)</text>'
    end
    assert.same({ "1", "2" }, { of { 1, 2, 3 } })
    assert.same({ "1.0", "1.5" }, { of { 1, 1.5, 2.5, 3 } })
  end)

  it("of a log axis are powers of ten, or between them where these are few", function()
    assert.equal("1e-5 1e-4 0.001 0.01 0.1", labels(1e-5, 0.1, true))
    assert.equal("0.5 1 2 5 10 20", labels(0.4, 30, true))
    assert.equal("1.0 1.5 2.0", labels(1, 2, true))
    assert.equal("1e-100 1e-75 1e-50 1e-25 1 1e25 1e50 1e75", labels(1e-100, 1e99, true))
  end)

  it("come to an end for any values", function()
    for _, pair in ipairs { { 0, 0 }, { 5, 5 }, { -3, -3 }, { 1e16, 1e16 + 2 }, { -1e99, 1e99 },
      { 1e-99, 2e-99 }, { 0, 1e-300 } } do
      assert.is_true(#labels(pair[1], pair[2]) < 200)
    end
  end)
end)

describe("a chart", function()
  it("leaves gaps, and shows a point that has no neighbours", function()
    local s = { x = { 1, 2, 3, 4 }, y = { 5, NAN, 6, 7 } }
    local text = chart.figure { series = { s } }
    html.check(text)
    assert.equal(1, select(2, text:gsub('class="dots small lone c1"', "")))
    assert.is_truthy(text:find('data-y="5 - 6 7"', 1, true))
    assert.matches('class="line c1" [^>]*d="M[%d. ]+M[%d. ]+L[%d. ]+"', text)
  end)

  it("draws none of what has no place on its axes", function()
    for _, log in ipairs { false, true } do
      local text = chart.figure { title = "t", log_x = log, log_y = log,
        series = { { name = "a", x = { 0, 1, 1e308, -1, NAN }, y = { 1, -1e308, math.huge, 0, 2 } },
          { x = {}, y = {} }, { kind = "points", x = { 1 }, y = { -1 } },
          { kind = "bars", width = 1, x = { 1, NAN }, y = { 3, 4 } },
          { x = { 1, 2 }, y = { 1, 2 }, spread = { 5, NAN } } },
        marks = { { x = NAN, text = "<" }, { x = 3, text = "<" }, { y = -1 } } }
      html.check(text)
      assert.is_nil(text:find '[" ]%-?nan')
      assert.is_nil(text:find '[" ]%-?inf')
    end
  end)

  it("keeps its size: of many points the lowest and highest of each piece", function()
    local s = { x = {}, y = {} }
    for i = 1, 100000 do
      s.x[i], s.y[i] = i, i == 777 and -5 or i == 50001 and 9 or i % 2
    end
    local thin = geometry.thinned(s, 1000)
    assert.is_true(#thin.x <= 1000)
    local low, high = axis.extent { thin.y }
    assert.same({ -5, 9 }, { low, high })
    for i = 2, #thin.x do
      assert.is_true(thin.x[i] > thin.x[i - 1])
    end
    assert.is_true(#chart.figure { series = { s } } < 60000)
  end)

  it("tells more series apart than it has colours", function()
    local series = {}
    for i = 1, 31 do
      series[i] = { name = "s" .. i, x = { 1, 2 }, y = { i, i } }
    end
    local text = chart.figure { series = series }
    for _, class in ipairs { "c1", "c1 dashed", "c1 dotted" } do
      local times = select(2, text:gsub('class="line ' .. class .. '"', ""))
      assert.equal(class == "c1" and 2 or 1, times)
    end
  end)

  it("shows points of 0 whole and begins bars and lines at 0", function()
    local function low(kind)
      local text = chart.figure { series = { { kind = kind, width = 1, x = { 0, 9 },
        y = { 0, 5 } } } }
      return tonumber(text:match 'data%-yaxis="lin (%S+)')
    end
    assert.is_true(low "points" < 0)
    assert.equal(0, low "bars")
    assert.equal(0, low "line")
  end)

  it("gives names of marks rows of their own where they would run into each other", function()
    local function rows(far)
      local text = chart.figure { log_x = true, series = { { x = { 1e-4, 1 }, y = { 1, 2 } } },
        marks = { { x = far, text = "sgd{momentum=0.9} 0.1" }, { x = 1, text = "lion 1" } } }
      local out = {}
      for y in text:gmatch '<text class="name" x="[%d.]+" y="(%d+)"' do
        out[#out + 1] = y
      end
      return out[1] == out[2] and 1 or #out
    end
    assert.equal(2, rows(0.02))
    assert.equal(1, rows(1e-4))
  end)

  it("in a file of its own is whole, on light and on dark ground", function()
    local text = chart.picture { title = "a<b \0", x_label = "x", series = {
      { name = "one", x = { 1, 2 }, y = { 1, 2 } },
      { name = "two", kind = "points", x = { 1, 2 }, y = { 1, 2 } } } }
    assert.matches("^<svg.*</svg>\n$", text)
    html.check(text)
    assert.is_truthy(text:find("prefers-color-scheme:dark", 1, true))
    assert.is_nil(text:find "var%(") -- not all viewers know such
    assert.is_nil(text:find "data%-")
    assert.is_nil(text:find "%z")
    assert.is_truthy(text:find("a&lt;b", 1, true))
    assert.is_truthy(text:find(">one</text>", 1, true))
  end)
end)
