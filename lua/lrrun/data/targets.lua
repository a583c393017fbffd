--- What the targets of arrays and lists are: the keys that say so, what is said of it, and what
--- the recipe's loss makes of them. Layer: data.

local targets = {}

targets.TASK = { "task", "string", choices = { "classification", "regression" },
  doc = "default: classification where the targets are whole numbers in one column" }

targets.PER_STEP = { "per_step", "boolean",
  doc = "y has a target at each step of a sample, not one for all of it; default: where its "
    .. "sizes are those of the steps" }

targets.VOCAB = { "vocab", "integer", min = 1, max = 2 ^ 24,
  doc = "x holds tokens, one at each step: ids from 0, below this" }

-- What was made of the targets' sizes, where they are the steps'. guessed: nobody said so.
function targets.steps_note(native, guessed)
  local info = native:info()
  if not info.per_step then
    return nil
  end
  local what = info.classes > 0 and "a class"
    or info.k > 1 and ("%d targets"):format(info.k) or "a target"
  return ("y holds %s for each step of x%s"):format(what, guessed
    and ", for its sizes are those of the steps; per_step = false takes them for one sample's"
    or "")
end

--- Appends a line that is said before training, too.
---@param notes string[]
---@param form string
function targets.say(notes, form, ...)
  notes.said_from = notes.said_from or #notes + 1
  notes[#notes + 1] = form:format(...)
end

local PARTS = { "train", "val", "test" }

--- Leaves out samples without a target, or of a class that the training data have not, and with
--- `values` those that miss a value; says how many.
---@param native userdata
---@param values boolean
---@param notes string[]
function targets.drop(native, values, notes)
  local dropped = native:drop(values)
  for _, part in ipairs(PARTS) do
    local out, n = {}, dropped[part]
    local function add(count, form)
      if count > 0 then
        out[#out + 1] = form:format(count, count == 1 and "" or "s")
      end
    end
    add(n.untargeted, "%d sample%s without a target left out")
    add(n.unseen, "%d sample%s of a class that the training data have not left out")
    add(n.values, "%d sample%s dropped, as something is missing")
    if #out > 0 then
      targets.say(notes, "%s: %s", part, table.concat(out, ", "))
    end
  end
end

-- Numbers that are classes to the loss; what are no whole numbers stays, and the loss says so.
local function to_classes(native, notes)
  local ok, seen = pcall(native.to_classes, native)
  if ok then
    targets.say(notes, "the targets are whole numbers, and the loss wants classes: they are %d "
      .. "class%s; task = \"regression\" keeps them numbers", seen, seen == 1 and "" or "es")
    targets.drop(native, false, notes)
  end
end

local function to_numbers(native, info, notes)
  local names = info.class_names
  native:to_numbers()
  if names then
    targets.say(notes, "nn.bce wants targets from 0 to 1: '%s' is 0, '%s' is 1; "
      .. "nn.cross_entropy takes classes", names[1], names[2])
  end
end

--- Makes of a data set's targets what the recipe's loss takes, where nobody said what they are:
--- whole numbers become classes for a loss of classes, two classes 0 and 1 for nn.bce.
---@param value table the constructor's value
---@param native userdata
---@param ctx table loss: the recipe's, or nil
---@param notes string[]
function targets.fit(value, native, ctx, notes)
  local loss, info = ctx.loss, native:info()
  if not loss or value.opts.task then
    return
  elseif loss.of == "classes" and info.k == 1 then
    to_classes(native, notes)
  elseif loss.kind == "nn.bce" then
    if info.k == 1 and pcall(native.to_classes, native) then -- -1 and 1 are none of its targets
      targets.drop(native, false, notes)
      info = native:info()
    end
    if info.classes == 2 then
      to_numbers(native, info, notes)
    end
  end
end

return targets
