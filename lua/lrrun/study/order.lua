--- The order of a journal's sealed lines (line.lua): each once, by their count, and how many are
--- missing. Layer: study.

local order = {}

local MOST_LOST = 10000 -- lines that may be missing at one place

-- Sealed entries by their count, each once; those that stand twice or elsewhere are named.
local function sorted(self, note, sealed)
  local latest, seen = -1, {}
  for _, e in ipairs(sealed) do
    if e.n < latest and not seen[e.n] and not self.by_n[e.n] then
      note(self, e.line, "stands behind a line that was written later; it is read in its place")
    end
    latest, seen[e.n] = math.max(latest, e.n), true
  end
  table.sort(sealed, function(a, b)
    return a.n < b.n or a.n == b.n and a.line < b.line
  end)
  local out = {}
  for _, e in ipairs(sealed) do
    local same = self.by_n[e.n]
    if not same then
      self.by_n[e.n] = e.crc
      out[#out + 1] = e
    elseif same == e.crc then
      note(self, e.line, "stands twice; it counts once")
    else
      note(self, e.line, "is another line in the place of one that is there; it is passed over")
    end
  end
  return out
end

-- Counts what is missing between sealed entries, beside lines that are there and damaged.
local function look_for_gaps(self, note, sealed)
  local out = {}
  for _, e in ipairs(sealed) do
    local gap = e.n - self.next_n
    if gap > MOST_LOST then
      note(self, e.line, "is counted as line %d of the study's own; it is passed over", e.n)
    else
      self.lost = self.lost + math.max(gap, 0)
      if self.lost > self.broken then
        note(self, e.line, "before it %d of the study's own lines are missing; what they said is "
          .. "done again", self.lost - self.broken)
        self.broken = self.lost
      end
      self.next_n = math.max(self.next_n, e.n + 1)
      out[#out + 1] = e
    end
  end
  return out
end

--- Entries in the order in which they were written: sealed ones take the places of sealed ones.
--- self: the journal (by_n, next_n, lost, broken); note(self, line, fmt, ...) hears of what is
--- not in its place.
---@param self table
---@param note function
---@param entries table[]
---@return table[]
function order.entries(self, note, entries)
  local sealed = {}
  for _, e in ipairs(entries) do
    sealed[#sealed + 1] = e.sealed and e or nil
  end
  sealed = look_for_gaps(self, note, sorted(self, note, sealed))
  local out, next_one = {}, 1
  for _, e in ipairs(entries) do
    if not e.sealed then
      out[#out + 1] = e
    else
      out[#out + 1] = sealed[next_one]
      next_one = next_one + 1
    end
  end
  return out
end

return order
