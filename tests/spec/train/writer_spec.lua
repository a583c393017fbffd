-- A model that writes: where it stops, what it looks back at, and whole characters.

local nn = require "nn"
local tensor = require "lrrun.native.tensor"
local writer = require "lrrun.train.writer"

-- A tokenizer of pieces, each of one byte where prompts have it; more: its kind, end_id.
local function tokenizer_of(pieces, more)
  local by = {}
  for i, piece in ipairs(pieces) do
    by[piece] = i - 1
  end
  local self = { kind = "bytes", vocab = #pieces }
  function self.encode(_, text)
    local ids = {}
    for piece in text:gmatch "." do
      ids[#ids + 1] = by[piece] or 0
    end
    return ids
  end
  function self.decode(_, ids)
    local out = {}
    for i, id in ipairs(ids) do
      out[i] = pieces[id + 1]
    end
    return table.concat(out)
  end
  for key, item in pairs(more or {}) do
    self[key] = item
  end
  return self
end

local function data_of(pieces, context, more)
  return { kind = "data.text", next = true, shape = { context }, vocab = #pieces,
    classes = #pieces, per_step = true, tokenizer = tokenizer_of(pieces, more) }
end

-- A network that says what comes after each token, whatever came before: next[i] is the place of
-- the piece behind piece i.
local function chain(pieces, next_of, context, more)
  local n = #pieces
  local model = nn.sequential { nn.embedding(n) }:build({ context }, { dtype = "i32", seq = true,
    vocab = n })
  local rows = {}
  for i = 1, n do
    for j = 1, n do
      rows[#rows + 1] = next_of[i] == j and 20 or 0
    end
  end
  local _, view = next(model:params())
  view:set(rows)
  return writer.new(model, data_of(pieces, context, more), "the model")
end

local GREEDY = { tokens = 6, temperature = 0, top_k = 0, top_p = 1, seed = 1 }

local function with(more)
  local o = {}
  for key, item in pairs(GREEDY) do
    o[key] = item
  end
  for key, item in pairs(more) do
    o[key] = item
  end
  return o
end

describe("a writer", function()
  it("goes on from the prompt, and says what it wrote", function()
    local w <close> = chain({ "a", "b", "c" }, { 2, 3, 1 }, 4)
    local shown = {}
    local found = w:write(with { prompt = "ab" }, function(text) shown[#shown + 1] = text end)
    assert.equal("cabcab", found.text)
    assert.equal("cabcab", table.concat(shown))
    assert.equal(6, #shown)
    assert.same({ 2, 0, 1, 2, 0, 1 }, found.ids)
    assert.equal(6, found.tokens)
    assert.equal(2, found.prompt_tokens)
    assert.equal("ab", found.prompt)
    assert.equal("tokens", found.stopped_by)
    assert.is_true(found.seconds >= 0)
  end)

  it("writes the same again, and from another prompt as if it were new", function()
    local w <close> = chain({ "a", "b", "c" }, { 2, 3, 1 }, 4)
    local how = with { prompt = "a", temperature = 5, tokens = 60 }
    local one = w:write(how)
    w:write(with { prompt = "cbacba" })
    assert.equal(one.text, w:write(how).text)
    how.seed = 2
    assert.not_equal(one.text, w:write(how).text)
  end)

  it("ends before the text to stop at, of which nothing is shown", function()
    local w <close> = chain({ "a", "b", "c", "d" }, { 2, 3, 4, 1 }, 8)
    local shown = {}
    local found = w:write(with { prompt = "a", tokens = 50, stop = "da" }, function(text)
      shown[#shown + 1] = text
    end)
    assert.equal("bc", found.text)
    assert.equal("bc", table.concat(shown))
    assert.equal("stop", found.stopped_by)
    assert.equal("bcd", w:write(with { prompt = "a", tokens = 3, stop = "da" }).text)
    assert.equal("bcdabc", w:write(with { prompt = "a", stop = "db" }).text)
    assert.equal("", w:write(with { prompt = "a", stop = "b" }).text)
  end)

  it("ends where the text ends", function()
    local w <close> = chain({ "a", "b", "" }, { 2, 3, 1 }, 8, { end_id = 2 })
    local found = w:write(with { prompt = "a" })
    assert.equal("b", found.text)
    assert.equal("end", found.stopped_by)
    assert.equal(1, found.tokens)
  end)

  it("never takes tokens that stand for no text", function()
    local w <close> = chain({ "", "a", "b" }, { 1, 1, 1 }, 8, { kind = "chars" })
    assert.equal("aaaaaa", w:write(with { prompt = "a" }).text)
  end)

  it("hands on whole characters alone", function()
    local euro, smile = { "\xe2", "\x82", "\xac" }, { "\xf0", "\x9f", "\x98", "\x80" }
    local pieces = { "a", euro[1], euro[2], euro[3], smile[1], smile[2], smile[3], smile[4] }
    local w <close> = chain(pieces, { 2, 3, 4, 5, 6, 7, 8, 1 }, 16)
    local shown = {}
    local found = w:write(with { prompt = "a", tokens = 9 }, function(text)
      shown[#shown + 1] = text
    end)
    assert.same({ "€", "😀", "a", "\xe2" }, shown) -- the last is cut where the tokens end
    assert.equal("€😀a\xe2", found.text)
  end)

  it("hands on at once what is no character", function()
    local w <close> = chain({ "a", "\x80", "\xff", "\xc3" }, { 2, 3, 4, 1 }, 16)
    local shown = {}
    w:write(with { prompt = "a", tokens = 4 }, function(text) shown[#shown + 1] = text end)
    assert.same({ "\x80", "\xff", "\xc3a" }, shown)
  end)

  it("refuses a prompt without tokens, and a model that says nothing", function()
    local w <close> = chain({ "a", "b" }, { 2, 1 }, 4)
    assert.error_matches(function() w:write(with { prompt = "" }) end, "the prompt is empty")
    w.stream.graph:block("params"):set { 0 / 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
    assert.error_matches(function() w:write(with { prompt = "a" }) end, "is not a number")
  end)

  it("says which model it cannot write with, and what it wants", function()
    local model = nn.sequential { nn.linear(3) }:build { 4 }
    for _, case in ipairs {
      { { kind = "data.csv", classes = 3 }, "it was trained on data.csv to tell 3 classes;" },
      { { kind = "data.csv", targets = 1 }, "it was trained on data.csv to give 1 number;" },
      { { kind = "data.npy", classes = 5, per_step = true }, "to tell 5 classes at each step;" },
      { { kind = "data.random", next = true, classes = 5 },
        "was trained on the tokens of data.random, which stand for no text;" },
    } do
      local ok, err = pcall(writer.new, model, case[1], "runs/a-1")
      assert.is_false(ok)
      assert.matches(case[2], tostring(err), 1, true)
      assert.matches('runs/a-1 ', tostring(err), 1, true)
      assert.matches('a run on data.text or data.imdb { task = "lm" }', tostring(err), 1, true)
    end
  end)

  it("has the words of a forward pass over the whole text", function()
    local pieces = {}
    for i = 1, 13 do
      pieces[i] = string.char(96 + i)
    end
    local model = nn.sequential { nn.embedding(16), nn.lstm { 24, sequences = true },
      nn.linear(13) }:build({ 64 }, { dtype = "i32", seq = true, vocab = 13, seed = 8 })
    local w <close> = writer.new(model, data_of(pieces, 64), "the model")
    local found = w:write(with { prompt = "abc", tokens = 40 })
    local ids = { 0, 1, 2 }
    for _ = 1, 40 do
      local y = model:forward(tensor.new({ 1, #ids }, ids, "i32"), { t = #ids }):values()
      local best = 1
      for j = 1, 13 do
        best = y[#y - 13 + j] > y[#y - 13 + best] and j or best
      end
      ids[#ids + 1] = best - 1
    end
    assert.same(table.move(ids, 4, #ids, 1, {}), found.ids)
    assert.equal(0, found.slid)
  end)
end)
