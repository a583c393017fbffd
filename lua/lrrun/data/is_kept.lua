--- Whether what a run folder says of its data (data.json: Dataset:kept) can be used: the file
--- may be damaged, or a stranger's. Layer: data.

local tokenizer = require "lrrun.data.tokenizer"

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

local KINDS = { number = true, category = true, date = true }

local function is_feature(feature, names)
  return type(feature) == "table" and math.type(feature.column) == "integer"
    and names[feature.column] ~= nil and KINDS[feature.kind] == true
    and (feature.kind == "category") == (feature.levels ~= nil)
    and (feature.levels == nil or is_list(feature.levels, "string"))
    and (feature.offset == nil or type(feature.offset) == "number")
    and (feature.time == nil or type(feature.time) == "boolean")
    and (feature.flag == nil or type(feature.flag) == "boolean")
end

-- What runs of before have: features are places, and each has a list of levels.
local function are_places(c)
  if not is_list(c.levels, "table") or #c.levels ~= #c.features then
    return false
  end
  for i, place in ipairs(c.features) do
    if not c.names[place] or not is_list(c.levels[i], "string") then
      return false
    end
  end
  return true
end

-- Whether columns are what `input` of a table can use.
local function are_columns(c)
  if type(c) ~= "table" or type(c.header) ~= "boolean" or not is_list(c.names, "string")
    or type(c.features) ~= "table" or #c.features == 0
    or c.targets ~= nil and not is_list(c.targets, "integer")
    or c.target_offsets ~= nil and not is_list(c.target_offsets, "number") then
    return false
  elseif is_list(c.features, "integer") then
    return are_places(c)
  end
  for _, feature in ipairs(c.features) do
    if not is_feature(feature, c.names) then
      return false
    end
  end
  return true
end

-- Whether this is what was made of arrays: what was taken off each value, columns with flags.
local function are_arrays(a)
  return type(a) == "table" and (a.base == nil or is_list(a.base, "number"))
    and is_list(a.flags, "integer")
end

local function is_count(x)
  return math.type(x) == "integer" and x > 0 and x < 2 ^ 31
end

local function are_sizes(shape)
  for _, size in ipairs(is_list(shape, "integer") and shape or { 0 }) do
    if not is_count(size) then
      return false
    end
  end
  return true
end

-- Numbers to calculate with: a mean and a width above 0 for each target, or neither.
local function are_scales(means, deviations, n)
  if means == nil and deviations == nil then
    return true
  elseif not is_list(means, "number") or not is_list(deviations, "number")
    or #means ~= n or #deviations ~= n then
    return false
  end
  for j, mean in ipairs(means) do
    if not (math.abs(mean) < math.huge and deviations[j] > 0 and deviations[j] < math.huge) then
      return false
    end
  end
  return true
end

-- Of as many targets the sum of each class or output.
local function are_counts(counts, kept)
  return counts == nil or type(counts) == "table" and is_count(counts.n)
    and is_list(counts.of, "number") and #counts.of == (kept.classes or kept.targets)
end

-- What the output means: classes with perhaps a name each, or targets.
local function has_goal(kept)
  local names = kept.class_names
  return (kept.classes == nil or is_count(kept.classes))
    and (kept.targets == nil or is_count(kept.targets))
    and are_scales(kept.target_means, kept.target_deviations, kept.targets or 0)
    and (kept.per_step == nil or kept.per_step == true)
    and (names == nil or is_list(names, "string") and #names == kept.classes)
    and are_counts(kept.counts, kept)
end

-- The vocabulary's words have the ids from 2 on.
local function has_words(kept, words)
  local seen = {}
  for _, word in ipairs(words) do
    if type(word) ~= "string" or seen[word] then
      return false
    end
    seen[word] = true
  end
  return #words + 2 == kept.vocab
end

local function are_tokens(kept, words)
  local sized = kept.seq == true and is_count(kept.length) and #kept.shape == 0
    or kept.seq == nil and kept.length == nil and #kept.shape == 1
      and (kept.next == nil or kept.next == true and kept.per_step == true
        and kept.classes == kept.vocab)
  return sized and is_count(kept.vocab)
    and (kept.tokenizer == nil or tokenizer.is_kept(kept.tokenizer, kept.vocab))
    and (words == nil or has_words(kept, words))
end

local function are_reals(kept)
  return kept.dtype == "real" and #kept.shape > 0
    and is_list(kept.means, "number") and is_list(kept.factors, "number")
    and #kept.means > 0 and #kept.means == #kept.factors
    and (kept.fill == nil or is_list(kept.fill, "number"))
    and (kept.seq == nil or kept.seq == true and #kept.shape == 2 and is_count(kept.length))
end

--- Whether tables read from files can be what Dataset:kept and Dataset:vocabulary gave.
---@param kept table
---@param words table? the vocabulary
---@return boolean
return function(kept, words)
  if not are_sizes(kept.shape) or not has_goal(kept)
    or kept.columns ~= nil and not are_columns(kept.columns)
    or kept.arrays ~= nil and not are_arrays(kept.arrays) then
    return false
  end
  return kept.dtype == "i32" and are_tokens(kept, words) or are_reals(kept)
end
