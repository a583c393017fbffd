-- What a recipe makes up: tables that look like values of the language, values that it writes
-- to, methods called with something else. Only what a constructor made and checked is taken.
local program = require "support.program"

local FORGE = [[
  local d = { name = NAME, keys = {}, positional = {}, by_name = {}, dimension = true }
  local used = false
  local forged = setmetatable({ kind = NAME, opts = {}, given = {}, where = "x:1",
    add = function() used = true while true do end end,
    config = function() used = true return {} end,
    open = function() used = true return {} end }, { descriptor = d, __name = NAME,
      __index = function() used = true return nil end })
]]
local RECIPE = [[
  local function R(change)
    local r = { data = data.spirals { n = 60 }, model = nn.sequential { nn.linear(4),
      nn.linear(3) }, loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 }, epochs = 2 }
    for key, item in pairs(change or {}) do r[key] = item end
    return recipe(r)
  end
  local quiet = { record = false, quiet = true }
]]

-- where -> the code that is given what was forged, and what is said
local FORGED = {
  ["recipe"] = { "train.fit(forged)", "train.fit: want a recipe { ... }, got recipe" },
  ["nn.linear"] = { "nn.sequential { forged }:build({ 2 })",
    "nn.sequential: 'layers' item 1 is nn.linear, want " },
  ["nn.evil"] = { "R { model = forged }", "recipe: 'model' is nn.evil, want " },
  ["optim.sgd"] = { "R { optimizer = forged }", "recipe: 'optimizer' is optim.sgd, want " },
  ["schedule.cosine"] = {
    "R { schedule = forged }", "recipe: 'schedule' is schedule.cosine, want " },
  ["schedule.step"] = { "local _ = schedule.cosine {} .. forged", "schedule.step" },
  ["stop.early"] = { "R { stop = forged }", "recipe: 'stop' is stop.early, want " },
  ["data.csv"] = { "R { data = forged }", "recipe: 'data' is data.csv, want " },
  ["search.uniform"] = { "R { epochs = forged }", "recipe: 'epochs' is search.uniform, want " },
  ["search.int"] = { "search.minimize { space = { x = forged }, objective = print }",
    "'space' holds no dimension" },
}

-- what a recipe does with its own values -> what comes of it
local WRITTEN = {
  ["all of a recipe while it trains"] = { [[
    local r
    r = R { on = { epoch = function() for k in pairs(r.opts) do
      r.opts[k] = setmetatable({}, { __index = function() error "no" end }) end end } }
    print(train.fit(r, quiet).epochs)]], "2\n" },
  ["a number before it trains"] = { [[
    local r = R() r.opts.epochs = -1
    print(select(2, pcall(train.fit, r, quiet)))]],
    "r.lua:8: recipe: 'epochs' is -1, want an integer at least 1\n" },
  ["a hyperparameter"] = { [[
    local o = optim.sgd { lr = 0.1 } local r = R { optimizer = o } o.opts.lr = 0 / 0
    print(select(2, pcall(train.fit, r, quiet)))]], "r.lua:8: optim.sgd: 'lr' is NaN\n" },
  ["the parts of a value"] = { [[
    local r = R() r.opts = 7
    print(select(2, pcall(train.fit, r, quiet)))]],
    "r.lua:8: recipe: its parts were written to after it was made\n" },
  ["the kind of a value"] = { [[
    local r = R() r.opts.optimizer.kind = "optim.adam" r.kind = {}
    print(train.fit(r, quiet).epochs)]], "2\n" },
  ["a table that holds itself"] = { [[
    local on = {} local r = R { on = on } r.opts.metrics = {} r.given.metrics = true
    r.opts.metrics[1] = r.opts.metrics
    print(select(2, pcall(train.fit, r, quiet)))]],
    "r.lua:8: a table is nested more than 100 deep, or holds itself\n" },
}

-- methods of others
local WRONG_SELF = {
  ["m.forward({}, 1)"] = "model: forward: want that of which it is a method, got a table",
  ["m.step(nil)"] = "model: step: want that of which it is a method, got nil",
  ["m.plan(nn.linear(3), 4)"] = "model: plan: want that of which it is a method, got nn.linear",
  ["nn.linear(3).build({ 2 })"]
    = "nn.linear: build: want that of which it is a method, got a table",
  ["nn.linear(3).build(nn.relu(), { 2 })"]
    = "nn.linear: build: want that of which it is a method, got nn.relu",
  ["optim.sgd { lr = 1 }.bind(m)"]
    = "optim.sgd: bind: want that of which it is a method, got a model",
  ["o.update({})"] = "optimizer: update: want that of which it is a method, got a table",
  ["m.builder.op(m, 'relu', 1)"] = "builder: op: want that of which it is a method, got a model",
  ["l.forward(m)"] = "loss: forward: want that of which it is a method, got a model",
  ["opened.batches('train')"] = "dataset: batches: want that of which it is a method, got 'train'",
  ["schedule.cosine {}.at(3)"] = "schedule.cosine: at: want that of which it is a method, got 3",
}

local function run(finally, text)
  local code, out, err = program.recipe(finally, text, "--lua-seconds 5", "timeout 8")
  assert.equal(0, code, err)
  return (out:gsub("[^\n]-/r%.lua", "r.lua"))
end

describe("a table that looks like a value", function()
  for name, case in pairs(FORGED) do
    it("is none: " .. name, function()
      local out = run(finally, FORGE:gsub("NAME", ("%q"):format(name)) .. RECIPE
        .. "print(select(2, pcall(function() " .. case[1] .. " end))) print(used)")
      assert.truthy(out:find(case[2], 1, true), out)
      assert.matches("\nfalse\n$", out)
      assert.is_nil(out:find("lrrun:", 1, true), out)
    end)
  end
end)

describe("a value that is written to", function()
  for name, case in pairs(WRITTEN) do
    it("changes no run and is looked at anew: " .. name, function()
      assert.equal(case[2], run(finally, RECIPE .. case[1]))
    end)
  end
end)

describe("a method", function()
  for call, says in pairs(WRONG_SELF) do
    it("is for its own: " .. call, function()
      local out = run(finally, [[
        local m = nn.linear(3):build({ 2 }, { batch = 4 })
        local o, l = optim.sgd { lr = 0.1 }:bind(m), nn.mse():build({ 2 }, { batch = 1 })
        local opened = data.spirals { n = 60 }:open {}
        print(select(2, pcall(function() return ]] .. call .. " end)), o, l, opened)")
      assert.truthy(out:find("r.lua:4: " .. says .. "; methods are called with ':'", 1, true), out)
    end)
  end
end)
