--- What is at hand: the request (lrrun.recipe.request), the script that runs
--- (lrrun.recipe.script) and where messages go (lrrun.cli.output).
--
-- Recipes call recipe{}, option() and train.fit without any of the three, so one place has to
-- know them; code that can be given them takes them as arguments instead. The command line
-- begins; `with` puts others in their place while a function runs. One that yields in it leaves
-- no trace: what a suspended coroutine put there is not at hand. Layer: util.

local errors = require "lrrun.util.errors"

local current = {}

local function nothing() end

-- Before the command line is read, nothing is asked for and nobody listens.
local first = {
  request = setmetatable({ overrides = {} }, { __newindex = function(_, key)
    errors.raise(nil, "no request is at hand: '%s' cannot be set", tostring(key))
  end }),
  out = { live = false, note = nothing, warn = nothing, progress = nothing, say = nothing },
}

local stack = { first } -- each { request, script, out, thread() }

-- A thread by a reference that does not keep it: a coroutine that nobody resumes any more goes,
-- with all that its frames hold.
local function weakly(thread)
  local held = setmetatable({ thread }, { __mode = "v" })
  return function()
    return held[1]
  end
end

-- Nobody comes by to take the frame away: its coroutine is gone, or ended by an error.
local function is_left(frame)
  local thread = frame.thread()
  return not thread or coroutine.status(thread) == "dead"
end

-- What the running coroutine put there, else what those did that wait for it.
local function top()
  local running, found = coroutine.running(), nil
  for i = #stack, 1, -1 do
    local frame = stack[i]
    local thread = frame.thread and frame.thread()
    if thread == running then
      return frame
    elseif not found
      and (not frame.thread or thread and coroutine.status(thread) == "normal") then
      found = frame
    end
  end
  return found
end

--- Of the process, from here on; what is not given stays.
---@param given { request: table?, script: table?, out: table? }
function current.begin(given)
  for key, item in pairs(given) do
    first[key] = item
  end
end

--- The request at hand.
function current.request()
  return top().request
end

--- The script at hand.
function current.script()
  return top().script
end

--- Where messages for people go: note(fmt, ...), warn(fmt, ...), progress(text), say(line) for
--- what a script prints, live.
function current.out()
  return top().out
end

local Frame = {}

-- The place that messages fall back to is the script's.
Frame.__close = function(frame)
  for i = #stack, 2, -1 do
    if stack[i] == frame then
      table.remove(stack, i)
    end
  end
  if frame.place then
    errors.fallback = frame.place[1]
  end
end

local function drop_left()
  for i = #stack, 2, -1 do
    if is_left(stack[i]) then
      table.remove(stack, i)
    end
  end
end

local function push(given)
  local below = top()
  drop_left()
  local frame = setmetatable({
    request = given.request or below.request, script = given.script or below.script,
    out = given.out or below.out, thread = weakly((coroutine.running())),
    place = given.script and { errors.fallback } or nil,
  }, Frame)
  stack[#stack + 1] = frame
  return frame
end

--- Gives f(...) while `given` is at hand; what is not given stays as it is. Afterwards, also
--- after an error, all is as before, with another script also errors.fallback.
---@param given { request: table?, script: table?, out: table? }
---@param f function
function current.with(given, f, ...)
  local _ <close> = push(given)
  return f(...)
end

return current
