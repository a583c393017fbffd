local tokens = require "lrrun.native.tokens"

-- The most frequent pair side by side in all words, of equal ones the least ids; none that is a
-- token already, or that is there once.
local function best_of(words, text, known)
  local counts, best = {}, nil
  for _, w in ipairs(words) do
    for i = 1, #w - 1 do
      local key = w[i] << 32 | w[i + 1]
      counts[key] = (counts[key] or 0) + 1
    end
  end
  for key, count in pairs(counts) do
    local better = not best or count > counts[best] or count == counts[best] and key < best
    if count >= 2 and better and not known[text[key >> 32] .. text[key & 0xffffffff]] then
      best = key
    end
  end
  return best
end

local function merge(words, a, b, id)
  for _, w in ipairs(words) do
    local i = 1
    while i < #w do
      if w[i] == a and w[i + 1] == b then
        w[i] = id
        table.remove(w, i + 1)
      end
      i = i + 1
    end
  end
end

-- What lrr_bpe_train has to make, the slow way; words are merged.
local function naive(words, most)
  local text, known, merges = {}, {}, {}
  for i = 0, 255 do
    text[i] = string.char(i)
    known[text[i]] = true
  end
  for n = 256, most - 1 do
    local best = best_of(words, text, known)
    if not best then
      break
    end
    local a, b = best >> 32, best & 0xffffffff
    text[n] = text[a] .. text[b]
    known[text[n]] = true
    table.move({ a, b }, 1, 2, #merges + 1, merges)
    merge(words, a, b, n)
  end
  return merges
end

local function fitted(kind, text, most, separator)
  local corpus <close> = tokens.corpus(separator)
  corpus:add(text)
  corpus:split { seed = 1 }
  local t = tokens.tokenizer(kind, separator ~= nil)
  corpus:fit(t, most)
  return t
end

-- Words with one blank before each, so that pieces are known.
local function random_text(seed, words, letters)
  local rng, out = seed, {}
  local function draw(n)
    rng = (rng * 6364136223846793005 + 1442695040888963407) & ~(1 << 63)
    return (rng >> 33) % n
  end
  for i = 1, words do
    local w = {}
    for j = 1, 1 + draw(7) do
      w[j] = string.char(97 + draw(letters))
    end
    out[i] = " " .. table.concat(w)
  end
  return out
end

describe("byte pair encoding", function()
  it("merges the most frequent pair, of equal ones the least", function()
    for seed = 1, 12 do
      local list = random_text(seed, 150, 1 + seed % 4)
      local words = {}
      for i, w in ipairs(list) do
        words[i] = { w:byte(1, -1) }
      end
      local want = naive(words, 256 + 60)
      local t = fitted("bpe", table.concat(list), 256 + #want // 2)
      assert.same(want, t:merges())
      local ids = {}
      for _, w in ipairs(words) do
        table.move(w, 1, #w, #ids + 1, ids) -- as training left them, encoding makes them
      end
      assert.same(ids, t:encode(table.concat(list)))
    end
  end)

  it("parts a text as GPT-2 does, before it merges", function()
    -- Each text once more, so that all pairs inside pieces are merged: a token is a piece.
    local function pieces(text)
      local t, out = fitted("bpe", text:rep(3, "\0"), 0, "\0"), {}
      for i, id in ipairs(t:encode(text)) do
        out[i] = t:text(id)
      end
      return out
    end
    assert.same({ "Don", "'t", " stop", ",", " it", "'s", " 2024", "!?" },
      pieces "Don't stop, it's 2024!?")
    assert.same({ "a", "  ", " b", "\n", "\n", "c" }, pieces "a   b\n\nc")
    assert.same({ "we", "'ll", "'", "LL", " '", "x" }, pieces "we'll'LL 'x")
    assert.same({ "x", " \t" }, pieces "x \t")
    assert.same({ " \u{e9}t\u{e9}\u{a0}a", " 1", "a" }, pieces " \u{e9}t\u{e9}\u{a0}a 1a")
  end)

  it("takes any bytes, and gives them back", function()
    local all = {}
    for i = 0, 255 do
      all[i + 1] = string.char(i)
    end
    local text = table.concat(all):rep(3)
    local t = fitted("bpe", text, 300)
    assert.equal(text, t:decode(t:encode(text)))
    assert.equal(300, t:vocab())
  end)

  it("has no token longer than 255 bytes, and encodes a word of a million letters", function()
    local text = ("a"):rep(2 ^ 20)
    local t = fitted("bpe", text, 0)
    assert.equal(text, t:decode(t:encode(text)))
    for id = 256, t:vocab() - 1 do
      assert.truthy(#t:text(id) <= 255)
    end
  end)

  it("is refused with merges that cannot be", function()
    local function merged(...)
      local t = tokens.tokenizer("bpe", false)
      local ok, why = pcall(t.merge, t, { ... })
      return not ok and tostring(why)
    end
    assert.is_false(merged(97, 97, 256, 97))
    assert.truthy(merged(97, 256):find "token 256 is made of 97 and 256, want 0..255")
    assert.truthy(merged(-1, 5):find "want 0..255")
    assert.truthy(merged(97, 97, 97, 97):find "token 257 is the same as token 256")
    assert.truthy(merged(97, 97, 97, 256, 256, 97):find "token 258 is the same as token 257")
    assert.truthy(merged(97):find "two ids for each merge")
    assert.truthy(merged(1.5, 2):find "want a list of ids")
  end)
end)

describe("tokens of texts", function()
  it("chars are characters in order of code points, 0 what is unknown", function()
    local t = fitted("chars", "b\u{e9}a\n\u{1F642}b", 0, "\n")
    assert.same({ "a", "b", "\u{e9}", "\u{1F642}" }, t:words())
    assert.equal(6, t:vocab())
    assert.equal(5, t:end_id())
    assert.same({ 2, 0, 3, 0 }, t:encode "bx\u{e9}\xff")
    assert.equal("b\u{FFFD}\u{e9}", t:decode { 2, 0, 3, 5 })
  end)

  it("chars keep the most frequent where there is not room for all", function()
    assert.same({ "a", "c" }, fitted("chars", "abcca", 3):words())
  end)

  it("words are those by count, then bytes, with a blank between", function()
    local t = fitted("words", "The cat. The (dog) the\tcat", 0)
    assert.same({ "the", "cat", "(", ")", ".", "dog" }, t:words())
    assert.equal("the cat. (dog)", t:decode(t:encode "THE  cat. (Dog)"))
    assert.same({ 1, 0 }, t:encode "the bird")
  end)

  it("bytes are bytes", function()
    local t = fitted("bytes", "x", 0)
    assert.equal(256, t:vocab())
    assert.same({ 0, 255, 97 }, t:encode "\0\xffa")
  end)

  it("refuse ids that are none", function()
    local t = fitted("bytes", "x", 0)
    for _, ids in ipairs { { 256 }, { -1 }, { 2 ^ 40 }, { "x" } } do
      assert.is_false((pcall(t.decode, t, ids)))
    end
  end)

  it("refuse words that are none or there already", function()
    local function added(kind, ...)
      local t = tokens.tokenizer(kind, false)
      local ok, why = pcall(t.add, t, { ... })
      return not ok and tostring(why)
    end
    assert.truthy(added("chars", "ab"):find "token 1 is no character")
    assert.truthy(added("chars", "\xff"):find "token 1 is no character")
    assert.truthy(added("chars", "a", "a"):find "token 2 is the same as token 1")
    assert.truthy(added("words", ""):find "token 1 is no word")
    assert.truthy(added("bpe", "a"):find "has no words")
  end)
end)
