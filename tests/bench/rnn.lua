-- Times a training step of a text classifier: embedding, one recurrent layer, two classes.
-- Usage: lrrun --trusted tests/bench/rnn.lua [threads [steps]]; milliseconds, the fastest
-- step and the median.

local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local sys = require "lrrun.native.sys"
local tensor = require "lrrun.tensor"

local VOCAB, WIDTH, LENGTH, BATCH = 20000, 128, 200, 32

sys.threads(tonumber(arg[1]) or 2)
local steps = tonumber(arg[2]) or 40

local function batch(mixed)
  local ids, classes, len = {}, {}, {}
  for i = 1, BATCH do
    classes[i] = i % 2
    len[i] = mixed and LENGTH * i // BATCH or LENGTH
    for k = 1, LENGTH do
      ids[#ids + 1] = k <= len[i] and math.random(1, VOCAB - 1) or 0
    end
  end
  return {
    x = tensor.new({ BATCH, LENGTH }, ids, "i32"),
    y = tensor.new({ BATCH }, classes, "i32"),
    len = tensor.new({ BATCH }, len, "i32"),
    t = LENGTH,
  }
end

local function time(layer, data)
  local model = nn.sequential { nn.embedding { WIDTH, vocab = VOCAB }, layer, nn.linear(2) }
    :build({ LENGTH }, { batch = BATCH, seed = 1, seq = true })
  local loss = nn.cross_entropy()
  local opt = optim.adam { lr = 1e-3 }:bind(model)
  local passes, all = {}, {}
  for i = 1, steps do
    local start = sys.now()
    model:step(data, loss)
    local middle = sys.now()
    opt:update {}
    passes[i], all[i] = middle - start, sys.now() - start
  end
  table.sort(passes)
  table.sort(all)
  return all[1] * 1e3, all[steps // 2 + 1] * 1e3, passes[1] * 1e3
end

math.randomseed(1)
local full, mixed = batch(false), batch(true)
for _, kind in ipairs { "rnn", "lstm", "gru" } do
  local best, median, passes = time(nn[kind](WIDTH), full)
  local short = time(nn[kind](WIDTH), mixed)
  print(("%-4s %6.1f ms (median %.1f, without adam %.1f); mixed lengths %.1f"):format(kind, best,
    median, passes, short))
end
