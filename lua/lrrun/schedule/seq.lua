--- a .. b: phases one after another.

local errors = require "lrrun.util.errors"
local form = require "lrrun.schedule.form"
local describe = require "lrrun.util.describe"

local seq = {}

seq.new = form.new {
  name = "seq",
  doc = "a .. b runs schedule b after schedule a; each counts from its own start.",
  internal = true, -- written with an operator
  plain = true,
  own_length = true,
  rest = "phases",
  keys = {
    { "phases", "list", of = "value", kinds = { "schedule." }, required = true,
      doc = "the schedules in their order" },
  },
  children = function(o)
    return o.phases
  end,
  text = function(o, text)
    local parts = {}
    for i, phase in ipairs(o.phases) do
      parts[i] = text(phase)
    end
    return table.concat(parts, " .. ")
  end,
}

--- True when a phase behind this one would ever begin.
function seq.ends(value)
  local o = value.opts
  if value.kind == "schedule.seq" then
    return seq.ends(o.phases[#o.phases])
  elseif value.kind == "schedule.product" then
    return seq.ends(o.a) or seq.ends(o.b)
  elseif value.kind == "schedule.scale" then
    return seq.ends(o.of)
  end
  return o.length ~= nil or o.ends ~= nil
end

local function append(phases, value)
  if value.kind == "schedule.seq" then
    table.move(value.opts.phases, 1, #value.opts.phases, #phases + 1, phases)
  else
    phases[#phases + 1] = value
  end
end

--- a .. b, flat. Raises where a phase before the last has no length.
function seq.join(a, b)
  local phases = {}
  append(phases, a)
  append(phases, b)
  for i = 1, #phases - 1 do
    if not seq.ends(phases[i]) then
      errors.raise(nil, "schedule: phase %d of %d, %s, has no length, so what follows never "
        .. "begins; say its length (only the last phase takes the rest of the run)",
        i, #phases, describe.value(phases[i]))
    end
  end
  return seq.new { phases = phases }
end

return seq
