--- The tokens of a language model: texts to ids and back. A data set whose targets are the next
--- tokens has one as `tokenizer`, as has a run whose data are not there.
--
-- Fields: kind ("bytes", "chars", "words" or "bpe"), vocab (ids), end_id (the id between
-- documents, or nil), native. Ids are from 0. Layer: data.

local errors = require "lrrun.util.errors"
local native = require "lrrun.native.tokens"
local values = require "lrrun.util.values"

local tokenizer = {}

local Tokenizer = {}
local Mt = { __name = "lrrun.tokenizer" }

--- The kinds of tokens.
tokenizer.KINDS = { "bytes", "chars", "words", "bpe" }

--- Of a native one that has its vocabulary.
---@param box userdata
function tokenizer.of(box)
  return setmetatable({ native = box, kind = box:kind(), vocab = box:vocab(),
    end_id = box:end_id() }, Mt)
end

local function check_text(who, text)
  if type(text) ~= "string" then
    errors.raise(nil, "%s: want a text, got %s", who, errors.show(text))
  end
end

--- The ids of a text; what is not in the vocabulary is 0 (of chars and words).
---@param text string
---@return integer[]
function Tokenizer:encode(text)
  check_text("tokenizer:encode", text)
  return self.native:encode(text)
end

--- The bytes that ids stand for; ends of documents are none.
---@param ids integer[]
---@return string
function Tokenizer:decode(ids)
  if type(ids) ~= "table" then
    errors.raise(nil, "tokenizer:decode: want a list of ids, got %s", errors.show(ids))
  end
  local ok, text = errors.try(self.native.decode, self.native, ids)
  if not ok and errors.is(text) then
    local which = errors.message(text):match "token %d+ is %-?%d+"
    errors.raise(nil, "tokenizer:decode: want a list of whole numbers from 0 to %d%s",
      self.vocab - 1, which and ", " .. which or "")
  elseif not ok then
    error(text, 0)
  end
  return text
end

--- All that it is, as a plain table: `recall` takes it.
---@return table
function Tokenizer:kept()
  return { kind = self.kind, ends = self.end_id and true or nil, words = self.native:words(),
    merges = self.native:merges() }
end

--- What Tokenizer:kept gave. Raises where it is none of that.
---@param kept { kind: string, ends: boolean?, words: string[]?, merges: integer[]? }
function tokenizer.recall(kept)
  local box = native.tokenizer(kept.kind, kept.ends == true)
  if kept.words then
    box:add(kept.words)
  end
  if kept.merges then
    box:merge(kept.merges)
  end
  return tokenizer.of(box)
end

--- Whether a table read from a file is what Tokenizer:kept gave, of so many ids.
---@param kept any
---@param vocab integer
function tokenizer.is_kept(kept, vocab)
  if type(kept) ~= "table" or type(kept.kind) ~= "string" then
    return false
  end
  local ok, made = errors.try(tokenizer.recall, kept)
  return ok and made.vocab == vocab
end

Mt.__index = values.guarded(Tokenizer, Mt, "tokenizer")

return tokenizer
