--- What a plan prints of `transfer`: a row for each tensor, or of many for each kind of them.
--- Layer: cli.

local screen = require "lrrun.util.screen"

local MOST = 40 -- tensors that have a row each

-- "x 4", "/ 16", "1".
local function times(x)
  if x == 1 then
    return "1"
  end
  return x > 1 and ("x %.4g"):format(x) or ("/ %.4g"):format(1 / x)
end

local function cells(row)
  return { row.role, times(row.init), times(row.lr), times(row.weight_decay), times(row.output) }
end

-- Tensors that are treated alike as one row, in the order of their first.
local function by_kind(list)
  local out, of = {}, {}
  for _, row in ipairs(list) do
    local key = table.concat(cells(row), "|")
    if not of[key] then
      of[key] = { n = 0, row = row }
      out[#out + 1] = of[key]
    end
    of[key].n = of[key].n + 1
  end
  return out
end

--- The rows of the table, the first with its head.
---@param t table of lrrun.plan.transfer
---@return string[][]
local function rows_of(t)
  local rows = { { "tensor", "role", "init", "rate", "decay", "output" } }
  if #t.tensors <= MOST then
    for i, row in ipairs(t.tensors) do
      rows[i + 1] = { screen.line(row.name), table.unpack(cells(row)) }
    end
    return rows
  end
  for i, kind in ipairs(by_kind(t.tensors)) do
    local name = screen.line(kind.row.name)
    rows[i + 1] = { kind.n > 1 and ("%s and %d more"):format(name, kind.n - 1) or name,
      table.unpack(cells(kind.row)) }
  end
  return rows
end

---@param out table
---@param t table? of lrrun.plan.transfer
---@param print_table fun(out: table, rows: string[][], right: table)
return function(out, t, print_table)
  if not t then
    return
  end
  out:print("%s  %s, base %s%s", out:paint("bold", "transfer"), t.kind, screen.line(t.base),
    t.kind == "none" and ": nothing is changed" or "")
  local grown = false
  for _, row in ipairs(t.tensors) do
    grown = grown or row.role ~= "fixed"
  end
  if grown then
    print_table(out, rows_of(t), {})
  elseif t.kind ~= "none" then
    out:print "  the network is as wide as its base: all is as it is without"
  end
  for _, item in ipairs(t.scores) do
    out:print("  %s: scores %s, as heads have %d of %d", screen.line(item.name),
      times(item.factor), item.size, item.base)
  end
end
