--- `lrrun diff A B`: what differs between two runs or experiment files. Layer: cli.

local compare = require "lrrun.record.compare"
local experiment = require "lrrun.runs.experiment"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local output = require "lrrun.cli.output"
local reload = require "lrrun.runs.reload"

local function read(path)
  given.run_or_experiment(path)
  if file.kind(path) == "dir" then
    return experiment.of_run(reload.settings(path))
  end
  return experiment.read(path)
end

local diff = {}

--- Prints causes of compare.causes, a heading for each kind.
function diff.print_causes(out, causes)
  local last
  for _, c in ipairs(causes) do
    if c.what ~= last then
      out:print("%s", out:paint("bold", c.what))
      last = c.what
    end
    out:print("  %s", output.shown(c.key, 200))
    out:print("    A %s", output.shown(c.a))
    out:print("    B %s", output.shown(c.b))
  end
end

local function print_figures(out, a, b, first)
  out:print("%s", out:paint("bold", "figures"))
  if a.result.digest == b.result.digest then
    out:print("  digest      the same: %s", a.result.digest)
  else
    out:print("  digest      A %s\n              B %s", a.result.digest, b.result.digest)
  end
  if first then
    out:print("  first       epoch %s: %s is %s in A, %s in B", output.shown(first.epoch),
      first.key, output.shown(first.a), output.shown(first.b))
  else
    out:print("  metrics     the same in %s", #a.metrics == 1 and "the one line"
      or ("all %d lines"):format(#a.metrics))
  end
  for _, key in ipairs { "reason", "epochs", "steps" } do
    if a.result[key] ~= b.result[key] then
      out:print("  %-10s  A %s, B %s", key, output.shown(a.result[key]),
        output.shown(b.result[key]))
    end
  end
end

--- The verb.
function diff.main(call)
  local a, b = read(call.args[1]), read(call.args[2])
  local causes, first = compare.causes(a, b), (compare.metrics(a.metrics, b.metrics))
  diff.print_causes(call.out, causes)
  print_figures(call.out, a, b, first)
  call.out:result {
    same = first == nil and a.result.digest == b.result.digest, first = first,
    differences = json.array(causes), digests = { a.result.digest, b.result.digest },
  }
  return 0
end

return setmetatable(diff, {
  __call = function(_, call)
    return diff.main(call)
  end,
})
