-- Work that instructions do not count: single calls and comparisons that take long by what they
-- are given. The limit on time holds for it, and results stay Lua's own.
local program = require "support.program"
local sys = require "lrrun.native.sys"

local LONG = "local a, b = ('x'):rep(60000000), ('x'):rep(60000000) "
local BORDER = "local t = { 1, 2, 3, 4, 5 } for i = 3, 62 do t[1 << i] = 1 end "
  .. "for i = 1, 200 do t['s' .. i] = 1 end if #t < 1e9 then t = setmetatable({}, "
  .. "{ __len = function() return 1 << 62 end, __index = function() return 1 end }) end "
local MANY = "local t = {} for i = 1, 200000 do t['k' .. i] = i end "
local EMPTIED = "local t = {} for i = 1, 1000000 do t[i + 0.5] = i end for i = 1, 1000000 do "
  .. "t[i + 0.5] = nil end "

-- What goes on for ever: the limit has to end it.
local ENDLESS = {
  ["nothing repeated"] = "while true do (''):rep(1 << 62, '') end",
  ["nothing repeated, the count a text"] = "while true do (''):rep('4611686018427387904', '') end",
  ["a text repeated"] = "while true do ('x'):rep(60000000) end",
  ["texts compared"] = LONG .. "while true do local _ = a < b end",
  ["texts found equal"] = LONG .. "while true do local _ = a == b end",
  ["texts compared in a coroutine made before"] = [[
    local co = coroutine.wrap(function() coroutine.yield() ]] .. LONG
    .. "coroutine.yield(a, b) while true do local _ = a <= b end end) co() co() co()",
  ["texts joined"] = LONG .. "while true do local _ = a .. 'y' end",
  ["texts joined that were joined"] = [[
    local a = 'x' while #a < 3e7 do a = a .. a end while true do local _ = a .. a < a end]],
  ["case changed"] = LONG .. "while true do a:upper() end",
  ["turned round, changed, cut"] = LONG .. "while true do a:reverse():lower():sub(2) end",
  ["numbers read"] = "local a = ('9'):rep(60000000) while true do tonumber(a) end",
  ["numbers made of texts"] = "local a = ('9'):rep(60000000) while true do local _ = a + 1 end",
  ["bytes taken out"] = LONG .. "while true do a:byte(1, 100000) end",
  ["characters counted"] = LONG .. "while true do utf8.len(a) end",
  ["a long format"] = "local a = ('x'):rep(1000000) while true do a:format() end",
  ["texts packed"] = LONG .. "while true do string.pack('z', a) end",
  ["a long text as a key"] = "while true do local t = {} t[('x'):rep(60000000)] = 1 end",
  ["a long class"] = [[
    (("a"):rep(50000000)):find("[" .. ("b"):rep(50000000) .. "]*x")]],
  ["a long class between letters"] = [[
    (("a"):rep(50000000)):find("%f[" .. ("b"):rep(50000000) .. "]x")]],
  ["a plain text sought"] = [[
    local s, p = ("a"):rep(30000000), ("a"):rep(15000000) .. "b"
    while true do s:find(p, 1, true) end]],
  ["a long pattern"] = "local p = ('a'):rep(60000000) while true do ('b'):find(p) end",
  ["insert at a border far away"] = BORDER .. "table.insert(t, 1, 7)",
  ["remove at a border far away"] = BORDER .. "table.remove(t, 1)",
  ["the first of many keys"] = MANY .. "while true do for _ in pairs(t) do break end end",
  ["next of many keys"] = MANY .. "while true do next(t) end",
  ["the first key of a table that was emptied"] = EMPTIED .. "while true do next(t) end",
  ["pairs without end"] = [[
    for _ in pairs(setmetatable({}, { __pairs = function() return function() return 1 end end })) do
    end]],
  ["many results"] = "local t = {} while true do select('#', table.unpack(t, 1, 190000)) end",
  ["compiling"] = "local s = ('x=1 '):rep(250000) while true do load(s) end",
  ["our own constructors"] = [[
    local l = {} for i = 1, 60000 do l[i] = 1 end
    while true do pcall(nn.sequential, l) end]],
  ["a list of ours, behind a tail call"] = [[
    local l = {} for i = 1, 3e5 do l[i] = 1 end
    local function again() return pcall(search.choice, l) end
    while true do again() end]],
  ["metatables set"] = "while true do setmetatable({}, { __index = {} }) end",
  ["coroutines made"] = "while true do coroutine.wrap(setmetatable)({}, {}) end",
  ["metatables replaced"] = [[
    local t = setmetatable({}, { __mode = "kv" })
    while true do setmetatable(t, { __mode = "kv" }) end]],
  ["values of tensors"] = "local t = tensor.new { 300000 } while true do t:values() end",
  ["an objective that never returns"] = [[
    search.minimize { space = { x = search.uniform(0, 1) }, trials = 1 << 50,
      objective = function() while true do end end }]],
  ["trials without end"] = [[
    search.minimize { space = { x = search.uniform(0, 1) }, strategy = "random",
      trials = 1 << 50, objective = function() return 1 end }]],
  ["trials whose callbacks never return"] = [[
    search.run(recipe { data = data.spirals { n = 60 }, model = nn.linear(3),
      optimizer = optim.sgd { lr = search.uniform(0.1, 1) }, epochs = 1,
      on = { step = function() while true do end end } }, { trials = 1 << 40, record = false,
      strategy = "random", quiet = true })]],
  ["a schedule that never returns"] = [[
    train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1,
      optimizer = optim.sgd { lr = 1 }, schedule = schedule.fn(function() while true do end end) },
      { record = false, quiet = true })]],
}

-- What ends, and what it prints.
local RIGHT = {
  ["nothing repeated"] = { "print(#(''):rep(1 << 62, ''), #(''):rep('9', ''))", "0\t0\n" },
  ["a count that is a text"] = { "print(('ab'):rep('3', '-'))", "ab-ab-ab\n" },
  ["many labels"] = { [[
    local l = {} for i = 1, 60000 do l[i] = "::l" .. i .. "::" end
    print(load(table.concat(l)))]], "nil\t[load]: more than 5000 times '::'\n" },
  ["labels"] = { "print(load('local i = 0 ::a:: i = i + 1 if i < 3 then goto a end return i')())",
    "3\n" },
  ["a table of ours that is written to by rawset"] = { [[
    print(select(2, pcall(rawset, nn, "linear", print)))
    print(select(2, pcall(rawset, nn.linear(3), "opts", {})))
    print(rawset({}, 1, 2)[1], rawset(_G, "x", 7).x, x)]],
    "rawset: this value cannot be written to\nrawset: this value cannot be written to\n2\t7\t7\n" },
  ["a coroutine's results"] = { [[
    local co = coroutine.create(function(...) local n = select("#", ...)
      local a, b = coroutine.yield(n, ...) error("sum " .. a + b) end)
    print(coroutine.resume(co, 1, nil, 3)) print(coroutine.resume(co, 4, 5))
    print(coroutine.resume(co)) print(coroutine.status(co))
    print(coroutine.resume(coroutine.running()))]],
    "true\t3\t1\tnil\t3\nfalse\tr.lua:2: sum 9\nfalse\tcannot resume dead coroutine\ndead\n"
      .. "false\tcannot resume non-suspended coroutine\n" },
}

describe("the limit on time", function()
  for name, text in pairs(ENDLESS) do
    it("ends " .. name, function()
      local began = sys.now()
      local code, _, err = program.recipe(finally, text, "--lua-memory 400", "timeout 30")
      assert.equal(1, code, err)
      assert.matches("%-%-lua%-seconds%)\n$", err)
      assert.is_true(sys.now() - began < 10, "it took " .. sys.now() - began)
    end)
  end

  it("is not for what the engine takes", function()
    local code, out, err = program.recipe(finally, [[
      local x, m = tensor.new { 512, 1024 }, nn.linear(1024):build({ 1024 }, { batch = 512 })
      for _ = 1, 20 do m:forward(x) end print "done"]], "--lua-seconds 0.1")
    assert.equal(0, code, err)
    assert.equal("done\n", out)
  end)

  it("is not for a recipe that is named as a module of ours", function()
    local folder = program.folder(finally)
    program.write(folder .. "/lrrun:x.lua", "while true do end")
    local code, _, err = program.run("--lua-seconds 0.15 lrrun:x.lua", "cd " .. folder
      .. " && ln -s $OLDPWD/build build && timeout 30")
    assert.equal(1, code, err)
    assert.matches("%-%-lua%-seconds%)\n$", err)
  end)
end)

describe("the sandbox", function()
  for name, case in pairs(RIGHT) do
    it("gives what is right: " .. name, function()
      local code, out, err = program.recipe(finally, case[1], "--lua-seconds 5", "timeout 30")
      assert.equal(0, code, err)
      assert.equal(case[2], (out:gsub("%S*/r.lua", "r.lua")))
    end)
  end

  it("counts what a recipe builds in a loop of its own", function()
    local LOOPS = {
      "local m = nn.linear(3):build { 2 } while true do m:params() end",
      "while true do tensor.new { 100 } end",
      "while true do nn.linear(200):build { 200 } end",
      "while true do data.random { shape = { 100 }, classes = 2, n = 500 }:describe() end",
      "local m = nn.linear(3):build { 2 } while true do optim.adam { lr = 0.1 }:bind(m) end",
      "local m = nn.linear(9):build { 2 } while true do m:plan(4) m:plan(8) end",
    }
    for _, text in ipairs(LOOPS) do
      local code, _, err = program.recipe(finally, text, "--lua-seconds 0.1", "timeout 20")
      assert.equal(1, code, text)
      assert.matches("%-%-lua%-seconds", err)
    end
  end)

  it("leaves alone a training loop of a recipe's own, and what a training opens", function()
    local code, out, err = program.recipe(finally, [[
      local m = nn.sequential { nn.linear(8), nn.linear(3) }:build({ 2 }, { batch = 4 })
      local ds, opt = data.spirals { n = 60 }, optim.sgd { lr = 0.01 }:bind(m)
      local loss, n, epoch = nn.cross_entropy(), 0, 0
      while n < 10000 do
        epoch = epoch + 1
        for batch in ds:batches("train", epoch) do
          m:step(batch, loss)
          opt:update {}
          n = n + 1
        end
      end
      train.fit(recipe { data = data.random { shape = { 1000 }, classes = 2, n = 15000 },
        model = nn.linear(2), loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 },
        steps = 1 }, { record = false, quiet = true })
      print "done"]], "--lua-seconds 0.2", "timeout 60")
    assert.equal("done\n", out, err)
    assert.equal(0, code)
  end)
end)
