--- `lrrun RECIPE`: trains. A script that returns no recipe was run for its effects.
--
-- Layer: cli.

local closing = require "lrrun.cli.closing"
local current = require "lrrun.util.current"
local json = require "lrrun.record.json"
local on_error = require "lrrun.util.on_error"
local returned = require "lrrun.recipe.returned"
local setup = require "lrrun.cli.setup"
local sys = require "lrrun.native.sys"

return function(call)
  local value = setup.script(call, { makes = true })
  if call.flags["scale-lr"] then
    local scale_lr = require "lrrun.cli.scale_lr" -- few want it
    call.out:note("%s", scale_lr.text(scale_lr.apply(call, value)))
  end
  if value == nil then
    local script = current.script()
    returned.check_nothing(call.args[1])
    script:check_used(current.request().overrides)
    call.out:result { runs = json.array(script.results),
      cross_validations = script.summaries[1] and json.array(script.summaries) or nil }
    return 0
  end
  returned.check(value, call.args[1])
  -- An interrupt that comes before the training, as while its rate is looked for, leaves no result.
  local _ <close> = on_error(function()
    if sys.interrupted() then
      call.out:result { reason = "interrupted" }
    end
  end)
  local result = require("lrrun.language.train").fit(value)
  closing.print(call.out, result)
  closing.answer(call.out, result)
  return closing.code(result)
end
