local data = require "lrrun.data"
local dimensions = require "lrrun.search.dimensions"
local native = require "lrrun.native.search"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"

local function raises(text, f, ...)
  local fine, message = pcall(f, ...)
  assert.is_false(fine)
  assert.matches(text, message, 1, true)
end

local function tree()
  return {
    act = search.choice { "relu", "tanh" },
    opt = search.choice {
      { name = "a", rate = search.loguniform(1e-4, 1), deep = search.choice { 1, 2 } },
      { name = "b", n = search.logint(1, 100) },
    },
    width = search.int(0, 100, { step = 7 }),
    x = search.uniform(-1, 1, { step = 0.25 }),
    y = search.uniform(-1e9, 1e9),
  }
end

describe("A search dimension", function()
  it("is its default or its middle outside a search", function()
    assert.equal(0.5, dimensions.middle(search.uniform(0, 1)))
    assert.equal(0.25, dimensions.middle(search.uniform(0, 1, { default = 0.25 })))
    assert.equal(0.4, dimensions.middle(search.uniform(0, 0.9, { step = 0.4 })))
    assert.near(1e-3, dimensions.middle(search.loguniform(1e-5, 1e-1)), 1e-12)
    assert.equal(3, dimensions.middle(search.int(1, 5)))
    assert.equal(64, dimensions.middle(search.logint(8, 512)))
    assert.equal(6324555320, dimensions.middle(search.logint(5000000000, 8000000000)))
    assert.equal("a", (dimensions.middle(search.choice { "a", "b" })))
    assert.equal("b", (dimensions.middle(search.choice { "a", "b", default = "b" })))
  end)

  it("says what is wrong with it", function()
    raises("search.uniform: 'lo' is 2, above 'hi' 1", search.uniform, 2, 1)
    raises("search.loguniform: 'lo' is 0", search.loguniform, 0, 1)
    raises("search.logint: 'lo' is 0", search.logint, 0, 8)
    raises("search.uniform: 'lo' is NaN", search.uniform, 0 / 0, 1)
    raises("search.uniform: 'hi' is not finite", search.uniform, 0, math.huge)
    raises("search.uniform: 'hi' is missing", search.uniform, 0)
    raises("search.int: 'lo' is 0.5, want an integer", search.int, 0.5, 3)
    raises("search.uniform: 'default' is 3", search.uniform, 0, 1, { default = 3 })
    raises("search.uniform: 'step' is 0", search.uniform, 0, 1, { step = 0 })
    raises("search.choice: 'choices' is empty", search.choice, {})
    raises("search.choice: 'default' is none", search.choice, { 1, 2, default = 3 })
    raises("search.choice: 'choices' has an item 2 that is not UTF-8", search.choice,
      { "a", "\xfc" })
    raises("unknown key 'defalt'; did you mean 'default'?", search.int, 0, 1, { defalt = 1 })
  end)
end)

describe("A search space", function()
  it("names dimensions by path, choices by constructor, in order", function()
    local space = spaces.collect {
      optimizer = search.choice {
        optim.sgd { lr = search.loguniform(1e-3, 1) },
        optim.adam { lr = search.loguniform(1e-5, 1e-2) },
      },
      model = nn.sequential { nn.linear(search.int(8, 64)), nn.relu() },
      act = search.choice { nn.relu(), nn.relu(), nn.tanh() },
    }
    local names = {}
    for i, d in ipairs(space.dims) do
      names[i] = d.name
    end
    assert.same({ "act", "model.1.units", "optimizer", "optimizer.adam.lr",
      "optimizer.sgd.lr" }, names)
    assert.same({ "relu", "relu#2", "tanh" }, space.dims[1].labels)
  end)

  it("goes from values to the unit cube and back, active dimensions only", function()
    local space = spaces.collect(tree())
    for number = 0, 199 do
      local point = space.native:propose({ strategy = "random", seed = 5 }, {}, number)
      space.native:check(point)
      local back = space.native:point(space.native:unit(point))
      for i, value in ipairs(point) do
        if math.type(value) == "float" then
          assert.near(value, back[i], 1e-7 * math.max(1, math.abs(value)))
        else
          assert.equal(value, back[i])
        end
      end
      assert.same(point, space:point(space:params(point)))
    end
  end)

  it("keeps the ends of the unit cube inside the bounds", function()
    local space = spaces.collect(tree())
    local low, high = {}, {}
    for i = 1, #space.dims do
      low[i], high[i] = 0, 1
    end
    assert.same({ act = "relu", opt = "#1", ["opt.#1.rate"] = 1e-4, ["opt.#1.deep"] = 1,
      width = 0, x = -1, y = -1e9 }, space:params(space.native:point(low)))
    assert.same({ act = "tanh", opt = "#2", ["opt.#2.n"] = 100, width = 98, x = 1, y = 1e9 },
      space:params(space.native:point(high)))
  end)

  it("gives every bin of integers and choices the same share", function()
    local space = spaces.collect { n = search.int(1, 3), c = search.choice { "a", "b" } }
    local count = {}
    for k = 0, 599 do
      local params = space:params(space.native:point { (k + 0.5) / 600, (k + 0.5) / 600 })
      count[params.n] = (count[params.n] or 0) + 1
      count[params.c] = (count[params.c] or 0) + 1
    end
    assert.same({ 200, 200, 200, a = 300, b = 300 }, count)
  end)

  it("refuses points that are none of it", function()
    local space = spaces.collect(tree())
    local good = { act = "relu", opt = "#2", ["opt.#2.n"] = 3, width = 7, x = 0, y = 0 }
    local function with(key, value)
      local params = { table.unpack(good) }
      for name, v in pairs(good) do
        params[name] = v
      end
      params[key] = value
      return params
    end
    space:point(good)
    raises("'width' has no value", space.point, space, with("width", nil))
    raises("'act' is 'gelu', none of relu, tanh", space.point, space, with("act", "gelu"))
    raises("no dimension is called 'z'", space.point, space, with("z", 1))
    raises("101 is not in 1 to 100", space.point, space, with("opt.#2.n", 101))
  end)

  it("resolves to the middles without values", function()
    local t = spaces.resolve(tree(), {})
    assert.equal("relu", t.act)
    assert.equal("a", t.opt.name)
    assert.near(1e-2, t.opt.rate, 1e-12)
    assert.equal(49, t.width)
    assert.equal(0, t.x)
    assert.equal("b", spaces.resolve(tree(), { opt = "#2" }).opt.name)
  end)
end)

describe("A native space", function()
  it("refuses what is not valid, by the dimension's number", function()
    local function bad(text, dim)
      raises(text, native.space, { { kind = "float", lo = 0, hi = 1 }, dim })
    end
    raises("no dimension", native.space, {})
    bad("dimension 2: low end 2 is above", { kind = "float", lo = 2, hi = 1 })
    bad("dimension 2: a logarithmic one", { kind = "float", lo = 0, hi = 1, log = true })
    bad("not finite", { kind = "float", lo = 0, hi = math.huge })
    bad("not finite", { kind = "float", lo = -1e308, hi = 1e308 })
    bad("not integers", { kind = "int", lo = 0.5, hi = 1 })
    bad("its parent is no choice", { kind = "int", lo = 0, hi = 1, parent = 1, when = 1 })
    bad("its parent is no choice", { kind = "int", lo = 0, hi = 1, parent = 2, when = 1 })
    bad("step", { kind = "float", lo = 0, hi = 1, step = -1 })
  end)
end)

describe("A recipe's tables in a choice", function()
  local function chosen(changes)
    local keys = { data = data.blobs(), model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 },
      epochs = 1 }
    for key, item in pairs(changes) do
      keys[key] = item
    end
    return spaces.resolve(recipe.new(keys), {}).opts
  end

  it("are what they are without it", function()
    local o = chosen {
      average = search.choice { { kind = "lawa", last = search.int(3, 3) }, { kind = "swa" } },
      clip = search.choice { { norm = 5 }, { norm = 1 } }, init = search.choice { "a", "b" },
    }
    assert.same({ 3, 50 }, { o.average.opts.last, o.average.opts.batchnorm })
    assert.same({ 5, "a" }, { o.clip.opts.norm, o.init.opts.file })
  end)

  it("are refused with the nearest key where they are none", function()
    raises("recipe: 'average' is refused: unknown key 'knd'; did you mean "
      .. "'kind'", chosen, { average = search.choice { { knd = "swa" } } })
    raises("recipe: 'clip' is refused: unknown key 'nrom'; did you mean 'norm'",
      chosen, { clip = search.choice { { nrom = 1 } } })
  end)
end)
