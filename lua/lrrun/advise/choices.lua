--- What beside the rate an advice may compare: schedules, optimizers, batches, weight decay; each
--- is the recipe with a few changes, and has its own best rate.
--
-- A choice is { name, changes = list of { path, text }, recipe = with them, prior = its best rate
-- over that of the recipe as it is, as a rule says, nil where none does, why = that rule }.
-- Comparing at one shared rate is the usual mistake: of a linear decay's best rate a constant
-- schedule wants a third. Layer: advise.

local averaging = require "lrrun.train.averaging"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local plain = require "lrrun.recipe.plain"
local rate = require "lrrun.advise.rate"
local subject = require "lrrun.advise.subject"
local transfer = require "lrrun.schedule.transfer"

local choices = {
  --- What --what takes beside lr.
  NAMES = { "schedule", "optimizer", "batch", "weight_decay" },
}

-- Adaptive optimizers divide by the gradient's size: their rate goes with the root of the batch
-- (Malladi et al., On the SDEs and scaling rules for adaptive gradient algorithms, 2022); that
-- of SGD goes with the batch (Goyal et al., 2017).
local LINEAR = { ["optim.sgd"] = true }
local BATCHES = { 0.25, 0.5, 2, 4 }
local DECAYS = { 0, 1e-4, 1e-3, 1e-2, 1e-1 }

local function change(path, text)
  return { path = path, text = text }
end

local function duration_text(d)
  return ("%s*%s"):format(json.number(d.amount), d.unit)
end

-- The warmup that the recipe's schedule begins with, as a phase before another.
local function warmup_of(r)
  local value = r.opts.schedule
  local first = value and value.kind == "schedule.seq" and value.opts.phases[1] or nil
  if not first or first.kind ~= "schedule.warmup" then
    return ""
  end
  local o = first.opts
  return ("schedule.warmup { %s, from = %s, shape = %q } .. "):format(duration_text(o.length),
    json.number(o.from), o.shape)
end

local function schedules(r, peak)
  local before = warmup_of(r)
  local out = {}
  for _, item in ipairs {
    { "constant", before .. "schedule.constant()" },
    { "step", before .. "schedule.multistep { at = { 50*percent, 75*percent } }" },
    { "linear to 0", before .. "schedule.linear()" },
    { "cosine", before .. "schedule.cosine()" },
    { "one-cycle", ("schedule.one_cycle { max = %s }"):format(json.number(peak)) },
    { "wsd", before .. "schedule.wsd { decay = 20*percent }" },
  } do
    local changes = { change("schedule", item[2]) }
    if type(r.opts.optimizer.opts.lr) ~= "number" then
      table.insert(changes, 1, change("optimizer.lr", json.number(peak)))
    end
    out[#out + 1] = { name = item[1], changes = changes }
  end
  return out
end

local function optimizers(r)
  local decay = r.opts.optimizer.opts.weight_decay
  local more = type(decay) == "number" and decay > 0
    and (", weight_decay = %s"):format(json.number(decay)) or ""
  local out = {}
  for _, item in ipairs {
    { "sgd, momentum 0.9", "optim.sgd", "lr = 0.1, momentum = 0.9" },
    { "adam", "optim.adam", "lr = 1e-3" }, { "adamw", "optim.adamw", "lr = 1e-3" },
    { "rmsprop", "optim.rmsprop", "lr = 1e-3" }, { "lion", "optim.lion", "lr = 1e-4" },
  } do
    out[#out + 1] = item[2] ~= r.opts.optimizer.kind and { name = item[1], changes = {
      change("optimizer", ("%s { %s%s }"):format(item[2], item[3], more)) } } or nil
  end
  return out
end

local function batches(r)
  local batch, out = r.opts.data.opts.batch, {}
  if math.type(batch) ~= "integer" then
    errors.raise(r.opts.data.where, "advise: %s has no batch to compare others with",
      r.opts.data.kind)
  end
  for _, factor in ipairs(BATCHES) do
    local other = math.tointeger(math.max(1, batch * factor // 1))
    if other ~= batch and (not out[#out] or out[#out].batch ~= other) then
      out[#out + 1] = { name = ("batch %d"):format(other), batch = other,
        changes = { change("data.batch", ("%d"):format(other)) },
        prior = LINEAR[r.opts.optimizer:maker().kind] and other / batch or (other / batch) ^ 0.5 }
    end
  end
  return out
end

local function decays(r)
  local out = {}
  for _, x in ipairs(DECAYS) do
    out[#out + 1] = x ~= r.opts.optimizer.opts.weight_decay and {
      name = ("weight decay %g"):format(x), prior = 1,
      changes = { change("optimizer.weight_decay", json.number(x)) } } or nil
  end
  return out
end

local LISTS = { schedule = schedules, optimizer = optimizers, batch = batches,
  weight_decay = decays }

-- What a schedule's best rate is over the other's, nil where no formula says it.
local function moved(from, to, clock)
  local function factor(r)
    local at = { lr = 1 }
    for key, item in pairs(clock) do
      at[key] = at[key] or item
    end
    local ok, found = pcall(transfer.of_schedule, r.opts.schedule, at)
    return ok and found and found.factor or nil
  end
  local a, b = factor(from), factor(to)
  return a and b and b / a or nil
end

-- What the recipe has already, in words.
local function own_name(r, what)
  if what == "optimizer" then
    return r.opts.optimizer.kind:match "[^.]+$" .. " as it is"
  elseif what == "batch" then
    return ("batch %d as it is"):format(r.opts.data.opts.batch)
  elseif what == "weight_decay" then
    local x = r.opts.optimizer.opts.weight_decay
    return type(x) == "number" and ("weight decay %g as it is"):format(x) or "as it is"
  end
  return "as it is"
end

--- The words of --what: nil for the rate alone, else one of NAMES; nil and why where it is neither.
---@param text string
---@return string?, string?
function choices.parse(text)
  local words = {}
  for word in text:gmatch "[^,%s]+" do
    words[#words + 1] = word
  end
  if words[1] ~= "lr" or #words > 2 then
    return nil, ("want lr, or lr and one of %s, as in lr,schedule"):format(
      table.concat(choices.NAMES, ", "))
  elseif not words[2] or LISTS[words[2]] then
    return words[2]
  end
  return nil, ("'%s' is none of %s%s"):format(words[2], table.concat(choices.NAMES, ", "),
    errors.hint(words[2], choices.NAMES))
end

--- The recipe as it is, and what is compared with it.
---@param r table a resolved recipe
---@param what string? of parse
---@return table[]
function choices.of(r, what)
  if what == "schedule" and averaging.by_optimizer(r.opts) then
    errors.raise(r.opts.optimizer.where, "advise: %s averages its steps in the place of a rate "
      .. "that falls: there are no schedules to compare; want --what lr", r.opts.optimizer.kind)
  end
  local out = { { name = what and own_name(r, what) or "as it is", changes = {}, recipe = r } }
  local own = what == "schedule" and json.encode(plain(r.opts.schedule or false))
  for _, choice in ipairs(what and LISTS[what](r, rate.of(r) or rate.default(r) or rate.TYPICAL)
    or {}) do
    choice.recipe = subject.changed(r, choice.changes)
    if not own or json.encode(plain(choice.recipe.opts.schedule)) ~= own
      and not (choice.name == "constant" and not r.opts.schedule) then
      out[#out + 1] = choice
    end
  end
  return out
end

--- Fills in what the clock of the run says of a choice: its prior among schedules.
---@param list table[] of choices.of
---@param what string?
---@param clock table
function choices.add_priors(list, what, clock)
  for i = 2, what == "schedule" and #list or 0 do
    list[i].prior = moved(list[1].recipe, list[i].recipe, clock)
  end
end

--- Whether a choice trains on other batches, so that data that are open cannot be its own.
---@param what string?
function choices.has_other_data(what)
  return what == "batch"
end

return choices
