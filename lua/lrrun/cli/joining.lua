--- `search --join`: a study that several processes work on, on hosts that share its folder.
-- Layer: cli.

local command = require "lrrun.util.command"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local parse = require "lrrun.cli.parse"
local shared = require "lrrun.study.shared"
local sys = require "lrrun.native.sys"

local joining = {}

local WRITER, PAUSE = "writer", 0.02

--- Checks --join and --lease, and notes what a process that is locked cannot ask any more.
function joining.check_flags(call)
  call.host = sys.host()
  if call.flags.lease and not call.flags.join then
    parse.fail("--lease says after how many seconds of silence a process that joined counts as "
      .. "gone: want --join beside it")
  end
end

local function refuse(call, folder, owner)
  errors.raise(call.args[1], "others that joined are at %s (%s): work with them by %s, or end them "
    .. "first", folder, owner, command.line("search", call.args[1], "--out",
    call.flags.out or "runs", "--join"))
end

-- Raises where processes that joined are alive. Whether they are shows in the time that their
-- lease is good for.
local function check_alone(call, cfg)
  local leases, said = cfg.shared.leases, false
  while true do
    leases:scan()
    if leases:is_free(WRITER) then
      if leases:take(WRITER) then
        return
      end
    elseif leases:is_alive(WRITER) then
      refuse(call, cfg.folder, select(2, leases:is_alive(WRITER)))
    elseif not said then
      said = true
      call.out:note("%s joined in %s; %g s will show whether it has gone",
        select(2, leases:is_alive(WRITER)), cfg.folder, leases:patience(WRITER))
    end
    if sys.interrupted() then
      errors.raise(nil, "interrupted")
    end
    sys.sleep(PAUSE)
  end
end

--- Says where there is nothing left to join in.
---@param call table
---@param opened table the study
function joining.say_done(call, opened)
  local done = 0
  for _, trial in pairs(opened.trials) do
    done = done + (trial.state ~= "running" and 1 or 0)
  end
  if opened.shared and done >= opened.set.limit then
    call.out:note("%s is done: nothing is left to join in; a search without --join, with --trials, "
      .. "adds to it", opened.folder)
  end
end

--- What study.open has to know, once the study's folder is there.
---@param call table
---@param cfg table of opening.of
function joining.prepare(call, cfg)
  local there = shared.is_there(cfg.folder)
  if call.flags.join then
    if not there and file.locked(cfg.folder) then
      errors.raise(call.args[1], "a search without --join is at %s: end it first, or let it",
        cfg.folder)
    end
    cfg.joins = true
    cfg.shared = shared.new(cfg.folder,
      { seconds = call.flags.lease, host = call.host })
    cfg.shared:make()
  elseif there then
    cfg.shared = shared.new(cfg.folder, { host = call.host })
    cfg.shared.alone = true
    check_alone(call, cfg)
  end
end

return joining
