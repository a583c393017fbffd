--- What TensorBoard shows of a run, written at each evaluation: figures, and of each parameter the
--- norms of its weights and of its gradient, before clipping, in the last update, and how far that
--- moved it, as a share of its own length (by a sample of 256 weights). Not with metrics = {}.
--- Layer: runs.

local compare = require "lrrun.record.compare"
local plain = require "lrrun.recipe.plain"
local current = require "lrrun.util.current"
local measure = require "lrrun.native.measure"
local metrics = require "lrrun.metrics"
local rates = require "lrrun.train.rates"
local sorted = require "lrrun.util.sorted"
local tensorboard = require "lrrun.record.tensorboard"

local board = {}

local BINS = 64 -- of a histogram
local LIST, SETTINGS = 16, 500 -- of a list and in all, what is shown of settings

-- The settings with lists and all of them cut to what somebody looks at.
local function shortened(settings, left)
  local out = {}
  local function add(key, value)
    if left > 0 and type(value) == "table" then
      out[key], left = shortened(value, left)
    elseif left > 0 then
      out[key], left = type(value) == "string" and value:sub(1, 1000) or value, left - 1
    end
  end
  if #settings > LIST then
    for i = 1, LIST do
      add(i, settings[i])
    end
    add(LIST + 1, ("... of %d"):format(#settings))
    return out, left
  end
  for key, value in sorted.pairs(settings) do
    add(key, value)
  end
  return out, left
end

-- What the last update's probe says of each parameter.
local function add_weights(values, run)
  local probe = run.session:probe()
  for i, segment in ipairs(probe and run.model.graph:segments() or {}) do
    local seen = probe.weights[i]
    values[#values + 1] = { "weights/" .. segment.name, seen.norm }
    if segment.trains then
      values[#values + 1] = { "gradients/" .. segment.name, seen.gradient }
      values[#values + 1] = seen.weight > 0
        and { "updates/" .. segment.name, seen.update / seen.weight } or nil
    end
  end
end

local function values_of(run, state)
  local values = {}
  for _, entry in ipairs(metrics.paired) do
    local value = state.metrics[entry.name]
    values[#values + 1] = value and { entry.name, value } or nil
  end
  for name, norm in sorted.pairs(state.grad_norms or {}) do
    values[#values + 1] = { "grad_norms/" .. name, norm.mean }
  end
  local has_groups = #run.optimizer.config.groups > 1
  for name, rate in sorted.pairs(has_groups and rates.all(run) or rates.asked(run) or {}) do
    values[#values + 1] = { "rates/" .. name, rate }
  end
  add_weights(values, run)
  return values
end

-- How weights and gradients are spread.
local function spreads_of(run)
  local values, graph = {}, run.model.graph
  for _, s in ipairs((graph:segments())) do
    for _, block in ipairs { "params", s.trains and "grads" or nil } do
      values[#values + 1] = { (block == "params" and "weights/" or "gradients/") .. s.name
        .. "/spread", measure.spread(graph:block(block, s.at, s.shape), BINS) }
    end
  end
  return values
end

local Board = {}
local Mt = { __index = Board }

-- Where the run went wrong nothing more is said.
Mt.__close = function(self)
  self.open:close()
end

--- For a run with a folder whose updates before evaluations are looked at, else nil. row(row) is
--- called for each line of steps.jsonl, epoch(state) after each evaluation, behind the line of its
--- update, finish(reason) at the end.
---@param run table
---@return table?
function board.new(run)
  if not (run.folder and run.looks) then
    return nil
  end
  return setmetatable({ run = run, open = tensorboard.open(run.folder, run.first_step,
    compare.flatten((shortened(plain(run.recipe), SETTINGS))), current.request().recipe_text) }, Mt)
end

--- A line of steps.jsonl.
function Board:row(row)
  local values = {}
  for _, name in ipairs { "loss", "lr", "d", "grad_norm" } do
    values[#values + 1] = row[name] and { "steps/" .. name, row[name] } or nil
  end
  for name, value in sorted.pairs(row.numbers or {}) do
    values[#values + 1] = { "steps/" .. name, value }
  end
  self.open:scalars(row.step, values)
  self.row_step = row.step
end

--- After each evaluation.
function Board:epoch(state)
  self.open:scalars(state.step, values_of(self.run, state), self.row_step == state.step)
  if self.run:reports "histograms" then
    self.open:histograms(state.step, spreads_of(self.run))
  end
end

--- At the end.
---@param reason string
function Board:finish(reason)
  self.open:close(reason == "diverged" and "failure" or reason ~= "interrupted" and "success"
    or nil)
end

return board
