-- Native functions and what runs while they do: metamethods of tables that they read, finalizers.
-- Nothing that is in use is closed, moved or changed. The process of the specs is a trusted one.
local graph = require "lrrun.native.graph"
local program = require "support.program"
local tensor = require "lrrun.native.tensor"

local BUSY = "called while another native function is at work, by a metamethod or a finalizer"

local function network()
  local g = graph.new()
  local x = g:input({ 2 }, "real", false, false)
  local y = g:op("relu", { x })
  g:plan({ y }, 4, false)
  return g, x, y
end

-- What forward is given, whose field `len` runs f when the inputs have been looked at.
local function batch(x, values, f)
  return setmetatable({ inputs = { [x] = values } }, { __index = function(_, key)
    if key == "len" then
      f()
    end
  end })
end

describe("what runs while a native function does", function()
  local MEANS = {
    ["closes its input"] = function(_, values) values:close() end,
    ["plans its network anew"] = function(g, _, y) g:plan({ y }, 100, false) end,
    ["adds to its network"] = function(g, _, y) g:op("relu", { y }) end,
    ["runs it again"] = function(g, values) g:forward { inputs = { values } } end,
    ["asks for its length"] = function(_, values) return #values end,
    ["closes its input in a block"] = function(_, values)
      local _ <close> = values
    end,
    ["closes its input in a coroutine"] = function(_, values)
      local ok, why = coroutine.resume(coroutine.create(function() values:close() end))
      if not ok then
        error(why, 0)
      end
    end,
    ["closes its input in a coroutine within a coroutine"] = function(_, values)
      coroutine.wrap(function()
        coroutine.wrap(function() values:close() end)()
      end)()
    end,
  }
  for name, f in pairs(MEANS) do
    it("raises where it " .. name, function()
      local g, x, y = network()
      local values = tensor.new({ 3, 2 }, { 1, -1, 2, -2, 3, -3 })
      local ok, why = pcall(g.forward, g, batch(x, values, function() f(g, values, y) end))
      assert.is_false(ok)
      assert.truthy(tostring(why):find(BUSY, 1, true), why)
      g:forward { inputs = { [x] = values } }
      assert.same({ 1, 0, 2, 0, 3, 0 }, g:tensor(y):values())
    end)

    it("raises in a coroutine where it " .. name, function()
      local g, x, y = network()
      local values = tensor.new({ 1, 2 }, { 1, -1 })
      local ok, why = coroutine.resume(coroutine.create(function()
        g:forward(batch(x, values, function() f(g, values, y) end))
      end))
      assert.is_false(ok)
      assert.truthy(tostring(why):find(BUSY, 1, true), why)
      g:forward { inputs = { [x] = values } }
      assert.same({ 1, 0 }, g:tensor(y):values())
    end)
  end

  it("may close what is not in use, once it has returned by an error", function()
    local g, x = network()
    local values = tensor.new { 1, 2 }
    assert.is_false((pcall(g.forward, g, { inputs = 3 })))
    assert.is_false((pcall(coroutine.wrap(function() g:forward { inputs = 3 } end))))
    values:close()
    assert.is_false((pcall(g.forward, g, { inputs = { [x] = values } })))
  end)

  it("may be a finalizer, which leaves what is in use alone", function()
    local code, out, err = program.run(("--trusted %s/r.lua"):format((function()
      local folder = program.folder(finally)
      program.write(folder .. "/r.lua", [[
        local m = nn.linear(3):build({ 2 }, { batch = 4 })
        local x, closed, refused = tensor.new { 4, 2 }, 0, 0
        collectgarbage("setpause", 0) collectgarbage("setstepmul", 10000)
        collectgarbage() -- from here on one follows the other
        local function drop()
          setmetatable({}, { __gc = function()
            local ok = pcall(m.plan, m, 4)
            if ok then closed = closed + 1 else refused = refused + 1 end
            drop()
          end })
        end
        for _ = 1, 20 do drop() end
        for i = 1, 100 do -- each with hundreds of whole collections
          x = tensor.new({ 4, 2 }, { i, 1, 1, 1, 1, 1, 1, 1 })
          m:forward(x)
          assert(#m.graph:segments() == 2 and x:values()[1] == i)
        end
        print(closed > 0, refused > 0)]])
      return folder
    end)()), "ulimit -t 60; timeout 600") -- a busy machine is given time, a loop is not
    assert.equal(0, code, err)
    assert.equal("true\ttrue\n", out)
  end)

  it("may hold a session whose schedule was let go of first", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[
      local prepare = require "lrrun.train.prepare"
      local native = require "lrrun.native.schedule"
      local r = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1,
        optimizer = optim.sgd { lr = 0.1 } }
      local run = prepare.run(r, {})
      do -- the schedule is younger than the finalizer, so that it goes first
        local held = setmetatable({ s = run.session }, { __gc = function(t)
          for _ = 1, 20 do print("steps", (t.s:step())) break end
        end })
        local s = native.new(0.1, 10)
        s:add { kind = "constant", length = 0, unit = 1, value = 1 }
        run.session:drive(s, "lr")
      end
      run = nil
      collectgarbage() collectgarbage()
      return r]])
    local code, _, err = program.run("--trusted " .. folder .. "/r.lua",
      "MALLOC_PERTURB_=165 timeout 60")
    assert.equal(0, code, err)
  end)
end)
