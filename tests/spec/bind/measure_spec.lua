-- What is collected of outputs and targets in C.

local measure = require "lrrun.native.measure"
local tensor = require "lrrun.tensor"

local function real(values, shape)
  return tensor.new(shape or { #values }, values)
end

local function classes(values, shape)
  return tensor.new(shape or { #values }, values, "i32")
end

describe("collectors", function()
  it("are of kinds, each of which takes some targets", function()
    assert.same({ classes = true, confusion = true, ranks = true, top5 = true },
      measure.kinds "classes")
    assert.same({ classes = true, confusion = true, ranks = true }, measure.kinds "binary")
    assert.same({ errors = true }, measure.kinds "numbers")
    assert.is_false(pcall(measure.collect, "errors", "classes", 2))
    assert.is_false(pcall(measure.collect, "anything", "classes", 2))
    assert.is_false(pcall(measure.collect, "classes", "classes", 0))
    assert.is_false(pcall(measure.collect, "classes", "words", 2))
  end)

  it("begin anew when they are reset", function()
    for _, kind in ipairs { "classes", "confusion", "ranks", "top5" } do
      local c = measure.collect(kind, "classes", 2)
      local empty = c:fields()
      c:add(real { 1, 2, 4, 3 }, classes { 1, 1 })
      local full = c:fields()
      c:reset()
      if kind ~= "ranks" then
        assert.same(empty, c:fields())
      end
      c:add(real { 1, 2, 4, 3 }, classes { 1, 1 })
      if kind ~= "ranks" then
        assert.same(full, c:fields())
      end
    end
  end)

  it("count the steps of sequences that are there", function()
    local x = real({ 9, 1, 1, 9, 5, 5, 1, 9, 9, 1, 9, 1 }, { 2, 3, 2 })
    local y, len = classes({ 0, 1, 0, 1, 0, 0 }, { 2, 3 }), classes { 2, 1 }
    local c = measure.collect("classes", "classes", 2)
    c:add(x, y, len)
    assert.same({ n = { 1, 2 }, right = { 1, 2 }, answered = { 1, 2 } }, c:fields())
    local e = measure.collect("errors", "numbers", 1)
    e:add(real({ 1, 2, 3, 4 }, { 2, 2, 1 }), real({ 2, 2, 3, 9 }, { 2, 2, 1 }), classes { 2, 1 })
    assert.same({ 3 }, e:fields().n)
    assert.same({ 1 }, e:fields().absolute)
  end)

  it("refuse a class that there is not, and count nothing of that batch", function()
    for _, kind in ipairs { "classes", "confusion", "ranks", "top5" } do
      local c = measure.collect(kind, "classes", 2)
      local empty = c:fields()
      for _, class in ipairs { -1, 2 } do
        local ok, why = pcall(c.add, c, real { 1, 2, 3, 4 }, classes { 0, class })
        assert.is_false(ok)
        assert.matches(("target 2 is class %d of 2"):format(class):gsub("%-", "%%-"), why)
      end
      if kind ~= "ranks" then
        assert.same(empty, c:fields())
      end
    end
  end)

  it("refuse tensors of another size or type", function()
    local c = measure.collect("classes", "classes", 2)
    assert.is_false(pcall(c.add, c, real { 1, 2, 3 }, classes { 0 }))
    assert.is_false(pcall(c.add, c, real { 1, 2 }, real { 0 }))
    assert.is_false(pcall(c.add, c, classes { 1, 2 }, classes { 0 }))
    assert.is_false(pcall(c.add, c, real { 1, 2 }, classes { 0 }, classes { 1 }))
    assert.is_false(pcall(c.add, c, real { 1, 2 }, classes({ 0 }, { 1, 1 }), classes { 2 }))
    local e = measure.collect("errors", "numbers", 1)
    assert.is_false(pcall(e.add, e, real { 1, 2 }, real { 1 }))
    assert.is_false(pcall(e.add, e, real { 1 }, classes { 1 }))
  end)
end)

describe("counts of classes", function()
  it("add up over batches: targets, those answered right, and answers", function()
    local c = measure.collect("classes", "classes", 3)
    c:add(real { 1, 2, 0, 5, 4, 3 }, classes { 1, 2 })
    c:add(real { 0, 0, 1 }, classes { 2 })
    assert.same({ n = { 0, 1, 2 }, right = { 0, 1, 1 }, answered = { 1, 1, 1 } }, c:fields())
    local matrix = measure.collect("confusion", "classes", 3)
    matrix:add(real { 1, 2, 0, 5, 4, 3, 0, 0, 1 }, classes { 1, 2, 2 })
    assert.same({ 0, 0, 0, 0, 1, 0, 1, 0, 1 }, matrix:fields().counts)
  end)

  it("take the first of equal logits, never one that is NaN, and none of no number", function()
    local c = measure.collect("classes", "classes", 2)
    c:add(real { 1, 1, 0 / 0, -5, 0 / 0, 0 / 0, -math.huge, -math.huge },
      classes { 0, 1, 0, 1 })
    assert.same({ n = { 2, 2 }, right = { 1, 1 }, answered = { 1, 1 } }, c:fields())
  end)

  it("take shares of classes for the largest of them", function()
    local c = measure.collect("classes", "classes", 2)
    c:add(real { 1, 2, 2, 1 }, real { 0.25, 0.75, 0.4, 0.6 })
    assert.same({ n = { 0, 2 }, right = { 0, 1 }, answered = { 1, 1 } }, c:fields())
  end)

  it("of questions are those of no and yes, of each", function()
    local c = measure.collect("classes", "binary", 2)
    c:add(real { 1, -1, 2, 0, -3, 5 }, real { 1, 0, 0, 1, 0.4, 0.6 })
    assert.same({ n = { 2, 1, 1, 2 }, right = { 1, 1, 1, 1 }, answered = { 1, 2, 2, 1 } },
      c:fields())
  end)
end)

describe("the five largest", function()
  it("have a target among them, of equal logits the first", function()
    local c = measure.collect("top5", "classes", 7)
    c:add(real { 7, 6, 5, 4, 3, 2, 1 }, classes { 4 })
    c:add(real { 7, 6, 5, 4, 3, 2, 1 }, classes { 5 })
    c:add(real { 1, 1, 1, 1, 1, 1, 1 }, classes { 4 })
    c:add(real { 1, 1, 1, 1, 1, 1, 1 }, classes { 5 })
    c:add(real { 0 / 0, 1, 1, 1, 1, 1, 1 }, classes { 0 })
    assert.same({ n = { 5 }, hits = { 2 } }, c:fields())
  end)
end)

describe("areas under a curve", function()
  it("are not defined where a class is missing or a score is no number", function()
    local c = measure.collect("ranks", "classes", 2)
    assert.not_equal(c:fields().areas[1], c:fields().areas[1])
    c:add(real { 1, 2, 3, 4 }, classes { 1, 1 })
    assert.not_equal(c:fields().areas[1], c:fields().areas[1])
    c:add(real { 1, 0 }, classes { 0 })
    assert.equal(1, c:fields().areas[1])
    c:add(real { 0 / 0, 0 }, classes { 0 })
    assert.not_equal(c:fields().areas[1], c:fields().areas[1])
  end)

  it("count pairs of equal scores half, also of 0 and -0", function()
    local c = measure.collect("ranks", "binary", 1)
    c:add(real { 0.0, -0.0, 1, -1 }, real { 1, 0, 1, 0 })
    assert.equal(3.5 / 4, c:fields().areas[1])
  end)

  it("know that they are not whole where there was no room in a session", function()
    local c = measure.collect("ranks", "classes", 2)
    c:reserve(1)
    c:add(real { 1, 2, 2, 1, 0, 1 }, classes { 1, 0, 1 }) -- add makes room
    assert.equal(1, c:fields().areas[1])
  end)
end)

describe("sums of errors", function()
  it("add up over batches, with the spread of the targets", function()
    local e = measure.collect("errors", "numbers", 1)
    e:add(real { 1, 2 }, real { 2, 4 })
    e:add(real { 3 }, real { 6 })
    local fields = e:fields()
    assert.same({ 3, 6, 14 }, { fields.n[1], fields.absolute[1], fields.squared[1] })
    assert.near(8, fields.spread[1], 1e-12)
  end)

  it("keep the spread of large targets, and none of equal ones", function()
    local e = measure.collect("errors", "numbers", 2)
    for i = 0, 99 do
      e:add(real { 0, 0, 0, 0 }, real { 16777000 + i, 0.1, 16777001 + i, 0.1 })
    end
    local spread = e:fields().spread
    -- x = numpy.array([[16777000 + i, 16777001 + i] for i in range(100)], 'f4').astype(float)
    assert.near(166700, spread[1], 1e-6) -- ((x - x.mean()) ** 2).sum()
    assert.equal(0, spread[2])
  end)
end)

describe("the largest of an output", function()
  local function largest(values, n, i, k)
    return { measure.largest(real(values), n, i, k) }
  end

  it("come in order, of equal ones the first, as many as there are", function()
    assert.same({ { 2, 4, 3 }, { 9, 9, 5 } }, largest({ 1, 9, 5, 9 }, 1, 1, 3))
    assert.same({ { 2, 1 }, { 4, 3 } }, largest({ 1, 2, 3, 4 }, 2, 2, 3))
    assert.same({ { 1 }, { 7 } }, largest({ 7, 7, 7 }, 1, 1, 1))
  end)

  it("overtake nothing that is NaN", function()
    assert.same({ 1, 2, 3 }, (measure.largest(real { 1, 0 / 0, 2 }, 1, 1, 3)))
  end)

  it("refuse a sample that there is not", function()
    for _, bad in ipairs { { 2, 3, 1 }, { 2, 0, 1 }, { 3, 1, 1 }, { 0, 1, 1 }, { 2, 1, 0 },
      { 2, 1, 17 } } do
      assert.is_false(pcall(measure.largest, real { 1, 2, 3, 4 }, table.unpack(bad)))
    end
  end)
end)
