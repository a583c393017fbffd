--- `lrrun resume RUN`: goes on exactly where the run stopped. Layer: cli.

local closing = require "lrrun.cli.closing"
local command = require "lrrun.util.command"
local execute = require "lrrun.runs.execute"
local folder = require "lrrun.runs.folder"
local setup = require "lrrun.cli.setup"

return function(call)
  local path = call.args[1]
  local settings = setup.run_folder(call, { folders = { path } })
  local result = closing.finished(settings)
  if result then
    local _, fault = folder.rows(settings)
    if fault then
      call.out:warn("%s; the result stands without it", fault)
    end
    call.out:note("%s: the run has ended, nothing is left to do (%s --epochs +N "
      .. "lengthens it); it was:", path, command.line("extend", path))
    closing.print(call.out, result)
  else
    local run <close>, state = execute.reopen(settings)
    if run.folder then
      folder.history(run, { event = "resume", step = state.step })
    end
    call.out:note("%s: on from step %d of %d", settings.name, state.step, run.clock.total_steps)
    result = execute.train(run, state, { quiet = call.flags.quiet })
    closing.print(call.out, result)
  end
  closing.answer(call.out, result)
  return closing.code(result)
end
