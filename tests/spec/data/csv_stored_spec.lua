-- Rows of tables that stay in their files are those that would be in memory: the same bits.

local current = require "lrrun.util.current"
local data = require "lrrun.data"
local files = require "support.files"
local limits = require "lrrun.native.limits"
local sys = require "lrrun.native.sys"
local tables = require "lrrun.native.table"
local temporary = require "support.temporary"

local N = 400

-- Numbers of no pattern, from 0 to 255.
local function numbers(count)
  local out, state = {}, 12345
  for i = 1, count do
    state = (state * 1103515245 + 12345) % 2 ^ 31
    out[i] = (state >> 8) % 256
  end
  return out
end

-- A table: a row for each i of 1..N as row(i, x) says it, x a number of no pattern.
local function rows(header, row, ending)
  local out, x = { header }, numbers(N)
  for i = 1, N do
    out[#out + 1] = row(i, x[i])
  end
  return table.concat(out, ending or "\n") .. (ending or "\n")
end

local function plain(i, x)
  return ("%d,%.3f,%s"):format(x, i / 7, i % 3 == 0 and "u" or "v")
end

local COLORS = { "red", "green", '"a ""b"""', '"two\nlines, one, text"', "", "  blue ", '"NA"' }

local function mixed(i, x)
  return ("%s,%s,%d-%02d-%02d%s,%s"):format(x % 11 == 0 and "" or x % 13 == 0 and "none" or x / 4,
    COLORS[x % #COLORS + 1], 2000 + x % 20, i % 12 + 1, i % 28 + 1,
    i % 5 == 0 and "T12:30:00" or "", x % 17 == 0 and "" or i % 3 == 0 and "u." or "v.")
end

local MIXED = rows("n,color,day,y", mixed)

-- { what, keys, texts of files }: the first one is t.csv.
local CASES = {
  { "numbers", {}, rows("a,b,y", plain) },
  { "no header", {}, (rows("", plain):sub(2)) },
  { "lines that end in CRLF", {}, rows("a,b,y", plain, "\r\n") },
  { "lines that end in CR", {}, rows("a,b,y", plain, "\r") },
  { "no end of the last line", {}, (rows("a,b,y", plain):sub(1, -2)) },
  { "texts, dates and gaps, over several lines", {}, MIXED },
  { "the same in CRLF", {}, (MIXED:gsub("\n", "\r\n")) },
  { "behind a byte order mark", {}, "\xef\xbb\xbf" .. MIXED },
  { "rows that are dropped", { missing = "drop" }, MIXED },
  { "gaps that are flagged", { missing = "flag" }, MIXED },
  { "marks that are stripped", { strip = "." }, MIXED },
  { "minmax", { normalize = "minmax", columns = { color = "ignore" } }, MIXED },
  { "not scaled", { normalize = false }, MIXED },
  { "words that mean missing", { missing_words = { 7, "red" }, target = "n" }, MIXED },
  { "balanced classes", { sampler = "balanced" }, MIXED },
  { "a limit and a fold", { limit = 100, fold = "2 of 4", val = 0, split = "random" }, MIXED },
  { "the end as validation", { split = "last" }, MIXED },
  { "several targets", { target = { "a", "c" } }, rows("a,b,c", function(i, x)
    return ("%s,%d,%g"):format(x % 19 == 0 and "" or x, i, 3e8 + x)
  end) },
  { "comments, empty lines and lines before", { skip = 1, comment = "#" },
    rows("a title\n# note\na,b,y", function(i, x)
      return (i % 5 == 0 and "\n\n# text, with \"\n" or "") .. plain(i, x)
    end) },
  { "short rows", {}, rows("a,b,c,y", function(i, x)
    return i % 9 == 0 and tostring(x) or ("%d,%d,%d,%s"):format(x, i, x % 7, i % 2)
  end) },
  { "a delimiter too many", {}, rows("a,b,y", function(i, x)
    return plain(i, x) .. (i % 2 == 0 and "," or "")
  end) },
  { "row names", {}, rows("a,b,y", function(i, x)
    return ("r%d,%s"):format(i, plain(i, x))
  end) },
  { "blanks as delimiters", {}, rows("a  b\ty", function(i, x)
    return ("%d  %.2f \t %s"):format(x, i / 3, i % 3 == 0 and "u" or "v")
  end) },
  { "decimal commas and marks", { decimal = ",", thousands = "." }, rows("a;b;y", function(i, x)
    return ("1.%03d,5;%d %%;%d"):format(x, i, x % 2)
  end) },
  { "escapes and other quotes", { quote = "'", escape = "\\" }, rows("a,b,y", function(i, x)
    return ("%d,'%s \\' %d',%d"):format(i, i % 2 == 0 and "x" or "a,\nb", x % 5, x % 2)
  end) },
  { "numbers far from 0", {}, rows("a,b,y", function(i, x)
    return ("%d,%.1f,%d"):format(1600000000 + x, 1e9 + i, x % 2)
  end) },
  { "one long row among short ones", { columns = { a = "category" } }, rows("a,b,y", function(i, x)
    return i == 77 and ('"%s",1,1'):format(("long\n"):rep(20000)) or ("k%d,%d,%d"):format(x % 9, i,
      x % 2)
  end) },
  { "files of all parts", { train = "t.csv", val = "v.csv", test = "w.csv" }, MIXED, {
    ["v.csv"] = rows("color,y,day,n", function(i, x)
      return ("%s,%s,2001-02-03,%d"):format(x % 5 == 0 and "new" or "red",
        x % 7 == 0 and "other." or x % 3 == 0 and "" or "u.", i)
    end),
    ["w.csv"] = (MIXED:gsub("\n", "\r\n")) } },
  { "files of all parts whose rows are dropped", { train = "t.csv", val = "v.csv", test = "w.csv",
    missing = "drop" }, MIXED, { ["v.csv"] = MIXED, ["w.csv"] = MIXED:gsub("green", "grey") } },
}

local function opened(folder, keys, stream, threads)
  local given = { stream = stream, batch = 16, val = 0.2, test = 0.1 }
  for key, x in pairs(keys) do
    given[key] = x
  end
  given.file = not given.train and "t.csv" or nil
  return data.csv(given):open { seed = 7, data_dir = folder, recipe_dir = folder,
    threads = threads or 2 }
end

-- What is said, without where samples are.
local function said(lines)
  local out = {}
  for _, line in ipairs(lines) do
    out[#out + 1] = not line:find "^samples stay" and not line:find "^what is packed"
      and not line:find "^rows are in memory" and line or nil
  end
  return out
end

-- All that training would see of a data set in two epochs, and what is said of it.
local function seen(d)
  local out = { fingerprint = d.fingerprint, splits = d.splits, scale = { d:scale() },
    classes = d.class_names or false, targets = { d.target_means or 0, d.target_deviations or 0 },
    fill = d:fill(), said = said(d:said()), notes = said(d.notes), columns = d.columns }
  for _, split in ipairs { "train", "val", "test" } do
    if d.splits[split] > 0 then
      local loader = d:loader { split = split }
      for _ = 1, 2 * loader:count() do
        local b = loader:next()
        out[#out + 1] = { b.x:values(), b.y:values(), loader:indices() }
      end
    end
  end
  return out
end

describe("rows of a table that stay in their file", function()
  local folder

  before_each(function()
    folder = files.folder()
  end)

  local function write(text, others)
    files.write(folder, "t.csv", text)
    for name, other in pairs(others or {}) do
      files.write(folder, name, other)
    end
  end

  for _, case in ipairs(CASES) do
    it("give the batches of those in memory: " .. case[1], function()
      write(case[3], case[4])
      local inside, stored = opened(folder, case[2], false), opened(folder, case[2], true)
      assert.equal(0, inside.native:info().stored)
      assert.is_true(stored.native:info().stored > 0)
      assert.is_true(stored.bytes >= stored.n * (8 + 4)) -- places and targets are in memory
      local want = seen(inside)
      assert.same(want, seen(stored))
      assert.same(want, seen(opened(folder, case[2], true, 1)))
    end)
  end

  local function with_memory(bytes, f)
    local all = limits.all
    limits.all = function() return bytes end
    finally(function() limits.all = all end)
    return f()
  end

  it("are taken where they are more than half of --memory, which is said with the key", function()
    write(rows("a,b,y", plain))
    with_memory(2 * N * 8, function()
      assert.equal(0, opened(folder, {}).native:info().stored)
    end)
    with_memory(2 * N * 8 - 2, function()
      local d = opened(folder, {})
      assert.equal(N * 8, d.native:info().stored)
      local text = "samples stay in their files and are read as batches are made: they are "
        .. "3.12 KB, more than 50 % of --memory (6.25 KB); stream = false takes them into memory"
      assert.matches(text, d:describe(), 1, true)
      assert.same(text, d:said()[1])
      assert.equal(0, opened(folder, {}, false).native:info().stored)
      assert.equal(0, opened(folder, { normalize = "robust" }).native:info().stored)
      assert.equal(0, opened(folder, { missing = "median" }).native:info().stored)
    end)
  end)

  it("are taken where it is their categories that take the memory", function()
    write(rows("a,b,y", function(i, x)
      return ("k%d,%d,%d"):format(i % 100, x, x % 2)
    end))
    local want = seen(opened(folder, {}, false))
    with_memory(2 * N * 4 * 60, function()
      local d = opened(folder, {})
      assert.equal(N * 4 * 101, d.native:info().stored)
      assert.same(want.said, said(d:said()))
      assert.same(want, seen(d))
    end)
  end)

  it("are taken where all parts together take the memory", function()
    write(rows("a,b,y", plain), { ["v.csv"] = rows("a,b,y", plain) })
    local keys = { train = "t.csv", val = "v.csv" }
    with_memory(2 * N * 16, function()
      assert.equal(0, opened(folder, keys).native:info().stored)
    end)
    local want = seen(opened(folder, keys, false))
    with_memory(2 * N * 16 - 2, function()
      local d = opened(folder, keys)
      assert.equal(N * 16, d.native:info().stored)
      assert.same(want, seen(d))
    end)
  end)

  it("are refused beside what looks at whole columns", function()
    write(rows("a,b,y", plain))
    for _, case in ipairs {
      { "'stream' is true beside normalize = \"robust\", which wants a copy of each column in "
        .. "memory", { normalize = "robust" } },
      { "'stream' is true beside missing = \"median\"", { missing = "median" } },
    } do
      assert.matches(case[1], files.failure(opened, folder, case[2], true), 1, true)
    end
  end)

  it("fail with the words, lines and columns of those in memory", function()
    local text = rows("a,b,y", plain)
    local twice = text:gsub("u", '"u\nu"')
    for _, case in ipairs {
      { text .. "1,2,u,4\n" }, { text .. '1,"2' }, { text .. '1,"2"3,u\n' }, { text .. "1,\0,u\n" },
      { twice .. "1,2,u,4\n" }, { text .. "inf,2,u\n" }, { text .. "1e99,2,u\n", { target = "a" } },
      { text .. "1,2,\xff\n" }, { text .. ",2,u\n", { missing = "error" } },
      { text .. "1,2\n", { missing = "error" } }, { text, { target = "c" } },
      { text, { columns = { y = "number" }, task = "regression" } }, { "a,b,y\n" }, { "" },
      { text, { columns = { a = "date" } } }, { text, { strip = "7", target = "a" } },
    } do
      write(case[1])
      local want = files.failure(opened, folder, case[2] or {}, false)
      assert.equal(want, files.failure(opened, folder, case[2] or {}, true))
    end
  end)

  it("end what uses them where the file is changed, and are read on where it is removed", function()
    local text = MIXED
    local function after(change)
      write(text)
      local d = opened(folder, {}, true)
      change()
      return function()
        for epoch = 1, 2 do
          for b in d:batches("train", epoch) do
            assert(b.n > 0)
          end
        end
        return true
      end
    end
    local function whole(bytes)
      return function()
        files.write(folder, "t.csv", bytes)
      end
    end
    for _, bytes in ipairs { text:sub(1, 900), "", text .. "1,2,3,u\n" } do
      assert.matches("t.csv was changed while it was in use: it has " .. #bytes .. " bytes",
        files.failure(after(whole(bytes))), 1, true)
    end
    assert.matches("t.csv was written to while it was in use", files.failure(after(function()
      local f <close> = assert(io.open(folder .. "/t.csv", "r+b"))
      f:seek("set", 100)
      f:write '"'
    end)), 1, true)
    assert.is_true(after(function()
      os.remove(folder .. "/t.csv")
    end)())
  end)

  it("are still there where there is no memory for rows behind them", function()
    finally(function()
      sys.mem_fail_after(-1, false)
    end)
    write(rows("a,b,y", plain))
    local function part(spare)
      local box <close> = tables.csv(folder .. "/t.csv", { header = true })
      box:load({ "number", "number", "category" }, { 0, 0, 0 }, { 3 })
      return box:dataset { features = { { column = 1, kind = "number" },
        { column = 2, kind = "number" } }, target = { 3 }, classes = true,
        class_names = { "u", "v" }, spare = spare }
    end
    local d, refusals, done = part(N), 0, false
    local want = d:fingerprint()
    while not done do
      local p = part(0)
      sys.mem_fail_after(refusals, false)
      local ok, why = pcall(d.append, d, "val", p)
      sys.mem_fail_after(-1, false)
      done = ok
      if not ok then
        assert.matches("memory", why)
        assert.equal(want, d:fingerprint())
        refusals = refusals + 1
      end
    end
    assert.is_true(refusals > 1)
    assert.equal(2 * N, d:info().n)
  end)
end)

-- A text in another form; UTF-16 of characters below 256 alone.
local function wide(order)
  return function(text)
    local out = { order == "<" and "\xff\xfe" or "\xfe\xff" }
    for _, c in utf8.codes(text) do
      out[#out + 1] = string.pack(order .. "I2", c)
    end
    return table.concat(out)
  end
end

local function narrow(text)
  return (text:gsub(utf8.charpattern, function(c)
    return string.char(utf8.codepoint(c))
  end))
end

local FORMS = {
  { "packed", files.gzip, {}, "t.csv is packed" },
  { "UTF-16", wide "<", {}, "t.csv is not UTF-8" },
  { "UTF-16, high bytes first", wide ">", {}, "t.csv is not UTF-8" },
  { "Latin-1", narrow, { encoding = "latin1" }, "t.csv is read as Latin-1" },
  { "packed UTF-16", function(text)
    return files.gzip(wide "<" (text))
  end, {}, "t.csv is packed" },
}

describe("rows of a table that is packed or not UTF-8", function()
  local folder
  local text = MIXED:gsub("green", "gr\u{fc}n")
  if os.execute "stat -f -c %T \"$(dirname $(mktemp -u))\" | grep -Eq 'tmpfs|ramfs'" then
    pending "are copied to a disk (skipped: temporary files are in memory here)"
    return
  end

  before_each(function()
    folder = temporary.folder()
  end)

  -- What f gives with module[name] as that function.
  local function with(module, name, as, f)
    local before = module[name]
    module[name] = as
    local made = table.pack(pcall(f))
    module[name] = before
    if not made[1] then
      error(made[2], 0)
    end
    return table.unpack(made, 2, made.n)
  end

  -- f with runs on the disk of that folder, which need not be there; false: it makes none.
  local function with_runs(dir, f)
    local asked = current.request()
    local request = setmetatable({}, { __index = function(_, key)
      return key ~= "scratch_dir" and asked[key] or key == "scratch_dir" and dir or nil
    end })
    return with(current, "request", function() return request end, f)
  end

  local function with_memory(bytes, f)
    return with(limits, "all", function() return bytes end, f)
  end

  local function merged(a, b)
    local out = {}
    for _, keys in ipairs { a, b } do
      for key, x in pairs(keys) do
        out[key] = x
      end
    end
    return out
  end

  local function streamed(keys, stream, threads)
    return with_runs(folder .. "/runs", function()
      return opened(folder, keys, stream, threads)
    end)
  end

  local function without_runs(keys, stream)
    return with_runs(false, function()
      return opened(folder, keys, stream)
    end)
  end

  for _, form in ipairs(FORMS) do
    it("give, copied to a disk, the batches of those in memory: " .. form[1], function()
      local bytes = form[2](text)
      files.write(folder, "t.csv", bytes)
      for _, case in ipairs { {}, { missing = "flag" }, { missing = "drop" } } do
        local keys = merged(form[3], case)
        local want = seen(opened(folder, keys, false))
        for threads = 1, 4 do
          local d = streamed(keys, true, threads)
          assert.is_true(d.native:info().stored > 0)
          assert.same(want, seen(d))
        end
      end
      local copied = streamed(form[3], true)
      assert.matches("what is packed or not UTF-8 is copied as UTF-8 to a file without a name in "
        .. folder .. "/runs, which takes 11.4 KB of the disk and is gone with the run",
        copied:describe(), 1, true)
      files.write(folder, "t.csv", "another") -- what was copied no longer hangs on its file
      local again = seen(copied)
      files.write(folder, "t.csv", bytes)
      assert.same(seen(opened(folder, form[3], false)), again)
    end)

    it("are in memory where a command makes no runs, which is said: " .. form[1], function()
      files.write(folder, "t.csv", form[2](text))
      local want = seen(opened(folder, form[3], false))
      local function inside(d)
        assert.equal(0, d.native:info().stored)
        assert.same(want, seen(d))
        assert.matches("rows are in memory: " .. form[4]
          .. "; a run has a copy of them on the disk", table.concat(d:said(), "\n"), 1, true)
      end
      inside(without_runs(form[3], true))
      inside(with_memory(2000, function()
        return without_runs(form[3])
      end))
    end)
  end

  it("of several parts stay together, each in its file or in a copy", function()
    local keys = { train = "t.csv", val = "v.csv", test = "w.csv" }
    for _, packed in ipairs { "t.csv", "v.csv", "w.csv" } do
      for _, name in pairs(keys) do
        files.write(folder, name, name == packed and files.gzip(MIXED) or MIXED)
      end
      local want = seen(opened(folder, keys, false))
      local d = streamed(keys, true)
      assert.is_true(d.native:info().stored > 0)
      assert.same(want, seen(d))
      d = without_runs(keys, true)
      assert.equal(0, d.native:info().stored)
      assert.same(want, seen(d))
    end
  end)

  it("are copied where they, their categories or all parts are more than half of --memory",
    function()
      files.write(folder, "t.csv", files.gzip(rows("a,b,y", function(i, x)
        return ("k%d,%d,%d"):format(i % 100, x, x % 2)
      end)))
      files.write(folder, "v.csv", rows("a,b,y", function(i, x)
        return ("k%d,%d,%d"):format(i % 100, x, x % 2)
      end))
      for _, case in ipairs { { {}, 101 }, { { train = "t.csv", val = "v.csv" }, 202 },
        { { train = "v.csv", val = "t.csv" }, 202 } } do
        local want = seen(opened(folder, case[1], false))
        with_memory(2 * N * 4 * case[2], function()
          assert.equal(0, streamed(case[1]).native:info().stored)
        end)
        with_memory(2 * N * 4 * case[2] - 2, function()
          local d = streamed(case[1])
          assert.equal(N * 4 * case[2], d.native:info().stored)
          assert.same(want, seen(d))
        end)
      end
    end)

  it("say what to do where the disk has no room for them", function()
    local why = ", and rows are read at their places: unpack it, or make room for a copy: files in "
      .. "/dev/shm lie in memory (--out: a disk)"
    if not os.execute "stat -f -c %T /dev/shm | grep -q tmpfs" then
      return pending "(no /dev/shm that is memory)"
    end
    files.write(folder, "t.csv", files.gzip(MIXED))
    files.write(folder, "v.csv", MIXED)
    local function there(keys, stream)
      return with_runs("/dev/shm/none", function()
        return opened(folder, keys, stream)
      end)
    end
    assert.matches("data.csv: stream = true: t.csv is packed" .. why,
      files.failure(there, {}, true), 1, true)
    assert.matches("data.csv: stream = true: t.csv is packed" .. why,
      files.failure(there, { train = "v.csv", val = "t.csv" }, true), 1, true)
    local large = { train = "t.csv", val = "v.csv" }
    for bytes, keys in pairs { [2000] = {}, [N * 60] = large } do
      local d = with_memory(bytes, function()
        return there(keys)
      end)
      assert.equal(0, d.native:info().stored)
      assert.matches("rows are in memory: t.csv is packed" .. why, table.concat(d:said(), "\n"), 1,
        true)
    end
  end)

  it("fail with the words, lines and columns of those in memory", function()
    local plain_text = rows("a,b,y", plain)
    local packed, utf16 = files.gzip(plain_text), wide "<" (plain_text)
    for _, case in ipairs {
      { packed:sub(1, -300) }, { packed:sub(1, -5) .. "\0\0\0\0" },
      { packed:sub(1, 300) .. "xxxx" .. packed:sub(305) }, { utf16:sub(1, -2) },
      { utf16 .. "\0\xdc" }, { utf16 .. "\0\xd8" },
      { utf16:sub(1, 2002) .. "\0\xdd" .. utf16:sub(2005) },
      { files.gzip(plain_text .. "1,2,u,4\n") }, { files.gzip(plain_text .. '1,"2') },
      { files.gzip(plain_text .. "inf,2,u\n") }, { wide "<" (plain_text .. "1e99,2,u\n") },
      { files.gzip(plain_text .. "1,2,\xff\n") }, { wide ">" (plain_text .. "1,\0,u\n") },
      { files.gzip(plain_text .. ",2,u\n"), { missing = "error" } }, { files.gzip "" },
      { files.gzip "a,b,y\n" }, { plain_text .. "1,2\n", { missing = "error",
        encoding = "latin1" } },
    } do
      files.write(folder, "t.csv", case[1])
      local want = files.failure(opened, folder, case[2] or {}, false)
      assert.equal(want, files.failure(streamed, case[2] or {}, true))
    end
  end)
end)
