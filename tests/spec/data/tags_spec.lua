local data = require "lrrun.data"
local files = require "support.files"
local is_kept = require "lrrun.data.is_kept"
local measure = require "lrrun.native.measure"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local tensor = require "lrrun.tensor"
local train = require "lrrun.language.train"

local TEXT = "-DOCSTART- -X- O\n\nU.N. NNP B-ORG\r\nofficial\tNN\tO\nEkeus NNP B-PER\n\n\n"
  .. "heads VBZ O\nfor  IN O\nNew NNP B-LOC\nYork NNP I-LOC\n"

describe("data.text with task = 'tags'", function()
  local folder
  before_each(function()
    folder = files.folder()
  end)
  local function open(text, opts)
    files.write(folder, "t.txt", text)
    opts = opts or {}
    opts.task, opts.file = "tags", not opts.train and "t.txt" or nil
    return data.text(opts):open { recipe_dir = folder, seed = 1 }
  end

  it("reads sentences of tokens, with a tag for each", function()
    local d = open(TEXT, { shuffle = false })
    assert.same({ "B-LOC", "B-ORG", "B-PER", "I-LOC", "O" }, d.class_names)
    assert.is_true(d.per_step)
    assert.equal(4, d.length)
    local b = d:loader { batch = 2, shuffle = false, bucket = false }:next()
    local words, out = d:vocabulary(), {}
    for i, id in ipairs(b.x:values()) do
      out[i] = id == 0 and "" or words[id - 1]
    end
    assert.same({ "U.N.", "official", "Ekeus", "", "heads", "for", "New", "York" }, out)
    assert.same({ 3, 4 }, b.len:values())
    assert.same({ 1, 4, 2, 0, 4, 4, 0, 3 }, b.y:values())
  end)

  it("cuts sentences and their tags alike, and leaves unseen tags out", function()
    files.write(folder, "v.txt", "a B-LOC\nb X\n\na O\n")
    local d = open(TEXT, { train = "t.txt", val = "v.txt", length = 2 })
    assert.same({ train = 2, val = 1, test = 0 }, d.splits)
    assert.equal(2, d.length)
    local b = d:loader { batch = 2, shuffle = false, bucket = false }:next()
    assert.same({ 1, 4, 4, 4 }, b.y:values())
    assert.truthy(d:describe():find("val: 1 sample of a class that the training data have not", 1,
      true))
  end)

  it("says where sentences have no end", function()
    local function said(n)
      return open(("a O\nb X\n"):rep(n) .. "\na O\n"):describe()
    end
    assert.truthy(said(600):find("\n  the longest sentence has 1,200 tokens: an empty line ends a "
      .. "sentence", 1, true))
    assert.is_nil(said(500):find("the longest sentence", 1, true))
  end)

  it("says what does not fit", function()
    local function refused(says, text, opts)
      local why = files.failure(open, text, opts)
      assert.truthy(why:find(says, 1, true), why)
    end
    refused("t.txt:2: 'b' alone, want a token and its tag", "a O\nb\n")
    refused("t.txt is empty", "\n\n")
    refused("t.txt: a NUL byte", "a\0 O\n")
    refused("every token has the tag 'O', want 2 or more classes", "a O\nb O\n")
    refused("data.text: t.txt is one sentence, of which no part can be kept to validate: an empty "
      .. "line ends a sentence", ("a O\nb X\n"):rep(40), { val = 0.2 })
    refused("'context' is given beside task = \"tags\"", TEXT, { context = 3 })
    refused("'tokens' is \"chars\", and task = \"tags\"", TEXT, { tokens = "chars" })
    refused("'stride' is for task = \"lm\"", TEXT, { stride = 3 })
  end)

  local function fit(more)
    files.write(folder, "t.txt", TEXT:rep(8))
    local r = { data = data.text { folder .. "/t.txt", task = "tags", val = 0.25 },
      model = nn.sequential { nn.embedding(8), nn.linear(5) }, loss = nn.cross_entropy(),
      optimizer = optim.adam { lr = 0.1 }, metrics = { "f1", "precision" }, epochs = 8 }
    for key, item in pairs(more or {}) do
      r[key] = item
    end
    return train.fit(recipe(r), { record = false, quiet = true })
  end

  it("measures tokens, without padding, and entities", function()
    local last = fit().last
    assert.equal(1, last.val_f1)
    assert.equal(1, last.val_accuracy)
    last = fit({ epochs = 1, optimizer = optim.sgd { lr = 1e-6 } }).last
    assert.truthy(last.val_f1 < 0.6 and last.val_precision < 0.6)
  end)

  it("means losses over tokens that are there, with label smoothing too", function()
    local d = open("a B-X\nb O\nc I-X\n\nd O\n")
    local b = d:loader { batch = 2, shuffle = false, bucket = false }:next()
    local model = nn.sequential { nn.embedding(3), nn.linear(3) }:build(d, { batch = 2, seed = 3 })
    local y, len = b.y:values(), b.len:values()
    local function mean(smoothing)
      local x = model:forward(b.x, { len = b.len, t = b.t }):values()
      local sum, n = 0, 0
      for i = 1, #y do
        if (i - 1) % b.t < len[(i - 1) // b.t + 1] then
          local all = math.log(math.exp(x[3 * i - 2]) + math.exp(x[3 * i - 1]) + math.exp(x[3 * i]))
          local own = x[3 * i - 2 + y[i]]
          local rest = (x[3 * i - 2] + x[3 * i - 1] + x[3 * i]) / 3
          sum, n = sum + all - (1 - smoothing) * own - smoothing * rest, n + 1
        end
      end
      assert.equal(4, n)
      return sum / n
    end
    assert.near(mean(0), (model:evaluate(b, nn.cross_entropy())), 1e-5)
    assert.near(mean(0.2), (model:step(b, nn.cross_entropy { label_smoothing = 0.2 })), 1e-5)
  end)

  it("is kept, and labels files of tokens", function()
    local d = open(TEXT)
    assert.is_true(is_kept(d:kept(), d:vocabulary()))
    files.write(folder, "new.txt", "New B-LOC\nEkeus O\n\nheads I-LOC\n")
    local source = data.text { "t.txt", task = "tags" }.reader(folder .. "/new.txt", d,
      { labelled = true })
    local native = source.next().native
    native:split { seed = 0 }
    local b = native:loader { split = "train", batch = 2, seed = 1 }:next()
    assert.same({ 0, 4, 3, 0 }, b.y:values())
    files.write(folder, "bad.txt", "New B-GOD\n")
    local why = files.failure(data.text { "t.txt", task = "tags" }.reader, folder .. "/bad.txt", d,
      { labelled = true })
    assert.truthy(why:find("bad.txt: the model has no tag 'B-GOD'; it has B-LOC", 1, true), why)
  end)
end)

describe("entities of tags", function()
  local NAMES = { "O", "B-X", "I-X", "B-Y", "I-Y", "S-X", "E-X" }
  local ID = {}
  for i, name in ipairs(NAMES) do
    ID[name] = i - 1
  end

  -- Counts of targets and answers, each a text of tags.
  local function counted(targets, answers)
    local c = measure.collect("entities", "classes", #NAMES, NAMES)
    local y, x = {}, {}
    for tag in targets:gmatch "%S+" do
      y[#y + 1] = ID[tag]
    end
    for tag in answers:gmatch "%S+" do
      for i = 1, #NAMES do
        x[#x + 1] = i - 1 == ID[tag] and 1 or 0
      end
    end
    c:add(tensor.new({ 1, #y, #NAMES }, x), tensor.new({ 1, #y }, y, "i32"),
      tensor.new({ 1 }, { #y }, "i32"))
    local f = c:fields()
    return { f.targets[1], f.answers[1], f.right[1] }
  end

  it("are counted as conlleval does", function()
    assert.same({ 2, 2, 2 }, counted("B-X I-X O B-Y", "B-X I-X O B-Y"))
    assert.same({ 1, 1, 0 }, counted("B-X I-X O", "B-X O O"))
    assert.same({ 1, 1, 0 }, counted("B-X I-X I-X", "B-X I-X O"))
    assert.same({ 1, 1, 0 }, counted("B-X I-X", "B-Y I-Y"))
    assert.same({ 2, 1, 0 }, counted("B-X B-X", "B-X I-X"))
    assert.same({ 1, 1, 1 }, counted("I-X I-X", "B-X I-X")) -- an I after nothing begins one
    assert.same({ 2, 2, 1 }, counted("B-X I-Y O", "B-X B-Y I-Y"))
    assert.same({ 2, 2, 2 }, counted("B-X I-Y", "I-X B-Y"))
    assert.same({ 2, 2, 2 }, counted("S-X B-X E-X", "S-X B-X E-X"))
    assert.same({ 1, 2, 0 }, counted("B-X I-X I-X", "B-X I-X B-X"))
    assert.same({ 0, 1, 0 }, counted("O O", "O I-Y"))
  end)

  it("end with their sentence", function()
    local c = measure.collect("entities", "classes", 3, { "O", "B-X", "I-X" })
    local x = tensor.new({ 2, 2, 3 }, { 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1 })
    c:add(x, tensor.new({ 2, 2 }, { 1, 2, 2, 2 }, "i32"), tensor.new({ 2 }, { 2, 1 }, "i32"))
    local f = c:fields()
    assert.same({ 2, 2, 2 }, { f.targets[1], f.answers[1], f.right[1] })
  end)

  it("want names", function()
    assert.is_false((pcall(measure.collect, "entities", "classes", 2)))
    assert.is_false((pcall(measure.collect, "entities", "classes", 2, { "O" })))
    assert.is_nil(measure.kinds("classes").entities)
  end)
end)
