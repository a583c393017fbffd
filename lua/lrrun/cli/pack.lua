--- `lrrun pack RUN -o exp.yaml [--weights]`: one file with all that replaying the run
--- takes; -o - is the standard output. Layer: cli.

local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local experiment = require "lrrun.runs.experiment"
local find = require "lrrun.data.find"
local given = require "lrrun.cli.given"
local setup = require "lrrun.cli.setup"
local reload = require "lrrun.runs.reload"

-- The run's data as they are now: they have to be what it was trained on.
local function add_data(exp, settings)
  local r, request = reload.recipe(settings), current.request()
  local dataset = current.with({
    request = request:with { closed = settings.open.closed },
  }, function()
    return r.opts.data:open {
      seed = r.opts.seed, threads = request.threads, loss = r.opts.loss,
      data_dir = request.data_dir or settings.open.data_dir, recipe_dir = settings.open.recipe_dir,
    }
  end)
  if dataset.fingerprint ~= exp.data.fingerprint then
    error(("the data changed since the run (%s): SHA-256 was %s, is %s"):format(dataset.kind,
      exp.data.fingerprint, dataset.fingerprint), 0)
  end
  exp.data.files = experiment.data_files(find.used)
end

return function(call)
  local run_folder = call.args[1]:gsub("(.)/+$", "%1")
  local path = call.flags.output or run_folder:match "([^/]+)$" .. ".yaml"
  given.one_stdout(call, path)
  local settings = setup.run_folder(call, { files = given.output(path, "output", "yaml") })
  local exp = experiment.of_run(settings)
  add_data(exp, settings)
  if call.flags.weights then
    experiment.add_weights(exp, settings)
  end
  local text = experiment.encode(exp)
  call.out:give(path, text)
  call.out:tell(path, "%s: %d bytes, %s of metrics, digest %s", path, #text,
    counted(#exp.metrics, "line"), exp.result.digest)
  call.out:result { file = path, bytes = #text, digest = exp.result.digest }
  return 0
end
