-- The sandbox's library functions against Lua's own: the same results.
local host = require "lrrun.native.host"
local stock = {}
for name, f in pairs(string) do
  stock[name] = f
end
local strings = require "lrrun.sandbox.strings"
local tables = require "lrrun.sandbox.tables"

local TEXTS = {
  "", "a", "aaa", "hello world", "key = value, x=1", "f(a(b)c)d", "THE (quick) fox", "%d",
  "a.b.c",
  "0x1F 12 -3.5e2", "\0a\0", "tab\there\nnew", "[[x]]", "^a$", "äöü",
}
local PATTERNS = {
  "", "a", "a*", "a-", "a+", "a?", ".", ".-", ".*", "^a", "a$", "^$", "%w+", "(%w+)%s*=%s*(%w+)",
  "%b()", "%f[%w]%w+", "%f[%a]%a+%f[%A]", "()a()", "(a)(b)?", "(.)%1", "[abc]+", "[^abc]+", "[a-c]",
  "[%a_][%w_]*", "[]]", "[^]]", "[%]]", "[a-]", "[-a]", "%%", "%.", "^%s*(.-)%s*$", "(.-),", "%d+",
  "%x+", "%p", "%c", "%z", "((a)(b))", "[%w]-$", "a*?", "%u%l+", "\0", "[\0-\31]",
}
local BROKEN = {
  "%", "[", "[a", "[^", "(", ")", "(()", "%f", "%b", "%bx", "%1", "[%", "[a-%", "%b(",
}

local function outcome(f, ...)
  local result = table.pack(pcall(f, ...))
  if not result[1] then
    return "error: " .. result[2]:gsub("^[^ ]+:%d+: ", "")
  end
  for i = 1, result.n do
    result[i] = tostring(result[i])
  end
  return table.concat(result, "|", 1, result.n)
end

local function all_matches(gmatch, text, pattern)
  local out = {}
  for a, b in gmatch(text, pattern) do
    out[#out + 1] = tostring(a) .. ":" .. tostring(b)
  end
  return table.concat(out, ",")
end

describe("the sandbox's strings", function()
  it("repeat as Lua's do, short and long texts", function()
    for _, text in ipairs { "", "a", "ab", ("xyz"):rep(1000), ("q"):rep(5000) } do
      for _, n in ipairs { -1, 0, 1, 2, 3.0, 4095, 4096, 4097, 5000, 9999, "7" } do
        for _, separator in ipairs { false, "", "," } do
          assert.equal(stock.rep(text, n, separator or nil), strings.rep(text, n, separator or nil))
        end
      end
    end
  end)

  it("find, match, gmatch and gsub as Lua's do", function()
    for _, text in ipairs(TEXTS) do
      for _, pattern in ipairs(PATTERNS) do
        local what = ("%q %q"):format(text, pattern)
        for _, init in ipairs { 1, 2, -1, 0, 100 } do
          assert.equal(outcome(stock.find, text, pattern, init),
            outcome(strings.find, text, pattern, init), what .. init)
          assert.equal(outcome(stock.match, text, pattern, init),
            outcome(strings.match, text, pattern, init), what .. init)
        end
        assert.equal(outcome(stock.find, text, pattern, 1, true),
          outcome(strings.find, text, pattern, 1, true), what)
        assert.equal(outcome(all_matches, stock.gmatch, text, pattern),
          outcome(all_matches, strings.gmatch, text, pattern), what)
        for _, repl in ipairs { "<%0>", "%1", "", "%%" } do
          assert.equal(outcome(stock.gsub, text, pattern, repl),
            outcome(strings.gsub, text, pattern, repl), what .. repl)
        end
        assert.equal(outcome(stock.gsub, text, pattern, "x", 2),
          outcome(strings.gsub, text, pattern, "x", 2), what)
      end
    end
  end)

  it("refuse broken patterns as Lua does", function()
    for _, pattern in ipairs(BROKEN) do
      assert.equal(outcome(stock.find, "abc", pattern), outcome(strings.find, "abc", pattern),
        pattern)
    end
  end)

  it("agree on patterns and texts made at random", function()
    local seed = 1
    local function draw(n)
      seed = (seed * 1103515245 + 12345) % 2 ^ 31
      return math.floor(seed / 65536) % n + 1
    end
    local PIECES = { "a", "b", ".", "%w", "[ab]", "[^a]", "(a)", "(.)", "()", "%1", "%b()", "%f[a]",
      "*", "+", "-", "?", "^", "$", "(", ")", "[", "%", "x" }
    local LETTERS = { "a", "b", "x", "(", ")", " " }
    for _ = 1, 20000 do
      local pattern, text = {}, {}
      for i = 1, draw(6) do
        pattern[i] = PIECES[draw(#PIECES)]
      end
      for i = 1, draw(12) do
        text[i] = LETTERS[draw(#LETTERS)]
      end
      local p, t = table.concat(pattern), table.concat(text)
      assert.equal(outcome(stock.find, t, p), outcome(strings.find, t, p), ("%q %q"):format(t, p))
      -- An open capture that nothing uses passes Lua's gsub; here it is always refused.
      local got = outcome(strings.gsub, t, p, "<%0>")
      if got ~= "error: unfinished capture" then
        assert.equal(outcome(stock.gsub, t, p, "<%0>"), got, ("%q %q"):format(t, p))
      end
    end
  end)

  it("replace by tables and functions", function()
    local text = "a=1, b=2"
    for _, repl in ipairs { { a = "x" }, function(k) return k == "b" and "y" or nil end,
      function() return false end } do
      assert.equal(outcome(stock.gsub, text, "%a", repl), outcome(strings.gsub, text, "%a", repl))
      assert.equal(outcome(stock.gsub, text, "(%a)=(%d)", repl),
        outcome(strings.gsub, text, "(%a)=(%d)", repl))
    end
  end)

  it("format without addresses", function()
    assert.equal("table function 1.50 %", strings.format("%s %s %.2f %%", {}, print, 1.5))
    assert.equal(stock.format("%5d|%-5s|%q", 3, "x", "y"),
      strings.format("%5d|%-5s|%q", 3, "x", "y"))
  end)

  it("poll while they match", function()
    assert.is_function(host.match)
  end)
end)

describe("the sandbox's tables", function()
  local function lying(n)
    return setmetatable({}, {
      __len = function() return n end,
      __index = function(_, i) return i end,
    })
  end

  it("work on plain tables as Lua's do", function()
    local a, b = { 1, 2, 3 }, { 1, 2, 3 }
    table.insert(a, 2, 9)
    tables.insert(b, 2, 9)
    assert.same(a, b)
    assert.equal(table.remove(a, 1), tables.remove(b, 1))
    assert.same(table.move(a, 1, 3, 2), tables.move(b, 1, 3, 2))
    assert.equal(table.concat(a, ",", 2, 3), tables.concat(b, ",", 2, 3))
    assert.same({ table.unpack(a, 2) }, { tables.unpack(b, 2) })
    assert.is_nil(tables.remove {})
  end)

  it("work on tables with metamethods", function()
    assert.equal("1,2,3", tables.concat(lying(3), ","))
    local t = setmetatable({ 1, 2, 3 }, {})
    tables.insert(t, 1, 0)
    assert.equal(3, tables.remove(t))
    assert.same({ 0, 1, 2 }, { t[1], t[2], t[3] })
    assert.same({ 0, 0, 1, 2 }, { table.unpack(tables.move(t, 1, 3, 2)) })
  end)

  it("sort, and keep equal items in their order", function()
    local t = {}
    for i = 1, 1000 do
      t[i] = { key = i * 7919 % 10, at = i }
    end
    tables.sort(t, function(a, b)
      return a.key < b.key
    end)
    for i = 2, #t do
      assert.is_true(t[i - 1].key < t[i].key
        or t[i - 1].key == t[i].key and t[i - 1].at < t[i].at)
    end
    local words = { "b", "a", "c" }
    tables.sort(words)
    assert.same({ "a", "b", "c" }, words)
  end)
end)
