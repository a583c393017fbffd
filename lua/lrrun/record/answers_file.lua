--- Whether a file that is there holds answers: only these may be written again. Layer: record.

local file = require "lrrun.native.file"
local json = require "lrrun.record.json"

local answers_file = {}

local MOST = 1024 * 1024 -- bytes of a first line that are looked at

-- The file's first bytes; nil where it cannot be read.
local function start_of(path)
  local from <close> = file.open(path)
  return from and from:read(0, math.min(from:size(), MOST))
end

-- Numbers are called as the target columns of the data: only the whole header tells a file of
-- answers from a table of data. Classes and numbers without names have words of their own.
local function is_csv(first, what, header)
  if first .. "\n" == header then
    return true
  elseif what.labels then
    return first:find 'label"?[^%w"]"?[%w_]*probability"?[^%w"]"?[%w_]*p_' ~= nil
  end
  local own = not what.names and what.own
  return own and first:sub(-#own) == own
end

-- A row of values with names, one of which is that of an answer.
local function is_jsonl(first, columns)
  local ok, row = pcall(json.decode, first)
  if not ok or type(row) ~= "table" then
    return false
  end
  for _, name in ipairs { columns[1], "steps", "label", "values", "probabilities", "skipped" } do
    if row[name] ~= nil then
      return true
    end
  end
  return false
end

--- Whether the file at `path` holds answers of the form that is to be written, or nothing.
-- what: labels, names and width as predictions.open has them, form, columns (names of the answers),
-- header (of a table, with its newline), own (its part of the answers), is_array(text): whether a
-- text begins as the array would
---@param path string
---@param what table
---@return boolean
function answers_file.is_own(path, what)
  local text = start_of(path)
  if text == "" then
    return true
  elseif not text then
    return false
  elseif what.form == "npy" then
    return what.is_array(text)
  end
  local first = text:match "^([^\n]*)"
  return (what.form == "csv" and is_csv(first, what, what.header)
    or what.form == "jsonl" and is_jsonl(first, what.columns)) or false
end

return answers_file
