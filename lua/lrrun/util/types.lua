--- What a key of a constructor may hold: types, ranges, choices, and how to say so.
--
-- A rule is { "key", type or list of types, min, max (inclusive), above, below (exclusive),
-- choices (of strings), shown (what is said of them, where they are many), of (item type of a
-- list), each (a list's items have these ranges), kinds (of a constructor's value), form (all of it
-- in words: of a table with keys of its own), default,
-- required, schedule (a schedule may stand for the number), beside (what is added to a message on
-- the key's value), doc }. Ranges: ranges.lua.
-- Types: number integer boolean string function table list duration seconds value any.
-- Layer: util.

local errors = require "lrrun.util.errors"
local ranges = require "lrrun.util.ranges"
local units = require "lrrun.util.units"
local values = require "lrrun.util.values"

local types = {}

--- function(prefix "optim.", text) -> "optim.adam{}" of a text that names a constructor, and
--- whether that is a guess: given by the language.
---@return string? call, boolean? guessed
function types.call_of()
  return nil
end

-- What a text may mean in the place of a constructor's value.
local function no_text(rule, value)
  local call, guessed = types.call_of(rule.kinds[1], value)
  if call and not guessed then
    return ("a call, %s, and no text"):format(call)
  end
  return "a call and no text" .. (call and ("; did you mean %s?"):format(call) or "")
end

local ARTICLE = {
  number = "a number", integer = "an integer", boolean = "true or false",
  string = "a string", ["function"] = "a function", table = "a table", list = "a list",
  duration = "a duration (5*epochs, 200*steps)", seconds = "a time ('10 min')",
  value = "a value", any = "anything",
}

local function list_of(rule)
  return type(rule[2]) == "table" and rule[2] or { rule[2] }
end

local function quoted(rule)
  local out = {}
  if rule.shown then
    return rule.shown
  end
  for i, choice in ipairs(rule.choices) do
    out[i] = "'" .. choice .. "'"
  end
  return table.concat(out, " or ")
end

local function kinds_text(kinds)
  local out = {}
  for i, kind in ipairs(kinds) do
    out[i] = kind .. (kind:sub(-1) == "." and "NAME{...}" or "")
  end
  return table.concat(out, " or ")
end

local function items_text(rule)
  if rule.of == "value" then
    return kinds_text(rule.kinds)
  end
  return rule.of == "string" and rule.choices and quoted(rule) or rule.of .. "s"
end

local function describe_one(rule, name)
  local range = ranges.text(rule)
  if name == "string" and rule.choices then
    return quoted(rule)
  elseif name == "value" and rule.kinds then
    return kinds_text(rule.kinds)
  elseif name == "list" and rule.of then
    return "a list of " .. items_text(rule)
  end
  local ranged = (name == "number" or name == "integer") and range ~= ""
  return (ARTICLE[name] or name) .. (ranged and " " .. range or "")
end

--- What a rule takes, in words: "an integer at least 1", "'same' or a number".
function types.describe(rule)
  if rule.form then
    return rule.form
  end
  local parts = {}
  for _, name in ipairs(list_of(rule)) do
    parts[#parts + 1] = describe_one(rule, name)
  end
  if rule.schedule then
    parts[#parts + 1] = "a schedule"
  end
  return table.concat(parts, " or ")
end

--- The default of a rule in words: "default 0.1", "required", "optional".
function types.default_text(rule)
  if rule.default == nil then
    return rule.required and "required" or "optional"
  end
  local value = rule.default
  if type(value) == "table" and getmetatable(value) == nil then
    local items = {}
    for i, item in ipairs(value) do
      items[i] = tostring(item)
    end
    return "default {" .. table.concat(items, ", ") .. "}"
  elseif type(value) == "table" and value.kind then
    return "default " .. value.kind
  end
  return "default " .. tostring(value)
end

local kind_of = values.kind

local function starts_with_any(kind, kinds)
  for _, prefix in ipairs(kinds) do
    if kind == prefix or (prefix:sub(-1) == "." and kind:sub(1, #prefix) == prefix) then
      return true
    end
  end
  return false
end

local check_one

local function shown(x)
  return x ~= x and "NaN" or tostring(x)
end

local function good_amount(rule, x)
  return x == x and x < math.huge and x >= (rule.min or 0) and not (rule.above and x <= rule.above)
end

local function takes_seconds(rule)
  for _, name in ipairs(list_of(rule)) do
    if name == "seconds" then
      return true
    end
  end
  return false
end

-- Each returns the value to keep, or nil and why not ("" : merely another type).
local CHECK = {
  number = function(rule, value)
    if type(value) ~= "number" then
      return nil, ""
    elseif value ~= value then
      return nil, "is NaN"
    elseif not ranges.has(rule, value) then
      return nil, ("is %s, %s"):format(value, ranges.want(rule, value))
    end
    return value
  end,
  integer = function(rule, value)
    local whole = type(value) == "number" and math.tointeger(value)
    if not whole then
      return nil, type(value) == "number" and ("is %s, want an integer"):format(shown(value)) or ""
    elseif not ranges.has(rule, whole) then
      return nil, ("is %d, want an integer %s"):format(whole, ranges.text(rule))
    end
    return whole
  end,
  string = function(rule, value)
    if type(value) ~= "string" then
      return nil, ""
    end
    for _, choice in ipairs(rule.choices or { value }) do
      if choice == value then
        return value
      end
    end
    local hint, want = errors.hint(value, rule.choices), types.describe(rule)
    return nil, ("is %s%s"):format(errors.show(value),
      hint:find(want, 1, true) and hint or errors.after_hint(hint, "want " .. want))
  end,
  list = function(rule, value)
    if type(value) ~= "table" or kind_of(value) or units.is(value) then
      return nil, ""
    end
    local out, last = {}, 0
    for key in pairs(value) do
      if math.type(key) ~= "integer" then
        return nil, ("has a key %s, want a plain list"):format(errors.show(key))
      end
      last = math.max(last, key)
    end
    for i = 1, last do
      if value[i] == nil then
        return nil, ("item %d is nil (a misspelt variable?)"):format(i)
      end
    end
    local item_rule = setmetatable({ [2] = rule.of or "any" }, { __index = rule })
    for i, item in ipairs(value) do
      if rule.each then
        ranges.rule(rule.each[i] or {}, item_rule)
      end
      local kept, why = check_one(item_rule, item)
      if why then
        return nil, ("item %d %s"):format(i, why)
      end
      out[i] = kept
    end
    return out
  end,
  duration = function(rule, value)
    if type(value) == "string" then
      local d, why = units.parse(value)
      if not d then
        return nil, ("is %s: %s%s"):format(errors.show(value), why,
          takes_seconds(rule) and ", or a time, as in '10 min'" or "")
      end
      value = d
    elseif type(value) == "number" then
      value = units.new(value, "epochs")
    elseif not units.is(value) then
      return nil, ""
    end
    if not good_amount(rule, value.amount) then
      return nil, ("is %s, want %s"):format(tostring(value),
        rule.above and "more than " .. rule.above or "0 or more")
    end
    return value
  end,
  seconds = function(_, value)
    local s = units.seconds(value)
    if not s then
      return nil, type(value) == "string"
        and ("is %s, want a time such as '10 min', '90 s', '2 h'"):format(errors.show(value)) or ""
    elseif not (s > 0 and s < math.huge) then
      return nil, ("is %s, want a time above 0"):format(errors.show(value))
    end
    return value
  end,
  value = function(rule, value)
    local kind = kind_of(value)
    if not kind and type(value) == "function" and rule.kinds and rule[2] == "value" then
      return nil, ("is a function, want %s (called with () or {}?)"):format(types.describe(rule))
    elseif not kind and type(value) == "string" and rule.kinds and rule[2] == "value"
      and rule.kinds[1]:sub(-1) == "." and value:find "^[%a_][%w_]*$" then
      return nil, ("is %s, want %s (%s)"):format(errors.show(value), types.describe(rule),
        no_text(rule, value))
    elseif not kind then
      return nil, ""
    elseif rule.kinds and not starts_with_any(kind, rule.kinds) then
      return nil, ("is %s, want %s"):format(kind, types.describe(rule))
    end
    return value
  end,
  table = function(rule, value)
    if type(value) ~= "table" or rule.kinds and kind_of(value) then
      return nil, "" -- a constructor's value is no table of its keys
    end
    return value
  end,
  boolean = function(_, value)
    if type(value) ~= "boolean" then
      return nil, ""
    end
    return value
  end,
  ["function"] = function(_, value)
    if type(value) ~= "function" then
      return nil, ""
    end
    return value
  end,
  any = function(_, value)
    return value
  end,
}

-- Dimensions of reals, and those of integers in their place.
local REAL = { ["search.uniform"] = "search.int", ["search.loguniform"] = "search.logint" }

-- A search dimension stands for any of its values: each end or choice has to fit.
local function check_dimension(rule, dim)
  local o = dim.opts
  local items = o.choices or { o.lo, o.hi }
  for _, item in ipairs(items) do
    local _, why = check_one(rule, item)
    if why then
      return nil, ("is %s with a value that %s"):format(dim.kind, why)
    end
  end
  local real = REAL[dim.kind] and o.lo < o.hi
  local inner = real and (o.step and o.lo + o.step or o.lo + 0.41 * (o.hi - o.lo))
  if real and select(2, check_one(rule, inner)) then
    return nil, ("is %s, which has values that are no integers; want %s"):format(dim.kind,
      REAL[dim.kind])
  end
  return dim
end

local function is_dimension(value, kind)
  return kind ~= nil and kind:sub(1, 7) == "search." and values.descriptor(value).dimension
end

check_one = function(rule, value)
  local kind = kind_of(value)
  if is_dimension(value, kind) then
    return check_dimension(rule, value)
  elseif rule.schedule and kind and kind:sub(1, 9) == "schedule." then
    return value
  end
  local reason = ""
  for _, name in ipairs(list_of(rule)) do
    local kept, why = CHECK[name](rule, value)
    if why == nil then
      return kept
    elseif why ~= "" and reason == "" then
      reason = why
    end
  end
  if reason == "" then
    reason = ("is %s, want %s"):format(errors.show(value), types.describe(rule))
  end
  return nil, reason
end

--- The value to keep for `value` under `rule`, or nil and why it does not fit.
function types.check(rule, value)
  return check_one(rule, value)
end

--- True when a search dimension stands somewhere in these options, so that checks across
--- keys have to wait for the values.
function types.has_dimension(opts)
  for _, item in pairs(opts) do
    local kind = kind_of(item)
    if is_dimension(item, kind) then
      return true
    elseif type(item) == "table" and getmetatable(item) == nil and types.has_dimension(item) then
      return true
    end
  end
  return false
end

return types
