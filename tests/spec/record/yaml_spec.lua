local yaml = require "lrrun.record.yaml"

local function round(value)
  return yaml.decode(yaml.encode(value))
end

describe("YAML", function()
  it("gives back exactly what was written", function()
    local texts = {
      "", " ", "yes", "no", "on", "true", "null", "~", "12", "1e3", ".inf", "0x10", "010", "a: b",
      "- a", "#c", "a #b", "&x", "*x", "!t", "%d", "@", "`", "'", '"', "a\nb", "a\nb\n", "\n\na",
      "a \n b\n", "\ttab\n", "trailing \n", "ünï", "a\r\nb", "\1", "---", "...", "--- a\n",
      ("long "):rep(50), "\u{2028}", "\u{FEFF}x", "[1]", "{a: 1}", "?", ":", "-", "? a", "=", "<<",
    }
    for _, text in ipairs(texts) do
      assert.equal(text, round { x = text }.x)
    end
    for _, x in ipairs { 0.1, 1 / 3, 5e-324, 1.7976931348623157e308, 1e22, -0.0, 3.0, math.huge } do
      assert.equal(x, round { x = x }.x)
      assert.equal("float", math.type(round { x = x }.x))
    end
    local nan = round { x = 0 / 0 }.x
    assert.is_true(nan ~= nan)
    assert.equal(math.mininteger, round { x = math.mininteger }.x)
    assert.same({ a = { 1, { b = true } }, c = { d = {} } },
      round { a = { 1, { b = true } }, c = { d = {} } })
  end)

  it("can be appended to, whatever its texts end with", function()
    for _, text in ipairs { "\n", "a\n\n", "a\r\n", "\n\n", "a\n" } do
      local value = yaml.decode(yaml.encode { x = text } .. "sha256: 1\n")
      assert.same({ x = text, sha256 = 1 }, value)
    end
  end)

  it("writes the same bytes for the same value", function()
    assert.equal("name: x\na: 1\nb: 2\n",
      yaml.encode({ b = 2, a = 1, name = "x" }, { first = { "name" } }))
  end)

  it("reads the core schema of YAML 1.2: yes and on are texts", function()
    local t = yaml.decode "a: yes\nb: on\nc: true\nd: ~\ne: 1_000\nf: 12:30\n"
    assert.same({ a = "yes", b = "on", c = true, e = "1_000", f = "12:30" }, t)
  end)

  local REFUSED = {
    ["an anchor"] = "a: &x 1", ["an alias"] = "a: *x", ["a tag"] = "a: !!python/object x",
    ["a key twice"] = "a: 1\na: 2", ["a key twice, null first"] = "a: null\na: 2",
    ["a directive"] = "%YAML 1.1\n---\na", ["two documents"] = "--- a\n--- b",
    ["a key that is a list"] = "? [a]\n: b", ["a float too large"] = "a: 1e999",
    ["an integer too large"] = "a: 99999999999999999999", ["bad UTF-8"] = "a: \xff",
    ["deep nesting"] = ("["):rep(70), ["a bomb"] = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]",
    ["no end"] = "a: [1", ["a tab for indentation"] = "a:\n\tb: 1",
    ["a scalar too long"] = "a: " .. ("x"):rep(70000),
    ["a key too long"] = ("x"):rep(1025) .. ": 1",
    ["too many bytes"] = ("# comment\n"):rep(6800000),
    UTF16 = "\xff\xfea\0:\0",
  }
  for name, text in pairs(REFUSED) do
    it("refuses " .. name, function()
      local ok, message = pcall(yaml.decode, text)
      assert.is_false(ok)
      assert.is_string(message)
    end)
  end

  it("is not slowed down by hostile nesting", function()
    local start = os.clock()
    pcall(yaml.decode, ("["):rep(1000000))
    pcall(yaml.decode, ("&a "):rep(300000))
    assert.is_true(os.clock() - start < 0.5)
  end)
end)
