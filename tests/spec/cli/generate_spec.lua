-- lrrun generate: text as it comes, the same for the same seed, the document of --json, and what it
-- says where there is nothing to write.

local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

local folder

local function run(args, before)
  return program.run_in(folder, args, before)
end

local function good(args, before)
  local code, out, err = run(args, before)
  assert.equal(0, code, err)
  return out, err
end

local function bad(args, code)
  local found, _, err = run(args)
  assert.equal(code or 1, found, err)
  return err:match "^(.-)\n$"
end

local NETWORK = [[nn.sequential { nn.embedding(32), nn.positions(),
    nn.residual { nn.layernorm(), nn.attention { 2, causal = true } }, nn.layernorm(),
    nn.linear(%d) }]]

-- A run on a text, in tokens of a kind.
local function train(name, text, keys, classes, network)
  files.write(folder, name .. ".txt", text)
  files.write(folder, name .. ".lua", ([[return recipe { name = "%s", seed = 2,
    data = data.text { "%s.txt", task = "lm", context = 16, batch = 16, val = 0.1, %s },
    model = %s, optimizer = optim.adam { lr = 0.01 }, steps = 120 }]]):format(name, name, keys,
    (network or NETWORK):format(classes)))
  good(name .. ".lua --quiet")
  return "runs/" .. name .. "-1"
end

local chars, escapes

setup(function()
  folder = files.folder()
  chars = train("chars", ("the cat sat on the mat\n"):rep(60), 'tokens = "chars"', 12)
  escapes = train("escapes", ("ab\27[31m\u{202e}\u{e9}\n"):rep(80), 'tokens = "bytes"', 256)
end)

teardown(function()
  os.execute("rm -rf " .. program.quote(folder))
end)

describe("lrrun generate", function()
  it("shows the prompt and what comes after it, and says how fast", function()
    local out, err = good("generate " .. chars .. " --prompt 'the ca' --tokens 30 --temperature 0")
    assert.equal("the cat sat on the mat\nthe cat sat o\n", out)
    assert.matches("30 tokens in %d+%.%d%d s, %d+ a second\n", err)
    local _, quiet = good("generate " .. chars .. " --prompt t --tokens 3 --quiet")
    assert.equal("", quiet)
  end)

  it("says that its window slides", function()
    local _, err = good("generate " .. chars .. " --prompt t --tokens 10")
    assert.is_nil(err:find("looks back", 1, true))
    _, err = good("generate " .. chars .. " --prompt t --tokens 40")
    assert.matches("the model looks back at 16 tokens at most: where they were full it forgot the "
      .. "first half of them and went on (3 times)", err, 1, true)
  end)

  it("says what of a long prompt it sees, which is its end", function()
    local long = ("the cat sat on the mat"):rep(3, " ")
    local out, err = good(("generate %s --prompt '%s' --tokens 8 --temperature 0"):format(chars,
      long))
    assert.equal(long .. "\nthe cat\n", out)
    assert.matches("of the 68 tokens of the prompt the model looks back at the last 16", err, 1,
      true)
  end)

  it("gives a document with --json", function()
    local out = good("generate " .. chars .. " --prompt 'the c' --tokens 12 --stop sat --json")
    local found = json.decode(out)
    assert.equal("the c", found.prompt)
    assert.equal("at ", found.text)
    assert.equal("stop", found.stopped_by)
    assert.equal(6, found.tokens)
    assert.equal(5, found.prompt_tokens)
    assert.equal(6, #found.ids)
    assert.matches("/runs/chars%-1$", found.run)
    assert.is_true(found.seconds >= 0 and found.tokens_per_second > 0)
    assert.equal(0, found.slid)
  end)

  it("writes the same for the same seed, on any number of threads and any processor", function()
    local args = "generate " .. chars .. " --prompt t --tokens 100 --temperature 1.3 --quiet "
    local want = good(args .. "--seed 4 --threads 1")
    assert.equal(want, good(args .. "--seed 4 --threads 3"))
    assert.not_equal(want, good(args .. "--seed 5"))
    assert.equal(good(args), good(args .. "--seed 1"))
  end)

  it("shows control characters instead of sending them", function()
    local out = good("generate " .. escapes .. " --prompt a --tokens 24 --temperature 0")
    assert.equal("ab\\x1b[31m\\u{202e}é\nab\\x1b[31m\\u{202e}é\n", out)
    out = good("generate " .. escapes .. " --prompt \"$(printf 'ab\\033[3')\" --tokens 1 --top-k 1")
    assert.equal("ab\\x1b[31\n", out)
    out = good("generate " .. escapes .. " --prompt 'ab' --tokens 1 --temperature 0 --json")
    assert.equal("\27", json.decode(out).text)
    assert.is_nil(out:find("\27", 1, true))
  end)

  it("hands each token on as it comes", function()
    files.write(folder, "watch.sh", ([[%s generate %s --prompt t --tokens 100000 --quiet |
      { read -n 20 line; echo "${#line}"; }]]):format(program.path:sub(1, 1) == "/"
      and program.path or "$OLDPWD/" .. program.path, chars))
    local pipe = io.popen(("cd %s && bash watch.sh"):format(program.quote(folder)))
    assert.equal("20\n", pipe:read "a")
    pipe:close()
  end)

  it("says what of the prompt it does not know", function()
    local other = "; leave it out, or train with tokens = \"bpe\" or \"bytes\", which take any "
      .. "text"
    assert.equal("lrrun: the prompt has 'z' (character 4), which is not among the 11 characters of "
      .. "the training texts" .. other, bad("generate " .. chars .. " --prompt 'thez'"))
    local _, shown = run("generate " .. chars .. " --prompt thez")
    assert.equal("", shown)
    assert.equal("lrrun: the prompt is empty: a model of language goes on from one token or more, "
      .. "such as a new line (--prompt $'\\n'); one of texts with document = begins with none",
      bad("generate " .. chars .. " --prompt ''"))
    local one = train("one", ("a"):rep(400), "", 2)
    assert.equal("lrrun: the prompt has 'b' (character 1), which is not the one character of the "
      .. "training texts" .. other, bad("generate " .. one .. " --prompt b"))
    local words = train("words", ("the cat sat .\n"):rep(80), 'tokens = "words"', 5)
    assert.equal("lrrun: the prompt has 'dog', which is not among the 4 words and marks of the "
      .. "training texts" .. other, bad("generate " .. words
      .. " --prompt 'The cat, the dog' "):gsub("'cat,'", "'dog'"))
    assert.equal("The cat sat. the cat sat\n", (good("generate " .. words
      .. " --prompt 'The cat' --tokens 5 --temperature 0")))
  end)

  it("begins a document where the texts were documents, and ends with it", function()
    local path = train("names", ("anna\nbob\n"):rep(100), 'document = "\\n"', 6)
    local out, err = good("generate " .. path .. " --prompt '' --seed 3")
    assert.is_true(out == "anna\n" or out == "bob\n", out)
    assert.matches("the text has come to its end", err)
    assert.equal("anna\n", (good("generate " .. path .. " --prompt a --temperature 0")))
    assert.equal("end", json.decode((good("generate " .. path .. " --prompt b --json"))).stopped_by)
  end)

  it("says in one line what writes nothing, and what would", function()
    files.write(folder, "mlp.lua", [[return recipe { name = "mlp", data = data.spirals { n = 60 },
      model = nn.linear(3), optimizer = optim.adam(), epochs = 1 }]])
    good("mlp.lua --quiet")
    assert.equal("lrrun: runs/mlp-1 is no model of language: it was trained on data.spirals to "
      .. 'tell 3 classes; writing wants a run on data.text or data.imdb { task = "lm" }',
      bad("generate runs/mlp-1 --prompt a"))
    files.write(folder, "noise.lua", [[return recipe { name = "noise",
      data = data.random { n = 40, tokens = 9, length = 8, task = "lm" },
      model = nn.sequential { nn.embedding(4), nn.linear(9) }, optimizer = optim.adam(),
      epochs = 1 }]])
    good("noise.lua --quiet")
    assert.matches("runs/noise-1 was trained on the tokens of data.random, which stand for no text",
      bad("generate runs/noise-1 --prompt a"), 1, true)
    local ahead = train("ahead", ("abc"):rep(200), 'tokens = "chars"', 4,
      "nn.sequential { nn.embedding(8), nn.attention(2), nn.linear(%d) }")
    assert.matches("the network cannot be run one step at a time: attention: is not causal: a step "
      .. "takes of those behind it, too; want causal = true (2.attention)", bad("generate "
      .. ahead .. " --prompt a"), 1, true)
  end)

  it("takes its flags as they are meant", function()
    for _, case in ipairs {
      { "", "wants --prompt TEXT" }, { "--prompt a --temperature -1", "of at least 0, got '-1'" },
      { "--prompt a --top-p 2", "--top-p takes at most 1, got '2'" },
      { "--prompt a --top-k -3", "--top-k takes at least 0, got -3" },
      { "--prompt a --tokens 0", "above 0, got 0" }, { "--prompt a --stop ''", "--stop is empty" },
      { "--prompt a --epochs 3", "generate takes no --epochs" },
      { "--prompt a --prompt b", "--prompt is given twice" },
      { "--prompt \"$(printf '\\377')\"", "--prompt is no UTF-8" },
    } do
      assert.matches(case[2], bad("generate " .. chars .. " " .. case[1], 2), 1, true)
    end
  end)

  it("is train.generate in a script, of a run and of a model of one's own", function()
    files.write(folder, "script.lua", [[
      local d = data.text { "chars.txt", task = "lm", context = 16, batch = 16, tokens = "chars" }
      local result, run = train.fit(recipe { name = "s", seed = 2, data = d, model =
        nn.sequential { nn.embedding(16), nn.gru { 32, sequences = true }, nn.linear(12) },
        optimizer = optim.adam { lr = 0.02 }, steps = 60 }, { quiet = true })
      local how = { "the c", tokens = 40, temperature = 0 }
      local a, b = train.generate(run, how), train.generate(result.run, how)
      print(a.text == b.text, a.tokens, #a.ids, a.stopped_by)
      local m = train.generate(run.model, { "the c", tokens = 40, temperature = 0, data = d })
      print(m.text == a.text)
      print(pcall(train.generate, run.model, "a"))
      print(pcall(train.generate, run, { "a", data = d }))
      print(pcall(train.generate, run, { "a", top_p = 0 }))
      print(pcall(train.generate, run, { "a", stop = 3 }))
      print(pcall(train.generate, run, { "a", stop = "" }))
      print(pcall(train.generate, run, { "a", temperature = 1 / 0 }))
      print(pcall(train.generate, run))
      print(pcall(train.generate, run, "Z"))]])
    local out = good "script.lua"
    assert.matches("true\t40\t40\ttokens\ntrue\n", out, 1, true)
    for _, line in ipairs { "train.generate: 'data' is missing: a model of one's own",
      "train.generate: 'data' is for a model of one's own", "'top_p' is 0, want a number",
      "'stop' is 3, want a string", "'stop' is empty: it takes", "'temperature' is infinite, want",
      "'prompt' is missing",
      "false\tscript.lua:17: train.generate: the prompt has 'Z' (character 1)" } do
      assert.matches(line, out, 1, true)
    end
  end)
end)
