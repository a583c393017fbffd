--- `lrrun schedule EXPRESSION`: draws a schedule without a recipe. Layer: cli.

local chart = require "lrrun.page.chart"
local compile = require "lrrun.schedule.compile"
local constructors = require "lrrun.schedule"
local counted = require "lrrun.util.counted"
local course = require "lrrun.plan.course"
local errors = require "lrrun.util.errors"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local parse = require "lrrun.cli.parse"
local plot = require "lrrun.record.plot"
local sandbox = require "lrrun.sandbox"
local screen = require "lrrun.util.screen"
local setup = require "lrrun.cli.setup"
local table_text = require "lrrun.cli.table_text"
local transfer = require "lrrun.schedule.transfer"

local EPOCHS, PER_EPOCH, LR = 20, 100, 1
local MOST = 2 ^ 53 -- updates
local HEIGHT, WIDEST = 10, 100
local POINTS = 512 -- of the picture
local LONGEST = 65536 -- bytes of an expression
local NAME = "schedule" -- what messages call the expression
local FIRST = { "schedule", "clock", "phases", "landmarks", "points", "factor" }

local function epochs_of(call)
  local text = call.flags.epochs or tostring(EPOCHS)
  local epochs = math.tointeger(tonumber(text))
  if not epochs or epochs < 1 then
    parse.fail("--epochs takes an integer above 0, got '%s'", text)
  end
  return epochs
end

local function clock_of(call)
  local epochs, per_epoch = epochs_of(call), call.flags["steps-per-epoch"] or PER_EPOCH
  if epochs > MOST / per_epoch then
    parse.fail("--epochs %d of %d updates each are more than 2^53 updates", epochs, per_epoch)
  end
  return { lr = call.flags.lr or LR, steps_per_epoch = per_epoch, total_steps = epochs * per_epoch,
    samples_per_step = 1 }
end

-- The value of the expression.
local function value_of(text)
  if #text > LONGEST then
    parse.fail("the schedule is %d bytes long, at most %d are taken", #text, LONGEST)
  end
  local value = sandbox.run(NAME, { text = "return " .. text, names = constructors, args = {},
    print = function() end })
  local name = text:match "^%s*([%a_]+)%s*$"
  if type(value) == "function" and name and constructors[name] == value then
    value = value {}
  end
  if not options.is_value(value, "schedule.") then
    errors.raise(NAME, "the expression gives %s, want a schedule, such as 'warmup(5) .. cosine{}'",
      errors.show(value))
  end
  return value
end

-- f(t): the rate of update t; nil where a function of it wants metrics.
local function rate_of(box)
  local feeds = compile.needs_feed(box)
  return function(t)
    if feeds and not pcall(compile.feed, box, t, {}) then
      return nil
    end
    return box:at(t)
  end
end

local function picture(title, clock, rate, phases)
  local xs, ys, marks = {}, {}, {}
  local total = clock.total_steps
  for i = 1, math.min(POINTS, total) do
    local t = total <= POINTS and i - 1 or (i - 1) * (total - 1) // (POINTS - 1)
    xs[i], ys[i] = t / clock.steps_per_epoch, rate(t)
  end
  for i = 2, #phases do
    marks[#marks + 1] = phases[i].first and { x = phases[i].first / clock.steps_per_epoch,
      text = screen.cut(phases[i].text, 30), minor = true } or nil
  end
  return chart.picture { title = screen.cut(title, 80), x_label = "epoch",
    y_label = clock.lr == 1 and "share of lr" or "learning rate",
    series = { { name = "rate", x = xs, y = ys } }, marks = marks }
end

local function print_course(out, d, clock, rate)
  local lines = plot.lines(function(i) return rate(i - 1) or 0 end, clock.total_steps, {
    width = math.min(out:width(), WIDEST), height = HEIGHT, unicode = plot.unicode(), left = "0",
    right = counted(clock.total_steps // clock.steps_per_epoch, "epoch") })
  for _, line in ipairs(lines) do
    out:print("%s", line)
  end
  local rows = { { "update", "epoch", "rate", "" } }
  for i, mark in ipairs(d.landmarks) do
    rows[i + 1] = { ("%d"):format(mark.step), ("%.4g"):format(mark.epoch),
      ("%.6g"):format(mark.lr), mark.what }
  end
  table_text(out, rows)
  if d.factor then
    out:print("%s", transfer.text(d))
  end
end

local function print_all(out, d, clock, rate)
  out:print("%s  lr %g, %s of %s", out:paint("bold", d.schedule), clock.lr,
    counted(clock.total_steps // clock.steps_per_epoch, "epoch"),
    counted(clock.steps_per_epoch, "update"))
  for i, phase in ipairs(#d.phases > 1 and d.phases or {}) do
    out:print("  phase %d: %s, %s%s", i, phase.text, phase.first
      and ("from update %.0f"):format(phase.first) or "when a metric says so",
      phase.first and phase.length and ", " .. counted(("%.0f"):format(phase.length), "update")
        or "")
    if phase.first and phase.first >= clock.total_steps then
      out:note("phase %d begins where the run has ended (%s); --epochs makes it longer", i,
        counted(clock.total_steps, "update"))
    end
  end
  if not rate(0) then
    out:print "a function of the metrics: only a run can tell"
    return
  elseif d.watches then
    out:print("it watches %s: drawn is what comes while that says nothing", d.watches)
  end
  print_course(out, d, clock, rate)
end

-- What -o names, checked.
local function output_of(call)
  local output = call.flags.output
  local ending = output and output:match "[^/]*$":match ".(%.%w+)$"
  given.one_stdout(call, output)
  if ending and ending:lower() ~= ".svg" then
    parse.fail("-o %s: its name ends in %s; want .svg (- is the standard output)", output, ending)
  end
  return output
end

local function document(value, box, rate, clock)
  local phases, watched = course.phases(box), box:monitors()
  local found = #watched == 0 and transfer.of(rate, clock.total_steps) or {}
  local known = rate(0) ~= nil
  return { schedule = value:describe(), clock = clock, phases = phases,
    watches = watched[1] and table.concat(watched, ", ") or nil, factor = found.factor,
    landmarks = known and course.landmarks(clock, rate, phases) or json.array {},
    points = known and course.curve(rate, clock.total_steps) or json.array {} }
end

return function(call)
  local output, clock = output_of(call), clock_of(call)
  setup.lock(call, { files = output and given.output(output, "output", "svg") or nil })
  setup.begin(call)
  local value = value_of(call.args[1])
  local box = compile.new(value, clock)
  local rate = rate_of(box)
  local d = document(value, box, rate, clock)
  if output and not rate(0) then
    errors.raise(NAME, "is a function of the metrics: there is nothing to draw")
  elseif output then
    call.out:give(output, picture(d.schedule, clock, rate, d.phases))
  end
  if output ~= "-" then
    print_all(call.out, d, clock, rate)
  end
  call.out:result(d, FIRST)
  return 0
end
