-- Ranks that are killed at random moments, and runs that go on with another number of them, of
-- threads, and under the other MPI: `lrrun --trusted tests/soak/ranks.lua KILLS [SEED]`. Each run
-- has to end in the digest of one process; at last each number of ranks and threads under each MPI
-- trains each recipe whole.

package.path = "tests/?.lua;" .. package.path

local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"
local sys = require "lrrun.native.sys"
local tally = require "support.tally"
local temporary = require "support.temporary"

local RANKS, THREADS = { 1, 2, 3, 4, 8 }, { 1, 2 }

local MLP = "nn.sequential { nn.linear(24), nn.batchnorm(), nn.relu(), nn.dropout(0.3), "
  .. "nn.linear(10) }"
local DIGITS = "data.digits { limit = 300, batch = 20, val = 0.2 }"

local RECIPES = {
  mlp = ("data = %s, model = %s, optimizer = optim.adam { lr = 0.01 }"):format(DIGITS, MLP),
  phases = ("data = %s, model = %s, optimizer = optim.sgd { lr = 0.1, momentum = 0.9 }, "
    .. "accumulate = 3, ema = 0.9, clip = { norm = 0.5 }, schedule = schedule.hold { ends = stop."
    .. "plateau { monitor = 'val_loss', patience = 1 } } .. schedule.exponential { rate = 0.8 }")
    :format(DIGITS, MLP),
  cnn = "data = data.digits { images = true, batch = 16, val = 0.2, limit = 200, "
    .. "augment = { flip = true, crop = 1, cutout = 2 } }, model = nn.sequential { "
    .. "nn.conv2d(6, 3), nn.batchnorm(), nn.relu(), nn.maxpool2d(2), nn.flatten(), "
    .. "nn.linear(10) }, optimizer = optim.adamw { lr = 3e-3 }",
  lstm = "data = data.random { tokens = 30, length = 12, classes = 2, n = 160, batch = 16, "
    .. "val = 0.25 }, model = nn.sequential { nn.embedding(8), nn.lstm { 10, layers = 2, "
    .. "dropout = 0.1 }, nn.linear(2) }, optimizer = optim.rmsprop { lr = 1e-3 }",
}

local function digest_of(run)
  local file <close> = io.open(run .. "/result.json")
  return file and json.decode(file:read "a").digest
end

local function any(list)
  return list[math.random(#list)]
end

-- A line of the shell: lrrun with `words` as so many ranks.
local function line(words, ranks, threads, which)
  return ("%s %s %s --quiet"):format(mpi.words(ranks, nil, which), program.path, words)
    .. (words:find "^resume" and "" or " --threads " .. threads)
end

-- Runs that line and kills one process of lrrun's in `folder` after `delay`; whether there was one.
local function killed(folder, words, delay)
  local own = line(words, any(RANKS), any(THREADS), math.random(#mpi.list))
  local script = ([[timeout 300 %s >%s/log 2>&1 & job=$!
    sleep %.3f
    pid=$(pgrep -f '^[^ ]*lrrun .*%s' | shuf -n 1)
    [ -z "$pid" ] || kill -KILL $pid 2>/dev/null && echo killed
    wait $job]]):format(own, folder, delay, folder)
  local pipe <close> = assert(io.popen(script .. " 2>/dev/null"))
  return pipe:read("a"):find "killed" ~= nil
end

-- Gives the digest of one process and the seconds that takes; or nil.
local function whole(folder, name)
  program.write(folder .. "/r.lua", ("return recipe { name = %q, seed = 3, epochs = 8, "
    .. "shards = 8, checkpoint = { every = 3*steps }, %s }"):format(name, RECIPES[name]))
  local began = sys.now()
  os.execute(("%s %s/r.lua --quiet --out %s/alone >%s/log 2>&1"):format(program.path, folder,
    folder, folder))
  return digest_of(("%s/alone/%s-1"):format(folder, name)), sys.now() - began
end

-- Kills a recipe's run `most` times, each time going on as others; gives the digest at the end.
local function survive(folder, name, most, took)
  local run = ("%s/runs/%s-1"):format(folder, name)
  local kills, delay = 0, math.max(2, 4 * took)
  for _ = 1, 20 * most do
    local begun = os.execute("test -f " .. run .. "/run.yaml")
    local words = begun and "resume " .. run or ("%s/r.lua --out %s/runs"):format(folder, folder)
    if not begun then
      os.execute("rm -rf " .. folder .. "/runs")
    end
    if digest_of(run) then
      break
    elseif kills == most then
      os.execute(("%s >%s/log 2>&1"):format(line(words, any(RANKS), any(THREADS), 1), folder))
    elseif killed(folder, words, math.random() * delay) then
      kills = kills + 1
    end
  end
  return digest_of(run), kills
end

local function product(folder, name, want)
  for which, item in ipairs(mpi.list) do
    for _, ranks in ipairs(RANKS) do
      for _, threads in ipairs(THREADS) do
        local out = ("%s/%s-%d-%d"):format(folder, item.kind, ranks, threads)
        os.execute(("%s >%s/log 2>&1"):format(line(("%s/r.lua --out %s"):format(folder, out), ranks,
          threads, which), folder))
        if digest_of(("%s/%s-1"):format(out, name)) == want then
          tally.pass()
        else
          tally.fail("%s: %d ranks of %d threads under %s end in another digest", name, ranks,
            threads, item.name)
        end
      end
    end
  end
end

local function soak(name, most)
  local folder = temporary.folder()
  local want, took = whole(folder, name)
  local got, kills = survive(folder, name, most, took)
  if want and got == want then
    tally.pass()
  else
    tally.fail("%s: after %d kills the digest is %s, want %s", name, kills, got, want)
  end
  print(("%s: %d kills"):format(name, kills))
  product(folder, name, want)
  os.execute("rm -rf " .. folder)
end

local most = tonumber(arg[1]) or 40
math.randomseed(math.tointeger(tonumber(arg[2])) or 1)
for _, why in ipairs(mpi.missing) do
  print("skipped: ranks under another MPI (" .. why .. ")")
end
if mpi.list[1] then
  for _, name in ipairs { "mlp", "phases", "cnn", "lstm" } do
    soak(name, math.ceil(most / 4))
  end
end
tally.finish()
