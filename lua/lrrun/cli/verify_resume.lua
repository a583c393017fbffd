--- `lrrun verify-resume RECIPE`: proves that stopping and resuming gives the same bits.
--- Layer: cli.

local setup = require "lrrun.cli.setup"
local resolve = require "lrrun.recipe.resolve"
local returned = require "lrrun.recipe.returned"
local verify = require "lrrun.runs.verify"

return function(call)
  local value = setup.script(call, { makes = true })
  returned.check(value, call.args[1])
  if call.flags["scale-lr"] then
    local scale_lr = require "lrrun.cli.scale_lr" -- few want it
    call.out:note("%s", scale_lr.text(scale_lr.apply(call, value)))
  end
  local r = resolve.for_run(value)
  if r.opts.optimizer.opts.lr == "auto" then
    r = require("lrrun.advise").settle(r)
  end
  local result = verify.run(r)
  local out = call.out
  out:print("%d steps in one piece:     digest %s", result.steps, result.digest)
  out:print("stopped and resumed after %s:", table.concat(result.points, ", "))
  out:print("                           digest %s", result.resumed_digest)
  if result.same then
    out:print("%s: weights and metrics are the same to the last bit", out:paint("green", "same"))
  else
    out:print("%s", out:paint("red", "they differ"))
    if result.first then
      out:print("  first in line %d of %s: %s is %s in one piece, %s resumed",
        result.first.line, result.first.file, tostring(result.first.key),
        tostring(result.first.whole), tostring(result.first.resumed))
    end
    out:print("  both are kept: %s, %s", result.folders[1], result.folders[2])
  end
  out:result(result)
  return result.same and 0 or 1
end
