-- How a learning rate that is found and stepped down lifts a network on CIFAR-10: the
-- article's story in four steps, by one script.
--
-- Use:    lrrun recipes/cifar10_story.lua      (--set epochs=3 --set limit=5000: a glimpse)
--         --set width=16: with half the channels
-- Needs:  CIFAR-10, binary version (lrrun data cifar10 says where it is to be had)
-- Result: 84.6 % of the 10,000 test images with the constant rate, 86.1 % with 0.00095 in steps
--         (seed 1; CIFAR-10, 92 of 60,000 images approximate); in the last epoch 81.5 and 86.0 %
--         in validation; 22 minutes on 2 cores of an AMD EPYC (Zen 5)
--
-- 1. A rate of 0.01 with Adam, kept as it is: the validation loss goes up and down.
-- 2. The learning-rate range test says what the network can take. (lrrun advise asks whole runs
--    for it, at the cost of about three.)
-- 3. That rate, cut to a tenth after each third of the run (the article's 0.1 every 30 of
--    90 epochs, scaled to this run's length).
-- 4. What was gained, on the test images, which no step above has seen.

local length = option("epochs", 24)
local limit = option("limit", 0)
local width = option("width", 32) -- channels of the first block

local function block(channels)
  return nn.sequential {
    nn.conv2d { channels, kernel = 3, padding = 1, bias = false }, nn.batchnorm(), nn.relu(),
    nn.conv2d { channels, kernel = 3, padding = 1, bias = false }, nn.batchnorm(), nn.relu(),
    nn.maxpool2d(2),
  }
end

local function attempt(name, lr, decay, on_epoch)
  return recipe {
    name = "cifar10-story-" .. name,
    seed = 1,
    data = data.cifar10 {
      batch = 128, val = 0.1, split = "random", limit = limit > 0 and limit or nil,
      augment = { flip = true, crop = 4 },
    },
    model = nn.sequential {
      block(width), block(2 * width), block(4 * width), nn.flatten(), nn.dropout(0.3),
      nn.linear(10),
    },
    loss = nn.cross_entropy(),
    optimizer = optim.adam { lr = lr },
    schedule = decay,
    on = { epoch = on_epoch },
    epochs = length,
  }
end

-- Trains; gives the accuracy on the test images of the weights with the lowest validation
-- loss, and how that loss went.
local function train_one(name, lr, decay)
  local losses, rises = {}, 0
  local result, run = train.fit(attempt(name, lr, decay, function(t)
    losses[#losses + 1] = t.metrics.val_loss
  end))
  for i = 2, #losses do
    rises = rises + (losses[i] > losses[i - 1] and 1 or 0)
  end
  local tested = train.evaluate(run, { split = "test" })
  print(("   %.2f %% in validation (epoch %d of %d), val_loss %.3f, which rose %d times"):format(
    100 * result.best.val_accuracy, result.best.epoch, length, result.best.val_loss, rises))
  return 100 * tested.accuracy
end

print "1. Adam, rate 0.01, constant"
local before = train_one("constant", 0.01)

print "2. The range test, for the schedule that comes next"
local decay = schedule.step { factor = 0.1, every = (length / 3) * epochs }
local found = train.range(attempt("range", 0.01, decay))
local said = {}
for _, name in ipairs { "valley", "slide", "minimum", "steep" } do
  local lr = found.suggestions[name] -- nil where the curve does not show it
  said[#said + 1] = lr and ("%s %.2g"):format(name, lr) or nil
end
-- In doubt the test suggests nothing: few data, as in a glimpse, are soon known by heart.
local rate = found.suggestion or 1e-3
print(("   suggests %.2g (%s)"):format(rate, found.doubt or table.concat(said, ", ")))

print "3. That rate, a tenth of it after each third of the run"
local after = train_one("steps", rate, decay)

print "4. What was gained, on the test images"
print(("   0.01, constant: %.2f %%; %.2g in steps: %.2f %%"):format(before, rate, after))
