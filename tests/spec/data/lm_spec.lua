local data = require "lrrun.data"
local files = require "support.files"
local is_kept = require "lrrun.data.is_kept"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local sys = require "lrrun.native.sys"
local train = require "lrrun.language.train"

describe("data.text with task = 'lm'", function()
  local folder
  before_each(function()
    folder = files.folder()
  end)
  local function open(opts, seed)
    opts.task = "lm"
    return data.text(opts):open { recipe_dir = folder, seed = seed or 1 }
  end
  local function of(text, opts)
    files.write(folder, "t.txt", text)
    opts = opts or {}
    opts.file = "t.txt"
    return open(opts)
  end
  -- Windows of a split in order, as texts; an end is "|".
  local function texts(d, split, key)
    local out, t = {}, d.tokenizer
    local loader = d:loader { split = split or "train", batch = 1, shuffle = false }
    for i = 1, loader:count() do
      local chars = {}
      for j, id in ipairs(loader:next()[key or "x"]:values()) do
        chars[j] = id == t.end_id and "|" or t:decode { id }
      end
      out[i] = table.concat(chars)
    end
    return out
  end

  it("lays windows side by side, each token's target the next one", function()
    local d = of("abcdefghij", { context = 3 })
    assert.same({ "abc", "def", "ghi" }, texts(d))
    assert.same({ "bcd", "efg", "hij" }, texts(d, "train", "y"))
    assert.equal(11, d.vocab) -- 0 is what is unknown
    assert.is_nil(d.tokenizer.end_id)
    assert.same({ 3 }, d.shape)
  end)

  it("lays them `stride` apart", function()
    local d = of("abcdefghij", { context = 3, stride = 2 })
    assert.same({ "abc", "cde", "efg", "ghi" }, texts(d))
  end)

  it("counts the bytes of targets of windows that overlap, as those side by side", function()
    local text = ("a\u{e9}b \u{1f600}c\n"):rep(9) .. "end"
    local starts = {}
    for place in utf8.codes(text) do
      starts[#starts + 1] = place
    end
    starts[#starts + 1] = #text + 1
    for context = 1, 7 do
      for stride = 1, 9 do
        local windows, bytes = 0, 0
        local at = 1
        while at + context < #starts do
          windows = windows + 1
          bytes = bytes + starts[at + context + 1] - starts[at + 1]
          at = at + stride
        end
        local d = of(text, { context = context, stride = stride })
        assert.same({ windows * context, bytes }, { d.native:target_bytes "train" })
      end
    end
  end)

  it("lays windows that overlap in as long whatever their context is", function()
    files.write(folder, "long.txt", ("0123456789abcde\n"):rep(40000))
    local began = sys.now()
    local d = open { file = "long.txt", tokens = "bytes", context = 60000, stride = 1 }
    assert.equal(640000 - 60000, d.splits.train)
    assert.truthy(sys.now() - began < 5, "as long as context times windows")
  end)

  it("mixes documents as the seed has it, where it is asked to", function()
    local lines = {}
    for i = 1, 60 do
      lines[i] = ("%02d"):format(i)
    end
    files.write(folder, "n.txt", table.concat(lines, "\n"))
    local function of_seed(mix, seed)
      local d = open({ file = "n.txt", document = "\n", context = 3, val = 0.2, mix = mix }, seed)
      return table.concat(texts(d)), table.concat(texts(d, "val"))
    end
    local plain, val = of_seed(nil, 4)
    local mixed, mixed_val = of_seed(true, 4)
    local function sorted(text)
      local list = {}
      for word in text:gmatch "%d%d" do
        list[#list + 1] = word
      end
      table.sort(list)
      return table.concat(list, "|"), #list
    end
    assert.truthy(plain:find("^|" .. sorted(plain):gsub("|", "%%|")))
    assert.same({ sorted(plain) }, { sorted(mixed) })
    assert.same({ sorted(val) }, { sorted(mixed_val) })
    assert.not_equal(plain, mixed)
    assert.not_equal(val, mixed_val)
    assert.equal(mixed, (of_seed(true, 4)))
    assert.not_equal(sorted(mixed), sorted((of_seed(true, 5))))
  end)

  it("validates on the end of one text, cut behind a line", function()
    local d = of(("abc\n"):rep(20), { context = 3, val = 0.25, test = 0.25, stride = 4 })
    for _, split in ipairs { "train", "val", "test" } do
      assert.equal("abc", texts(d, split)[1])
    end
    assert.same({ train = 10, val = 5, test = 5 }, d.splits)
    assert.truthy(d:describe():find("val is the last 25 % of the text before test", 1, true))
  end)

  it("cuts between characters where no line ends", function()
    local d = of(("\u{e9}"):rep(30), { context = 2, val = 0.35 })
    assert.equal(2, d.vocab)
    assert.same({ "\u{e9}\u{e9}" }, { texts(d, "val")[1] })
  end)

  it("validates on stretches of one text with fold", function()
    local text = "aaaa\nbbbb\ncccc\ndddd\n"
    local d = of(text, { tokens = "bytes", context = 4, stride = 5,
      fold = "2 of 4" })
    assert.same({ "bbbb" }, texts(d, "val"))
    assert.same({ "aaaa", "cccc", "dddd" }, texts(d))
  end)

  it("parts a text into documents, with an end around each", function()
    local d = of("ab\n\ncd\ne", { context = 2, document = "\n", shuffle = false })
    assert.same({ "|a", "b|", "cd", "|e" }, texts(d))
    d = of("ab\ncd\n\nef", { context = 8, document = "\n\n" })
    assert.same({ "|ab\ncd|e" }, texts(d))
  end)

  it("validates on whole documents, others with another seed", function()
    local lines = {}
    for i = 1, 50 do
      lines[i] = ("%02d"):format(i)
    end
    files.write(folder, "t.txt", table.concat(lines, "\n"))
    local function val(seed, split)
      local d = open({ "t.txt", document = "\n", context = 3, val = 0.2, split = split }, seed)
      return table.concat(texts(d, "val")), d
    end
    local first = val(1)
    assert.equal(30, #first)
    assert.equal(first, (val(1)))
    assert.are_not.equal(first, (val(2)))
    assert.equal("|41|42|43|44|45|46|47|48|49|50", (val(1, "last")))
    local _, d = val(1)
    assert.truthy(d:describe():find("val is whole documents, drawn from 50", 1, true))
  end)

  it("reads several files, folders and their parts, and a column of a table", function()
    files.write(folder, "a.txt", "aa")
    files.write(folder, "b.txt", "bb")
    files.write(folder, "set/train/x/1.txt", "cc")
    files.write(folder, "set/train/2.txt", "dd")
    files.write(folder, "set/val/3.txt", "cdcd")
    files.write(folder, "t.csv", "id,text\n1,\"ab\"\n2,\"ba\"\n")
    assert.same({ "|aa|bb" }, texts(open { files = { "a.txt", "b.txt" }, context = 6 }))
    local d = open { "set", context = 4 }
    assert.same({ "|dd|" }, texts(d))
    assert.same({ "|cdc" }, texts(d, "val"))
    assert.same({ "|ab|ba" }, texts(open { "t.csv", text = "text", context = 6 }))
    d = open { train = "a.txt", val = "b.txt", context = 1 }
    assert.is_nil(d.tokenizer.end_id) -- one text in each part
    assert.truthy(d:describe():find("val: 2 of 2 tokens are not in the vocabulary", 1, true))
  end)

  it("counts the bytes of text that targets are, exactly", function()
    local text = "The c\u{e4}t sat\non the mat.\n\nA dog "
    for _, kind in ipairs { "chars", "bytes", "words", "bpe" } do
      files.write(folder, "t.txt", text:rep(40))
      local d = open { "t.txt", tokens = kind, context = 5, vocab = kind == "bpe" and 260 or nil }
      local tokens, bytes = d:text_size "train"
      local ids = d.tokenizer:encode(text:rep(40))
      assert.equal((#ids - 1) // 5 * 5, tokens)
      local rest = table.move(ids, tokens + 2, #ids, 1, {})
      local want = #text * 40 - #d.tokenizer.native:text(ids[1])
      if kind == "words" then
        assert.truthy(bytes <= want and bytes > want - #text)
      else
        assert.equal(want - #d.tokenizer:decode(rest), bytes)
      end
    end
    local d = of("ab\ncd\n", { document = "\n", context = 6 })
    assert.same({ 6, 6 }, { d:text_size "train" }) -- an end is a line's
  end)

  it("measures perplexity and bits per byte, which do not hang on the tokens", function()
    files.write(folder, "t.txt", ("to be or not to be, that is the question\n"):rep(60))
    local function fit(opts)
      opts.task, opts.val, opts.context = "lm", 0.2, 8
      opts[1] = folder .. "/t.txt"
      local d = data.text(opts)
      return train.fit(recipe { data = d, model = nn.sequential { nn.embedding(4),
        nn.linear(d.vocab) }, loss = nn.cross_entropy(), optimizer = optim.adam { lr = 0.05 },
        epochs = 2 }, { record = false, quiet = true }), d
    end
    for _, kind in ipairs { "bytes", "bpe" } do
      local result, d = fit { tokens = kind, vocab = kind == "bpe" and 280 or nil }
      local last = result.last
      local tokens, bytes = d:open { seed = 1 }:text_size "val"
      assert.near(math.exp(last.val_loss), last.val_perplexity, 1e-6)
      assert.near(last.val_loss / math.log(2) * tokens / bytes, last.val_bits_per_byte, 1e-6)
      assert.truthy(last.train_bits_per_byte > 0)
    end
  end)

  it("says to nn.linear how many tokens there are", function()
    files.write(folder, "t.txt", ("abc"):rep(30))
    local result = train.fit(recipe { data = data.text { folder .. "/t.txt", task = "lm",
      context = 4 }, model = nn.sequential { nn.embedding(4), nn.linear("vocab") },
      loss = nn.cross_entropy(), optimizer = optim.adam {}, epochs = 1 },
      { record = false, quiet = true })
    assert.truthy(result.last.train_perplexity > 1)
    local why = files.failure(function()
      nn.linear("vocab"):build({ 3 }, { batch = 1 })
    end)
    assert.truthy(why:find("units is \"vocab\", and the data have no tokens", 1, true), why)
  end)

  it("is kept with its tokens", function()
    for _, kind in ipairs { "chars", "bytes", "words", "bpe" } do
      local d = of(("the cat sat on the mat\n"):rep(9), { tokens = kind, context = 4,
        document = "\n", vocab = kind == "bpe" and 262 or nil })
      local kept = d:kept()
      assert.is_true(is_kept(kept))
      local again = data.text { "t.txt", task = "lm", tokens = kind, context = 4 }:recall(kept, {})
      assert.same(d.tokenizer:encode "the mat", again.tokenizer:encode "the mat")
      assert.equal(d.vocab, again.tokenizer.vocab)
      for _, wrong in ipairs { { kind = "bpf" }, { ends = false }, { words = { "a", "a" } },
        { merges = { 97, 300 } }, { merges = { "x" } }, { words = { 1 } } } do
        local now = table.move({ kept }, 1, 1, 1, {})[1]
        local before = now.tokenizer
        now.tokenizer = setmetatable(wrong, { __index = before })
        assert.is_false(is_kept(now))
        now.tokenizer = before
      end
      kept.vocab, kept.classes = kept.vocab + 1, kept.classes + 1
      assert.is_false(is_kept(kept))
    end
  end)

  local function refused(text, opts, says)
    local why = files.failure(of, text, opts)
    assert.truthy(why:find(says, 1, true), why)
  end

  it("says what does not fit", function()
    local text = ("abc\n"):rep(10)
    refused(text, { context = 40 }, "context = 40 is longer than the text to train, which has 40 "
      .. "tokens: want one below that, or more text")
    refused(text, { context = 8, val = 0.1 }, "context = 8 is longer than the text to validate")
    refused(text, { tokens = "bytes", vocab = 300 }, "'vocab' is given beside tokens = \"bytes\"")
    refused("ab\ncd\xff", { context = 2 }, "t.txt: byte 6: 0xff is no UTF-8; tokens = "
      .. "\"bytes\" and \"bpe\" take any byte")
    refused("ab\ncd\nefgh\xe2\x82", { context = 2, val = 0.4 }, "t.txt: byte 11: 0xe2 is no UTF-8")
    refused("", { context = 2 }, "t.txt is empty")
    refused("\n\n", { context = 2, document = "\n" }, "t.txt is empty")
    refused(text, { context = 2, document = "" }, "'document' is empty")
    refused(text, { length = 4 }, "'length' is given beside task = \"lm\"")
    refused(text, { label = 1 }, "'label' is given beside task = \"lm\"")
    refused(text, { split = "stratified", context = 2 }, "keeps the shares of classes")
    refused(text, { context = 2, document = "\n", val = 0.01 }, "is an empty split")
    refused(text, { context = 2, document = "@@", val = 0.1 }, "data.text: document = '@@' parts "
      .. "no texts: there is one document, of which none can be kept to validate; without document "
      .. "val is the end of the text")
    refused(text, { context = 2, files = { "t.txt" } }, "'files' and 'file' name the same")
  end)

  it("names a file of a folder, or of several, by its way there", function()
    for name, text in pairs { ["texts/a/x.txt"] = "one two", ["texts/b/x.txt"] = "",
      ["other/x.txt"] = "ab\xff" } do
      files.write(folder, name, text)
    end
    assert(os.execute("mkdir " .. folder .. "/none"))
    local function says(opts, want)
      opts.task, opts.context = "lm", 2
      local why = files.failure(function()
        return data.text(opts):open { recipe_dir = folder, seed = 1 }
      end)
      assert.truthy(why:find(want, 1, true), why)
    end
    says({ "texts" }, "data.text: texts/b/x.txt is empty")
    says({ files = { "texts/a/x.txt", "texts/b/x.txt" } }, "data.text: texts/b/x.txt is empty")
    says({ "other/" }, "data.text: other/x.txt: byte 3: 0xff is no UTF-8")
    says({ files = { "texts/a/x.txt", "other/x.txt" } }, "data.text: other/x.txt: byte 3: 0xff")
    says({ "none" }, "data.text: the folder " .. folder .. "/none is empty")
    assert(os.execute("ln -s . " .. folder .. "/none/itself"))
    says({ "none" }, ("/itself"):rep(14) .. ": folders in folders, more than 16 deep")
    says({ "none" }, "data.text: " .. folder .. "/none/itself")
  end)

  it("says where a vocabulary is smaller than was asked for, whatever its tokens are", function()
    local text = ("the cat sat on the mat\n"):rep(9)
    local function said(opts)
      opts.context = 3
      return of(text, opts):describe():match "vocab = ([^\n]*)"
    end
    assert.equal("4,096 (the default): the training texts give 268 ids, which are taken",
      said { tokens = "bpe" })
    assert.equal("3,000: the training texts give 268 ids, which are taken",
      said { tokens = "bpe", vocab = 3000 })
    assert.equal("3,000: the training texts give 6 ids, which are taken",
      said { tokens = "words", vocab = 3000 })
    assert.equal("200: the training texts give 12 ids, which are taken",
      said { tokens = "chars", vocab = 200 })
    for _, opts in ipairs { { tokens = "words" }, { tokens = "chars" }, { tokens = "words",
      vocab = 6 }, { tokens = "bpe", vocab = 260 }, { tokens = "bytes" } } do
      assert.is_nil(said(opts))
    end
  end)

  it("says that lines end in two characters", function()
    local function said(text, opts)
      opts.context = 3
      return of(text, opts):describe():match "lines end in[^\n]*"
    end
    local text = ("ab\r\ncd\r\n"):rep(9)
    assert.equal("lines end in \"\\r\\n\"; \"\\r\" is a token like others, and written, too",
      said(text, {}))
    assert.is_nil(said(text:gsub("\r", ""), {}))
    assert.is_nil(said(text, { tokens = "words" })) -- blanks are none
  end)

  it("says what its tokens are", function()
    local function said(text, opts)
      opts.context = 3
      return of(text, opts):describe():match "tokens: ([^\n]*)"
    end
    assert.equal("5 ids of characters; 1 byte of text each", said(("abc\n"):rep(9), {}))
    assert.equal("256 ids of bytes; 1 byte of text each", said(("abc\n"):rep(9),
      { tokens = "bytes" }))
    assert.equal("5 ids of characters, the last one ends a document; 1 byte of text each",
      said(("abc\n"):rep(9), { document = "\n" }))
    assert.matches("^258 ids of byte pairs; %d%.%d+ bytes of text each$", said(("abc\n"):rep(9),
      { tokens = "bpe", vocab = 258 }))
  end)

  it("has keys and tokens that others have not", function()
    for key, item in pairs { stride = 2, document = "\n", files = { "a" } } do
      local why = files.failure(data.text, { file = "t.txt", [key] = item })
      assert.truthy(why:find("is for task = \"lm\"", 1, true), why)
    end
    for _, kind in ipairs { "bytes", "bpe" } do
      local why = files.failure(data.text, { file = "t.txt", tokens = kind })
      assert.truthy(why:find("is for task = \"lm\"", 1, true), why)
    end
    local why = files.failure(data.imdb, { context = 3 })
    assert.truthy(why:find("is for task = \"lm\"", 1, true), why)
  end)
end)
