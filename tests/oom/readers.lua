-- Every reader, a loader with its thread, and what follows; once with files that are good.
package.path = "tests/?.lua;" .. package.path

local answers = require "lrrun.native.answers"
local files = require "support.files"
local pictures = require "lrrun.native.images"
local readers = require "lrrun.native.readers"
local tables = require "lrrun.native.table"
local tensor = require "lrrun.native.tensor"
local native_tokens = require "lrrun.native.tokens"
local text = require "lrrun.native.text"

-- Made once: the files stay the same from run to run.
local KEY = "oom.data"
package.loaded[KEY] = package.loaded[KEY] or (function()
  local folder = files.folder()
  files.write(folder, "t.csv", 'name,size,y\n"a,b",1,x\nc,2,y\nd,?,x\n')
  files.write(folder, "x", files.gzip(files.idx(8, { 2, 1, 2 }, "\0\255\51\102")))
  files.write(folder, "y", files.idx(8, { 2 }, "\0\1"))
  files.write(folder, "x.npy", files.npy("<f4", { 2, 1 }, ("\0"):rep(8)))
  files.write(folder, "gaps.npy", files.npy("<f8", { 4, 1 }, ("<dddd"):pack(1, 7, 2, 3)))
  files.write(folder, "plain", files.idx(8, { 2, 1, 2 }, "\0\255\51\102"))
  files.write(folder, "c.bin", "\1" .. ("x"):rep(3072))
  files.write(folder, "names.npy", files.npy("|S2", { 3 }, "nopeno"))
  files.write(folder, "a.npz", files.zip {
    { "x.npy", files.npy("<f4", { 3, 1 }, ("<fff"):pack(1, 7, 2)) },
    { "y.npy", files.npy("<f4", { 3 }, ("<fff"):pack(0, 1, 1)) } })
  files.write(folder, "ids.npy", files.npy("<i4", { 2, 2 }, ("\1\0\0\0"):rep(4)))
  files.write(folder, "a/1.png", files.png(2, 1, 1, "\1\2"))
  for _, name in ipairs { "exif.jpg", "exif.png", "cmyk.jpg" } do
    local f <close> = assert(io.open("tests/fuzz/corpus/image/" .. name, "rb"))
    files.write(folder, "pictures/" .. name, f:read "a")
  end
  files.write(folder, "pictures/broken.png", "x")
  files.write(folder, "b.txt", "one two\nthree two\n")
  return folder
end)()

local folder = package.loaded[KEY]

local function use(d)
  if d:info().splits.train == 0 then
    d:split { seed = 1 }
  end
  d:fingerprint()
  local loader = d:loader { seed = 1, batch = 2, shuffle = true, prefetch = true, bucket = true,
    flip = #d:info().shape == 3 }
  loader:next()
  loader:seek(1, 0)
  loader:next()
  loader:indices()
end

local box <close> = tables.csv(folder .. "/t.csv", { ignored = {} })
box:load { "category", "number", "category" }
local d = box:dataset { features = { { column = 1, kind = "category", levels = box:levels(1) },
  { column = 2, kind = "number", flag = true } }, target = { 3 }, classes = true, spare = 3 }
local other <close> = tables.csv(folder .. "/t.csv", { header = true })
other:strip(3, ".")
other:load({ "category", "number", "category" }, { 0, 0, 0 })
d:append("val", (other:dataset { features = { { column = 1, kind = "category",
  levels = box:levels(1) }, { column = 2, kind = "number", flag = true } }, target = { 3 },
  classes = true, class_names = { "x", "y" } }))
d:split { seed = 1 }
d:fill_missing()
d:fit("robust")
d:name_classes { "p", "q" }
local placed <close> = tables.csv(folder .. "/t.csv", { ignored = {}, most = 1 })
placed:load({ "category", "number", "category" }, nil, { 3 })
local at = placed:dataset { features = { { column = 1, kind = "category",
  levels = placed:levels(1) }, { column = 2, kind = "number" } }, target = { 3 }, classes = true,
  drop = true, spare = 3 }
local behind <close> = tables.csv(folder .. "/t.csv", {})
behind:load({ "category", "number", "category" }, { 0, 0, 0 }, { 3 })
at:append("val", (behind:dataset { features = { { column = 1, kind = "category",
  levels = { "a,b", "d", "e" } }, { column = 2, kind = "number" } }, target = { 3 },
  classes = true, class_names = { "x", "y" } }))
at:split { seed = 1 }
at:fill_missing()
at:fit()
use(at)
local rows <close> = tables.rows(folder .. "/t.csv", { header = true, words = { "nix" } })
rows:begin { features = { { column = 1, kind = "category", levels = { "a,b" } },
  { column = 2, kind = "number", flag = true } }, target = { 3 }, target_kind = "category",
  class_names = { "x", "y" }, keep = { 1, 2, 3 }, form = "json", separator = "," }
local _, some = rows:next(2)
use(some)
local lines <close> = answers.new { form = "csv", columns = { "label", "probability", "p", "q" },
  labels = { "p", "q" }, width = 2 }
lines:header(rows)
lines:add(tensor.new({ 2, 2 }, { 0.5, 0.25, 1, 0 }), 2, 1, rows)
lines:take()
use(readers.idx { train = { folder .. "/x", folder .. "/y" } })
use(readers.npy { train = { folder .. "/x.npy" } })
for _, name in ipairs { "x.npy", "gaps.npy" } do
  local stored = readers.npy { train = { folder .. "/" .. name }, words = { 7 }, stream = true }
  stored:missing "train"
  stored:drop(true)
  stored:split { seed = 1 }
  stored:fill_missing()
  stored:fit "standard"
  stored:fit "minmax"
  use(stored)
end
use(readers.npy { train = { folder .. "/a.npz", x_key = "x" }, stream = true })
use(readers.idx { train = { folder .. "/plain" }, stream = true })
use(readers.cifar { classes = 10, train = { folder .. "/c.bin" }, stream = true })
local zip = readers.archive(folder .. "/a.npz")
local kept = readers.npy { train = { folder .. "/a.npz", folder .. "/a.npz", x_key = zip[1],
  y_key = zip[2] }, classes = false, words = { 7 } }
kept:missing "train"
kept:flag { 1 }
kept:drop(false)
kept:to_classes()
use(kept)
readers.look(folder .. "/a.npz", "x")
readers.look(folder .. "/names.npy")
local images <close> = pictures.new()
images:add(folder .. "/a", "a")
use((images:dataset { channels = 3, resize = "blocks", height = 3, width = 2 }))
images:add(folder .. "/pictures", "b")
use((images:dataset { channels = 1, resize = "shorter", height = 3, crop_height = 3,
  crop_width = 3, skip = true }))
images:paths()
use((images:dataset { channels = 1, resize = "exact", height = 3, width = 3, skip = true,
  stream = true, cache = folder }))
local one <close> = text.lines(folder .. "/b.txt")
while one:next() do
end
local words = text.new(false)
words:add_lines(folder .. "/b.txt")
local tokens = words:dataset()
tokens:split { seed = 1 }
words:vocabulary(tokens, 10, 5)
words:windows(tokens, 2)
use(tokens)
use(readers.rows { x = { { 1, 2 } }, y = { 0 }, classes = 1, targets = 0, shape = { 2 } })
use(readers.rows { x = { { 1, 2 }, { 3 } }, y = { 0, 1, 1 }, classes = 2, vocab = 4,
  per_step = true })
local steps = readers.rows { x = { { { 1 }, { 2 } }, { { 3 } } }, y = { 0, 1, 1 }, targets = 1,
  shape = { 1 }, seq = true, per_step = true }
steps:split { seed = 1 }
steps:fit()
steps:fit_targets()
steps:set_target_scale(steps:target_scale())
use(steps)
use(readers.npy { train = { folder .. "/ids.npy", folder .. "/ids.npy" }, vocab = 2 })
use(readers.noise { n = 3, shape = { 2 }, seed = 1 })
local tagged = text.new(false)
tagged:add_tagged(folder .. "/b.txt", "train", false)
local sentences = tagged:dataset()
assert(#tagged:tokens(sentences) > 0)
use(sentences)
use(readers.noise_windows { n = 3, tokens = 5, length = 2, seed = 1 })
for _, kind in ipairs { "bytes", "chars", "words", "bpe" } do
  local corpus <close> = native_tokens.corpus("\n")
  corpus:add("the cat sat\non the mat\n")
  corpus:add_file(folder .. "/b.txt")
  corpus:split { seed = 1, val = 0.3 }
  local t = native_tokens.tokenizer(kind, true)
  corpus:fit(t, kind == "bpe" and 260 or 0)
  t:decode(t:encode("the mat"))
  t:words()
  t:merges()
  local laid = corpus:windows(t, 2, 1)
  laid:split { seed = 1 }
  laid:loader { split = "train", batch = 1, seed = 1 }:next()
  local single <close> = native_tokens.corpus()
  single:add("the cat sat on the mat, the cat")
  single:cut { seed = 1, val = 0.2, test = 0.2 }
end
