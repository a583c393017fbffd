--- Whether what a run folder says of its data (data.json: Dataset:kept) can be used: the file
--- may be damaged, or a stranger's. Layer: data.

local function is_list(t, want)
  if type(t) ~= "table" then
    return false
  end
  for _, item in ipairs(t) do
    if math.type(item) ~= want and type(item) ~= want then
      return false
    end
  end
  return true
end

-- Whether columns are what `input` of a table can use.
local function are_columns(c)
  if type(c) ~= "table" or type(c.header) ~= "boolean" or not is_list(c.names, "string")
    or not is_list(c.features, "integer") or not is_list(c.levels, "table")
    or #c.levels ~= #c.features then
    return false
  end
  for i, place in ipairs(c.features) do
    if not c.names[place] or not is_list(c.levels[i], "string") then
      return false
    end
  end
  return true
end

--- Whether a table read from a file can be what Dataset:kept gave.
---@param kept table
---@return boolean
return function(kept)
  if not is_list(kept.shape, "integer")
    or kept.class_names and not is_list(kept.class_names, "string")
    or kept.columns and not are_columns(kept.columns) then
    return false
  elseif kept.seq then
    return math.type(kept.vocab) == "integer" and math.type(kept.length) == "integer"
  end
  return #kept.shape > 0 and is_list(kept.means, "number") and is_list(kept.factors, "number")
    and #kept.means > 0 and #kept.means == #kept.factors
end
