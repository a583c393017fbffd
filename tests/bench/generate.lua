-- Tokens a second that a model of language writes: 4 blocks, 4 heads, 128 wide, vocabulary 96.
-- tests/bench/generate_torch.py is the same in PyTorch with a cache in plain Python.
--
-- Usage: lrrun --trusted tests/bench/generate.lua [THREADS]

local nn = require "lrrun.nn"
local stream = require "lrrun.nn.stream"
local sys = require "lrrun.native.sys"

local VOCAB, CONTEXT, ROUNDS = 96, 512, 7

sys.threads(math.tointeger(tonumber(arg[1])) or 1)

local s = stream.new(nn.sequential { nn.embedding(128), nn.positions(),
  nn.transformer { depth = 4, heads = 4, causal = true }, nn.linear("vocab") },
  { length = CONTEXT, vocab = VOCAB })
s.graph:init(1)

local function write(n)
  local how = { temperature = 0.8, top_k = 40, top_p = 0.95, from = 0, seed = 1 }
  local id = 0
  s.native:reset()
  for i = 1, n do
    s.native:feed { id }
    how.index = i
    id = s.native:pick(how)
  end
end

for _, n in ipairs { 120, 500 } do
  local best = math.huge
  for _ = 1, ROUNDS do
    local began = sys.now()
    write(n)
    best = math.min(best, sys.now() - began)
  end
  print(("%d tokens: %.4f ms each, %.0f a second"):format(n, 1e3 * best / n, n / best))
end
