-- Readers of data files for tests/fuzz/run.lua: { name, function of a path, good
-- inputs, file = true }.

package.path = "tests/?.lua;" .. package.path

local files = require "support.files"
local readers = require "lrrun.native.readers"
local tables = require "lrrun.native.table"
local text = require "lrrun.native.text"
local tokens = require "lrrun.native.tokens"

local function use(d)
  d:split { seed = 1 }
  local info = d:info()
  if info.kind ~= "i32" then
    d:check(true)
  end
end

-- Each column but the last as it was loaded.
local function features_of(box, kinds)
  local features = {}
  for i = 1, math.min(#kinds - 1, 50) do
    features[#features + 1] = kinds[i] ~= "ignore" and { column = i, kind = kinds[i], time = true,
      flag = i % 2 == 0, levels = kinds[i] == "category" and box:levels(i) or nil } or nil
  end
  return features
end

-- What a file's data set is; its rows are in memory, or with `stays` in the file.
local function seen_of(path, stays)
  local box <close> = tables.csv(path, { ignored = not stays and {} or nil })
  local kinds = {}
  for i, column in ipairs(box:info().columns) do
    kinds[i] = column.kind
  end
  kinds[#kinds] = "category"
  box:load(kinds, nil, stays and { #kinds } or nil)
  local d, counts = box:dataset { features = features_of(box, kinds), target = { #kinds },
    classes = true, drop = #kinds % 2 == 0 }
  use(d)
  return ("%s %d %d %d"):format(d:fingerprint(), counts.missing, counts.dropped,
    counts.untargeted)
end

-- Where a file's rows are makes no difference.
local function table_of(path)
  local ok, inside = pcall(seen_of, path, false)
  local also, stored = pcall(seen_of, path, true)
  if not tostring(stored):find("stream = true", 1, true) then
    assert(ok == also and tostring(inside) == tostring(stored))
  end
end

local function rows_of(path)
  local box <close> = tables.rows(path, {})
  local columns, features = box:info().columns, {}
  for i = 1, math.min(#columns, 20) do
    features[i] = i % 2 == 0 and { column = i, kind = "category", levels = { "a", "x" } }
      or { column = i, kind = i % 3 == 0 and "date" or "number", time = true, flag = true }
  end
  box:begin { features = features, target = { #columns }, class_names = { "0", "1", "x" },
    keep = { 1, #columns }, form = #columns % 2 == 0 and "json" or "raw", separator = "," }
  repeat
    local n, native = box:next(3)
    if native then
      use(native)
    end
  until n == 0
  box:counts()
end

local function texts_of(path)
  local box = text.new(false)
  box:add_file { path = path, text = -1, label = 1 }
  local d = box:dataset()
  use(d)
  box:vocabulary(d, 10, 5)
  box:windows(d, 3)
end

local function lines_of(path)
  local box = text.new(true)
  box:add_lines(path)
  use(box:dataset())
end

local function tokens_of_text(path)
  for _, kind in ipairs { "bytes", "chars", "words", "bpe" } do
    local corpus <close> = tokens.corpus("\n")
    corpus:add_file(path)
    corpus:split { seed = 1 }
    local t = tokens.tokenizer(kind, true)
    corpus:fit(t, kind == "bpe" and 300 or 0)
    corpus:windows(t, 3, 2):split { seed = 1 }
  end
end

local function tags_of(path)
  local box = text.new(false)
  box:add_tagged(path, "train", true)
  local d = box:dataset()
  use(d)
  box:vocabulary(d, 5, 2)
end

local function idx_of(path)
  use(readers.idx { train = { path } })
end

local function labels_of(path)
  use(readers.idx { train = { path, path } })
end

local function npy_of(path)
  use(readers.npy { train = { path, path } })
end

local function tokens_of(path)
  use(readers.npy { train = { path, path }, vocab = 70000 })
end

local function sequences_of(path)
  use(readers.npy { train = { path }, seq = true })
end

local function look_at(path)
  local names = readers.archive(path)
  readers.look(path, names and names[1])
end

local function archive_of(path)
  local names = readers.archive(path) or {}
  local x, y = names[1], names[2]
  local d = readers.npy { train = { path, y and path, x_key = x, y_key = y } }
  d:missing "train"
  d:drop(true)
  use(d)
end

local function cifar_of(path)
  use(readers.cifar { classes = 10, train = { path } })
end

local IDX = files.idx(8, { 2, 1, 2 }, "\0\255\51\102")
local CSV = 'name,size,"ki""nd"\n"a,b",1e-3,x\nc,-.5,y\nd,?,x\n'

local list = {
  { "csv", table_of, { "1,2,0\n3,4,1\n5\n5,,0\n1,2,1\n", CSV, "1\t2\ta\n3\t4\tb\r\n5\t6\ta",
    'a,b,c,d\n1,"x\ny",2020-01-02,u\n\n#,"z ""z""", 2020-02-03 ,v\n,,,u\n7,x\n8,x,,v,\n' } },
  { "csv rows", rows_of, { "1,2,0\n3,4,1\n5,,0\n1,2,1\n", CSV, "a;b;c\n'x;y';2020-01-02;1\n" } },
  { "text table", texts_of, { CSV, "b\tThe cat's \"hat\"\na\tthe hat<br />2nd\n" } },
  { "text lines", lines_of, { "ab\r\na\n\nabc" } },
  { "tags", tags_of, { "-DOCSTART- O\n\nU.N.\tB-ORG\nin  IN O\r\n\nYork B-LOC" } },
  { "language model", tokens_of_text, { "ab\ncd\n", "the cat's \u{e9}\n\n12 the the\n" } },
  { "idx", idx_of, { IDX, files.gzip(IDX), files.idx(0xE, { 2 }, ("\64"):rep(16)) } },
  { "idx labels", labels_of, { files.idx(8, { 2 }, "\1\0") } },
  { "npy", npy_of, { files.npy("<f4", { 2, 3 }, string.pack("<ffffff", 1, 2, 3, 4, 5, 6)),
    files.npy(">i2", { 2 }, "\0\1\0\2", "True"), files.npy("<f2", { 2 }, "\0\60\0\64"),
    files.npy("|S2", { 2 }, "abcd") } },
  { "npy look", look_at, { files.npy("<f4", { 2 }, string.pack("<ff", 1, 2)),
    files.npy("<U1", { 2 }, "a\0\0\0b\0\0\0"), files.zip { { "x.npy", files.npy("|b1", { 1 },
      "\1") } } } },
  { "npz", archive_of, { files.zip { { "x.npy", files.npy("<f2", { 2, 1 }, "\0\60\0\126") },
    { "y.npy", files.npy("<U1", { 2 }, "a\0\0\0b\0\0\0"), deflated = true } },
    files.zip { { "x.npy", files.npy("|i1", { 1, 2 }, "\1\2"), deflated = true } } } },
  { "npy tokens", tokens_of, { files.npy("<u2", { 2, 2 }, "\1\0\2\0\3\0\0\0") } },
  { "npy sequences", sequences_of, { files.npy("<f4", { 2, 1, 1 }, string.pack("<ff", 1, 2)) } },
  { "cifar", cifar_of, { "\7" .. ("\255"):rep(3072) .. "\2" .. ("\0"):rep(3072) } },
}

for _, target in ipairs(list) do
  target.file = true -- each reads a path
end
return list
