-- A training step of lrrun beside PyTorch's at its best setting (torch_best.py), in turn in one
-- run, in f32 and in bfloat16: median milliseconds and their ratio. Use: lrrun --trusted
-- tests/bench/compare.lua [name]; PYTHON names the interpreter that has torch, BENCH_LIMIT the
-- seconds that one of its settings may take (90). All settings are measured once, then the best of
-- f32 and of bfloat16 in each round. What is under way is said on stderr. Without PyTorch lrrun's
-- own figures are printed.

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

-- { precision = { ms =, setting = } }; settings: those alone that are best, "f32=plain ...".
local function theirs(name, settings)
  local found = {}
  local text = output(("OPENBLAS_NUM_THREADS=1 %s tests/bench/steps_torch.py %s %s"):format(python,
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

-- Milliseconds of each round by precision: ours, and theirs with the setting.
local function measure(name, has_torch)
  local own, peer, settings = {}, {}, ""
  for round = 1, ROUNDS do
    io.stderr:write(("%s: round %d of %d\n"):format(name, round, ROUNDS))
    for _, precision in ipairs(PRECISIONS) do
      own[precision] = own[precision] or {}
      own[precision][round] = ours(name, precision)
    end
    for precision, found in pairs(has_torch and theirs(name, settings) or {}) do
      local list = peer[precision] or { setting = found.setting }
      peer[precision] = list
      list[#list + 1] = found.ms
    end
    settings = ""
    for precision, list in pairs(peer) do
      settings = ("%s %s=%s"):format(settings, precision, list.setting)
    end
  end
  return own, peer
end

local version = output(python .. " -c 'import torch; print(torch.__version__)' 2>/dev/null")
  :match "%S+"
print(version and ("PyTorch %s, 2 threads each, median of %d"):format(version, ROUNDS)
  or "PyTorch is not installed; lrrun's own figures")
for _, name in ipairs(#arg > 0 and arg or NAMES) do
  local own, peer = measure(name, version)
  for _, precision in ipairs(PRECISIONS) do
    local ms, list = median(own[precision]), peer[precision]
    print(("%-9s %-4s lrrun %9.4f ms%s   %s"):format(name, precision, ms,
      list and ("   PyTorch %9.4f ms (%s), ratio %.2f"):format(median(list), list.setting,
        ms / median(list)) or "", WHAT[name]))
  end
end
