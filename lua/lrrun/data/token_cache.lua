--- Tokens of a long text, kept beside the runs for the next start: OUT/.tokens-KEY/tokens.
--
-- The key says what they were made of: the texts of each split in their order, the tokenizer and
-- this program. The file is mapped, so that processes share its memory; one that is damaged is not
-- used. bytes and chars are read as fast as a file of four times their size. Layer: data.

local current = require "lrrun.util.current"
local file = require "lrrun.native.file"
local native = require "lrrun.native.tokens"
local sys = require "lrrun.native.sys"
local targets = require "lrrun.data.targets"

local token_cache = {}

local LEAST = 4 * 1024 * 1024 -- bytes of text: less is read in no time
local PAYS = { words = true, bpe = true }

token_cache.KEY = { "cache", "boolean",
  doc = "of task = \"lm\": keeps the tokens beside the runs, for the next start; default: those of "
    .. "words and bpe where the text has 4 MB or more" }

local function is_wanted(o, kind, corpus)
  if o.cache ~= nil then
    return o.cache
  end
  local bytes = 0
  for _, part in ipairs { "train", "val", "test" } do
    bytes = bytes + corpus:bytes(part)
  end
  return PAYS[kind] and bytes >= LEAST
end

--- Folders of kept tokens in a folder for runs: what else reads them has to have them open.
---@param out string
---@return string[]
function token_cache.folders(out)
  local list = {}
  for _, name in ipairs(file.list(out) or {}) do
    list[#list + 1] = name:find "^%.tokens%-%x+$" and out .. "/" .. name or nil
  end
  return list
end

-- Keeps what was made; whether it could: a folder that another process made is not this one's.
local function keep(made, folder, key, box)
  return pcall(function()
    if file.kind(folder .. "/tokens") or not file.mkdir(folder) then
      return error("it is there", 0)
    end
    made:save(folder .. "/tokens", key, box)
  end)
end

-- Where the tokens of a corpus are kept, and its key.
local function place_of(out, corpus, of)
  local key = corpus:key(("%s %s %s %d"):format(sys.build(), of.kind, of.ends, of.most))
  local folder = ("%s/.tokens-%s"):format(out, key:sub(1, 16))
  return folder .. "/tokens", key, folder
end

local function warn_of(why, folder)
  current.out():warn("%s: the tokens are made anew; rm -r %s lets the next start keep them", why,
    folder)
end

-- Tokens for a plan: those that are kept, or their place once they are.
local function planned(out, corpus, of, notes, make)
  local path, key, folder = place_of(out, corpus, of)
  local box = native.tokenizer(of.kind, of.ends)
  local found = file.kind(path)
  local kept, why
  if found then
    kept, why = native.load(path, key, box)
  end
  local made = kept
  if not kept then
    box = native.tokenizer(of.kind, of.ends)
    make(box)
    made = corpus:tokens(box)
  end
  if found and not kept then
    warn_of(why, folder)
    return made, box
  end
  targets.say(notes, "the tokens are kept in %s, %.1f MB%s (cache = false: not)", path,
    made:bytes(box) / 1e6, kept and "" or ", by the first training")
  return made, box
end

--- The tokens of a corpus and their tokenizer: those of before, or of `make(box)`, which gives box
--- its vocabulary. most: its ids.
---@param o table the recipe's keys
---@param corpus userdata
---@param of { kind: string, ends: boolean, most: integer }
---@param notes table
---@param make fun(box: userdata)
---@return userdata tokens, userdata box
function token_cache.tokens(o, corpus, of, notes, make)
  local asked = current.request()
  local out = asked.tokens_dir
  local is_kept = (out or asked.tokens_plan) and is_wanted(o, of.kind, corpus)
  if is_kept and not out then
    return planned(asked.tokens_plan, corpus, of, notes, make)
  end
  local box = native.tokenizer(of.kind, of.ends)
  if not is_kept then
    make(box)
    return corpus:tokens(box), box
  end
  local path, key, folder = place_of(out, corpus, of)
  local found = file.kind(path) and true
  local kept, why
  if found then
    kept, why = native.load(path, key, box)
  end
  if kept then
    targets.say(notes, "the tokens are those of %s (cache = false makes them anew)", path)
    return kept, box
  end
  box = native.tokenizer(of.kind, of.ends)
  make(box)
  local made = corpus:tokens(box)
  if found then
    warn_of(why, folder)
  elseif keep(made, folder, key, box) then
    targets.say(notes, "the tokens are kept in %s for the next start (cache = false: not)", path)
    local again = native.tokenizer(of.kind, of.ends)
    local shared = native.load(path, key, again) -- from here on in memory that processes share
    return shared or made, shared and again or box
  end
  return made, box
end

return token_cache
