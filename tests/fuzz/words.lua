-- Words of people for tests/fuzz/run.lua: { name, function of a text, good inputs }: durations
-- and times, the command line, --set, pictures, and the source of recipes.

package.path = "tests/?.lua;" .. package.path

local base = require "lrrun.sandbox.base"
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local host = require "lrrun.native.host"
local images = require "lrrun.native.images"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local overrides = require "lrrun.recipe.overrides"
local parse = require "lrrun.cli.parse"
local recipe = require "lrrun.recipe".new
local script = require "lrrun.recipe.script"
local units = require "lrrun.util.units"

local function duration(text)
  local d = units.parse(text)
  if d then
    assert(type(d.amount) == "number", "a duration without a number")
    tostring(d)
  end
  local s = units.seconds(text)
  assert(s == nil or type(s) == "number")
end

-- A line of words, one beside the other; failures carry an exit status and a text.
local function command_line(text)
  local words = {}
  for word in text:gmatch "[^\n]+" do
    words[#words + 1] = word
  end
  local ok, why = pcall(parse.words, words)
  if not ok then
    error(type(why) == "table" and why.message or why, 0)
  end
end

local function set(text)
  local r = recipe { data = data.moons { n = 20 }, model = nn.sequential { nn.linear(2) },
    optimizer = optim.sgd { lr = 0.1, groups = { { match = "bias", lr = 1 } } }, epochs = 1,
    clip = { norm = 1 } }
  overrides.apply(r, overrides.parse { text }, function()
    return nil, "no expressions here"
  end, script.new())
end

local function picture(path)
  local m = images.new()
  m:add_file(path)
  local d = m:dataset { channels = 3, height = 8, width = 8 }
  d:split { seed = 1 }
  d:check(true)
end

-- A source that compiles has to compile once it is mended (host/chunk.h), or to be refused in
-- words; the two are then of the same size.
local function source(text)
  local plain = load(text, "=fuzz", "t", {})
  if not plain then
    assert(not base.compile(text, "=fuzz", {}), "it compiles mended alone")
    return
  end
  local mended, why = base.compile(text, "=fuzz", {})
  assert(mended or type(why) == "string")
  assert(not mended or not host.mends or #string.dump(mended) == #string.dump(plain))
end

local function corpus(folder)
  local out = {}
  for _, name in ipairs(assert(file.list("tests/fuzz/corpus/" .. folder))) do
    local f <close> = assert(io.open(("tests/fuzz/corpus/%s/%s"):format(folder, name), "rb"))
    out[#out + 1] = f:read "a"
  end
  return out
end

local SOURCES = {
  "local a, b = 'x', 2 return a .. b .. a .. (b + 1) .. 'z'",
  "local t = { 1, 2, x = { y = { z = 3 } } } return t.x.y.z | 7, t[1] & 3 ~ t[2], ~t[1]",
  "local function f(...) local x <close> = nil return ... end return f(1, f(2, 'a' .. 'b'))",
  "for i = 1, 9 do local s = 'k' .. i goto on if s .. i == '' then return end ::on:: end",
  "local c <const> = 5 while c > 9 do repeat local d = c // 2 .. '' until d .. c end",
  "return function(a, b) return setmetatable({}, { __concat = function() return a .. b end }) end",
}

return {
  { "units", duration, { "5 epochs", "200steps", "10 %", "1e3 samples", "10 min", "2.5 h" } },
  { "command line", command_line, { "run\nr.lua\n--set\noptimizer.lr=0.01\n--threads=2\n--seed\n7",
    "search\nr.lua\n--trials\n30\n--jobs\n2\n--strategy\nbayes\n--pruner\nasha{grace = 2}",
    "extend\nruns/x-1\n--epochs\n+30\n--via\nrewarm\n-v", "r.lua\n--lua-memory\n64\n--\n--x\ny",
    "predict\nruns/x-1\n--input\nf.csv\n--json", "report\nr\n-o\nf" } },
  { "set", set, { "optimizer.lr=0.01", "model.1.units=3", "clip.norm=2", "epochs=3",
    "optimizer.groups.1.lr=5", "data.batch=7", "model.1=nn.linear(3)", "freeze=^1%.", "name=x" } },
  { "source", source, SOURCES },
  { "picture", picture, corpus "image", file = true },
}
