--- A tokenizer as a model that writes uses it: the tokens of a prompt, all of which it has to know,
--- and the text of one token after another. Layer: data.

local errors = require "lrrun.util.errors"

local prompts = {}

-- Methods of strings are the sandbox's once a recipe runs.
local format, gmatch, sub = string.format, string.gmatch, string.sub

local UNKNOWN = 0 -- of chars and words

local Prompts = {}
local Mt = { __index = Prompts }

-- What parts of a text the tokens are made of by themselves, and what they are called.
local PARTS = {
  chars = { "[\0-\x7f\xc2-\xf4][\x80-\xbf]*", "characters", "character" },
  words = { "%S+", "words and marks", "word" },
}

--- What a writer uses of a tokenizer (lrrun.data.tokenizer): from, the lowest id that stands for
--- text; stop, the id that ends a text, or nil.
---@param tokenizer table
---@return table
function prompts.new(tokenizer)
  return setmetatable({ tokenizer = tokenizer, parts = PARTS[tokenizer.kind],
    from = PARTS[tokenizer.kind] and UNKNOWN + 1 or 0, stop = tokenizer.end_id }, Mt)
end

local function has_unknown(self, ids)
  for _, id in ipairs(self.parts and ids or {}) do
    if id == UNKNOWN then
      return true
    end
  end
  return false
end

-- What the training texts are made of.
local function known(self)
  local n = self.tokenizer.vocab - (self.stop and 2 or 1)
  return n == 1 and "the one " .. self.parts[3] or format("among the %d %s", n, self.parts[2])
end

-- Raises with the first part of a text that the vocabulary has not.
local function refuse(self, text)
  local place = 0
  for part in gmatch(text, self.parts[1]) do
    place = place + 1
    if has_unknown(self, self.tokenizer:encode(part)) then
      errors.raise(nil, "the prompt has %s%s, which is not %s of the training texts; leave it out, "
        .. "or train with tokens = \"bpe\" or \"bytes\", which take any text", errors.show(part),
        self.tokenizer.kind == "chars" and format(" (character %d)", place) or "", known(self))
    end
  end
  errors.raise(nil, "the prompt is no text of %s as the training texts were", self.parts[2])
end

--- The tokens of a prompt. Where the training texts were documents it begins one, and may be empty.
--- Raises one line where there are no tokens, or some that are not known.
---@param text string
---@return integer[]
function Prompts:encode(text)
  local ids = self.tokenizer:encode(text)
  if has_unknown(self, ids) then
    refuse(self, text)
  elseif self.stop then
    table.insert(ids, 1, self.stop)
  elseif #ids == 0 then
    errors.raise(nil, "the prompt %s: a model of language goes on from one token or more, such "
      .. "as a %s; one of texts with document = begins with none",
      text == "" and "is empty" or "has no " .. (self.parts and self.parts[2] or "text"),
      self.tokenizer.kind == "words" and "word" or "new line (--prompt $'\\n')")
  end
  return ids
end

--- What a token writes behind another.
---@param id integer
---@param before integer
---@return string
function Prompts:decode(id, before)
  local first = #self.tokenizer:decode { before }
  return sub(self.tokenizer:decode { before, id }, first + 1)
end

return prompts
