-- Sessions that a script makes of native parts: what does not belong together is refused, before
-- anything reads or writes where it must not.

local files = require "support.files"
local graph = require "lrrun.native.graph"
local optim = require "lrrun.native.optim"
local readers = require "lrrun.native.readers"
local session = require "lrrun.native.session"

local function refused(text, f, ...)
  assert.matches(text, files.failure(f, ...) or "nothing", 1, true)
end

local function linear(g, name, x, units, width)
  local w = g:param(name .. ".w", { units, width }, { kind = "normal", a = 0.1 }, true)
  local b = g:param(name .. ".b", { units }, { kind = "constant", a = 0 }, true)
  return g:op("linear", { x, w, b })
end

-- Two layers that end in 3 classes, for batches of 8.
local function network(hidden)
  local n = { g = graph.new() }
  n.x = n.g:input({ 2 }, "real", false, false, "x")
  n.y = n.g:input({}, "i32", false, false, "y")
  n.hidden = linear(n.g, "1", n.x, hidden, 2)
  n.out = linear(n.g, "2", n.hidden, 3, hidden)
  n.g:plan({ n.g:op("cross_entropy", { n.out, n.y }) }, 8, true)
  n.g:init(1)
  return n
end

local function descent(g)
  local of = {}
  for i = 1, #g:segments() do
    of[i] = 1
  end
  return optim.bind_graph({ name = "sgd", groups = { { lr = 0.1 } }, group_of = of }, g)
end

local function loader(batch)
  local rows = { x = {}, y = {}, shape = { 2 }, classes = 3 }
  for i = 1, 16 do
    rows.x[i], rows.y[i] = { i / 16, 1 - i / 8 }, i % 3
  end
  local d = readers.rows(rows)
  d:split { seed = 1 }
  return d:loader { batch = batch, seed = 1, shuffle = true }
end

local function new(n, changes)
  local cfg = { graph = n.g, inputs = { n.x, n.y }, loader = loader(8), batch = 8,
    accumulate = 1, shards = 1, seed = 1 }
  for key, item in pairs(changes or {}) do
    cfg[key] = item
  end
  cfg.optim = cfg.optim or descent(n.g)
  return session.new(cfg)
end

describe("a session of native parts", function()
  it("wants an optimizer of its own network", function()
    local n, other = network(3), network(100)
    refused("another network's", new, n, { optim = descent(other.g) })
    local unplanned = { g = graph.new() }
    unplanned.x = unplanned.g:input({ 2 }, "real", false, false, "x")
    unplanned.y = unplanned.g:input({}, "i32", false, false, "y")
    refused("another network's", new, unplanned, { optim = descent(other.g) })
  end)

  it("wants batches no larger than it is told", function()
    refused("not of the data", new, network(3), { loader = loader(9) })
  end)

  it("feeds every input that the network needs, or makes no step", function()
    local n = network(3)
    local lacking = new(n, { inputs = { n.y } })
    refused("built anew", lacking.step, lacking)
    local s = new(n)
    s:step()
    local unnamed = n.g:input({ 3 }, "real", false, false)
    s:step()
    n.g:plan({ n.g:op("cross_entropy", { n.g:op("add", { n.out, unnamed }), n.y }) }, 8, true)
    refused("built anew", s.step, s)
  end)

  it("wants sequences of as many steps as the network's", function()
    local steps = {}
    for i = 1, 6 do
      steps[i] = { i, -i }
    end
    local d = readers.rows { x = { steps, { { 1, 2 } } }, y = { 0, 1 }, shape = { 2 },
      classes = 2, seq = true }
    d:split { seed = 1 }
    local g = graph.new()
    local n = { g = g, x = g:input({ 3, 4 }, "real", true, false, "x"),
      y = g:input({}, "i32", false, false, "y") }
    local pooled = g:op("global_avgpool", { linear(g, "1", n.x, 2, 4) })
    g:plan({ g:op("cross_entropy", { pooled, n.y }) }, 8, true)
    refused("'x' of the data does not fit", new, n,
      { loader = d:loader { batch = 2, seed = 1 } })
  end)

  it("leaves a parameter alone that a new loss does not reach", function()
    local n = network(3)
    local s = new(n)
    s:step()
    n.g:plan({ n.g:op("cross_entropy", { n.hidden, n.y }) }, 8, true)
    local before = n.g:block("params"):values()
    s:step()
    local after = n.g:block("params"):values()
    for _, p in ipairs(n.g:segments()) do
      local moved = false
      for i = p.at + 1, p.at + p.n do
        moved = moved or before[i] ~= after[i]
      end
      assert.equal(p.name:find "^1" ~= nil, moved, p.name)
    end
  end)
end)
