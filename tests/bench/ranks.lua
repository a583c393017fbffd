-- What ranks cost and bring on this machine, and what a model makes of that for others.
-- Usage: lrrun --trusted tests/bench/ranks.lua [RANKS...]   (make bench-ranks; 1 2 4)
--
-- Measured, by mpirun on this machine with one thread for each rank: the time of an update of an
-- MLP with much to send and of a CNN with much to compute, and, from the first, what a sum of
-- gradients moves each second. Modelled: up to 64 hosts on a link of 10 Gbit/s, each as fast as
-- this machine is with one thread, with as many shards as hosts (lua/lrrun/plan/ranks.lua has the
-- same model).

package.path = "tests/?.lua;" .. package.path

local json = require "lrrun.record.json"
local temporary = require "support.temporary"

local LINK, LATENCY = 10e9 / 8, 5e-5 -- bytes a second, seconds
local BATCH = 64
local PROGRAM = arg[-1] or "build/lrrun"
local FLAGS = "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "
  .. "OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1 "

local HEAD = [[
return recipe { name = "%s", shards = 8, steps = %d, seed = 1, optimizer = optim.sgd { lr = 1e-3 },
  data = data.random { shape = { 3, 16, 16 }, classes = 10, n = 512, batch = 64 },
]]
local NETS = {
  { "mlp", 40, "model = nn.sequential { nn.flatten(), nn.linear(512), nn.relu(), "
    .. "nn.linear(512), nn.relu(), nn.linear(10) } }" },
  { "cnn", 20, "model = nn.sequential { nn.conv2d { 32, 3 }, nn.batchnorm(), nn.relu(), "
    .. "nn.conv2d { 32, 3 }, nn.batchnorm(), nn.relu(), nn.maxpool2d(2), nn.flatten(), "
    .. "nn.linear(10) } }" },
}

local folder = temporary.folder()

-- Seconds of an update, and what the run says of itself.
local function measure(net, ranks)
  local path = ("%s/%s.lua"):format(folder, net[1])
  local file <close> = assert(io.open(path, "w"))
  file:write(HEAD:format(net[1], net[2]), net[3])
  file:close()
  local pipe <close> = assert(io.popen(("%smpirun -n %d %s %s --json --quiet --threads 1 "
    .. "--out %s/o 2>/dev/null"):format(FLAGS, ranks, PROGRAM, path, folder)))
  local result = json.decode(pipe:read "a")
  return BATCH / result.samples_per_second, result
end

-- Of one network; gives seconds of one rank and its number of parameters.
local function measure_all(net, counts)
  local digest, alone, params
  for _, n in ipairs(counts) do
    local seconds, result = measure(net, n)
    digest, alone, params = digest or result.digest, alone or seconds * n, result.params
    assert(digest == result.digest, net[1] .. ": the digest hangs on the number of ranks")
    local sent = n > 1 and 8 * params * (n - 1) / n / math.max(seconds - alone / n, 1e-9) or 0
    print(("%-5s %5d  %12.2f  %13.2f  %s"):format(net[1], n, 1e3 * seconds, alone / seconds,
      n > 1 and ("%.0f MB/s, if all beside computing is sending"):format(sent / 1e6) or ""))
  end
  return alone, params
end

local function model(name, alone, params)
  for power = 1, 6 do
    local n = 1 << power
    local seconds = alone / n + 8 * params * (n - 1) / n / LINK + 9 * LATENCY
    print(("%-5s %5d  %12.2f  %13.2f"):format(name, n, 1e3 * seconds, alone / seconds))
  end
end

if not os.execute "command -v mpirun >/dev/null 2>&1" then
  print "skipped: no mpirun is installed"
  return
end
local counts = {}
for i = 1, #arg do
  counts[i] = assert(math.tointeger(tonumber(arg[i])), "want numbers of ranks")
end
counts = counts[1] and counts or { 1, 2, 4 }

print "net   ranks  ms an update  times as fast  measured here"
local found = {}
for i, net in ipairs(NETS) do
  found[i] = table.pack(measure_all(net, counts))
end
print "\nnet   hosts  ms an update  times as fast (modelled: 10 Gbit/s, 50 us a message)"
for i, net in ipairs(NETS) do
  model(net[1], found[i][1], found[i][2])
end
