local data = require "lrrun.data"
local files = require "support.files"

describe("an input file", function()
  local folder
  local ctx
  before_each(function()
    folder = files.folder()
    ctx = { seed = 1, recipe_dir = folder }
  end)
  local function values(d)
    local b = d:loader({ batch = 1000 }):next()
    return b.x:values(), b.y, b
  end

  it("gets the columns, categories and scale of the training data", function()
    files.write(folder, "t.csv", "size,kind,y\n1,b,0\n3,a,1\n5,c,0\n7,a,1\n")
    local d = data.csv({ "t.csv" }):open(ctx)
    local path = files.write(folder, "new.csv", "kind,size\nc,3\nnew,\na,4\n")
    local new = d:input(path)
    local x, y = values(new)
    local means, factors = d.native:scale()
    assert.is_nil(y)
    assert.same({ train = 3, val = 0, test = 0 }, new.splits)
    local function scaled(i, v)
      return (v - means[i]) * factors[i]
    end
    local rows = { { 3, 0, 0, 1 }, { means[1], 0, 0, 0 }, { 4, 1, 0, 0 } }
    for i, row in ipairs(rows) do
      for j, v in ipairs(row) do
        assert.near(scaled(j, v), x[(i - 1) * 4 + j], 1e-6)
      end
    end
    assert.truthy(files.failure(d.input, d, files.write(folder, "n2.csv", "kind,sise\nc,3\n"))
      :find("names no column 'size'; did you mean 'sise'?", 1, true))
    assert.truthy(files.failure(d.input, d, files.write(folder, "n3.csv", "kind,size\nc,x\nd,y\n"))
      :find("column size holds texts ('x'), the training data's numbers", 1, true))
  end)

  it("without a header has its columns by place, with or without the target", function()
    files.write(folder, "t.csv", "1,2,0\n3,4,1\n5,7,0\n")
    local d = data.csv({ "t.csv" }):open(ctx)
    local with = d:input(files.write(folder, "a.csv", "1,2,0\n3,4,1\n"))
    local without = d:input(files.write(folder, "b.csv", "1,2\n3,4\n"))
    assert.same(values(with), (values(without)))
  end)

  it("of rows of numbers may have the target behind, which is not used", function()
    local d = data.table({ x = { { 1, 2 }, { 3, 4 }, { 5, 7 } }, y = { 0, 1, 0 } }):open(ctx)
    local with = d:input(files.write(folder, "a.csv", "1,2,0\n3,4,1\n"))
    local without = d:input(files.write(folder, "b.csv", "1,2\n3,4\n"))
    assert.same(values(with), (values(without)))
    assert.truthy(files.failure(d.input, d, files.write(folder, "c.csv", "1,2,0,4\n3,4,1,5\n"))
      :find("c.csv has 4 columns; want 2 (or 3 with what is learned behind)", 1, true))
  end)

  it("gets the vocabulary, and keeps its order", function()
    files.write(folder, "t.tsv", "a\tone two two\nb\tone two\n")
    local d = data.text({ "t.tsv" }):open(ctx)
    local x, _, b = values(d:input(files.write(folder, "in.txt", "one three two two\ntwo\n")))
    -- Cut after as many tokens as the longest text of the model's data has.
    assert.same({ 3, 1, 2, 2, 0, 0 }, x)
    assert.same({ 3, 1 }, b.len:values())
  end)

  it("of digits is rows of numbers, scaled as they are", function()
    for _, images in ipairs { false, true } do
      local d = data.digits({ images = images }):open(ctx)
      local rows = {}
      local raw = data.digits({ normalize = false }):open(ctx)
      local b = raw:loader({ batch = 3, shuffle = false }):next()
      for i, v in ipairs(b.x:values()) do
        local r = (i - 1) // 64 + 1
        rows[r] = (rows[r] and rows[r] .. "," or "") .. math.tointeger(v * 16)
      end
      local new = d:input(files.write(folder, "d.csv", table.concat(rows, "\n")))
      local want = d:loader({ batch = 3, shuffle = false }):next()
      assert.same(d.shape, new.shape)
      assert.same(want.x:values(), (values(new)))
    end
  end)

  it("of images is a picture or a folder, resized to the training data's", function()
    for i, name in ipairs { "set/a/1.png", "set/b/1.png" } do
      files.write(folder, name, files.png(2, 1, 1, string.char(i, i * 50)))
    end
    local d = data.images({ "set", channels = 1 }):open(ctx)
    local new = d:input(files.write(folder, "in/x.png", files.png(4, 2, 1, ("\20"):rep(8))))
    assert.same({ 1, 1, 2 }, new.shape)
    assert.equal(1, d:input(folder .. "/in").n)
    local means, factors = d.native:scale()
    assert.near((20 - means[1]) * factors[1], values(new)[1], 1e-5)
  end)

  it("is refused by data that has no files", function()
    local d = data.spirals({}):open(ctx)
    assert.truthy(files.failure(d.input, d, "x"):find("data.spirals: takes no input file", 1, true))
  end)
end)
