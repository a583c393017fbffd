--- Which parameter has which rate, and when it begins to train, for plans. Layer: plan.

local json = require "lrrun.record.json"

-- A group's numbers: its own, else the optimizer's.
local function number_of(o, g, key)
  local group = o.groups and o.groups[g - 1]
  local own = group and group.opts[key]
  if own == nil then
    own = o[key]
  end
  return own
end

-- The highest rate of a group without its factor: a schedule drives all of them alike.
local function peak_of(o, g, peak)
  local base, own = o.lr, number_of(o, g, "lr")
  if type(own) ~= "number" then
    return g == 1 and peak or nil -- a schedule of its own
  elseif type(base) ~= "number" or base == 0 or not peak or peak == 0 then
    return own
  end
  return own == base and peak or own / base * peak
end

--- Of each parameter that trains: { name, factor = of the rate, rate = its highest one, nil where
--- that hangs on metrics or on a schedule of its own, weight_decay, first = the update that it
--- trains from, where that is not the first }; nil where all are alike.
---@param run table of prepare.run
---@param peak number? the run's highest rate
---@return table[]?
return function(run, peak)
  local o, config, out = run.recipe.opts.optimizer.opts, run.optimizer.config, json.array {}
  if #config.groups == 1 then
    return nil
  end
  for i, s in ipairs((run.model.graph:segments())) do
    local g = config.group_of[i]
    local group, of = config.twin_of[g] or g, config.factors[g]
    local rate, decay = peak_of(o, group, peak), number_of(o, group, "weight_decay")
    local first = run.optimizer:first_of(i)
    out[#out + 1] = s.trains and {
      name = s.name, factor = of.lr or 1, rate = rate and rate * (of.lr or 1),
      weight_decay = type(decay) == "number" and decay * (of.weight_decay or 1) or nil,
      first = first > 0 and first or nil,
    } or nil
  end
  return out
end
