-- What an evaluation counts in C.

local measure = require "lrrun.native.measure"
local tensor = require "lrrun.tensor"

local function real(values)
  return tensor.new({ #values }, values)
end

local function classes(values)
  return tensor.new({ #values }, values, "i32")
end

describe("counts of classes", function()
  it("add up over batches: targets of each class, and those answered right", function()
    local counts = measure.classes(3)
    counts:add(real { 1, 2, 0, 5, 4, 3 }, classes { 1, 2 })
    counts:add(real { 0, 0, 1 }, classes { 2 })
    local n, right = counts:counts()
    assert.same({ 0, 1, 2 }, n)
    assert.same({ 0, 1, 1 }, right)
  end)

  it("take the first of equal logits, never one that is NaN, and none of no number", function()
    local counts = measure.classes(2)
    counts:add(real { 1, 1, 0 / 0, -5, 0 / 0, 0 / 0, -math.huge, -math.huge },
      classes { 0, 1, 0, 1 })
    local n, right = counts:counts()
    assert.same({ 2, 2 }, n)
    assert.same({ 1, 1 }, right)
  end)

  it("refuse a class that there is not, and count nothing of that batch", function()
    local counts = measure.classes(2)
    for _, class in ipairs { -1, 2 } do
      local ok, why = pcall(counts.add, counts, real { 1, 2, 3, 4 }, classes { 0, class })
      assert.is_false(ok)
      assert.matches(("target 2 is class %d of 2"):format(class):gsub("%-", "%%-"), why)
    end
    assert.same({ 0, 0 }, (counts:counts()))
  end)

  it("refuse tensors of another size or type", function()
    local counts = measure.classes(2)
    assert.is_false(pcall(counts.add, counts, real { 1, 2, 3 }, classes { 0 }))
    assert.is_false(pcall(counts.add, counts, real { 1, 2 }, real { 0 }))
    assert.is_false(pcall(counts.add, counts, classes { 1, 2 }, classes { 0 }))
    assert.is_false(pcall(measure.classes, 0))
  end)
end)

describe("sums of errors", function()
  it("add up over batches, with the spread of the targets", function()
    local errors = measure.errors()
    errors:add(real { 1, 2 }, real { 2, 4 })
    errors:add(real { 3 }, real { 6 })
    local n, absolute, squared, spread = errors:sums()
    assert.same({ 3, 6, 14 }, { n, absolute, squared })
    assert.near(8, spread, 1e-12)
  end)

  it("refuse tensors of another size or type", function()
    local errors = measure.errors()
    assert.is_false(pcall(errors.add, errors, real { 1, 2 }, real { 1 }))
    assert.is_false(pcall(errors.add, errors, real { 1 }, classes { 1 }))
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
