--- `lrrun watch [RUN|STUDY]`: a run or a study while another process trains it. Layer: cli.

local command = require "lrrun.util.command"
local counted = require "lrrun.util.counted"
local entries = require "lrrun.study.entries"
local epoch_line = require "lrrun.train.epoch_line"
local epochs_text = require "lrrun.util.epochs_text"
local figure = require "lrrun.util.figure"
local file = require "lrrun.native.file"
local follow = require "lrrun.study.follow"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local screen = require "lrrun.util.screen"
local setup = require "lrrun.cli.setup"
local sparks = require "lrrun.cli.sparks"
local status = require "lrrun.cli.status"
local sys = require "lrrun.native.sys"

local PAUSE, STALE = 0.5, 60 -- seconds
local LAST = 8 -- evaluations that are shown
local FIRST = { "run", "kind", "status", "epochs", "steps", "best", "last", "trials" }
local STDOUT = 1

-- What epoch_line.lua asks of a run, from what its files say.
local function as_run(self, row, best_step)
  local settings = self.entry.settings
  local per_epoch = row.epoch and row.epoch > 0 and row.step / row.epoch or 1
  local epochs = type(settings.epochs) == "number" and settings.epochs
    or type(settings.steps) == "number" and settings.steps / per_epoch or 0
  epochs = math.ceil(math.max(epochs, row.epoch or 0))
  return {
    recipe = { opts = { validate = settings.validate } }, epochs = epochs,
    clock = { total_steps = math.max(row.step, math.floor(epochs * per_epoch + 0.5)) },
    epoch_of = function() return row.epoch or 0 end, monitor = self.entry.monitor,
    timer = { seconds = function() return row.seconds or 0 end }, best = { step = best_step },
  }
end

-- The lines of the evaluations from the `first` on; `*` at those that were the best until then.
local function lines_of(self, line, first)
  local out, best = {}, nil
  for i, row in ipairs(self.rows) do
    local value = row[self.entry.monitor]
    local is_best = value and (not best or self.entry.mode == "max" and value > best
      or self.entry.mode ~= "max" and value < best)
    best = is_best and value or best
    if i >= first then
      local epoch = math.tointeger(row.epoch) or (row.epoch or 0) // 1 | 0
      out[#out + 1] = line:text(as_run(self, row, is_best and row.step or -1),
        { metrics = row, step = row.step, epoch = epoch })
    end
  end
  return out
end

-- Who waits for a run that nobody seems to train is told so, once.
local function say_unseen(self, out)
  if not self.is_held and not self.over and not self.said_unseen then
    self.said_unseen = true
    out:note("no process has %s: waiting whether one writes (--stale %g s); a run that stopped "
      .. "goes on by %s", self.path, self.stale, command.line("resume", self.path))
  end
end

local function ago(seconds)
  if seconds >= 120 then
    return ("%d min ago"):format(seconds // 60)
  end
  return seconds < 3 and "just now" or ("%d s ago"):format(seconds // 1)
end

local function trials_text(e)
  return ("%s%s%s"):format(counted(e.kind == "study" and e.planned
    and ("%d/%d"):format(e.trials or 0, e.planned) or e.trials or 0, "trial"),
    (e.failed or 0) > 0 and (", %d failed"):format(e.failed) or "",
    (e.pruned or 0) > 0 and (", %d pruned"):format(e.pruned) or "")
end

local function best_text(e)
  local value = e.monitor and e.best[e.monitor]
  if not value then
    return nil
  end
  local where = e.best_trial and ("trial %d"):format(e.best_trial)
    or e.best_epoch and "epoch " .. epochs_text(e.best_epoch)
  return ("best %s %s%s"):format(screen.line(e.monitor), figure(value), where
    and (" (%s)"):format(where) or "")
end

-- The first line: what it is, how far, and when it gave a sign.
local function head_of(self)
  local e = self.entry
  local words = { e.label, self.over or (self.is_held and "running" or "no process seen") }
  if e.trials then
    words[#words + 1] = trials_text(e)
  end
  words[#words + 1] = e.trials and best_text(e) or nil
  words[#words + 1] = not self.over and "written " .. ago(self.age) or nil
  return table.concat(words, "  ")
end

-- How far the epoch is, where the run logs its updates.
local function step_text(self)
  local latest, last = self.latest, self.rows[#self.rows]
  if not latest or last and latest.step <= last.step then
    return nil
  end
  return ("step %d%s%s"):format(latest.step, latest.loss and "  loss " .. figure(latest.loss) or "",
    latest.lr and ("  lr %.3g"):format(latest.lr) or "")
end

-- Draws over what was drawn before.
local function drawing(out)
  local drawn = 0
  return function(lines)
    local width = out:width()
    local parts = { drawn > 0 and ("\27[%dA"):format(drawn) or "" }
    for i, line in ipairs(lines) do
      parts[i + 1] = "\r" .. screen.cut(line, width) .. "\27[K\n"
    end
    parts[#parts + 1] = drawn > #lines and "\27[J" or ""
    out:write(table.concat(parts))
    drawn = #lines
  end
end

local function on_terminal(self, out)
  local draw = drawing(out)
  return function()
    local last = lines_of(self, epoch_line.new(out:width()), #self.rows - LAST + 1)
    local lines = table.move(last, 1, #last, 2, { head_of(self) })
    lines[#lines + 1] = step_text(self)
    for _, line in ipairs(sparks.lines(self.rows, self.entry, out:width())) do
      lines[#lines + 1] = line
    end
    draw(lines)
  end
end

local function in_lines(self, out)
  local line, said, done = epoch_line.new(out:width()), nil, 0
  return function(anew)
    if anew then
      out:print("the run goes on from an earlier step")
      done = 0
    end
    for _, text in ipairs(lines_of(self, line, done + 1)) do
      out:print("%s", text)
    end
    done = #self.rows
    local e = self.entry
    local now = e.trials and trials_text(e) .. "  " .. (best_text(e) or "") or nil
    if now and now ~= said then
      out:print("%s", now)
      said = now
    end
    io.stdout:flush()
  end
end

-- What is said at the end, and the exit code.
local function ending(self, out)
  local e, path = self.entry, self.path
  local best = best_text(e)
  if self.over == "ended" then
    out:print("%s: %s%s%s", e.label, e.status, e.trials and ", " .. trials_text(e)
      or (" after %s, %s"):format(counted(epochs_text(e.epochs), "epoch"), counted(e.steps,
        "step")), best and "; " .. best or "")
    return status.of_run(e.status)
  elseif self.over == "interrupted" then
    out:print("%s: interrupted at step %d; to go on: %s", e.label, e.steps,
      command.line("resume", path))
    return status.of_run "interrupted"
  end
  local again = e.kind == "run" and command.line("resume", path) .. " goes on"
    or "the command that began it goes on"
  local last = self.rows[#self.rows]
  out:print("%s: has died%s: %s; %s", e.label, last and (" after step %d"):format(last.step) or "",
    self.over == "died"
    and "no process has its folder any more and no end was written"
    or ("no process has its folder, and nothing was written for %s"):format(
    ago(self.age):gsub(" ago", "")), again)
  return status.WRONG
end

-- The newest that is being trained, else the newest.
local function newest(call)
  local folder = setup.out_folder(call)
  given.folder(call.flags.out, "out")
  setup.lock(call, { read = { folder } })
  local list, found = entries.list { folder }, nil
  for _, e in ipairs(list) do
    if e.kind ~= "range" then
      found = (not found or e.status == "running" and found.status ~= "running") and e or found
    end
  end
  if not found then
    parse.fail("watch: there is no run and no study in %s", folder)
  end
  call.out:note("watching %s", found.path)
  return found.path
end

local function chosen(call)
  local path = call.args[1]
  if not path then
    return newest(call)
  end
  local is = given.beside_runs(path)
  if is == "the folder of a range test" then
    parse.fail("watch: %s is %s, which has ended when it is there", path, is)
  elseif not is then
    given.run(path)
  end
  setup.lock(call, { read = { path } })
  return path:gsub("(.)/+$", "%1")
end

local function document(self)
  local e = self.entry
  return { run = file.real(self.path) or self.path, kind = e.kind, ended = self.over,
    status = e.status, epochs = e.epochs, steps = e.steps, best = e.best, last = e.last,
    trials = e.trials, best_trial = e.best_trial, suggestion = e.suggestion }
end

return function(call)
  local out = call.out
  local self = follow.new(chosen(call), call.flags.stale or STALE)
  local is_live = not out.json and not out.quiet and sys.isatty(STDOUT)
    and sys.env "TERM" ~= "dumb"
  local show = out.quiet and function() end or (is_live and on_terminal or in_lines)(self, out)
  local code
  repeat
    local _, anew = self:poll()
    show(anew)
    if not is_live then
      say_unseen(self, out)
    end
    if self.over then
      code = ending(self, out)
    else
      sys.sleep(PAUSE)
    end
  until code or sys.interrupted()
  out:result(document(self), FIRST)
  return code or status.DONE -- of an interrupt, which status.of says
end
