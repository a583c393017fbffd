-- transfer = { kind = "mup", base = ... } of recipes, from the command line: how the base is found,
-- what plan shows, that runs with it go on and can be repeated, mistakes; and lrrun coord.

local json = require "lrrun.record.json"
local program = require "support.program"

local MODEL = "nn.sequential { nn.linear(width), nn.relu(), nn.linear(width), nn.relu(), "
  .. "nn.linear(10) }"

local RECIPE = [[
local width = option("width", 16)
local function network(width)
  return %s
end
%s recipe {
  name = "q", seed = 1, data = data.digits { batch = 32, val = 0.2, limit = 300 },
  model = %s,
  optimizer = %s, epochs = 2,
  transfer = %s,
}%s]]

-- changes: model, optimizer, transfer, before, after, what stands before the width.
local function write(changes)
  changes = changes or {}
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(changes.network or MODEL, changes.before
    or "return", changes.model or "network(width)", changes.optimizer
    or "optim.adamw { lr = 1e-2, weight_decay = 0.1 }", changes.transfer
    or "{ kind = 'mup', base = { width = 4 } }", changes.after or ""))
  return folder
end

local function run(folder, words, code)
  local got, out, err = program.run(("%s --json"):format(words:gsub("%%s", folder)))
  assert.equal(code or 0, got, err)
  return json.decode(out), err
end

-- Factors of a tensor in a plan, as a text.
local function factors(p, name)
  for _, t in ipairs(p.transfer.tensors) do
    if t.name == name then
      return ("%s init %g lr %g decay %g output %g"):format(t.role, t.init, t.lr, t.weight_decay,
        t.output)
    end
  end
end

local HIDDEN = "hidden init 1 lr 0.25 decay 4 output 1"

describe("the base of a network", function()
  it("is what the script gives with other options, and plan shows what follows for each tensor",
    function()
      local p, text = run(write(), "plan %s/r.lua")
      assert.equal("input init 1 lr 1 decay 1 output 1", factors(p, "1.linear.weight"))
      assert.equal(HIDDEN, factors(p, "3.linear.weight"))
      assert.equal("vector init 2 lr 1 decay 1 output 1", factors(p, "3.linear.bias"))
      assert.equal("output init 2 lr 1 decay 1 output 0.25", factors(p, "5.linear.weight"))
      assert.equal("fixed init 2 lr 1 decay 1 output 1", factors(p, "5.linear.bias"))
      assert.matches("transfer  mup, base width = 4", text, 1, true)
      assert.matches("3.linear.weight +hidden +1 +/ 4 +x 4 +1", text)
    end)

  it("can be keys of the recipe, or the network itself", function()
    local p = run(write { transfer = "{ kind = 'mup', base = { ['model.1.units'] = 4, "
      .. "['model.3.units'] = 4 } }" }, "plan %s/r.lua")
    assert.equal(HIDDEN, factors(p, "3.linear.weight"))
    p = run(write { transfer = "{ kind = 'mup', network = network(4) }" }, "plan %s/r.lua")
    assert.equal(HIDDEN, factors(p, "3.linear.weight"))
  end)

  it("has the choices of a search and what --set changes", function()
    local folder = write { network = MODEL:gsub("nn.relu%(%)",
      "nn.dropout(search.uniform(0.1, 0.3, { default = 0.2 })), nn.relu()", 1),
      transfer = "{ kind = 'mup', network = network(4) }" }
    assert.equal(HIDDEN, factors(run(folder, "plan %s/r.lua"), "4.linear.weight"))
    local result = run(folder, "search %s/r.lua --trials 2 --jobs 1 --quiet --out %s/runs")
    assert.equal(2, #result.trials)
    local p = run(write(), "plan %s/r.lua --set width=64 --set transfer.base.width=8")
    assert.equal("hidden init 1 lr 0.125 decay 8 output 1", factors(p, "3.linear.weight"))
  end)

  it("leaves a network that is as wide to the last bit, and kind = 'none' any", function()
    local function digest(folder, flags)
      return run(folder, ("%%s/r.lua --quiet --out %%s/runs %s"):format(flags or "")).digest
    end
    local plain = write { transfer = "nil" }
    assert.equal(digest(plain, "--set width=4"), digest(write(), "--set width=4"))
    assert.equal(digest(plain), digest(write(), "--set transfer.kind=none"))
    assert.not_equal(digest(plain), digest(write()))
  end)

  it("is found again for resumed, replayed, extended and evaluated runs, on any threads",
    function()
      local folder = write()
      local whole = run(folder, "%s/r.lua --quiet --threads 1 --out %s/a")
      assert.equal(whole.digest, run(folder, "%s/r.lua --quiet --threads 3 --out %s/b").digest)
      assert.is_true(run(folder, "verify-resume %s/r.lua --quiet --out %s/c").same)
      run(folder, "pack %s/a/q-1 -o %s/q.yaml")
      os.remove(folder .. "/r.lua") -- the run has a copy
      assert.equal(whole.digest, run(folder, "replay %s/q.yaml --quiet --out %s/d").digest)
      run(folder, "eval %s/a/q-1 --split val")
      local longer = run(folder, "extend %s/a/q-1 --epochs +1 --via stretch --quiet")
      assert.equal(3, longer.epochs)
    end)

  it("is that of the recipe that a script gives to train.fit", function()
    local folder = write { before = "local function make(lr) return recipe_of(lr) end\n"
      .. "train.fit(recipe { name = 'other', data = data.digits { limit = 100 }, epochs = 1, "
      .. "model = nn.linear(10), optimizer = optim.adam {} })\ntrain.fit(", after = ")" }
    local text = io.open(folder .. "/r.lua"):read "a"
    program.write(folder .. "/r.lua", (text:gsub("local function make.-\n", "")
      :gsub("train.fit%( recipe", "train.fit(recipe")))
    local got = run(folder, "%s/r.lua --quiet --out %s/runs")
    assert.equal(2, #got.runs)
    assert.equal(run(write(), "%s/r.lua --quiet --out %s/runs").digest, got.runs[2].digest)
    run(folder, "eval %s/runs/q-1 --split val")
    assert.equal(HIDDEN, factors(run(folder, "plan %s/r.lua").plans[2], "3.linear.weight"))
  end)

  it("says in a line what it lacks", function()
    local function says(text, changes, flags)
      local folder = write(changes)
      local code, _, err = program.run(("plan %s/r.lua %s"):format(folder, flags or ""))
      assert.equal(1, code, err)
      assert.matches(text, err, 1, true)
      assert.equal(1, select(2, err:gsub("\n", "")))
    end
    says("r.lua:9: transfer: 'base' is missing: it takes the width at which the recipe is tuned",
      { transfer = "{ kind = 'mup' }" })
    says("transfer: 'kind' is missing: it takes 'mup' or 'none'",
      { transfer = "{ base = { a = 1 } }" })
    says("transfer: 'base' is empty", { transfer = "{ kind = 'mup', base = {} }" })
    says("transfer: 'base' names 'with', and the script asks for no option() of that name; did you "
      .. "mean 'width'?", { transfer = "{ kind = 'mup', base = { with = 4 } }" })
    says("transfer: 'base' has width = 'x', and the option is 16",
      { transfer = "{ kind = 'mup', base = { width = 'x' } }" })
    says("transfer: the network with width = 16 is that of the base, width = 4: nothing in it goes "
      .. "by that option", { model = "network(8)" })
    says("transfer: the network differs from its base",
      { transfer = "{ kind = 'mup', network = nn.sequential { nn.linear(16), nn.gelu(), "
        .. "nn.linear(16), nn.relu(), nn.linear(10) } }" })
    says("transfer: the network has other tensors than its base",
      { transfer = "{ kind = 'mup', network = nn.linear(10) }" })
    says("transfer: how rates of optim.lamb go with width is not known",
      { optimizer = "optim.lamb { lr = 1e-2 }" })
    says("want network = the narrower network", { before = "local r =",
      after = "\nprint(train.range(r, { n = 20 }).suggestion)" })
  end)
end)

describe("lrrun coord", function()
  local function coord(folder, flags, code)
    return run(folder, ("coord %%s/r.lua --out %%s/runs %s"):format(flags), code)
  end

  it("is flat with mup, for AdamW, SGD and Muon, and grows without", function()
    for _, optimizer in ipairs { "optim.adamw { lr = 1e-2 }",
      "optim.sgd { lr = 0.1, momentum = 0.9 }",
      "optim.muon { lr = 0.01, scale = 'rms', adamw = { lr = 1e-2 } }" } do
      local folder = write { optimizer = optimizer, transfer =
        "{ kind = 'mup', base = { width = 16 } }" }
      local flat = coord(folder, "--widths 1,2,4,8")
      assert.equal("flat", flat.verdict)
      for _, layer in ipairs(flat.layers) do
        assert.is_true(math.abs(layer.growth.updates) < 0.2, layer.name)
      end
      local grows, text = coord(folder, "--widths 1,2,4,8 --set transfer.kind=none", 1)
      assert.not_equal("flat", grows.verdict)
      assert.matches(grows.verdict == "grows" and "wide networks blow up" or "learn less", text, 1,
        true)
      assert.is_true(grows.layers[3].growth.updates > 0.3)
    end
  end)

  it("leaves a table, a picture and a document; widths and steps are asked for", function()
    local folder = write { transfer = "nil" }
    local result = coord(folder, "--widths 1,2 --steps 2 --seeds 1 --base width=8", 1)
    assert.same({ 1, 2 }, result.widths)
    assert.equal(3, #result.layers[1].sizes)
    assert.equal(2, #result.layers[1].last)
    assert.equal(0, result.layers[1].changes[1][1])
    local stored = io.open(folder .. "/runs/q-coord-1/coord.json"):read "a"
    assert.equal(result.verdict, json.decode(stored).verdict)
    local svg = io.open(folder .. "/runs/q-coord-1/coord.svg"):read "a"
    assert.matches("^<svg", svg)
    assert.matches("5.linear, updates", svg, 1, true)
    assert.matches("layer,width,step,size,change\n1.linear,1,0,",
      io.open(folder .. "/runs/q-coord-1/coord.csv"):read "a", 1, true)
  end)

  it("gives the same figures for any threads", function()
    local folder = write { transfer = "{ kind = 'mup', base = { width = 16 } }" }
    assert.same(coord(folder, "--widths 1,4 --threads 1 --seeds 1").layers,
      coord(folder, "--widths 1,4 --threads 3 --seeds 1").layers)
  end)

  it("says what it lacks", function()
    for _, case in ipairs {
      { "{ kind = 'mup', base = { width = 4 } }", "--widths 1", 2,
        "--widths takes two multiples of the base or more, such as 1,2,4,8; got '1'" },
      { "{ kind = 'mup', base = { width = 4 } }", "--widths 2,1", 2,
        "--widths takes multiples of the base, rising" },
      { "{ kind = 'mup', base = { width = 4 } }", "--base width", 2,
        "--base takes what is made wider and its value at --widths 1, such as width=64" },
      { "{ kind = 'mup', base = { width = 5 } }", "--widths 1,1.5", 1,
        "coord: --widths 1.5 makes width = 7.5 of 5: want a whole number" },
      { "nil", "", 1, "coord: the recipe does not say what is made wider: want --base width=64" },
      { "nil", "--base with=4", 1, "there is neither a key nor an option() 'with'" },
    } do
      local folder = write { transfer = case[1] }
      local code, _, err = program.run(("coord %s/r.lua %s --out %s/runs"):format(folder, case[2],
        folder))
      assert.equal(case[3], code, err)
      assert.matches(case[4], err, 1, true)
    end
  end)
end)
