-- One table, any number of ranks: studies under mpirun, with trials of a few milliseconds.

local json = require "lrrun.record.json"
local mpi = require "support.mpi"
local program = require "support.program"
local studies = require "support.studies"

local LACKS = mpi.lacks()

-- Some rates are too high: those trials diverge, which is a failed trial and no more.
local RECIPE = [[
return recipe { name = "r", epochs = 6,
  data = data.blobs { n = 60, classes = 3, batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(search.int(4, 32)), nn.relu(), nn.dropout(0.1), nn.linear(3) },
  optimizer = optim.sgd { lr = search.loguniform(1e-3, %s) } }]]

local PROGRAM = program.path:sub(1, 1) == "/" and program.path or '"$OLDPWD"/' .. program.path

local function folder_of(finally, highest)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", RECIPE:format(highest))
  return folder
end

-- What --json says of a call that has to succeed, as one text.
local function table_of(code, out, err)
  assert.equal(0, code, err)
  local result = json.decode(out)
  return studies.table_of(result) .. json.encode(result.best or {}), result
end

-- Two ranks, of which the second gets a signal once trial `number` has begun: exit code, stderr.
local function disturbed(folder, flags, number, signal)
  program.write(folder .. "/rank.sh", ([[
(until [ -e out/r-study/trials/%d ]; do sleep 0.02; done; kill -%s $$) & exec "$@"]]):format(number,
    signal))
  local code, _, err = mpi.run(1, folder, ("%s : -n 1 sh rank.sh %s %s"):format(flags, PROGRAM,
    flags))
  return code, err
end

describe("a search", function()
  if LACKS then
    pending("over ranks (" .. LACKS .. ")")
    return
  end

  it("of many trials with a pruner has the table of --jobs 1", function()
    local folder = folder_of(finally, "1e20")
    local flags = "search r.lua --json --quiet --trials 14 --strategy tpe --pruner asha --threads 1"
    local want, result = table_of(program.run_in(folder, flags .. " --jobs 1 --out alone"))
    local seen = {}
    for _, t in ipairs(result.trials) do
      seen[t.state] = true
    end
    assert.same({ complete = true, pruned = true, fail = true }, seen)
    assert.equal(want, table_of(mpi.run(4, folder, flags)))
  end)

  it("goes on with another number of ranks where one was asked to end, or died", function()
    local folder = folder_of(finally, "1")
    local flags = "search r.lua --json --quiet --trials 12 --strategy random --threads 1 --out "
    local want = table_of(program.run_in(folder, flags .. "alone"))
    local code, err = disturbed(folder, flags .. "out", 1, "TERM")
    assert.equal(143, code, err)
    code, err = disturbed(folder, flags .. "out", 4, "KILL")
    assert.equal(137, code)
    assert.matches("rank 1", err) -- mpirun's words
    assert.equal(want, table_of(mpi.run(3, folder, flags .. "out")))
  end)

  it("goes over disks that rank 0 does not see, also with copies of trials", function()
    local folder = folder_of(finally, "0.3")
    local flags = "search r.lua --json --quiet --strategy 'pbt{population=3, every=3*epochs}' "
      .. "--threads 1"
    local want = table_of(program.run_in(folder, flags .. " --jobs 1 --out alone"))
    assert.equal(want, table_of(mpi.run(1, folder, ("%s --out a : -n 2 %s %s --out b"):format(flags,
      PROGRAM, flags))))
    local pipe <close> = assert(io.popen(("cd %s; ls a/r-study/trials; ls b 2>&1")
      :format(folder)))
    assert.matches("^0\n1\n2\n3\n4\n5\n[^\n]*\n?$", pipe:read "a") -- b is empty, or gone
  end)

  it("says what is wrong once, and all ranks end", function()
    local folder = program.folder(finally)
    program.write(folder .. "/bad.lua", "error 'of the recipe'")
    local code, _, err = mpi.run(2, folder, "search bad.lua")
    assert.equal(1, code, err)
    assert.equal(1, select(2, err:gsub("lrrun: ", "")), err)
  end)
end)
