-- What differs between the logs of two runs.

local compare = require "lrrun.record.compare"

describe("two logs", function()
  local function log(changes)
    local rows = { { epoch = 1, val_loss = 1, val_accuracy = 0.5, seconds = 3 } }
    for key, item in pairs(changes or {}) do
      rows[1][key] = item
    end
    return rows
  end

  it("are the same whatever time they took", function()
    assert.is_nil(compare.metrics(log(), log { seconds = 4 }))
  end)

  it("are the same where one is of a version without figures that nobody asked for", function()
    assert.is_nil(compare.metrics(log(), log { val_r2 = 0.5, val_mae = 2 }))
    assert.equal("val_f1", compare.metrics(log(), log { val_f1 = 0.5 }).key)
    assert.equal("val_r2", compare.metrics(log { val_r2 = 0.4 }, log { val_r2 = 0.5 }).key)
  end)

  it("are close by shares of losses, and by the difference of what is itself a share", function()
    local function is_close(a, b)
      return select(2, compare.metrics(log(a), log(b)))
    end
    assert.is_true(is_close({ val_loss = 0.001 }, { val_loss = 0.00104 }))
    assert.is_false(is_close({ val_loss = 0.001 }, { val_loss = 0.00106 }))
    assert.is_true(is_close({ val_f1 = 0.01 }, { val_f1 = 0.03 }))
    assert.is_false(is_close({ val_f1 = 0.5 }, { val_f1 = 0.54 }))
    assert.is_true(is_close({ val_r2 = -50 }, { val_r2 = -51 }))
  end)
end)
