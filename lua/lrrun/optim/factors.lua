--- Factors on the numbers of single parameters: what a recipe says of depth (rates), of width
--- (transfer), of weight decay (decay = "matrices") and of time (freeze) comes together here.
--
-- A rule gives for a parameter { lr =, weight_decay =, eps =, ... } by native name, which multiply
-- what its group has, whoever sets that: group, schedule, update{ lr = }; and { from = duration },
-- until which it is held as it is. Factors of several rules multiply, the latest `from` counts.
-- Parameters whose factors are others than those of the rest of their group get a group of their
-- own. Group 1 has no factor, so that `lr` is the rate of a parameter of factor 1. Layer: optim.

local errors = require "lrrun.util.errors"
local sorted = require "lrrun.util.sorted"
local units = require "lrrun.util.units"

local factors = {}

-- Durations of one unit compare; of others the later rule's counts.
local function later(a, b)
  if not a then
    return b
  end
  return a.unit == b.unit and a.amount > b.amount and a or b
end

--- The factors of two rules on one parameter; either may be nil.
---@param a table<string, any>?
---@param b table<string, any>?
---@return table<string, any>?
function factors.join(a, b)
  if not (a and b) then
    return a or b
  end
  local out = {}
  for name, x in pairs(a) do
    out[name] = x
  end
  for name, x in pairs(b) do
    if name == "from" then
      out.from = later(out.from, x)
    else
      out[name] = (out[name] or 1) * x
    end
  end
  return out
end

--- Whether a value is a table of factors by a parameter's name, as rules give it.
function factors.is(value)
  if type(value) ~= "table" or getmetatable(value) ~= nil then
    return false
  end
  for name, of in pairs(value) do
    if type(name) ~= "string" or type(of) ~= "table" or getmetatable(of) ~= nil then
      return false
    end
  end
  return true
end

--- The factors of several rules: tables of them by a parameter's name.
---@param list table<string, table>[]
---@return table<string, table>
function factors.joined(list)
  local out = {}
  for _, rule in ipairs(list) do
    for name, of in pairs(rule) do
      out[name] = factors.join(out[name], of)
    end
  end
  return out
end

-- What tells groups of factors apart; nil for none.
local function key_of(of)
  local parts = {}
  for name, x in sorted.pairs(of) do
    if name == "from" then
      parts[#parts + 1] = x.amount > 0 and "from " .. tostring(x) or nil
    elseif x ~= 1 then
      parts[#parts + 1] = ("%s %a"):format(name, x)
    end
  end
  return parts[1] and table.concat(parts, ", ")
end

-- The factors alone, without those of 1.
local function numbers_of(of)
  local out = {}
  for name, x in pairs(of) do
    out[name] = name ~= "from" and x ~= 1 and x or nil
  end
  return out
end

--- Puts parameters with factors into groups of their own, with the numbers of the group that they
--- were in.
---@param config table groups, group_of and factors by group; gets, by number of such a group,
--- its factors, `twin_of` (the group it is of) and `from`
---@param names string[]
---@param by_name table<string, table>
---@param twin fun(group: integer, of: table): integer makes such a group, behind the others
function factors.apart(config, names, by_name, twin)
  local made = {}
  for i, name in ipairs(names) do
    local of = by_name[name]
    local key, g = of and key_of(of), config.group_of[i]
    if key then
      local full = g .. ": " .. key
      if not made[full] then
        local new = twin(g, of)
        made[full], config.twin_of[new], config.from[new] = new, g, of.from
        config.factors[new] = numbers_of(of)
      end
      config.group_of[i] = made[full]
    end
  end
end

--- What is given to bind, and what a network's freeze says.
---@param who string for messages
---@param by_name any
---@param from table<string, table>? until when a network's parameters are held
---@return table<string, table>
function factors.with_thaws(who, by_name, from)
  if by_name ~= nil and not factors.is(by_name) then
    errors.raise(nil, "%s: bind takes a model or { name = tensor } alone, found %s besides", who,
      errors.show(by_name))
  end
  local thaws = {}
  for name, duration in pairs(from or {}) do
    thaws[name] = { from = duration }
  end
  return factors.joined { by_name or {}, thaws }
end

--- Holds the groups of a bound optimizer that are held first, as far as that is said in updates:
--- the rest is known by a clock alone. Gives the optimizer.
function factors.hold(bound)
  for g, d in pairs(bound.config.from) do
    bound:hold(g, d.unit == "steps" and units.to_steps(d, {}) or 0)
  end
  return bound
end

--- Raises where a bound optimizer without a clock cannot know until when it holds groups.
function factors.want_clock(bound)
  for _, d in pairs(bound.config.from) do
    if d.unit ~= "steps" then
      errors.raise(nil, "%s: update: parameters are frozen until %s: give update a clock, or "
        .. "give it in steps", bound.kind, tostring(d))
    end
  end
end

-- Why an optimizer takes no rates of single parameters, and none that begin later.
local function refusal(spec)
  if spec.plain_lr then
    return "its lr is the size of the first steps alone, which it then changes by itself: there is "
      .. "nothing that rates by depth or width could scale", false
  elseif spec.searches then
    return "all weights are one vector with one step: there are no rates by depth or width, and no "
      .. "parameters that thaw later", true
  elseif spec.one_rate then
    return "it finds one rate for all parameters: there are none by depth or width, and no "
      .. "parameters that thaw later", true
  end
  return nil
end

--- Raises where a rule on rates is for an optimizer that makes no use of one.
---@param value table the optimizer's
---@param spec table of its file
---@param by_name table<string, table>
function factors.check(value, spec, by_name)
  local why, at_all = refusal(spec)
  for _, of in pairs(why and by_name or {}) do
    if of.lr and of.lr ~= 1 or at_all and of.from then
      errors.raise(value.where, "%s: %s", value.kind, why)
    end
  end
end

return factors
