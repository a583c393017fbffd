--- Samples that stay in their files, where they are more than memory is for: the key `stream`, and
--- what is said of it. Layer: data.
--
-- Whether they stay there changes no bit of a run: the same samples come in the same order.

local limits = require "lrrun.native.limits"
local targets = require "lrrun.data.targets"

local stored = {}

local SHARE = 0.5 -- of --memory: samples that take more stay in their files

stored.KEY = { "stream", "boolean",
  doc = "true: samples stay in their files (not packed; tables may be) and are read as batches are "
    .. "made, with the same figures; false: they are in memory; default: true where they "
    .. "take more than half of --memory" }

-- What looks at a whole column at a time: key -> value -> true.
local WHOLE = { normalize = { robust = true }, missing = { median = true, flag = true } }

-- The same of tables, whose rows are read with their flags.
local OF_TABLES = { normalize = WHOLE.normalize, missing = { median = true } }

-- The first key whose value wants samples in memory, and its value.
local function against(o, whole)
  for _, key in ipairs { "normalize", "missing" } do
    if whole[key][o[key]] then
      return key, o[key]
    end
  end
end

local function check(o, fail, whole)
  local key, choice = against(o, whole)
  if o.stream and key then
    fail("stream", "is true beside %s = \"%s\", which wants a copy of each column in memory: leave "
      .. "one of them away", key, choice)
  end
end

local function of(o, whole)
  local all = limits.all()
  if o.stream ~= nil or against(o, whole) or not all then
    return o.stream or nil
  end
  return math.floor(SHARE * all)
end

--- The key is checked beside the others.
function stored.check(o, fail)
  check(o, fail, WHOLE)
end

--- Whether samples stay in their files, as the readers take it: true, bytes above which they do,
--- or nil.
---@param o table the constructor's options
---@return boolean|integer|nil
function stored.of(o)
  return of(o, WHOLE)
end

--- The same two of tables.
function stored.check_table(o, fail)
  check(o, fail, OF_TABLES)
end

---@param o table
---@return boolean|integer|nil
function stored.of_table(o)
  return of(o, OF_TABLES)
end

--- Bytes as a text with a unit.
---@param bytes integer
---@return string
function stored.size(bytes)
  local unit = bytes >= 2 ^ 30 and "GB" or bytes >= 2 ^ 20 and "MB" or "KB"
  return ("%.3g %s"):format(bytes / (unit == "GB" and 2 ^ 30 or unit == "MB" and 2 ^ 20 or 2 ^ 10),
    unit)
end

--- Says where samples stay in their files.
---@param native userdata
---@param o table? the constructor's options; nil: the samples are others than the recipe's
---@param notes string[]
function stored.say(native, o, notes)
  local bytes = native:info().stored
  if bytes == 0 then
    return
  end
  local text = ("samples stay in their files and are read as batches are made: they are %s")
    :format(stored.size(bytes))
  if not o or o.stream == nil then
    local all = limits.all()
    text = text .. (all and bytes > SHARE * all
      and (", more than %g %% of --memory (%s)"):format(100 * SHARE, stored.size(all))
      or (", more than %g %% of another rank's --memory"):format(100 * SHARE))
  end
  text = text .. (o and "; stream = false takes them into memory" or "")
  if o and o.stream then -- who asked for it is not told
    table.insert(notes, notes.said_from or #notes + 1, text)
    notes.said_from = notes.said_from and notes.said_from + 1
  else
    targets.say(notes, "%s", text)
  end
end

return stored
