-- Faults on the lists of Lua 5.4.4 to 5.4.8 (lua.org/bugs.html) that a recipe could reach: each
-- is kept in, whichever of them the linked Lua has.
local host = require "lrrun.native.host"
local program = require "support.program"

local function run(finally, text, flags)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  return program.run(("--out %s/runs %s %s/r.lua"):format(folder, flags or "", folder),
    "MALLOC_PERTURB_=165 timeout 60")
end

local RIGHT = {
  ["an environment that is a constant"] = [[
    local ok, why = pcall(load "local function f() local _ENV <const> = 11 X = 'hi' end f()")
    assert(not ok and why:find "index a number value")]],
  ["recursion in the handler of an overflow"] = [[
    local function loop() assert(pcall(loop)) end
    local ok, why = xpcall(loop, loop)
    assert(not ok)]],
  ["an error while an error is handled, without memory"] = [[
    local function loop() return 1 + loop() end
    for _ = 1, 3 do assert(not xpcall(loop, function() loop() end)) end]],
  ["texts with zeros"] = [[
    assert("a\0b" < "a\0c" and "a" < "a\0" and not ("a\0" < "a") and "\0\0" > "\0")]],
  ["fields of _ENV in a message"] = [[
    local ok, why = pcall(load "a = { _ENV = {} } return a._ENV.x + 1")
    assert(not ok and why:find "nil value")]],
  ["bitwise operators of many constants"] = [[
    local code = { "local x = {" }
    for i = 1, 257 do code[#code + 1] = i .. ".1," end
    for _, op in ipairs { "~", "|", "&", "<<" } do
      local f, why = load(table.concat(code) .. "} return (6 " .. op .. " (2 or 3))")
      local right = load("return 6 " .. op .. " 2")()
      assert(f and f() == right or not f and why:find "too many constants", op)
    end]],
  ["fields of fields in a message"] = [[
    local t = {} t.b = t
    local ok, why = pcall(load("local a = ... return a" .. (".b"):rep(900) .. " + 1"), t)
    assert(not ok and why:find "arithmetic on a table value")
    local f, refused = load("local a = ... return a" .. (".b"):rep(100000) .. " + 1")
    assert(not f and refused:find "too many fields of fields" or f)]],
  ["a loop with a closing value that is left"] = [[
    local o = setmetatable({}, { __close = function() end })
    pcall(function()
      for k in next, {}, nil, o do local function f() return k end break end
      local a, b, c, d, e, f, g = {}, {}, {}, {}, {}, {}, {}
    end)]],
  ["an index that is a comparison"] = [[
    local text = "local function f() return _ENV[1 < 2] end return f()"
    pcall(load(text, "x", "t", { [true] = 10 }))]],
  ["spurious bytes in utf8.codes"] = [[
    pcall(function() for _ in utf8.codes "in\x80valid" do end end)]],
  ["closing that fails and closes again"] = [[
    local mt = {}
    local function f() local x <close> = setmetatable({}, mt) error "x" end
    mt.__close = function() f() end
    assert(not pcall(f))]],
  ["a metatable of a metatable stays what it is"] = [[
    local Base = { hello = function() return "hello" end }
    local Meta = { __index = Base, __call = function(class) return setmetatable({}, class) end }
    local Class = setmetatable({}, Meta)
    Class.__index = Class
    local object = Class()
    assert(object.hello() == "hello" and Class().hello() == "hello")
    assert(getmetatable(object) == Class and getmetatable(Class) == Meta)]],
}

describe("a fault of Lua's", function()
  for name, text in pairs(RIGHT) do
    it("is kept in: " .. name, function()
      local code, _, err = run(finally, text)
      assert.equal(0, code, err)
    end)
  end

  it("is kept in: a weak metatable whose __newindex is collected", function()
    -- The memory ends while a field is written, again and again, at other sizes.
    local code, out, err = run(finally, [[
      for i = 1, 40 do
        local above = i % 2 == 0 and {} or { __mode = "v" }
        local mt = setmetatable({ __newindex = {} }, above)
        local t = setmetatable({}, mt)
        above.__mode = "v"
        collectgarbage "count"
        for k = 1, 200 do t[k] = k end
        assert(rawget(mt, "__newindex")[200] == 200)
      end
      print "kept"
      local mt = setmetatable({ __newindex = {} }, { __mode = "v" })
      local t = setmetatable({}, mt)
      for i = 1, 1e8 do t[i] = i end]], "--lua-memory 64")
    assert.matches("kept", out)
    assert.equal(4, code, err)
    assert.matches("%-%-lua%-memory", err)
  end)

  it("is kept in: a new metatable of a table that is weak in keys and values", function()
    -- The recipe's setmetatable while the collector works in small steps, which it may.
    local code, out, err = run(finally, [[
      local env = require("lrrun.sandbox.environment").new { seed = 1, folder = ".", args = {} }
      collectgarbage("incremental", 100, 100, 4)
      load([=[
        local keep, junk = {}, {}
        for i = 1, 300 do keep[i] = setmetatable({}, { __mode = "kv" }) end
        for i = 1, 12000 do
          setmetatable(keep[i % 300 + 1], { __mode = "kv", __index = { x = i }, a = {}, b = {} })
          junk[i % 1000 + 1] = { {}, {}, "x" .. i }
          local x = keep[i * 31 % 300 + 1].x
          assert(i < 300 or math.type(x) == "integer" and x > i - 300)
        end]=], "w", "t", env)()
      print "right"]], "--trusted")
    assert.equal(0, code, err)
    assert.equal("right\n", out)
  end)

  it("is found by a trial when the program starts", function()
    assert.is_boolean(host.sound)
    if host.lua == "Lua 5.4.5" or host.lua == "Lua 5.4.6" or host.lua == "Lua 5.4.7" then
      assert.is_true(host.sound)
    end
  end)
end)
