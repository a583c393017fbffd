--- The table library of a recipe: the same results, bounded work.
--
-- The stock functions loop in C, where nothing can stop them, over lengths that a metatable
-- may make up, or that a table with holes may have (a border at 1 << 62). What is plain and
-- short goes to the stock function, all else is walked in Lua. sort is a merge sort: stable, and
-- the same on any machine, whatever the comparison says. Layer: sandbox.

local real = table
local raw_meta = debug.getmetatable

local tables = { pack = real.pack }

-- Items that one stock call may touch.
local MOST = 1000000

local function is_plain(t)
  return type(t) == "table" and raw_meta(t) == nil
end

local function is_short(t)
  return is_plain(t) and #t <= MOST
end

local function check(t, name)
  if type(t) ~= "table" then
    error(("bad argument #1 to '%s' (table expected, got %s)"):format(name,
      t == nil and "no value" or type(t)), 3)
  end
end

local function integer(x, default)
  if x == nil then
    return default
  end
  return math.tointeger(x) or error("number has no integer representation", 3)
end

function tables.concat(t, separator, i, j)
  check(t, "concat")
  if is_plain(t) then -- stops at the first item that is none
    return real.concat(t, separator, i, j)
  end
  local items = {}
  for k = integer(i, 1), integer(j, #t) do
    local item = t[k]
    if type(item) ~= "string" and type(item) ~= "number" then
      error(("invalid value (at index %d) in table for 'concat'"):format(k), 2)
    end
    items[#items + 1] = item
  end
  return real.concat(items, separator)
end

function tables.insert(t, ...)
  check(t, "insert")
  local count = select("#", ...)
  if is_short(t) or count == 1 and is_plain(t) then
    return real.insert(t, ...)
  end
  local n = #t + 1
  if count == 1 then
    t[n] = ...
    return
  elseif count ~= 2 then
    error("wrong number of arguments to 'insert'", 2)
  end
  local at, value = ...
  at = integer(at)
  if at < 1 or at > n then
    error("bad argument #2 to 'insert' (position out of bounds)", 2)
  end
  for i = n, at + 1, -1 do
    t[i] = t[i - 1]
  end
  t[at] = value
end

function tables.remove(t, at)
  check(t, "remove")
  if is_plain(t) and at == nil then
    return real.remove(t)
  elseif is_short(t) then
    return real.remove(t, at)
  end
  local n = #t
  at = integer(at, n)
  if n + 1 ~= at and at ~= n and (at < 1 or at > n + 1) then
    error("bad argument #2 to 'remove' (position out of bounds)", 2)
  end
  local value = t[at]
  while at < n do
    t[at] = t[at + 1]
    at = at + 1
  end
  t[at] = nil
  return value
end

function tables.move(from, first, last, at, to)
  check(from, "move")
  to = to == nil and from or to
  first, last, at = integer(first), integer(last), integer(at)
  if first > last then
    return to
  elseif first <= 0 and last >= math.maxinteger + first then
    error("bad argument #3 to 'move' (too many elements to move)", 2)
  elseif at > math.maxinteger - (last - first) then
    error("bad argument #4 to 'move' (destination wrap around)", 2)
  elseif is_plain(from) and is_plain(to) and last - first < MOST then
    return real.move(from, first, last, at, to)
  end
  if at > last or at <= first or to ~= from then
    for i = 0, last - first do
      to[at + i] = from[first + i]
    end
  else
    for i = last - first, 0, -1 do
      to[at + i] = from[first + i]
    end
  end
  return to
end

function tables.unpack(t, i, j)
  if j == nil then
    check(t, "unpack")
  end
  i = integer(i, 1)
  if t == nil then
    error("bad argument #1 to 'unpack' (table expected, got no value)", 2)
  end
  j = integer(j, nil) or #t
  if i <= j and (j - i < 0 or j - i >= 200000) then
    error("too many results to unpack", 2)
  end
  return real.unpack(t, i, j)
end

local function less(a, b)
  return a < b
end

-- Merges the sorted runs from[first..mid-1] and from[mid..last] into `to`.
local function merge(from, to, first, mid, last, before)
  local i, j = first, mid
  for k = first, last do
    if i < mid and (j > last or not before(from[j], from[i])) then
      to[k] = from[i]
      i = i + 1
    else
      to[k] = from[j]
      j = j + 1
    end
  end
end

function tables.sort(t, before)
  check(t, "sort")
  before = before or less
  local n = #t
  if n >= 2 ^ 31 then
    error("bad argument #1 to 'sort' (array too big)", 2)
  end
  local from, to = {}, {}
  for i = 1, n do
    from[i] = t[i]
  end
  local width = 1
  while width < n do
    for first = 1, n, 2 * width do
      merge(from, to, first, math.min(first + width, n + 1), math.min(first + 2 * width - 1, n),
        before)
    end
    from, to = to, from
    width = 2 * width
  end
  for i = 1, n do
    t[i] = from[i]
  end
end

return tables
