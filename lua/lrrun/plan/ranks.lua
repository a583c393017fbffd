--- What several ranks would cost a run (lrrun plan --ranks): who computes how many shards, what
--- they send each other, and, for links of three speeds, where more of them stop to pay.
--
-- Measured is a step on this machine, alone: some are made, on weights that nobody keeps. The rest
-- is a model: a rank computes its shards' share of the step, sends its bytes at the link's full
-- speed, and each message costs LATENCY. That most of a gradient is sent while others are computed
-- is left out: communication is what it is at most. Layer: plan.

local native = require "lrrun.native.ranks"
local sys = require "lrrun.native.sys"

local ranks = {}

local LATENCY = 5e-5 -- seconds of a message to all over Ethernet
local LINKS = { 1, 10, 100 } -- Gbit/s
local LOOK = 2 -- seconds, after a first step
local MOST = 20 -- steps
local GAIN = 0.05 -- of the time, for a rank more to pay

local function seconds_of_step(run)
  run.session:step()
  local began, n = sys.now(), 0
  repeat
    run.session:step()
    n = n + 1
  until n == MOST or sys.now() - began > LOOK
  return (sys.now() - began) / n
end

-- Channels of all batchnorms together that are of the whole batch, how many they are, and the sums
-- that others leave behind.
local function norms_of(run)
  local _, buffers = run.model.graph:segments()
  local channels, count, left, alone = 0, 0, 0, {}
  for _, row in ipairs(run.model.builder.rows) do
    alone[row.name .. ".running_mean"] = row.value.opts and row.value.opts.sync == false
  end
  for _, s in ipairs(buffers) do
    if alone[s.name] then
      left = left + 2 * s.n + 2
    elseif s.name:find "running_mean$" then
      channels, count = channels + s.n, count + 1
    end
  end
  return channels, count, left
end

-- Bytes that the busiest rank sends in an update, and its messages to all.
local function traffic(run, n)
  local o, parameters = run.recipe.opts, 0
  for _, s in ipairs((run.model.graph:segments())) do
    parameters = parameters + s.n
  end
  if n == 1 then
    return 0, 0
  end
  local pieces, most = native.pieces(o.shards, n)
  local channels, norms, left = norms_of(run)
  local others = (n - 1) / n
  local gradient = parameters * sys.real_bytes * others * (most + 1)
  local sums = (2 * (3 * channels + norms) + left) * 8 * math.ceil(o.shards / n) * (n - 1)
  return math.floor(o.accumulate * (gradient + sums)), o.accumulate * (2 * norms + 3), pieces
end

-- Seconds of an update with n ranks on a link, and the share of it that is not computing.
local function time_of(run, step, n, gbit)
  local bytes, messages = traffic(run, n)
  local shards = run.recipe.opts.shards
  local compute = step * math.ceil(shards / n) / shards
  local sending = bytes * 8 / (gbit * 1e9) + messages * LATENCY
  return compute + sending, sending / (compute + sending)
end

-- From how many ranks on another one gains less than GAIN, up to one for each shard.
local function best_of(run, step, gbit)
  local best, least = 1, (time_of(run, step, 1, gbit))
  for n = 2, run.recipe.opts.shards do
    local time = time_of(run, step, n, gbit)
    if time < (1 - GAIN) * least then
      best, least = n, time
    end
  end
  return best
end

--- Figures of `n` ranks: { ranks, shards, fewest, most, idle, bytes, messages, step, links = {
--- { gbit, seconds, share, best } } }; share is communication's.
---@param run table of prepare.run; its weights are moved
---@param n integer
function ranks.of(run, n)
  local shards, step = run.recipe.opts.shards, seconds_of_step(run)
  local bytes, messages = traffic(run, n)
  local out = { ranks = n, shards = shards, fewest = shards // n, most = math.ceil(shards / n),
    idle = math.max(n - shards, 0), bytes = bytes, messages = messages, step = step, links = {} }
  for i, gbit in ipairs(LINKS) do
    local seconds, share = time_of(run, step, n, gbit)
    out.links[i] = { gbit = gbit, seconds = seconds, share = share,
      best = best_of(run, step, gbit) }
  end
  return out
end

return ranks
