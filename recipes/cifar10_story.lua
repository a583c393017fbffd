-- How a learning rate takes a network on CIFAR-10 from 70 % to over 82 %: the story told in
-- four steps by one script.
--
-- Use:    lrrun recipes/cifar10_story.lua      (--set epochs=3 --set limit=5000: a glimpse)
-- Needs:  CIFAR-10, binary version (lrrun data cifar10 says where it is to be had)
--
-- 1. A rate of 0.01 with Adam, kept as it is: the validation loss goes up and down.
-- 2. The learning-rate range test says what the network can take.
-- 3. That rate, cut to a tenth after each third of the run (the article's 0.1 every 30 of
--    90 epochs, scaled to this run's length).
-- 4. What was gained.

local length = option("epochs", 12)
local limit = option("limit", 0)

local function block(width)
  return nn.sequential {
    nn.conv2d { width, kernel = 3, padding = 1, bias = false }, nn.batchnorm(), nn.relu(),
    nn.conv2d { width, kernel = 3, padding = 1, bias = false }, nn.batchnorm(), nn.relu(),
    nn.maxpool2d(2),
  }
end

local function attempt(name, lr, sched)
  return recipe {
    name = name,
    seed = 1,
    data = data.cifar10 {
      batch = 128, val = "test", limit = limit > 0 and limit or nil,
      augment = { flip = true, crop = 4 },
    },
    model = nn.sequential {
      block(32), block(64), block(128), nn.flatten(), nn.dropout(0.3), nn.linear(10),
    },
    loss = nn.cross_entropy(),
    optimizer = optim.adam { lr = lr },
    schedule = sched,
    epochs = length,
  }
end

local function describe(title, result)
  print(("%-34s best %.2f %% (epoch %d), last %.2f %%, val_loss %.3f"):format(title,
    100 * result.best.val_accuracy, result.best.epoch, 100 * result.last.val_accuracy,
    result.last.val_loss))
end

print "1. Adam, rate 0.01, constant"
local first = train.fit(attempt("story-constant", 0.01))

print "2. The range test"
local test = train.range(attempt("story-range", 0.01))
print(("   suggests %.2g"):format(test.suggestion))

print "3. That rate, a tenth of it after each third of the run"
local decay = schedule.step { factor = 0.1, every = (length / 3) * epochs }
local second = train.fit(attempt("story-steps", test.suggestion, decay))

print "4. What was gained"
describe("Adam, 0.01, constant", first)
describe(("Adam, %.2g from the range test, steps"):format(test.suggestion), second)
