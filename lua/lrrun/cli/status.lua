--- Exit statuses, all of them: what each says, and which one a call ends with. The README's
--- table and `lrrun help` are checked against this one. Layer: cli.

local sys = require "lrrun.native.sys"

local status = {
  DONE = 0, WRONG = 1, USAGE = 2, DIVERGED = 3, MEMORY = 4, INTERRUPTED = 130, UNREAD = 141,
  TERMINATED = 143,
}

--- { status, what it says }, for help.
status.list = {
  { status.DONE, "done" },
  { status.WRONG, "something is wrong in the recipe (in what --set says, too), its data or the "
    .. "training, or a check (replay, verify-resume) found a difference" },
  { status.USAGE, "wrong usage: an unknown verb or flag, a value that a flag does not take, or a "
    .. "file or folder named on the command line that is not there or of another kind" },
  { status.DIVERGED, "the run diverged" },
  { status.MEMORY, "there was no memory to go on" },
  { status.INTERRUPTED, "interrupted (Ctrl-C); a run has its checkpoint" },
  { status.UNREAD, "nobody reads the output any more (lrrun ... | head)" },
  { status.TERMINATED, "ended by SIGTERM; a run has its checkpoint" },
  { "128+", "and a signal's number: ended by that signal (139: it crashed)" },
}

local BY_SIGNAL = { SIGINT = status.INTERRUPTED, SIGTERM = status.TERMINATED }

--- The status of a call that came to `code`: what was interrupted says so, also where a script
--- went on after it.
---@param code integer
---@return integer
function status.of(code)
  local signal = sys.interrupted()
  if signal and (code == status.DONE or code == status.WRONG) then
    return BY_SIGNAL[signal]
  end
  return code
end

--- The status of a run that ended for this reason.
---@param reason string
---@return integer
function status.of_run(reason)
  if reason == "interrupted" then
    return BY_SIGNAL[sys.interrupted()] or status.INTERRUPTED
  end
  return reason == "diverged" and status.DIVERGED or status.DONE
end

return status
