-- What is at hand: the request, the script and where messages go.
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local script = require "lrrun.recipe.script"

describe("what is at hand", function()
  local before, other = current.request(), current.request():with { seed = 77 }

  it("is another while a function runs, and the rest stays", function()
    local out, runs = current.out(), current.script()
    local function look(...)
      return current.request().seed, current.out() == out, current.script() == runs, ...
    end
    assert.same({ 77, true, true, "a", n = 4 },
      table.pack(current.with({ request = other }, look, "a")))
    assert.equal(before, current.request())
  end)

  it("is as before after an error", function()
    assert.is_false(pcall(current.with, { request = other }, error, "mine"))
    assert.equal(before, current.request())
  end)

  it("is as before while a coroutine that put others there waits", function()
    local thread = coroutine.create(function()
      current.with({ request = other }, function()
        coroutine.yield()
        assert.equal(other, current.request())
        error("mine", 0)
      end)
    end)
    assert.is_true(coroutine.resume(thread))
    assert.equal(before, current.request())
    current.with({ request = before:with { seed = 78 } }, function()
      assert.equal(78, current.request().seed)
      local ok, why = coroutine.resume(thread)
      assert.same({ false, "mine" }, { ok, why })
      assert.equal(78, current.request().seed)
    end)
    assert.equal(before, current.request())
  end)

  it("keeps no coroutine that nobody goes on with, nor what it holds", function()
    local held = setmetatable({}, { __mode = "v" })
    for i = 1, 20 do
      local thread = coroutine.create(function()
        local large = {}
        held[i] = large
        current.with({ request = other }, function()
          coroutine.yield()
          return large
        end)
      end)
      assert.is_true(coroutine.resume(thread))
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(held))
    assert.equal(before, current.request())
    assert.equal(77, current.with({ request = other }, current.request).seed)
  end)

  it("brings a script's place for messages back with the script", function()
    local place = errors.fallback
    current.with({ script = script.new() }, function()
      errors.fallback = "elsewhere.lua:1"
    end)
    assert.equal(place, errors.fallback)
  end)
end)
