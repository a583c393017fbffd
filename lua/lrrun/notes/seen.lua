--- What the rules of notes go by: the course of the losses, probes of single updates, the lowest
--- validation loss, and where the run stands.
--
-- Fields: run, state, reason (nil while it trains), steps, first (loss of the first update), bins,
-- probes, lowest, peak (the highest rate), lr (the last one). A bin has from (updates before it),
-- n, and of these the mean loss, norm (of gradients), clipped (share) and turns (share of updates
-- after which the loss changed its direction); loss_peak and norm_peak; jump, the root mean square
-- of differences between losses in a row; lr. Layer: notes.

local averaging = require "lrrun.train.averaging"

local seen = {}
local Mt = { __index = seen }

-- The course as means.
local function bins_of(course)
  local bins, from = {}, 0
  for i, b in ipairs(course) do
    bins[i] = { from = from, n = b.n, loss = b.loss / b.n, norm = b.norm / b.n,
      clipped = b.clipped / b.n, turns = b.turns / b.n, jump = math.sqrt(b.jump / b.n),
      loss_peak = b.loss_peak, norm_peak = b.norm_peak, lr = b.lr }
    from = from + b.n
  end
  return bins, from
end

--- What a run has seen so far.
---@param run table with `seen` and a session that watches
---@param state table of the loop
---@param reason string? why it ended
function seen.new(run, state, reason)
  local course = run.session:course()
  local bins, steps = bins_of(course)
  local self = setmetatable({ run = run, state = state, reason = reason, first = course.first,
    bins = bins, steps = steps, probes = run.seen.probes, lowest = run.seen.lowest, peak = 0,
    lr = #bins > 0 and bins[#bins].lr or 0 }, Mt)
  for _, bin in ipairs(bins) do
    self.peak = math.max(self.peak, bin.lr)
  end
  return self
end

--- The bins of which the middle lies between two shares of the updates made.
---@param from number 0 .. 1
---@param to number
---@return table[]
function seen:part(from, to)
  local out = {}
  for _, bin in ipairs(self.bins) do
    local middle = (bin.from + bin.n / 2) / self.steps
    out[#out + 1] = middle >= from and middle < to and bin or nil
  end
  return out
end

--- The mean of what bins have under `key`, by their updates; nil where there are none.
function seen.mean(bins, key)
  local sum, n = 0, 0
  for _, bin in ipairs(bins) do
    sum, n = sum + bin[key] * bin.n, n + bin.n
  end
  return n > 0 and sum / n or nil, n
end

--- The mean loss of bins and its standard error, by what batches scatter: differences between
--- losses in a row have twice their variance.
---@return number? mean, number error
function seen.loss(bins)
  local mean, n = seen.mean(bins, "loss")
  local squares = 0
  for _, bin in ipairs(bins) do
    squares = squares + bin.jump ^ 2 * bin.n
  end
  return mean, n > 0 and math.sqrt(squares / 2) / n or 0
end

--- The largest of what bins have under `key`.
function seen.largest(bins, key)
  local most = -math.huge
  for _, bin in ipairs(bins) do
    most = math.max(most, bin[key])
  end
  return most
end

--- What the probes of the part of the run from `from` on have under `key`: their median, the
--- smallest and the largest; nil where there are none.
---@return number? median, number least, number most
function seen:probed(key, from)
  local list = {}
  for _, probe in ipairs(self.probes) do
    if probe[key] and probe.step >= (from or 0) * self.steps then
      list[#list + 1] = probe[key]
    end
  end
  table.sort(list)
  return list[(#list + 1) // 2], list[1], list[#list]
end

--- Whether the rate is still what moves the weights: at least half of its peak.
function seen:is_high()
  return self.lr >= 0.5 * self.peak
end

--- How many updates the warm-up of the schedule, or of an optimizer that has its own, takes (0
--- without one), and what to write for one.
---@return number, string
function seen:warmup()
  local schedule = require "lrrun.schedule.compile"
  local own, text = averaging.warmup(self.run)
  for _, item in ipairs(self.run.schedules) do
    if item.name == "lr" then
      return math.max(schedule.warmup(item.box), own or 0), text
        or "schedule.warmup(5*percent) .. before the schedule"
    end
  end
  return own or 0, text or "schedule.warmup(5*percent) .. before the schedule"
end

--- Whether the schedule has the rate rise from less than half of the run's highest, whatever it
--- calls that.
function seen:starts_low()
  for _, item in ipairs(self.run.schedules) do
    if item.name == "lr" and not item.feed then
      return item.box:at(0) < 0.5 * self.peak
    end
  end
  return false
end

--- Which metrics the model that the run leaves has, by their names.
function seen:left()
  return self.run.leaves == "best" and self.run.best and self.run.best.metrics
    or self.state.metrics or {}
end

--- The layer that computes node `id`: the first that ends there or behind it.
---@param run table
---@param id integer
function seen.layer(run, id)
  local best
  for _, row in ipairs(run.model.builder.rows) do
    if not row.value.transparent and row.y >= id and (not best or row.y < best.y) then
      best = row
    end
  end
  return best and (best.name ~= "" and best.name or best.value.kind) or "the network"
end

return seen
