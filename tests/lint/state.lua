-- Fails if a C file holds state of the process that is not in the table below. What
-- belongs to a run, a network or a search stands in an object of its own, so that two of
-- them in one process do not know of each other. Usage: lrrun --trusted
-- tests/lint/state.lua [the folder of a build]

-- file -> what it may keep: facts of the machine found once, what there is one of in a
-- process, and what tests let fail
local STATE = {
  ["base/halt"] = "who says whether long work is to end, and that some has",
  ["base/mem"] = "bytes in use, their limit, who collects garbage; what fails in tests",
  ["base/sha256"] = "whether the CPU has instructions for it",
  ["base/threads"] = "the pool of threads; which of them this is; who is told that they go on",
  ["bind/bind"] = "the native function at work, its thread, and who is told of its time",
  ["bind/bind_record"] = "memory in reserve for the JSON that is being read",
  ["dist/ranks"] = "which rank this process is, its way to the others, rank 0's clock",
  ["dist/reduce"] = "what is under way of sums over ranks",
  ["host/carrier"] = "what is said when the process that watches over it is killed",
  ["host/guard"] = "how long the code of a recipe has run",
  ["kernels/gemm"] = "which kernels OpenBLAS has; scratch of each thread",
  ["kernels/gemm_wide"] = "what all threads multiply, as packed",
  ["kernels/simd"] = "the table of kernels that suits the CPU",
  ["os/budget"] = "what the process has written, and how much it may",
  ["os/blas"] = "the library, loaded once",
  ["os/build"] = "the program's own id",
  ["os/calls"] = "the table of system calls; those that fail in tests",
  ["os/control"] = "the socket to the supervisor",
  ["os/cpu"] = "what the CPU has",
  ["os/file"] = "the number of the next temporary file",
  ["os/interrupt"] = "signals that have come",
  ["os/watch"] = "the page that the supervisor reads, and the native call that runs",
  ["readers/number"] = "the locale C, made once",
}

-- Sections that a program writes to.
local WRITTEN = { [".data"] = true, [".bss"] = true, [".tdata"] = true, [".tbss"] = true,
  [".data.rel"] = true, [".data.rel.local"] = true }

local faults, seen = 0, {}
local function fault(...)
  faults = faults + 1
  print(string.format(...))
end

-- A build keeps the objects of files that are no more.
local function is_source(file)
  local source <close> = io.open("src/" .. file .. ".c")
  return source ~= nil
end

local build = arg[1] or "build/release"
-- Names of what an object file lets the program write to.
local function written(path)
  local names = {}
  local symbols <close> = assert(io.popen("objdump -t " .. path))
  for line in symbols:lines() do
    local section, name = line:match "%sO?%s+(%.[%w.]+)%s+%x+%s+([%w_.]+)$"
    if section and WRITTEN[section] and name:sub(1, 1) ~= "." then
      names[#names + 1] = name:match "^[%w_]+"
    end
  end
  return names
end

local objects <close> = assert(io.popen("find " .. build .. "/*/ -name '*.o' | sort"))
for path in objects:lines() do
  local file = path:sub(#build + 2):match "^[%w_]+/[%w_]+"
  for _, name in ipairs(is_source(file) and written(path) or {}) do
    seen[file] = true
    if not STATE[file] then
      fault("src/%s.c: '%s' is state of the process", file, name)
    end
  end
end
for file in pairs(STATE) do
  if not seen[file] then
    fault("src/%s.c holds no state; take it out of this table", file)
  end
end
os.exit(faults == 0)
