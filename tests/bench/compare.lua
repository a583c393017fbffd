-- A training step of lrrun beside one of PyTorch, in turn in one run: median milliseconds
-- and their ratio. Use: lrrun --trusted tests/bench/compare.lua [name ...]; PYTHON names the
-- interpreter that has torch. Without PyTorch lrrun's own figures are printed.

local ROUNDS = 3
local NAMES = { "mlp", "tiny", "cnn", "lstm", "gru", "gpt", "gpt_large" }
local WHAT = {
  mlp = "784-256-128-10, batch 128, Adam", tiny = "64-64-10, batch 32, Adam",
  cnn = "six convolutions with batchnorm, batch 128, SGD",
  lstm = "embedding 128, LSTM 128, length 200, batch 32, Adam",
  gru = "embedding 128, GRU 128, length 200, batch 32, Adam",
  gpt = "4 blocks, 4 heads, 128 wide, context 128, batch 32, AdamW",
  gpt_large = "6 blocks, 8 heads, 256 wide, context 256, batch 16, AdamW",
}

local program = arg[-1] or "build/lrrun"
local python = os.getenv "PYTHON" or "/usr/bin/python3"

local function output(command)
  local pipe <close> = assert(io.popen(command))
  return pipe:read "a"
end

local function milliseconds(command, name)
  return tonumber(output(command):match(name .. " ([%d.]+)"))
end

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

local has_torch = output(python .. " -c 'import torch; print(torch.__version__)' 2>/dev/null")
local version = has_torch:match "%S+"
print(version and ("PyTorch %s, 2 threads each, median of %d"):format(version, ROUNDS)
  or "PyTorch is not installed; lrrun's own figures")
for _, name in ipairs(#arg > 0 and arg or NAMES) do
  local ours, theirs = {}, {}
  for _ = 1, ROUNDS do
    ours[#ours + 1] = milliseconds(("%s --quiet --threads 2 tests/bench/steps.lua --set only=%s")
      :format(program, name), name)
    if version then
      theirs[#theirs + 1] = milliseconds(
        ("OPENBLAS_NUM_THREADS=1 %s tests/bench/steps_torch.py %s"):format(python, name), name)
    end
  end
  local a, b = median(ours), median(theirs)
  print(("%-5s lrrun %9.4f ms%s   %s"):format(name, a,
    b and ("   PyTorch %9.4f ms   ratio %.2f"):format(b, a / b) or "", WHAT[name]))
end
