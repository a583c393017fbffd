-- A training step of lrrun beside PyTorch's at its best setting (torch_best.py) and JAX's
-- (jax_best.py), in turn in one run, in f32 and in bfloat16: median milliseconds and their
-- ratio. Use: lrrun --trusted tests/bench/compare.lua [name]; PYTHON names the interpreter that
-- has torch or jax, BENCH_LIMIT the seconds that one of their settings may take (90). All
-- settings are measured once, then the best of f32 and of bfloat16 in each round. What is under
-- way is said on stderr. Without either lrrun's own figures are printed.

package.path = "tests/bench/?.lua;" .. package.path

local others = require "others"

local ROUNDS = 3
local PRECISIONS = { "f32", "bf16" }
local NAMES = { "mlp", "tiny", "mlp_large", "cnn", "lstm", "gru", "gpt", "gpt_large" }
local WHAT = {
  mlp = "784-256-128-10, batch 128, Adam", tiny = "64-64-10, batch 32, Adam",
  mlp_large = "784-2048-2048-10, batch 512, Adam",
  cnn = "six convolutions with batchnorm, batch 128, SGD",
  lstm = "embedding 128, LSTM 128, length 200, batch 32, Adam",
  gru = "embedding 128, GRU 128, length 200, batch 32, Adam",
  gpt = "4 blocks, 4 heads, 128 wide, context 128, batch 32, AdamW",
  gpt_large = "6 blocks, 8 heads, 256 wide, context 256, batch 16, AdamW",
}

local program, python, output = others.program, others.python, others.output

local function ours(name, precision)
  local text = output(("%s --quiet --threads 2 tests/bench/steps.lua --set only=%s "
    .. "--set precision=%s"):format(program, name, precision))
  return tonumber(text:match(name .. " ([%d.]+)"))
end

-- { script that measures, module that it needs, name }; again: it is told which settings were best.
local PEERS = { { "steps_torch.py", "torch", "PyTorch", again = true },
  { "steps_jax.py", "jax", "JAX" } }
for _, peer in ipairs(PEERS) do
  peer.version = output(("%s -c 'import %s; print(%s.__version__)' 2>/dev/null"):format(python,
    peer[2], peer[2])):match "%S+"
end

-- { precision = { ms =, setting = } }; settings: those alone that are best, "f32=plain ...".
local function theirs(peer, name, settings)
  local found = {}
  local text = output(("OPENBLAS_NUM_THREADS=1 %s tests/bench/%s %s %s"):format(python, peer[1],
    name, settings))
  for precision, ms, setting in text:gmatch(name .. " (%S+) ([%d.]+) (%S+)") do
    found[precision] = { ms = tonumber(ms), setting = setting }
  end
  return found
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

-- Of a round: adds what a peer takes to `lists`, { precision = { milliseconds..., setting = } }.
local function measure_peer(peer, name, lists)
  local settings = ""
  for precision, list in pairs(peer.again and lists or {}) do
    settings = ("%s %s=%s"):format(settings, precision, list.setting)
  end
  for precision, found in pairs(theirs(peer, name, settings)) do
    local list = lists[precision] or { setting = found.setting }
    lists[precision] = list
    list[#list + 1] = found.ms
  end
end

-- Milliseconds of each round by precision: ours, and for each peer that is there its lists.
local function measure(name)
  local own, of_peers = {}, {}
  for round = 1, ROUNDS do
    io.stderr:write(("%s: round %d of %d\n"):format(name, round, ROUNDS))
    for _, precision in ipairs(PRECISIONS) do
      own[precision] = own[precision] or {}
      own[precision][round] = ours(name, precision)
    end
    for i, peer in ipairs(PEERS) do
      of_peers[i] = of_peers[i] or {}
      if peer.version then
        measure_peer(peer, name, of_peers[i])
      end
    end
  end
  return own, of_peers
end

for _, peer in ipairs(PEERS) do
  print(("%s %s"):format(peer[3], peer.version or "is not installed"))
end
print(("2 threads each, median of %d"):format(ROUNDS))
for _, name in ipairs(#arg > 0 and arg or NAMES) do
  local own, of_peers = measure(name)
  for _, precision in ipairs(PRECISIONS) do
    local ms, beside = median(own[precision]), {}
    for i, peer in ipairs(PEERS) do
      local list = of_peers[i][precision]
      beside[#beside + 1] = list and ("   %s %9.4f ms (%s), ratio %.2f"):format(peer[3],
        median(list), list.setting, ms / median(list))
    end
    print(("%-9s %-4s lrrun %9.4f ms%s   %s"):format(name, precision, ms, table.concat(beside),
      WHAT[name]))
  end
end
