-- The run as an object: its fields, what it owns, and that nothing stays open.
local current = require "lrrun.util.current"
local data = require "lrrun.data"
local execute = require "lrrun.runs.execute"
local file = require "lrrun.native.file"
local files = require "support.files"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe"
local reload = require "lrrun.runs.reload"
local resolve = require "lrrun.recipe.resolve".for_run
local runs = require "lrrun.train.run"
local sys = require "lrrun.native.sys"
local train = require "lrrun.language.train"

local function make(changes)
  local keys = {
    data = data.digits { batch = 32, val = 0.2, limit = 160 }, model = nn.linear(10),
    optimizer = optim.sgd { lr = 0.1 }, epochs = 2, metrics = { "tensorboard" },
  }
  for key, item in pairs(changes or {}) do
    keys[key] = item
  end
  return recipe.new(keys)
end

local function raise()
  error("mine", 0)
end

-- f with run folders made in a folder of the test's.
local function within(folder, f, ...)
  local request = current.request():with { out_dir = folder, recipe_text = "return 1" }
  return current.with({ request = request }, f, ...)
end

-- How many files below `folder` this process has open to write; those that it read go with the
-- garbage.
local function open_files(folder)
  local pipe <close> = assert(io.popen(("ls -l /proc/%d/fd"):format(sys.pid())))
  local count = 0
  for line in pipe:lines() do
    local written = line:find "^l.w" and line:find("-> " .. folder, 1, true)
    count = count + (written and 1 or 0)
  end
  return count
end

local function start()
  return { step = 0, epoch = 0 }
end

describe("a run", function()
  it("knows its fields, each with a sentence", function()
    local run = runs.new { recipe = make() }
    assert.has_error(function()
      run.sesion = 1
    end)
    assert.has_error(function()
      return run.sesion
    end)
    assert.is_nil(run.session)
    for name, text in pairs(runs.fields()) do
      assert.matches("^%S.* %S", text, name)
    end
  end)

  it("claims its folder until it is closed, and can be closed twice", function()
    local folder = files.folder()
    local run = within(folder, execute.begin, resolve(make()), { record = true, quiet = true })
    assert.is_false(pcall(file.lock, run.folder))
    local path = run.folder
    run:close()
    run:close()
    file.lock(path):close()
    assert.is_nil(run.session)
    assert.is_table(run.model:params())
  end)

  it("leaves no lock, log or board open after a fit, whether it failed or not", function()
    local folder = files.folder()
    for _, on in ipairs { { epoch = raise }, { step = raise }, { stop = raise }, {} } do
      local ok = pcall(within, folder, train.fit, make { on = on }, { quiet = true })
      assert.equal(next(on) == nil, ok)
    end
    assert.equal(0, open_files(folder))
    for _, name in ipairs(file.list(folder)) do
      file.lock(folder .. "/" .. name):close()
    end
    assert.equal(4, #file.list(folder))
  end)

  it("leaves none open where a folder cannot be gone on with", function()
    local folder = files.folder()
    local plain = resolve(make { metrics = {} })
    local run = within(folder, execute.begin, plain, { record = true, quiet = true })
    assert.equal(0, open_files(folder))
    execute.train(run, start(), { quiet = true, hook = function()
      assert.equal(1, open_files(folder))
    end })
    local path = run.folder
    run:close()
    file.write(path .. "/recipe.lua", "error('mine', 0)")
    assert.is_false(pcall(execute.reopen, reload.settings(path)))
    assert.equal(0, open_files(folder))
    file.lock(path):close()
  end)

  it("sees no time pass where it repeats one that ended by the clock", function()
    local run <close> = execute.begin(resolve(make { metrics = {} }), { quiet = true })
    assert.is_nil(execute.end_as(run, { reason = "done", steps = 3 }))
    local hook = execute.end_as(run, { reason = "time", steps = 3 })
    assert.equal(0, run.timer:seconds())
    local result = execute.train(run, start(), { quiet = true, hook = hook })
    assert.same({ "time", 3, 0 }, { result.reason, result.steps, result.seconds })
    assert.is_true(result.steps_per_second > 0)
  end)
end)

describe("runs of different kinds", function()
  local function fit(repro, on)
    return train.fit(recipe.new {
      seed = 1, repro = repro, on = on, data = data.digits { batch = 64, val = 0.2, limit = 640 },
      model = nn.sequential { nn.linear(96), nn.relu(), nn.linear(10) },
      optimizer = optim.adam { lr = 1e-3 }, epochs = 2,
    }, { record = false, quiet = true })
  end

  it("do not change what is measured of each other", function()
    local _, machine = fit "machine"
    local before = train.evaluate(machine, { split = "val" }).loss
    fit "portable"
    assert.equal(before, train.evaluate(machine, { split = "val" }).loss)
  end)

  it("do not change each other's weights, one inside the other", function()
    local alone = fit("machine").digest
    local inner
    local outer = fit("machine", { epoch = function(state)
      inner = state.epoch == 1 and fit("portable").digest or inner
    end }).digest
    assert.equal(alone, outer)
    assert.equal(fit("portable").digest, inner)
  end)
end)
