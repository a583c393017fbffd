-- The peak rate of a recipe, and the changes that make it another one.
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local rate = require "lrrun.advise.rate"
local recipe = require "lrrun.recipe"
local schedule = require "lrrun.schedule"
local subject = require "lrrun.advise.subject"
local units = require "lrrun.util.units"

local epochs = units.epochs

local function make(optimizer, value)
  return recipe.new { data = data.blobs { val = 0.2 }, model = nn.linear(3),
    optimizer = optimizer or optim.sgd { lr = 0.1 }, schedule = value, epochs = 20 }
end

local function texts(r, x)
  local out = {}
  for i, item in ipairs(rate.changes(r, x)) do
    out[i] = item.path .. "=" .. item.text
  end
  return out
end

describe("the peak rate of a recipe", function()
  it("is the optimizer's where the schedule starts from it, and floors stay", function()
    local r = make(nil, schedule.warmup(2 * epochs) .. schedule.cosine { min = 1e-5 })
    assert.same({ 0.1, "optimizer.lr" }, { rate.of(r) })
    assert.same({ "optimizer.lr=0.02" }, texts(r, 0.02))
  end)

  it("is that of a phase with one of its own, which is scaled whole", function()
    for _, case in ipairs {
      { schedule.one_cycle { max = 0.4 }, "schedule.max", { "schedule.max=0.2" } },
      { schedule.cyclic { min = 0.04, max = 0.4, step_size = 3 * epochs }, "schedule.max",
        { "schedule.min=0.02", "schedule.max=0.2" } },
      { schedule.linear { from = 0.4, to = 0.1 }, "schedule.from",
        { "schedule.from=0.2", "schedule.to=0.05" } },
      { schedule.multistep { at = { 3 * epochs }, values = { 0.1, 0.4 } }, "schedule.values.2",
        { "schedule.values.1=0.05", "schedule.values.2=0.2" } },
      { 0.5 * schedule.one_cycle { max = 0.4 }, "schedule.of.max", { "schedule.of.max=0.2" } },
      { schedule.hold { 2 * epochs, value = 0.4 } .. schedule.linear { from = 0.4 },
        "schedule.1.value", { "schedule.1.value=0.2", "schedule.2.from=0.2" } },
    } do
      local r = make(nil, case[1])
      assert.same({ 0.4, case[2] }, { rate.of(r) })
      table.insert(case[3], "optimizer.lr=0.2")
      assert.same(case[3], texts(r, 0.2))
      assert.near(0.2, rate.of(subject.changed(r, rate.changes(r, 0.2))), 1e-15)
    end
  end)

  it("moves phases of both kinds by the same factor", function()
    local r = make(nil, schedule.warmup(epochs) .. schedule.cosine { max = 0.1, min = 0.01 })
    assert.same({ "schedule.2.min=0.02", "schedule.2.max=0.2", "optimizer.lr=0.2" },
      texts(r, 0.2))
  end)

  it("keeps the ratio of groups, and is found in a schedule of the optimizer's", function()
    local groups = { { match = "bias", lr = 0.3 } }
    local r = make(optim.sgd { lr = 0.1, groups = groups })
    local changed = subject.changed(r, rate.changes(r, 0.2))
    assert.near(0.6, changed.opts.optimizer.opts.groups[1].opts.lr, 1e-15)
    r = make(optim.muon { lr = 0.1, adamw = { lr = 0.02 } })
    assert.same({ "optimizer.lr=0.2", "optimizer.adamw.lr=0.04" }, texts(r, 0.2))
    assert.equal(0.04, subject.changed(r, rate.changes(r, 0.2)).opts.optimizer.opts.adamw.opts.lr)
    assert.same({ "optimizer.lr=0.2" }, texts(make(optim.muon { lr = 0.1 }), 0.2))
    r = make(optim.sgd { lr = schedule.cosine { max = 0.3 } })
    assert.same({ 0.3, "optimizer.lr.max" }, { rate.of(r) })
    assert.same({ "optimizer.lr.max=0.1" }, texts(r, 0.1))
  end)

  it("is not found where a function does not look at it", function()
    local clock = { steps_per_epoch = 10, total_steps = 100, samples_per_epoch = 160 }
    local function message(f)
      local ok, why = pcall(rate.check_functions, make(nil, schedule.warmup(epochs)
        .. schedule.fn(f)), clock, "advise")
      return not ok and tostring(why)
    end
    assert.is_false(message(function(t) return t.lr / (1 + t.epoch) end))
    assert.is_false(message(function(t) return t.metrics.val_loss end)) -- there is none yet
    local fixed = make(nil, schedule.fn(function() return 0.1 end))
    local ok, why = pcall(rate.check_functions, fixed, clock, "advise")
    assert.is_false(ok)
    assert.matches("gives the same rates whatever optimizer.lr is; want t.lr in it", tostring(why))
  end)

  it("is refused where there is none to change", function()
    for says, r in pairs {
      ["rprop finds a step size for each weight"] = make(optim.rprop {}),
      ["names no peak rate that could be another"] = make(optim.sgd { lr = schedule.fn(function()
        return 0.1
      end) }),
    } do
      local ok, why = pcall(rate.check, r, "advise")
      assert.is_false(ok)
      assert.matches(says, tostring(why))
    end
  end)
end)
