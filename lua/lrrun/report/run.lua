--- A run as one page: what it came to, curves, answers, what it was made of, how to repeat it.
--- Layer: report.

local answers = require "lrrun.report.answers"
local counted = require "lrrun.util.counted"
local curves = require "lrrun.report.curves"
local epochs_text = require "lrrun.util.epochs_text"
local json = require "lrrun.record.json"
local made_of = require "lrrun.report.made_of"
local metrics = require "lrrun.metrics"
local page = require "lrrun.page"
local round = require "lrrun.page.round"
local sorted = require "lrrun.util.sorted"
local trained_epochs = require "lrrun.util.trained_epochs"
local values = require "lrrun.report.values"

local report = {}

local number, list, show = values.number, values.list, values.show

local function put_head(p, run)
  local result = run.result
  local epochs = trained_epochs(result)
  p:title(show(run.name or run.label), ("%s after %s, %s%s"):format(show(result.reason),
    counted(epochs and epochs_text(epochs) or show(result.epochs), "epoch"),
    counted(show(result.steps), "step"),
    number(result, "seconds") and (", %.1f s"):format(result.seconds) or ""))
end

local function put_tiles(p, run)
  local result, best, tiles = run.result, run.result.best, {}
  local function tile(name, value, text)
    tiles[#tiles + 1] = value and { name, text or round(value) } or nil
  end
  for _, entry in ipairs(number(best, "val_loss") and metrics.val or metrics.train) do
    local value = number(best, entry.name)
    tile("best " .. entry.name, value, metrics.text(entry, value))
  end
  tile("best epoch", number(best, "epoch"))
  tile("parameters", number(result, "params"))
  tile("samples/s", number(result, "samples_per_second"))
  if #tiles > 0 then
    p:tiles(tiles)
  end
end

local function put_charts(p, run)
  local charts = curves.metrics(run)
  local rate, gradients = curves.rate(run), curves.gradients(run)
  charts[#charts + 1] = rate
  charts[#charts + 1] = gradients
  if #charts > 0 then
    p:heading "Curves"
    p:charts(charts)
  else
    p:text("No epoch has come to its end: there are no curves yet.", "dim")
  end
end

local function put_notes(p, run)
  local lines = {}
  for i, note in ipairs(list(run.result.notes)) do
    lines[i] = show(list(note).text)
  end
  if #lines > 0 then
    p:heading "What the run saw"
    p:notes(lines)
  end
end

-- Rounded; a pointer is told all digits.
local function exact(x)
  return x and { round(x), title = json.number(x) } or "-"
end

local function put_figures(p, run)
  local rows = {}
  for _, name in ipairs(metrics.names(metrics.paired)) do
    local best, last = number(run.result.best, name), number(run.result.last, name)
    if best or last then
      rows[#rows + 1] = { name, exact(best), exact(last) }
    end
  end
  if #rows > 0 then
    p:heading "Figures"
    p:table { head = { "", "best epoch", "last epoch" }, rows = rows,
      right = { [2] = true, [3] = true } }
  end
  if list(run.data).target_means then
    p:text("losses are of targets scaled to mean 0 and deviation 1 (the data's target_means and "
      .. "target_deviations), other figures are not", "dim")
  end
  if run.result.weights == "last" then
    p:text("the weights are those of the last epoch", "dim")
  end
  if run.result.digest then
    p:text("digest of the last weights " .. show(run.result.digest), "dim")
  end
end

local function put_norms(p, run)
  local rows = {}
  for name, norm in sorted.pairs(list(run.result.grad_norms)) do
    rows[#rows + 1] = { show(name), round(number(norm, "mean")), round(number(norm, "max")) }
  end
  if #rows > 0 then
    p:heading "Gradients of the last epoch"
    p:table { head = { "parameter", "mean norm", "largest" }, rows = rows,
      right = { [2] = true, [3] = true } }
  end
end

--- The page of a run.
-- run: as lrrun.cli.results gives it: name, label, path, folder (nil for an experiment file),
-- result, metrics = lines of epochs, steps = lines of updates, history = list of events, network,
-- settings, data, program, machine, started, range, recipe = its text
---@param run table
---@param found table? of lrrun.report.inspect
---@param dataset table? that `found` is of
---@param why string? why nothing was found
---@return string
function report.html(run, found, dataset, why)
  local p = page.new(show(run.name or run.label))
  put_head(p, run)
  put_tiles(p, run)
  put_notes(p, run)
  put_charts(p, run)
  if found then
    answers.put(p, found, dataset, run)
  elseif why then
    p:heading "Answers on the validation samples"
    p:text("They are not shown: " .. why, "dim")
  end
  put_figures(p, run)
  made_of.history(p, run)
  put_norms(p, run)
  made_of.parts(p, run)
  made_of.again(p, run)
  made_of.sources(p, run)
  return p:html()
end

return report
