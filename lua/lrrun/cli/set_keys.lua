--- The keys that `--set KEY=VALUE` gives where there is no recipe, and a constructor of data with
--- them. Layer: cli.

local errors = require "lrrun.util.errors"
local parse = require "lrrun.cli.parse"

local set_keys = {}

-- What --set gives a key: as Lua has it, or a text without its quotes.
local function read_value(text)
  local chunk = load("return " .. text, "--set", "t", {})
  local ok, value = pcall(chunk or error)
  return ok and value ~= nil and value or text
end

--- The keys by name.
---@param call table
---@param who string "data.csv"
---@return table<string, any>
function set_keys.of(call, who)
  local keys = {}
  for _, item in ipairs(call.flags.set or {}) do
    local key, text = item:match "^([%w_]+)=(.*)$"
    if not key then
      parse.fail("--set wants KEY=VALUE with a key of %s, got '%s'", who, item)
    end
    keys[key] = text == "" and "" or text == "false" and false or read_value(text)
  end
  return keys
end

--- The constructor's value of these keys.
---@param constructor function
---@param keys table
---@param call table
function set_keys.value(constructor, keys, call)
  local _ <close> = errors.fall_back(call.flags.set and "--set" or nil)
  local ok, value = errors.try(constructor, keys)
  if not ok then
    parse.fail("%s", tostring(value))
  end
  return value
end

return set_keys
