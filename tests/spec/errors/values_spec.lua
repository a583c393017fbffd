-- Errors are values inside lrrun, and one line of text outside.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local files = require "support.files"
local nn = require "lrrun.nn"
local program = require "support.program"

local folder = files.folder()

describe("an error", function()
  it("says where, who and what", function()
    local ok, err = errors.try(errors.raise, "r.lua:3", "nn.linear: 'units' is %d", -1)
    assert.is_false(ok)
    assert.equal("r.lua:3", err.where)
    assert.equal("nn.linear", err.who)
    assert.equal("'units' is -1", err.text)
    assert.equal("r.lua:3: nn.linear: 'units' is -1", tostring(err))
    assert.equal("nn.linear: 'units' is -1", errors.message(err))
  end)

  it("may be about nobody, and have no place", function()
    local _, err = errors.try(error, "it: is late: 12:30", 0)
    assert.same({ who = "it", text = "is late: 12:30" }, { who = err.who, text = err.text })
    assert.is_nil(err.where)
    assert.equal("it: is late: 12:30", tostring(err))
    _, err = errors.try(error, "cannot read /a: b", 0)
    assert.is_nil(err.who)
    assert.equal("cannot read /a: b", tostring(err))
  end)

  it("names no function of a graph that has failed", function()
    local where = errors.fallback
    local graph = nn.graph(function()
      error("it went wrong", 0)
    end)
    assert.is_false((pcall(graph.build, graph, { 3 })))
    assert.equal(where, errors.fallback)
    local whole = nn.graph(function(x)
      return nn.linear(2)(x)
    end)
    assert.is_truthy(whole:build { 3 })
    assert.equal(where, errors.fallback)
  end)

  it("of another kind passes as it is", function()
    local mine = {}
    local _, err = errors.try(error, mine)
    assert.equal(mine, err)
    assert.is_false(errors.is(err))
  end)

  it("still is a text when somebody has written into it", function()
    local _, err = errors.try(errors.raise, "r.lua:3", "a: b")
    err.text, err.who, err.where = {}, function() end, nil
    assert.equal("error", tostring(err))
  end)

  it("is a text in pcall, xpcall and coroutines", function()
    local WANT = "values_spec.lua:%d+: nn.linear: 'units' is %-1"
    local _, message = pcall(nn.linear, -1)
    assert.matches(WANT, message)
    _, message = xpcall(nn.linear, function(err) return { err } end, -1)
    assert.matches(WANT, message[1])
    _, message = coroutine.resume(coroutine.create(function() nn.linear(-1) end))
    assert.matches(WANT, message)
  end)

  it("is a text for recipes too, and for who reads what lrrun prints", function()
    local path = files.write(folder, "texts.lua", [[
local function wrong() nn.linear(-1) end
print(select(2, pcall(wrong)))
xpcall(wrong, function(err) print(type(err), err) end)
print(select(2, coroutine.resume(coroutine.create(wrong))))
print(select(2, pcall(coroutine.wrap(wrong))))
print(pcall(error, { 1 }))
wrong()
]])
    local code, out, err = program.run(("--out %s/runs %s"):format(folder, path))
    assert.equal(1, code)
    local text = path .. ":1: nn.linear: 'units' is -1, want an integer at least 1"
    local lines = { text, "string\t" .. text, text, text, "false\ttable", "" }
    assert.equal(table.concat(lines, "\n"), out)
    assert.equal("lrrun: " .. text .. "\n", err)
  end)
end)

describe("a long path in a message", function()
  -- As long as the system takes.
  local long = folder
  while #long < 3900 do
    long = long .. "/" .. ("d"):rep(math.min(200, 3985 - #long))
  end

  -- What each takes behind the path.
  local CALLS = {
    create = {}, open = {}, lock = {}, log = { 0 }, read = {}, write = { "text" }, mkdir = {},
    list = {}, claim = { "text" },
  }

  it("keeps its end, and the message its reason", function()
    for name, more in pairs(CALLS) do
      local results = table.pack(pcall(file[name], long .. "/the-end",
        table.unpack(more)))
      local message = results[1] and results[3] or results[2]
      assert.matches("[d/]+/the%-end", message, name)
      assert.matches("No such file or directory$", message, name)
    end
  end)

  it("keeps its end where it is longer than any", function()
    for name, more in pairs(CALLS) do
      local results = table.pack(pcall(file[name], ("/d"):rep(20000) .. "/the-end",
        table.unpack(more)))
      local message = results[1] and results[3] or results[2]
      assert.matches("[d/]+/the%-end.-[nN]ame.* too long", message, name)
    end
  end)

  it("is no other folder's", function()
    local deep = folder .. "/" .. ("e"):rep(193)
    files.write(folder, "x.lua", "return recipe { data = data.digits {}, model = nn.linear(10), "
      .. "optimizer = optim.adam {}, epochs = 1 }")
    assert(file.mkdir(deep) ~= nil)
    files.write(deep, "afile", "x")
    local code, _, err = program.run(("%s/x.lua --out %s/afile"):format(folder, deep))
    assert.equal(2, code)
    assert.matches("%-%-out " .. deep:gsub("%p", "%%%0") .. "/afile: it is a file, want a folder",
      err)
  end)

  it("is shown by both ends among a recipe's values", function()
    assert.equal("'" .. ("a"):rep(80) .. "'", errors.show(("a"):rep(80)))
    local shown = errors.show("/data/" .. ("x"):rep(200) .. "/rows.csv")
    assert.matches("^'/data/x+%.%.%.x+/rows%.csv'$", shown)
    assert.equal(82, #shown)
    assert.equal(nil, (errors.show(("ä"):rep(100)):gsub("%.%.%.", "")):find("\xFF"))
    assert.is_number(utf8.len(errors.show(("ä"):rep(100))))
  end)
end)
