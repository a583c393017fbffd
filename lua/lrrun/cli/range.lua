--- `lrrun range RECIPE`: a learning-rate range test; its curve on the terminal and, as SVG
--- and CSV, in a folder. Layer: cli.

local chart = require "lrrun.page.chart"
local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local curve = require "lrrun.range.curve"
local default_loss = require "lrrun.nn.default_loss"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local scale = require "lrrun.data.scale"
local setup = require "lrrun.cli.setup"
local resolve = require "lrrun.recipe.resolve"
local parse = require "lrrun.cli.parse"
local picture = require "lrrun.range.picture"
local plot = require "lrrun.record.plot"
local range = require "lrrun.range"
local suggest = require "lrrun.range.suggest"

local FIRST = { "run", "suggestion", "bracket", "doubt", "factor", "suggestions", "spread", "ended",
  "points" }
local LETTERS = { valley = "v", slide = "s", minimum = "m", steep = "t" }
local HEIGHT, WIDEST = 12, 100
local ENDED = {
  done = "all %d points were made", grew = "ended after %d points: the loss had grown 4 times",
  ["not finite"] = "ended after %d points: the loss was not finite any more",
}

local function column(points, key)
  local out = {}
  for i, point in ipairs(points) do
    out[i] = point[key]
  end
  return out
end

local function print_curve(out, result)
  local points = table.move(result.points, 1, (curve.shown(result.points)), 1, {})
  local letters = {}
  for _, name in ipairs(suggest.methods) do
    letters[#letters + 1] = result.suggestions[name]
      and { result.suggestions[name], LETTERS[name] } or nil
  end
  local lines = plot.curve(column(points, "lr"), column(points, "trend"), {
    width = math.min(out:width(), WIDEST), height = HEIGHT, unicode = plot.unicode(),
    log_x = true, mark = result.suggestion, letters = letters,
  })
  out:print("%s", out:paint("bold", "smoothed loss over the learning rate"))
  for _, line in ipairs(lines) do
    out:print("%s", line)
  end
end

-- What each method says, and of several seeds each of them.
local function print_methods(out, result)
  for i, item in ipairs(picture.methods(result)) do
    local parts = {}
    for k, own in ipairs(item.own) do
      parts[k] = own and ("%.3g"):format(own) or "-"
    end
    out:print("  %s  %-10s  %s%s", LETTERS[suggest.methods[i]], item.label, item.lr
      and ("%.3g"):format(item.lr) or "- (does not apply)", parts[1]
      and (" (of %s)"):format(table.concat(parts, ", ")) or "")
  end
end

local function print_result(out, result, recipe)
  print_curve(out, result)
  out:print(ENDED[result.ended], #result.points)
  print_methods(out, result)
  for _, each in ipairs(result.tests or {}) do
    if each.doubt and each.doubt ~= result.doubt then
      out:print("  seed %d: %s", each.seed, each.doubt)
    end
  end
  if result.factor then
    out:print("  all are times %.2g: this schedule keeps the rate high, what the curve shows are "
      .. "rates to decay from", result.factor)
  end
  local b, advise = result.bracket, command.line("advise", recipe)
  if not result.suggestion then
    out:print("%s  %s", out:paint("bold", "no suggestion"), result.doubt)
    out:print("  the best rate lies between %.3g and %.3g: %s finds it", b.low, b.high, advise)
    return
  end
  local spread = result.spread
  out:print("%s  %.3g%s", out:paint("bold", "suggestion"), result.suggestion, spread
    and (" (%d of %d seeds say %s)"):format(spread.n, #result.tests, spread.min == spread.max
      and "so" or ("%.3g to %.3g"):format(spread.min, spread.max)) or "")
  out:print("  the loss moves from %.3g on and blows up above %.3g", b.low, b.high)
  if result.unused then
    out:print("  the recipe's schedule has rates of its own, which optimizer.lr does not change: "
      .. "%.3g is for the highest of them; %s asks whole runs", result.suggestion, advise)
    return
  end
  out:print("  optimizer.lr = %.3g is the rate to schedule from; lr = 'range' in the recipe does "
    .. "this test first, and %s asks whole runs", result.suggestion, advise)
end

local function csv_of(result)
  local lines = { "seed,lr,loss,smoothed,trend" }
  for _, each in ipairs(result.tests or { result }) do
    for _, point in ipairs(each.points) do
      lines[#lines + 1] = ("%d,%.17g,%.17g,%.17g,%.17g"):format(each.seed or result.seed,
        point.lr, point.loss, point.smoothed, point.trend)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The folder <name>-range-<n> with recipe.lua, curve.csv, curve.svg and range.json.
local function write_folder(result, name)
  local request = current.request()
  local path = next_folder.next(request.out_dir, name .. "-range")
  if request.recipe_text then
    file.write(path .. "/recipe.lua", request.recipe_text)
  end
  result.run = path
  file.write(path .. "/curve.csv", csv_of(result))
  file.write(path .. "/curve.svg", chart.picture(picture.chart(result,
    name .. ": learning-rate range test")))
  file.write(path .. "/range.json", json.encode(result, { indent = true, first = FIRST }) .. "\n")
end

-- The flags by their own names; train.range checks the same for scripts.
local function check_flags(flags)
  if flags.linear and not flags.to then -- no step fits all optimizers
    parse.fail("--linear wants --to: rates in equal steps see one decade alone, the highest")
  end
  local from, to = flags.from or 1e-7, flags.to or 10
  if flags.points and (flags.points < 20 or flags.points > 100000) then
    parse.fail("--points is %d, want 20 to 100000", flags.points)
  elseif flags.seeds and flags.seeds > 1000 then
    parse.fail("--seeds is %d, want at most 1000", flags.seeds)
  elseif from >= to then
    parse.fail("--from is %g, want less than --to (%g)", from, to)
  end
end

return function(call)
  check_flags(call.flags)
  local r = resolve.for_run(setup.script(call, { makes = true }))
  local name = r.opts.name or current.request().name
  local flags = call.flags
  local result, dataset = range.of(r, { seeds = flags.seeds, from = flags.from, to = flags.to,
    n = flags.points, shape = flags.linear and "linear" or nil })
  result.seed = r.opts.seed
  write_folder(result, name)
  print_result(call.out, result, call.args[1])
  local note = scale.note(dataset, r.opts.loss or default_loss(dataset))
  if note then
    call.out:note("%s", note)
  end
  call.out:print("  curve.svg, curve.csv and range.json are in %s", result.run)
  call.out:result(result, FIRST)
  return 0
end
