--- `lrrun coord RECIPE [--widths 1,2,4,8 --steps 4]`: whether activations, and what updates change
--- of them, stay the same over the width; a table, and in a folder a picture. Layer: cli.

local chart = require "lrrun.page.chart"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local next_folder = require "lrrun.record.next_folder"
local options = require "lrrun.util.options"
local parse = require "lrrun.cli.parse"
local range = require "lrrun.range"
local rate = require "lrrun.advise.rate"
local resolve = require "lrrun.recipe.resolve"
local screen = require "lrrun.util.screen"
local setup = require "lrrun.cli.setup"
local table_text = require "lrrun.cli.table_text"
local width_check = require "lrrun.train.width_check"

local FIRST = { "run", "verdict", "text", "transfer", "base", "widths", "steps", "seeds", "lr",
  "layers" }
local WIDTHS, STEPS, SEEDS = { 1, 2, 4, 8 }, 4, 3
local MOST = 1000

local function widths_of(text)
  if not text then
    return WIDTHS
  end
  local list = {}
  for item in (text .. ","):gmatch "([^,]*)," do
    local x = math.tointeger(tonumber(item)) or tonumber(item)
    if not x or x ~= x or x <= 0 or x > 1e6 or list[1] and x <= list[#list] then
      parse.fail("--widths takes multiples of the base, rising, such as 1,2,4,8; got '%s'", text)
    end
    list[#list + 1] = x
  end
  if #list < 2 then
    parse.fail("--widths takes two multiples of the base or more, such as 1,2,4,8; got '%s'", text)
  end
  return list
end

-- "width=64" as { width = 64 }.
local function named_base(text)
  local name, value = text:match "^%s*([%w_.]+)%s*=%s*(%S+)%s*$"
  value = math.tointeger(tonumber(value)) or tonumber(value)
  if not value or value ~= value or value <= 0 then
    parse.fail("--base takes what is made wider and its value at --widths 1, such as width=64; got "
      .. "'%s'", text)
  end
  return { [name] = value }
end

-- What is made wider: by the flag, else the base of the recipe.
local function base_of(call, value)
  local t = value.opts.transfer
  if call.flags.base then
    return named_base(call.flags.base)
  end
  local base = options.is_value(t, "transfer") and t.opts.base
  for _, item in pairs(base or {}) do
    if type(item) == "number" then
      return base
    end
  end
  errors.raise(value.where, "coord: the recipe does not say what is made wider: want --base "
    .. "width=64 beside option(\"width\", 64), or transfer = { kind = 'mup', base = { width = 64 "
    .. "} }")
end

-- The highest rate of the recipe, whose schedule is left out.
local function rate_of(r)
  return rate.of(range.provisional(r)) or rate.TYPICAL
end

local function growth_text(x)
  return x and ("%+.2f"):format(x) or "-"
end

local function print_table(out, result)
  local rows = { { "layer" } }
  for _, times in ipairs(result.widths) do
    table.insert(rows[1], ("x%g"):format(times))
  end
  table.insert(rows[1], "grows")
  table.insert(rows[1], "updates")
  table.insert(rows[1], "")
  for i, layer in ipairs(result.layers) do
    local row = { screen.line(layer.name == "" and "-" or layer.name) }
    for k in ipairs(result.widths) do
      row[#row + 1] = ("%.4g"):format(layer.last[k])
    end
    row[#row + 1], row[#row + 2] = growth_text(layer.growth.activations),
      growth_text(layer.growth.updates)
    row[#row + 1] = layer.verdict == "flat" and "" or layer.verdict
    rows[i + 1] = row
  end
  out:print("%s after %d update%s at lr = %.4g, mean over %d seed%s; how both go with width, as a "
    .. "power of it", out:paint("bold", "mean |activation|"), result.steps,
    result.steps == 1 and "" or "s", result.lr, result.seeds, result.seeds == 1 and "" or "s")
  table_text(out, rows)
end

-- Names of the layers with a verdict.
local function with_verdict(result, verdict)
  local names, kinds = {}, {}
  for _, layer in ipairs(result.layers) do
    if layer.verdict == verdict then
      names[#names + 1] = layer.name
      kinds[layer.of] = true
    end
  end
  return names, kinds
end

local SAID = {
  { "not finite", "%s: not finite; the rate is too high at some width" },
  { "grows", "%s: %s grow with width: wide networks blow up at this rate" },
  { "vanishes", "%s: %s vanish with width: wide networks learn less at this rate" },
}

-- The verdict of the whole, and in words.
local function judge(result)
  for _, item in ipairs(SAID) do
    local names, kinds = with_verdict(result, item[1])
    if names[1] then
      local what = kinds.activations and (kinds.updates and "activations and what updates change"
        or "activations") or "what updates change"
      local list = table.concat(names, ", ", 1, math.min(#names, 6))
        .. (#names > 6 and (" and %d more"):format(#names - 6) or "")
      return item[1], item[2]:format(list, what)
    end
  end
  return "flat", ("flat: neither activations nor what updates change of them goes with width by "
    .. "more than its power of %g"):format(width_check.FLAT)
end

local function column(layer, of)
  local out = {}
  for k, x in ipairs(layer[of]) do
    out[k] = x / layer[of][1]
  end
  return out
end

-- Two lines for each layer, over their values at the first width.
local function svg_of(result, name)
  local series = {}
  for _, layer in ipairs(result.layers) do
    series[#series + 1] = { name = screen.cut(layer.name, 20), x = result.widths,
      y = column(layer, "last") }
  end
  for _, layer in ipairs(result.layers) do
    series[#series + 1] = { name = screen.cut(layer.name .. ", updates", 20), x = result.widths,
      y = column(layer, "moved"), dashed = true }
  end
  return chart.picture {
    title = ("%s: coordinate check after %s"):format(name, counted(result.steps, "update")),
    x_label = "width / base",
    y_label = "mean |activation|; dashed: its change; 1 at the first width",
    log_x = true, log_y = true, x_ticks = result.widths, series = series,
  }
end

local function csv_of(result)
  local lines = { "layer,width,step,size,change" }
  for _, layer in ipairs(result.layers) do
    for step, sizes in ipairs(layer.sizes) do
      for k, times in ipairs(result.widths) do
        lines[#lines + 1] = ("%s,%.17g,%d,%.17g,%.17g"):format(layer.name, times, step - 1,
          sizes[k], layer.changes[step][k])
      end
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function write_folder(result, name)
  local request = current.request()
  local path = next_folder.next(request.out_dir, name .. "-coord")
  result.run = path
  file.write(path .. "/recipe.lua", request.recipe_text)
  file.write(path .. "/coord.csv", csv_of(result))
  file.write(path .. "/coord.svg", svg_of(result, name))
  file.write(path .. "/coord.json", json.encode(result, { indent = true, first = FIRST }) .. "\n")
end

local function asked_of(flags)
  local o = { widths = widths_of(flags.widths), steps = flags.steps or STEPS,
    seeds = flags.seeds or SEEDS, rate = rate_of }
  if o.steps > MOST or o.seeds > MOST then
    parse.fail("--%s is %d, want at most %d", o.steps > MOST and "steps" or "seeds",
      math.max(o.steps, o.seeds), MOST)
  end
  return o
end

return function(call)
  local o = asked_of(call.flags)
  local value = setup.script(call, { makes = true })
  local changed = resolve.changed(value)
  o.base = base_of(call, changed)
  function o.tell(times, seed)
    if call.out.live then
      call.out:progress(("coord: width x%g, seed %d"):format(times, seed + 1))
    end
  end
  local result = width_check.of(o)
  call.out:progress ""
  local t = changed.opts.transfer
  result.transfer, result.base = t and t.opts.kind or "none", o.base
  result.verdict, result.text = judge(result)
  write_folder(result, changed.opts.name or current.request().name)
  print_table(call.out, result)
  call.out:print("%s", result.text)
  call.out:print("  coord.svg, coord.csv and coord.json are in %s", result.run)
  call.out:result(result, FIRST)
  return result.verdict == "flat" and 0 or 1
end
