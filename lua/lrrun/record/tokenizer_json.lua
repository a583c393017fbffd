--- The tokens of a model as tokenizer.json, the file of Hugging Face's `tokenizers`: there they
--- have the same ids. Of bytes and byte pair encoding; chars and words have no such form.
--
-- Differs: the text "<|endoftext|>" is the end of a document there, here it is text. Layer: record.

local json = require "lrrun.record.json"
local native = require "lrrun.native.tokens"

-- Each byte as a character that is seen: GPT-2's encoder.py, bytes_to_unicode.
local SHOWN, next_code = {}, 256
for byte = 0, 255 do
  local seen = byte >= 33 and byte <= 126 or byte >= 161 and byte <= 172 or byte >= 174
  SHOWN[string.char(byte)] = utf8.char(seen and byte or next_code)
  next_code = seen and next_code or next_code + 1
end

local function shown(bytes)
  return (bytes:gsub(".", SHOWN))
end

--- The file's text, or nil where this kind of tokens has none.
---@param kept { kind: string, ends: boolean?, merges: integer[]? } of tokenizer:kept
---@return string?
return function(kept)
  if kept.kind ~= "bpe" and kept.kind ~= "bytes" then
    return nil
  end
  local box = native.tokenizer(kept.kind, kept.ends == true)
  local merges, vocab, pairs_of = kept.merges or {}, {}, json.array {}
  if #merges > 0 then
    box:merge(merges)
  end
  for id = 0, box:vocab() - (box:end_id() and 2 or 1) do
    vocab[shown(box:text(id))] = id
  end
  for i = 1, #merges, 2 do
    pairs_of[#pairs_of + 1] = json.array { shown(box:text(merges[i])),
      shown(box:text(merges[i + 1])) }
  end
  local ends = json.array {}
  if box:end_id() then
    ends[1] = { id = box:end_id(), content = "<|endoftext|>", special = true, single_word = false,
      lstrip = false, rstrip = false, normalized = false }
  end
  return json.encode({
    version = "1.0", truncation = json.null, padding = json.null, added_tokens = ends,
    normalizer = json.null, post_processor = json.null,
    pre_tokenizer = { type = "Sequence", pretokenizers = json.array {
      { type = "Split", pattern = { Regex = native.pattern() }, behavior = "Isolated",
        invert = false },
      { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = false },
    } },
    decoder = { type = "ByteLevel", add_prefix_space = false, trim_offsets = true,
      use_regex = false },
    model = { type = "BPE", dropout = json.null, unk_token = json.null,
      continuing_subword_prefix = json.null, end_of_word_suffix = json.null, fuse_unk = false,
      byte_fallback = false, ignore_merges = false, vocab = vocab, merges = pairs_of },
  }, { indent = true }) .. "\n"
end
