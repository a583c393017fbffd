--- AdamW beside an optimizer of matrices: its key `adamw = { lr = ... }`, and its numbers for what
--- is no matrix (matrices.lua). Layer: optim.

local options = require "lrrun.util.options"

local beside = {}

local TYPICAL = 1e-3 -- AdamW's own default

local function constructor(spec, entries, check_pairs)
  local keys = {}
  for i, entry in ipairs(entries) do
    local rule = {}
    for key, item in pairs(entry[1]) do
      rule[key] = item
    end
    if rule[1] == "lr" then
      rule[2], rule.choices = "number", nil
      rule.doc = spec.beside.lr_doc
    elseif rule[1] == "weight_decay" then
      rule.default, rule.doc = nil, "decay; the optimizer's own without one"
    end
    keys[i] = rule
  end
  return options.constructor {
    name = spec.name .. ".adamw",
    doc = "AdamW's numbers, for what is no matrix.",
    keys = keys,
    check = function(o, fail)
      check_pairs(fail, entries, o)
    end,
    unnamed = true,
  }
end

local function is_schedule(item)
  return options.is_value(item, "schedule.")
end

-- The rate of the whole before groups: without one, as the optimizer says.
local function rate_of(o, spec)
  local lr = o.adamw.opts.lr
  if lr == nil then
    lr = spec.beside.same_lr(o) and o.lr or TYPICAL
  end
  return lr
end

local function check(fail, o, spec, new)
  if o.adamw == nil or not options.is_value(o.adamw) then
    o.adamw = new(o.adamw or {})
  end
  if is_schedule(o.lr) and not is_schedule(rate_of(o, spec)) then
    fail("adamw", "has a rate of its own, which does not move with lr's schedule; want "
      .. "adamw = { lr = a schedule, too }, or lr = a number and the recipe's 'schedule', which "
      .. "moves both")
  end
  for i, group in ipairs(o.groups or {}) do
    local lr = group.opts.lr
    if lr ~= nil and (is_schedule(lr) or is_schedule(o.lr) or is_schedule(o.adamw.opts.lr)) then
      fail("groups", "item %d: lr is to the optimizer's as adamw's there is to adamw's, which of "
        .. "schedules is no number; want numbers, and the recipe's 'schedule'", i)
    end
  end
end

--- What define.lua needs of it: { rule = of the key, check, entries, numbers(value, group) gives
--- AdamW's numbers for what is no matrix among the parameters of that group }. A group's lr changes
--- AdamW's in the same ratio; its weight_decay is AdamW's there, too.
---@param spec table the optimizer's, with beside = { numbers, lr_doc, same_lr(opts) }
---@param entries table[] of AdamW's numbers, as in define.lua
---@param check_pairs function of define.lua
function beside.new(spec, entries, check_pairs)
  local new = constructor(spec, entries, check_pairs)
  return {
    entries = entries,
    rule = { "adamw", { "value", "table" }, kinds = { spec.name .. ".adamw" },
      form = "a table, as { lr = 1e-3, weight_decay = 0.01 }",
      doc = "of what is no matrix: AdamW's lr, betas, eps, weight_decay" },
    check = function(fail, o)
      check(fail, o, spec, new)
    end,
    numbers = function(value, group)
      local o, own = value.opts, {}
      for _, entry in ipairs(entries) do
        own[entry[1][1]] = o.adamw.opts[entry[1][1]]
      end
      own.lr = rate_of(o, spec)
      local said = group > 1 and o.groups[group - 1].opts or {}
      if said.lr ~= nil and o.lr > 0 then
        own.lr = own.lr * (said.lr / o.lr)
      end
      if said.weight_decay ~= nil then
        own.weight_decay = said.weight_decay
      elseif own.weight_decay == nil then
        own.weight_decay = o.weight_decay
      end
      return own
    end,
  }
end

return beside
