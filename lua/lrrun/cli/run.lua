--- `lrrun RECIPE`: trains. A script that returns no recipe was run for its effects.
--
-- Layer: cli.

local closing = require "lrrun.cli.closing"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local json = require "lrrun.record.json"
local on_error = require "lrrun.util.on_error"
local setup = require "lrrun.cli.setup"
local options = require "lrrun.util.options"
local sys = require "lrrun.native.sys"

-- Whether there is nothing in a script but blanks and comments.
local function is_empty(text)
  return not text:gsub("%-%-%[(=*)%[.-%]%1%]", ""):gsub("%-%-[^\n]*", ""):find "%S"
end

return function(call)
  local value = setup.script(call, { makes = true })
  if call.flags["scale-lr"] then
    local scale_lr = require "lrrun.cli.scale_lr" -- few want it
    call.out:note("%s", scale_lr.text(scale_lr.apply(call, value)))
  end
  if value == nil then
    local script = current.script()
    script:check_used(current.request().overrides)
    if script:forgot_recipe() then
      call.out:warn("%s made a recipe and returned nothing, so nothing was trained: a recipe's "
        .. "file ends in return recipe { ... }", call.args[1])
    elseif is_empty(current.request().recipe_text or "-") then
      call.out:warn("%s is empty: a recipe's file ends in return recipe { ... }", call.args[1])
    end
    call.out:result { runs = json.array(script.results),
      cross_validations = script.summaries[1] and json.array(script.summaries) or nil }
    return 0
  elseif not options.is_value(value, "recipe") then
    errors.raise(call.args[1], "returned %s, want a recipe or nothing", errors.show(value))
  end
  -- An interrupt that comes before the training, as while its rate is looked for, leaves no result.
  local _ <close> = on_error(function()
    if sys.interrupted() then
      call.out:result { reason = "interrupted" }
    end
  end)
  local result = require("lrrun.language.train").fit(value)
  closing.print(call.out, result)
  call.out:result(result)
  return closing.code(result)
end
