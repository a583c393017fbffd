-- What lrrun costs as work grows, beside PyTorch and pandas where they do the same: milliseconds,
-- the cost of a unit of work, and how that stands to the cheapest of its group. A cost that grows
-- faster than the work shows as a growing last column.
--
-- Use: lrrun --trusted --lua-seconds 36000 tests/bench/scale/table.lua [group ...]; PYTHON names
-- the interpreter that has torch and pandas, BENCH_LIMIT the seconds a setting of theirs may take.

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

local function has(module)
  return output(("%s -c 'import %s; print(%s.__version__)' 2>/dev/null"):format(python, module,
    module)):match "%S+"
end

local versions = { torch = has "torch", pandas = has "pandas" }

-- Whether the peer of a row is there.
local function peer_of(row)
  return row.theirs and (row.rows and versions.pandas or not row.rows and versions.torch)
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
  local theirs, setting
  if peer_of(row) then
    theirs, setting = measure(("OPENBLAS_NUM_THREADS=1 %s %s"):format(python, with(row.theirs)))
  end
  if file then
    os.remove(file)
  end
  return ours, theirs, setting
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
    local ours, theirs, setting = measure_row(row)
    local each = assert(ours, row[1] .. ": no figure") / row.work
    least = math.min(least, each)
    print(("%-46s %10s %19s %6.2f%s"):format(row[1], time_text(ours), time_text(each),
      each / least, theirs and ("   %s %s, ratio %.2f"):format(time_text(theirs), setting,
        ours / theirs) or ""))
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
print(("PyTorch %s, pandas %s; times: the cost of a unit to the cheapest above it"):format(
  versions.torch or "is not installed", versions.pandas or "is not installed"))
for _, group in ipairs(groups) do
  if #arg == 0 or wanted[group.name] then
    print_group(group)
  end
end
