-- Texts in files and folders of their own for each part, and files as other programs write them.
local data = require "lrrun.data"
local files = require "support.files"

describe("data.text", function()
  local folder
  before_each(function()
    folder = files.folder()
  end)

  local function open(list, opts)
    for name, text in pairs(list) do
      files.write(folder, name, text)
    end
    return data.text(opts):open { recipe_dir = folder, seed = 1 }
  end
  local function read(d, split)
    local b = d:loader({ split = split or "train", batch = 100, shuffle = false, bucket = false })
      :next()
    return b.x:values(), b.y and b.y:values()
  end
  local function says(d, line)
    assert.truthy(d:describe():find(line, 1, true), d:describe())
  end

  local TRAIN = "label,text\npos,good good film\nneg,bad film\n"

  it("takes val and test from tables of their own", function()
    local d = open({ ["a.csv"] = TRAIN,
      ["b.csv"] = "label,text\nneg,bad words\nodd,bad\npos,good\n",
      ["c.csv"] = "label,text\npos,good\n" },
      { train = "a.csv", val = "b.csv", test = "c.csv", header = true })
    assert.same({ train = 2, val = 2, test = 1 }, d.splits)
    assert.same({ "neg", "pos" }, d.class_names)
    assert.same({ "film", "good", "bad" }, d:vocabulary())
    local x, y = read(d, "val")
    assert.same({ { 4, 1, 3, 0 }, { 0, 1 } }, { x, y })
    says(d, "val: 1 sample of a class that the training data have not left out")
    says(d, "val: 1 of 3 tokens are not in the vocabulary of the training texts")
  end)

  it("takes them from folders of classes", function()
    local d = open({ ["tr/pos/1.txt"] = "good", ["tr/neg/1.txt"] = "bad",
      ["va/pos/1.txt"] = "bad" }, { train = "tr", val = "va" })
    assert.same({ train = 2, val = 1, test = 0 }, d.splits)
    local x, y = read(d, "val")
    assert.same({ { 2 }, { 1 } }, { x, y })
    local why = files.failure(open, { ["all/train/pos/1"] = "a", ["all/train/neg/1"] = "b",
      ["v/pos/1"] = "a", ["v/neg/1"] = "b" }, { train = "all", val = "v" })
    assert.truthy(why:find("all has a folder 'train', and 'val' is given", 1, true), why)
  end)

  for _, names in ipairs { { "rt.neg", "rt.pos" }, { "neg.txt", "pos.txt" } } do
    it("takes files as classes of lines: " .. names[1], function()
      local d = open({ ["d/" .. names[1]] = "bad\nbad film\n", ["d/" .. names[2]] = "good\r\n" },
        { "d" })
      assert.same({ "neg", "pos" }, d.class_names)
      assert.same({ 0, 0, 1 }, select(2, read(d)))
      says(d, "d: each file is a class, each line a text: neg, pos")
    end)
  end

  local LINES = "a b\nb a\n"
  local FORMS = {
    plain = LINES, ["with a mark"] = "\xef\xbb\xbf" .. LINES,
    ["UTF-16"] = "\xff\xfe" .. LINES:gsub("[%g \n]", "%0\0"),
    ["UTF-16, the other end first"] = "\xfe\xff" .. LINES:gsub("[%g \n]", "\0%0"),
    gzip = files.gzip(LINES), ["gzip in two members"] = files.gzip "a b\n" .. files.gzip "b a\n",
  }
  for name, bytes in pairs(FORMS) do
    it("reads lines that are " .. name, function()
      local d = open({ ["t.txt"] = bytes }, { "t.txt", tokens = "words", context = 1 })
      assert.same({ "a", "b" }, d:vocabulary())
      assert.same({ 0, 2, 3, 0, 3, 2 }, (read(d)))
    end)
  end

  it("refuses lines that are no text, naming the place", function()
    assert.truthy(files.failure(open, { ["t.txt"] = "a\0b\n" }, { "t.txt", context = 1 }):find(
      "t.txt:1: a NUL byte: this is not a text", 1, true))
    assert.truthy(files.failure(open, { ["t.txt"] = "\xff\xfea\0b" }, { "t.txt", context = 1 })
      :find("t.txt: cut off in UTF-16", 1, true))
  end)
end)
