--- A line of a study's journal: how it is sealed, and what one that is read says.
--
-- What lrrun writes has two counts and a checksum: `n`, how many sealed lines stand before it;
-- `k`, how many lines its trial has before it; `crc`, CRC-32C over all before. A line that was
-- changed, is missing, stands twice or in another place is known by them, and whether a trial
-- is whole. Optuna does not look at keys that it does not know. Lines of other programs and of
-- versions before have none: of others' lines only those count that move the numbers of
-- studies and trials. Layer: study.

local json = require "lrrun.record.json"
local limits = require "lrrun.limits"
local record = require "lrrun.native.record"
local schema = require "lrrun.record.schema"
local summed_line = require "lrrun.record.summed_line"

local line = {
  --- Numbers of the operations that we know.
  CREATE_STUDY = 0, DELETE_STUDY = 1, STUDY_ATTR = 2, CREATE_TRIAL = 4, SET_STATE = 6,
  REPORT = 7, TRIAL_ATTR = 8,
}

local FIRST = { "op_code", "worker_id", "study_id", "trial_id" }
local NUMBERS = { nan = "NaN", inf = "Infinity", ["-inf"] = "-Infinity" }
local LONGEST = 16 * 1024 * 1024 -- bytes
local OURS = "^lrrun%-%d+$"

-- Python's JSON has names for what others cannot hold.
local function number_text(x)
  if x ~= x then
    return NUMBERS.nan
  end
  return NUMBERS[tostring(x)] or json.number(x)
end

local function crc_of(body)
  return ("%08x"):format(record.crc32c(body))
end

--- The text of an entry, sealed. n, k: its counts (k nil where it is no trial's).
---@param entry table
---@param n integer
---@param k integer?
---@return string
function line.encode(entry, n, k)
  entry.n, entry.k = n, k
  local text = json.encode(entry, { first = FIRST })
  if entry.intermediate_value then
    local number = number_text(entry.intermediate_value)
    text = text:gsub('"intermediate_value":[^,}]+', '"intermediate_value":' .. number)
  end
  return summed_line.join(text, crc_of(text)) .. "\n"
end

local MOST = 2 ^ 31

local function id(name)
  return { name, "integer", min = 0, max = MOST, required = true }
end

-- Ranges of n and k; MOST is of ids.
local COUNTS = {
  { "op_code", "integer", required = true }, { "worker_id", "string" },
  { "n", "integer", min = 0, max = 2 ^ 53 }, { "k", "integer", min = 0, max = MOST },
}

local function rules(list)
  return schema.record { open = true, keys = table.move(COUNTS, 1, #COUNTS, #list + 1, list) }
end

-- Of each operation what we take of it; those left out do not matter to us.
local ENTRIES = {
  [line.CREATE_STUDY] = rules { { "study_name", "string", required = true } },
  [line.DELETE_STUDY] = rules { id "study_id" },
  [line.STUDY_ATTR] = rules { id "study_id", { "user_attr", "tree", required = true } },
  [line.CREATE_TRIAL] = rules { id "study_id", { "id", "integer", min = 0, max = MOST },
    { "state", "integer", min = 0, max = 4 }, { "params", "tree" }, { "user_attrs", "tree" },
    { "distributions", "map", of = "text" } },
  [line.SET_STATE] = rules { id "trial_id",
    { "state", "integer", min = 0, max = 4, required = true }, { "values", "tree" } },
  [line.REPORT] = rules { id "trial_id",
    { "step", "integer", min = 0, required = true }, { "intermediate_value", "real" } },
  [line.TRIAL_ATTR] = rules { id "trial_id", { "user_attr", "tree", required = true } },
}

-- Those of other programs that count: ids are places in the order of such lines.
local COUNTED = { [line.CREATE_STUDY] = true, [line.DELETE_STUDY] = true,
  [line.CREATE_TRIAL] = true }

local function decode(text)
  local ok, entry = pcall(json.decode, text)
  if not ok and (text:find "NaN" or text:find "Infinity") then
    text = text:gsub(":%s*NaN", ":null"):gsub(":%s*%-?Infinity", ":null")
    ok, entry = pcall(json.decode, text)
  end
  if not ok then
    limits.check() -- there was no memory to read it: it is not damaged
  end
  return ok and type(entry) == "table" and entry or nil
end

-- A sealed entry has its counts.
local function check_counts(entry, raw, crc)
  if crc and not entry.n then
    return "has no count 'n'"
  elseif not crc and raw.n ~= nil then
    return "has lost its checksum"
  elseif crc and entry.trial_id and not entry.k then
    return "has no count 'k'"
  end
  return nil
end

--- What a line says: a checked entry with `ours` (lrrun wrote it) and `sealed`; or nil where
--- it says nothing that counts; or nil and what is wrong with it.
---@param text string without its newline
---@return table?, string?
function line.decode(text)
  if #text > LONGEST then
    return nil, ("has %d bytes, at most %d are taken"):format(#text, LONGEST)
  end
  local body, crc = summed_line.split(text)
  if crc and crc_of(body) ~= crc then
    return nil, "is not as it was written: its checksum differs"
  end
  local raw = decode(body)
  if not raw then
    return nil, "is no JSON object"
  end
  local ours = type(raw.worker_id) == "string" and raw.worker_id:find(OURS) ~= nil
  local desc = ENTRIES[raw.op_code]
  if not desc or not (ours or crc or COUNTED[raw.op_code]) then
    return nil, not desc and ours and "is of an operation that lrrun does not write" or nil
  end
  local entry, why = desc:try(raw)
  why = why or check_counts(entry, raw, crc)
  if why then
    return nil, why
  end
  entry.ours, entry.sealed = ours or crc ~= nil, crc ~= nil
  return entry
end

return line
