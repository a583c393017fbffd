--- A trained model of language that writes: its text goes on from a prompt, a token at a time.
--
-- The network is run by a stream (lrrun.nn.stream) that keeps what it has seen, so that a token
-- costs one step of the network wherever it stands. A model that looks back at so many tokens at
-- most (attention with learned positions, or of any kind: what it keeps has room for a window)
-- goes on with the last half of its window when that is full. Layer: train.

local counted = require "lrrun.util.counted"
local errors = require "lrrun.util.errors"
local prompts = require "lrrun.data.prompts"
local stream = require "lrrun.nn.stream"
local sys = require "lrrun.native.sys"

-- Methods of strings are the sandbox's once a recipe runs.
local byte, find, sub = string.byte, string.find, string.sub

local writer = {}

--- What is written where nothing else is said.
writer.DEFAULTS = { tokens = 200, temperature = 0.8, top_k = 40, top_p = 0.95, seed = 1 }

local Writer = {}
local Mt = { __index = Writer, __close = function(self) self:close() end }

-- What a network was trained to say, for messages.
local function trained_for(dataset)
  if dataset.classes then
    return ("to tell %s%s"):format(counted(dataset.classes, "class", "classes"),
      dataset.per_step and " at each step" or "")
  end
  return "to give " .. counted(dataset.targets, "number")
end

local function check_language(dataset, name)
  if not dataset.next then
    errors.raise(nil, "%s is no model of language: it was trained on %s %s; writing wants a run on "
      .. "data.text or data.imdb { task = \"lm\" }", name, dataset.kind, trained_for(dataset))
  elseif not dataset.tokenizer then
    errors.raise(nil, "%s was trained on the tokens of %s, which stand for no text; writing wants "
      .. "a run on data.text or data.imdb { task = \"lm\" }", name, dataset.kind)
  end
end

-- What a network is run with, as lrrun.nn.stream takes it.
local function steps_of(model, dataset)
  return { length = dataset.shape[1], vocab = dataset.vocab,
    portable = model.builder.context.portable, precision = model.builder.context.precision,
    base = model.builder.context.base }
end

--- Why a model of language cannot write, nil where it can: mostly since its network looks at
--- tokens that it is to predict.
---@param model table
---@param dataset table whose targets are the next tokens
---@return string?
function writer.refusal(model, dataset)
  return stream.refusal(model.value, steps_of(model, dataset))
end

--- A writer. Raises one line where the model cannot write.
---@param model table the trained network (lrrun.nn.model), whose parameters are copied
---@param dataset table what it was trained on, open or recalled
---@param name string of the run, for messages
---@return table
function writer.new(model, dataset, name)
  check_language(dataset, name)
  local s = stream.new(model.value, steps_of(model, dataset))
  s.graph:take(model.graph)
  return setmetatable({ stream = s, native = s.native, tokens = prompts.new(dataset.tokenizer),
    name = name, seen = {} }, Mt)
end

--- Frees what it keeps of its text.
function Writer:close()
  self.native:close()
end

-- Feeds tokens in pieces, as many at a time as there is room for.
local function feed(self, ids)
  local native, most = self.native, self.stream.most
  for at = 1, #ids, most do
    native:feed(table.move(ids, at, math.min(at + most - 1, #ids), 1, {}))
  end
end

-- The last n of a list.
local function last(list, n)
  return table.move(list, math.max(#list - n + 1, 1), #list, 1, {})
end

-- The network sees these tokens and none of before; of more than there is room for the last ones.
local function begin(self, ids)
  self.native:reset()
  self.seen = last(ids, self.stream.bound or #ids)
  feed(self, self.seen)
end

-- Lets the network see one more token. Where its window is full it sees the last half of it anew.
local function see(self, id)
  local seen, bound = self.seen, self.stream.bound
  seen[#seen + 1] = id
  if bound and #seen > bound then
    self.slid = self.slid + 1
    begin(self, last(seen, math.max(bound // 2, 1)))
  else
    feed(self, { id })
  end
end

-- How many bytes of a text are whole characters: all, but for the beginning of one at its end.
local function whole(text)
  local n = #text
  for back = 1, math.min(3, n) do
    local b = byte(text, n - back + 1)
    local wants = b >= 0xf0 and 4 or b >= 0xe0 and 3 or 2
    if b >= 0xc0 then
      return b < 0xf8 and wants > back and n - back or n
    elseif b < 0x80 then
      return n
    end
  end
  return n
end

-- How many bytes at the end of a text may be the beginning of `stop`.
local function may_begin(text, stop)
  for n = math.min(#stop - 1, #text), 1, -1 do
    if sub(text, -n) == sub(stop, 1, n) then
      return n
    end
  end
  return 0
end

-- Collects bytes, and hands on whole characters that are in front of where the text stops.
local function outlet(stop, on)
  local text, held = {}, ""
  local function give(bytes)
    if bytes ~= "" then
      text[#text + 1] = bytes
      on(bytes)
    end
  end
  local out = {}
  --- True where the text has come to `stop`, which is left away.
  function out.add(bytes)
    held = held .. bytes
    local at = stop and find(held, stop, 1, true)
    if at then
      give(sub(held, 1, at - 1))
      held = ""
      return true
    end
    local free = stop and sub(held, 1, #held - may_begin(held, stop)) or held
    local n = whole(free)
    give(sub(held, 1, n))
    held = sub(held, n + 1)
    return false
  end
  function out.finish()
    give(held)
    held = ""
    return table.concat(text)
  end
  return out
end

-- The next token, by what the network says now.
local function pick(self, o, index)
  local id = self.native:pick { temperature = o.temperature, top_k = o.top_k, top_p = o.top_p,
    from = self.tokens.from, seed = o.seed, index = index }
  if not id then
    errors.raise(nil, "%s: what the model says is not a number: its weights are damaged, or its "
      .. "training went wrong", self.name)
  end
  return id
end

-- Tokens until there are enough, or the text has come to its end: why it stopped, and their ids.
local function continue(self, o, out, before)
  local ids = {}
  for index = 0, o.tokens - 1 do
    if sys.interrupted() then
      return "interrupted", ids
    end
    local id = pick(self, o, index)
    if id == self.tokens.stop then
      return "end", ids
    end
    ids[#ids + 1] = id
    if out.add(self.tokens:decode(id, before)) then
      return "stop", ids
    elseif index < o.tokens - 1 then
      see(self, id)
    end
    before = id
  end
  return "tokens", ids
end

--- Goes on from a prompt; what the writer had seen before is forgotten.
---@param o { prompt: string, tokens: integer, temperature: number, top_k: integer, top_p: number,
--- seed: integer, stop: string? } top_k = 0, top_p = 1: all
---@param on fun(text: string)? gets whole characters as they come, in front of `stop`
---@return table { prompt, text, tokens, prompt_tokens, ids, slid, seconds, tokens_per_second,
--- stopped_by = "tokens" | "stop" | "end" | "interrupted" } slid: how often it had to forget what
--- is furthest back; seconds: of the tokens, the prompt's not counted
function Writer:write(o, on)
  local prompt = self.tokens:encode(o.prompt)
  local out = outlet(o.stop ~= "" and o.stop or nil, on or function() end)
  self.slid = 0
  begin(self, prompt)
  local began = sys.now()
  local why, ids = continue(self, o, out, prompt[#prompt])
  local seconds = sys.now() - began
  return { prompt = o.prompt, text = out.finish(), tokens = #ids, prompt_tokens = #prompt,
    ids = ids, slid = self.slid, seconds = seconds,
    tokens_per_second = #ids > 0 and seconds > 0 and #ids / seconds or nil, stopped_by = why }
end

return writer
