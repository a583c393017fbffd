--- `lrrun runs [FILTER] [FOLDER...]`: what has been trained, newest first. Layer: cli.

local counted = require "lrrun.util.counted"
local entries = require "lrrun.study.entries"
local epochs_text = require "lrrun.util.epochs_text"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local filter = require "lrrun.record.filter"
local fit_table = require "lrrun.cli.fit_table"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local metrics = require "lrrun.metrics"
local parse = require "lrrun.cli.parse"
local setup = require "lrrun.cli.setup"

local FIRST = { "runs", "passed_over", "of", "path", "kind", "name", "status", "modified",
  "monitor", "mode", "best", "last", "best_epoch", "epochs", "steps", "settings" }
local MOST_WRONG = 5 -- folders that are named each

local NAMES = { range = "range test" }

local function figure(name, value)
  local entry = metrics.by_name[name]
  return entry and metrics.text(entry, value) or ("%.4g"):format(value)
end

local function status_of(e)
  if e.kind == "run" then
    return e.status
  end
  local name = NAMES[e.kind] or e.kind
  return (e.status == "running" or e.status == "stopped") and name .. ", " .. e.status or name
end

local function length_of(e)
  if e.trials then
    return e.kind == "study" and e.planned and ("%d/%d trials"):format(e.trials, e.planned)
      or counted(e.trials, "trial")
  elseif not e.epochs then
    return "-"
  end
  local planned = e.epochs_planned
  return planned and (e.status == "running" or e.status == "stopped" or e.status == "interrupted")
    and ("%s/%s epochs"):format(epochs_text(e.epochs), epochs_text(planned))
    or counted(epochs_text(e.epochs), "epoch")
end

local function best_of(e)
  if e.suggestion then
    return ("lr %.3g"):format(e.suggestion)
  elseif e.kind == "range" then
    return "no suggestion"
  end
  local value = e.monitor and e.best[e.monitor]
  return value and e.monitor .. " " .. figure(e.monitor, value) or "-"
end

local function at_of(e)
  return e.best_trial and ("trial %d"):format(e.best_trial)
    or e.best_epoch and "epoch " .. epochs_text(e.best_epoch) or "-"
end

-- Seconds as "5 s", "3 min", "2 h", "4 d".
local function age_of(e)
  local s = math.max(0, e.age or 0)
  for _, unit in ipairs { { 86400, "d" }, { 3600, "h" }, { 60, "min" } } do
    if s >= 2 * unit[1] then
      return ("%d %s"):format(s // unit[1], unit[2])
    end
  end
  return ("%d s"):format(s // 1)
end

-- The cell of a key that the filter or --sort names.
local function cell_of(flat, name)
  local value = flat[name]
  if value == nil then
    return "-"
  end
  return type(value) == "number" and figure(name, value) or tostring(value)
end

local function common_folder(list)
  local path
  for _, e in ipairs(list) do
    local before = e.path:match "^(.*)/[^/]+/*$" or "."
    if path and before ~= path then
      return nil
    end
    path = before
  end
  return path
end

-- The figure that the column of the best has, where it is the same for all.
local function monitor_of(list)
  local found = list[1].monitor
  for _, e in ipairs(list) do
    found = e.monitor == found and not e.suggestion and found or nil
  end
  return found
end

local function print_list(out, list, names)
  local longest = 0
  for _, e in ipairs(list) do
    longest = math.max(longest, #e.path)
  end
  local folder = longest > out:width() // 2 and common_folder(list)
  local columns = {
    { "run", cell = function(e) return folder and e.label or e.path end },
    { "status", cell = status_of, rank = 6 },
    { "length", cell = length_of, right = true, rank = 2 },
    { "best", cell = best_of, rank = 5 },
    { "at", cell = at_of, rank = 1 },
  }
  local shown = { kind = true, status = true, name = true, run = true }
  shown[monitor_of(list) or "run"] = true
  for _, name in ipairs(names) do
    if not shown[name] then
      shown[name] = true
      columns[#columns + 1] = { name:match "[^.]+$", rank = 4, right = true, cell = function(e)
        return cell_of(e.flat, name)
      end }
    end
  end
  columns[#columns + 1] = { "age", cell = age_of, right = true, rank = 3 }
  fit_table(out, columns, list)
  return folder
end

local function say_wrong(out, wrong)
  for i, item in ipairs(wrong) do
    if i <= MOST_WRONG then
      out:warn("%s: passed over: %s", item.path, item.why)
    end
  end
  if #wrong > MOST_WRONG then
    out:warn("%d more folders are damaged and passed over (--json names them)",
      #wrong - MOST_WRONG)
  end
end

-- Which words are folders, and what is left as the filter.
local function words_of(call)
  local paths, condition = {}, nil
  for _, word in ipairs(call.args) do
    if file.kind(word) == "dir" then
      paths[#paths + 1] = word
    elseif file.kind(word) or not word:find "[=<>!]" and word:find "/" then
      parse.fail("runs: %s", file.kind(word) and word .. " is no folder"
        or "there is no folder " .. word)
    elseif condition then
      parse.fail("runs takes one FILTER; there are two, '%s' and '%s': put 'and' between them, in "
        .. "quotes", condition, word)
    else
      condition = word
    end
  end
  if #paths == 0 then
    paths[1] = setup.out_folder(call)
    given.folder(call.flags.out, "out")
  elseif call.flags.out then
    parse.fail("runs takes --out or folders, not both")
  end
  return paths, condition
end

-- What is wrong with a filter or a key is wrong usage.
local function usage(f, ...)
  local found = table.pack(errors.try(f, ...))
  if not found[1] and errors.is(found[2]) then
    parse.fail("%s", tostring(found[2]))
  elseif not found[1] then
    error(found[2], 0)
  end
  return table.unpack(found, 2, found.n)
end

local function flats_of(list)
  local flats = {}
  for i, e in ipairs(list) do
    flats[i] = entries.flat(e)
    e.flat = flats[i]
  end
  return flats
end

-- By a key: metrics with the best first, what has none of it last.
local function sort(list, flats, key)
  local back, word = key:match "^(%-?)(.*)$"
  local name = usage(filter.key, flats, word)
  local down = (metrics.mode(name:match "[^.]+$") == "max") ~= (back == "-")
  local place = {}
  for i, e in ipairs(list) do
    place[e] = i
  end
  table.sort(list, function(a, b)
    local x, y = a.flat[name], b.flat[name]
    if x == y or type(x) == "table" or type(y) == "table" then
      return place[a] < place[b]
    elseif x == nil or y == nil then
      return y == nil
    elseif type(x) ~= type(y) then
      return type(x) == "number"
    elseif type(x) == "boolean" then
      x, y = tostring(x), tostring(y)
    end
    if down then
      return x > y
    end
    return x < y
  end)
  return name
end

local function document(list, wrong, of)
  local runs = json.array {}
  for i, e in ipairs(list) do
    runs[i] = {}
    for key, value in pairs(e) do
      runs[i][key] = key ~= "flat" and key ~= "age" and key ~= "label" and value or nil
    end
  end
  return { runs = runs, passed_over = json.array(wrong), of = of }
end

return function(call)
  local out = call.out
  local paths, condition = words_of(call)
  if condition then
    usage(filter.parse, condition)
  end
  setup.lock(call, { read = paths })
  local list, wrong = entries.list(paths)
  local of, flats, names = #list, flats_of(list), {}
  say_wrong(out, wrong)
  if condition and of > 0 then
    local holds, keys, words = usage(filter.apply, condition, flats)
    local kept = {}
    for i, e in ipairs(list) do
      kept[#kept + 1] = holds[i] and e or nil
    end
    list, names = kept, keys
    for _, text in ipairs(words) do
      out:note("%s", text)
    end
  end
  if call.flags.sort and of > 0 then
    names[#names + 1] = sort(list, flats, call.flags.sort)
  end
  local where = table.concat(paths, ", ")
  if #list > 0 then
    local folder = print_list(out, list, names)
    if condition or folder then
      out:print("%d of %d in %s", #list, of, where)
    end
  elseif of > 0 then
    out:print("none of %d in %s meets %s", of, where, condition)
  elseif file.kind(paths[1]) then
    out:print("no run, study or range test in %s", where)
  else
    out:print("no run yet: there is no folder %s", where)
  end
  out:result(document(list, wrong, of), FIRST)
  return 0
end
