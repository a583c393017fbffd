-- `..` of tables on a Lua that loses its place where a stack moves meanwhile (host/join.h):
-- what is joined is right on the main thread, in coroutines and at any depth.
local host = require "lrrun.native.host"
local program = require "support.program"

-- Freed memory is filled, so that what reads it fails.
local function run(finally, text)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text)
  local code, out, err = program.run(("--out %s/runs %s/r.lua"):format(folder, folder),
    "MALLOC_PERTURB_=165 timeout 60")
  return { code = code, out = out, err = err }
end

local PRELUDE = [[
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
local mt = {}
mt.__concat = function() deep(60) for i = 1, 50 do local t = {} end return setmetatable({}, mt) end
local function new() return setmetatable({}, mt) end
local clock = { lr = 0.1, steps_per_epoch = 10, total_steps = 100 }
local function phases()
  local s = schedule.hold { 1*steps } .. schedule.hold { 2*steps } .. schedule.hold { 3*steps }
    .. schedule.cosine {}
  assert(s:at(2, clock) == 0.1)
end
local function own()
  local s = new() .. new() .. new() .. new()
  assert(getmetatable(s) == mt)
end
local function at(depth, f)
  if depth == 0 then f() return 0 end
  return 1 + at(depth - 1, f)
end
]]

local RIGHT = {
  ["schedules, again and again"] = "for i = 1, 1000 do phases() end",
  ["schedules at many depths"] = "for d = 0, 1500, 3 do at(d, phases) end",
  ["schedules at many depths of coroutines"] = [[
    for d = 0, 400 do coroutine.wrap(at)(d, phases) end]],
  ["schedules in one long coroutine"] = [[
    coroutine.wrap(function() for i = 1, 1000 do phases() end end)()]],
  ["tables of the recipe's own"] = "for i = 1, 1000 do own() end",
  ["tables of the recipe's own at many depths"] = "for d = 0, 400 do at(d, own) end",
  ["tables of the recipe's own far down"] = "at(20000, own)",
  ["tables of the recipe's own in coroutines"] = [[
    for d = 0, 400 do coroutine.wrap(at)(d, own) end]],
  ["a join within a join"] = [[
    local outer = setmetatable({}, { __concat = function() own() phases() return new() end })
    for d = 0, 100 do at(d, function() local s = outer .. outer .. outer end) end]],
  ["a metamethod that makes tensors and networks"] = [[
    local keep = {}
    local large = {}
    large.__concat = function(a)
      for i = 1, 3 do keep[i] = tensor.new { 300000 } end
      nn.linear(3):build { 2 }
      return a
    end
    local function far(n) if n == 0 then return 0 end return 1 + far(n - 1) end
    local x = setmetatable({}, large)
    for d = 1, 20 do
      far(5000) -- the stack has grown, and shrinks again when the collector works
      local s = x .. x .. x .. x
      assert(s == x)
    end]],
  ["in loaded code"] = [[
    local f = load "local a, b = ... local s = a .. b .. a .. b return s"
    for d = 0, 300 do at(d, function() f(new(), new()) end) end]],
  ["behind many locals"] = (function()
    local names = {}
    for i = 1, 180 do
      names[i] = "a" .. i
    end
    return "local " .. table.concat(names, ",") .. " for d = 0, 100 do at(d, function() local "
      .. table.concat(names, ",") .. " = 1 local s = new() .. new() .. new() end) end"
  end)(),
  ["an error within is the recipe's"] = [[
    local ok, why = pcall(function()
      return schedule.cosine {} .. schedule.cosine {}
    end)
    assert(not ok and why:find "%.lua:%d+: schedule: phase 1 of 2", why)
    local bad = setmetatable({}, { __concat = function() error { "mine" } end })
    ok, why = pcall(function() return bad .. bad end)
    assert(not ok and why[1] == "mine")]],
  ["one value comes out"] = [[
    assert(setmetatable({}, { __concat = function() return 1, 2 end }) .. 1 == 1)
    assert((setmetatable({}, { __concat = function() end }) .. 1) == nil)]],
  ["a yield within, which is an error where the join is ours"] = [[
    local m = setmetatable({}, { __concat = function() coroutine.yield() end })
    local co = coroutine.create(function() return m .. 1 end)
    assert(not coroutine.resume(co) or coroutine.status(co) == "suspended")
    own()]],
  ["recursion without end is an error"] = [[
    local m = setmetatable({}, {})
    local mm = { __concat = function(a, b) return a .. b end }
    setmetatable(m, mm)
    local ok, why = pcall(function() return m .. m end)
    assert(not ok and why:find "overflow")
    own()]],
}

describe("joining tables", function()
  for name, text in pairs(RIGHT) do
    it("is right for " .. name, function()
      local result = run(finally, PRELUDE .. text)
      assert.are.equal(0, result.code, result.err)
    end)
  end

  it("lets the collector rest as other calls do", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[
      local ended = 0
      local function watch()
        setmetatable({}, { __gc = function() ended = ended + 1 watch() end })
      end
      watch()
      for i = 1, 2000 do
        local s = schedule.warmup(2*epochs) .. schedule.cosine {}
      end
      print(ended)]])
    local code, out, err = program.run(("--trusted %s/r.lua"):format(folder))
    assert.are.equal(0, code, err)
    assert.is_true(tonumber(out) < 200, out .. " collections in 2000 joins")
  end)

  it("takes no metamethod that came later", function()
    local result = run(finally, [[
      local mt = {}
      local t = setmetatable({}, mt)
      mt.__concat = function() return 1 end
      for _, f in ipairs { mt.__concat, string.rep, pcall } do
        mt.__concat = f
        coroutine.wrap(function() print(pcall(function() return t .. t .. t end)) end)()
      end]])
    assert.are.equal(0, result.code, result.err)
    if not host.sound then
      local _, count = result.out:gsub("has to be there when setmetatable is called", "")
      assert.are.equal(3, count, result.out)
    end
  end)

  it("says where a function is too large for it", function()
    if host.sound then
      return
    end
    local names = {}
    for k = 1, 199 do
      names[k] = "a" .. k
    end
    local result = run(finally, ("print(load %q)"):format("local " .. table.concat(names, ",")
      .. " return " .. ("a1 .. "):rep(40) .. "a1"))
    assert.are.equal(0, result.code, result.err)
    assert.matches("too many local variables or values joined", result.out, 1, true)
  end)

  it("keeps texts as they are", function()
    local result = run(finally, [[
      local parts = {}
      for i = 1, 100 do parts[i] = "'" .. i .. "'" end
      assert(load("return " .. table.concat(parts, ".."))() == table.concat(parts):gsub("'", ""))]])
    assert.are.equal(0, result.code, result.err)
  end)
end)
