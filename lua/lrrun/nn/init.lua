--- nn: layers, containers, losses and initialisers.
--
-- A new layer is one file with an `add` method and one line here.

local nn = {
  linear = require "lrrun.nn.linear",
  embedding = require "lrrun.nn.embedding",
  rnn = require "lrrun.nn.rnn",
  lstm = require "lrrun.nn.lstm",
  gru = require "lrrun.nn.gru",
  attention = require "lrrun.nn.attention",
  positions = require "lrrun.nn.positions",
  swiglu = require "lrrun.nn.swiglu",
  transformer = require "lrrun.nn.transformer",
}

for _, name in ipairs {
  "activation", "conv", "pool", "norm", "shape", "steps", "container", "loss", "initializers",
} do
  for key, constructor in pairs(require("lrrun.nn." .. name)) do
    if name ~= "initializers" or (key ~= "RULE" and key ~= "weights" and key ~= "bias") then
      nn[key] = constructor
    end
  end
end

local symbol = require "lrrun.nn.symbol"
nn.graph = symbol.graph
nn.cat = symbol.cat
nn.input = symbol.input

return nn
