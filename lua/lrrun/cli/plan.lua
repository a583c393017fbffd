--- `lrrun plan RECIPE`: what a run would be, without training. Layer: cli.

local cores = require "lrrun.util.cores"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local describe = require "lrrun.util.describe"
local dimensions = require "lrrun.search.dimensions"
local execute = require "lrrun.runs.execute"
local json = require "lrrun.record.json"
local setup = require "lrrun.cli.setup"
local resolve = require "lrrun.recipe.resolve"
local options = require "lrrun.util.options"
local output = require "lrrun.cli.output"
local plan = require "lrrun.plan"
local plan_transfer = require "lrrun.cli.plan_transfer"
local plot = require "lrrun.record.plot"
local range = require "lrrun.range"
local rate_words = require "lrrun.util.rate_words"
local screen = require "lrrun.util.screen"
local script = require "lrrun.recipe.script"
local space = require "lrrun.search.space"
local transfer = require "lrrun.schedule.transfer"
local sys = require "lrrun.native.sys"
local thousands = require("lrrun.data.dataset").thousands
local token_cache = require "lrrun.data.token_cache"

local FIRST = { "name", "seed", "data", "layers", "parameters", "trains", "memory", "precision",
  "loss", "loss_note", "optimizer", "average", "transfer", "schedule", "tensors", "scale_lr",
  "numbers", "length", "ranks", "warnings", "hints" }

local gsub, rep = string.gsub, string.rep

local HEIGHT, WIDEST = 8, 100
local CELL = 100 -- columns of a cell

local function shape_text(row)
  local parts = {}
  for i, d in ipairs(row.output) do
    parts[i] = i == 1 and row.time and "t" or tostring(d)
  end
  return "(" .. table.concat(parts, ", ") .. ")"
end

-- Rows of texts in columns; numbers (columns of `right`) stand at the right.
local function print_table(out, rows, right)
  local texts, taken, widths = {}, {}, {}
  for r, row in ipairs(rows) do
    texts[r], taken[r] = {}, {}
    for i, cell in ipairs(row) do
      texts[r][i] = screen.cut(cell, CELL)
      taken[r][i] = screen.columns(texts[r][i])
      widths[i] = math.max(widths[i] or 0, taken[r][i])
    end
  end
  for r, cells in ipairs(texts) do
    for i, text in ipairs(cells) do
      local room = rep(" ", widths[i] - taken[r][i])
      cells[i] = right[i] and room .. text or i < #cells and text .. room or text
    end
    texts[r] = "  " .. gsub(table.concat(cells, "  "), " +$", "")
  end
  if #texts > 0 then
    out:print("%s", table.concat(texts, "\n"))
  end
end

-- Whether the layer of that name has parameters.
local function has_any(p, name)
  for _, row in ipairs(name and p.layers or {}) do
    if row.name == name then
      return row.parameters > 0
    end
  end
  return false
end

local function parameters_text(p, row)
  local own = row.parameters > 0 and thousands(row.parameters)
  local shared = has_any(p, row.shares) and "those of " .. row.shares
  return own and shared and ("%s and %s"):format(own, shared) or own or shared or "-"
end

local function print_layers(out, p)
  local rows = { { "layer", "is", "output", "parameters" } }
  for i, row in ipairs(p.layers) do
    rows[i + 1] = { row.name == "" and "-" or row.name, row.text, shape_text(row),
      parameters_text(p, row) }
  end
  out:print("%s", out:paint("bold", "network"))
  print_table(out, rows, { [4] = true })
  out:print("  %s%s; loss %s%s", counted(thousands(p.parameters), "parameter"),
    p.trains < p.parameters and (", of which %s train"):format(thousands(p.trains)) or "", p.loss,
    p.loss_note and (" (%s)"):format(p.loss_note) or "")
end

local function bytes_text(n)
  if n >= 2 ^ 30 then
    return ("%.2f GiB"):format(n / 2 ^ 30)
  elseif n >= 2 ^ 20 then
    return ("%.1f MiB"):format(n / 2 ^ 20)
  end
  return ("%.1f KiB"):format(n / 1024)
end

local function print_memory(out, m)
  out:print("%s  %s: data %s, parameters %s, gradients %s, optimizer %s, activations %s, "
    .. "workspace %s%s%s%s%s", out:paint("bold", "memory"), bytes_text(m.total), bytes_text(m.data),
    bytes_text(m.params + m.buffers), bytes_text(m.grads), bytes_text(m.optimizer),
    bytes_text(m.activations), bytes_text(m.work),
    m.shards and (", shards %s"):format(bytes_text(m.shards)) or "",
    m.lanes and (", parts side by side %s"):format(bytes_text(m.lanes)) or "",
    m.averages and (", averages %s"):format(bytes_text(m.averages)) or "",
    m.probe and (", probe of the loss %s (metrics)"):format(bytes_text(m.probe)) or "")
  if m.parts then
    out:print("  batches go through the network in %d parts of %d samples at most", m.parts, m.part)
  end
  if m.made_again then
    out:print("  backward makes %d value%s again instead of keeping %s of activations",
      m.made_again, m.made_again == 1 and "" or "s", bytes_text(m.activations_kept))
  end
end

local function print_precision(out, precision)
  if precision then
    out:print("%s  %s: matrix products of rounded operands, by %s", out:paint("bold", "precision"),
      precision.name, precision.unit)
  end
end

local function print_threads(out)
  out:print("%s  %d: %s", out:paint("bold", "threads"), sys.threads(),
    cores.why(current.request().threads))
end

-- "64 x 576", or "3 of 64 x 64" and "64 + 32 + 32 x 64" of pieces that are matrices each.
local function matrix_text(item)
  local rows = item.rows
  for _, n in ipairs(rows) do
    if n ~= rows[1] then
      return ("%s x %d"):format(table.concat(rows, " + "), item.columns)
    end
  end
  return ("%s%d x %d"):format(#rows > 1 and #rows .. " of " or "", rows[1], item.columns)
end

-- Who takes what, of an optimizer of matrices: each matrix, and for each reason what is left over.
local function print_taken(out, optimizer)
  local list, why = {}, {}
  for i, item in ipairs(optimizer.matrices) do
    list[i] = ("%s (%s)"):format(item.name, matrix_text(item))
  end
  out:print("  %s takes %d: %s", optimizer.taker:match "[^.]+$", #list, table.concat(list, ", "))
  for _, item in ipairs(optimizer.others) do
    if not why[item.why] then
      why[#why + 1], why[item.why] = item.why, {}
    end
    table.insert(why[item.why], item.name)
  end
  for _, reason in ipairs(why) do
    local names = why[reason]
    out:print("  %s takes %d (%s): %s%s", optimizer.rest, #names, reason,
      table.concat(names, ", ", 1, math.min(#names, 6)), #names > 6 and ", ..." or "")
  end
end

local function print_groups(out, p)
  for _, group in ipairs(p.optimizer.groups) do
    local parts = {}
    for key, item in pairs(group.settings) do
      parts[#parts + 1] = ("%s = %s"):format(key, screen.line(tostring(item)))
    end
    table.sort(parts)
    out:print("  %d parameter%s matching '%s': %s", group.parameters,
      group.parameters == 1 and "" or "s", output.shown(group.match), table.concat(parts, ", "))
  end
end

local function print_optimizer(out, p)
  out:print("%s  %s", out:paint("bold", "optimizer"), p.optimizer.text)
  print_groups(out, p)
  if p.optimizer.matrices then
    print_taken(out, p.optimizer)
  end
  local without = p.optimizer.undecayed
  if without then
    out:print("  no weight decay for %d parameter%s%s%s%s", #without, #without == 1 and "" or "s",
      without[1] and ": " or "", table.concat(without, ", ", 1, math.min(#without, 6)),
      #without > 6 and ", ..." or "")
  end
  if p.clip then
    out:print("  %s", p.clip)
  end
  for _, item in ipairs(p.numbers) do
    out:print("  %s: %s%s", item.name, item.text, item.low
      and (", from %g to %g (first %g, last %g)"):format(item.low, item.high, item.first, item.last)
      or "")
  end
end

local function print_average(out, average)
  if average then
    out:print("  evaluated, kept and saved: %s%s", average.text, average.batchnorm > 0
      and ("; batchnorm's statistics anew of the first %d batches"):format(average.batchnorm)
      or "")
  end
end

-- Names of tensors that stand behind one another as one text.
local function names_text(list)
  return #list <= 3 and table.concat(list, ", ")
    or ("%s to %s (%d)"):format(list[1], list[#list], #list)
end

-- Tensors whose numbers are alike stand in one line.
local function print_tensors(out, p)
  local rows, lines, last = { { "rate", "of lr", "decay", "trains", "tensors" } }, {}, nil
  for _, t in ipairs(p.tensors or {}) do
    local cells = { t.rate and ("%.4g"):format(t.rate) or "scheduled", ("%.4g"):format(t.factor),
      t.weight_decay and ("%.4g"):format(t.weight_decay) or "scheduled",
      t.first and ("from update %s"):format(thousands(t.first)) or "always" }
    local key = table.concat(cells, " ")
    if key ~= last then
      lines[#lines + 1] = { cells = cells, names = {} }
      last = key
    end
    table.insert(lines[#lines].names, t.name)
  end
  for i, line in ipairs(lines) do
    line.cells[5] = screen.line(names_text(line.names))
    rows[i + 1] = line.cells
  end
  if #lines > 1 then
    out:print "  rates by tensor (where the rate is highest)"
    print_table(out, rows, { true, true, true })
  end
end

local function print_phases(out, p)
  for i, phase in ipairs(p.schedule.phases) do
    local when = phase.first and ("from update %s"):format(thousands(math.tointeger(phase.first)
      or phase.first)) or "when a metric says so"
    if phase.first and phase.length and phase.length >= 1 then
      when = when .. ", " .. counted(thousands(math.tointeger(phase.length) or phase.length),
        "update")
    end
    out:print("  phase %d: %s, %s", i, phase.text, when)
  end
end

local function is_flat(curve)
  for _, point in ipairs(curve) do
    if point.lr ~= curve[1].lr then
      return false
    end
  end
  return true
end

local function print_curve(out, p, rate)
  local lines = plot.lines(function(i)
    return rate(i - 1) or 0
  end, p.length.steps, {
    width = math.min(out:width(), WIDEST), height = HEIGHT, unicode = plot.unicode(),
    left = "0", right = ("%g epochs"):format(p.length.epochs),
  })
  for _, line in ipairs(lines) do
    out:print("%s", line)
  end
end

local function print_schedule(out, p, rate)
  out:print("%s  %s", out:paint("bold", "learning rate"), p.schedule.text)
  if #p.schedule.phases > 1 then
    print_phases(out, p)
  end
  if not rate then
    out:print "  a function of the metrics: only the run can tell"
    return
  end
  if not is_flat(p.schedule.curve) then
    print_curve(out, p, rate)
  end
  local rows = {}
  for i, mark in ipairs(p.schedule.landmarks) do
    rows[i] = { thousands(mark.step), ("epoch %.4g"):format(mark.epoch), ("%.6g"):format(mark.lr),
      mark.what }
  end
  table.insert(rows, 1, { "update", "", "rate", "" })
  print_table(out, rows, { true })
  if p.schedule.transfer then
    out:print("  %s", transfer.text(p.schedule.transfer))
  end
end

local function print_length(out, p, scaled)
  local l = p.length
  out:print("%s  %s of %s: %s; batches of %d%s%s",
    out:paint("bold", "length"), counted(("%g"):format(l.epochs), "epoch"),
    counted(thousands(l.steps_per_epoch), "update"), counted(thousands(l.steps), "update"),
    l.batch, l.shards > 1 and (" in %d shards"):format(l.shards) or "",
    l.accumulate > 1 and (", %d for each update"):format(l.accumulate) or "")
  if scaled then
    out:print("  %s", require("lrrun.cli.scale_lr").text(scaled))
  end
  if l.left_out > 0 then
    out:print("  drop_last: %d of the training samples left out in each epoch", l.left_out)
  end
  if l.validate then
    out:print("  evaluated every %s, %s", counted(thousands(l.validate), "update"),
      counted((l.steps + l.validate - 1) // l.validate, "time"))
  end
  out:print("  stop rule: %s; %s by %s", p.stop or "none",
    p.weights == "best" and "best weights" or "weights of the last epoch, best figures",
    p.best.monitor)
  out:print("  metrics: %s", table.concat(p.metrics, " "))
end

-- The search dimensions of a recipe that is not resolved yet, with what they are outside a
-- search.
local function dimensions_of(recipe)
  local out = json.array {}
  for _, d in ipairs(space.collect(recipe).dims) do
    local value = dimensions.middle(d.dim)
    out[#out + 1] = { name = d.name, text = describe.value(d.dim),
      value = options.is_value(value) and describe.value(value) or value }
  end
  return out
end

local function print_dimensions(out, list)
  for i, d in ipairs(list) do
    if i == 1 then
      out:print("%s  (outside a search each is as shown)", out:paint("bold", "search"))
    end
    out:print("  %s = %s, of %s", screen.line(d.name), output.shown(d.value), screen.line(d.text))
  end
end

-- number: which train.fit of a script it is; scaled: what --scale-lr did; ranks: how many are
-- planned with.
local function plan_one(out, value, number, scaled, ranks)
  local asked = resolve.for_run(value, number)
  local auto, r = rate_words.of(asked.opts.optimizer.opts.lr), range.provisional(asked)
  local run <close> = execute.begin(r, { record = false })
  local p, rate = plan.of(run)
  if auto then
    table.insert(p.hints, ("lr = '%s': %s when the run begins; shown is lr = %g"):format(
      auto, rate_words[auto], r.opts.optimizer.opts.lr))
  end
  p.search, p.scale_lr = dimensions_of(resolve.changed(value)), scaled or nil
  out:print("%s  %s", out:paint("bold", "data"), p.data.text)
  print_layers(out, p)
  print_memory(out, p.memory)
  print_threads(out)
  print_precision(out, p.precision)
  print_optimizer(out, p)
  print_average(out, p.average)
  plan_transfer(out, p.transfer, print_table)
  print_schedule(out, p, rate)
  print_tensors(out, p)
  print_length(out, p, scaled)
  if ranks then
    p.ranks = require("lrrun.plan.ranks").of(run, ranks)
    require "lrrun.cli.plan_ranks"(out, p.ranks)
  end
  print_dimensions(out, p.search)
  for _, text in ipairs(p.warnings) do
    out:print("%s %s", out:paint("yellow", "warning:"), text)
  end
  for _, text in ipairs(p.hints) do
    out:print("%s %s", out:paint("bold", "hint:"), text)
  end
  return p
end

-- The recipes that a script trains by train.fit, each with its plan.
local function plan_all(out, list)
  local plans = json.array {}
  for i, value in ipairs(list) do
    out:print("%s%s", i > 1 and "\n" or "", out:paint("bold", ("train.fit %d of %d: %s"):format(i,
      #list, screen.line(value.opts.name or "no name"))))
    plans[i] = plan_one(out, value, i)
  end
  return { plans = plans }
end

return function(call)
  local out = call.out
  local looks = script.new { collects = true }
  local value = setup.script(call, { script = looks, plans = true,
    read = token_cache.folders(setup.out_folder(call)) })
  local list = looks.recipes
  local scaled = call.flags["scale-lr"] and require("lrrun.cli.scale_lr").apply(call, value)
  if value == nil and #list > 0 then
    out:result(plan_all(out, list), FIRST)
  else
    out:result(plan_one(out, value, nil, scaled, call.flags.ranks), FIRST)
  end
  return 0
end
