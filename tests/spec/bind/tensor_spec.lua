local tensor = require "lrrun.tensor"

describe("tensor", function()
  it("holds the values it was given, row by row", function()
    local t = tensor.new({ 2, 3 }, { 1, 2, 3, 4, 5, 6 })
    assert.same({ 2, 3 }, t:shape())
    assert.same({ 1, 2, 3, 4, 5, 6 }, t:values())
    assert.equal(6, #t)
    assert.equal("tensor (2, 3) real", tostring(t))
  end)

  it("is all zeros without values", function()
    assert.same({ 0, 0 }, tensor.new({ 2 }):values())
  end)

  it("holds one number when it has no axes", function()
    assert.same({ 7 }, tensor.new({}, { 7 }):values())
  end)

  it("keeps whole numbers as integers", function()
    local t = tensor.new({ 2 }, { 3, -2147483648 }, "i32")
    assert.equal("i32", t:dtype())
    assert.equal("integer", math.type(t:values()[1]))
    assert.same({ 3, -2147483648 }, t:values())
  end)

  it("takes values that are not finite", function()
    local v = tensor.new({ 2 }, { 1 / 0, 0 / 0 }):values()
    assert.equal(1 / 0, v[1])
    assert.is_true(v[2] ~= v[2])
  end)

  it("gives itself back when set", function()
    local t = tensor.new { 2 }
    assert.equal(t, t:set { 4, 5 })
    assert.same({ 4, 5 }, t:values())
  end)

  it("takes another tensor's values, and copies itself", function()
    local a, b = tensor.new({ 2 }, { 4, 5 }), tensor.new { 2 }
    assert.same({ 4, 5 }, b:set(a):values())
    local c = a:copy()
    a:set { 0, 0 }
    assert.same({ 4, 5 }, c:values())
    assert.error_matches(function() a:set(tensor.new { 3 }) end, "another size or type")
  end)

  it("changes nothing when one of the new values does not fit", function()
    local t = tensor.new({ 2 }, { 4, 5 }, "i32")
    assert.error_matches(function() t:set { 1, 2.5 } end,
      "value 2 is 2.5, want a whole number from %-2147483648 to 2147483647")
    assert.error_matches(function() t:set { 1 } end, "tensor:set: 1 values, want 2")
    assert.same({ 4, 5 }, t:values())
  end)

  it("says what is wrong with what it was given", function()
    assert.error_matches(function() tensor.new(3) end, "argument 1 is 3, want a table")
    assert.error_matches(function() tensor.new { 0 } end, "integers from 1")
    assert.error_matches(function() tensor.new { 1, 1, 1, 1, 1, 1 } end, "at most 5")
    assert.error_matches(function() tensor.new({ 2 }, { 1, 2, 3 }) end, "3 values, want 2")
    assert.error_matches(function() tensor.new({ 2 }, { {}, {} }) end, "value 1 is a table")
    assert.error_matches(function() tensor.new({ 1 }, { 1 }, "f16") end, "invalid option 'f16'")
    assert.error_matches(function() tensor.new { 2147483647, 2147483647, 2147483647 } end, "tensor")
  end)

  it("is unusable, but safe, once closed", function()
    local t = tensor.new { 1 }
    t:close()
    t:close()
    assert.error_matches(function() t:values() end, "lrrun.tensor is closed")
    assert.equal("tensor (closed)", tostring(t))
  end)

  it("hides its metatable", function() assert.is_false(getmetatable(tensor.new { 1 })) end)
end)
