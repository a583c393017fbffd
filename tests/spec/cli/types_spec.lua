-- lrrun help types: definitions of the recipe language for the Lua language server.

local language = require "lrrun.language"
local options = require "lrrun.util.options"
local program = require "support.program"

describe("lrrun help types", function()
  local text, env

  setup(function()
    local code, err
    code, text, err = program.run "help types"
    assert.equal(0, code, err)
    env = {}
    assert(load(text, "types", "t", env))()
    language.load_all()
  end)

  -- The lines of a class.
  local function class(name)
    local from = assert(text:find("---@class " .. name .. "\n", 1, true), name)
    return text:sub(from, (text:find("\n\n", from, true)))
  end

  -- Made by operators; whether they are there hangs on whether some schedule was joined.
  local JOINED = { ["schedule.seq"] = true, ["schedule.product"] = true, ["schedule.scale"] = true }

  it("has every constructor with every key", function()
    for name, desc in pairs(options.registry) do
      if not JOINED[name] then
        local lines = class("lrrun." .. name .. ".keys")
        for _, rule in ipairs(desc.keys) do
          assert.matches("\n%-%-%-@field " .. rule[1] .. "%?? %S", lines)
        end
      end
    end
  end)

  it("has every function that recipes call, and no other", function()
    for name, desc in pairs(options.registry) do
      local module, field = name:match "^(%w+)%.([%w_]+)$"
      local real = module and language.modules[module]
        and rawget(require(language.modules[module]), field)
      if real then
        assert.is_function(env[module][field], name)
      end
      assert.is_true(desc ~= nil)
    end
    for module, path in pairs(language.modules) do
      for field in pairs(env[module]) do
        assert.is_not_nil(require(path)[field], module .. "." .. field)
      end
    end
    assert.is_function(env.recipe)
    assert.is_function(env.option)
  end)

  it("names no class that it does not have", function()
    local defined = {}
    for name in text:gmatch "%-%-%-@class (%S+)" do
      assert.is_nil(defined[name], name)
      defined[name] = true
    end
    for line in text:gmatch "%-%-%-@[^\n]*" do
      local used = line:match "^%S+ %S+ (%S+)" or ""
      if line:find "^%-%-%-@return" or line:find "^%-%-%-@overload" then
        used = line
      end
      for name in used:gmatch "lrrun%.[%w_.]*[%w_]" do
        assert.is_true(defined[name] or false, line)
      end
    end
  end)

  it("says types, ranges, defaults and what stands without a name", function()
    local linear = class "lrrun.nn.linear.keys"
    assert.is_truthy(linear:find("---@field [1]? integer|\"vocab\"|lrrun.dimension units\n", 1,
      true))
    assert.is_truthy(class("lrrun.nn.conv2d.keys"):find("an integer at least 1; required\n", 1,
      true))
    assert.is_truthy(linear:find("---@field bias? boolean|lrrun.dimension ", 1, true))
    assert.is_truthy(class("lrrun.nn.sequential.keys"):find(
      "---@field [integer] lrrun.layer|lrrun.dimension\n", 1, true))
    assert.is_truthy(class("lrrun.nn.graph.keys"):find("---@field inputs? lrrun.input[]|", 1,
      true))
    assert.is_truthy(class("lrrun.recipe.keys"):find("---@field data lrrun.data|", 1, true))
    assert.is_truthy(class("lrrun.recipe.keys"):find("---@field clip? lrrun.clip.keys|", 1, true))
    assert.is_truthy(class("lrrun.optim.adam.keys"):find(
      "---@field betas? (number|lrrun.schedule)[]|lrrun.schedule|", 1, true))
    assert.is_truthy(text:find("---@overload fun(keys: lrrun.nn.linear.keys): lrrun.layer\n"
      .. "---@param units? integer|\"vocab\"|lrrun.dimension\n"
      .. "---@param keys? lrrun.nn.linear.keys\n"
      .. "---@return lrrun.layer\nfunction nn.linear(units, keys) end\n", 1, true))
  end)
end)
