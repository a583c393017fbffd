-- Values that are kept while a file is looked through are those that are read in a second pass.
local files = require "support.files"
local tables = require "lrrun.native.table"

local ROWS = 3000 -- several buffers of text

local FIELDS = {
  whole = function(i)
    return ("%d"):format(i * 7919 % 1000 - 500)
  end,
  short = function(i)
    return ("%.6g"):format(i * 0.7310581 % 10 - 5)
  end,
  long = function(i)
    return ("%.17g"):format(math.sin(i))
  end,
  exponents = function(i)
    return ("%.18e"):format(math.cos(i))
  end,
  far = function(i) -- float keeps its differences alone
    return ("%d.%d"):format(1700000000 + i, i % 10)
  end,
  far_whole = function(i)
    return tostring(2 ^ 24 + i * 2 | 0)
  end,
  gaps = function(i)
    return i % 3 == 0 and "" or i % 7 == 0 and "NA" or ("%.3f"):format(i / 8)
  end,
  code = function(i)
    return ("%04d"):format(i % 300)
  end,
  percent = function(i)
    return i % 11 .. " %"
  end,
  day = function(i)
    return ("20%02d-%02d-%02d"):format(i % 30, i % 12 + 1, i % 28 + 1)
  end,
  time = function(i)
    return ("2020-02-%02d %02d:30"):format(i % 28 + 1, i % 24)
  end,
  word = function(i)
    return ({ "red", "green", "a text that is longer than sixteen bytes", "n", "-" })[i % 5 + 1]
  end,
  quoted = function(i)
    return ({ '"a,b"', '"c"', ' d ', '" d "', '"say ""e"""', '"f\ng"' })[i * i % 6 + 1]
  end,
  texts = function(i) -- more different ones than are kept
    return "t" .. i % 2999
  end,
  late = function(i) -- a few words among numbers, or one number among words
    return i > 100 and i % 400 == 0 and "none of it" or tostring(i % 10)
  end,
  early = function(i)
    return i == 1 and "x" or tostring(i % 50)
  end,
  nothing = function()
    return ""
  end,
}

local function names()
  local out = {}
  for name in pairs(FIELDS) do
    out[#out + 1] = name
  end
  table.sort(out)
  return out
end

local function text(o)
  local lines, all = {}, names()
  lines[1] = o.header ~= false and table.concat(all, ",") or nil
  for i = 1, o.rows or ROWS do
    local fields = {}
    for j, name in ipairs(all) do
      fields[j] = FIELDS[name](i)
    end
    lines[#lines + 1] = table.concat(fields, ",", 1, o.short and i % 500 == 0 and 5 or #fields)
    lines[#lines + 1] = o.between and i % 300 == 0 and o.between or nil
  end
  return table.concat(lines, o.ends or "\n") .. (o.ends or "\n")
end

describe("a table whose values are kept as it is looked through", function()
  local folder

  setup(function()
    folder = files.folder()
  end)

  local function read(o, ignored, kinds, offsets)
    local form = { ignored = ignored, header = o.header, comment = o.comment, words = o.words }
    local box <close> = tables.csv(folder .. "/t.csv", form)
    local seen = box:info()
    local features, chosen, n = {}, {}, #seen.columns
    for j, column in ipairs(seen.columns) do
      chosen[j] = kinds and kinds[column.name] or column.kind
    end
    box:load(chosen, offsets)
    local info = box:info()
    for j, column in ipairs(info.columns) do
      if column.kind ~= "ignore" and j < n then
        local levels = column.kind == "category" and box:levels(j) or nil
        features[#features + 1] = { column = j, kind = column.kind, time = column.times,
          levels = levels and table.move(levels, 1, math.min(#levels, 8), 1, {}) }
      end
    end
    local d, counts = box:dataset { features = features, target = { n }, classes = true }
    return { seen = seen, info = info, counts = counts, print = d:fingerprint() }
  end

  local function agree(o, kinds, offsets)
    files.write(folder, "t.csv", text(o))
    local again = read(o, nil, kinds, offsets)
    assert.same(again, read(o, {}, kinds, offsets))
    assert.same(again, read(o, { "word", "3", "-2", "nobody" }, kinds, offsets))
    return again
  end

  it("is the one that is read in two passes, each kind of column in it", function()
    local kinds = {}
    for j, column in ipairs(agree({}).info.columns) do
      kinds[column.kind] = (kinds[column.kind] or 0) + 1
      assert.equal(names()[j], column.name)
    end
    assert.is_true(kinds.number > 5 and kinds.category > 2 and kinds.date == 2)
    assert.equal(1, kinds.ignore)
  end)

  it("is so without a header, with other line ends, short rows, comments, empty lines", function()
    assert.equal(ROWS, agree({ header = false }).info.rows)
    agree { ends = "\r\n" }
    agree { ends = "\r" }
    assert.is_true(agree({ short = true }).info.shorts > 0)
    agree { between = "# no row", comment = "#" }
    agree { between = "" }
    agree { rows = 1 }
    agree { rows = 2, header = false }
  end)

  it("is so where columns are taken as something else than was guessed", function()
    agree({}, { whole = "category", late = "category", early = "category", day = "category",
      short = "ignore", code = "ignore" })
    agree({}, { texts = "number", quoted = "date", percent = "category", nothing = "number" })
    agree({ words = { "7", "red", "2020-01-01" } })
  end)

  it("is so with offsets that another file has", function()
    local offsets = {}
    for j in ipairs(names()) do
      offsets[j] = j % 2 == 0 and 3 or 0.1
    end
    agree({}, nil, offsets)
  end)

  it("names the first number that is not finite, whatever columns are kept", function()
    local lines = { "a,b,c" }
    for i = 1, 600 do
      lines[#lines + 1] = ("%d,%s,%s"):format(i, i == 450 and "1e39" or "2",
        i == 300 and "inf" or i == 500 and "-1e39" or "x")
    end
    files.write(folder, "t.csv", table.concat(lines, "\n") .. "\n")
    for _, ignored in ipairs { {}, { "b" }, { "c" }, false } do
      local box <close> = tables.csv(folder .. "/t.csv", { ignored = ignored or nil })
      assert.equal("t.csv:301:7: 'inf' is not a finite number of 32 bits; missing_words = "
        .. "{ \"inf\" } takes it as missing",
        files.failure(box.load, box, { "number", "number", "number" }))
      local other <close> = tables.csv(folder .. "/t.csv", { ignored = ignored or nil })
      assert.matches("^t.csv:451:5: '1e39' is not",
        files.failure(other.load, other, { "number", "number", "category" }))
    end
  end)

  it("says where a text is not UTF-8", function()
    files.write(folder, "t.csv", "a,b\n" .. ("x,1\n"):rep(200) .. "\xe9,1\n" .. ("x,2\n"):rep(9))
    for _, ignored in ipairs { {}, { "a" }, false } do
      local box <close> = tables.csv(folder .. "/t.csv", { ignored = ignored or nil })
      assert.matches("^t.csv:202:1: the text is not UTF%-8",
        files.failure(box.load, box, { "category", "number" }))
    end
  end)
end)
