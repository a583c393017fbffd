--- `lrrun range RECIPE`: a learning-rate range test; its curve on the terminal and, as SVG
--- and CSV, in a folder. Layer: cli.

local current = require "lrrun.util.current"
local default_loss = require "lrrun.nn.default_loss"
local file = require "lrrun.native.file"
local next_folder = require "lrrun.record.next_folder"
local json = require "lrrun.record.json"
local scale = require "lrrun.data.scale"
local setup = require "lrrun.cli.setup"
local resolve = require "lrrun.recipe.resolve"
local parse = require "lrrun.cli.parse"
local plot = require "lrrun.record.plot"
local range = require "lrrun.range"
local svg = require "lrrun.record.svg"
local suggest = require "lrrun.range.suggest"
local sys = require "lrrun.native.sys"

local FIRST = { "run", "suggestion", "suggestions", "spread", "ended", "points" }
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
  local lines = plot.curve(column(result.points, "lr"), column(result.points, "smoothed"), {
    width = math.min(sys.width(), WIDEST), height = HEIGHT, unicode = plot.unicode(),
    log_x = true, mark = result.suggestion,
  })
  out:print("%s", out:paint("bold", "smoothed loss over the learning rate"))
  for _, line in ipairs(lines) do
    out:print("%s", line)
  end
end

local function print_result(out, result)
  print_curve(out, result)
  out:print(ENDED[result.ended], #result.points)
  local tests = result.tests
  for _, name in ipairs(suggest.methods) do
    local parts = {}
    for i, each in ipairs(tests or {}) do
      parts[i] = ("%.3g"):format(each.suggestions[name])
    end
    out:print("  %-10s  %.3g%s", name == "minimum" and "minimum/10" or name,
      result.suggestions[name], tests and (" (of %s)"):format(table.concat(parts, ", ")) or "")
  end
  out:print("%s  %.3g%s", out:paint("bold", "suggestion"), result.suggestion, result.spread
    and (" (%d seeds: from %.3g to %.3g)"):format(#tests, result.spread.min, result.spread.max)
    or "")
  if suggest.contradict(result.suggestions) then
    out:print("  the methods contradict each other: look at the curve, try --seeds 5 or larger "
      .. "batches")
  end
  out:print("  optimizer.lr = %.3g is the rate to schedule from; lr = 'auto' in the recipe does "
    .. "this test first", result.suggestion)
end

local function csv_of(result)
  local lines = { "seed,lr,loss,smoothed" }
  for _, each in ipairs(result.tests or { result }) do
    for _, point in ipairs(each.points) do
      lines[#lines + 1] = ("%d,%.17g,%.17g,%.17g"):format(each.seed or result.seed, point.lr,
        point.loss, point.smoothed)
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

local function svg_of(result, name)
  local series = {}
  for i, each in ipairs(result.tests or { result }) do
    series[i] = { name = "seed " .. (each.seed or result.seed), x = column(each.points, "lr"),
      y = column(each.points, "smoothed") }
  end
  return svg.chart {
    title = name .. ": learning-rate range test", x_label = "learning rate",
    y_label = "smoothed loss", log_x = true, series = series,
    marks = { { x = result.suggestion, text = ("suggestion %.3g"):format(result.suggestion) } },
  }
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
  file.write(path .. "/curve.svg", svg_of(result, name))
  file.write(path .. "/range.json", json.encode(result, { indent = true, first = FIRST }) .. "\n")
end

-- The flags by their own names; train.range checks the same for scripts.
local function check_flags(flags)
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
  print_result(call.out, result)
  local note = scale.note(dataset, r.opts.loss or default_loss(dataset))
  if note then
    call.out:note("%s", note)
  end
  call.out:print("  curve.svg, curve.csv and range.json are in %s", result.run)
  call.out:result(result, FIRST)
  return 0
end
