-- Broken files and words into every reader: each may refuse with a message or give a value, and
-- must do so soon, with no word of lrrun's inside and without a fault that the sanitizer sees.
-- Usage: lrrun --trusted tests/fuzz/run.lua SECONDS [SEED] [PART/OF] [NAME]: so long for each
-- target, or for every OF-th, or for that alone. What fails is said with the file of its input.

package.path = "tests/?.lua;" .. package.path

local json = require "lrrun.record.json"
local memory = require "support.runs"
local rng = require "lrrun.native.rng"
local safetensors = require "lrrun.record.safetensors"
local strings = require "lrrun.sandbox.strings"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local tensor = require "lrrun.tensor"
local yaml = require "lrrun.record.yaml"

local seconds = tonumber(arg[1] or 10)
local seed = math.tointeger(tonumber(arg[2] or 1))
local part, of = (arg[3] or "1/1"):match "^(%d+)/(%d+)$"
local wanted = arg[4]
local count = 0

local function draw(n)
  count = count + 1
  return rng.between(seed, "LUA", 1, count, 0, 1, n)
end

local WORDS = {
  "", "\0", "\xff", "-1", "4294967296", "18446744073709551615", "1e999", "nan", "{}", "[[", "&a",
  "*a", "!!x", "\"", "'", ",", ":", "- ", "\n", "\r\n", "  ", "%", "\\u0000", "\xef\xbb\xbf",
}

-- A few changes at random: bytes flipped, parts cut, doubled or replaced by a word.
local function mutate(text)
  for _ = 1, draw(4) do
    local at = draw(#text + 1)
    local what = draw(5)
    if what == 1 and #text > 0 then
      at = math.min(at, #text)
      local byte = string.char((text:byte(at) + draw(255)) % 256)
      text = text:sub(1, at - 1) .. byte .. text:sub(at + 1)
    elseif what == 2 then
      text = text:sub(1, at - 1) .. text:sub(at + draw(16))
    elseif what == 3 then
      text = text:sub(1, at - 1) .. WORDS[draw(#WORDS)] .. text:sub(at)
    elseif what == 4 then
      text = text:sub(1, at) .. text:sub(draw(#text + 1))
    else
      text = text:sub(1, at)
    end
  end
  return text:sub(1, 65536)
end

-- In memory where that is a folder: nothing there waits for a disk.
local place = memory.folder()
local scratch = place .. "/input"

-- Not file.write: that waits for the disk.
local function put(path, text)
  local out <close> = assert(io.open(path, "wb"))
  assert(out:write(text))
end

local function by_file(read)
  return function(text)
    put(scratch, text)
    return read(scratch)
  end
end

local HEADER = '{"__metadata__":{"format":"lrrun"},'
  .. '"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},'
  .. '"b":{"dtype":"U8","shape":[3,1],"data_offsets":[8,11]}}'

local TARGETS = {
  { "yaml", yaml.decode, {
    "a: 1\nb:\n- x\n- {c: 'd', e: [1, 2.5, null]}\nf: |\n  text\n  more\n",
  } },
  { "json", json.decode, { '{"a":[1,2.5e-3,null,true,"x\\u00e9"],"b":{"c":{}}}' } },
  { "safetensors", by_file(function(path)
    local reader <close> = safetensors.open(path)
    for _, entry in ipairs(reader.entries) do
      pcall(reader.load, entry.name, tensor.new { 2 })
    end
  end), { string.pack("<s8", HEADER) .. ("x"):rep(11) } },
  { "pattern", function(text)
    local pattern, subject = text:match "^(.-)\n(.*)$"
    return strings.gsub((subject or ""):sub(1, 100), (pattern or ""):sub(1, 20), "%1")
  end, { "^(%w+)%s*=%s*(.-)$\nkey = value", "%b()%f[%a](a)%1\n(a)aa" } },
}

-- A changed input: half of them by what the target knows of its inputs.
local function changed(text, change)
  if change and draw(2) == 1 then
    local ok, other = pcall(change, text, draw)
    if ok then
      return other
    end
  end
  return mutate(text)
end

-- What is wrong with how a reader ended, or nil.
local function fault_of(ok, why, busy, took)
  why = not ok and type(why) == "table" and why.message or why -- errors of lrrun (util/errors)
  if not ok and type(why) ~= "string" then
    return ("raised a %s"):format(type(why))
  elseif not ok and (why:find "attempt to %l+ " or why:find "assertion failed") then
    return "raised: " .. why
  elseif busy > 2 or took > 60 then -- on a busy machine a thirtieth of the time is its own
    return ("took %.1f seconds of processor time, %.1f in all"):format(busy, took)
  end
end

-- Gives what is wrong, or nil, and how many inputs were tried.
local function run_target(target, ending)
  local name, read, corpus, change = table.unpack(target, 1, 4)
  local runs = 0
  while sys.now() < ending do
    local text = changed(corpus[draw(#corpus)], change)
    put(place .. "/fuzz-" .. name, text)
    local start, clock = sys.now(), os.clock()
    local ok, why = pcall(read, text)
    runs = runs + 1
    local fault = fault_of(ok, why, os.clock() - clock, sys.now() - start)
    if fault then
      return fault, runs
    end
  end
  os.remove(place .. "/fuzz-" .. name)
  return nil, runs
end

local function add(list)
  for _, target in ipairs(list) do
    TARGETS[#TARGETS + 1] = target
    if target.file then
      target[2] = by_file(target[2])
    end
  end
end

add(dofile "tests/fuzz/readers.lua")
add(dofile "tests/fuzz/words.lua")
local kept = false
local records, finish = dofile "tests/fuzz/records.lua"
add(records)
for i, target in ipairs(TARGETS) do
  if i % of == part % of and (not wanted or wanted == target[1]) then
    local why, runs = run_target(target, sys.now() + seconds)
    if why then
      tally.fail("%s: %s (%s/fuzz-%s)", target[1], why, place, target[1])
      kept = true
    else
      tally.pass()
      print(("%s: %d inputs"):format(target[1], runs))
    end
  end
end
finish()
os.remove(scratch)
if not kept then
  os.execute("rm -rf " .. place)
end
tally.finish()
