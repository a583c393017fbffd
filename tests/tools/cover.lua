-- Which share of the lines of src/ ran, by folder, from the counters that processes of a
-- CONFIG=cover build left. A line counts once, in however many objects it is (headers, kernels
-- for several instruction sets). Processes that were killed leave no counters.
-- Usage: lrrun --trusted tests/tools/cover.lua GCOV [files]

local json = require "lrrun.record.json"

local gcov, by_file = arg[1] or "gcov", arg[2] ~= nil
local lines = {} -- path -> line -> whether it ran

local function take_in(document)
  for _, file in ipairs(document.files) do
    local path = file.file:match "src/.*"
    if path and not file.file:find "^/usr" then
      lines[path] = lines[path] or {}
      for _, line in ipairs(file.lines) do
        local number = line.line_number
        lines[path][number] = lines[path][number] or line.count > 0
      end
    end
  end
end

local function read_all(command)
  local pipe <close> = assert(io.popen(command))
  for line in pipe:lines() do
    if line:find "^{" then
      take_in(json.decode(line))
    end
  end
end

local function count(path)
  local ran, all = 0, 0
  for _, did in pairs(lines[path]) do
    ran, all = ran + (did and 1 or 0), all + 1
  end
  return ran, all
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function print_share(name, ran, all)
  print(("%-28s %6.1f %%  %5d of %5d lines"):format(name, 100 * ran / math.max(all, 1), ran, all))
end

read_all(("find build/cover -name '*.gcda' ! -path '*/unit/*' -print0 | xargs -0 -n 16 %s -t -j")
  :format(gcov))
local folders, sum = {}, { 0, 0 }
for _, path in ipairs(sorted_keys(lines)) do
  local folder = path:match "^src/[^/]+"
  local ran, all = count(path)
  local f = folders[folder] or { 0, 0 }
  folders[folder] = { f[1] + ran, f[2] + all }
  sum = { sum[1] + ran, sum[2] + all }
  if by_file then
    print_share(path, ran, all)
  end
end
for _, folder in ipairs(sorted_keys(folders)) do
  print_share(folder, table.unpack(folders[folder]))
end
print_share("all", table.unpack(sum))
os.exit(sum[2] > 0, true)
