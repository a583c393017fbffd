--- One descriptor for each record that is read from a file, in the form that constructors have
--- (util/options.lua): keys with types, ranges and a sentence each. Whatever comes from a file is
--- checked here before anything uses it.
--
--   local RESULT = schema.record {
--     name = "result.json", formats = { 1 }, advice = "lrrun resume writes it again",
--     keys = { { "steps", "integer", min = 0, required = true, doc = "updates made" }, ... },
--   }
--   local result = RESULT:check(value, path)  -- a copy with known keys alone, or one line raised
--   local copy, why = RESULT:try(value)       -- nil and why: "'steps' is -1, want ..."
--
-- A rule is { "key", type or list of types, required, default, doc, ... }. Types:
--   number (finite), real (any), integer, boolean  as min, max, above, below say; null: JSON's
--   string   UTF-8 without control characters, at most `longest` bytes (LONGEST); choices
--   text     UTF-8, at most `longest` bytes (LONGEST_TEXT)
--   sha256   64 hexadecimal digits          scalar  a number, string or boolean
--   list     of = item rule, most           map     name -> of = item rule, most, names = f
--   record   of = descriptor                tree    plain tables and scalars: no schema of ours
-- An item rule is a type's name, a descriptor or a rule without a key ({ nil, "integer" }).
-- `names` gives nil or what is wrong with a name. A descriptor with `by` is one of several: its
-- `variants` are descriptors by the value of that key, `other` the one where it has none of them.
-- `open = true` lets unknown keys be (they are left out). `check = function(value, fail)` is for
-- conditions across keys; fail(key, fmt, ...). Layer: record.

local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local types = require "lrrun.util.types"

local schema = {}

local LONGEST, LONGEST_TEXT, MOST = 4096, 16 * 1024 * 1024, 1000000
local TREE = { depth = 32, items = 200000, longest = 64 * 1024 }

local Record = {}
local Mt = { __index = Record, __name = "schema.record" }

-- Where in a document: "'data.splits[2].n'".
local function at(path, key)
  if math.type(key) == "integer" then
    return ("%s[%d]"):format(path or "", key)
  end
  key = errors.short(tostring(key), 80)
  return path and path .. "." .. key or key
end

local function is_plain(value)
  return type(value) == "table" and getmetatable(value) == nil
end

local function found(value)
  if type(value) == "userdata" or value == nil then
    return "null"
  elseif type(value) == "table" then
    return #value > 0 and "a list" or next(value) == nil and "empty" or "a map"
  end
  return errors.show(value)
end

-- Each: function(rule, value, path) -> what is kept, or nil and what is wrong where: "" and the
-- path for merely another type. `put` is the way back into rules of other rules.
local put

local function plain_number(rule, value)
  if type(value) ~= "number" then
    return nil, ""
  end
  local out, why = types.check(rule, value)
  if why then
    return nil, why
  elseif out == math.huge or out == -math.huge then
    return nil, ("is %s, want a finite number"):format(out)
  end
  return out
end

local function string_of(rule, value, longest)
  if type(value) ~= "string" then
    return nil, ""
  elseif not utf8.len(value) then
    return nil, "is not UTF-8"
  elseif #value > longest then
    return nil, ("has %d bytes, at most %d are taken"):format(#value, longest)
  end
  return types.check({ rule[1], "string", choices = rule.choices }, value)
end

local function whole_list(value)
  if not is_plain(value) then
    return nil
  end
  local n = 0
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 then
      return nil
    end
    n = n + 1
  end
  return n == #value and n or nil
end

-- A tree of plain tables; what it holds is known to nobody here, so it is bounded.
local function check_tree(value, path, depth, left)
  left.items = left.items - 1
  if left.items < 0 then
    return ("has more than %d values"):format(TREE.items), path
  elseif depth > TREE.depth then
    return ("is nested more than %d deep"):format(TREE.depth), path
  elseif type(value) == "string" then
    local _, why = string_of({}, value, TREE.longest)
    return why, path
  elseif type(value) ~= "table" then
    return nil
  end
  for key, item in next, value do
    local below = at(path, key)
    if type(key) == "string" and not utf8.len(key) then
      return "has a key that is not UTF-8", path
    end
    local why, where = check_tree(item, below, depth + 1, left)
    if why then
      return why, where
    end
  end
  return nil
end

local CHECK = {
  number = plain_number,
  integer = plain_number,
  real = function(_, value)
    if type(value) ~= "number" then
      return nil, ""
    end
    return value
  end,
  null = function(_, value)
    if value ~= json.null then
      return nil, ""
    end
    return value
  end,
  boolean = function(_, value)
    if type(value) ~= "boolean" then
      return nil, ""
    end
    return value
  end,
  string = function(rule, value)
    if type(value) == "string" and value:find "%c" then
      return nil, "holds a control character"
    end
    return string_of(rule, value, rule.longest or LONGEST)
  end,
  text = function(rule, value)
    return string_of(rule, value, rule.longest or LONGEST_TEXT)
  end,
  sha256 = function(_, value)
    if type(value) ~= "string" or #value ~= 64 or value:find "[^0-9a-f]" then
      return nil, ""
    end
    return value
  end,
  scalar = function(rule, value)
    if type(value) == "string" then
      return string_of(rule, value, rule.longest or LONGEST)
    elseif type(value) ~= "number" and type(value) ~= "boolean" then
      return nil, ""
    end
    return value
  end,
  list = function(rule, value, path)
    local n = whole_list(value)
    if not n then
      return nil, ""
    elseif n > (rule.most or MOST) then
      return nil, ("has %d items, at most %d are taken"):format(n, rule.most or MOST)
    end
    local out = {}
    for i = 1, n do
      local kept, why, where = put(rule.of, value[i], at(path, i))
      if why then
        return nil, why, where
      end
      out[i] = kept
    end
    return out
  end,
  map = function(rule, value, path)
    if not is_plain(value) or #value > 0 then
      return nil, ""
    end
    local out, n = {}, 0
    for key, item in next, value do
      n = n + 1
      if n > (rule.most or MOST) then
        return nil, ("has more than %d names"):format(rule.most or MOST)
      end
      local wrong = (type(key) ~= "string" or not utf8.len(key)) and "is no name"
        or rule.names and rule.names(key)
      if wrong then
        return nil, wrong, at(path, key)
      end
      local kept, why, where = put(rule.of, item, at(path, key))
      if why then
        return nil, why, where
      end
      out[key] = kept
    end
    return out
  end,
  record = function(rule, value, path)
    if not is_plain(value) or #value > 0 then
      return nil, ""
    end
    return rule.of:copy(value, path)
  end,
  tree = function(_, value, path)
    local why, where = check_tree(value, path, 1, { items = TREE.items })
    if why then
      return nil, why, where
    end
    return value
  end,
}

local WORDS = {
  real = "a number", null = "null", text = "a text", sha256 = "64 hexadecimal digits",
  scalar = "a number, a string or true or false", list = "a list", map = "a map",
  record = "a map", tree = "plain values",
}

local function list_of(rule)
  return type(rule[2]) == "table" and rule[2] or { rule[2] }
end

local function describe(rule)
  local parts = {}
  for i, name in ipairs(list_of(rule)) do
    parts[i] = WORDS[name] or types.describe(setmetatable({ [2] = name }, { __index = rule }))
  end
  return table.concat(parts, " or ")
end

-- What an item rule stands for.
local function rule_of(of)
  if type(of) == "string" then
    return { nil, of }
  elseif getmetatable(of) == Mt then
    return { nil, "record", of = of }
  end
  return of
end

put = function(of, value, path)
  local rule = rule_of(of)
  local reason, where
  for _, name in ipairs(list_of(rule)) do
    local kept, why, place = CHECK[name](setmetatable({ [2] = name }, { __index = rule }), value,
      path)
    if why == nil then
      return kept
    elseif why ~= "" and not reason then
      reason, where = why, place
    end
  end
  return nil, reason or ("is %s, want %s"):format(found(value), describe(rule)), where or path
end

local function names_of(self)
  local names = {}
  for _, rule in ipairs(self.keys) do
    names[#names + 1] = rule[1]
  end
  return names
end

-- "format 2 is newer": before all else, as nothing else of it is known.
local function wrong_format(self, value)
  if not self.formats then
    return nil
  end
  local now = self.formats[#self.formats]
  for _, format in ipairs(self.formats) do
    if value.format == format then
      return nil
    end
  end
  if math.type(value.format) == "integer" and math.type(now) == "integer"
    and value.format > now then
    return ("is %d: a newer lrrun wrote it, this one reads up to %d; use that lrrun"):format(
      value.format, now)
  end
  return ("is %s, want %s"):format(found(value.format), errors.show(now))
end

local function unknown_key(self, value, path)
  for key in next, value do
    if not self.by_name[key] then
      local names = names_of(self)
      return "is no key that is known" .. errors.after_hint(errors.hint(tostring(key), names),
        "it takes " .. table.concat(names, ", ")), at(path, key)
    end
  end
  return nil
end

-- A checked copy of `value`, which is a map; or nil, what is wrong and where.
function Record:copy(value, path)
  if self.by then
    local one = self.variants[value[self.by]] or self.other
    if not one then
      return nil, ("is %s, which is none that is known"):format(found(value[self.by])),
        at(path, self.by)
    end
    return one:copy(value, path)
  end
  local wrong = wrong_format(self, value)
  if wrong then
    return nil, wrong, at(path, "format")
  end
  local why, where
  if not self.open then
    why, where = unknown_key(self, value, path)
    if why then
      return nil, why, where
    end
  end
  local out = {}
  for _, rule in ipairs(self.keys) do
    local key = rule[1]
    local item = value[key]
    if item == nil and rule.required then
      return nil, "is missing; it takes " .. describe(rule), at(path, key)
    elseif item == nil then
      out[key] = rule.default
    else
      out[key], why, where = put(rule, item, at(path, key))
      if why then
        return nil, why, where
      end
    end
  end
  if self.cross then
    self.cross(out, function(key, fmt, ...)
      why, where = why or fmt:format(...), where or at(path, key)
    end)
  end
  return not why and out or nil, why, where
end

--- A checked copy of a value, with known keys alone; or nil and what is wrong:
--- "'steps' is -1, want an integer at least 0".
---@param value any
---@return table?, string?
function Record:try(value)
  if not is_plain(value) or #value > 0 then
    return nil, ("is %s, want a map"):format(found(value))
  end
  local out, why, where = self:copy(value)
  if not out then
    return nil, ("'%s' %s"):format(where, why)
  end
  return out
end

--- The same; raises "WHO: 'steps' is -1, want ...; ADVICE".
---@param value any
---@param who string the file, with the line of one that has lines
---@return table
function Record:check(value, who)
  local out, why = self:try(value)
  if not out then
    error(("%s: %s%s"):format(who, why, self.advice and "; " .. self.advice or ""), 0)
  end
  return out
end

--- Raises `why` about a file of this record in the form that `check` has.
---@param who string
---@param why string
function Record:fail(who, why)
  error(("%s: %s%s"):format(who, why, self.advice and "; " .. self.advice or ""), 0)
end

--- A descriptor: { name, doc, keys, formats = list of values that `format` may have, the newest
--- last, advice = what to do where it is wrong, open, check, by, variants, other }.
---@param desc table
function schema.record(desc)
  desc.cross, desc.check = desc.check, nil
  desc.by_name = {}
  for _, rule in ipairs(desc.keys or {}) do
    desc.by_name[rule[1]] = rule
  end
  return setmetatable(desc, Mt)
end

return schema
