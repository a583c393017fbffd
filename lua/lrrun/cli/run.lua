--- `lrrun RECIPE`: trains. A script that returns no recipe was run for its effects.
--
-- Layer: cli.

local errors = require "lrrun.util.errors"
local load = require "lrrun.cli.load"
local options = require "lrrun.util.options"

-- What a person reads at the end.
local function closing(out, result)
  local best, last = result.best, result.last
  local function row(name, m)
    if m and m.val_loss then
      out:print("  %-5s  train_loss %.4f  val_loss %.4f%s%s", name, m.train_loss, m.val_loss,
        m.val_accuracy and ("  val_accuracy %.4f"):format(m.val_accuracy) or "",
        m.epoch and ("  (epoch %d)"):format(m.epoch) or "")
    elseif m and m.train_loss then
      out:print("  %-5s  train_loss %.4f%s%s", name, m.train_loss,
        m.train_accuracy and ("  train_accuracy %.4f"):format(m.train_accuracy) or "",
        m.epoch and ("  (epoch %d)"):format(m.epoch) or "")
    end
  end
  out:print("")
  out:print("%s after %d epochs, %d steps, %.1f s (%.0f samples/s, %d parameters)",
    result.reason, result.epochs, result.steps, result.seconds, result.samples_per_second,
    result.params)
  row("best", best)
  row("last", last)
  out:print("  digest %s", result.digest)
  if result.run then
    out:print("  run    %s", result.run)
  end
end

local EXIT = { diverged = 3 }

local function exit_code(result)
  if result.reason == "interrupted" then
    return require("lrrun.native.sys").interrupted() == "SIGTERM" and 143 or 130
  end
  return EXIT[result.reason] or 0
end

return function(call)
  local value = load.script(call, { makes = true })
  if value == nil then
    return 0
  elseif not options.is_value(value, "recipe") then
    errors.raise(call.args[1], "returned %s, want a recipe or nothing", errors.show(value))
  end
  local result = require("lrrun.train").fit(value)
  closing(call.out, result)
  call.out:result(result)
  return exit_code(result)
end
