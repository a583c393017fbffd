--- `lrrun export RUN -o model.onnx [--numpy]`: the trained network as a file that others read.
-- Layer: cli.

local averaged = require "lrrun.runs.averaged"
local check = require "lrrun.onnx.check"
local counted = require "lrrun.util.counted"
local current = require "lrrun.util.current"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local host = require "lrrun.native.host"
local npz = require "lrrun.record.npz"
local parse = require "lrrun.cli.parse"
local precision = require "lrrun.cli.precision"
local reload = require "lrrun.runs.reload"
local sandbox = require "lrrun.sandbox"
local scaling = require "lrrun.onnx.scaling"
local setup = require "lrrun.cli.setup"
local weights = require "lrrun.record.weights"
local write = require "lrrun.onnx.write"

local FIRST = { "run", "file", "format", "bytes" }
local LONG = 1e8 -- multiplications from which on the check is announced

-- The file's name and form; both verbs' mistakes with names are told here.
local function output_of(call)
  local flags = call.flags
  local form = flags.numpy and "npz" or "onnx"
  local path = flags.output
    or call.args[1]:gsub("(.)/+$", "%1"):match "[^/]+$" .. "." .. form
  local ending = path:match "[^/]*$":match ".%.(%w+)$"
  if path == "-" then
    parse.fail("-o - is the standard output, and a model is a file: want a name that ends in .%s",
      form)
  elseif (ending or ""):lower() ~= form then
    parse.fail("-o %s: its name %s; want .%s%s", path, ending and "ends in ." .. ending
      or "has no ending", form, form == "onnx" and " (--numpy writes the weights alone, as .npz)"
        or "")
  end
  return path, form
end

local function check_flags(call)
  local flags = call.flags
  for _, name in ipairs(flags.numpy and { "with-scaling", "probabilities", "unchecked" } or {}) do
    if flags[name] then
      parse.fail("--%s is about the ONNX model, and --numpy writes the weights alone; give one of "
        .. "them", name)
    end
  end
end

-- Flags that mean nothing for this network are mistakes.
local function check_fits(flags, run)
  if flags.probabilities and not run.loss.probabilities then
    parse.fail("--probabilities: the outputs of %s are numbers, not logits of classes",
      run.loss.kind)
  end
  local of, why = scaling.of(run.dataset, run.dataset.seq)
  if flags["with-scaling"] and not of and not run.dataset.target_means then
    parse.fail("--with-scaling: %s", why)
  end
end

local function sizes(v)
  return ("%s (%s)"):format(v.name, table.concat(v.shape, ", "))
end

local function tell(out, path, found)
  local inputs = {}
  for i, v in ipairs(found.inputs) do
    inputs[i] = sizes(v)
  end
  out:print("%s: %d bytes, %s, opset %d, ir_version %d", path, found.bytes,
    counted(found.nodes, "node"), found.opset, found.ir)
  out:print("  takes %s", table.concat(inputs, ", "))
  out:print("  gives %s", sizes(found.outputs[1]))
  local c = found.check
  if c then
    out:print("  checked: read back and evaluated on %s, %s,",
      counted(c.samples, "random sample"), counted(c.outputs, "output"))
    out:print("  the largest difference to lrrun's own is %.2g", c.difference)
  else
    out:print("  not checked")
  end
end

-- The trained network, or that of the mean of checkpoints, and what its weights are called.
local function network(call, settings)
  local n = call.flags.average
  if not n then
    return reload.network(settings, { kept = true }), "as saved by the run"
  end
  local run, mean = averaged.network(settings, n)
  return run, ("mean of the checkpoints of updates %s"):format(table.concat(mean.steps, ", "))
end

local function write_onnx(call, run, path, said)
  local flags, out = call.flags, call.out
  check_fits(flags, run)
  local cost = check.cost(run.model.builder)
  if not flags.unchecked and cost > LONG then
    out:note("checking in plain Lua takes a while: %.1f billion products a sample (--unchecked "
      .. "leaves it away)", cost / 1e9)
  end
  local found = write(path, run, { scaling = flags["with-scaling"],
    probabilities = flags.probabilities, unchecked = flags.unchecked, weights = said,
    digest = weights.digest(run.model.graph), version = host.version })
  tell(out, path, found)
  return found
end

return function(call)
  check_flags(call)
  local path, form = output_of(call)
  given.run(call.args[1])
  local settings = setup.run_folder(call, { files = given.output(path, "output", form) })
  -- ONNX multiplies what is there, unrounded: so does the network that it is held to.
  local unrounded = current.request():with { precision = "f32" }
  local run, said = current.with({ request = unrounded }, network, call, settings)
  sandbox.unbind()
  local document = { run = settings.folder, format = form }
  if form == "npz" then
    local params, buffers = weights.tensors(run.model.graph)
    local count = 0
    for name, view in pairs(buffers) do
      params[name] = view
    end
    for _ in pairs(params) do
      count = count + 1
    end
    document.bytes, document.arrays = npz.write(path, params), count
    call.out:print("%s: %d bytes, %s", path, document.bytes, counted(count, "array"))
  else
    local found = write_onnx(call, run, path, said)
    for _, key in ipairs { "bytes", "nodes", "opset", "inputs", "outputs", "check" } do
      document[key] = found[key]
    end
    document.ir_version = found.ir
    precision(call.out, run, document)
  end
  document.file, document.weights = file.real(path) or path, said
  call.out:result(document, FIRST)
  return 0
end
