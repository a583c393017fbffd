local data = require "lrrun.data"
local files = require "support.files"

describe("data.csv", function()
  local folder
  local function open(text, opts, ctx)
    files.write(folder, "t.csv", text)
    opts = opts or {}
    opts.file = opts.file or "t.csv"
    ctx = ctx or {}
    ctx.recipe_dir, ctx.seed = folder, ctx.seed or 1
    return data.csv(opts):open(ctx)
  end
  local function failure(text, opts)
    return files.failure(open, text, opts)
  end
  -- All samples of the training split in file order, unscaled.
  local function rows(d)
    local out = {}
    local loader = d:loader { batch = 1000, shuffle = false }
    local batch = loader:next()
    local width, x = d.shape[1], batch.x:values()
    for i = 1, batch.n do
      out[i] = table.concat(x, " ", (i - 1) * width + 1, i * width)
    end
    return out, batch.y and batch.y:values()
  end

  setup(function()
    folder = files.folder()
  end)

  it("reads columns of numbers, and classes from the last column", function()
    local d = open("1,2.5,b\n-3e1,.5,a\n+4.,1E-1,b\n", { normalize = false })
    local x, y = rows(d)
    assert.same({ 2 }, d.shape)
    assert.equal(2, d.classes)
    assert.same({ "a", "b" }, d.class_names)
    assert.same({ "1.0 2.5", "-30.0 0.5", "4.0 0.10000000149012" }, x)
    assert.same({ 1, 0, 1 }, y)
  end)

  it("finds a header, and takes names for the target", function()
    local d = open("size,price,kind\n1,10.5,x\n2,20.5,y\n3,30.5,x\n",
      { target = "price", normalize = false })
    local x, y = rows(d)
    assert.equal(1, d.targets)
    assert.same({ "1.0 1.0 0.0", "2.0 0.0 1.0", "3.0 1.0 0.0" }, x)
    assert.same({ 10.5, 20.5, 30.5 }, y)
  end)

  it("takes a first line of numbers as data", function()
    assert.equal(3, open("1,0\n2,1\n3,0\n").splits.train)
  end)

  it("takes a first line of texts as data when one of them comes again below", function()
    assert.equal(4, open("red,yes\nblue,no\nred,no\nblue,yes\n").splits.train)
  end)

  it("believes the recipe about the header", function()
    assert.equal(2, open("1,0\n2,1\n3,0\n", { header = true }).splits.train)
  end)

  it("keeps separators, quotes and line ends inside quotes", function()
    local d = open('x,name\n1,"a, ""b""\nc"\n2,d\n3,"a, ""b""\nc"\n')
    assert.same({ 'a, "b"\nc', "d" }, d.class_names)
  end)

  it("reads semicolons, tabs, CRLF, a byte order mark and blank lines", function()
    assert.equal(3, open("\xef\xbb\xbfa;b\r\n1;0\r\n\r\n2;1\r\n3;0\r\n").splits.train)
    assert.equal(3, open("1\t0\n2\t1\n3\t0").splits.train)
    assert.equal(3, open("1|0\r2|1\r3|0\r").splits.train)
  end)

  it("sees whole numbers as classes when few, and as targets when many", function()
    assert.equal(2, open("1,0\n2,1\n3,0\n").classes)
    local lines = {}
    for i = 1, 100 do
      lines[i] = i .. "," .. i
    end
    assert.equal(1, open(table.concat(lines, "\n")).targets)
    assert.equal(100, open(table.concat(lines, "\n"), { task = "classification" }).classes)
  end)

  it("orders classes of numbers by value, not by text", function()
    local d = open("1,10\n2,9\n3,10\n4,9\n5,100\n6,100\n")
    assert.same({ "9", "10", "100" }, d.class_names)
  end)

  it("sets what is missing to the mean of the training split", function()
    local d = open("a,b,y\n1,5,0\n,5,1\n3,?,0\nNA,5,1\n", { normalize = false })
    local x = rows(d)
    assert.same({ "1.0 5.0", "2.0 5.0", "3.0 5.0", "2.0 5.0" }, x)
    assert.truthy(d:describe():find("a: 2 missing, set to the training mean", 1, true))
  end)

  it("drops rows or stops where something is missing, as the recipe says", function()
    local text = "a,b,y\n1,5,0\n,5,1\n3,6,0\n4,7,1\n"
    assert.equal(3, open(text, { missing = "drop" }).splits.train)
    assert.truthy(failure(text, { missing = "error" }):find(
      "line 3 has nothing in column a", 1, true))
  end)

  it("leaves out a row without a target, and says so", function()
    local d = open("a,y\n1,0\n2,\n3,1\n")
    assert.equal(2, d.splits.train)
    assert.truthy(d:describe():find("1 row without a target left out", 1, true))
  end)

  it("names line and column of what is not finite", function()
    assert.truthy(failure("a,b,y\n1,2,0\n1,-inf,1\n"):find("t.csv:3:3: ", 1, true))
    assert.truthy(failure("a,b,y\n1,2,0\n1,1e99,1\n"):find(
      "t.csv:3:3: '1e99' is not a finite number of 32 bits", 1, true))
  end)

  it("names line and column of what is malformed", function()
    local cases = {
      ["1,2\n3,4\nTotal\n"] = "t.csv:3:1: 1 field, want 2; what is missing stands as an empty "
        .. 'field, comment = "T" leaves out lines that begin with T',
      ["1,2\n3,4\n5,6,7\n"] = "t.csv:3:5: 3 fields, want 2; a text with a delimiter in it stands "
        .. "in quotes, delimiter says what separates fields",
      ["1,2\n3\n"] = "t.csv:2:1: 1 field, want 2",
      ["1,2\n3,4,5\n"] = "t.csv:2:5: 3 fields, want 2",
      ['1,2\n"3,4\n'] = "t.csv:2:1: this quote is never closed",
      ['1,2\n"3"x,4\n'] = "t.csv:2:4: text after a closing quote",
      ["1,2\n3,\0004\n"] = "t.csv:2:3: a NUL byte",
      [""] = "t.csv is empty",
      ["1," .. ("2"):rep(2 ^ 20 + 1) .. "\n"] = "longer than 1 MiB",
    }
    for text, want in pairs(cases) do
      assert.truthy(failure(text):find(want, 1, true), want .. " / " .. failure(text))
    end
    assert.truthy(failure("a,b\n", { header = true }):find("a header and no row", 1, true))
    assert.truthy(failure(("1,"):rep(65536) .. "1\n"):find("more than 65536 fields", 1, true))
  end)

  it("names the nearest column when a name is wrong", function()
    local why = failure("size,price\n1,2\n3,4\n", { target = "prize" })
    assert.truthy(why:find("'target' names no column 'prize'; did you mean 'price'?", 1, true))
    assert.truthy(failure("1,2\n3,4\n", { target = 3 }):find("is column 3, the file has 2", 1,
      true))
  end)

  it("refuses a column of names, and says how to leave it out", function()
    local lines = { "id,x,y" }
    for i = 1, 1001 do
      lines[#lines + 1] = ("n%d,%d,%d"):format(i, i, i % 2)
    end
    local text = table.concat(lines, "\n")
    assert.truthy(failure(text):find("ignore = { 'id' } leaves it out", 1, true))
    assert.same({ 1 }, open(text, { ignore = "id" }).shape)
  end)

  it("scales by the training split alone, and only centres a column without spread", function()
    local lines = {}
    for i = 1, 100 do
      lines[i] = ("%d,7,%d"):format(i, i % 2)
    end
    local d = open(table.concat(lines, "\n"), { val = 0.5 })
    local sum, squares, n = 0, 0, 0
    for batch in d:batches("train", 1) do
      local x = batch.x:values()
      for i = 1, #x, 2 do
        sum, squares, n = sum + x[i], squares + x[i] * x[i], n + 1
        assert.equal(0, x[i + 1])
      end
    end
    assert.near(0, sum / n, 1e-6)
    assert.near(1, squares / n, 1e-5)
    assert.truthy(d:describe():find("1 column without spread: only centred", 1, true))
  end)

  it("takes as many features as it is told", function()
    files.write(folder, "t.csv", "a,b\n1,x\n2,y\n")
    local t = require "lrrun.native.table".csv(folder .. "/t.csv", {})
    t:load { "number", "category" }
    local features = {}
    for i = 1, 100000 do
      features[i] = { column = 1, kind = "number" }
    end
    local d = t:dataset { features = features, target = { 2 }, classes = true }
    assert.same({ 100000 }, d:info().shape)
    assert.error_matches(function()
      t:dataset { features = features, target = { 2 }, classes = true }
    end, "its rows went into a data set")
  end)

  it("keeps rows and levels of files that are longer than a block of rows", function()
    local lines = { "a,b,c" }
    for i = 1, 30000 do -- blocks have 65536 values
      lines[#lines + 1] = ("%d,%s,%d"):format(i, i % 3 == 0 and "z" or "b", i % 7)
    end
    files.write(folder, "long.csv", table.concat(lines, "\n"))
    local t = require "lrrun.native.table".csv(folder .. "/long.csv", {})
    t:load({ "number", "category", "number" }, { 0, 0, 0 })
    local levels = t:levels(2)
    assert.same({ "b", "z" }, levels)
    local d = t:dataset { features = { { column = 1, kind = "number" },
      { column = 2, kind = "category", levels = levels } }, target = { 3 }, classes = true }
    d:split { seed = 1, val = 0 }
    local batch = d:loader({ batch = 30000, seed = 1, shuffle = false }):next()
    local x, y = batch.x:values(), batch.y:values()
    for _, i in ipairs { 1, 3, 21845, 21846, 29999, 30000 } do
      local z = i % 3 == 0 and 1 or 0
      assert.same({ i, 1 - z, z }, table.move(x, i * 3 - 2, i * 3, 1, {}))
      assert.equal(i % 7, y[i])
    end
  end)

  it("reads fields of any length, wherever the file is cut to be read", function()
    for _, delimiter in ipairs { ",", "\t", ";" } do
      local lines, want_x, want_y = {}, {}, {}
      for i = 1, 3000 do -- 200 KiB, of which 64 are at hand at once
        local n = i * 7 % 71
        local number = (i % 3 == 0 and "-" or "") .. i % 10 .. "." .. ("0"):rep(n % 30) .. i
        local word = ("k"):rep(n + 1)
        lines[i] = number .. delimiter .. (i % 2 == 0 and ('"%s"'):format(word) or word)
        want_x[i] = string.unpack("f", string.pack("f", tonumber(number)))
        want_y[i] = n
      end
      local d = open(table.concat(lines, "\n") .. "\n", { normalize = false })
      local batch = d:loader({ batch = 3000, shuffle = false }):next()
      assert.equal(71, d.classes)
      assert.same(want_x, batch.x:values())
      assert.same(want_y, batch.y:values())
    end
  end)

  it("rounds numbers of many digits as the C library does", function()
    local texts = { "0.1234567890123456789", "9007199254740993", "9007199254740992.5e-3",
      "1234567890123456789", "2.2250738585072014e-8", "1.0000000596046448", "3.4028234e38",
      "7.038531e-26", "8388608.5000000001", "16777217.000000000000001", "-0.30000001192092896e1",
      "4503599627370496.5e22", "1.000000059604644775390625", "1.00000005960464477539063" }
    local want = {}
    for i, text in ipairs(texts) do
      want[i] = string.unpack("f", string.pack("f", tonumber(text)))
    end
    local d = open(table.concat(texts, ",0\n") .. ",1\n",
      { normalize = false, columns = { [1] = "number" } })
    assert.same(want, d:loader({ batch = 20, shuffle = false }):next().x:values())
  end)

  it("says where a missing file was looked for", function()
    local why = files.failure(function()
      data.csv { "no.csv" }:open { recipe_dir = folder, data_dir = "/nowhere" }
    end)
    assert.truthy(why:find("csv_spec.lua:%d+: data.csv: no file 'no.csv': looked in "))
    assert.truthy(why:find("/nowhere", 1, true))
  end)

  it("says how to unpack a file that is there packed", function()
    files.write(folder, "p.csv.xz", "x")
    local why = files.failure(function()
      data.csv { "p.csv" }:open { recipe_dir = folder }
    end)
    assert.truthy(why:find("p.csv.xz: unpack it with 'xz -d'", 1, true))
  end)
end)
