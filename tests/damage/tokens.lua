-- Kept tokens (OUT/.tokens-KEY/tokens), damaged in one place each: the same training comes to the
-- same digest, from the file where that is whole and otherwise with a line that says it is not.

local damage = require "support.damage"
local file = require "lrrun.native.file"
local own = require "lrrun.runs.own"
local tally = require "support.tally"
local temporary = require "support.temporary"
local verb = require "support.verb"

local RECIPE = [[
return recipe { name = "r", data = data.text { "t.txt", task = "lm", context = 4, batch = 8,
    val = 0.2, cache = true, %s },
  model = nn.sequential { nn.embedding(4), nn.gru { 4, sequences = true }, nn.linear("vocab") },
  optimizer = optim.adam { lr = 0.05 }, steps = 2, metrics = {} }
]]

-- Tokens of all kinds, with ends and without.
local KINDS = { 'tokens = "words"', 'tokens = "bpe", vocab = 280, document = "\\n"',
  'tokens = "chars", document = "\\n"', 'tokens = "bytes"' }

local function train(home)
  return verb.run("run", { home .. "/r.lua" }, { out = home .. "/out" })
end

local function tokens_of(home)
  for _, name in ipairs(file.list(home .. "/out")) do
    if name:find "^%.tokens%-" then
      return home .. "/out/" .. name .. "/tokens"
    end
  end
  return nil
end

-- A folder for each kind, with its tokens kept and the digest that the training has.
local function make(home)
  local list = {}
  for i, kind in ipairs(KINDS) do
    local folder = ("%s/%d"):format(home, i)
    file.mkdir(folder)
    damage.put(folder .. "/r.lua", RECIPE:format(kind))
    damage.put(folder .. "/t.txt", ("the cat sat, the dog ran\nso it is\n"):rep(20))
    local heard = train(folder)
    assert(heard.code == 0, heard.raised)
    list[i] = { folder = folder, kind = kind, digest = heard.result.digest }
    assert(tokens_of(folder), "no tokens are kept")
    assert(#train(folder).words == #heard.words, "whole tokens are said to be damaged")
  end
  return list
end

-- What is wrong with a training beside a file of tokens that may not be what it was.
local function fault(heard, good, as_it_was)
  for _, text in ipairs { heard.raised, table.unpack(heard.words) } do
    if verb.inside(text) then
      return ("shows the inside (%s): %s"):format(verb.inside(text), text)
    end
  end
  if heard.code ~= 0 or heard.result.digest ~= good.digest then
    return heard.raised or "another digest"
  end
  local said = table.concat(heard.words, "\n"):find("the tokens are made anew", 1, true)
  return not as_it_was and not said and "made anew without a word"
    or as_it_was and said and "said to be damaged, and is not" or nil
end

local function one(draw, list, here)
  local good, other = draw:of(list), draw:of(list)
  damage.shell("rm -rf %s && cp -a %s %s", here, good.folder, here)
  local path = tokens_of(here)
  local text = file.read(path, 1 << 20)
  local way = damage.file(draw, path, other ~= good and tokens_of(other.folder) or nil)
  local what = ("%s: %s"):format(good.kind, way or "nothing")
  local gone = not file.kind(path)
  local as_it_was = gone or file.kind(path) == "file" and file.read(path, 1 << 20) == text
  return fault(train(here), good, as_it_was), what
end

--- n cases of `seed` from case `first` on.
return function(n, seed, first)
  local home = temporary.folder(true)
  own.begin(true)
  local list = make(home)
  for case = first, first + n - 1 do
    local why, what = one(damage.draw(seed, case), list, home .. "/here")
    if why then
      tally.fail("tokens, case %d of seed %d (%s): %s", case, seed, what, why)
    else
      tally.pass()
    end
  end
  damage.shell("rm -rf %s", home)
end
