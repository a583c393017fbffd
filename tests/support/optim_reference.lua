--- Optimizers in plain Lua, in double, as the articles and PyTorch 1.13 (Keras 3 with
--- like = "keras") write them: one parameter vector, one set of numbers.

local reference = {}

local sqrt, abs, max, min = math.sqrt, math.abs, math.max, math.min

local function sign(x)
  return x > 0 and 1 or x < 0 and -1 or 0
end

local function zeros(n, value)
  local t = {}
  for i = 1, n do
    t[i] = value or 0
  end
  return t
end

-- Moving averages of the gradient and of its square.
local function averages(s, i, g, b1, b2)
  s.m[i] = b1 * s.m[i] + (1 - b1) * g
  s.v[i] = b2 * s.v[i] + (1 - b2) * g * g
end

-- Each takes numbers o, state s, update k, place i, parameter x and gradient g, and gives
-- what is taken from the parameter.
local STEP = {}

function STEP.sgd(o, s, k, i, _, g)
  if o.momentum == 0 then
    return o.lr * g
  elseif o.keras then
    s.b[i] = o.momentum * s.b[i] - o.lr * g
    return -(o.nesterov and o.momentum * s.b[i] - o.lr * g or s.b[i])
  end
  s.b[i] = k == 1 and g or o.momentum * s.b[i] + (1 - o.dampening) * g
  return o.lr * (o.nesterov and g + o.momentum * s.b[i] or s.b[i])
end

function STEP.adam(o, s, k, i, _, g)
  local b1, b2 = o.betas[1], o.betas[2]
  averages(s, i, g, b1, b2)
  s.top[i] = max(s.top[i], s.v[i])
  local v = o.amsgrad and s.top[i] or s.v[i]
  if o.keras then
    return o.lr * sqrt(1 - b2 ^ k) / (1 - b1 ^ k) * s.m[i] / (sqrt(v) + o.eps)
  end
  return o.lr * (s.m[i] / (1 - b1 ^ k)) / (sqrt(v / (1 - b2 ^ k)) + o.eps)
end

STEP.adamw = STEP.adam

function STEP.adamax(o, s, k, i, _, g)
  local b1, b2 = o.betas[1], o.betas[2]
  s.m[i] = b1 * s.m[i] + (1 - b1) * g
  if o.keras then
    s.v[i] = max(b2 * s.v[i], abs(g))
    return o.lr / (1 - b1 ^ k) * s.m[i] / (s.v[i] + o.eps)
  end
  s.v[i] = max(b2 * s.v[i], abs(g) + o.eps)
  return o.lr / (1 - b1 ^ k) * s.m[i] / s.v[i]
end

function STEP.nadam(o, s, k, i, _, g)
  local b1, b2 = o.betas[1], o.betas[2]
  averages(s, i, g, b1, b2)
  local function mu(j)
    return b1 * (1 - 0.5 * 0.96 ^ (j * o.momentum_decay))
  end
  local product = 1
  for j = 1, k do
    product = product * mu(j)
  end
  local top = (1 - mu(k)) * g / (1 - product)
    + mu(k + 1) * s.m[i] / (1 - product * mu(k + 1))
  return o.lr * top / (sqrt(s.v[i] / (1 - b2 ^ k)) + o.eps)
end

function STEP.radam(o, s, k, i, _, g)
  local b1, b2 = o.betas[1], o.betas[2]
  averages(s, i, g, b1, b2)
  local most = 2 / (1 - b2) - 1
  local rho = most - 2 * k * b2 ^ k / (1 - b2 ^ k)
  local m = s.m[i] / (1 - b1 ^ k)
  if rho <= 5 then
    return o.lr * m
  end
  local r = sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
  return o.lr * m * r * sqrt(1 - b2 ^ k) / (sqrt(s.v[i]) + o.eps)
end

function STEP.rmsprop(o, s, _, i, _, g)
  s.v[i] = o.rho * s.v[i] + (1 - o.rho) * g * g
  s.m[i] = o.rho * s.m[i] + (1 - o.rho) * g
  local v = o.centered and s.v[i] - s.m[i] ^ 2 or s.v[i]
  local u = o.keras and o.lr * g / sqrt(v + o.eps) or g / (sqrt(v) + o.eps)
  s.b[i] = o.momentum * s.b[i] + u
  return o.keras and s.b[i] or o.lr * s.b[i]
end

function STEP.adagrad(o, s, k, i, _, g)
  s.sum[i] = s.sum[i] + g * g
  local root = o.keras and sqrt(s.sum[i] + o.eps) or sqrt(s.sum[i]) + o.eps
  return o.lr / (1 + (k - 1) * o.lr_decay) * g / root
end

function STEP.adadelta(o, s, _, i, _, g)
  s.v[i] = o.rho * s.v[i] + (1 - o.rho) * g * g
  local u = sqrt(s.m[i] + o.eps) / sqrt(s.v[i] + o.eps) * g
  s.m[i] = o.rho * s.m[i] + (1 - o.rho) * u * u
  return o.lr * u
end

function STEP.rprop(o, s, _, i, _, g)
  local turn = sign(g) * sign(s.last[i])
  local factor = turn > 0 and o.etas[2] or turn < 0 and o.etas[1] or 1
  s.size[i] = min(max(s.size[i] * factor, o.step_sizes[1]), o.step_sizes[2])
  s.last[i] = turn < 0 and 0 or g
  return sign(s.last[i]) * s.size[i]
end

function STEP.lion(o, s, _, i, _, g)
  local b1, b2 = o.betas[1], o.betas[2]
  local d = sign(b1 * s.m[i] + (1 - b1) * g)
  s.m[i] = b2 * s.m[i] + (1 - b2) * g
  return o.lr * d
end

-- What the momentum gives and what the rest does, over the same root.
local function split(cautious, g, own, rest, root)
  return { own = own / root, rest = rest / root, agrees = not cautious or own * g > 0 }
end

function STEP.adan(o, s, k, i, _, g)
  local b1, b2, b3 = o.betas[1], o.betas[2], o.betas[3]
  local e = k == 1 and 0 or g - s.last[i]
  s.m[i], s.b[i] = b1 * s.m[i] + (1 - b1) * g, b2 * s.b[i] + (1 - b2) * e
  s.v[i] = b3 * s.v[i] + (1 - b3) * (g + b2 * e) ^ 2
  s.last[i] = g
  return split(o.cautious, g, o.lr * s.m[i] / (1 - b1 ^ k), o.lr * b2 * s.b[i] / (1 - b2 ^ k),
    sqrt(s.v[i] / (1 - b3 ^ k)) + o.eps)
end

function STEP.ademamix(o, s, k, i, _, g)
  local b1, b2, b3, alpha = o.betas[1], o.betas[2], o.betas[3], o.alpha
  averages(s, i, g, b1, b2)
  if o.warmup.amount > 0 then
    local t, l1, l3 = min(k / o.warmup.amount, 1), math.log(b1), math.log(b3)
    alpha, b3 = alpha * t, min(math.exp(l1 * l3 / ((1 - t) * l3 + t * l1)), b3)
  end
  s.b[i] = b3 * s.b[i] + (1 - b3) * g
  return split(o.cautious, g, o.lr * s.m[i] / (1 - b1 ^ k), o.lr * alpha * s.b[i],
    sqrt(s.v[i] / (1 - b2 ^ k)) + o.eps)
end

local function lamb(o, s, k, x, grads)
  local b1, b2, u, xx, uu = o.betas[1], o.betas[2], {}, 0, 0
  for i, g in ipairs(grads) do
    averages(s, i, g, b1, b2)
    if o.keras then
      x[i] = x[i] * (1 - o.lr * o.weight_decay)
    end
    u[i] = s.m[i] / (1 - b1 ^ k) / (sqrt(s.v[i] / (1 - b2 ^ k)) + o.eps)
      + (o.keras and 0 or o.weight_decay * x[i])
    xx, uu = xx + x[i] * x[i], uu + u[i] * u[i]
  end
  for i in ipairs(grads) do
    x[i] = x[i] - o.lr * (xx > 0 and uu > 0 and sqrt(xx / uu) or 1) * u[i]
  end
end

-- x, z and y of its own article's notation: parameters are y.
local function schedule_free(o, s, k, y, grads)
  local warmup = o.warmup.amount
  local beta = o.betas and o.betas[1] or o.momentum
  local lr = o.lr * (warmup > 0 and min(1, k / warmup) or 1)
  s.largest = max(s.largest or 0, lr)
  s.total = (s.total or 0) + s.largest ^ 2
  local c = s.total > 0 and s.largest ^ 2 / s.total or 0
  s.z = s.z or table.move(y, 1, #y, 1, {})
  s.x = s.x or table.move(y, 1, #y, 1, {})
  for i, g in ipairs(grads) do
    local u = g
    if o.betas then
      s.v[i] = o.betas[2] * s.v[i] + (1 - o.betas[2]) * g * g
      u = g / (sqrt(s.v[i] / (1 - o.betas[2] ^ k)) + o.eps)
    end
    s.z[i] = s.z[i] - lr * (u + o.weight_decay * y[i])
    s.x[i] = (1 - c) * s.x[i] + c * s.z[i]
    y[i] = (1 - beta) * s.z[i] + beta * s.x[i]
  end
end

-- Rows of y and of x.
local function schedule_free_rows(o, init, grads)
  local n, rows, evaluated = #init, {}, {}
  local s, y = { v = zeros(n) }, table.move(init, 1, n, 1, {})
  for k, row in ipairs(grads) do
    schedule_free(o, s, k, y, row)
    rows[k], evaluated[k] = table.move(y, 1, n, 1, {}), table.move(s.x, 1, n, 1, {})
  end
  return rows, { eval = evaluated }
end

-- One distance for all parameters, in double throughout; s.d is the estimate.
local WHOLE = {}

local function rate_of(o, s, k)
  local bias = o.bias_correction and sqrt(1 - o.betas[2] ^ k) / (1 - o.betas[1] ^ k) or 1
  return s.d * o.lr * bias
end

function WHOLE.prodigy(o, s, k, x, grads, start)
  local b1, b2 = o.betas[1], o.betas[2]
  local b3, d = o.beta3 or sqrt(b2), s.d or o.d0
  s.d, s.top_d = d, s.top_d or o.d0
  local rate, along, size = rate_of(o, s, k), 0, 0
  for i, g in ipairs(grads) do
    along = along + g * (start[i] - x[i])
    s.m[i] = b1 * s.m[i] + (1 - b1) * d * g
    s.v[i] = b2 * s.v[i] + (1 - b2) * d * d * g * g
    s.b[i] = b3 * s.b[i] + d / o.d0 * (o.safeguard_warmup and d or rate) * g
    size = size + abs(s.b[i])
  end
  s.r = b3 * (s.r or 0) + d / o.d0 * rate * along
  local found = o.d_coef * s.r / size
  if d == o.d0 then
    d = max(d, found)
  end
  s.top_d = max(s.top_d, found)
  s.d = min(s.top_d, d * (o.growth_rate or math.huge))
  for i in ipairs(grads) do
    x[i] = x[i] - o.weight_decay * rate * x[i]
    x[i] = x[i] - rate * s.m[i] / (sqrt(s.v[i]) + s.d * o.eps)
  end
end

function WHOLE.dadapt_adam(o, s, k, x, grads)
  local b1, b2 = o.betas[1], o.betas[2]
  local c = sqrt(b2)
  s.d = s.d or o.d0
  local rate, along, size = rate_of(o, s, k), 0, 0
  local apart = o.decoupled and o.weight_decay or 0
  for i, g in ipairs(grads) do
    g = g + (o.weight_decay - apart) * x[i]
    along = along + rate * g * s.b[i] / (sqrt(s.v[i]) + o.eps)
    s.m[i] = b1 * s.m[i] + (1 - b1) * rate * g
    s.v[i] = b2 * s.v[i] + (1 - b2) * g * g
    s.b[i] = c * s.b[i] + (1 - c) * rate * g
    size = size + abs(s.b[i])
    x[i] = x[i] - apart * rate * x[i]
    x[i] = x[i] - s.m[i] / (sqrt(s.v[i]) + o.eps)
  end
  s.r = c * (s.r or 0) + (1 - c) * along
  s.d = max(s.d, min(s.r / ((1 - c) * size), s.d * (o.growth_rate or math.huge)))
end

function WHOLE.dog(o, s, k, x, grads, start)
  local far, from, square = 0, 0, 0
  for i, g in ipairs(grads) do
    far, from = far + (x[i] - start[i]) ^ 2, from + start[i] ^ 2
    square = square + (g + o.weight_decay * x[i]) ^ 2
  end
  s.far = max(s.far or o.rel * (1 + sqrt(from)), sqrt(far))
  s.square = (s.square or 0) + square
  s.d = s.far / sqrt(s.square + o.eps)
  local share = (1 + o.gamma) / (k + o.gamma)
  s.mean = s.mean or zeros(#x)
  for i, g in ipairs(grads) do
    x[i] = x[i] - o.lr * s.d * (g + o.weight_decay * x[i])
    s.mean[i] = (1 - share) * s.mean[i] + share * x[i]
  end
end

-- What is taken from each parameter, where `cautious`: only steps that the gradient agrees with.
local function steps_of(o, s, k, x, grads)
  local step, agreeing = {}, 0
  for i, g in ipairs(grads) do
    local got = STEP[o.name](o, s, k, i, x[i], g)
    step[i] = type(got) == "table" and got or split(o.cautious, g, got, 0, 1)
    agreeing = agreeing + (step[i].agrees and 1 or 0)
  end
  local share = o.cautious and max(agreeing / #grads, 1e-3) or 1
  for i, part in ipairs(step) do
    step[i] = (part.agrees and part.own / share or 0) + part.rest
  end
  return step
end

local DECOUPLED = { adamw = true, lion = true, adan = true, ademamix = true }

-- The AdamW of a muon.
local function adamw_of(all)
  local own = all.adamw.opts
  local opts = { lr = own.lr or all.scale == "rms" and all.lr or 1e-3,
    weight_decay = own.weight_decay or all.weight_decay }
  return { kind = "optim.adamw", opts = setmetatable(opts, { __index = own }) }
end

-- The Adam of a soap: it begins with the second gradient, and decay comes last.
local function soap_rows(o, init, grads)
  local x, m, v, rows = table.move(init, 1, #init, 1, {}), {}, {}, {}
  for k, row in ipairs(grads) do
    local rate = o.lr * math.sqrt(1 - o.betas[2] ^ (k - 1)) / (1 - o.betas[1] ^ (k - 1))
    for i, g in ipairs(k > 1 and row or {}) do
      m[i] = o.betas[1] * (m[i] or 0) + (1 - o.betas[1]) * g
      v[i] = o.betas[2] * (v[i] or 0) + (1 - o.betas[2]) * g * g
      x[i] = (x[i] - rate * m[i] / (math.sqrt(v[i]) + o.eps)) * (1 - o.lr * o.weight_decay)
    end
    rows[k] = table.move(x, 1, #x, 1, {})
  end
  return rows
end

-- What one of WHOLE has found in update k.
local function note(more, k, s)
  more.d = more.d or {}
  more.d[k] = s.d
  more.eval = more.eval or s.mean and {}
  if s.mean then
    more.eval[k] = table.move(s.mean, 1, #s.mean, 1, {})
  end
end

--- Rows of parameters after each row of gradients. value: an optimizer of the recipe
--- language, whose options alone are read. Where it has them, lists of the distance it
--- estimates and of the parameters to evaluate: { d = , eval = }.
function reference.run(value, init, grads)
  local name, n = value.kind:match "%.([%w_]+)$", #init
  if name:find "^schedule_free" then
    return schedule_free_rows(value.opts, init, grads)
  elseif name == "muon" then -- of a vector: what its AdamW does
    return reference.run(adamw_of(value.opts), init, grads)
  elseif name == "soap" then -- of a vector, too
    return soap_rows(value.opts, init, grads), {}
  end
  local o = setmetatable({ keras = value.opts.like == "keras", name = name },
    { __index = value.opts })
  local decoupled = o.keras or DECOUPLED[name]
  local s = {
    m = zeros(n), v = zeros(n), b = zeros(n), top = zeros(n), last = zeros(n),
    size = zeros(n, o.lr), sum = zeros(n, o.initial_accumulator),
  }
  local x, rows, more = table.move(init, 1, n, 1, {}), {}, {}
  for k, row in ipairs(grads) do
    if name == "lamb" then
      lamb(o, s, k, x, row)
    elseif WHOLE[name] then
      WHOLE[name](o, s, k, x, row, init)
      note(more, k, s)
    else
      local d = {}
      for i, g in ipairs(row) do
        d[i] = decoupled and g or g + o.weight_decay * x[i]
      end
      for i, step in ipairs(steps_of(o, s, k, x, d)) do
        if name == "adan" then
          x[i] = (x[i] - step) / (1 + o.lr * o.weight_decay)
        else
          x[i] = (decoupled and x[i] * (1 - o.lr * o.weight_decay) or x[i]) - step
        end
      end
    end
    rows[k] = table.move(x, 1, n, 1, {})
  end
  return rows, more
end

return reference
