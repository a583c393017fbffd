--- The ranks that train trials for rank 0, as it sees them. It asks each for one thing at a time,
--- and each answers what it was asked: so two never send to each other, and one that does not
--- answer is known. What is sent is a line of JSON and bytes behind it. Layer: study.

local json = require "lrrun.record.json"
local ranks = require "lrrun.util.ranks"
local sys = require "lrrun.native.sys"

local crew = {}

-- Seconds: without an answer, until a rank is lost; most that passes between two looks, as rank 0
-- may have been busy; between looks of one who waits.
local PATIENCE, LOOK, PAUSE = 25, 0.1, 0.001

local members -- [rank] = { asked, silent = seconds, answer, bytes }: of this process
local looked -- when

local function member(r)
  if not members then
    members = {}
    for i = 1, ranks.apart() - 1 do
      members[i] = { silent = 0 }
    end
  end
  return members[r]
end

--- A message, and what it says.
function crew.pack(head, bytes)
  return json.encode(head) .. "\n" .. (bytes or "")
end

---@return table head, string bytes
function crew.unpack(text)
  local line, at = text:match "^([^\n]*)\n()"
  return json.decode(line), text:sub(at)
end

--- Asks rank r, which has answered what it was asked before.
---@param r integer
---@param head table
---@param bytes string?
function crew.ask(r, head, bytes)
  local m = member(r)
  m.asked, m.silent, m.answer = true, 0, nil
  ranks.send(r, crew.pack(head, bytes))
end

local function take_in(from, text)
  local m = member(from)
  m.asked, m.answer, m.bytes = false, crew.unpack(text)
  if m.answer.error then
    error(("rank %d: %s"):format(from, m.answer.error), 0)
  elseif m.answer.interrupted then
    ranks.interrupt(m.answer.interrupted)
  end
end

--- Takes in the answers that have come. Raises where one says that something failed, and where a
--- rank is lost.
function crew.look()
  local now = sys.now()
  local passed = math.min(now - (looked or now), LOOK)
  looked = now
  local from, text = ranks.take()
  while from do
    take_in(from, text)
    from, text = ranks.take()
  end
  for r, m in ipairs(members or {}) do
    m.silent = m.asked and m.silent + passed or 0
    if m.silent > PATIENCE then
      m.is_lost = true
      error(("rank %d has not answered for %d s: its process, its machine or the way to it is "
        .. "gone; the same command goes on with the study"):format(r, PATIENCE), 0)
    end
  end
end

--- What rank r has answered, once; nil where it has not yet.
---@return table? head, string? bytes
function crew.answer(r)
  local m = member(r)
  local head = m.answer
  m.answer = nil
  return head, m.bytes
end

--- Asks rank r and waits for its answer.
---@return table head, string bytes
function crew.call(r, head, bytes)
  crew.ask(r, head, bytes)
  while true do
    crew.look()
    local answer, with = crew.answer(r)
    if answer then
      return answer, with
    end
    sys.sleep(PAUSE)
  end
end

--- Sends all home: there is no more to do. Raises where one is lost.
function crew.dismiss()
  for r = 1, ranks.apart() - 1 do
    while member(r).asked do
      crew.look()
      sys.sleep(PAUSE)
    end
    if member(r).is_lost then
      error(("rank %d is lost"):format(r), 0)
    end
    ranks.send(r, crew.pack { what = "leave" })
  end
end

return crew
