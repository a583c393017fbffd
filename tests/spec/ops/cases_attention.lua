-- Rows of cases.lua for what transformers are made of.

local function attention(name, shape, attrs, more)
  local row = more or {}
  row.op, row.name = "attention", name
  row.seq = row.len ~= nil
  row.build = function(b)
    return b:op("attention", { b:x(shape, { seq = row.len ~= nil, lo = -1.5, hi = 1.5 }) }, attrs)
  end
  return row
end

local function rope(name, len)
  return {
    op = "rope",
    name = name,
    len = len,
    seq = len ~= nil,
    build = function(b)
      return b:op("rope", { b:x({ 4, 16 }, { seq = len ~= nil }) },
        { heads = 2, kv_heads = 1, base = 100 })
    end,
  }
end

local function step(name, last, len)
  return {
    op = "step",
    name = name,
    len = len,
    build = function(b)
      return b:op("step", { b:x({ 4, 3 }, { seq = len ~= nil }) }, { last = last })
    end,
  }
end

local function positions(name, length, len)
  return {
    op = "positions",
    name = name,
    len = len,
    seq = len ~= nil,
    build = function(b)
      local x = b:x({ 4, 5 }, { seq = len ~= nil })
      return b:op("positions", { x, length and b:param { length, 5 } })
    end,
  }
end

return {
  {
    op = "rmsnorm",
    build = function(b)
      return b:op("rmsnorm", { b:x { 2, 19 }, b:param { 19 } }, { eps = 1e-6 })
    end,
  },
  {
    op = "rmsnorm",
    name = "each step of a sequence",
    len = { 4, 1, 3 },
    seq = true,
    build = function(b)
      return b:op("rmsnorm", { b:x({ 4, 5 }, { seq = true }), b:param { 5 } }, { eps = 1e-3 })
    end,
  },
  {
    op = "swiglu",
    build = function(b)
      return b:op("swiglu", { b:x { 2, 5 }, b:x { 2, 5 } })
    end,
  },
  {
    op = "swiglu",
    name = "of one input twice",
    build = function(b)
      local x = b:x { 5 }
      return b:op("swiglu", { x, x })
    end,
  },
  positions("learned", 4),
  positions("learned, more than there are steps", 7),
  positions("learned, of sequences", 4, { 4, 1, 3 }),
  positions("waves"),
  positions("waves, of sequences", nil, { 4, 1, 3 }),
  step("first", false),
  step("last", true),
  step("first of sequences", false, { 4, 1, 3 }),
  step("last of sequences", true, { 4, 1, 3 }),
  {
    op = "tokens",
    build = function(b)
      return b:op("tokens", { b:x { 3, 4, 5 } })
    end,
  },
  {
    op = "tokens",
    name = "of many places",
    n = 1,
    build = function(b)
      return b:op("tokens", { b:x { 17, 5, 7 } })
    end,
  },
  rope("fixed length"),
  rope("sequences", { 4, 1, 3 }),
  {
    op = "qk_norm",
    build = function(b)
      return b:op("qk_norm", { b:x { 3, 16 }, b:param { 4 }, b:param { 4 } },
        { heads = 2, kv_heads = 1, eps = 1e-6 })
    end,
  },
  {
    op = "qk_norm",
    name = "sequences",
    len = { 4, 1, 3 },
    seq = true,
    build = function(b)
      return b:op("qk_norm", { b:x({ 4, 9 }, { seq = true }), b:param { 3 }, b:param { 3 } },
        { heads = 1, kv_heads = 1, eps = 1e-3 })
    end,
  },
  attention("scores of another scale", { 5, 12 }, { heads = 2, kv_heads = 2, causal = true,
    scale = 0.9 }),
  attention("one head", { 4, 9 }, { heads = 1, kv_heads = 1 }),
  attention("causal heads", { 5, 12 }, { heads = 2, kv_heads = 2, causal = true }),
  attention("heads that share keys", { 4, 16 }, { heads = 4, kv_heads = 2, causal = true }),
  attention("sequences", { 4, 12 }, { heads = 2, kv_heads = 2 }, { len = { 4, 1, 3 } }),
  attention("causal sequences, shared keys", { 5, 8 },
    { heads = 2, kv_heads = 1, causal = true }, { len = { 5, 2, 3 } }),
  attention("several tiles", { 133, 6 }, { heads = 1, kv_heads = 1 }, { n = 1 }),
  attention("several tiles, causal", { 133, 8 }, { heads = 2, kv_heads = 1, causal = true },
    { n = 1 }),
  attention("several tiles of sequences", { 140, 6 }, { heads = 1, kv_heads = 1, causal = true },
    { n = 3, len = { 64, 140, 65 } }),
  attention("dropout", { 70, 6 }, { heads = 1, kv_heads = 1, causal = true, dropout = 0.3 },
    { n = 1, redrawn = true }),
  attention("dropout of sequences", { 5, 8 }, { heads = 2, kv_heads = 1, dropout = 0.4 },
    { len = { 5, 2, 3 }, redrawn = true }),
}
