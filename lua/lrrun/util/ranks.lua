--- Processes that train together: mpirun or srun started the program many times, each start a
--- rank, and all run the same recipe (src/dist/ranks.h). Rank 0 speaks and writes; the others
--- compute. Alone, a process is rank 0 of 1. Layer: util.

local errors = require "lrrun.util.errors"
local native = require "lrrun.native.ranks"
local record = require "lrrun.native.record"
local sys = require "lrrun.native.sys"

local ranks = {}

local PATIENCE = 0.5 -- seconds

local rank, size, label = native.found()
local shared = false -- whether this call's work is
local apart = false -- whether rank 0 hands out work to the others

local function check()
  local _, _, _, odd = native.found()
  if odd then
    errors.raise(nil, "%s", odd)
  end
end

--- Meets the others, from here on with one clock and one mind about interrupts. Raises where they
--- cannot be reached.
function ranks.begin()
  check()
  if size > 1 then
    native.start()
    shared = true
  end
end

--- Meets the others, to which rank 0 hands out work: each does its own, by messages.
function ranks.begin_apart()
  check()
  if size > 1 then
    native.connect()
    apart = true
  end
end

--- How many ranks there are where rank 0 hands out work; else 1.
function ranks.apart()
  return apart and size or 1
end

--- Messages where rank 0 hands out work: send(rank, text); take() -> rank, text, or nil.
ranks.send, ranks.take = native.send, native.take

--- Takes a signal for come that came to another rank.
ranks.interrupt = native.interrupt

--- How many ranks there are on this machine, as far as what started them says; else all.
function ranks.beside()
  local text = sys.env "OMPI_COMM_WORLD_LOCAL_SIZE" or sys.env "MPI_LOCALNRANKS"
    or sys.env "SLURM_STEP_TASKS_PER_NODE" -- "2(x4)"
  local n = text and math.tointeger(tonumber(text:match "^%d+"))
  return n and math.max(1, math.min(n, size)) or size
end

--- Whether this process does work that rank 0 speaks of.
function ranks.helps()
  return rank > 0 and (shared or apart)
end

--- How many ranks share the work.
function ranks.count()
  return shared and size or 1
end

--- The rank of this process, which others have started, too, whether they share the work or not.
function ranks.own()
  return rank
end

--- What started them: "Open MPI"; nil: nobody did.
function ranks.label()
  return label
end

--- Whether this process writes files and speaks for all.
function ranks.writes()
  return not shared or rank == 0
end

-- Whether all ranks have the same text.
local function is_same(text)
  return native.agree(tonumber(record.sha256():add(text):hex():sub(1, 12), 16))
end

--- Raises where ranks differ in something, and names the first that they differ in.
---@param parts { what: string, text: string }[] as many, in the same order, on each
function ranks.check_same(parts)
  local texts = {}
  for i, part in ipairs(parts) do
    texts[i] = ("%d %s"):format(#part.text, part.text)
  end
  if not shared or is_same(table.concat(texts)) then
    return
  end
  for _, part in ipairs(parts) do
    if not is_same(part.text) then
      errors.raise(nil, "not all ranks have the same %s: each needs the files and flags of rank 0",
        part.what)
    end
  end
end

--- Rank 0's text, for all.
---@param text string
---@return string
function ranks.from_first(text)
  return native.broadcast(text)
end

--- Whether the job is being ended while this rank has something to say: what went wrong here may
--- be what went wrong at rank 0. Waits a moment for that.
---@return boolean
function ranks.is_ending()
  sys.sleep(PATIENCE)
  return native.asked()
end

--- The work is done: no rank waits for another any more.
function ranks.finish()
  native.finish()
end

return ranks
