--- Note: the model that is left is no better than always the most frequent class, or the mean of
--- the targets, on validation data (without them on training data). Layer: notes.

-- A model that knows something has a lower loss than the shares of the classes alone have (their
-- entropy), also where it answers the most frequent class throughout, as of rare classes.
local NEARLY = 0.98
-- Where the loss is above even that, an accuracy may be better by chance: by its standard error.
local CHANCE = 1
-- R2 up to here: of the mean of the validation's own targets it is 0, of that of the training's a
-- little less, and of a network that gives nearly a constant a little more.
local NOTHING = 0.005

local function entropy(counts, n)
  local sum = 0
  for _, count in ipairs(counts) do
    sum = count > 0 and sum - count / n * math.log(count / n) or sum
  end
  return sum
end

-- How a class is called: of next tokens by their text.
local function name_of(dataset, class)
  if dataset.tokenizer then
    return ("the token %q"):format(dataset.tokenizer:decode { class - 1 })
  end
  return ("class %s"):format(dataset.class_names and dataset.class_names[class] or class - 1)
end

-- What answering without looking comes to: accuracy, loss, whether an accuracy is that of one
-- answer throughout, and what the answer is.
local function of_classes(run, counts, n)
  local best = 1
  for i, count in ipairs(counts) do
    best = count > counts[best] and i or best
  end
  return { accuracy = counts[best] / n, loss = entropy(counts, n),
    answer = name_of(run.dataset, best),
    is_constant = function(accuracy)
      for _, count in ipairs(counts) do
        if math.abs(accuracy * n - count) < 0.5 then
          return true
        end
      end
      return false
    end }
end

-- Of outputs that are yes or no: each one's more frequent answer.
local function of_outputs(ones, n)
  local right, loss = 0, 0
  for _, count in ipairs(ones) do
    right = right + math.max(count, n - count)
    loss = loss + entropy({ count, n - count }, n)
  end
  local accuracy = right / (n * #ones)
  return { accuracy = accuracy, loss = loss / #ones, answer = "the more frequent answer",
    is_constant = function(found)
      return math.abs(found - accuracy) * n * #ones < 0.5
    end }
end

-- Whether the loss of the shares can be compared with: weights and focal losses count otherwise.
local function is_plain(loss)
  local o = loss.opts
  return loss.kind == "nn.cross_entropy" and o.class_weights == nil
    or loss.kind == "nn.bce" and o.pos_weight == nil
end

local function fails(value, base, n, accuracy, loss)
  if not is_plain(value) then
    return accuracy <= base.accuracy + 1e-9 and base.is_constant(accuracy)
  end
  local error = CHANCE * math.sqrt(base.accuracy * (1 - base.accuracy) / n)
  return accuracy <= base.accuracy + 1e-9 and (loss >= NEARLY * base.loss or loss ~= loss)
    or accuracy <= base.accuracy + error and loss >= base.loss
end

-- Which model the figures are of.
local function model_of(seen)
  local run = seen.run
  local is_best = run.leaves == "best" and run.best and run.best.step ~= seen.state.step
  return is_best and ("the best epoch's model (epoch %.6g)"):format(run.best.epoch)
    or "the final model"
end

local function classes_say(seen, split, m)
  local run = seen.run
  local counts, n = run.dataset.native:tally(split)
  local accuracy, loss = m[split .. "_accuracy"], m[split .. "_loss"]
  if not accuracy or n == 0 or #counts > 1 and run.dataset.classes and
    math.max(table.unpack(counts, 1, math.min(#counts, 250))) == n then
    return nil
  end
  local base = run.dataset.classes and of_classes(run, counts, n) or of_outputs(counts, n)
  if not fails(run.loss, base, n, accuracy, loss) then
    return nil
  end
  return ("%s is %s better on %s data than %s for every %s: accuracy %.4g, its "
    .. "share is %.4g; try another rate (lrrun range, lrrun advise), and look at what the network "
    .. "is given"):format(model_of(seen), accuracy > base.accuracy + 1e-9 and "hardly" or "no",
    split == "val" and "validation" or "training", base.answer,
    run.dataset.per_step and "step" or "sample", accuracy, base.accuracy),
    accuracy / base.accuracy
end

-- Without validation data a loss of squares of scaled targets says the same: 1 is their mean.
local function numbers_say(seen, m)
  local run = seen.run
  local r2 = m.val_r2
  if not r2 and run.loss.kind == "nn.mse" and run.dataset.target_means and m.train_loss then
    r2 = 1 - m.train_loss
  end
  -- Losses of sizes may do better than the mean in what they measure.
  local is_other = run.loss.kind ~= "nn.mse" and m.train_loss and m.train_loss < 0.9 * seen.first
  if not r2 or r2 > NOTHING or is_other then
    return nil
  end
  return ("%s is %s better on %s data than the mean of the targets: R2 %.3g; try "
    .. "another rate (lrrun range, lrrun advise), and look at what the network is given"):format(
    model_of(seen), r2 > 0 and "hardly" or "no", m.val_r2 and "validation" or "training", r2), r2
end

return {
  kind = "baseline",
  doc = "the model that is left is no better on validation data than always the most frequent "
    .. "class, or the mean of the targets",
  unless = { "diverged", "unscaled" },
  see = function(seen)
    local run, m = seen.run, seen:left()
    local split = run.val_split or "train"
    if run.dataset.classes or run.loss.probabilities then
      return classes_say(seen, split, m)
    end
    return numbers_say(seen, m)
  end,
}
