--- `lrrun probe RUN|RECIPE [--at init,25%,end]`: curvature of the loss along a run, the rate
--- beside the limit that it sets, and the noise of the gradient. Layer: cli.

local along = require "lrrun.runs.along"
local errors = require "lrrun.util.errors"
local figure = require "lrrun.util.figure"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local probe = require "lrrun.train.probe"
local resolve = require "lrrun.recipe.resolve"
local setup = require "lrrun.cli.setup"
local sys = require "lrrun.native.sys"
local table_text = require "lrrun.cli.table_text"
local verbs = require "lrrun.cli.verbs"

local FIRST = { "run", "recipe", "samples", "batch", "optimizer", "steps", "points" }
local MOST = 1000000 -- samples
local LONG = 10 -- seconds that are said before

local function check_flags(flags)
  if flags.samples and flags.samples > MOST then
    parse.fail("--samples is %d, want at most %d", flags.samples, MOST)
  elseif not flags.at then
    return nil
  end
  local points, word = along.points(flags.at)
  if not points then
    parse.fail("--at: %s is no point of a run; want init, end, a share (25%%) or an update (200), "
      .. "with commas between", errors.show(word))
  end
  return points
end

-- A run is probed as it was trained.
local function check_run_flags(call)
  for _, name in ipairs(verbs.changing) do
    if call.flags[name] ~= nil and (name ~= "set" or #call.flags.set > 0) then
      parse.fail("--%s changes a recipe, and %s is a run: it is probed as it was trained", name,
        call.args[1])
    end
  end
end

local function text(value, format)
  return value and (format and format:format(value) or figure(value)) or "-"
end

-- The noise scale, and where it is by a standard error.
local function noise_text(row)
  if not row.noise_scale then
    return "-"
  end
  return ("%.3g (%.3g %s)"):format(row.noise_scale, row.noise_scale_low, row.noise_scale_high
    and ("to %.3g"):format(row.noise_scale_high) or "and more")
end

local NO_LIMIT = {
  later = "before its first update %s has no second moments, and no limit is known",
  unknown = "of %s no such limit is known",
}

local function limit_text(result)
  for _, row in ipairs(result.points) do
    if row.preconditioned then
      return ("limit: %.3g / largest eigenvalue of P^-1/2 H P^-1/2, P the second moments of %s")
        :format(row.factor, result.optimizer)
    elseif row.factor then
      return ("limit: %.3g / sharpness, of %s"):format(row.factor, result.optimizer)
    end
  end
  return nil
end

-- What there is to say of one point, each by say(text).
local function say_of(row, optimizer, say)
  local why = NO_LIMIT[row.limit_kind]
  if why then
    say(why:format(optimizer))
  end
  if not row.sharpness then
    say "the loss or its gradient is not finite"
  elseif not row.settled then
    say(("the eigenvalues are known to %.2g %% alone"):format(
      100 * (row.sharpness_error or 0) / math.abs(row.sharpness)))
  end
  if row.unseen and row.unseen > 0.5 then
    say("the limit is that of weights that have hardly had a gradient, and says nothing: the first "
      .. "one gives them a second moment")
  elseif row.rate_over_limit and row.rate_over_limit > 1 then
    say "the rate is above the limit: along the sharpest direction each update overshoots more"
  end
  if not row.noise_scale then
    say("noise scale not measurable: " .. (row.gradient_square
      and "the gradient cannot be told from its noise; more --samples may tell it"
      or "too few samples"))
  end
end

-- Lines below the table, each said once with the points that it is of.
local function remarks(result)
  local out, of = {}, {}
  for _, row in ipairs(result.points) do
    say_of(row, result.optimizer, function(line)
      if not of[line] then
        of[line] = {}
        out[#out + 1] = line
      end
      table.insert(of[line], row.at)
    end)
  end
  for i, line in ipairs(out) do
    out[i] = table.concat(of[line], ", ") .. ": " .. line
  end
  local limit = limit_text(result)
  if limit then
    table.insert(out, 1, limit)
  end
  return table.move(result.notes or {}, 1, #(result.notes or {}), #out + 1, out)
end

local function print_result(out, result)
  local rows = { { "at", "update", "loss", "sharpness", "rate", "limit", "rate/limit",
    "noise scale" } }
  for i, row in ipairs(result.points) do
    rows[i + 1] = { row.at, tostring(row.step), text(row.loss), text(row.sharpness, "%.4g"),
      text(row.lr, "%.3g"), text(row.limit, "%.3g"), text(row.rate_over_limit, "%.3g"),
      noise_text(row) }
  end
  local noise = result.points[1].noise_samples
  out:print("%s over %d samples, batches of %d%s", out:paint("bold", "training loss"),
    result.samples, result.batch, noise and ("; noise of %d, batches of %d"):format(noise,
    result.points[1].noise_batch) or "")
  table_text(out, rows)
  for _, line in ipairs(remarks(result)) do
    out:print("  %s", line)
  end
end

-- Shows how far it is. What takes long says first how long: at each point as many products for the
-- curvature as for the limit at most.
local function watcher(out, samples)
  local began, said = nil, false
  return function(name, products, points)
    began = began or sys.now()
    if products == 1 and not said then
      local each, most = sys.now() - began, 2 * probe.PRODUCTS * points
      said = true
      if each * most > LONG then
        out:note("up to %d products with the Hessian at %d point%s, %.2g s each: %.0f s at most "
          .. "(%s takes less; --at names fewer points)", most, points, points == 1 and "" or "s",
          each, each * most, samples and ("--samples below %d"):format(samples) or "--samples N")
      end
    end
    out:progress(("probe at %s: %d products with the Hessian"):format(name, products))
  end
end

local function measure(call, points)
  local out = call.out
  local opts = { samples = call.flags.samples, watch = watcher(out, call.flags.samples) }
  local path = call.args[1]
  if file.kind(path) == "dir" then
    check_run_flags(call)
    local result = along.folder(setup.run_folder(call), points, opts)
    result.run = path
    return result
  end
  given.run_or_recipe(path)
  local r = resolve.for_run(setup.script(call))
  if r.opts.optimizer.opts.lr == "auto" then
    r = require("lrrun.advise").settle(r) -- as its run takes it
  end
  local result = along.recipe(r, points or along.points(along.DEFAULT), opts)
  result.recipe = path
  return result
end

return function(call)
  local result = measure(call, check_flags(call.flags))
  call.out:progress ""
  if #result.points == 0 then
    errors.raise(call.args[1], "nothing to probe: %s", table.concat(result.notes, "; "))
  end
  result.samples = result.points[1].samples
  print_result(call.out, result)
  call.out:result(result, FIRST)
  return 0
end
