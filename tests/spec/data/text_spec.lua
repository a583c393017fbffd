local data = require "lrrun.data"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

describe("data.text", function()
  local folder
  before_each(function()
    folder = files.folder()
  end)
  local function open(opts, ctx)
    ctx = ctx or {}
    ctx.recipe_dir, ctx.seed = folder, ctx.seed or 1
    return data.text(opts):open(ctx)
  end
  local function table_of(text, opts, ctx)
    files.write(folder, "t.tsv", text)
    opts = opts or {}
    opts.file = "t.tsv"
    return open(opts, ctx)
  end
  -- Samples of a split in file order, as words.
  local function words(d, split)
    local names = d:vocabulary()
    local b = d:loader { split = split, batch = 100, shuffle = false, bucket = false }:next()
    local x, len, out = b.x:values(), b.len:values(), {}
    for i = 1, b.n do
      local text = {}
      for j = 1, b.t do
        local id = x[(i - 1) * b.t + j]
        if j <= len[i] then
          text[j] = id == 1 and "?" or names[id - 1]
        else
          assert.equal(0, id)
        end
      end
      out[i] = table.concat(text, " ")
    end
    return out, b.y and b.y:values()
  end

  it("makes words in lower case and punctuation, in order of count, then bytes", function()
    local d = table_of("b\tThe cat's \"hat\" -- THE end.\na\tthe hat<br />2nd\n")
    local x, y = words(d)
    assert.same({ "the cat's \" hat \" - - the end .", "the hat 2nd" }, x)
    assert.same({ 1, 0 }, y)
    assert.same({ "a", "b" }, d.class_names)
    assert.same({ "the", '"', "-", "hat", ".", "2nd", "cat's", "end" }, d:vocabulary())
    assert.equal(10, d.vocab)
    assert.equal(10, d.length)
  end)

  it("keeps bytes above 127 inside words as they are", function()
    assert.same({ "Überall hier", "x" }, (words(table_of "a\tÜberall hier\nb\tx\n")))
  end)

  it("makes single bytes with tokens = 'chars'", function()
    local d = table_of("x\tAb a\ny\tb\n", { tokens = "chars" })
    assert.same({ "A b   a", "b" }, (words(d)))
  end)

  it("limits the vocabulary and the length", function()
    local d = table_of("x\ta a a b b c\ny\ta\n", { vocab = 4, length = 5 })
    assert.same({ "a a a b b", "a" }, (words(d)))
    assert.equal(4, d.vocab)
    d = table_of("x\ta a a b b c\ny\ta\n", { vocab = 3 })
    assert.same({ "a a a ? ? ?", "a" }, (words(d)))
  end)

  it("learns the vocabulary from the training split alone", function()
    for _, part in ipairs { "train", "test" } do
      files.write(folder, "set/" .. part .. "/neg/1.txt", part .. " both")
      files.write(folder, "set/" .. part .. "/pos/1.txt", "both")
    end
    local d = open { "set" }
    assert.same({ "both", "train" }, d:vocabulary())
    assert.same({ "train both", "both" }, (words(d)))
    assert.same({ "? both", "both" }, (words(d, "test")))
    assert.truthy(files.failure(open, { "set", test = 0.5 }):find(
      "test = 0.5, but the data come with a test part", 1, true))
  end)

  it("takes the vocabulary of a run before", function()
    local d = table_of("x\tone two three\ny\tone\n", {}, { vocabulary = { "three", "one" } })
    assert.same({ "three", "one" }, d:vocabulary())
    assert.same({ "one ? three", "one" }, (words(d)))
  end)

  it("makes one unknown token of a text without any", function()
    local d = table_of("x\t  \ny\ta\n")
    assert.same({ "?", "a" }, (words(d)))
    assert.same({ "a" }, d:vocabulary())
  end)

  it("reads the files of class folders in bytewise order, without those with a dot", function()
    files.write(folder, "set/b/10.txt", "third")
    files.write(folder, "set/b/9.txt", "fourth")
    files.write(folder, "set/b/.hidden", "no")
    files.write(folder, "set/a/2.txt", "second")
    files.write(folder, "set/a/1.txt", "first")
    assert.same({ "first", "second", "third", "fourth" }, (words(open { "set" })))
  end)

  it("names a class folder that is empty, and wants two", function()
    files.write(folder, "set/a/1.txt", "x")
    assert.truthy(files.failure(open, { "set" }):find("holds 1 class folder,", 1, true))
    files.write(folder, "set/b/.hidden", "x")
    assert.truthy(files.failure(open, { "set" }):find("/b is empty", 1, true))
  end)

  it("reads columns by name and number", function()
    files.write(folder, "t.csv", 'id,kind,body\n1,x,"a, b"\n2,y,c\n')
    assert.same({ "a , b", "c" }, (words(open { "t.csv", text = "body", label = "kind" })))
    assert.same({ "a , b", "c" }, (words(open { "t.csv", text = -1, label = 2, header = true })))
    assert.truthy(files.failure(open, { "t.csv", text = "boddy" }):find(
      "no column 'boddy' in its first line", 1, true))
    assert.truthy(files.failure(open, { "t.csv", text = 4 }):find(
      "t.csv has 3 columns, no column 4", 1, true))
  end)

  it("names the line of what is malformed", function()
    assert.truthy(files.failure(table_of, "a\tx\nb\n"):find("t.tsv:2: 1 field, want 2", 1, true))
    assert.truthy(files.failure(table_of, "a\tx\n\tb\n"):find(
      "t.tsv:2:1: the label is empty", 1, true))
    assert.truthy(files.failure(table_of, "a\tx\nb\ty\0z\n"):find("t.tsv:2:4: a NUL", 1, true))
    assert.truthy(files.failure(table_of, "only one column\nof text\n"):find(
      "column 1 would be both text and label", 1, true))
    files.write(folder, "set/a/1.txt", "x\0y")
    files.write(folder, "set/b/1.txt", "x")
    assert.truthy(files.failure(open, { "set" }):find("1.txt: a NUL byte", 1, true))
  end)

  it("predicts the next token from a context", function()
    files.write(folder, "names.txt", "ab\r\na\n\n")
    local d = open { "names.txt", tokens = "chars", context = 2 }
    local b = d:loader { batch = 10, shuffle = false, bucket = false }:next()
    assert.same({ "a", "b" }, d:vocabulary())
    assert.same({ 0, 0, 0, 2, 2, 3, 0, 0, 0, 2 }, b.x:values())
    assert.same({ 2, 3, 4, 2, 4 }, b.y:values())
    assert.equal(5, d.classes)
    assert.equal("end of text", d.class_names[5])
  end)

  it("says to nn.linear that the end of a text is to be predicted, too", function()
    files.write(folder, "names.txt", "ab\r\na\n\nbba\n")
    local function fit(last)
      return train.fit(recipe { data = data.text { folder .. "/names.txt", tokens = "chars",
        context = 2 }, model = nn.sequential { nn.embedding { 4, name = "e" }, nn.flatten(), last },
        loss = nn.cross_entropy(), optimizer = optim.adam {}, epochs = 1 },
        { record = false, quiet = true })
    end
    assert.truthy(fit(nn.linear("vocab")).last.train_loss > 0)
    local why = files.failure(fit, nn.linear(4))
    assert.truthy(why:find("the output is (4) for each sample, and data.text has 5 classes: want "
      .. "(5) (nn.linear(\"vocab\") at the end gives it: the end of a text is one more)", 1, true),
      why)
  end)

  it("says of one line alone what reads it", function()
    files.write(folder, "one.txt", "It was a bright cold day in April\n")
    local why = files.failure(open, { "one.txt", tokens = "chars", context = 4, val = 0.1 })
    assert.truthy(why:find("one.txt has one line, and with 'context' alone each line is a text of "
      .. "its own; task = \"lm\" predicts each token of any text", 1, true), why)
  end)

  it("says where a vocabulary is smaller than was asked for", function()
    files.write(folder, "set/a/1.txt", "one two two")
    files.write(folder, "set/b/1.txt", "three")
    local function said(vocab)
      return open({ "set", vocab = vocab }):describe():find("vocab = 1,000: the training texts "
        .. "give 5 ids, which are taken", 1, true)
    end
    assert.truthy(said(1000))
    assert.is_nil(said(5))
    assert.is_nil(said(nil))
  end)

  it("splits windows by text, so that no text is in two splits", function()
    local lines = {}
    for i = 1, 20 do
      lines[i] = ("x"):rep(4)
    end
    files.write(folder, "n.txt", table.concat(lines, "\n"))
    local d = open { "n.txt", tokens = "chars", context = 3, val = 0.25 }
    assert.same({ train = 75, val = 25, test = 0 }, d.splits)
  end)

  it("reads a text of 10 MB", function()
    files.write(folder, "set/a/1.txt", ("word "):rep(2 ^ 21))
    files.write(folder, "set/b/1.txt", "word")
    assert.equal(2 ^ 21, open({ "set" }).length)
  end)
end)

describe("batches of tokens", function()
  local function open(ctx)
    return data.random { n = 1000, tokens = 50, length = 20, batch = 32 }:open(ctx or { seed = 1 })
  end

  it("have ids above 0 and below the vocabulary", function()
    local d = open()
    for b in d:batches "train" do
      for _, id in ipairs(b.x:values()) do
        assert.truthy(id >= 1 and id < 50)
      end
    end
  end)

  it("are put together by length, in another order each epoch, the same for one seed", function()
    local folder = files.folder()
    local lines = {}
    for i = 1, 3000 do
      lines[i] = ("%d\t%s"):format(i % 2, ("w "):rep(1 + i * 7919 % 97))
    end
    files.write(folder, "t.tsv", table.concat(lines, "\n"))
    local d = data.text({ "t.tsv", batch = 16 }):open { seed = 3, recipe_dir = folder }
    local function lengths(bucket, epoch)
      local loader = d:loader { bucket = bucket, seed = 3 }
      loader:seek(epoch, 0)
      local out, padded, seen, count = {}, 0, {}, 0
      for i = 1, loader:count() do
        local b = loader:next()
        out[i], padded = b.t, padded + b.n * b.t
        for _, index in ipairs(loader:indices()) do
          count = count + (seen[index] and 0 or 1)
          seen[index] = true
        end
      end
      assert.equal(3000, count)
      return table.concat(out, " "), padded
    end
    local first, padded = lengths(true, 0)
    local _, without = lengths(false, 0)
    assert.truthy(padded < 0.65 * without)
    assert.equal(first, (lengths(true, 0)))
    assert.not_equal(first, (lengths(true, 1)))
  end)
end)
