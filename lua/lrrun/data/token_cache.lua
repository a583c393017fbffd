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
  return { path = folder .. "/tokens", key = key, folder = folder }
end

-- The tokens that are kept at a path and their tokenizer; nil and why not where nothing is there,
-- or nothing that can be used.
local function load(path, key, of)
  if not file.kind(path) then
    return nil
  end
  local box = native.tokenizer(of.kind, of.ends)
  local kept, why = native.load(path, key, box)
  return kept, kept and box or why
end

local function make_all(corpus, of, make)
  local box = native.tokenizer(of.kind, of.ends)
  make(box)
  return corpus:tokens(box), box
end

-- Says where new tokens are kept, once they are; gives those that processes share, or the new ones.
local function share(made, box, place, of, notes)
  if not keep(made, place.folder, place.key, box) then
    return made, box
  end
  targets.say(notes, "the tokens are kept in %s for the next start (cache = false: not)",
    place.path)
  local shared, its_box = load(place.path, place.key, of)
  if shared then
    return shared, its_box
  end
  return made, box
end

--- The tokens of a corpus and their tokenizer: those of before, or of `make(box)`, which gives box
--- its vocabulary. most: its ids. A plan reads them, or says where they will be.
---@param o table the recipe's keys
---@param corpus userdata
---@param of { kind: string, ends: boolean, most: integer }
---@param notes table
---@param make fun(box: userdata)
---@return userdata tokens, userdata box
function token_cache.tokens(o, corpus, of, notes, make)
  local asked = current.request()
  local plans = not asked.tokens_dir
  local out = asked.tokens_dir or asked.plan_dir
  if not (out and is_wanted(o, of.kind, corpus)) then
    return make_all(corpus, of, make)
  end
  local place = place_of(out, corpus, of)
  local kept, box = load(place.path, place.key, of)
  if kept and not plans then
    targets.say(notes, "the tokens are those of %s (cache = false makes them anew)", place.path)
    return kept, box
  end
  local made, why = kept, box
  if not kept then
    made, box = make_all(corpus, of, make)
  end
  if not kept and why then
    current.out():warn("%s: the tokens are made anew; rm -r %s lets the next start keep them", why,
      place.folder)
  elseif plans then
    targets.say(notes, "the tokens are kept in %s, %.1f MB%s (cache = false: not)", place.path,
      made:bytes(box) / 1e6, kept and "" or ", by the first training")
  else
    return share(made, box, place, of, notes)
  end
  return made, box
end

return token_cache
