--- Runs an experiment file again and compares every figure of it. Layer: runs.

local compare = require "lrrun.record.compare"
local experiment = require "lrrun.runs.experiment"
local extend = require "lrrun.runs.extend"
local file = require "lrrun.native.file"
local find = require "lrrun.data.find"
local metrics = require "lrrun.record.metrics_log"
local record = require "lrrun.runs.folder"
local reload = require "lrrun.runs.reload"
local train = require "lrrun.runs.train"

local replay = {}

-- Trains what the experiment says in a new folder. Gives the result and its experiment.
local function run_again(exp, ctx)
  local path = experiment.unpack(exp, ctx.out_dir, ctx.recipe_dir, ctx.data_dir)
  local run, state = train.reopen(reload.settings(path))
  local now = { kind = run.dataset.kind, fingerprint = run.dataset.fingerprint,
    splits = run.dataset.splits, files = experiment.data_files(find.used) }
  local hook = train.end_as(run, exp.result)
  local result = train.execute(run, state, { quiet = ctx.quiet, hook = hook })
  run.lock:close()
  for _, item in ipairs(exp.run.extensions or {}) do
    result = extend.again(path, item, { quiet = ctx.quiet })
  end
  return result, path, now
end

local function same_weights(exp, path)
  local want = experiment.weights(exp)
  return want == nil or want == assert(file.read(path .. "/weights.safetensors"))
end

-- Bits may only differ where OpenBLAS's kernels do, and not in a portable run.
local function on_other_kernels(exp)
  local now, portable = record.facts(), type(exp.settings) == "table"
    and exp.settings.repro == "portable"
  return not portable and (now.blas ~= exp.program.blas or now.isa ~= exp.program.isa
    or now.blas_config ~= exp.program.blas_config)
end

--- Replays. Returns { verdict = "identical" | "close" | "different", first, causes, digest,
--- want_digest, tolerance, run }.
-- "close" is only said where the CPU's kernels are others than then.
---@param exp table of experiment.read
---@param ctx { out_dir: string, recipe_dir: string, data_dir: string?, quiet: boolean? }
function replay.run(exp, ctx)
  local result, path, data = run_again(exp, ctx)
  local rows = metrics.read(path .. "/metrics.jsonl")
  local first, is_close = compare.metrics(exp.metrics, rows)
  local causes = compare.causes(
    { recipe = exp.recipe, files = exp.files, program = exp.program, data = exp.data },
    { recipe = exp.recipe, files = exp.files, program = record.facts(), data = data })
  if record.sha256(exp.recipe.text) ~= exp.recipe.sha256 then
    table.insert(causes, 1, { what = "recipe", key = "text (SHA-256)", a = exp.recipe.sha256,
      b = record.sha256(exp.recipe.text) })
  end
  local out = { digest = result.digest, want_digest = exp.result.digest, first = first,
    causes = causes, run = path, epochs = #rows, tolerance = compare.TOLERANCE }
  if not first and result.digest == exp.result.digest and same_weights(exp, path) then
    out.verdict = "identical"
  else
    out.verdict = on_other_kernels(exp) and is_close and "close" or "different"
  end
  return out
end

return replay
