--- Common mistakes in a network that its plan can see. Layer: plan.

local first_targets = require "lrrun.plan.first_targets"
local options = require "lrrun.util.options"

local network = {}

-- Layers with weights on one another from which gradients tend to explode.
local DEEP = 20
-- Sigmoids or tanhs on one another through which, as weights start without `init`, no gradient
-- comes: each passes on a quarter at most, or what uniform weights leave of 1 (Glorot and Bengio,
-- AISTATS 2010, section 4).
local SATURATING = 10

local RECURRENT = { ["nn.rnn"] = true, ["nn.lstm"] = true, ["nn.gru"] = true }
local WEIGHTED = { ["nn.linear"] = true, ["nn.conv2d"] = true, ["nn.conv1d"] = true }
-- Ways around a layer, and layers that put values back to size.
local RELIEVED = { ["nn.residual"] = true, ["nn.concat"] = true, ["nn.batchnorm"] = true,
  ["nn.layernorm"] = true, ["nn.rmsnorm"] = true, ["nn.groupnorm"] = true }

local function check_clip(run, layers, warn)
  local recurrent, depth
  depth = 0
  for _, row in ipairs(layers) do
    recurrent = recurrent or RECURRENT[row.kind] and row.kind
    depth = depth + (WEIGHTED[row.kind] and 1 or 0)
  end
  if run.recipe.opts.clip then
    return
  elseif recurrent then
    warn("%s without clipping: gradients through time can explode (clip = { norm = 5 })", recurrent)
  elseif depth >= DEEP then
    warn("%d layers with weights and no clipping: gradients can explode (clip = { norm = 5 })",
      depth)
  end
end

-- Values of one sample that share a mean in batchnorm.
local function values_of(row)
  local n = 1
  for i = row.time and 1 or #row.output == 1 and 2 or row.kind == "nn.batchnorm" and 2 or 1,
    #row.output do
    n = n * row.output[i]
  end
  return n
end

local function check_single(run, layers, warn)
  local batch = run.dataset.batch
  local last = run.loader:samples() % batch
  for _, row in ipairs(layers) do
    if row.kind == "nn.batchnorm" and not row.time and values_of(row) == 1
      and (last == 1 or batch == 1) then
      warn("nn.batchnorm meets a batch of one sample, whose variance is 0: another batch size%s "
        .. "avoids it", batch > 1 and " or drop_last = true" or "")
      return
    end
  end
end

-- Shards that are normalised by themselves: of which there is one, or of one sample.
local function check_alone(run, layers, warn)
  local batch, shards = run.dataset.batch, run.recipe.opts.shards
  local last = run.loader:samples() % batch
  local least = math.min(batch, last > 0 and last or batch) // shards
  local alone = {}
  for _, row in ipairs(run.model.builder.rows) do
    alone[row.name] = row.value.kind == "nn.batchnorm" and not row.value.opts.sync
  end
  for _, row in ipairs(layers) do
    if alone[row.name] and shards == 1 then
      warn("nn.batchnorm { sync = false } has no effect: the recipe has one shard (shards = 8 "
        .. "cuts each batch in 8)")
      return
    elseif alone[row.name] and not row.time and values_of(row) == 1 and least < 2 then
      warn("nn.batchnorm { sync = false } meets a shard of one sample, whose variance is 0: fewer "
        .. "shards%s", last > 0 and " or drop_last = true" or "")
      return
    end
  end
end

-- Layers that hand on what they get.
local PASSES = { ["nn.flatten"] = true, ["nn.reshape"] = true, ["nn.dropout"] = true }

-- The layer whose values are the network's output, or nil.
local function last_layer(run)
  local node = run.model.output
  local first = {} -- by node: of a container and what stands last in it the inner one
  for _, row in ipairs(run.model.builder.rows) do
    first[row.y] = first[row.y] or row
  end
  local row = first[node]
  while row and PASSES[row.value.kind] and row.x ~= row.y do
    row = first[row.x]
  end
  return row and row.value
end

-- What an activation gives: from, to.
local RANGE = {
  ["nn.softmax"] = { 0, 1 }, ["nn.sigmoid"] = { 0, 1 }, ["nn.tanh"] = { -1, 1 },
  ["nn.relu"] = { 0, math.huge }, ["nn.softplus"] = { 0, math.huge },
}
local OWN = { softmax = "nn.softmax", sigmoid = "nn.sigmoid" } -- what a loss does to logits itself

-- The least that cross-entropy of k classes can be of logits in a range.
local function least(range, k)
  return math.log(1 + (k - 1) * math.exp(range[1] - range[2]))
end

local function check_logits(run, kind, range, warn)
  local loss = run.loss
  local k = loss.of == "classes" and run.dataset.classes
  local costs = k and range[2] < math.huge and loss.kind == "nn.cross_entropy"
    and (": it cannot fall below %.3g"):format(least(range, k))
    or (": what it takes for a logit is never below %g"):format(range[1])
  if OWN[loss.probabilities] == kind or kind == "nn.softmax" then
    warn("%s stands before %s, which takes logits and makes probabilities itself%s; leave the "
      .. "layer away", kind, loss.kind, costs)
  else
    warn("%s stands before %s, which takes logits of any size%s; leave the layer away", kind,
      loss.kind, costs)
  end
end

-- The least and the largest target of a batch.
local function span_of(run)
  local low, high = math.huge, -math.huge
  for _, y in ipairs(first_targets(run, true)) do
    low, high = math.min(low, y), math.max(high, y)
  end
  return low, high
end

local function check_range(run, kind, range, warn)
  local low, high = span_of(run)
  if low < range[1] or high > range[2] then
    warn("%s stands before %s and gives values from %g to %g, the targets%s go from %.3g to %.3g: "
      .. "what lies outside is never met; leave the layer away", kind, run.loss.kind, range[1],
      range[2], run.dataset.target_means and ", scaled," or "", low, high)
  end
end

local function check_last(run, warn)
  local value = last_layer(run)
  local range = value and RANGE[value.kind]
  if not range then
    return
  elseif run.loss.probabilities then
    check_logits(run, value.kind, range, warn)
  elseif run.loss.scales and run.dataset.targets then
    check_range(run, value.kind, range, warn)
  end
end

-- Whether weights start so that what goes through tanh keeps its size.
local function has_init(row)
  return options.is_value(row.value) and row.value.opts.init ~= nil
end

local function check_depth(run, warn)
  local count, kind, plain = 0, nil, true
  for _, row in ipairs(run.model.builder.rows) do
    local name = row.value.kind
    if RELIEVED[name] then
      return
    elseif name == "nn.sigmoid" or name == "nn.tanh" then
      count, kind = count + 1, kind == "nn.sigmoid" and kind or name
    elseif WEIGHTED[name] and has_init(row) then
      plain = false
    end
  end
  if count >= SATURATING and (plain or kind == "nn.sigmoid") then
    warn("%d layers of %s on one another%s: hardly any gradient reaches the first; nn.relu, "
      .. "nn.batchnorm between them%s", count, kind, plain and " whose weights start without init"
      or "", kind == "nn.tanh" and " or init = nn.orthogonal()" or ", or fewer layers")
  end
end

--- Adds sentences on a run's network.
---@param run table of prepare.run
---@param layers table[] of plan.layers
---@param warn fun(fmt: string, ...)
function network.check(run, layers, warn)
  check_clip(run, layers, warn)
  check_single(run, layers, warn)
  check_alone(run, layers, warn)
  check_last(run, warn)
  check_depth(run, warn)
end

return network
