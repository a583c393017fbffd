--- How data are split into training, validation and test, and what is said of the classes in
--- them. Layer: data.

local errors = require "lrrun.util.errors"

local splits = {}

local FEW, MANY = 0.05, 8 -- a share that is small; classes that are listed
local MOST_FOLDS = 1000

-- "2 of 5" as 2, 5; nil where it is none.
local function fold_of(text)
  local i, k = tostring(text):match "^%s*(%d+)%s+of%s+(%d+)%s*$"
  i, k = math.tointeger(tonumber(i)), math.tointeger(tonumber(k))
  if k and k >= 2 and k <= MOST_FOLDS and i >= 1 and i <= k then
    return i, k
  end
end

--- The key for fold i of k.
function splits.fold(i, k)
  return ("%d of %d"):format(i, k)
end

--- The key is checked as far as it can be without the data.
function splits.check(o, fail)
  if o.sampler and o.shuffle == false then
    fail("sampler", "draws samples at random, and shuffle = false keeps their order: leave one of "
      .. "them away")
  end
  if o.fold == nil then
    return
  elseif not fold_of(o.fold) then
    fail("fold", "is %s, want \"i of k\": the i-th of k parts, 2 to %d", errors.show(o.fold),
      MOST_FOLDS)
  elseif type(o.val) == "string" then
    fail("fold", "validates on training data, and val = %s names others: leave one of them away",
      errors.show(o.val))
  end
end

local function why_no_classes(info)
  return info.per_step and "is a target at each step, none for a whole sample"
    or info.k > 0 and "are none: the targets are numbers" or "are none: there are no targets"
end

local function check_asked(value, native)
  if value.given.split and value.opts.split == "stratified" and native:strata() == 0 then
    local info = native:info()
    errors.raise(value.where, "%s: split = \"stratified\" keeps the shares of classes, and there "
      .. "%s; want \"random\" or \"last\"", value.kind, why_no_classes(info))
  elseif value.opts.sampler and native:strata() == 0 then
    errors.raise(value.where, "%s: sampler = \"balanced\" draws all classes as often, and there "
      .. "%s; want no sampler", value.kind, why_no_classes(native:info()))
  end
end

--- How data are split, as native:split takes it.
---@param value table
---@param seed integer
---@return table
function splits.of(value, seed)
  local o = value.opts
  local fold, folds = fold_of(o.fold)
  return {
    seed = seed, val = type(o.val) == "number" and o.val or 0,
    test = type(o.test) == "number" and o.test or 0, limit = o.limit or 0,
    folds = folds or 0, fold = fold or 0,
    stratified = o.split == "stratified", last = o.split == "last",
    test_is_val = o.val == "test",
  }
end

--- Draws the splits of a native data set.
function splits.draw(value, native, seed)
  check_asked(value, native)
  native:split(splits.of(value, seed))
end

local function percent(x)
  return ("%.3g %%"):format(100 * x)
end

local function name_of(info, i)
  return info.class_names and errors.short(info.class_names[i], 24) or tostring(i - 1)
end

-- "a 90 %, b 10 %", or of many classes "10 classes, 9.8 % (3) to 10.2 % (0)"; the rarest.
local function shares_of(info, counts, n, of)
  local least, most, list = 1, 1, {}
  for i, count in ipairs(counts) do
    least = count < counts[least] and i or least
    most = count > counts[most] and i or most
    list[i] = ("%s %s"):format(name_of(info, i), percent(count / n))
  end
  local text = #list <= MANY and ("classes%s: %s"):format(of, table.concat(list, ", "))
    or ("%d classes%s: %s (%s) to %s (%s)"):format(#list, of, percent(counts[least] / n),
      name_of(info, least), percent(counts[most] / n), name_of(info, most))
  return text, least
end

--- The shares of the classes among the targets of the training split, in a line, and where the
--- smallest is rare one more that names the keys that help. Nil without classes.
---@param native userdata
---@param of string what they are shares of: " of train" or ""
---@return string?, string?
function splits.classes(native, of)
  local info = native:info()
  if info.classes < 2 or info.next then
    return nil
  end
  local counts, n = native:tally "train"
  local text, least = shares_of(info, counts, n, of)
  local share = counts[least] / n
  return text, share < FEW and share < 0.5 / info.classes
    and ("class %s is %s%s: nn.cross_entropy { class_weights = \"balanced\" }, data's sampler = "
      .. "\"balanced\" or nn.focal weigh it, stop's monitor = \"val_f1\" sees it")
      :format(name_of(info, least), percent(share), of) or nil
end

-- Classes that train has and the split that was drawn has not, as they are too rare.
local function lonely(info, counts, native)
  local split = info.splits.val > 0 and "val" or info.splits.test > 0 and "test"
  local names, there = {}, split and native:tally(split)
  for i, count in ipairs(counts) do
    if there and there[i] == 0 and count > 0 then
      names[#names + 1] = name_of(info, i)
    end
  end
  return names[1] and ("%s %s%s: too few samples for one in %s too"):format(
    #names == 1 and "class" or #names .. " classes", table.concat(names, ", ", 1,
      math.min(#names, 3)), #names > 3 and ", ..." or "", split)
end

local function add_said(notes, text)
  notes.said_from = notes.said_from or #notes + 1
  notes[#notes + 1] = text
end

local function say_fold(value, native, notes)
  local o, fold, folds = value.opts, fold_of(value.opts.fold)
  if fold then
    notes[#notes + 1] = ("val is fold %d of %d%s"):format(fold, folds,
      o.val and (" in the place of val = %g"):format(o.val) or "")
  end
  return fold or o.val or o.test or native:info().splits.val > 0
end

--- Adds what is to be known of the classes to the notes: their shares, those that a split lacks,
--- and where the smallest is rare, and neither data nor loss weigh it, the keys that help.
---@param value table
---@param native userdata
---@param notes string[]
---@param loss table? the recipe's
function splits.say(value, native, notes, loss)
  local drawn = say_fold(value, native, notes)
  local text, rare = splits.classes(native, " of train")
  if not text then
    return
  end
  table.insert(notes, notes.said_from or #notes + 1, text)
  notes.said_from = notes.said_from and notes.said_from + 1
  local info = native:info()
  if drawn and value.opts.split == "stratified" and not info.per_step then
    local few = lonely(info, (native:tally "train"), native)
    if few then
      add_said(notes, few)
    end
  end
  if rare and not value.opts.sampler and not (loss and loss.weighs and loss:weighs()) then
    add_said(notes, rare)
  end
end

return splits
