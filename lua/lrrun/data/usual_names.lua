--- Names that arrays have as a rule, by which those of a part are found in an archive or a folder.
--- Layer: data.

-- %s is the part.
local FORMS = {
  x = { "x_%s", "X_%s", "%s_x", "%s_X", "x%s", "X%s", "%s_images", "%s_data" },
  y = { "y_%s", "Y_%s", "%s_y", "%s_Y", "y%s", "Y%s", "%s_labels", "%s_targets" },
}
-- The same where there is one part, in which case numpy.savez may have named them.
local ONE = {
  x = { "x", "X", "data", "images", "features", "inputs", "arr_0" },
  y = { "y", "Y", "labels", "label", "targets", "target", "arr_1" },
}

-- Other words for the parts in such names.
local WORDS = { train = { "train" }, val = { "val", "valid", "validation" }, test = { "test" } }

--- The first usual name that is there, or nil.
---@param has table name -> true
---@param part string
---@param what string "x" or "y"
---@param alone boolean? names that say no part are usual, too
---@return string?
return function(has, part, what, alone)
  for _, word in ipairs(WORDS[part]) do
    for _, form in ipairs(FORMS[what]) do
      local name = form:format(word)
      if has[name] then
        return name
      end
    end
  end
  for _, name in ipairs(alone and ONE[what] or {}) do
    if has[name] then
      return name
    end
  end
end
