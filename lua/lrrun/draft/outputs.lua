--- The ends of networks in drafts: what a data set's targets want of the last layer, the loss and
--- what is reported. Layer: draft.

local outputs = {}

-- A class that has less than this share of the samples is rare.
local RARE = 0.1

--- The last layer's line, with what it stands for.
---@param d table an open data set
---@return string
function outputs.last(d)
  local n = d.classes or d.targets
  return ("    nn.linear(%d), -- %s"):format(n, d.classes and "an output for each class"
    or n == 1 and "the number" or "an output for each number")
end

--- A network of linear layers for samples that are rows.
---@param hidden integer[] widths
---@param d table
---@return string[]
function outputs.dense(hidden, d)
  local lines = { "  -- Wider (or more) layers learn more, and over-fit sooner.",
    "  model = nn.sequential {" }
  for _, width in ipairs(hidden) do
    lines[#lines + 1] = ("    nn.linear(%d), nn.relu(), nn.dropout(0.1),"):format(width)
  end
  lines[#lines + 1] = outputs.last(d)
  lines[#lines + 1] = "  },"
  return lines
end

-- Whether some class has few samples.
local function is_uneven(d)
  local counts = d.classes and d.counts
  for _, n in ipairs(counts and counts.of or {}) do
    if n < RARE * counts.n then
      return true
    end
  end
  return false
end

--- The loss's line.
---@param d table
---@return string[]
function outputs.loss(d)
  if not d.classes then
    return { "  loss = nn.mse(), -- or nn.huber(), which large errors move less" }
  elseif is_uneven(d) then
    return { "  loss = nn.cross_entropy(), -- { class_weights = \"balanced\" } weighs rare ones" }
  end
  return { "  loss = nn.cross_entropy()," }
end

--- What is reported besides, or nil.
---@param d table
---@return string?
function outputs.metrics(d)
  return is_uneven(d) and "{ \"balanced_accuracy\", \"f1\" }" or nil
end

return outputs
