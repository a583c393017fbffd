--- Limits of what a command may take: one list of them, from which flags, help, what a run
--- records and messages come.
--
-- A limit is what the command line says, else what the run was made with (`recall`), else its
-- default. Values are plain numbers: bytes, seconds, counts. Layer: limits.

local errors = require "lrrun.util.errors"
local native = require "lrrun.native.limits"

local limits = {}

local KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
local SHARE = 0.8 -- of the memory that there is
local MOST_OPEN = 256 -- files at once
local LONGEST = 3600 -- seconds that a record may give a recipe's code

--- The limits, in the order of help: { name, "VALUE" as shown, type = of the flag, default =
--- number or function that gives it, shown = how help says the default, short = what is
--- limited, doc = the same whole, met = what happens then }.
limits.list = {
  { "memory", "SIZE", type = "size", shown = "80 % of RAM or cgroup",
    default = function()
      local room = native.room()
      return room and math.floor(SHARE * room) or 0
    end,
    short = "all memory",
    doc = "all memory: data, networks, batches, files being read, kept runs, Lua's values",
    met = "what nobody uses any more is freed; if that is not enough the command ends (exit "
      .. "status 4) before the memory is touched, and says what it was for" },
  { "lua-memory", "SIZE", type = "size", default = 256 * MB, shown = "256M",
    short = "the recipe's Lua values", doc = "Lua's values alone, a part of --memory",
    met = "the command ends (exit status 4)" },
  { "lua-seconds", "N", type = "number", default = 10, shown = "10",
    short = "the recipe's Lua code between two steps",
    doc = "time of the recipe's own Lua code between two training steps, with the networks, data, "
      .. "optimizers and tensors that it makes itself (of one call at most a second); training, "
      .. "evaluation and prediction do not count, nor the data and the network that lrrun makes "
      .. "for them, and a training loop of the recipe's own adds the time that its steps take",
    met = "the command ends (1)" },
  { "disk", "SIZE", type = "size", default = 10 * GB, shown = "10G",
    short = "what is written",
    doc = "bytes of what a command writes in all its run folders together; each trial of a "
      .. "search counts by itself, and what stood there before does not",
    met = "the command ends (1); what was written stays, and resume or the same search goes on "
      .. "with a higher limit" },
  { "files", "N", type = "count", default = 200000, shown = "200000",
    short = "files and folders made",
    doc = "files and folders that a command makes; of them at most 256 are open at "
      .. "once, fewer where ulimit -n says so",
    met = "the command ends (1)" },
  { "log", "SIZE", type = "size", default = 10 * MB, shown = "10M",
    short = "text on the terminal",
    doc = "what a script prints, progress, notes and warnings",
    met = "one line says so and what follows is left out: a long training is not to be lost to "
      .. "its messages; answers of verbs and --json are whole" },
}

local by_name = {}
for _, item in ipairs(limits.list) do
  by_name[item[1]] = item
end

-- What stands in run.yaml: "lua_memory" for "lua-memory".
local function key_of(name)
  return (name:gsub("-", "_"))
end

local UNITS = { [""] = 1, K = KB, M = MB, G = GB, T = GB << 10 }

--- The bytes that a text says ("2G", "512 MB", "1.5 GiB", "100B"), or nil and what is taken. A
--- unit is a power of 1024; without one it is MiB.
---@param text string
---@return integer?, string?
function limits.parse(text)
  local number, unit = text:match "^%s*(%d+%.?%d*)%s*([%a]*)%s*$"
  local letter = unit and unit:upper():match "^([KMGT]?)I?B?$"
  if not letter then
    return nil, "a size such as 2G, 500M or 512 MB"
  end
  local scale = unit == "" and MB or UNITS[letter]
  local bytes = tonumber(number) * scale
  if bytes < 1 or bytes >= 2 ^ 62 then
    return nil, "a size from 1 byte to 4 EB"
  end
  return math.floor(bytes)
end

--- Bytes as a flag takes them: "256M", "1000K".
---@param bytes integer
---@return string
function limits.size(bytes)
  for _, unit in ipairs { "T", "G", "M", "K" } do
    if bytes % UNITS[unit] == 0 then
      return ("%d%s"):format(bytes // UNITS[unit], unit)
    end
  end
  return ("%dB"):format(bytes)
end

--- Flags of the command line (lrrun.cli.verbs).
---@return table[]
function limits.flags()
  local flags = {}
  for i, item in ipairs(limits.list) do
    flags[i] = { item[1], item[2], type = item.type, again = true,
      doc = ("limit: %s (default: %s)"):format(item.short, item.shown) }
  end
  return flags
end

local given = {} -- name -> number, of the command line
local recalled = {} -- the same of the run that the command goes on with
local defaults = {} -- those that were asked for

--- The number that holds.
---@param name string
---@return number
function limits.value(name)
  local value = given[name] or recalled[name] or defaults[name]
  if value == nil then
    local default = by_name[name].default
    value = type(default) == "function" and default() or default
    defaults[name] = value
  end
  return value
end

local function apply()
  native.memory(limits.value "memory")
  native.disk(limits.value "disk", limits.value "files")
end

--- From here on the process keeps to the limits of these flags.
---@param flags table<string, any>
function limits.begin(flags)
  for name in pairs(by_name) do
    given[name] = flags[name]
  end
  apply()
end

--- Sets the system's own bounds, which stand behind the limits and cannot be raised again.
---@param threads integer? that will be started; nil: as many as it was given
function limits.enforce(threads)
  native.bound(limits.value "memory", threads or 0)
  native.open(MOST_OPEN)
end

--- What the command line gave, for the record of a run; nil where it gave none.
---@return table<string, number>?
function limits.record()
  local out
  for name, value in pairs(given) do
    out = out or {}
    out[key_of(name)] = value
  end
  return out
end

-- A number of a record, or nil: whoever wrote it may mean no good.
local function recorded(t, name)
  local value = type(t) == "table" and t[key_of(name)]
  return type(value) == "number" and value > 0 and value < 2 ^ 62 and value or nil
end

--- The number of `name` for a recipe that was run with those limits before, unless the command
--- line says otherwise. A record is no authority on this machine: Lua's memory is within
--- --memory whatever it says, and its time at most an hour, where not the user's own run or a
--- flag (limits.value) says more.
---@param name string "lua-memory" or "lua-seconds"
---@param record table?
---@return number
function limits.again(name, record)
  local value = not given[name] and recorded(record, name)
  if not value then
    return limits.value(name)
  elseif name == "lua-seconds" then
    return math.min(value, math.max(LONGEST, limits.value(name)))
  end
  return math.floor(value)
end

--- The command goes on with a run: it keeps to what that was made with. More than a default
--- is taken from the user's own record alone.
---@param record table?
---@param is_own boolean
function limits.recall(record, is_own)
  for name, item in pairs(by_name) do
    local value = recorded(record, name)
    if value and (is_own or value < limits.value(name)) then
      recalled[name] = item.type == "number" and value or math.floor(value)
    end
  end
  apply()
end

--- Words of the command line that give another lrrun the same limits, `changes` (name ->
--- number) in their place.
---@param changes table<string, number>?
---@return string[]
function limits.words(changes)
  local words = {}
  for _, item in ipairs(limits.list) do
    local value = changes and changes[item[1]] or given[item[1]]
    if value then
      words[#words + 1] = item.type == "size" and ("--%s=%dB"):format(item[1], value)
        or ("--%s=%s"):format(item[1], value)
    end
  end
  return words
end

-- What a recipe's author can lower where memory for this is refused; the first that is found.
local ADVICE = {
  { "parts of a batch side by side", "one thread (--threads 1) takes less" },
  { "activations", "a smaller batch takes less" }, { "a batch", "a smaller batch takes less" },
  { "the gradients", "fewer units take less" }, { "the parameters", "fewer units take less" },
  { "tokens of a text", "a shorter text takes less" }, { "a text", "a shorter text takes less" },
  { "a vocabulary", "a smaller vocab takes less" }, { "an image", "smaller images take less" },
  { "a resized image", "a smaller resize takes less" },
  { "the data", "fewer samples (n, limit) take less, those of arrays in plain files (.npy, not "
    .. "packed, in C order), tables and pictures in folders none: lrrun help "
    .. "stream" },
  { "rows", "rows of tables may stay in their files: lrrun help stream" },
  { "moments", "an optimizer with less state, such as optim.sgd, takes less" },
}

--- What helps where `message` says that memory was refused, or "".
---@param message string
---@return string
function limits.advice(message)
  local what = message:match "no memory for (.-):"
  for _, item in ipairs(what and ADVICE or {}) do
    if what:find(item[1], 1, true) == 1 and not message:find(item[2], 1, true) then
      return "; " .. item[2]
    end
  end
  return ""
end

--- Raises where memory or files were refused, for who would go on after an error.
function limits.check()
  local said = native.refusal()
  if said then
    errors.raise(nil, "%s", said)
  end
end

return limits
