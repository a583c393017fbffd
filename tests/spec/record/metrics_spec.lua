-- The lines of metrics.jsonl as CSV.

local file = require "lrrun.native.file"
local metrics = require "lrrun.record.metrics_log"
local program = require "support.program"

describe("metrics as CSV", function()
  it("has the figures that there are, exactly, and no other events", function()
    assert.equal("epoch,step,train_loss,val_loss\n1,10,0.1,0.30000000000000004\n2,20,,0.25\n",
      metrics.csv {
        { epoch = 1, step = 10, train_loss = 0.1, val_loss = 0.1 + 0.2,
          grad_norms = { w = { mean = 1, max = 2 } } },
        { event = "rollback", step = 10, lr = 3 },
        { epoch = 2, step = 20, val_loss = 0.25 },
      })
  end)

  it("stands beside the lines when a run has ended", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[return recipe { name = "c",
      data = data.moons { n = 40, val = 0.5 }, model = nn.sequential { nn.linear(2) },
      optimizer = optim.sgd { lr = 0.5 }, epochs = 3 }]])
    local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code, err)
    local rows = metrics.read(folder .. "/runs/c-1/metrics.jsonl")
    assert.equal(3, #rows)
    assert.equal(metrics.csv(rows), file.read(folder .. "/runs/c-1/metrics.csv"))
  end)

  it("is made of a log's own text where that is what was written, and of no other", function()
    local path = program.folder(finally) .. "/metrics.jsonl"
    local log = metrics.open(path, nil, "id")
    log:write { epoch = 1, step = 10, lr = 1e-300, train_loss = 0.1, val_loss = 0 / 0, seconds = 2,
      grad_norms = { lr = { mean = 1, max = 2 }, ['{"lr":7'] = { mean = 3, max = 4 } } }
    log:write { event = "rollback", step = 10, factor = 0.5 }
    log:write { epoch = 2, step = 20, lr = 2, train_loss = 1 / 0, seconds = 0.1 + 0.2 }
    local mark = log:mark()
    log:close()
    local text = file.read(path)
    local csv = metrics.csv_of_log(text, mark, "id")
    assert.equal("epoch,step,lr,train_loss,seconds\n1,10,1e-300,0.1,2\n"
      .. "2,20,2,,0.30000000000000004\n", csv)
    assert.equal(metrics.csv(metrics.read(path)), csv)
    assert.is_nil(metrics.csv_of_log(text, mark, "another"))
    assert.is_nil(metrics.csv_of_log(text:gsub("0%.1", "0.2", 1), mark, "id"))
    assert.is_nil(metrics.csv_of_log(text:match "^[^\n]*\n", mark, "id"))
    assert.is_nil(metrics.csv_of_log(text .. "{", mark, "id"))
  end)
end)
