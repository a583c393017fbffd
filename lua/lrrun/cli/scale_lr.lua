--- `--scale-lr sqrt|linear`: the rate that goes with another batch than the recipe is written for.
--- It is made a change as --set has them, so that run folders and experiments say it. Layer: cli.
--
-- linear: the rate in proportion to the samples of an update, as is right for SGD (Goyal et al.,
-- arXiv 1706.02677); sqrt: to their root, for Adam and its kin (Malladi et al., arXiv 2205.10287).
-- Neither holds far above the gradient's noise scale (lrrun probe).

local advice = require "lrrun.study.advice"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local options = require "lrrun.util.options"
local parse = require "lrrun.cli.parse"
local rate = require "lrrun.advise.rate"
local resolve = require "lrrun.recipe.resolve"
local script = require "lrrun.recipe.script"

local scale_lr = {}

local POWER = { sqrt = 0.5, linear = 1 }

-- The recipe without any --set.
local function as_written(value)
  local now = current.request()
  local plain = now:with { overrides = {} }
  local asked = false
  for _, item in ipairs(now.overrides) do
    asked = asked or current.script().asked[item.path] ~= nil
  end
  return current.with({ request = plain, script = asked and script.new() or nil },
    function()
      if not asked then
        return resolve.for_run(value)
      end
      return resolve.again(now.recipe_path, { text = now.recipe_text, seed = now.seed,
        args = now.args, folder = now.recipe_dir })
    end)
end

-- Samples of an update.
local function samples_of(r)
  return r.opts.data.opts.batch * r.opts.accumulate
end

--- For a call that has the flag: puts the rate into the request at hand; gives { rule, from, to,
--- factor, key, lr_from, lr_to }.
---@param call table
---@param value any what the script returned
---@return table
function scale_lr.apply(call, value)
  local rule = call.flags["scale-lr"]
  if not options.is_value(value, "recipe") then
    parse.fail("--scale-lr wants a recipe that the script returns; this one trains by itself")
  end
  local r = resolve.for_run(value)
  local lr, key = rate.of(r)
  local own = options.descriptor(r.opts.optimizer:maker()).own_sizes
  local from, to = samples_of(as_written(value)), samples_of(r)
  if from == to then
    parse.fail("--scale-lr %s: an update is of %s with and without --set; it wants another "
      .. "batch, as --set data.batch=%d", rule, counted(from, "sample"), 4 * from)
  elseif not lr then
    parse.fail("--scale-lr %s: lr = '%s' is found for the batch that there is", rule,
      tostring(r.opts.optimizer.opts.lr))
  elseif own then
    parse.fail("--scale-lr %s: %s", rule, own)
  end
  local factor = (to / from) ^ POWER[rule]
  local request, place = current.request(), advice.paths(value)
  local new = tonumber(("%.12g"):format(lr * factor))
  for _, item in ipairs(rate.changes(r, new)) do
    request = request:with_change(place(item.path), item.text)
  end
  current.begin { request = request }
  return { rule = rule, from = from, to = to, factor = factor, key = key, lr_from = lr,
    lr_to = new }
end

--- The same in words.
---@param s table
---@return string
function scale_lr.text(s)
  return ("an update is of %s in the place of %d (x %.4g): %s from %.4g to %.4g (x %.4g), "
    .. "by the %s rule"):format(counted(s.to, "sample"), s.from, s.to / s.from, s.key, s.lr_from,
    s.lr_to, s.factor, s.rule)
end

return scale_lr
