local json = require "lrrun.record.json"
local record = require "lrrun.native.record"
local sys = require "lrrun.native.sys"

describe("JSON", function()
  it("writes a double as the shortest text that reads back exactly", function()
    assert.equal("0.1", json.number(0.1))
    assert.equal("1e-08", json.number(1e-8))
    assert.equal("3.0", json.number(3.0))
    assert.equal("0.30000000000000004", json.number(0.1 + 0.2))
    for _, x in ipairs { 5e-324, 1.7976931348623157e308, 1 / 3, 2 ^ 53 + 2, -0.0 } do
      assert.equal(x, tonumber(json.number(x)))
      assert.equal(x, json.decode(json.number(x)))
    end
  end)

  it("writes what it cannot hold as null", function()
    assert.equal('{"a":null,"b":null,"c":null}',
      json.encode { a = 0 / 0, b = math.huge, c = -math.huge })
  end)

  it("keeps integers apart from floats", function()
    assert.equal("integer", math.type(json.decode "3"))
    assert.equal("float", math.type(json.decode "3.0"))
  end)

  it("orders keys bytewise, the wanted ones first", function()
    local t = { b = 1, a = 2, Z = 3, epoch = 4 }
    assert.equal('{"epoch":4,"Z":3,"a":2,"b":1}', json.encode(t, { first = { "epoch" } }))
  end)

  it("tells an empty list from an empty object", function()
    assert.equal('{"a":[],"b":{}}', json.encode { a = json.array {}, b = {} })
  end)

  it("escapes control characters and survives bytes that are not UTF-8", function()
    assert.equal([["a\n\"\\\u0001"]], json.encode "a\n\"\\\1")
    assert.equal('"\\\\xff"', json.encode "\xff")
  end)

  it("refuses duplicate keys, numbers that do not fit, trailing text and deep nesting", function()
    for _, text in ipairs {
      '{"a":1,"a":2}', "1e999", "99999999999999999999", "[1] 2", "[1,]", "{'a':1}", "\"\xff\"",
      ("["):rep(66) .. ("]"):rep(66), "", "nul",
    } do
      assert.is_false(pcall(json.decode, text), text)
    end
  end)

  it("indents for people", function()
    assert.equal('{\n  "a": [\n    1,\n    2\n  ]\n}',
      json.encode({ a = { 1, 2 } }, { indent = true }))
  end)

  it("refuses to write what has no fixed form", function()
    assert.is_false(pcall(json.encode, { f = print }))
    assert.is_false(pcall(json.encode, { [{}] = 1 }))
  end)

  -- jansson loses characters, or ends the process, where its buffer of a number or a text cannot
  -- grow: what is read is right, or there was no memory.
  for name, text in pairs {
    numbers = "[" .. ("1"):rep(200) .. ".5]",
    texts = '{"a": "' .. ("x\\u00e9\\n"):rep(200) .. '", "b": [1, true, null, "' .. ("y"):rep(999)
      .. '"]}',
    lists = ("["):rep(40) .. ("1234567890.12345678,"):rep(100) .. "1" .. ("]"):rep(40),
    maps = "[" .. ('{"a long name of a key": 123456789012345678},'):rep(50) .. "{}]",
  } do
    it("reads " .. name .. " whole or not at all, whatever memory it is refused", function()
      finally(function()
        sys.mem_fail_after(-1, false)
      end)
      local want, refusals = record.json_decode(text), 0
      for _, sticky in ipairs { false, true } do
        local n, left = 0, 0
        while left <= 0 do
          sys.mem_fail_after(n, sticky)
          local ok, got = pcall(record.json_decode, text)
          left = sys.mem_fail_left()
          sys.mem_fail_after(-1, false)
          if ok then
            assert.same(want, got)
          else
            assert.matches("memory", got)
            refusals = refusals + 1
          end
          n = n + 1
        end
      end
      assert.is_true(refusals > 5)
    end)
  end
end)
