local nn = require "lrrun.nn"
local numbers = require "support.noise"
local optim = require "lrrun.optim"
local reference = require "support.muon_reference"
local schedule = require "lrrun.schedule"
local tensor = require "lrrun.tensor"

local function rows_of(list, cols, first, rows)
  local out = {}
  for i = 1, rows do
    out[i] = table.move(list, (first + i - 2) * cols + 1, (first + i - 1) * cols, 1, {})
  end
  return out
end

local function count_of(shape)
  local n = 1
  for _, d in ipairs(shape) do
    n = n * d
  end
  return n
end

-- Updates of a tensor of that name and shape beside what the reference makes of its pieces.
local function check(value, name, shape, pieces, more, updates)
  local o, n = value.opts, count_of(shape)
  local cols, start = n // shape[1], numbers(n, 7)
  local w = tensor.new(shape, start)
  local targets, zeros = { [name] = w }, {}
  for other, size in pairs(more or {}) do
    targets[other], zeros[other] = tensor.new(size), tensor.new(size)
  end
  local bound, grads = value:bind(targets), {}
  for k = 1, updates or 4 do
    grads[k] = numbers(n, 100 + k)
    local given = { [name] = tensor.new(shape, grads[k]) }
    for other, t in pairs(zeros) do
      given[other] = t
    end
    bound:update { grads = given }
  end
  local got, row = w:values(), 1
  for _, rows in ipairs(pieces) do
    local gradients = {}
    for k, g in ipairs(grads) do
      gradients[k] = rows_of(g, cols, row, rows)
    end
    local list = reference.run(o, rows_of(start, cols, row, rows), gradients)
    for i, line in ipairs(list[#list]) do
      for j, x in ipairs(line) do
        local found = got[(row + i - 2) * cols + j]
        assert.is_true(math.abs(x - found) < 2e-5,
          ("%s: row %d, column %d: want %.9g, got %.9g"):format(name, row + i - 1, j, x, found))
      end
    end
    row = row + rows
  end
  assert.equal(shape[1], row - 1)
end

describe("optim.muon", function()
  it("does what the articles write, with each option", function()
    for _, given in ipairs {
      {}, { lr = 0.1, weight_decay = 0.5 }, { lr = 0.1, nesterov = false, momentum = 0.8 },
      { lr = 0.1, scale = "rms", ns_steps = 3 }, { lr = 0.1, scale = "spectral", ns_steps = 1 },
    } do
      for _, shape in ipairs { { 5, 3 }, { 3, 5 }, { 4, 4 }, { 2, 33 }, { 70, 3 } } do
        check(optim.muon(given), "w", shape, { shape[1] })
      end
    end
  end)

  it("takes a kernel as one matrix of its channels", function()
    check(optim.muon { lr = 0.1 }, "1.conv2d.weight", { 6, 2, 3, 3 }, { 6 })
    check(optim.muon { lr = 0.1 }, "1.conv1d.weight", { 6, 4, 5 }, { 6 })
  end)

  it("takes queries, keys and values apart", function()
    check(optim.muon { lr = 0.1 }, "1.attention.weight_qkv", { 12, 4 }, { 4, 4, 4 })
    check(optim.muon { lr = 0.1 }, "1.attention.weight_qkv", { 12, 8 }, { 8, 2, 2 })
  end)

  it("takes each gate of a recurrent layer apart", function()
    local value = optim.muon { lr = 0.1 }
    local hh = { ["1.lstm.weight_hh"] = { 12, 3 } }
    check(value, "1.lstm.weight_ih", { 12, 5 }, { 3, 3, 3, 3 }, hh)
    check(value, "1.lstm.weight_hh", { 12, 3 }, { 3, 3, 3, 3 })
    check(value, "2.gru.reverse.weight_hh", { 6, 2 }, { 2, 2, 2 })
    check(value, "3.rnn.weight_hh", { 4, 4 }, { 4 })
  end)

  it("takes large matrices, which all threads share, as it takes small ones", function()
    check(optim.muon { lr = 0.1, ns_steps = 1 }, "w", { 260, 130 }, { 260 }, nil, 1)
  end)

  it("makes no step of no gradient, and shows one that is no number in all of a matrix", function()
    local w = tensor.new({ 2, 2 }, { 1, 2, 3, 4 })
    local bound = optim.muon { lr = 0.1, weight_decay = 0 }:bind { w = w }
    bound:update { grads = { w = tensor.new { 2, 2 } } }
    assert.same({ 1, 2, 3, 4 }, w:values())
    bound:update { grads = { w = tensor.new({ 2, 2 }, { 0, 0 / 0, 0, 0 }) } }
    for _, x in ipairs(w:values()) do
      assert.is_true(x ~= x)
    end
  end)
end)

describe("what optim.muon leaves to AdamW", function()
  local SHAPES = { ["1.embedding.weight"] = { 7, 4 }, ["2.positions.weight"] = { 5, 4 },
    ["3.conv2d.weight"] = { 4, 1, 3, 3 }, ["4.linear.weight"] = { 1, 6 },
    ["5.linear.weight"] = { 6, 1 }, ["6.linear.bias"] = { 4 }, ["7.lstm.weight_ih"] = { 4, 3 },
    ["7.lstm.weight_hh"] = { 4, 1 } }

  local function updated(value, name, shape, also)
    local n = count_of(shape)
    local w = tensor.new(shape, numbers(n, 3))
    local all, zeros = { [name] = w }, {}
    for other, size in pairs(also or {}) do
      all[other], zeros[other] = tensor.new(size), tensor.new(size)
    end
    local bound = value:bind(all)
    for k = 1, 5 do
      zeros[name] = tensor.new(shape, numbers(n, k))
      bound:update { grads = zeros }
    end
    return w:values(), bound
  end

  it("is what is no matrix, with numbers of its own", function()
    local own = { lr = 0.02, betas = { 0.8, 0.9 }, eps = 1e-3, weight_decay = 0.3 }
    for name, shape in pairs(SHAPES) do
      local also = name:find "_ih" and { ["7.lstm.weight_hh"] = SHAPES["7.lstm.weight_hh"] }
      assert.same(updated(optim.adamw(own), name, shape, also),
        updated(optim.muon { lr = 0.5, adamw = own }, name, shape, also), name)
    end
  end)

  it("has AdamW's numbers but muon's weight_decay, and muon's lr with scale = 'rms'", function()
    local b = { 6 }
    local function adamw(lr)
      return (updated(optim.adamw { lr = lr, weight_decay = 0.1 }, "b", b))
    end
    assert.same(adamw(1e-3), (updated(optim.muon { lr = 0.5 }, "b", b)))
    assert.same(adamw(0.5), (updated(optim.muon { lr = 0.5, scale = "rms" }, "b", b)))
    assert.same(adamw(0.1), (updated(optim.muon { lr = 0.5, scale = "rms", adamw = { lr = 0.1 } },
      "b", b)))
  end)

  it("follows the rate in its ratio, and groups in theirs", function()
    local native = select(2, updated(optim.muon { lr = 0.4, adamw = { lr = 0.1 },
      groups = { { match = "^a", lr = 0.2, weight_decay = 0.7 } } }, "a", { 3 },
      { b = { 3 }, w = { 3, 3 }, awl = { 3, 3 } })).native
    local function check_rates(...)
      for g, want in ipairs { ... } do
        assert.near(want, native:get(g, "lr"), 1e-15)
      end
    end
    -- the rest, the group, and the vectors of each in the order of names
    check_rates(0.4, 0.2, 0.05, 0.1)
    assert.same({ 0.1, 0.7, 0.7, 0.1 }, { native:get(1, "weight_decay"),
      native:get(2, "weight_decay"), native:get(3, "weight_decay"),
      native:get(4, "weight_decay") })
    native:set_lr(0.2)
    check_rates(0.2, 0.1, 0.025, 0.05)
  end)

  it("is not touched by numbers of muon that an update changes", function()
    local t = { b = tensor.new({ 2 }, { 1, 1 }), w = tensor.new({ 2, 2 }, { 1, 1, 1, 1 }) }
    local bound = optim.muon { lr = 0.1, adamw = { lr = 0.1, weight_decay = 0 } }:bind(t)
    bound:update { weight_decay = 1, grads = { b = tensor.new { 2 }, w = tensor.new { 2, 2 } } }
    assert.same({ 1, 1 }, t.b:values())
    assert.near(0.9, t.w:values()[1], 1e-6)
    bound = optim.muon { lr = 0.1, adamw = { lr = 0.1 } }:bind(t) -- that has muon's decay
    bound:update { weight_decay = 1, grads = { b = tensor.new { 2 }, w = tensor.new { 2, 2 } } }
    assert.near(0.9, t.b:values()[1], 1e-6)
  end)

  it("decays as decay = 'matrices' says", function()
    local t = { b = tensor.new({ 2 }, { 1, 1 }), w = tensor.new({ 2, 2 }, { 1, 1, 1, 1 }),
      ["1.embedding.weight"] = tensor.new({ 2, 2 }, { 1, 1, 1, 1 }) }
    local value = optim.muon { lr = 0.1, decay = "matrices", adamw = { lr = 0.2,
      weight_decay = 0.5 } }
    assert.matches("weight_decay is 0", select(2, pcall(optim.muon, { decay = "matrices",
      weight_decay = 0 })))
    value:bind(t):update { grads = { b = tensor.new { 2 }, w = tensor.new { 2, 2 },
      ["1.embedding.weight"] = tensor.new { 2, 2 } } }
    assert.same({ 1, 1 }, t.b:values())
    assert.near(0.99, t.w:values()[1], 1e-6)
    assert.near(0.9, t["1.embedding.weight"]:values()[1], 1e-6)
  end)
end)

describe("optim.muon of a network", function()
  local function config(layers, shape, how, given)
    local model = nn.sequential(layers):build(shape, how)
    local names, shapes = {}, {}
    for i, s in ipairs((model.graph:segments())) do
      names[i], shapes[i] = s.name, s.shape
    end
    local got = optim.muon(given or {}):config(names, shapes, nil, model)
    local taken, why = {}, {}
    for i, item in ipairs(got.taken) do
      taken[names[i]], why[names[i]] = item.pieces, item.why
    end
    return taken, why, got
  end

  it("takes hidden layers, and not what makes the output", function()
    local taken, why = config({ nn.conv2d { 4, kernel = 3 }, nn.conv2d { 4, kernel = 3,
      groups = 4 }, nn.flatten(), nn.linear(6), nn.relu(), nn.linear(3) }, { 1, 8, 8 })
    assert.same({ ["1.conv2d.weight"] = { 4 }, ["4.linear.weight"] = { 6 } }, taken)
    assert.equal("makes the output", why["6.linear.weight"])
    assert.equal("a kernel for each channel", why["2.conv2d.weight"])
    assert.equal("no matrix", why["1.conv2d.bias"])
  end)

  it("cuts attention with fewer keys than queries, and gates", function()
    local taken = config({ nn.lstm { 8, sequences = true }, nn.attention { 4, kv_heads = 2 },
      nn.linear(2) }, { 5, 3 }, { seq = true })
    assert.same({ 8, 8, 8, 8 }, taken["1.lstm.weight_ih"])
    assert.same({ 8, 8, 8, 8 }, taken["1.lstm.weight_hh"])
    assert.same({ 8, 4, 4 }, taken["2.attention.weight_qkv"])
    assert.same({ 8 }, taken["2.attention.weight_out"])
  end)

  it("is refused where there is no matrix for it", function()
    assert.matches("muon_spec.lua:%d+: optim.muon: there is no matrix for it: 1.linear.weight "
      .. "%(makes the output%), 1.linear.bias %(no matrix%); want a network with a hidden layer, "
      .. "or optim.adamw", select(2, pcall(config, { nn.linear(3) }, { 4 })))
  end)
end)

describe("mistakes with optim.muon", function()
  it("are met in an update, too", function()
    local w = tensor.new({ 2, 2 }, { 1, 2, 3, 4 })
    local opt = optim.muon { lr = 0.1 }:bind { w = w }
    assert.matches("optim.muon: update: 'ns_steps' is 2.5, want an integer from 1 to 100",
      select(2, pcall(opt.update, opt, { grads = { w = w }, ns_steps = 2.5 })))
    assert.same({ 1, 2, 3, 4 }, w:values())
    opt:update { grads = { w = w }, ns_steps = 3 }
  end)

  local function message(given)
    return select(2, pcall(optim.muon, given))
  end

  it("are said with what is taken", function()
    assert.matches("muon_spec.lua:%d+: optim.muon: 'scale' is 'orignal'.*'original' or 'rms' or "
      .. "'spectral'", message { scale = "orignal" })
    assert.matches("optim.muon: 'ns_steps' is 0, want an integer from 1 to 100",
      message { ns_steps = 0 })
    assert.matches("optim.muon.adamw: unknown key 'beta'.*did you mean 'betas'",
      message { adamw = { beta = 0.9 } })
    assert.matches("optim.muon.adamw: 'betas' has 1 item", message { adamw = { betas = { 0.9 } } })
    assert.matches("optim.muon.adamw: 'lr' is %-1", message { adamw = { lr = -1 } })
    assert.matches("optim.muon: 'adamw' is 3, want a table", message { adamw = 3 })
    assert.matches("optim.muon: 'adamw' is optim.sgd, want a table, as { lr = 1e%-3",
      message { adamw = optim.sgd { lr = 1 } })
    assert.matches("'adamw' is schedule.cosine, want a table",
      message { adamw = schedule.cosine { max = 1 } })
    assert.matches("optim.muon: 'nesterov' needs momentum", message { momentum = 0 })
    assert.matches("unknown key 'beta2'", message { beta2 = 0.9 })
  end)

  it("of rates that would not move together are", function()
    local falling = schedule.cosine { max = 0.1 }
    assert.matches("'adamw' has a rate of its own, which does not move with lr's schedule",
      message { lr = falling })
    assert.matches("'groups' item 1: lr is to the optimizer's", message { lr = 0.1,
      groups = { { match = "w", lr = falling } } })
    assert.equal("optim.muon", optim.muon { lr = falling, adamw = { lr = falling } }.kind)
    assert.equal("optim.muon", optim.muon { lr = falling, scale = "rms" }.kind)
  end)
end)
