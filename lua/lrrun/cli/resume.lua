--- `lrrun resume RUN`: goes on exactly where the run stopped. Layer: cli.

local closing = require "lrrun.cli.closing"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local load = require "lrrun.cli.load"
local parse = require "lrrun.cli.parse"
local train = require "lrrun.train"

-- The result of a run that has ended, and nothing is left to do; else nil.
local function finished(settings)
  local text = file.read(settings.folder .. "/result.json")
  local result = text and json.decode(text)
  if not result or result.reason == "interrupted"
    or (result.extended or 0) < #(settings.extensions or {}) then
    return nil
  end
  return result
end

local function check_flags(call)
  for _, name in ipairs { "set", "seed", "epochs", "portable" } do
    if call.flags[name] then
      parse.fail("resume takes no --%s: a run goes on as it began (lrrun extend makes it longer)",
        name)
    end
  end
end

return function(call)
  check_flags(call)
  local path = call.args[1]
  local settings = load.run_folder(call, { write = { path } })
  local result = finished(settings)
  if result then
    closing.print(call.out, result)
  else
    local run, state = train.reopen(settings)
    call.out:note("%s: on from step %d of %d", settings.name, state.step, run.clock.total_steps)
    result = train.execute(run, state, { quiet = call.flags.quiet })
    closing.print(call.out, result)
  end
  call.out:result(result)
  return closing.code(result)
end
