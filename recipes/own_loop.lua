-- A training loop of one's own, in Lua.
--
-- Use:    lrrun recipes/own_loop.lua
-- Needs:  nothing; the 1,797 digits are part of the program
-- Result: 96.9 % in validation after 5 epochs; under a second
--
-- For what a recipe does not have: the loop takes the batches, the model gives loss and
-- gradients, the optimizer makes the update.

local rounds = option("epochs", 5)
local limit = option("limit", 1797)

local dataset = data.digits { batch = 32, val = 0.2, limit = limit }
local model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(10) }
  :build(dataset.shape, { seed = 1 })
local opt = optim.adam { lr = 5e-3 }:bind(model)
local sched = schedule.cosine { min = 1e-5 }

local per_epoch = math.ceil(dataset.splits.train / 32)
local clock = { lr = 5e-3, steps_per_epoch = per_epoch, total_steps = rounds * per_epoch }

for epoch = 1, rounds do
  local sum, n = 0, 0
  for batch in dataset:batches("train", epoch) do
    local loss = model:step(batch, nn.cross_entropy()) -- forward and backward
    opt:update { lr = sched:at(opt.steps, clock) }
    sum, n = sum + loss * batch.n, n + batch.n
  end
  local val = train.evaluate(model, { data = dataset, split = "val" })
  print(("epoch %d  loss %.4f  val_accuracy %.4f  val_f1 %.4f  lr %.2g"):format(epoch, sum / n,
    val.accuracy, val.f1, opt.lr))
end
