-- What lrrun costs as work grows, beside PyTorch, JAX and pandas where they do the same:
-- milliseconds, the cost of a unit of work, and how that stands to the cheapest of its group. A
-- cost that grows faster than the work shows as a growing last column.
--
-- Use: lrrun --trusted --lua-seconds 36000 tests/bench/scale/table.lua [group ...]; PYTHON names
-- the interpreter that has torch, jax and pandas, BENCH_LIMIT the seconds a setting of theirs may
-- take.

package.path = "tests/bench/scale/?.lua;tests/bench/?.lua;tests/?.lua;" .. package.path

local groups = require "rows"
local others = require "others"
local temporary = require "support.temporary"

local program, python, output = others.program, others.python, others.output

-- Milliseconds and the setting of what a command prints; nil where it prints none.
local function measure(command)
  local ms, setting = output(command):match "%S+ ([%d.]+) ?(%S*)"
  return tonumber(ms), setting
end

local PEERS = { { "torch", "PyTorch" }, { "jax", "JAX" }, { "pandas", "pandas" } }

local versions = {}
for i, peer in ipairs(PEERS) do
  local module, name = table.unpack(peer)
  peer.version = output(("%s -c 'import %s; print(%s.__version__)' 2>/dev/null"):format(python,
    module, module)):match "%S+"
  versions[i] = name .. " " .. (peer.version or "is not installed")
end

local function measure_row(row)
  local file <const> = row.rows and temporary.file()
  local function with(words)
    return (words:gsub("FILE", file or ""))
  end
  if file then
    output(("%s --trusted --lua-seconds 600 tests/bench/scale/csv.lua %s %d"):format(program, file,
      row.rows))
  end
  local ours = measure(program .. " " .. with(row.ours))
  local theirs = {}
  for _, peer in ipairs(PEERS) do
    local words = row.theirs[peer[1]]
    if words and peer.version then
      local ms, setting = measure(("OPENBLAS_NUM_THREADS=1 %s %s"):format(python, with(words)))
      theirs[#theirs + 1] = ms and { name = peer[2], ms = ms, setting = setting }
    end
  end
  if file then
    os.remove(file)
  end
  return ours, theirs
end

local UNITS = { { "s", 1e3 }, { "ms", 1 }, { "us", 1e-3 }, { "ns", 1e-6 } }

-- Three digits in the largest unit that leaves one before the point.
local function time_text(ms)
  for _, unit in ipairs(UNITS) do
    local x = ms / unit[2]
    if x >= 1 or unit[1] == "ns" then
      return (x >= 100 and "%.0f %s" or x >= 10 and "%.1f %s" or "%.2f %s"):format(x, unit[1])
    end
  end
end

local function print_group(group)
  local least = math.huge
  print(("\n%-46s %10s %19s %6s"):format(group.name, "lrrun", "each " .. group.unit, "times"))
  for _, row in ipairs(group) do
    io.stderr:write("measuring ", row[1], "\n")
    local ours, theirs = measure_row(row)
    local each = assert(ours, row[1] .. ": no figure") / row.work
    least = math.min(least, each)
    local beside = {}
    for i, peer in ipairs(theirs) do
      beside[i] = ("   %s %s (%s), ratio %.2f"):format(peer.name, time_text(peer.ms), peer.setting,
        ours / peer.ms)
    end
    print(("%-46s %10s %19s %6.2f%s"):format(row[1], time_text(ours), time_text(each),
      each / least, table.concat(beside)))
  end
end

local wanted, known, names = {}, {}, {}
for i, group in ipairs(groups) do
  known[group.name], names[i] = true, group.name
end
for _, name in ipairs(arg) do
  wanted[name] = known[name] or error(("no group '%s'; there are %s"):format(name,
    table.concat(names, ", ")), 0)
end
print(table.concat(versions, ", ") .. "; times: the cost of a unit to the cheapest above it")
for _, group in ipairs(groups) do
  if #arg == 0 or wanted[group.name] then
    print_group(group)
  end
end
