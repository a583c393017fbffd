--- A draft's text from its parts: what is the same in recipes for all kinds of data.
--
-- Parts: name (of the recipe), about (sentences on the data), commands = { { words, what }, ... },
-- data, model, loss, rest (lines, indented by two), lr, epochs or steps, patience (nil: no rule
-- that stops), metrics. Layer: draft.

local code = require "lrrun.draft.code"
local screen = require "lrrun.util.screen"

local WIDEST = 46 -- columns of a command

-- A command and what it does, side by side, or below it where it is long.
local function add_command(out, words, what)
  words = screen.line(words)
  if #words <= WIDEST then
    out[#out + 1] = ("--   %-" .. WIDEST .. "s %s"):format(words, what)
  else
    out[#out + 1] = "--   " .. words
    out[#out + 1] = ("--   %" .. WIDEST .. "s %s"):format("", what)
  end
end

local function add(out, lines)
  table.move(lines, 1, #lines, #out + 1, out)
end

local function add_training(out, parts)
  add(out, { "",
    "  -- lr is the learning rate. lrrun advise finds the best one; lrrun search tries rates in",
    "  -- this range, and other verbs take the default.",
    ("  optimizer = optim.adamw {\n    lr = search.loguniform(1e-4, 1e-1, { default = %s }), "
      .. "weight_decay = 1e-2,\n  },"):format(parts.lr),
    "  schedule = schedule.warmup(10*percent) .. schedule.linear {}, -- up, then down to 0",
    "  clip = { norm = 5 }, -- no single step may be large",
  })
  if parts.metrics then
    add(out, { ("  metrics = %s, -- besides loss and accuracy: some classes are rare"):format(
      parts.metrics) })
  end
  if parts.patience then
    add(out, {
      ("  stop = stop.early { monitor = \"val_loss\", patience = %d }, -- evaluations without a "
        .. "new best"):format(parts.patience) })
  end
  if parts.epochs then
    add(out, { ("  epochs = %d, -- passes over the training data"):format(parts.epochs) })
  else
    add(out, { ("  steps = %d, -- updates of the weights"):format(parts.steps),
      ("  validate = %d*steps,"):format(parts.steps // 10) })
  end
end

---@param parts table
---@return string
return function(parts)
  local out = {}
  code.comment(out, ("%s: a first recipe, written by lrrun init. Change what you like."):format(
    code.name(parts.name)))
  out[#out + 1] = "--"
  for _, command in ipairs(parts.commands) do
    add_command(out, command[1], command[2])
  end
  out[#out + 1] = "--"
  code.comment(out, parts.about .. " lrrun help KEY tells about any word below.")
  add(out, { "return recipe {", ("  name = %s,"):format(code.text(parts.name)),
    "  seed = 1, -- of everything random: another one gives another run", "" })
  add(out, parts.data)
  out[#out + 1] = ""
  add(out, parts.model)
  add(out, parts.loss)
  add_training(out, parts)
  out[#out + 1] = "}"
  return table.concat(out, "\n") .. "\n"
end
