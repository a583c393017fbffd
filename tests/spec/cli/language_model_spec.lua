-- A language model from its text to figures: run, eval, predict, data.
local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[
local kind = option("tokens", "bpe")
local texts = data.text { "t.txt", task = "lm", context = 8, val = 0.2, tokens = kind,
  vocab = kind == "bpe" and 270 or nil }
return recipe { name = "lm", data = texts, epochs = 2, optimizer = optim.adamw { lr = 0.03,
    weight_decay = 0.1, decay = "matrices" },
  model = nn.sequential { nn.embedding(8), nn.layernorm(), nn.linear("vocab") },
  loss = nn.cross_entropy { label_smoothing = 0.1 },
  stop = stop.early { monitor = "val_bits_per_byte", patience = 3 } }
]]

describe("a language model", function()
  local folder, run
  setup(function()
    folder = files.folder()
    files.write(folder, "t.txt", ("The cat sat on the mat, and it's a cat.\n"):rep(40))
    files.write(folder, "other.txt", ("the mat on the cat\n"):rep(9))
    files.write(folder, "r.lua", RECIPE)
  end)

  local function call(words)
    local code, out, err = program.run(words:gsub("@", folder .. "/") .. " --json")
    return code, code == 0 and json.decode(out) or nil, err
  end

  it("trains, watched by its bits per byte", function()
    local code, result, err = call "run @r.lua --out @o"
    assert.equal(0, code, err)
    assert.truthy(err:find("val is the last 20 % of the text", 1, true), err)
    assert.truthy(result.best.val_bits_per_byte > 0)
    assert.near(math.exp(result.best.val_loss), result.best.val_perplexity, 1e-6)
    run = result.run
  end)

  it("leaves its tokens in data.json and, for others, in tokenizer.json", function()
    local kept = json.decode(assert(io.open(run .. "/data.json")):read "a")
    assert.equal("bpe", kept.tokenizer.kind)
    assert.equal(28, #kept.tokenizer.merges)
    local theirs = json.decode(assert(io.open(run .. "/tokenizer.json")):read "a")
    assert.equal(14, #theirs.model.merges)
  end)

  it("is measured on its splits and on other texts, without the data too", function()
    local code, val, err = call("eval " .. run .. " --split val")
    assert.equal(0, code, err)
    local lines = {}
    for line in io.lines(run .. "/metrics.jsonl") do
      lines[#lines + 1] = json.decode(line)
    end
    assert.near(lines[#lines].val_bits_per_byte, val.bits_per_byte, 0.2)
    assert.is_nil(val.classes)
    local text = assert(io.open(folder .. "/t.txt")):read "a"
    assert(os.remove(folder .. "/t.txt"))
    local other
    code, other, err = call("eval " .. run .. " --input @other.txt")
    files.write(folder, "t.txt", text)
    assert.equal(0, code, err)
    assert.near(math.exp(other.loss), other.perplexity, 1e-6)
    assert.equal(8 * other.n, other.steps)
    assert.truthy(other.bits_per_byte > 0)
  end)

  it("predicts no rows", function()
    local code, _, err = call("predict " .. run .. " --input @other.txt")
    assert.equal(1, code)
    assert.truthy(err:find("lrrun generate writes one, lrrun eval --input", 1, true), err)
  end)

  it("is not measured on a text that is shorter than its windows, which is named", function()
    files.write(folder, "short.txt", "a mat")
    local code, _, err = call("eval " .. run .. " --input @short.txt")
    assert.equal(1, code)
    assert.matches("^lrrun: short.txt: context = 8 is longer than the text, which has %d tokens",
      err)
  end)

  it("is refused with a text that its tokens cannot read", function()
    local code, result, err = call "run @r.lua --out @c --set tokens=chars"
    assert.equal(0, code, err)
    files.write(folder, "bad.txt", "ab\xffcdefghijklm")
    local refused, _, why = call("eval " .. result.run .. " --input @bad.txt")
    assert.equal(1, refused)
    assert.truthy(why:find("bad.txt: byte 3: 0xff is no UTF-8", 1, true), why)
    assert.is_nil(io.open(result.run .. "/tokenizer.json"))
  end)

  it("does not begin with what was damaged", function()
    local path = run .. "/data.json"
    local text = assert(io.open(path)):read "a"
    for _, change in ipairs { { '"kind": "bpe"', '"kind": "bpf"' }, { '"merges": %[%s*%d+',
      '"merges": [ 999' } } do
      files.write(run, "data.json", (text:gsub(change[1], change[2])))
      local code, _, err = call("eval " .. run .. " --input @other.txt")
      assert.equal(1, code)
      assert.truthy(err:find("data.json", 1, true), err)
    end
    files.write(run, "data.json", text)
  end)

  it("shows what data.text makes of a text", function()
    local code, seen, err = call "data @t.txt --set task=lm --set tokens=bytes --set context=5"
    assert.equal(0, code, err)
    assert.same({ 256, 5, { "T", "h", "e", " ", "c" } }, { seen.vocab, seen.context, seen.begins })
    assert.equal(seen.tokens, seen.bytes)
    files.write(folder, "ner.txt", "U.N. B-ORG\nsays O\n\nno O\n")
    code, seen, err = call "data @ner.txt --set task=tags"
    assert.equal(0, code, err)
    assert.same({ "U.N./B-ORG", "says/O" }, seen.begins)
    files.write(folder, "texts/a.txt", "The cat")
    files.write(folder, "texts/b/c.txt", "A mat")
    code, seen, err = call "data @texts --set task=lm --set context=5"
    assert.equal(0, code, err)
    assert.same({ "", "T", "h", "e", " " }, seen.begins)
    local refused, _, why = call "data @t.txt --set task=tag"
    assert.equal(2, refused)
    assert.matches("%-%-set task takes classification or regression of a table, lm or tags of a "
      .. "text, got 'tag'; did you mean 'tags'%?", why)
  end)
end)
