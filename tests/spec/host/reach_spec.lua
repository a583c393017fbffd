-- What a recipe can reach by keys: no metatable of anything, and no method that takes a closed
-- object or another one's. A metatable in a recipe's hands would let finalizers in.
local environment = require "lrrun.sandbox.environment"
local language = require "lrrun.language"
local program = require "support.program"

local EVENTS = {
  "__index", "__newindex", "__gc", "__close", "__mode", "__call", "__concat", "__len", "__eq",
  "__lt", "__le", "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__unm", "__idiv",
  "__band", "__bor", "__bxor", "__shl", "__shr", "__bnot", "__name", "__metatable", "__tostring",
  "__pairs", "descriptor", "metatable",
}

-- Things that a recipe makes, and its handles: a recipe's text that gives a list of them.
local MAKE = [[
  local seen
  local rows = data.spirals { n = 60 }
  local r = recipe {
    name = "reach", data = rows, loss = nn.cross_entropy(), epochs = 1,
    model = nn.sequential { nn.linear(4), nn.relu(), nn.linear(3) },
    optimizer = optim.sgd { lr = 0.1, momentum = schedule.constant { value = 0.5 } },
    schedule = schedule.warmup(1*steps) .. schedule.cosine {},
    stop = stop.early { patience = 3, monitor = "train_loss" },
    on = { step = function(state) seen = seen or state end },
  }
  local result, run = train.fit(r, { record = false, quiet = true })
  local m = nn.linear(3):build({ 2 }, { batch = 4 })
  local node
  nn.graph(function(x) node = x return nn.relu()(x) end):build { 2 }
  local opened = rows:open {}
  local batches = opened:batches("train")
  local caught
  local function catch(...) caught = { ... } end
  catch(pcall(nn.linear, { bad = 1 }))
  return {
    rows, r, result, run, m, m.builder, m.graph, node, opened, batches, m:params(), caught,
    optim.adam { lr = 0.1 }:bind(m), nn.mse():build({ 2 }, { batch = 1 }), epochs, 2*epochs,
    schedule.fn(function() return 1 end), 0.5 * schedule.cosine {}, tensor.new { 2 }, seen,
    search.uniform(0, 1), search.choice { 1, 2 },
    stop.any { stop.early { patience = 3 }, stop.time "1 min" },
    nn.he, coroutine.create(print), option("width", 3), string, table, math, utf8, coroutine,
    "text", print,
  }
]]

-- Every value by the path that leads to it: what pairs and __pairs give, and the methods of a
-- table or a userdata.
local function walk(value, path, found, depth)
  local kind = type(value)
  if found[value] or depth > 12 or kind ~= "table" and kind ~= "userdata" then
    return
  end
  found[value] = path
  local mt = debug.getmetatable(value)
  local function each(t, iterate)
    for key in iterate(t) do
      local ok, item = pcall(function()
        return value[key]
      end)
      if ok then
        walk(item, path .. "." .. tostring(key), found, depth + 1)
      end
      walk(key, path .. ":key", found, depth + 1)
    end
  end
  if kind == "table" then
    each(value, function(t)
      return next, t
    end)
  end
  if mt and rawget(mt, "__pairs") then
    each(value, pairs)
  end
  local methods = mt and rawget(mt, "__index")
  if type(methods) == "table" then
    each(methods, function(t)
      return next, t
    end)
  end
end

local function reached(finally)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", MAKE)
  local env = environment.new { seed = 1, print = function() end, folder = folder, args = {} }
  local list = environment.load_text(folder .. "/r.lua", env)()
  local found = {}
  walk(list, "list", found, 0)
  for key, item in pairs(env) do
    walk(item, tostring(key), found, 0)
  end
  for name in pairs(language.modules) do
    walk(env[name], name, found, 0)
  end
  return found
end

describe("what a recipe reaches", function()
  it("is no metatable of anything", function()
    local found = reached(finally)
    local metatables, count = {}, 0
    for value, path in pairs(found) do
      count = count + 1
      local mt = debug.getmetatable(value)
      if mt then
        metatables[mt] = path
      end
    end
    metatables[debug.getmetatable ""] = "strings"
    assert.is_true(count > 150, count)
    for value, path in pairs(found) do
      assert.is_nil(metatables[value], path .. " is a metatable")
      for _, event in ipairs(EVENTS) do
        local ok, item = pcall(function()
          return value[event]
        end)
        assert.is_true(not ok or item == nil or event == "metatable" and type(item) ~= "table",
          path .. " has " .. event)
      end
    end
  end)

  it("gives none by getmetatable either", function()
    local text = [[
      local m = nn.linear(3):build { 2 }
      local values = { m, m.builder, m.graph, epochs, tensor.new { 2 }, nn, "x", nn.linear(2) }
      for _, v in ipairs(values) do
        assert(not getmetatable(v), tostring(v))
        assert(not pcall(setmetatable, v, {}))
      end]]
    local code, _, err = program.recipe(finally, text)
    assert.equal(0, code, err)
  end)

  it("takes no finalizer by any of its values", function()
    local text = [[
      local m = nn.linear(3):build { 2 }
      local node
      nn.graph(function(x) node = x return nn.relu()(x) end):build { 2 }
      for _, v in ipairs { epochs, m, m.builder, node, nn.mse():build({ 2 }, { batch = 1 }),
        optim.sgd { lr = 1 }:bind(m) } do
        local ok, index = pcall(function() return v.__index end)
        assert(not ok or index == nil)
        pcall(function() v.__gc = function() while true do end end end)
      end
      m, node = nil
      for i = 1, 3000 do local x = 2*epochs end
      for i = 1, 20 do nn.linear(3):build { 2 } end]]
    local code, _, err = program.recipe(finally, text, "", "timeout 20")
    assert.equal(0, code, err)
  end)
end)

-- Each method of each object, with each other object, open and closed, in its place.
local WRONG = [[
  local m = nn.linear(3):build({ 2 }, { batch = 4 })
  local o = optim.adam { lr = 0.1 }:bind(m)
  local opened = data.spirals { n = 20 }:open {}
  local closed = tensor.new { 2 }
  closed:close()
  local things = { m, o, m.graph, m.builder, tensor.new { 2 }, closed, nn.linear(2), epochs, opened,
    opened.native or {}, o.native or {}, schedule.cosine {}, {}, "x", 3, 0, -1, 1 << 40, print,
    true }
  local NAMES = NAMES_HERE
  local n, closes = 0, 0
  local function methods(thing)
    local out = {}
    for _, name in ipairs(NAMES) do
      local ok, f = pcall(function() return thing[name] end)
      if ok and type(f) == "function" then out[#out + 1] = f end
    end
    return out
  end
  for _, thing in ipairs(things) do
    for _, f in ipairs(methods(thing)) do
      for i, a in ipairs(things) do
        for k = i % 4 + 1, #things, 4 do -- each beside a quarter of the others
          local b = things[k]
          n = n + 1
          pcall(f, a, b, b, a, b)
        end
      end
      pcall(f)
    end
  end
  -- what is closed stays closed, whoever asks
  for _, f in ipairs(methods(closed)) do
    local ok = pcall(f, closed)
    closes = closes + (ok and 1 or 0)
  end
  assert(closes <= 1, closes)
  print("calls", n)
]]

-- Enters the names of a type's methods.
local function note_methods(names, mt)
  local methods = mt and rawget(mt, "__index")
  for name, f in pairs(type(methods) == "table" and methods or {}) do
    if type(name) == "string" and type(f) == "function" then
      names[name] = true
    end
  end
end

describe("a native method", function()
  it("is an error on another object or a closed one", function()
    local names = {}
    for value in pairs(reached(finally)) do
      note_methods(names, debug.getmetatable(value))
    end
    for _, mt in pairs(debug.getregistry()) do
      note_methods(names, type(mt) == "table" and rawget(mt, "__name") and mt)
    end
    local list = {}
    for name in pairs(names) do
      list[#list + 1] = ("%q"):format(name)
    end
    table.sort(list)
    local folder = program.folder(finally)
    local text = WRONG:gsub("NAMES_HERE", "{" .. table.concat(list, ",") .. "}")
    program.write(folder .. "/r.lua", text)
    local code, out, err = program.run(("--out %s/runs --lua-seconds 30 %s/r.lua"):format(folder,
      folder), "MALLOC_PERTURB_=165 timeout 60")
    assert.equal(0, code, err)
    assert.matches("calls%s+%d%d%d%d", out)
  end)

  it("takes no node of another graph", function()
    local text = [[
      local kept
      nn.graph(function(x) kept = x return nn.relu()(x) end):build { 2 }
      for _, f in ipairs {
        function(x) return x + kept end, function(x) return nn.cat { x, kept } end,
        function() return kept end, function(x) nn.relu()(kept) return x end,
      } do
        print(pcall(function() nn.graph(f):build { 2 } end))
      end]]
    local code, out, err = program.recipe(finally, text)
    assert.equal(0, code, err)
    local _, count = out:gsub("false\t[^\n]*another graph", "")
    assert.equal(4, count, out)
  end)
end)
