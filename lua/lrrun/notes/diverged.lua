--- Note: what was not finite first when a training diverged, and what applies of what may help.
--- Layer: notes.

local options = require "lrrun.util.options"
local seen_of = require "lrrun.notes.seen"

-- Inputs and targets above this are of another order than weights are made for.
local LARGE = 1e3
-- A rate rises too fast within this share of a run.
local START = 0.1
-- Where so few updates were enough a third of the rate is not.
local FEW = 10

local function layer_of(run, odd)
  return odd.name ~= "" and odd.name or seen_of.layer(run, odd.node)
end

local WHAT = {
  parameter = "the parameter %s", input = "the input %s", output = "the output of %s",
  gradient = "the gradient of %s", loss = "the loss",
}

-- "the output of 3.linear was infinite first", or what else is known.
local function found(run, odd)
  if not odd then
    return nil
  elseif odd.kind == "input" and odd.node == run.model.target then
    return "a target was " .. (odd.nan and "NaN" or "infinite")
  end
  local what = odd.kind == "loss" and "the loss" or WHAT[odd.kind]:format(layer_of(run, odd))
  return ("%s was %s first"):format(what, odd.nan and "NaN" or "infinite")
end

-- Where sizes of the batch are the cause: what is said of them, and what helps.
local function sizes(run, odd, also)
  local o = run.recipe.opts.data.opts
  if odd.inputs > LARGE then
    also[#also + 1] = ("inputs as large as %.2g scaled (%s)"):format(odd.inputs,
      o.normalize == false and "without normalize = false" or "normalize")
  end
  if odd.targets > LARGE and run.loss.scales and not run.dataset.target_means then
    also[#also + 1] = ("targets as large as %.2g scaled (%s)"):format(odd.targets,
      o.target_scale == false and "without target_scale = false" or "target_scale = true")
  end
end

local function about_rate(seen, also)
  local run, o = seen.run, seen.run.recipe.opts
  local lr = seen.state.lr
  local few = seen.state.step < FEW
  also[#also + 1] = ("a lower rate (%s is %.2g; lrrun range suggests one)"):format(
    few and "a hundredth" or "a third", lr / (few and 100 or 3))
  local early = seen.state.step < START * run.clock.total_steps
  local warmup, text = seen:warmup()
  if early and warmup == 0 then
    also[#also + 1] = text:match "^[%w_.]+"
  end
  if not o.clip and not options.descriptor(o.optimizer).searches then
    also[#also + 1] = "clip = { norm = 5 }"
  end
  local back = o.on_divergence
  if not back or not back.opts.rollback then
    also[#also + 1] = "on_divergence = { rollback = true }"
  end
end

-- The loss was finite, and a rule ended the run.
local function by_rule(seen)
  local low, at = math.huge, 0
  for _, bin in ipairs(seen.bins) do
    if bin.loss < low then
      low, at = bin.loss, bin.from + bin.n
    end
  end
  return ("the loss left for good: %.3g in update %d, at rate %.3g; its lowest was %.3g, near "
    .. "update %.0f"):format(seen.state.loss, seen.state.step, seen.state.lr, low, at)
end

local function is_finite(x)
  return x == x and math.abs(x) < math.huge
end

-- The update's first gradient was finite, and one that its optimizer took elsewhere was not: what
-- is said, and what of the optimizer helps.
local function elsewhere(seen, also)
  local optimizer, state = seen.run.recipe.opts.optimizer, seen.state
  if optimizer.kind == "optim.sam" then
    also[#also + 1] = "a smaller rho"
  elseif optimizer.opts.line_search == "none" then
    also[#also + 1] = 'line_search = "strong_wolfe"'
  end
  return ("the loss or its gradient was not finite where %s went from the weights in update %d, "
    .. "at rate %.3g"):format(optimizer.kind, state.step + 1, state.lr)
end

local function sentence(seen, also)
  local run, state = seen.run, seen.state
  if is_finite(state.loss) and is_finite(state.grad_norm) then
    if state.broke_at == state.step then
      return elsewhere(seen, also)
    end
    return by_rule(seen)
  end
  local odd = run.session:odd()
  return ("%s in update %d, at rate %.3g"):format(found(run, odd)
    or "the loss or its gradient was not finite", state.step + 1, state.lr), odd
end

return {
  kind = "diverged",
  doc = "what was not finite first (a parameter, an input, a layer's output, the loss, a "
    .. "gradient), in which update, at what rate, and what of what may help applies",
  see = function(seen)
    if seen.reason ~= "diverged" or not seen.state.lr then
      return nil
    end
    local also = {}
    local text, odd = sentence(seen, also)
    local searches = options.descriptor(seen.run.recipe.opts.optimizer).searches
    if odd and odd.kind == "input" then
      also[1] = "data without it"
    elseif odd then
      sizes(seen.run, odd, also)
    end
    if odd and odd.kind == "parameter" and seen.state.step == 0 then
      also[1] = "weights that are finite to begin with"
    elseif (not odd or odd.kind ~= "input")
      and (seen.state.step > 0 or searches and not odd) then
      about_rate(seen, also)
    elseif #also == 0 then
      also[1] = "a smaller init (no update was made: the rate is not the cause)"
    end
    return ("%s; what may help: %s"):format(text, table.concat(also, ", ")), seen.state.lr
  end,
}
