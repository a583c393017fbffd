--- What an optimizer of a recipe is to its native one: rows of numbers for its groups, and which
--- parameter is in which. Layer: optim.

local decay = require "lrrun.optim.decay"
local errors = require "lrrun.util.errors"
local factors = require "lrrun.optim.factors"
local matrices = require "lrrun.optim.matrices"
local options = require "lrrun.util.options"
local pattern = require "lrrun.util.pattern"
local rate_words = require "lrrun.util.rate_words"
local units = require "lrrun.util.units"

-- Sets the native numbers of one key in a row; those that are schedules or durations go to `found`,
-- as their value hangs on the update or on the run.
local function fill_row(row, entry, value, group, found)
  for i = 2, #entry do
    local item = value
    if #entry > 2 then
      item = value[i - 1]
    end
    if options.is_value(item, "schedule.") then
      table.insert(found.schedules, { group = group, name = entry[i], schedule = item })
      row[entry[i]] = 0
    elseif units.is(item) then
      table.insert(found.durations, { group = group, name = entry[i], duration = item })
      row[entry[i]] = item.unit == "steps" and item.amount or 0
    else
      row[entry[i]] = item
    end
  end
end

local function row_of(entries, own, rest, group, found)
  local row = {}
  for _, entry in ipairs(entries) do
    local key = entry[1][1]
    local value = own[key]
    if value == nil then
      value = rest[key]
    end
    if value ~= nil then
      fill_row(row, entry, value, group, found)
    end
  end
  return row
end

local function keeps_momentum(rows, schedules)
  for _, row in ipairs(rows) do
    if (row.momentum or 0) > 0 then
      return true
    end
  end
  for _, item in ipairs(schedules) do
    if item.name == "momentum" then
      return true
    end
  end
  return false
end

-- For each name the group it belongs to: 1 is the rest, 1 + i the i-th of the list.
local function assign(value, groups, names)
  local of, used = {}, {}
  for i, name in ipairs(names) do
    of[i] = 1
    for g, group in ipairs(groups) do
      if pattern.matches(name, group.opts.match) then
        of[i], used[g] = g + 1, true
        break
      end
    end
  end
  for g, group in ipairs(groups) do
    if not used[g] then
      local shown = table.concat(names, ", ", 1, math.min(#names, 8))
      errors.raise(value.where, "%s: 'groups' item %d: no parameter is left for %s; there are %s%s",
        value.kind, g, errors.show(group.opts.match), shown, #names > 8 and ", ..." or "")
    end
  end
  return of
end

-- One more row with the numbers of group g, for parameters of these factors.
local function twin_of(value, entries, rows, g, of, found)
  local o, own = value.opts, {}
  for key, item in pairs(g > 1 and o.groups[g - 1].opts or o) do
    own[key] = item
  end
  if of.weight_decay == 0 then
    own.weight_decay = 0 -- whatever schedule there is
  end
  rows[#rows + 1] = row_of(entries, own, o, #rows + 1, found)
  return #rows
end

-- What all rules say of the parameters.
local function factors_of(value, spec, config, names, shapes, given)
  local list = { given }
  if value.opts.decay == "matrices" then
    table.insert(list, 1, decay.factors(value, config.group_of, names, shapes))
  end
  local by_name = factors.joined(list)
  factors.check(value, spec, by_name)
  return by_name
end

-- One more row for what of group g is no matrix.
local function beside_of(value, second, config, g, found)
  local own, rows = second.numbers(value, config.twin_of[g] or g), config.groups
  local new, of = #rows + 1, config.factors[g]
  own.weight_decay = of.weight_decay == 0 and 0 or own.weight_decay
  rows[new] = row_of(second.entries, own, own, new, found)
  config.factors[new], config.from[new] = of, config.from[g]
  config.twin_of[new] = config.twin_of[g] or g
  return new
end

-- One more row with the numbers of group g, for what of it is no matrix.
local function plain_of(value, entries, config, g, found)
  local of, first = config.factors[g], config.twin_of[g] or g
  local new = twin_of(value, entries, config.groups, first, of, found)
  config.factors[new], config.from[new], config.twin_of[new] = of, config.from[g], first
  return new
end

-- Of an optimizer of matrices: what is none, in groups of its own.
local function matrices_apart(value, spec, entries, config, of, found)
  if of.second then
    matrices.apart(value, config, of.names, of.shapes, of.roles, function(g)
      return beside_of(value, of.second, config, g, found)
    end)
  elseif spec.matrices then
    matrices.apart(value, config, of.names, of.shapes, of.roles, function(g)
      return plain_of(value, entries, config, g, found)
    end, true)
    config.beside = nil
  end
end

--- What the native optimizer takes for parameters: see define.lua.
---@param of { names: string[]?, shapes: integer[][]?, factors: table?, roles: table?,
--- second: table? } factors by name; second: of beside.lua
return function(value, spec, entries, of)
  local names, shapes, given = of.names, of.shapes, of.factors
  local o, found = value.opts, { schedules = {}, durations = {} }
  if rate_words.of(o.lr) then
    errors.raise(value.where, "%s: lr = '%s' works in a recipe alone; want a number here, such "
      .. "as that of train.range(r).suggestion", value.kind, o.lr)
  end
  local rows = { row_of(entries, o, o, 1, found) }
  for i, group in ipairs(o.groups or {}) do
    rows[i + 1] = row_of(entries, group.opts, o, i + 1, found)
  end
  local config = {
    name = spec.name:match "%.([%w_]+)$",
    groups = rows, factors = {}, twin_of = {}, from = {},
    group_of = names and assign(value, o.groups or {}, names) or {},
    keeps_momentum = keeps_momentum(rows, found.schedules), durations = found.durations,
    keras = o.like == "keras",
    decoupled = spec.decoupled or o.like == "keras",
  }
  for _, flag in ipairs(spec.flags or {}) do
    config[flag] = o[flag]
  end
  for g in ipairs(rows) do
    config.factors[g] = {}
  end
  if names then
    factors.apart(config, names, factors_of(value, spec, config, names, shapes, given),
      function(g, own)
        return twin_of(value, entries, rows, g, own, found)
      end)
  end
  if names then
    matrices_apart(value, spec, entries, config, of, found)
  end
  if spec.configure then
    spec.configure(o, config)
  end
  return config, found.schedules
end
