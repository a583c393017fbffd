--- Figures of right and wrong answers, and their mean over classes.
--
-- What was collected as "classes" (train/collect_classes.c): lists n (targets), right (of
-- those) and answered (answers) of each class. Where there are questions of yes and no, or two
-- classes, a figure is that of the second class, the positive one, and of several questions
-- the mean; of more classes it is the mean over those that are a target or an answer (the
-- macro average of scikit-learn, with zero_division = 0). Layer: metrics.

local per_class = {}

local function share(part, whole)
  return whole > 0 and part / whole or 0
end

--- Of the answers of a class, the share that is right; 0 where there are none.
function per_class.precision(_, right, answered)
  return share(right, answered)
end

--- Of the targets of a class, the share that is found; 0 where there are none.
function per_class.recall(n, right)
  return share(right, n)
end

--- The harmonic mean of both; 0 where there are neither targets nor answers.
function per_class.f1(n, right, answered)
  return share(2 * right, n + answered)
end

local function mean_of(classes, f, from, by)
  local sum, count = 0, 0
  for i = from, #classes.n, by do
    local n, answered = classes.n[i], classes.answered[i]
    if by == 2 or n > 0 or answered > 0 then
      sum, count = sum + f(n, classes.right[i], answered), count + 1
    end
  end
  return sum, count
end

--- The mean of f(n, right, answered); nil where there is no target.
---@param classes { n: integer[], right: integer[], answered: integer[], pairs: boolean? }
---@param f fun(n: integer, right: integer, answered: integer): number
---@return number?
function per_class.mean(classes, f)
  local by_pair = classes.pairs or #classes.n == 2
  local sum, count = mean_of(classes, f, by_pair and 2 or 1, by_pair and 2 or 1)
  local any = false
  for _, n in ipairs(classes.n) do
    any = any or n > 0
  end
  return any and sum / count or nil
end

--- The same of what was collected: of entities, where classes are tags of such, all together;
--- else the mean over classes.
---@param sums table<string, any> with classes, and entities where there are any
function per_class.of(sums, f)
  local e = sums.entities
  if e then
    return f(e.targets[1], e.right[1], e.answers[1])
  end
  return per_class.mean(sums.classes, f)
end

-- The mean recall of classes first to last that are there.
local function balanced(classes, first, last)
  local sum, count = 0, 0
  for i = first, last do
    if classes.n[i] > 0 then
      sum, count = sum + classes.right[i] / classes.n[i], count + 1
    end
  end
  return count > 0 and sum / count or nil
end

--- The mean recall over the classes that are there; of several questions the mean of theirs.
--- nil where there is no target.
---@return number?
function per_class.balanced(classes)
  if not classes.pairs then
    return balanced(classes, 1, #classes.n)
  end
  local sum, count = 0, #classes.n // 2
  for i = 1, count do
    sum = sum + (balanced(classes, 2 * i - 1, 2 * i) or 0)
  end
  return per_class.mean(classes, per_class.recall) and sum / count
end

return per_class
