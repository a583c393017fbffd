-- Ways to damage a file, drawn by a counter: the n-th case of a seed is the same anywhere.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local rng = require "lrrun.native.rng"
local sorted = require "lrrun.util.sorted"
local yaml = require "lrrun.record.yaml"

local damage = {}

local Draw = {}
local Mt = { __index = Draw }

--- Numbers of case `n` under `seed`.
function damage.draw(seed, n)
  return setmetatable({ seed = seed, case = n, at = 0 }, Mt)
end

--- An integer from low to high.
function Draw:between(low, high)
  self.at = self.at + 1
  return rng.between(self.seed, "LUA", 0, self.case, self.at, low, high)
end

--- An item of a list.
function Draw:of(list)
  return list[self:between(1, #list)]
end

local function put(path, text)
  local f <close> = assert(io.open(path, "wb"))
  assert(f:write(text))
end

local function quoted(path)
  return "'" .. path:gsub("'", "'\\''") .. "'"
end

local function shell(fmt, ...)
  assert(os.execute(fmt:format(...)))
end

-- Each: function(draw, path, text, other) changes the file at path, which holds text; other is
-- the path of the same file of another run, or nil. Gives false where it cannot be done.
local bytes = {
  flip = function(draw, path, text)
    if #text == 0 then
      return false
    end
    local at, bit = draw:between(1, #text), draw:between(0, 7)
    put(path, text:sub(1, at - 1) .. string.char(text:byte(at) ~ (1 << bit)) .. text:sub(at + 1))
  end,
  replace = function(draw, path, text)
    local at = draw:between(1, math.max(1, #text))
    put(path, text:sub(1, at - 1) .. draw:of { "\0", "\27[2J", "\xff", "'", "\n", "9", "-", "\t",
      "\u{202E}", "{", "]", "&", "*", "!" } .. text:sub(at + 1))
  end,
  cut = function(draw, path, text)
    put(path, text:sub(1, draw:between(0, math.max(0, #text - 1))))
  end,
  empty = function(_, path)
    put(path, "")
  end,
  gone = function(_, path)
    os.remove(path)
  end,
  zeros = function(draw, path, text)
    local at = draw:between(1, math.max(1, #text))
    put(path, text:sub(1, at - 1) .. ("\0"):rep(math.min(64, #text - at + 1)) .. text:sub(at + 64))
  end,
  more = function(draw, path, text)
    put(path, text .. draw:of { "x", "\n", "{}\n", "a: 1\n", ("z"):rep(5000), "\0" })
  end,
  noise = function(draw, path)
    local out = {}
    for i = 1, draw:between(1, 300) do
      out[i] = string.char(draw:between(0, 255))
    end
    put(path, table.concat(out))
  end,
}

-- Other things in the file's place.
local things = {
  fifo = function(_, path)
    os.remove(path)
    shell("mkfifo %s", quoted(path))
  end,
  folder = function(_, path)
    os.remove(path)
    shell("mkdir %s", quoted(path))
  end,
  link = function(_, path)
    shell("mv %s %s.gone && ln -s %s.gone %s", quoted(path), quoted(path), quoted(path),
      quoted(path))
  end,
  outside = function(draw, path)
    os.remove(path)
    shell("ln -s %s %s", draw:of { "/etc/passwd", "/dev/zero", "/proc/self/environ", "/" },
      quoted(path))
  end,
  loop = function(_, path)
    os.remove(path)
    shell("ln -s %s %s", quoted(path), quoted(path))
  end,
  sparse = function(_, path)
    shell("truncate -s 1T %s 2>/dev/null || truncate -s 8G %s", quoted(path), quoted(path))
  end,
  device = function(_, path)
    os.remove(path)
    shell("mknod %s c 1 5 2>/dev/null || mkfifo %s", quoted(path), quoted(path))
  end,
  swap = function(_, path, _, other)
    if not other then
      return false
    end
    shell("cp %s %s", quoted(other), quoted(path))
  end,
}

-- Lines of a log.
local lines = {
  lose_line = function(draw, path, text)
    local list = damage.lines(text)
    if #list == 0 then
      return false
    end
    table.remove(list, draw:between(1, #list))
    put(path, table.concat(list))
  end,
  double_line = function(draw, path, text)
    local list = damage.lines(text)
    if #list == 0 then
      return false
    end
    local at = draw:between(1, #list)
    table.insert(list, draw:between(1, #list), list[at])
    put(path, table.concat(list))
  end,
  move_line = function(draw, path, text)
    local list = damage.lines(text)
    if #list < 2 then
      return false
    end
    table.insert(list, draw:between(1, #list - 1), table.remove(list))
    put(path, table.concat(list))
  end,
}

function damage.lines(text)
  local list = {}
  for line in text:gmatch "[^\n]*\n" do
    list[#list + 1] = line
  end
  return list
end

local ODD = { -1, 0, 1 << 62, -0.5, 1e300, "", "x", "\u{202E}", "../../x", "/etc", true, false,
  ("9"):rep(400), { 1, 2 }, { a = 1 }, { { { {} } } }, "\27[31m", 3.5, "nil" }

-- Every place of a tree of tables: { table, key }.
local function places(t, out)
  for key, item in sorted.pairs(t) do
    out[#out + 1] = { t, key }
    if type(item) == "table" then
      places(item, out)
    end
  end
  return out
end

local function change_tree(draw, t)
  local all = places(t, {})
  if #all == 0 then
    return false
  end
  local place = draw:of(all)
  local owner, key = place[1], place[2]
  local how = draw:between(1, 5)
  if how == 1 then
    if math.type(key) == "integer" then
      table.remove(owner, key)
    else
      owner[key] = nil
    end
  elseif how == 2 and math.type(key) ~= "integer" then
    owner[key], owner[tostring(key):upper() .. "x"] = nil, owner[key]
  elseif how == 3 then
    local other = draw:of(all)
    owner[key] = other[1][other[2]] ~= owner and other[1][other[2]] or draw:of(ODD)
  else
    owner[key] = draw:of(ODD)
  end
  return true
end

local CODE = {
  yaml = { yaml.decode, yaml.encode },
  json = { json.decode, function(t)
    return json.encode(t, { indent = true }) .. "\n"
  end },
}

--- Changes a field of a record: taken away, renamed, another's value, another type. `seal`
--- writes the changed text as lrrun would (with checksums), or nil.
function damage.field(draw, path, text, form, seal)
  local ok, t = pcall(CODE[form][1], text)
  if not ok or type(t) ~= "table" or not change_tree(draw, t) then
    return false
  end
  local written, out = pcall(CODE[form][2], t)
  if not written then
    return false
  end
  put(path, seal and seal(out, form) or out)
end

local function add(out, from)
  for name, f in sorted.pairs(from) do
    out[#out + 1] = { name, f }
  end
  return out
end

local ANY = add(add({}, bytes), things)
-- What is whole in itself and stands in another's place cannot be told from it.
local ALONE = {}
for _, way in ipairs(ANY) do
  ALONE[#ALONE + 1] = way[1] ~= "swap" and way or nil
end
local LOGS = add(add(add({}, bytes), things), lines)

local function ways_for(path, is_alone)
  if path:find "%.jsonl$" or path:find "%.log$" then
    return LOGS
  end
  return is_alone and ALONE or ANY
end

--- Damages the file at `path`, of which `other` is another run's; gives what was done, or nil
--- where nothing was.
---@param draw table
---@param path string
---@param other string?
---@param seal function? as for damage.field
---@param is_alone boolean? whether nothing beside the file says what is in it
---@return string?
function damage.file(draw, path, other, seal, is_alone)
  local text = assert(file.read(path))
  local form = path:match "%.yaml$" and "yaml" or path:match "%.json$" and "json"
  if form and draw:between(1, 2) == 1 then
    local done = damage.field(draw, path, text, form, seal)
    return done ~= false and (seal and "sealed field" or "field") or nil
  end
  local way = draw:of(ways_for(path, is_alone))
  return way[2](draw, path, text, other) ~= false and way[1] or nil
end

damage.put = put
damage.shell = shell
damage.quoted = quoted

return damage
