-- optim.dog in a run: what is evaluated is an average of the weights.
local averaging = require "lrrun.train.averaging"
local data = require "lrrun.data"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require("lrrun.recipe").new
local train = require "lrrun.language.train"

local function fit(optimizer)
  return train.fit(recipe {
    data = data.digits { limit = 120, batch = 30, val = 0.25 }, epochs = 3, seed = 2,
    model = nn.sequential { nn.linear(16), nn.batchnorm(), nn.relu(), nn.linear(10) },
    optimizer = optimizer,
  }, { record = false, quiet = true })
end

describe("a run with optim.dog", function()
  it("takes running statistics anew for the average, and says so", function()
    local anew = fit(optim.dog { rel = 1e-2 })
    local old = fit(optim.dog { rel = 1e-2, batchnorm = 0 })
    assert.equal(old.last.train_loss, anew.last.train_loss)
    assert.are_not.equal(old.last.val_loss, anew.last.val_loss)
  end)

  it("has it within sam, too", function()
    local o = { optimizer = optim.sam { base = optim.dog() } }
    assert.is_false(averaging.by_optimizer(o))
    o.optimizer = optim.sam { base = optim.schedule_free_sgd() }
    assert.is_true(averaging.by_optimizer(o))
    local anew = fit(optim.sam { base = optim.dog { rel = 1e-2 } })
    local old = fit(optim.sam { base = optim.dog { rel = 1e-2, batchnorm = 0 } })
    assert.equal(old.last.train_loss, anew.last.train_loss)
    assert.are_not.equal(old.last.val_loss, anew.last.val_loss)
  end)

  it("shows what it multiplies lr by", function()
    local result = fit(optim.dog { rel = 1e-2 })
    assert.is_true(result.last.d > 0)
    assert.is_nil(fit(optim.sgd { lr = 0.1 }).last.d)
  end)
end)
