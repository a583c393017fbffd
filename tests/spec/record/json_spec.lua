local json = require "lrrun.record.json"

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
end)
