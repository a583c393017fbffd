-- Runs a network of text step by step and picks what comes next; run with each allocation failing.
local nn = require "lrrun.nn"
local stream = require "lrrun.nn.stream"

local s = stream.new(nn.sequential { nn.embedding(4), nn.conv1d { 4, 2, padding = "causal" },
  nn.attention { 2, causal = true }, nn.gru { 4, sequences = true }, nn.linear(5) },
  { length = 4, vocab = 5 })
s.graph:init(1)
s.native:feed { 1, 2 }
assert(#s.native:output() == 5)
assert(s.native:pick { temperature = 1, top_k = 3, top_p = 0.9, from = 0, seed = 1, index = 0 })
s.native:close()
