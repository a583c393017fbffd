--- `lrrun data FILE --set task=lm` (or task=tags): what data.text makes of a text, and how it
--- begins.
--
-- Layer: cli.

local data = require "lrrun.data"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local screen = require "lrrun.util.screen"
local set_keys = require "lrrun.cli.set_keys"

local SHOWN = 24 -- tokens

local function first_batch(d)
  return d:loader { split = "train", batch = 1, shuffle = false, bucket = false }:next()
end

-- The first tokens as texts; an end of a document is "".
local function tokens_of(d)
  local out = json.array {}
  for i, id in ipairs(first_batch(d).x:values()) do
    if i > SHOWN then
      break
    end
    out[i] = d.tokenizer:decode { id }
  end
  return out
end

-- The first tokens with their tags.
local function tagged_of(d)
  local out, words, batch = json.array {}, d:vocabulary(), first_batch(d)
  local ids, classes = batch.x:values(), batch.y:values()
  for i = 1, math.min(SHOWN, batch.len:values()[1]) do
    out[i] = ("%s/%s"):format(words[ids[i] - 1] or "?", d.class_names[classes[i] + 1])
  end
  return out
end

--- Prints it, or gives it as --json.
---@param call table
---@param path string
return function(call, path)
  local out, keys = call.out, set_keys.of(call, "data.text")
  local folder, name = (file.real(path) or path):match "^(.*/)([^/]*)$"
  keys.file = name
  local d = set_keys.value(data.text, keys, call):open { seed = 1, recipe_dir = folder }
  local tokens = d.next and tokens_of(d) or d.class_names and d.per_step and tagged_of(d)
    or json.array {}
  out:print("%s: %s", screen.line(path), screen.line(d:describe():match "[^\n]*"))
  for _, note in ipairs(d.notes) do
    out:print("  %s", screen.line(note))
  end
  if #tokens > 0 then
    out:print("  begins: %s", screen.line(table.concat(tokens, d.next and "|" or " ")))
  end
  local n, bytes = d:text_size "train"
  out:result { file = path, splits = d.splits, vocab = d.vocab, tokens = n, bytes = bytes,
    context = d.next and d.shape[1] or nil, classes = not d.next and d.class_names
      and json.array(d.class_names) or nil, begins = tokens, notes = json.array(
      table.move(d.notes, 1, #d.notes, 1, {})) }
  return 0
end
