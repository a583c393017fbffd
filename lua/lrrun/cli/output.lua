--- What goes to the terminal: text for people, progress, and one JSON document.
--
-- What a script prints, progress, notes and warnings are at most --log bytes in all; a line
-- says where that is met, and what comes after it is dropped. Answers of verbs are whole.
-- With --json stdout has that document alone and the rest goes to stderr. Colours only on
-- a terminal, and not where NO_COLOR is set (https://no-color.org). Lines of words are folded to
-- the terminal's width, 80 columns where there is none (COLUMNS in the environment: as it says);
-- warnings and errors on what is no terminal stay one line each, for who looks for them.
-- Layer: cli.

local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local limits = require "lrrun.limits"
local json = require "lrrun.record.json"
local screen = require "lrrun.util.screen"
local sys = require "lrrun.native.sys"

local output = {}
local Mt = { __index = output }

-- Methods of strings are the sandbox's once a recipe runs.
local find, format, sub = string.find, string.format, string.sub

local LONGEST = 8192 -- bytes of a note or a warning

-- What paint gives: { text with our own colour codes }.
local Painted = { __name = "painted" }

local STDOUT, STDERR = 1, 2
local EPIPE = 32
local CODES = { bold = "1", dim = "2", red = "31", green = "32", yellow = "33", blue = "34" }

--- flags: quiet, json, verbose of the command line.
function output.new(flags)
  local no_color = sys.env "NO_COLOR"
  local plain = (no_color and no_color ~= "") or sys.env "TERM" == "dumb"
  return setmetatable({
    quiet = flags.quiet, json = flags.json, verbose = flags.verbose,
    colors = {
      [STDOUT] = not plain and sys.isatty(STDOUT), [STDERR] = not plain and sys.isatty(STDERR),
    },
    live = not flags.quiet and sys.isatty(STDERR) and sys.env "TERM" ~= "dumb",
    pending = false, room = limits.value "log",
  }, Mt)
end

--- A setting or figure as it stands in a list: "-" for nil, both ends of a text above
--- `longest` bytes (60).
---@param longest number?
---@return string
function output.shown(x, longest)
  if x == nil then
    return "-"
  end
  return screen.line(errors.short(type(x) == "number" and json.number(x) or tostring(x),
    longest or 60))
end

-- What is said where the output cannot go: the first failure is kept, for whoever ends the
-- program says it once.
local function checked(handle, ok, why, errno)
  if not ok then
    local where = handle == io.stderr and "stderr" or "stdout"
    why = ("cannot write to %s: %s"):format(where, why)
    output.failed = output.failed or { why = why, unread = errno == EPIPE }
    error(why, 0)
  end
end

-- Whoever reads may take his time: it is not the recipe's.
local function put(handle, ...)
  return sys.outside(handle.write, handle, ...)
end

local function write(handle, text)
  checked(handle, put(handle, text))
end

--- From here on it says nothing: another rank speaks.
function output:mute()
  self.quiet, self.live = true, false
  for _, name in ipairs { "print", "write", "note", "warn", "progress", "say", "result" } do
    assert(self[name], name)
    self[name] = function() end
  end
end

--- Hands on what is buffered; afterwards output.failed is { why, unread = nobody reads it any
--- more } where something could not be written.
function output.finish()
  pcall(function()
    checked(io.stdout, sys.outside(io.stdout.flush, io.stdout))
  end)
end

-- Writes text of the log, or what there is room for of it.
local function log(self, handle, text)
  local give = handle == io.stderr and put or write -- where no one listens, all goes on
  if self.room < 0 then
    return
  elseif #text <= self.room then
    self.room = self.room - #text
    give(handle, text)
    return
  end
  give(handle, sub(text, 1, self.room) .. "\n")
  self.room = -1
  put(io.stderr, ("lrrun: warning: more than %s of text (--log): what is printed from here on is "
    .. "left out\n"):format(limits.size(limits.value "log")))
end

--- Ends a live line, so that what follows has a line of its own.
function output:settle()
  if self.pending then
    put(io.stderr, "\n")
    self.pending = false
  end
end

--- Text in a colour (bold dim red green yellow blue) where print's stream shows colours: an
--- argument of print, note or warn.
function output:paint(color, text)
  local stream = self.json and STDERR or STDOUT
  if not self.colors[stream] then
    return text
  end
  return setmetatable({ ("\27[%sm%s\27[0m"):format(CODES[color], screen.lines(text)) }, Painted)
end

-- Texts as they may be shown, in the format of our own. Colours that are painted stay.
local function shown(fmt, ...)
  local args = table.pack(...)
  for i = 1, args.n do
    local arg = args[i]
    if getmetatable(arg) == Painted then
      args[i] = arg[1]
    elseif type(arg) == "string" then
      args[i] = screen.lines(arg)
    end
  end
  return args.n > 0 and format(fmt, table.unpack(args, 1, args.n)) or screen.lines(fmt)
end

--- Columns that a line of the verb's answer may take.
---@return integer
function output:width()
  return screen.width(self.json and STDERR or STDOUT)
end

--- A message of errors or warnings, folded where it goes to a terminal.
---@param text string
---@return string
function output.folded(text)
  return sys.isatty(STDERR) and screen.fold(text, screen.width(STDERR)) or text
end

--- A line of the verb's answer for people: stdout, or stderr with --json.
function output:print(fmt, ...)
  self:settle()
  write(self.json and io.stderr or io.stdout, screen.fold(shown(fmt, ...), self:width()) .. "\n")
end

--- Text of the verb's answer as it is: stdout.
---@param text string
function output:write(text)
  self:settle()
  write(io.stdout, text)
end

local CONTEXT = 16 -- bytes that say how a character behind them is shown

-- The end of a text, from the beginning of a character on.
local function tail(text)
  local from = math.max(#text - CONTEXT + 1, 1)
  while find(text, "^[\x80-\xbf]", from) do
    from = from + 1
  end
  return sub(text, from)
end

--- A text of the verb's answer that comes in pieces of whole characters, as print shows one: a
--- function that shows the next piece at once, and without one ends the line. With --json it does
--- nothing. first: what stands before it, in bold.
---@param first string
---@return fun(text: string?)
function output:streaming(first)
  if self.json then
    return function() end
  end
  self:settle()
  write(io.stdout, shown("%s", self:paint("bold", first)))
  local before = tail(first)
  return function(text)
    local both = before .. (text or "\n")
    write(io.stdout, sub(screen.lines(both), #screen.lines(before) + 1))
    checked(io.stdout, sys.outside(io.stdout.flush, io.stdout))
    before = tail(both)
  end
end

--- What -o names: the text as a file, or for "-" on stdout.
---@param path string
---@param text string
function output:give(path, text)
  if path == "-" then
    self:write(text)
  else
    file.write(path, text)
  end
end

--- A line about what -o names, which does not stand within it: on stdout, or stderr for "-".
---@param path string
function output:tell(path, fmt, ...)
  if path == "-" then
    self:note(fmt, ...)
  else
    self:print(fmt, ...)
  end
end

--- A line that a script prints: where `print` writes, and at once, as its next line may be hours
--- away.
---@param line string
function output:say(line)
  self:settle()
  log(self, self.json and io.stderr or io.stdout, shown("%s", sub(line, 1, self.room + 1)) .. "\n")
  if not self.json then
    checked(io.stdout, sys.outside(io.stdout.flush, io.stdout))
  end
end

--- A line of progress: stderr, unless --quiet.
function output:note(fmt, ...)
  if not self.quiet then
    self:settle()
    log(self, io.stderr, screen.fold(errors.short(shown(fmt, ...), LONGEST), screen.width(STDERR))
      .. "\n")
  end
end

--- A warning: stderr, also with --quiet.
function output:warn(fmt, ...)
  self:settle()
  log(self, io.stderr, output.folded("lrrun: warning: " .. errors.short(shown(fmt, ...), LONGEST))
    .. "\n")
end

--- A line that the next one writes over, on a terminal only.
function output:progress(text)
  if self.live then
    put(io.stderr, "\r", screen.cut(text, screen.width(STDERR) - 1), "\27[K")
    self.pending = true
  end
end

--- Takes the live line away, so that what follows stands in its place.
function output:erase()
  if self.pending then
    put(io.stderr, "\r\27[K")
    self.pending = false
  end
end

--- The verb's answer for programs, printed with --json. `first`: keys in the order wanted.
function output:result(t, first)
  if self.json then
    self:settle()
    write(io.stdout, json.encode(t, { indent = true, first = first }) .. "\n")
    checked(io.stdout, sys.outside(io.stdout.flush, io.stdout))
  end
end

return output
