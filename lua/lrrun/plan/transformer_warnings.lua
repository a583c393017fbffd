--- Common mistakes with transformers, and other models of language, that their plan can see.
-- Layer: plan.

local options = require "lrrun.util.options"
local outer_names = require "lrrun.util.outer_names"
local schedule = require "lrrun.schedule.compile"
local writer = require "lrrun.train.writer"

local transformer = {}

-- A rate that begins at less than this share of the highest of the run's first part is one that
-- warms up.
local LOW, FIRST = 0.5, 0.3
-- Post-norm blocks on one another from which training without warmup diverges (Xiong et al. 2020;
-- Liu et al. 2020 have 6 that train and 18 that do not).
local DEEP = 6
-- Updates that Adam's second moment of 0.999 is a mean of.
local LONG_MEMORY, BETA2 = 1000, 0.999

local ATTENTION = { ["nn.attention"] = true }
local NORMS = { ["nn.layernorm"] = true, ["nn.rmsnorm"] = true }
-- Optimizers that hold their first steps back themselves.
local WARMS = { ["optim.radam"] = true }
local ADAMS = { ["optim.adam"] = true, ["optim.adamw"] = true, ["optim.nadam"] = true,
  ["optim.lamb"] = true }

-- The names of all that has a row of these kinds within it, as a set.
local function holders(rows, kinds)
  local out = {}
  for _, row in ipairs(rows) do
    if kinds[row.value.kind] then
      for name in outer_names(row.name) do
        out[name] = true
      end
    end
  end
  return out
end

-- The nodes that a norm takes, as a set.
local function normed(rows)
  local out = {}
  for _, row in ipairs(rows) do
    if NORMS[row.value.kind] and row.x then
      out[row.x] = true
    end
  end
  return out
end

-- Layers of attention; and those of them with a norm behind their residual and none in it.
local function count_blocks(rows)
  local count, post = 0, 0
  local attentive, norming, takes = holders(rows, ATTENTION), holders(rows, NORMS), normed(rows)
  for _, row in ipairs(rows) do
    local kind = row.value.kind
    if ATTENTION[kind] then
      count = count + 1
    elseif kind == "nn.residual" and attentive[row.name] and not norming[row.name]
      and takes[row.y] then
      post = post + 1
    end
  end
  return count, post
end

local function has_warmup(run, rate)
  if WARMS[run.recipe.opts.optimizer:maker().kind] or not rate then
    return true -- or only the run itself can tell
  end
  for _, item in ipairs(run.schedules) do
    if item.name == "lr" and schedule.warmup(item.box) > 0 then
      return true -- also where it outlives the run, of which the first part is an update or two
    end
  end
  local highest, total = 0, run.clock.total_steps
  local part = math.max(1, math.floor(FIRST * total))
  for t = 0, part - 1, math.max(1, part // 1024) do
    local value = rate(t)
    if not value then
      return true
    end
    highest = math.max(highest, value)
  end
  return rate(0) < LOW * highest
end

local function check_warmup(run, rate, blocks, post, warn, hint)
  if has_warmup(run, rate) then
    return
  elseif post > DEEP then
    warn("%d blocks with the norm behind the sum (post-norm) and no warmup: at the start the "
      .. "expected gradients of layers near the output are large, and large rates make training "
      .. "unstable (Xiong et al. 2020: schedule.warmup(5*percent) .. before the schedule, or norm "
      .. "= \"pre\")", post)
  else
    hint("%d layer%s of attention and no warmup: the first updates, of which an optimizer knows "
      .. "least, are as large as any (schedule.warmup(5*percent) .. before the schedule)", blocks,
      blocks == 1 and "" or "s")
  end
end

local function check_memory(run, hint)
  local o, total = run.recipe.opts.optimizer:maker(), run.clock.total_steps
  local betas = ADAMS[o.kind] and o.opts.betas
  local second = betas and betas[2]
  if type(second) == "number" and second >= BETA2 and total < LONG_MEMORY then
    hint("beta2 = %g is a mean over about %d updates and the run has %d: betas = {%g, 0.95} "
      .. "follows the gradients of a transformer", second, math.floor(1 / (1 - second) + 0.5),
      total, type(betas[1]) == "number" and betas[1] or 0.9)
  end
end

-- An embedding whose weight makes the scores of an output layer, too.
local function check_tied(rows, hint)
  local starts = {}
  for _, row in ipairs(rows) do
    local o = options.is_value(row.value) and row.value.opts or {}
    if row.value.kind == "nn.embedding" and o.name and not o.init then
      starts[o.name] = true
    elseif row.value.kind == "nn.linear" and o.tied and starts[o.tied] then
      hint("the weight of nn.embedding '%s' starts with deviation 1, and nn.linear makes scores "
        .. "with it, far too large at first: init = nn.normal(0.02)", o.tied)
    end
  end
end

-- A network that sees the token it has to predict learns to copy it: losses fall to nothing and
-- say nothing. What can be run one step at a time looks at no step behind its own.
local function check_ahead(run, warn)
  local why = run.dataset.next and writer.refusal(run.model, run.dataset)
  if why then
    warn("the network sees the tokens that it is to predict: its loss says nothing, and lrrun "
      .. "generate will refuse it: %s", why)
  end
end

-- Layers that tell steps apart by their place, or take them one after another.
local PLACES = { ["nn.positions"] = true, ["nn.conv1d"] = true, ["nn.conv2d"] = true,
  ["nn.rnn"] = true, ["nn.lstm"] = true, ["nn.gru"] = true }

local function tells_places(value)
  local kind, o = value.kind, value.opts
  return PLACES[kind] and (kind ~= "nn.conv1d" or o.kernel > 1)
    or kind == "nn.attention" and o.rope
end

local function check_places(rows, hint)
  local name
  for _, row in ipairs(rows) do
    local kind = row.value.kind
    if options.is_value(row.value) and tells_places(row.value) then
      return
    elseif kind == "nn.attention" then
      name = name or row.name
    end
  end
  if name then
    hint("nothing tells attention (%s) where a step stands, and it takes its steps in no order: "
      .. "nn.positions() behind nn.embedding, or rope = true", name)
  end
end

--- Adds sentences on a run's network where it has attention, shared embeddings, or
--- next tokens to predict.
---@param run table of prepare.run
---@param rate (fun(t: integer): number)?
---@param warn fun(fmt: string, ...) what is said before the first update, too
---@param hint fun(fmt: string, ...)
function transformer.check(run, rate, warn, hint)
  local rows = run.model.builder.rows
  local blocks, post = count_blocks(rows)
  check_tied(rows, hint)
  check_ahead(run, warn)
  check_places(rows, hint)
  if blocks > 0 then
    check_warmup(run, rate, blocks, post, warn, hint)
    check_memory(run, hint)
  end
end

return transformer
