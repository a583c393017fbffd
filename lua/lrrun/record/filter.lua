--- Conditions on what is known of runs: "val_accuracy>0.9 and optimizer=adam".
--
--   condition   either ("or" either)*       either   one ("and" one)*
--   one         "not" one | "(" condition ")" | KEY OP VALUE
--   OP          =  ==  !=  ~=  <  <=  >  >=
--   VALUE       a number (0.9, 1e-3, 90%), a word, or a text in quotes; * in it stands for any text
--
-- KEY is a name that one of the runs has, or the end of one that nothing else ends in: lr for
-- optimizer.lr. A constructor is its kind with or without its module: optim.adam or adam.
-- A run that has no such key meets no condition on it. Layer: record.

local errors = require "lrrun.util.errors"
local metrics = require "lrrun.metrics"
local sorted = require "lrrun.util.sorted"

local filter = {}

local MOST, DEEPEST = 4096, 50 -- bytes; parentheses within one another

local function fail(fmt, ...)
  errors.raise("filter", fmt, ...)
end

-- ---- words ----

local OPS = { ["="] = "=", ["=="] = "=", ["!="] = "!=", ["~="] = "!=", ["<"] = "<", ["<="] = "<=",
  [">"] = ">", [">="] = ">=" }

-- The word at a place: its kind ("(", ")", "op", "text"), what it is, and the place behind it.
local function word_at(text, at)
  local one = text:sub(at, at)
  if one == "(" or one == ")" then
    return one, one, at + 1
  elseif one == '"' or one == "'" then
    local stop = text:find(one, at + 1, true)
    if not stop then
      fail("the quote at character %d is not closed: %s", at, text)
    end
    return "text", { text:sub(at + 1, stop - 1), quoted = true }, stop + 1
  end
  local op = text:match("^[=!~<>]+", at)
  if op then
    return "op", OPS[op] or fail("'%s' is no comparison; there are = != < <= > >=", op), at + #op
  end
  local word = text:match("^[^%s()=!~<>\"']+", at)
  return "text", { word }, at + #word
end

local function words_of(text)
  local words, at = {}, 1
  if #text > MOST then
    fail("is %d bytes long, at most %d are taken", #text, MOST)
  end
  while true do
    at = text:find("%S", at)
    if not at then
      return words
    end
    local kind, value, behind = word_at(text, at)
    words[#words + 1] = { kind = kind, value = value }
    at = behind
  end
end

-- ---- the tree ----

local Parser = {}
local Mt = { __index = Parser }

-- Whether the next word is this one, "and"; it is taken.
function Parser:takes(name)
  local word = self.words[self.at]
  local is = word and (word.kind == name or word.kind == "text" and not word.value.quoted
    and word.value[1]:lower() == name)
  self.at = self.at + (is and 1 or 0)
  return is
end

local EXAMPLE = "'val_accuracy>0.9 and optimizer=adam'"

local function shown(word)
  return not word and "nothing"
    or "'" .. (word.kind == "text" and word.value[1] or word.value) .. "'"
end

function Parser:comparison()
  local key, op, value = self.words[self.at], self.words[self.at + 1], self.words[self.at + 2]
  if not key or key.kind ~= "text" then
    fail("a key is wanted, found %s; want KEY OP VALUE, as %s", shown(key), EXAMPLE)
  elseif not op or op.kind ~= "op" then
    fail("'%s' is compared with nothing (found %s); want KEY OP VALUE, as %s or name=%s*",
      key.value[1], shown(op), EXAMPLE, key.value[1])
  elseif not value or value.kind ~= "text" then
    fail("a value is wanted behind '%s%s', found %s", key.value[1], op.value, shown(value))
  end
  self.at = self.at + 3
  local item = { key = key.value[1], op = op.value, value = value.value[1],
    quoted = value.value.quoted }
  table.insert(self.comparisons, item)
  return item
end

function Parser:one()
  self.depth = self.depth + 1
  if self.depth > DEEPEST then
    fail("has parentheses or nots more than %d deep", DEEPEST)
  end
  local out
  if self:takes "not" then
    out = { op = "not", self:one() }
  elseif self:takes "(" then
    out = self:condition()
    if not self:takes ")" then
      fail("a ')' is wanted, found %s", shown(self.words[self.at]))
    end
  else
    out = self:comparison()
  end
  self.depth = self.depth - 1
  return out
end

local function chain(name, part)
  return function(self)
    local out = { op = name, part(self) }
    while self:takes(name) do
      out[#out + 1] = part(self)
    end
    return out[2] and out or out[1]
  end
end

Parser.either = chain("and", Parser.one)
Parser.condition = chain("or", Parser.either)

--- The condition in a text: its tree, and the list of its comparisons { key, op, value }. Raises
--- what is wrong with it.
---@param text string
---@return table, table[]
function filter.parse(text)
  local parser = setmetatable({ words = words_of(text), at = 1, depth = 0, comparisons = {} }, Mt)
  if #parser.words == 0 then
    fail("is empty; want KEY OP VALUE, as %s", EXAMPLE)
  end
  local tree = parser:condition()
  local more = parser.words[parser.at]
  if more then
    fail("'and' or 'or' is wanted before %s", shown(more))
  end
  return tree, parser.comparisons
end

-- ---- keys ----

local function all_keys(rows)
  local keys = {}
  for _, row in ipairs(rows) do
    for key in pairs(row) do
      keys[key] = true
    end
  end
  return keys
end

local function depth_of(path)
  return select(2, path:gsub("%.", ""))
end

-- The names that end in the key, the shortest of them.
local function ending_in(keys, key)
  local found, least = {}, math.huge
  for name in sorted.pairs(keys) do
    local depth = depth_of(name)
    if depth <= least and name:sub(-#key - 1) == "." .. key and not name:find "^last%."
      and not name:find "^best%." then
      found = depth < least and {} or found
      found[#found + 1], least = name, depth
    end
  end
  return found
end

-- What a misspelt key may stand for: a metric by its short name, a whole name or the end of one.
local function nearest(keys, key)
  for _, entry in ipairs(metrics.shown) do
    if keys[entry.name] and (entry.short == key or entry.metric.name == key) then
      return ("; did you mean '%s'?"):format(entry.name)
    end
  end
  local names, known = {}, {}
  for name in sorted.pairs(keys) do
    for _, one in ipairs { name, name:match "([^.]+)$" } do
      names[#names + 1] = not known[one] and not tonumber(one) and one or nil
      known[one] = true
    end
  end
  return errors.hint(key, names)
end

--- The full name of a key that some of the rows have. Raises where none has it, or where it may
--- stand for several.
---@param rows table<string, any>[]
---@param key string
---@return string
function filter.key(rows, key)
  local keys = all_keys(rows)
  if keys[key] then
    return key
  end
  local found = ending_in(keys, key)
  if #found > 1 then
    table.sort(found)
    fail("'%s' may be %s; give one of these", key, table.concat(found, " or ", 1,
      math.min(#found, 4)))
  elseif not found[1] then
    fail("no run has '%s'%s", key, nearest(keys, key))
  end
  return found[1]
end

-- ---- values ----

local function number_of(item)
  local share = not item.quoted and item.value:match "^(.-)%%$"
  return not item.quoted and (tonumber(item.value) or share and tonumber(share)
    and tonumber(share) / 100) or nil
end

-- The pattern of a text with *.
local function pattern_of(text)
  return "^" .. text:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*+", ".*") .. "$"
end

local function equals(item, value)
  if type(value) == "number" then
    local want = number_of(item)
    return want ~= nil and (value == want or math.abs(value - want) <= 1e-9 * math.abs(want))
  elseif type(value) == "boolean" then
    return item.value == tostring(value)
  end
  local text = tostring(value)
  local last = text:match "^%l+%.([%w_]+)$" -- a kind without its module
  for _, one in ipairs { text, last } do
    if one == item.value or item.value:find("*", 1, true) and one:find(pattern_of(item.value)) then
      return true
    end
  end
  return false
end

local ORDER = {
  ["<"] = function(a, b) return a < b end, ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end, [">="] = function(a, b) return a >= b end,
}

local function holds(item, row)
  local value = row[item.name]
  if value == nil then
    return false
  elseif item.op == "=" or item.op == "!=" then
    return equals(item, value) == (item.op == "=")
  elseif type(value) ~= "number" then
    return false
  end
  return ORDER[item.op](value, item.number)
end

local function met(tree, row)
  if tree.op == "and" then
    for _, part in ipairs(tree) do
      if not met(part, row) then
        return false
      end
    end
    return true
  elseif tree.op == "or" then
    for _, part in ipairs(tree) do
      if met(part, row) then
        return true
      end
    end
    return false
  elseif tree.op == "not" then
    return not met(tree[1], row)
  end
  return holds(tree, row)
end

-- What a key's values are, where some row has one: { numbers, others = a list of texts }.
local function values_of(rows, name)
  local numbers, others, known = 0, {}, {}
  for _, row in ipairs(rows) do
    local value = row[name]
    if type(value) == "number" then
      numbers = numbers + 1
    elseif value ~= nil and not known[tostring(value)] then
      known[tostring(value)] = true
      others[#others + 1] = tostring(value)
    end
  end
  table.sort(others)
  return numbers, others
end

local function check_order(item, rows)
  if item.op == "=" or item.op == "!=" then
    return
  end
  local numbers, others = values_of(rows, item.name)
  item.number = number_of(item)
  if numbers == 0 then
    fail("'%s' is no number (%s): want %s= or %s!=", item.name,
      table.concat(others, ", ", 1, math.min(3, #others)), item.key, item.key)
  elseif not item.number then
    fail("'%s' is compared with a number, got '%s'", item.name, item.value)
  end
end

-- Why nothing is equal to a text, or nil.
local function unknown(item, rows)
  if item.op ~= "=" then
    return nil
  end
  for _, row in ipairs(rows) do
    if row[item.name] ~= nil and equals(item, row[item.name]) then
      return nil
    end
  end
  local _, others = values_of(rows, item.name)
  if #others == 0 then
    return nil
  end
  local names = {}
  for i, other in ipairs(others) do
    names[i] = other:match "^%l+%.([%w_]+)$" or other
  end
  local near = errors.hint(item.value, names)
  return ("no run has %s = '%s'%s"):format(item.name, item.value, near ~= "" and near
    or "; there are " .. table.concat(names, ", ", 1, math.min(6, #names)))
end

--- Which of the rows meet a condition: true or false for each, the full names of its keys, and a
--- list of words on texts that no row has. Raises what is wrong with it.
---@param text string
---@param rows table<string, any>[] name -> value
---@return boolean[], string[], string[]
function filter.apply(text, rows)
  local tree, comparisons = filter.parse(text)
  local out, names, words = {}, {}, {}
  for i, item in ipairs(comparisons) do
    item.name = filter.key(rows, item.key)
    check_order(item, rows)
    names[i] = item.name
    words[#words + 1] = unknown(item, rows)
  end
  for i, row in ipairs(rows) do
    out[i] = met(tree, row)
  end
  return out, names, words
end

return filter
