--- A data folder with tiny sets in the layouts of the published ones, made in an instant:
--- recipes are run with it where a test asks only whether they run.

local files = require "support.files"

local small_sets = {}

local WORDS = {
  [0] = { "dull", "poor", "waste", "boring" }, { "great", "fine", "moving", "superb" },
}

-- Pixels that are as bright as their label says, with a pattern of their own.
local function pixels(n, label, k)
  local out = {}
  for i = 1, n do
    out[i] = string.char((label * 23 + (i * 7 + k * 13) % 23) % 256)
  end
  return table.concat(out)
end

local function idx(folder, prefix, n)
  local images, labels = {}, {}
  for k = 0, n - 1 do
    images[k + 1] = pixels(28 * 28, k % 10, k)
    labels[k + 1] = string.char(k % 10)
  end
  files.write(folder, prefix .. "-images-idx3-ubyte",
    string.pack(">I4I4I4I4", 0x803, n, 28, 28) .. table.concat(images))
  files.write(folder, prefix .. "-labels-idx1-ubyte",
    string.pack(">I4I4", 0x801, n) .. table.concat(labels))
end

local function cifar(folder, name, n)
  local records = {}
  for k = 0, n - 1 do
    records[k + 1] = string.char(k % 10) .. pixels(3 * 32 * 32, k % 10, k)
  end
  files.write(folder, name, table.concat(records))
end

local function review(label, k)
  local words = {}
  for i = 1, 8 + k % 5 do
    words[i] = WORDS[label][(i * 3 + k) % 4 + 1]
  end
  return "a " .. table.concat(words, " ") .. " film"
end

--- Fills `folder`; it is then given as --data.
---@param folder string
function small_sets.write(folder)
  for _, set in ipairs { "mnist", "fashion-mnist" } do
    idx(folder, set .. "/train", 60)
    idx(folder, set .. "/t10k", 20)
  end
  for i = 1, 5 do
    cifar(folder, ("cifar-10-batches-bin/data_batch_%d.bin"):format(i), 10)
  end
  cifar(folder, "cifar-10-batches-bin/test_batch.bin", 10)
  files.write(folder, "names.txt", ("anna\nbob\nclaude\ndora\n"):rep(60))
  for _, split in ipairs { "train", "test" } do
    for label, sub in pairs { [0] = "neg", "pos" } do
      for k = 0, 19 do
        files.write(folder, ("aclImdb/%s/%s/%d_%d.txt"):format(split, sub, k, 1 + 9 * label),
          review(label, k))
      end
    end
  end
end

return small_sets
