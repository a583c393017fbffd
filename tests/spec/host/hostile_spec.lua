-- Scripts that try to hang, to crash, to take all memory or to get out. Each runs in a
-- process of its own: it has to end by itself, soon, in an error or without effect.
local files = require "support.files"
local program = require "support.program"

-- Those that would run for ever are stopped by the limit on time or memory.
local STOPPED = {
  ["an endless loop"] = "while true do end",
  ["pcall around an endless loop"] = "while true do pcall(function() while true do end end) end",
  ["xpcall with a handler that never returns"] = [[
    xpcall(function() while true do end end, function() while true do end end)]],
  ["a coroutine that swallows the error"] = [[
    while true do coroutine.resume(coroutine.create(function() while true do end end)) end]],
  ["wrapped coroutines"] = [[
    while true do pcall(coroutine.wrap(function() while true do end end)) end]],
  ["backtracking"] = [[local a = ("a"):rep(30) string.find(a, ("a?"):rep(30) .. a)]],
  ["quadratic searching"] = [[
    local s = ("a"):rep(400000) string.find(s, ".-b")]],
  ["gmatch that backtracks"] = [[for _ in (("a"):rep(30)):gmatch(("a?"):rep(28) .. "b") do end]],
  ["gsub that backtracks"] = [[string.gsub(("x"):rep(40), ("x*"):rep(20) .. "y", "z")]],
  ["a move of everything"] = "table.move({}, 1, math.maxinteger - 1, 2)",
  ["a length that lies, insert"] = [[
    table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)]],
  ["a length that lies, remove"] = [[
    table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)]],
  ["a length that lies, concat"] = [[
    table.concat(setmetatable({}, { __len = function() return 1 << 60 end,
      __index = function() return "" end }))]],
  ["a length that lies, sort"] = [[
    table.sort(setmetatable({}, { __len = function() return 1 << 30 end,
      __index = function() return 1 end }))]],
  ["sort with a comparison that never returns"] = [[
    table.sort({ 1, 2, 3 }, function() while true do end end)]],
  ["a closing variable that loops"] = [[
    local x <close> = setmetatable({}, { __close = function() while true do end end })]],
  ["tostring that loops"] = [[
    print(setmetatable({}, { __tostring = function() while true do end end }))]],
  ["loading for ever"] = "while true do load(('x=1 '):rep(1000)) end",
  ["doubling a string"] = "local s = 'x' while true do s = s .. s end",
  ["a table without end"] = "local t = {} while true do t[#t + 1] = {} end",
  ["strings in a table"] = "local t = {} while true do t[#t + 1] = ('x'):rep(1e6 + #t) end",
  ["memory under pcall"] = [[
    local t = {} while true do pcall(function() t[#t + 1] = ('x'):rep(1e6 + #t) end) end]],
  ["coroutines without end"] = [[
    local t = {} while true do t[#t + 1] = coroutine.create(print) end]],
  ["closures without end"] = "local f = print while true do local g = f f = function() g() end end",
}

-- Those that are refused or harmless: exit code 0 or 1, quickly.
local REFUSED = {
  ["binary chunks"] = "assert(load(string.char(27) .. 'Lua'))",
  ["string.dump"] = "string.dump(print)",
  ["the debug library"] = "debug.sethook()",
  ["os.execute"] = "os.execute 'true'",
  ["io"] = "io.open '/etc/passwd'",
  ["package.loadlib"] = "package.loadlib('libc.so.6', '*')",
  ["a finalizer"] = "setmetatable({}, { __gc = function() while true do end end })",
  ["a finalizer by the class of durations"] = "epochs.__index.__gc = function() end",
  ["a finalizer by the class of models"] = "nn.linear(3):build({ 2 }).__index.__gc = print",
  ["a network that grows while it trains"] = [[
    local kept
    train.fit(recipe { data = data.spirals { n = 60 }, optimizer = optim.adam { lr = 0.1 },
      model = nn.graph(function(x) kept = nn.linear(3)(x) return kept end), epochs = 1,
      on = { step = function() kept = nn.linear(50)(kept) end } }, { record = false })]],
  ["a chain of joins"] = [[assert(load("local a = 'x' return " .. ("a.."):rep(100000) .. "a"))]],
  ["the metatable of strings"] = "getmetatable('').__index = nil",
  ["metatables of our values"] = "getmetatable(nn.linear(3)).descriptor = nil",
  ["changing a module"] = "nn.linear = 1",
  ["require of a library"] = "require 'os'",
  ["require outside the folder"] = "require '../../etc/passwd'",
  ["a large repetition"] = "('x'):rep(1e10)",
  ["a large format"] = "string.format('%99999d', 1)",
  ["addresses"] = "string.format('%p', {})",
  ["unpacking too much"] = "table.unpack({}, 1, 1e7)",
  ["deep recursion"] = "local function f() return 1 + f() end f()",
  ["deep nesting of calls"] = "local function f() assert(pcall(f)) end f()",
  ["a reader without end"] = "assert(load(function() return 'x = 1 ' end))",
  ["a deep pattern"] = "string.find(('a'):rep(1000), ('(a'):rep(1000))",
  ["nested parentheses"] = "assert(load(('('):rep(1000) .. '1' .. (')'):rep(1000)))",
  ["a chain of __index"] = [[
    local t = {} for _ = 1, 100000 do t = setmetatable({}, { __index = t }) end return t.x]],
  ["closing coroutines in a chain"] = "coroutine.close(coroutine.create(print))",
  ["wrapped coroutines that fail in a chain"] = [[
    local prev
    for _ = 1, 20000 do
      local before = prev
      prev = coroutine.wrap(function()
        local x <close> = setmetatable({}, { __close = function() if before then before() end end })
        error "x"
      end)
    end
    prev()]],
  ["garbage collection"] = "collectgarbage 'stop'",
  ["an error that is a table"] = [[
    error(setmetatable({}, { __tostring = function() while true do end end }))]],
  ["an error without value"] = "error()",
  ["reading files by data.csv"] = "return data.csv { '/etc/passwd' }",
}

describe("a hostile recipe", function()
  for name, text in pairs(STOPPED) do
    it("is stopped: " .. name, function()
      local code, _, err = program.recipe(finally, text, "", "timeout 8")
      assert.equal(err:find("--lua-memory", 1, true) and 4 or 1, code, err)
      assert.matches("%-%-lua%-%a+%)\n$", err)
    end)
  end

  for name, text in pairs(REFUSED) do
    it("has no effect: " .. name, function()
      local code, _, err = program.recipe(finally, text, "", "timeout 8")
      assert.equal(err:find("--lua-memory", 1, true) and 4 or 1, code, err)
      -- What plan warns of may stand before it.
      assert.matches("^lrrun: ", (err:gsub("^warning: [^\n]*\n", "")))
      assert.is_nil(err:find("traceback", 1, true))
    end)
  end

  it("cannot do with Lua's libraries what the process has given up", function()
    if not require "lrrun.native.host".rings() then
      pending "this kernel has no Landlock"
      return
    end
    local folder = program.folder(finally)
    program.write(folder .. "/secret", "x")
    program.write(folder .. "/locked.lua", ([[
      require "lrrun.sandbox".lock { read = {}, folders = { %q } }
      local out = {}
      local function try(name, ok) out[#out + 1] = ok and name or nil end
      try("read", io.open "/etc/passwd")
      try("list", io.open "/root/.bashrc")
      try("secret", io.open(%q))
      try("write", io.open(%q, "w"))
      try("remove", os.remove(%q))
      try("rename", os.rename(%q, %q))
      try("execute", os.execute "true")
      try("popen", io.popen "true")
      try("mem", io.open("/proc/self/mem", "w"))
      try("own", io.open(%q, "w"))
      try("errand", pcall(require "lrrun.native.file".write, %q, "x"))
      try("another's", pcall(require "lrrun.native.file".write, %q, "x"))
      print(table.concat(out, " "))]]):format(folder .. "/out", folder .. "/secret",
      folder .. "/new", folder .. "/secret", folder .. "/secret", folder .. "/moved",
      folder .. "/out/file", folder .. "/out/file", folder .. "/other"))
    os.execute("mkdir " .. folder .. "/out")
    local _, out, err = program.run("--trusted " .. folder .. "/locked.lua")
    assert.equal("errand\n", out, err)
  end)

  it("starts no program, also in a search, whose workers its supervisor starts", function()
    if not require "lrrun.native.host".rings() then
      pending "this kernel has no Landlock"
      return
    end
    local folder = program.folder(finally)
    os.execute("mkdir " .. folder .. "/runs")
    program.write(folder .. "/spawn.lua", ([[
      local process = require "lrrun.native.process"
      local sandbox, sys = require "lrrun.sandbox", require "lrrun.native.sys"
      local study = %q
      sandbox.lock { read = {}, makes = { study:match "^(.*)/" }, worker = { "--quiet" },
        memory = 1 << 30 }
      print(pcall(process.spawn, { sys.program(), "--version" }))
      print(pcall(process.spawn, { "/bin/true" }))
      print(pcall(sandbox.workers.start, study, 0, 1, 1 << 28))
      local file = require "lrrun.native.file"
      file.mkdir(study) file.mkdir(study .. "/trials") file.mkdir(study .. "/trials/0")
      local id = sandbox.workers.start(study, 0, 1, 1 << 28)
      local code
      repeat code = sandbox.workers.ended(id) until code
      print(code, file.read(study .. "/trials/0/worker.log"))
      print(pcall(sandbox.workers.ended, id))]]):format(folder .. "/runs/x-study"))
    local _, out, err = program.run("--trusted " .. folder .. "/spawn.lua")
    local lines = {}
    for line in out:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    -- By the filter of calls, or where a sanitizer cannot have that, by Landlock.
    local denied = "^false\t[^\n]*cannot start[^\n]* [Pp]ermi[^\n]*$"
    for i, want in ipairs { denied, denied,
      "^false\t[^\n]*cannot start a worker for trial 0 of .*x%-study", "^1\tlrrun: .*study",
      "^false\t[^\n]*cannot wait for worker 0" } do
      assert.matches(want, lines[i] or "", 1, err)
    end
  end)

  it("is told what is closed, and which flag opens it", function()
    local folder = program.folder(finally)
    for _, path in ipairs { "/etc/passwd", "/proc/self/status", "/proc/self/environ",
      "../../../../../../../../etc/ld.so.cache" } do
      program.write(folder .. "/r.lua", ("data.text({ %q, context = 2 }):open()"):format(path))
      local code, out, err = program.run(folder .. "/r.lua")
      assert.equal(1, code)
      assert.equal("", out)
      assert.matches("data.text: no file '" .. path:gsub("%p", "%%%0") .. "': ", err)
      local real = path:match "/proc" and "/proc/%d+/" or "/etc/"
      assert.matches(real .. "[%w.]+ is closed to recipes, .*; %-%-allow%-read=" .. real:sub(1, -2)
        .. " opens it\n$", err)
    end
  end)

  it("is not held up by a pipe in the place of a file", function()
    local folder = program.folder(finally)
    os.execute(("cd %s && mkdir -p set/cat set/dog && mkfifo set/cat/a.png a.csv")
      :format(folder))
    program.write(folder .. "/set/dog/b.png", files.png(2, 1, 1, "\1\2"))
    for source, says in pairs {
      ["data.images({ 'set', size = { 8, 8 } })"] = "cat/a.png: it is no plain file",
      ["data.csv({ 'a.csv' })"] = "no file 'a.csv'",
      ["data.text({ 'set' })"] = "cat/a.png: it is no plain file",
    } do
      program.write(folder .. "/r.lua", source .. ":open()")
      local code, _, err = program.run(folder .. "/r.lua", "timeout 10")
      assert.equal(1, code)
      assert.truthy(err:find(says, 1, true), err)
    end
  end)
end)
