-- What a command asks for: a value, and the same in all files that keep it.
local freeze = require "lrrun.study.freeze"
local json = require "lrrun.record.json"
local request = require "lrrun.recipe.request"
local yaml = require "lrrun.record.yaml"

-- Written by the first program with format 1; folders of that time have to stay readable.
local RUN = [[
format: 1
name: r
recipe: r.lua
seed: 4
overrides:
- width=6
- optimizer.lr=0.01
args:
- x
- y
choices:
  optimizer.lr: 0.01
epochs: 3
recipe_dir: /home
seed_flag: 4
]]
local STUDY = [[{
  "format": 1, "name": "r", "overrides": ["width=5", "data.seed=2"], "portable": true,
  "recipe": "r.lua", "recipe_dir": "/home", "seed": 2, "sources": { "helper.lua": "return 1\n" }
}]]

local FULL = {
  overrides = { { path = "width", text = "6" } }, seed = 4, epochs = 3, portable = true,
  precision = "bf16",
  choices = { lr = 0.01 }, args = { "x" }, recipe_path = "r.lua", recipe_dir = "/", name = "r",
  data_dir = "/", sources = { ["a.lua"] = "return 1" },
}
local NAMES = { "overrides", "seed", "epochs", "portable", "precision", "choices", "args",
  "recipe_path", "recipe_dir", "name", "data_dir", "sources" }
local LEFT_OUT = { -- of a kind of file: said elsewhere in it, or not at all
  run = { portable = true, precision = true, sources = true }, study = { choices = true },
  fixed = { args = true, recipe_path = true, recipe_dir = true, name = true, data_dir = true,
    sources = true },
}

describe("a request", function()
  it("does not change, and knows its fields", function()
    local one = request.new { seed = 3 }
    assert.has_error(function()
      one.seed = 4
    end)
    assert.has_error(function()
      one.sed = 4
    end)
    assert.has_error(function()
      return one.sed
    end)
    assert.has_error(function()
      request.new { sed = 1 }
    end)
    assert.equal(3, one.seed)
    assert.is_nil(one.epochs)
    assert.same({}, one.overrides)
  end)

  it("differs from the one it was made of in what was said alone", function()
    local one = request.new { seed = 3, epochs = 2 }
    local two = one:with({ epochs = 5 }, { "seed" })
    assert.same({ 3, 2 }, { one.seed, one.epochs })
    assert.is_nil(two.seed)
    assert.equal(5, two.epochs)
  end)

  it("comes back out of every kind of file as it went in", function()
    local full, base = request.new(FULL), request.new { threads = 7, sources = { b = "" } }
    for kind, missing in pairs(LEFT_OUT) do
      local again = request.read(kind, json.decode(json.encode(full:plain(kind))), base)
      for _, name in ipairs(NAMES) do
        local want = missing[name] and base[name] or not missing[name] and full[name] or nil
        assert.same(want, again[name], kind .. " " .. name)
      end
      assert.equal(7, again.threads)
    end
  end)

  it("says the format in each of them", function()
    for kind in pairs(LEFT_OUT) do
      assert.equal(1, request.new(FULL):plain(kind).format)
    end
  end)

  it("reads what the first program wrote", function()
    local one = request.read("run", yaml.decode(RUN), request.new { epochs = 9, out_dir = "out" })
    assert.same({ { path = "width", text = "6" }, { path = "optimizer.lr", text = "0.01" } },
      one.overrides)
    assert.same({ "r.lua", "/home", "r", 4, 3, "out" },
      { one.recipe_path, one.recipe_dir, one.name, one.seed, one.epochs, one.out_dir })
    assert.same({ { "x", "y" }, { ["optimizer.lr"] = 0.01 } }, { one.args, one.choices })
    one = request.read("study", json.decode(STUDY), request.new { epochs = 9 })
    assert.same({ { path = "width", text = "5" }, { path = "data.seed", text = "2" } },
      one.overrides)
    assert.same({ 2, true, { ["helper.lua"] = "return 1\n" } },
      { one.seed, one.portable, one.sources })
    assert.is_nil(one.epochs)
  end)

  it("writes the keys that programs before it read, and beside them limits", function()
    local out = {}
    for _, kind in ipairs { "run", "study", "fixed" } do
      out[kind] = request.names(kind)
      table.sort(out[kind])
    end
    assert.same({ "args", "choices", "data_dir", "epochs", "limits", "name", "overrides",
      "recipe", "recipe_dir", "seed_flag" }, out.run)
    assert.same({ "args", "data_dir", "epochs", "name", "overrides", "portable", "precision",
      "recipe", "recipe_dir", "seed", "sources" }, out.study)
    assert.same({ "epochs", "params", "portable", "precision", "seed", "set" }, out.fixed)
  end)

  it("is refused in a frozen recipe of a format that is not known", function()
    local ok, why = pcall(freeze.fixed, { params = {}, format = 2 }, function() end)
    assert.is_false(ok)
    assert.matches("'format' is 2", why)
  end)
end)
