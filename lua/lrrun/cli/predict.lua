--- `lrrun predict RUN --input FILE [-o FILE --keep]`: applies the trained model of a run folder.
-- Layer: cli.

local answers = require "lrrun.cli.answers"
local counted = require "lrrun.util.counted"
local dataset = require "lrrun.data.dataset"
local find = require "lrrun.data.find"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local precision = require "lrrun.cli.precision"
local predict = require "lrrun.train.predict"
local predictions = require "lrrun.record.predictions"
local reload = require "lrrun.runs.reload"
local sandbox = require "lrrun.sandbox"
local setup = require "lrrun.cli.setup"

local FIRST = { "run", "input", "output", "products", "n", "answered", "rows" }

-- The names that --keep lists, true for all columns; in quotes a name may have a comma.
local function kept(flag)
  if flag == nil or flag == true then
    return flag
  end
  local out, rest = {}, flag .. ","
  while rest ~= "" do
    local name, behind = rest:match '^%s*"([^"]+)"%s*,(.*)$'
    if not name then
      name, behind = rest:match "^%s*([^,]-)%s*,(.*)$"
    end
    if name == "" then
      parse.fail("--keep takes names of columns with commas between them, got '%s'", flag)
    end
    out[#out + 1], rest = name, behind
  end
  return out
end

local function check_flags(call)
  local flags = call.flags
  flags.keep = kept(flags.keep)
  if not flags.input then
    parse.fail("predict wants --input FILE: a table, a picture or a folder of them, an array or "
      .. "lines of text; - is the standard input")
  elseif flags.keep and not flags.output then
    parse.fail("--keep puts columns of the input into a file: give its name with -o FILE (- is the "
      .. "standard output)")
  end
  given.run(call.args[1])
  given.input(flags.input)
  if not flags.output then
    return nil
  end
  predictions.check(flags.output)
  local form = predictions.form(flags.output)
  given.one_stdout(call, flags.output)
  if flags.keep and form == "npy" then
    parse.fail("--keep wants a table: an array (.npy) holds the answers alone")
  end
  return form, given.output(flags.output, "output", form, flags.input)
end

-- The data that the run was trained on are kept, whatever stands in them.
local function check_output(call, run, settings)
  local path = call.flags.output
  local places = { recipe_dir = settings.open.recipe_dir,
    data_dir = setup.data_folder(call) or settings.open.data_dir }
  if path and path ~= "-" and find.names(run.recipe.opts.data, places, path) then
    parse.fail("-o would write over %s, which is data of the run; it takes the name of a new "
      .. "file", path)
  end
end

-- How many numbers an answer is: of a sample, or with targets at steps of each of these.
local function width_of(run)
  local shape, width = run.model:shape(), 1
  for i = run.dataset.per_step and 2 or 1, #shape do
    width = width * shape[i]
  end
  return width
end

-- What a file of answers holds.
local function what_of(run, source, form, keep)
  local data, width = run.dataset, width_of(run)
  local what = { width = width, lead = source.lead, rows = source.rows,
    steps = data.per_step and form == "csv", tokens = data.opts.task == "tags",
    noun = run.loss.probabilities == "sigmoid" and "probability" or "value" }
  if run.loss.of == "classes" then
    what.labels = {}
    for i = 1, width do
      what.labels[i] = data.class_names and data.class_names[i] or tostring(i - 1)
    end
  elseif run.loss.scales then
    what.means, what.deviations = data.target_means, data.target_deviations
  end
  if data.columns and data.columns.targets then
    what.names = {}
    for i, place in ipairs(data.columns.targets) do
      what.names[i] = data.columns.names[place]
    end
  end
  if keep and source.kept then
    what.kept, what.separator, what.quote = source.kept.names, source.kept.separator,
      source.kept.quote
  end
  if data.per_step and form == "npy" then
    parse.fail("-o: the model has an answer at each step of a sample: .csv has a row for each "
      .. "step, .jsonl a line for each sample")
  end
  return what
end

-- Writes the file that -o names; gives how many samples there are, of these with an answer, and of
-- these the rows where each step has one.
local function write_file(call, run, source, form)
  local path, answered = call.flags.output, 0
  local what = what_of(run, source, form, call.flags.keep)
  local sink <close> = predictions.open(path, what, function(text)
    call.out:write(text)
  end)
  if what.steps then
    predict.steps(run, source, function(chunk, i, output, at, n)
      answered = answered + (n > 0 and 1 or 0)
      sink:add_steps(chunk, i, output, at, n)
    end)
  elseif run.dataset.per_step then
    predict.rows(run, source, function(answer, chunk, i)
      answered = answered + (answer.skipped and 0 or 1)
      sink:add_object(answer, chunk, i)
    end)
  else
    predict.each(run, source, function(chunk, from, to, output, n)
      sink:add(chunk, from, to, output, n)
    end)
    answered = sink.n - source.skipped()
  end
  sink:close()
  return sink.n, answered, what.steps and sink.rows or nil
end

-- What came out, behind what the source met.
local function tell(out, source, document)
  local name, rest = document.output, document.n - document.answered
  answers.say(out, source)
  if not out.json then
    out:tell(name, "%s: %s%s%s", name == "-" and "standard output" or name,
      counted(document.rows or document.n, "row"),
      document.rows and " of " .. counted(document.n, "sample") or "",
      rest > 0 and (", %d of them without an answer"):format(rest) or "")
  end
  document.counts, document.notes = source.counts(), answers.notes(source)
  out:result(document, FIRST)
end

return function(call)
  local form, written = check_flags(call)
  local flags = call.flags
  local path = flags.input ~= "-" and flags.input or nil
  local settings = setup.run_folder(call, { read = { path },
    files = written })
  local run = reload.network(settings, { kept = true })
  sandbox.unbind()
  given.fits(run.dataset, flags.input)
  check_output(call, run, settings)
  local source <close> = dataset.samples(run.dataset, path, {
    keep = flags.keep, form = form == "jsonl" and "json" or form == "csv" and "raw" or nil,
  })
  local document = { run = settings.folder, input = flags.input, output = flags.output }
  precision(call.out, run, document)
  if form then
    document.n, document.answered, document.rows = write_file(call, run, source, form)
    tell(call.out, source, document)
  else
    answers.show(call.out, run, source, document, FIRST)
  end
  return 0
end
