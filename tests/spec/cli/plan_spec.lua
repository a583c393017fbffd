-- lrrun plan: what a run would be, and warnings of common mistakes.

local json = require "lrrun.record.json"
local program = require "support.program"

-- The plan of a recipe with these keys, as a document; and the text for people.
local function plan(keys, flags, before)
  local folder = program.folder(finally)
  local lines = { "return recipe {" }
  for key, value in pairs(keys) do
    lines[#lines + 1] = key .. " = " .. value .. ","
  end
  program.write(folder .. "/r.lua", table.concat(lines, "\n") .. "\n}\n")
  local words = ("plan --json %s %s/r.lua"):format(flags or "", folder)
  local code, out, err = program.run(words, before)
  assert.equal(0, code, err)
  return json.decode(out), err, folder
end

local function recipe(changes)
  local keys = {
    data = "data.digits { val = 0.2 }",
    model = "nn.sequential { nn.linear(16), nn.relu(), nn.linear(10) }",
    optimizer = "optim.adam { lr = 1e-3 }", schedule = "schedule.cosine()",
    stop = "stop.early { patience = 5 }", epochs = "20",
  }
  for key, value in pairs(changes or {}) do
    keys[key] = value or nil
  end
  return keys
end

describe("lrrun plan", function()
  it("says who takes which matrices, also under sam", function()
    for _, optimizer in ipairs { "optim.muon { lr = 0.02 }",
      "optim.sam { base = optim.muon { lr = 0.02 } }" } do
      local got, text = plan(recipe { optimizer = optimizer })
      assert.equal("1.linear.weight", got.optimizer.matrices[1].name)
      assert.is_nil(got.optimizer.matrices[2])
      assert.matches("muon takes 1: 1.linear.weight (16 x 64)", text, 1, true)
      assert.matches("adamw takes 1 (makes the output): 3.linear.weight", text, 1, true)
    end
  end)

  it("warns of intervals that are longer than the run", function()
    local got = plan(recipe { validate = "200", log = "2000*percent" })
    local text = table.concat(got.warnings, "\n")
    assert.matches("validate = 200 epochs is longer than the run of 900 steps", text, 1, true)
    assert.matches("a bare number counts epochs, 200*steps updates", text, 1, true)
    assert.matches("log = 2000 percent is longer than the run of 900 steps", text, 1, true)
    text = table.concat(plan(recipe { validate = "20", log = "900*steps" }).warnings, "\n")
    assert.is_nil(text:find("is longer than the run", 1, true))
  end)

  it("says which matrices an optimizer of them takes, and what is left over, and why", function()
    local changes = { optimizer = "optim.muon { lr = 0.02 }", freeze = "'^3%.'",
      data = "data.random { tokens = 9, length = 6, classes = 3, n = 40, val = 0.2 }",
      model = "nn.sequential { nn.embedding(8), nn.transformer { 1, heads = 2, kv_heads = 1 }, "
        .. "nn.lstm(4), nn.linear(3) }" }
    local got, text = plan(recipe(changes))
    local o, why = got.optimizer, {}
    assert.equal(4, #o.matrices)
    assert.same({ 8, 4, 4 }, o.matrices[1].rows)
    assert.matches("muon takes 4: 2%.%S+weight_qkv %(8 %+ 4 %+ 4 x 8%), ", text)
    for _, item in ipairs(o.others) do
      why[item.why] = (why[item.why] or 0) + 1
    end
    assert.equal(1, why["an embedding"])
    assert.equal(1, why["makes the output"])
    assert.matches("adamw takes 1 (makes the output): 4.linear.weight\n", text, 1, true)
    changes.freeze = nil
    got, text = plan(recipe(changes))
    assert.equal(6, #got.optimizer.matrices)
    assert.matches("3.lstm.weight_ih (4 of 4 x 8), 3.lstm.weight_hh (4 of 4 x 4)", text, 1, true)
    assert.is_nil(table.concat(got.hints):find("muon", 1, true))
    changes.optimizer = "optim.muon()"
    assert.matches("lr = 0.001 }: with scale = 'original' most networks want about 0.02",
      table.concat(plan(recipe(changes)).hints), 1, true)
  end)

  it("trains nothing and writes nothing", function()
    local _, _, folder = plan(recipe(), "--out /nowhere/runs")
    local pipe <close> = assert(io.popen("ls " .. folder))
    assert.equal("r.lua\n", pipe:read "a")
  end)

  it("counts a layer on two nodes once, and says whose parameters it has", function()
    local p, text = plan(recipe { model = "nn.graph(function(x) local l = nn.linear(64) "
      .. "return nn.linear(10)(l(nn.relu()(l(x)))) end)" })
    assert.equal(64 * 65 + 10 * 65, p.parameters)
    assert.equal("3.linear", p.layers[3].name)
    assert.equal(0, p.layers[3].parameters)
    assert.equal("1.linear", p.layers[3].shares)
    assert.matches("3%.linear +linear%S+ +%(64%) +those of 1%.linear", text)
  end)

  it("lists layers with shapes and parameters", function()
    local p = plan(recipe { data = "data.digits { images = true, val = 0.2 }",
      model = "nn.sequential { nn.conv2d{4, kernel=3}, nn.residual { nn.conv2d{4, kernel=3, "
        .. "padding=1} }, nn.flatten(), nn.linear(10) }" })
    local rows = {}
    for i, row in ipairs(p.layers) do
      rows[i] = ("%s %s %s %d"):format(row.name, row.kind, table.concat(row.output, "x"),
        row.parameters)
    end
    assert.same({ "1.conv2d nn.conv2d 4x6x6 40", "2.residual.1.conv2d nn.conv2d 4x6x6 148",
      "2.residual nn.residual 4x6x6 0", "3.flatten nn.flatten 144 0",
      "4.linear nn.linear 10 1450" }, rows)
    assert.equal(40 + 148 + 1450, p.parameters)
  end)

  it("tells frozen parameters, groups, memory and the length", function()
    local p = plan(recipe { freeze = "'^1'", optimizer =
      "optim.adam { lr = 1e-3, groups = { { match = 'bias', weight_decay = 0 } } }" })
    assert.equal(10 * 17, p.trains)
    assert.equal("bias", p.optimizer.groups[1].match)
    assert.equal(2, p.optimizer.groups[1].parameters)
    assert.equal(2 * 4 * p.parameters, p.memory.optimizer)
    assert.equal(45, p.length.steps_per_epoch)
    assert.equal(900, p.length.steps)
  end)

  it("gives the learning rate at its landmarks, and phases", function()
    local p = plan(recipe { schedule = "schedule.warmup(2*epochs) .. schedule.cosine()" })
    assert.equal(2, #p.schedule.phases)
    assert.equal(90, p.schedule.phases[2].first)
    local marks = p.schedule.landmarks
    assert.equal(0, marks[1].step)
    assert.near(1e-3 / 90, marks[1].lr, 1e-12)
    assert.equal(899, marks[#marks].step)
    assert.equal(256, #p.schedule.curve)
  end)

  it("says how the best rate of a schedule compares with a linear decay's", function()
    for schedule, want in pairs {
      ["schedule.linear{}"] = 1, ["schedule.constant{}"] = 0.35,
      ["schedule.wsd{decay=20*percent,shape='linear'}"] = 0.51,
    } do
      local p, text = plan(recipe { schedule = schedule })
      local factor = p.schedule.transfer.factor
      assert.is_true(math.abs(factor - want) < 0.05, schedule .. " " .. factor)
      assert.matches("best rate of this schedule is about %S+ times that of linear decay", text)
    end
    assert.is_nil(plan(recipe { schedule = "schedule.plateau{}" }).schedule.transfer)
    assert.is_nil(plan(recipe { optimizer = "optim.rprop{}" }).schedule.transfer)
    assert.is_table(plan(recipe { schedule = false }).schedule.transfer)
  end)

  it("draws the curve in blocks, or in ASCII where there is no Unicode", function()
    local _, text = plan(recipe(), "", "LC_ALL=C.UTF-8 TERM=xterm")
    assert.truthy(text:find("▇", 1, true))
    _, text = plan(recipe(), "", "LC_ALL=C TERM=xterm")
    assert.falsy(text:find "[\x80-\xff]")
    assert.truthy(text:find "|#+")
  end)

  it("shows numbers that are schedules, and search dimensions", function()
    local p = plan(recipe {
      model = "nn.sequential { nn.linear(search.int(8, 64)), "
        .. "nn.dropout(schedule.linear{from=0, to=0.5}), nn.linear(10) }",
    })
    assert.equal("2.dropout.rate", p.numbers[1].name)
    assert.equal(0, p.numbers[1].first)
    assert.equal("model.1.units", p.search[1].name)
    assert.equal(36, p.search[1].value)
  end)

  it("fixes a dimension by --set, choices of constructors by their name", function()
    local function of(flags)
      local p = plan(recipe {
        model = "nn.sequential { nn.linear(search.int(8, 64)), search.choice { nn.tanh(), "
          .. "nn.leaky_relu(0.1), nn.leaky_relu(0.3) }, nn.linear(10) }",
        optimizer = "search.choice { optim.sgd { lr = search.loguniform(1e-3, 1) }, "
          .. "optim.adam { lr = search.loguniform(1e-4, 1e-2) } }",
      }, flags)
      local names = {}
      for i, d in ipairs(p.search) do
        names[i] = d.name
      end
      return table.concat(names, " "), p.layers[2].text, p.optimizer.text
    end
    assert.equal("model.1.units model.2 optimizer optimizer.adam.lr optimizer.sgd.lr", (of ""))
    local names, layer, optimizer = of("--set model.1.units=8 --set model.2=leaky_relu#2 "
      .. "--set optimizer.adam.lr=0.5 --set optimizer=adam")
    assert.same({ "", "leaky_relu{slope=0.3}", "adam{lr=0.5}" }, { names, layer, optimizer })
    names, layer = of "--set model.2.leaky_relu#2.slope=0.7 --set optimizer=sgd"
    assert.same({ "model.1.units model.2 optimizer.lr", "tanh" }, { names, layer })
  end)

  it("shows a schedule whose function needs metrics without a curve", function()
    local p = plan(recipe {
      schedule = "schedule.fn(function(t) return t.metrics.val_loss * 1 end)",
    })
    assert.same({}, p.schedule.curve)
  end)
end)

describe("lrrun plan warns", function()
  local CASES = {
    ["of nothing in a sound recipe"] = { {} },
    ["of a constant learning rate, as a hint"] = { { schedule = false },
      "learning rate is constant", hint = true },
    ["of a schedule that ends at a high rate, as a hint"] = {
      { schedule = "schedule.cosine { min = 5e-4 }", optimizer = "optim.adam { lr = 5e-3 }" },
      "ends at 10 %% of its highest rate: one that falls to 0 %(min = 0, or schedule.linear{}%)",
      hint = true },
    ["of a line that ends high, by its own key"] = {
      { schedule = "schedule.warmup(1) .. schedule.linear { to = 5e-4 }",
        optimizer = "optim.adam { lr = 5e-3 }" }, "falls to 0 %(to = 0, or ", hint = true },
    ["of a fall that has no last rate, without a key"] = {
      { schedule = "schedule.exponential { 0.9, min = 1e-6 }" }, "falls to 0 %(schedule.linear{}%)",
      hint = true },
    ["of a schedule that changes nothing"] = { { schedule = "schedule.step { factor = 0.5, "
      .. "every = 50*epochs }", stop = "stop.early { patience = 19 }" }, "never changes" },
    ["of a rate of 0 for long"] = { { schedule = "schedule.warmup(2*epochs) .. schedule.linear(0)",
      stop = "stop.early { patience = 19 }" }, "learning rate is 0 in 90 %% of the updates" },
    ["where there is no validation"] = { { data = "data.digits{}", stop = false },
      "no validation split" },
    ["where nothing watches the validation, as a hint"] = { { stop = false }, "nothing watches",
      hint = true },
    ["of recurrent layers without clipping"] = {
      { model = "nn.sequential { nn.reshape(8, 8), nn.lstm(8), nn.linear(10) }" },
      "nn.lstm without clipping" },
    ["of a very deep network without clipping"] = {
      { model = "(function() local l = {} for i = 1, 22 do l[i] = nn.linear(10) end "
        .. "return nn.sequential(l) end)()" }, "22 layers with weights and no clipping" },
    ["of a patience shorter than a plateau's"] = { { schedule = "schedule.plateau{patience = 8}" },
      "patience = 5 ends the run before schedule.plateau" },
    ["of a patience shorter than the warmup"] = { { schedule = "schedule.warmup(8*epochs) .. "
      .. "schedule.cosine()" }, "patience = 5 is shorter than the warmup of 8 epochs" },
    ["of a patience shorter than the steps of a schedule"] = {
      { schedule = "schedule.step { factor = 0.1, every = 10*epochs }" },
      "patience = 5 is shorter than the 10 epochs that the rate stands still from epoch 0" },
    ["of a patience longer than the run"] = { { stop = "stop.early { patience = 30 }" },
      "patience = 30 cannot fire" },
    ["of a schedule that never reaches its peak"] = {
      { schedule = "schedule.warmup(30*epochs)", stop = "stop.early { patience = 19 }" },
      "never reaches its peak", "shorter than the warmup", "outlives the run" },
    ["of a schedule that starts at 0"] = { { schedule = "schedule.linear { from = 0, to = 1e-3 }" },
      "update 0 has rate 0" },
    ["of a schedule that outlives the run"] = {
      { schedule = "schedule.cosine { length = 50*epochs }" }, "outlives the run" },
    ["of a batch of one sample before batchnorm"] = {
      { data = "data.digits { val = 0.2, limit = 401, batch = 32 }",
        model = "nn.sequential { nn.linear(8), nn.batchnorm(), nn.linear(10) }" },
      "batch of one sample" },
  }
  for name, case in pairs(CASES) do
    it(name, function()
      local p = plan(recipe(case[1]))
      for i = 2, #case do
        assert.matches(case[i], table.concat(case.hint and p.hints or p.warnings, "\n"))
      end
      local count = case.hint and #p.hints or #p.warnings
      assert.equal(#case - 1, count, table.concat(p.warnings, "\n"))
      assert.equal(0, case.hint and #p.warnings or #p.hints, table.concat(p.hints, "\n"))
    end)
  end
end)

describe("lrrun plan of a script", function()
  it("plans every recipe that the script would train, and trains none", function()
    local folder = program.folder(finally)
    program.write(folder .. "/s.lua", [[
      local function one(name, lr)
        return recipe { name = name, data = data.moons { n = 40, val = 0.5 }, model = nn.linear(2),
          optimizer = optim.sgd { lr = lr }, epochs = 3 }
      end
      local first = train.fit(one("first", 0.5))
      print(first.best.val_loss)
      local range = train.range(one("range", 0.1))
      train.fit(one("second", range.suggestion))
    ]])
    local code, out, err = program.run(("plan --json %s/s.lua"):format(folder))
    assert.equal(0, code, err)
    local plans = json.decode(out).plans
    assert.equal(2, #plans)
    assert.equal("second", plans[2].name)
    assert.falsy(err:find("\n0\n", 1, true))
  end)
end)
