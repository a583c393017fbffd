--- metrics = { "tensorboard" }: what TensorBoard shows of a run, written at each epoch's
--- end. Layer: runs.

local compare = require "lrrun.record.compare"
local plain = require "lrrun.recipe.plain"
local metrics = require "lrrun.metrics"
local rates = require "lrrun.train.rates"
local sorted = require "lrrun.util.sorted"
local tensorboard = require "lrrun.record.tensorboard"

local board = {}

local function values_of(run, state)
  local values = {}
  for _, entry in ipairs(metrics.paired) do
    local value = state.metrics[entry.name]
    values[#values + 1] = value and { entry.name, value } or nil
  end
  for name, norm in sorted.pairs(state.grad_norms or {}) do
    values[#values + 1] = { "grad_norms/" .. name, norm.mean }
  end
  for name, rate in sorted.pairs(rates(run) or {}) do
    values[#values + 1] = { "rates/" .. name, rate }
  end
  return values
end

local Board = {}
local Mt = { __index = Board }

-- Where the run went wrong nothing more is said.
Mt.__close = function(self)
  self.open:close()
end

--- For a run with a folder whose recipe asks for it, else nil. row(row) is called for each line
--- of steps.jsonl, epoch(state) after each evaluation, behind the line of its update,
--- finish(reason) at the end.
---@param run table
---@return table?
function board.new(run)
  if not run.folder or not run:reports "tensorboard" then
    return nil
  end
  return setmetatable({ run = run, open = tensorboard.open(run.folder, run.first_step,
    compare.flatten(plain(run.recipe))) }, Mt)
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
end

--- At the end.
---@param reason string
function Board:finish(reason)
  self.open:close(reason == "diverged" and "failure" or reason ~= "interrupted" and "success"
    or nil)
end

return board
