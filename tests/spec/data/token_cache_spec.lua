--- Tokens of a text that are kept beside the runs for the next start (lrrun.data.token_cache).
local file = require "lrrun.native.file"
local native = require "lrrun.native.tokens"
local program = require "support.program"
local temporary = require "support.temporary"

local RECIPE = [[return recipe { name = "r", steps = 1,
  data = data.text { "t.txt", task = "lm", context = 8, val = 0.2, vocab = 300, tokens = "bpe",
    batch = 4, cache = option("cache", true) },
  model = nn.sequential { nn.embedding(4), nn.linear("vocab") },
  optimizer = optim.sgd { lr = option("lr", 0.1) } }]]

local function folder_of(finally)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE)
  program.write(folder .. "/t.txt", ("the cat sat on the mat. a dog ate it.\n"):rep(40))
  return folder
end

-- The folders of kept tokens, and how many run folders there are.
local function kept(folder)
  local found, runs = {}, 0
  for _, name in ipairs(file.list(folder .. "/runs") or {}) do
    found[#found + 1] = name:find "^%.tokens%-" and folder .. "/runs/" .. name or nil
    runs = runs + (name:find "^r%-" and 1 or 0)
  end
  return found, runs
end

local function train(folder, args)
  local code, out, err = program.run_in(folder, "r.lua " .. (args or ""))
  assert.equal(0, code, err)
  return out:match "digest (%x+)", err
end

describe("tokens that are kept", function()
  it("are those of the next start, with the same bits, until the text is another", function()
    local folder = folder_of(finally)
    local plain = train(folder, "--set cache=false")
    assert.same({}, (kept(folder)))
    local first, said = train(folder)
    local list = kept(folder)
    assert.equal(1, #list)
    assert.matches("the tokens are kept in runs/%.tokens%-%x+/tokens for the next start "
      .. "%(cache = false: not%)", said)
    local second, again = train(folder)
    assert.matches("the tokens are those of runs/%.tokens%-%x+/tokens %(cache = false", again)
    assert.same({ plain, plain }, { first, second })
    program.write(folder .. "/t.txt", ("the cat sat on the mat. a dog ate me.\n"):rep(40))
    local other = train(folder)
    assert.equal(2, #kept(folder))
    assert.not_equal(first, other)
    assert.equal(train(folder, "--set cache=false"), other)
  end)

  it("are named by a plan, with their size, which reads them and keeps none", function()
    local folder = folder_of(finally)
    local function planned(args)
      local code, out, err = program.run_in(folder, "plan r.lua " .. (args or ""))
      assert.equal(0, code, err)
      return out:gsub("\n +", " "):match "the tokens are kept in[^)]*%)", err, out
    end
    local will = planned()
    assert.matches("^the tokens are kept in runs/%.tokens%-%x+/tokens, 0%.0 MB, by the first "
      .. "training %(cache = false: not%)$", will)
    assert.same({}, (kept(folder)))
    assert.is_nil((planned "--set cache=false"))
    train(folder)
    assert.equal(will:gsub(", by the first training", ""), (planned()))
    program.write(kept(folder)[1] .. "/tokens", "no tokens")
    local named, err = planned()
    assert.is_nil(named)
    assert.matches("is damaged: the tokens are made anew; rm %-r runs/%.tokens%-%x+ lets the next "
      .. "start keep them", (err:gsub("\n +", " ")))
  end)

  it("have the size that their file has", function()
    local folder = folder_of(finally)
    for _, kind in ipairs { "bytes", "chars", "words", "bpe" } do
      local corpus <close> = native.corpus "\n"
      corpus:add_file(folder .. "/t.txt", "train")
      local box = native.tokenizer(kind, true)
      corpus:fit(box, kind == "bpe" and 270 or 0)
      local tokens, path = corpus:tokens(box), folder .. "/" .. kind
      tokens:save(path, ("0"):rep(64), box)
      assert.equal(#assert(file.read(path, 1 << 20)), tokens:bytes(box))
    end
  end)

  it("are made anew where their file is damaged, cut short or another's", function()
    local folder = folder_of(finally)
    local first = train(folder)
    local path = kept(folder)[1] .. "/tokens"
    local text = assert(file.read(path, 1 << 20))
    for what, bytes in pairs { damaged = text:sub(1, 300) .. "x" .. text:sub(302),
      ["damaged "] = text:sub(1, -9), [" damaged"] = "" } do
      program.write(path, bytes)
      local digest, said = train(folder)
      assert.equal(first, digest, what)
      assert.matches("tokens is damaged: the tokens are made anew; rm %-r %S+ lets the next", said)
    end
    local corpus = native.corpus ""
    corpus:add(("another text, of another program\n"):rep(9), "train")
    corpus:cut { seed = 1 }
    local box = native.tokenizer("bpe", false)
    corpus:fit(box, 260)
    file.remove(path)
    corpus:tokens(box):save(path, corpus:key "x", box)
    local digest, said = train(folder)
    assert.equal(first, digest)
    assert.matches("tokens is of another text: the tokens are made anew", said)
  end)

  it("are the same of each kind, with documents, and with what is unknown counted", function()
    local path = temporary.file()
    finally(function()
      os.remove(path)
    end)
    for _, kind in ipairs { "bytes", "chars", "words", "bpe" } do
      for _, separator in ipairs { "", "\n" } do
        local corpus = native.corpus(separator)
        corpus:add(("one two two three\nfour \xc3\xa4 four four\n"):rep(20), "train")
        corpus[separator == "" and "cut" or "split"](corpus, { seed = 1, val = 0.2, last = true })
        local box = native.tokenizer(kind, separator ~= "")
        corpus:fit(box, kind == "bpe" and 262 or kind == "bytes" and 0 or 5)
        local key = corpus:key(kind)
        local made, again = corpus:tokens(box), native.tokenizer(kind, separator ~= "")
        made:save(path, key, box)
        local read = assert(native.load(path, key, again))
        local a, counts = made:windows(box, 3, 2)
        local b, same = read:windows(again, 3, 2)
        assert.equal(a:fingerprint(), b:fingerprint())
        assert.same(counts, same)
        assert.same({ box:words() }, { again:words() })
        assert.same({ box:merges() }, { again:merges() })
        assert.same({ a:target_bytes "val" }, { b:target_bytes "val" })
        assert.is_nil((native.load(path, key:reverse(), native.tokenizer(kind, false))))
      end
    end
  end)

  it("are read by the workers of a search", function()
    local folder = folder_of(finally)
    local searched = RECIPE:gsub('option%("lr", 0.1%)', "search.loguniform(0.01, 0.1)")
    program.write(folder .. "/s.lua", searched)
    local code, _, err = program.run_in(folder, "search s.lua --trials 2 --jobs 2 --quiet")
    assert.equal(0, code, err)
    assert.equal(1, #kept(folder))
  end)
end)
