--- Where the phases of a run's schedule began and ended, from its settings: a schedule of several
--- phases names them with their lengths, some kinds have phases inside. Layer: report.

local units = require "lrrun.util.units"
local values = require "lrrun.report.values"

-- Steps of a duration as settings have it; nil where it is none.
local function steps_of(x, clock)
  local d = type(x) == "string" and units.parse(x) or type(x) == "number" and x or nil
  if not d or units.is(d) and d.unit == "samples" and not clock.samples_per_epoch then
    return nil
  end
  local steps = units.exact_steps(d, clock)
  return steps == steps and steps >= 0 and steps < 2 ^ 53 and steps or nil
end

local function name_of(value)
  return type(value.kind) == "string" and value.kind:gsub("^schedule%.", "") or "?"
end

-- Phases inside a schedule of one kind that lasts from `from` to `to`.
local INSIDE = {
  ["schedule.wsd"] = function(o, from, to, clock)
    local warmup, decay = steps_of(o.warmup, clock) or 0, steps_of(o.decay, clock) or 0
    return { { from, from + warmup, "warmup" }, { from + warmup, to - decay, "stable" },
      { to - decay, to, "decay" } }
  end,
  ["schedule.one_cycle"] = function(o, from, to)
    local share = values.number(o, "warmup") or 0
    local top, length = from + share * (to - from), to - from
    if o.three_phase == true then
      return { { from, top, "up" }, { top, math.min(to, top + share * length), "down" },
        { math.min(to, top + share * length), to, "anneal" } }
    end
    return { { from, top, "up" }, { top, to, "down" } }
  end,
}

local function put(out, value, from, to, clock)
  local inside = INSIDE[value.kind]
  for _, p in ipairs(inside and inside(value, from, to, clock)
    or { { from, to, name_of(value) } }) do
    if p[2] > p[1] then
      out[#out + 1] = { from = p[1], to = p[2], text = p[3] }
    end
  end
end

-- The schedule of the rate, as settings have it.
local function schedule_of(settings)
  local s = values.list(settings)
  local schedule = values.list(s.schedule)
  return schedule.kind and schedule or values.list(values.list(s.optimizer).lr)
end

--- Phases as charts have them, { from, to, text } in updates; empty where there are none to tell
--- apart. A phase whose end hangs on a metric is the last that is known.
---@param settings any of the run
---@param clock { steps_per_epoch: number, total_steps: number }
---@return table[]
return function(settings, clock)
  local schedule, out, from = schedule_of(settings), {}, 0
  local parts = schedule.kind == "schedule.seq" and values.list(schedule.phases) or { schedule }
  for i, phase in ipairs(parts) do
    phase = values.list(phase)
    local length = steps_of(phase.length, clock)
    local to = length and math.min(from + length, clock.total_steps) or clock.total_steps
    if phase.kind == nil or not length and i < #parts then
      break
    end
    put(out, phase, from, to, clock)
    from = to
  end
  return #out > 1 and out or {}
end
