--- Runs an experiment file again and compares every figure of it. Layer: runs.

local compare = require "lrrun.record.compare"
local execute = require "lrrun.runs.execute"
local experiment = require "lrrun.runs.experiment"
local extend = require "lrrun.runs.extend"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local folder = require "lrrun.runs.folder"
local metrics = require "lrrun.record.metrics_log"
local on_error = require "lrrun.util.on_error"
local outcome = require "lrrun.runs.outcome"
local reload = require "lrrun.runs.reload"

local replay = {}

-- What ends the part of a run that is before its extension `nth`: where it was continued, which
-- may have been before its end; the last part ends as the run did.
local function hook_of(exp, run, nth)
  local list = exp.run.extensions or {}
  local item = list[nth]
  if not item then
    return execute.end_as(run, exp.result)
  elseif item.via == "continue" then
    run:stop_timer()
    return function(_, state)
      return state.step >= item.from_step and "interrupted" or nil
    end
  end
  return nth == 1 and execute.end_as(run, exp.result) or nil
end

-- Trains what the experiment says, up to its first end. Gives the result and its data.
local function first_part(exp, path, ctx)
  local run <close>, state = execute.reopen(reload.settings(path), { differs = true })
  local data = outcome.data(run)
  data.files = experiment.data_files(find.used)
  return execute.train(run, state, { quiet = ctx.quiet, hook = hook_of(exp, run, 1) }), data
end

-- Whether somebody ended the part before extension `nth`, and not what ended it in the run.
local function is_cut(exp, result, nth)
  local item = (exp.run.extensions or {})[nth]
  if result.reason ~= "interrupted" then
    return false
  elseif item and item.via == "continue" then
    return result.steps < item.from_step
  end
  return exp.result.reason ~= "interrupted"
end

-- All of it in a new folder. Gives the result, the folder and the data.
local function run_again(exp, ctx)
  local path = experiment.unpack(exp, ctx.out_dir, ctx.recipe_dir, ctx.data_dir)
  local _ <close> = on_error(function()
    folder.remove_unused(path)
  end)
  local result, data = first_part(exp, path, ctx)
  local parts = #(exp.run.extensions or {}) + 1
  local cut = is_cut(exp, result, 1)
  for nth = 2, parts do
    if cut then
      break
    end
    result = extend.again(path, exp.run.extensions[nth - 1], function(run)
      return hook_of(exp, run, nth)
    end, { quiet = ctx.quiet })
    cut = is_cut(exp, result, nth)
  end
  return result, path, data, cut
end

-- The numbers of a file of weights: what its header says beside them differs by version.
local function numbers_of(bytes)
  local length = #bytes >= 8 and string.unpack("<I8", bytes) or 0
  return bytes:sub(9 + math.min(math.max(length, 0), #bytes))
end

local function same_weights(exp, path)
  local want = exp.weights
  return want == nil
    or numbers_of(want) == numbers_of(assert(file.read(path .. "/weights.safetensors")))
end

-- Bits may only differ where whose products are taken does, or they are OpenBLAS's and its kernels
-- are others, and not in a portable run. Runs of versions that said nothing of it took OpenBLAS's.
local function on_other_kernels(exp)
  local now, past = folder.facts(), exp.program
  local settings = type(exp.settings) == "table" and exp.settings or {}
  local portable = settings.repro == "portable"
  local differs = now.products ~= (past.products or "blas")
    or now.products == "blas" and (now.blas ~= past.blas or now.blas_config ~= past.blas_config)
    or settings.precision == "bf16" and now.bf16_order ~= (past.bf16_order or "pairs")
  return not portable and differs
end

--- Replays. Returns the new run's result and with it { verdict = "identical" | "close" |
--- "different" | "interrupted", first, causes, want_digest, want_epochs, tolerance,
--- evaluations, want_evaluations }.
-- "interrupted" are figures that are equal as far as the replay came. "close" is only
-- said where the CPU's kernels are others than then.
---@param exp table of experiment.read
---@param ctx { out_dir: string, recipe_dir: string, data_dir: string?, quiet: boolean? }
function replay.run(exp, ctx)
  local result, path, data, cut = run_again(exp, ctx)
  local rows = metrics.read(path .. "/metrics.jsonl")
  local first, is_close = compare.metrics(cut and table.move(exp.metrics, 1,
    math.min(#rows, #exp.metrics), 1, {}) or exp.metrics, rows)
  local causes = compare.causes(
    { recipe = exp.recipe, files = exp.files, program = exp.program, data = exp.data },
    { recipe = exp.recipe, files = exp.files, program = folder.facts(), data = data })
  if folder.sha256(exp.recipe.text) ~= exp.recipe.sha256 then
    table.insert(causes, 1, { what = "recipe", key = "text (SHA-256)", a = exp.recipe.sha256,
      b = folder.sha256(exp.recipe.text) })
  end
  local out = { want_digest = exp.result.digest, want_epochs = exp.result.epochs,
    first = first, causes = causes, evaluations = #rows, want_evaluations = #exp.metrics,
    tolerance = compare.TOLERANCE }
  for key, value in pairs(result) do
    out[key] = value
  end
  out.run = path
  if cut and not first then
    out.verdict = "interrupted"
  elseif not first and result.digest == exp.result.digest and same_weights(exp, path) then
    out.verdict = "identical"
  else
    out.verdict = on_other_kernels(exp) and is_close and "close" or "different"
  end
  return out
end

return replay
