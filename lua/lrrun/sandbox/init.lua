--- Runs recipes in their sandbox: the language they see, the limits they keep, and the
--- process around them.
--
-- Three rings: an environment with allow-listed functions (base.lua, environment.lua); a
-- budget of memory and of time in Lua code (host/guard.h); Landlock and seccomp around the
-- process (host/lockdown.h), which hold even where Lua itself fails. --sandbox=off and trusted
-- files (trust.lua) have none. Layer: sandbox.

local base = require "lrrun.sandbox.base"
local environment = require "lrrun.sandbox.environment"
local host = require "lrrun.native.host"
local limits = require "lrrun.limits"

local sandbox = {}

local locked -- the rules, once they hold

local function first(value)
  return value
end

--- What this kernel can do of the process ring: guard files (Landlock), filter system calls
--- (seccomp). Cannot be asked any more once the process is locked.
---@return boolean files
---@return boolean calls
sandbox.rings = host.rings

--- Locks the process for good. Call it once, before threads are started.
-- rules: read = lists of folders and files to read (missing ones are left out); makes = folders
-- in which new ones may be made, and written from then on; fresh = folders that this call made,
-- which go at its end where they are empty; folders and files that are written;
-- recipe = the recipe's file, whose studies may be written again; worker = last words of
-- workers' command lines where sandbox.workers starts them (search), and memory the most
-- bytes that one may be given.
---@param rules {read: string[], makes: string[]?, fresh: string[]?, folders: string[]?,
--- files: string[]?, recipe: string?, worker: string[]?, memory: integer?}
function sandbox.lock(rules)
  if not locked then
    host.lockdown(rules)
    locked = rules
  end
end

--- Workers of a locked process: start(study, trial, threads, memory) -> id, ended(id) -> exit code
--- or nil, stop(id, by_sigint) asks one to end, stop(nil, by_sigint) all. trial: the name of its
--- folder in the study's `trials`, numbers with dots between them.
sandbox.workers = { start = host.start, ended = host.ended, stop = host.stop }

--- True once sandbox.lock was called.
function sandbox.is_locked()
  return locked ~= nil
end

--- Whether it is the sandbox that keeps a path closed: the process is locked, and no rule opens
--- it. What a rule opens is kept closed by its mode or its owner.
---@param path string
---@param writes boolean
---@return boolean
function sandbox.closes(path, writes)
  return locked ~= nil and not require("lrrun.sandbox.granted").opens(locked, path, writes)
end

-- Closed in C: a recipe that was stopped is stopped again in Lua code that works for it.
local Inside = setmetatable({}, { __close = host.leave })

-- Nothing changes for a recipe that another one runs: it keeps to the limits of that one.
local function enter(record)
  if host.enter() == 0 then
    host.limit(limits.again("lua-memory", record))
    host.guard(limits.again("lua-seconds", record))
  end
  return Inside
end

--- Runs the script at `path` and gives what it returns.
-- options: text, what stands in it (read where it is missing); trusted; seed of math.random (0);
-- print, a function that takes a line; args, the words of `arg`; program, arg[-1]; folder, where
-- files that it requires are (its own); names, further globals by name (not of a trusted one);
-- record, the limits that it was run with before.
---@param path string
---@param options {text: string?, trusted: boolean?, seed: integer?, print: function?,
--- args: string[]?}
function sandbox.run(path, options)
  local args = { [-1] = options.program, [0] = path, table.unpack(options.args or {}) }
  local settings = {
    seed = options.seed or 0, args = args, print = options.print or print,
    names = options.names,
    folder = options.folder or path:match "^(.*)/[^/]*$" or ".",
  }
  if options.trusted then
    local env = environment.trusted(settings)
    local chunk = environment.load_text(path, env, options.text)
    return chunk(table.unpack(args))
  end
  local chunk = environment.load_text(path, environment.new(settings), options.text)
  base.guard_strings()
  local _ <close> = enter(options.record)
  -- No tail call: this frame says that a recipe runs, whatever it calls in the end (guard.c).
  return first(chunk(table.unpack(args)))
end

--- The recipe's own code runs no more: what is made now are answers of lrrun, which --memory
--- alone limits.
function sandbox.unbind()
  host.limit(0)
end

return sandbox
