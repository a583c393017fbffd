--- optim.muon in plain Lua, in double, as the articles write it: one matrix.

local reference = {}

local function product(a, b, ta, tb)
  local rows, depth = ta and #a[1] or #a, ta and #a or #a[1]
  local cols, out = tb and #b or #b[1], {}
  for i = 1, rows do
    out[i] = {}
    for j = 1, cols do
      local sum = 0
      for k = 1, depth do
        sum = sum + (ta and a[k][i] or a[i][k]) * (tb and b[j][k] or b[k][j])
      end
      out[i][j] = sum
    end
  end
  return out
end

local function map(f, a, b, c)
  local out = {}
  for i = 1, #a do
    out[i] = {}
    for j = 1, #a[1] do
      out[i][j] = f(a[i][j], b and b[i][j], c and c[i][j])
    end
  end
  return out
end

--- u (a list of rows) with singular values near 1.
function reference.polar(u, steps)
  local norm = 0
  for _, row in ipairs(u) do
    for _, x in ipairs(row) do
      norm = norm + x * x
    end
  end
  norm = math.max(math.sqrt(norm), 1e-7)
  local x = map(function(v) return v / norm end, u)
  for _ = 1, steps do
    local a = product(x, x, false, true)
    local b = map(function(s, t) return -4.7750 * s + 2.0315 * t end, a, product(a, a))
    x = map(function(v, t) return 3.4445 * v + t end, x, product(b, x))
  end
  return x
end

local SCALE = {
  original = function(r, c) return math.sqrt(math.max(1, r / c)) end,
  rms = function(r, c) return 0.2 * math.sqrt(math.max(r, c)) end,
  spectral = function(r, c) return math.sqrt(r / c) end,
}

--- The matrix after each of these gradients. o: lr, momentum, nesterov, weight_decay, ns_steps,
--- scale.
function reference.run(o, x, grads)
  local rows, b = {}, map(function() return 0 end, x)
  for k, g in ipairs(grads) do
    b = map(function(was, now) return o.momentum * was + (1 - o.momentum) * now end, b, g)
    local u = o.nesterov and map(function(now, m)
      return (1 - o.momentum) * now + o.momentum * m
    end, g, b) or b
    local s = o.lr * SCALE[o.scale](#x, #x[1])
    x = map(function(v, step)
      return v * (1 - o.lr * o.weight_decay) - s * step
    end, x, reference.polar(u, o.ns_steps))
    rows[k] = x
  end
  return rows
end

return reference
