-- A study's folder that is looked at without its recipe, and what its pictures show.
local file = require "lrrun.native.file"
local gather = require "lrrun.study.gather"
local line = require "lrrun.study.line"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"
local studies = require "support.studies"
local view = require "lrrun.study.view"

local NAN = 0 / 0

-- A study in memory. trials: list of { point, value, state, objectives }.
local function study_of(space, trials, set)
  local study = { space = spaces.collect(space), trials = {}, count = #trials,
    set = { sign = 1, monitor = "val_loss", mode = "min" }, best = require "lrrun.study.best" }
  for key, value in pairs(set or {}) do
    study.set[key] = value
  end
  for i, t in ipairs(trials) do
    study.trials[i - 1] = { number = i - 1, point = t[1] or { 0.5 }, value = t[2],
      state = t[3] or "complete", objectives = t[4] }
  end
  return study
end

local LINE = { x = search.uniform(0, 1) }

local function values_of(list, key)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = item[key]
  end
  return out
end

describe("A study's history", function()
  it("has each trial with a value, the best so far, and those that failed", function()
    local history = gather.history(study_of(LINE, { { nil, nil, "fail" }, { nil, 5 },
      { nil, 1, "pruned" }, { nil, 7 }, { nil, 4 }, { nil, nil, "running" },
      { nil, 2, "running" } }))
    assert.same({ 1, 2, 3, 4, 6 }, values_of(history.points, "number"))
    assert.same({ "complete", "pruned", "complete", "complete", "paused" },
      values_of(history.points, "state"))
    assert.same({ 5, 5, 5, 4, 4, 4 }, values_of(history.best, "value")) -- pruned ones do not count
    assert.same({ 1, 2, 3, 4, 5, 6 }, values_of(history.best, "number"))
    assert.same({ 0 }, history.failed)
  end)

  it("has the best of all where no trial is complete, and the highest where more is better",
    function()
      local history = gather.history(study_of(LINE, { { nil, 5, "pruned" }, { nil, 6, "pruned" },
        { nil, NAN, "pruned" } }, { sign = -1, mode = "max" }))
      assert.same({ 5, 6, 6 }, values_of(history.best, "value"))
      assert.equal(2, #history.points)
    end)

  it("is empty without trials", function()
    assert.same({ points = {}, best = {}, failed = {} }, gather.history(study_of(LINE, {})))
    assert.is_nil(gather.range(study_of(LINE, {})))
  end)
end)

describe("The range of values that is shown", function()
  it("leaves out the worst tenth where that is far off, whichever way is better", function()
    local trials = {}
    for i = 1, 20 do
      trials[i] = { nil, i == 20 and 1e30 or i }
    end
    local range = gather.range(study_of(LINE, trials))
    assert.same({ low = 1, high = 18, beyond = 2, log = false }, range)
    trials[20][2] = 25
    range = gather.range(study_of(LINE, trials))
    assert.same({ low = 1, high = 25, beyond = 0, log = false }, range)
    trials[20][2] = -1e30
    assert.same({ low = 2, high = 19, beyond = 2, log = false },
      gather.range(study_of(LINE, trials, { sign = -1 })))
  end)
end)

describe("A slice of a dimension", function()
  local SPACE = { a = search.loguniform(1e-4, 1e-1), b = search.int(1, 9),
    c = search.choice("x<y", "z"), }

  it("lies on the dimension's own scale, the most important first", function()
    local slices = gather.slices(study_of(SPACE, { { { 1e-3, 4, 2 }, 1 },
      { { 1e-2, false, 1 }, 2 }, { { 1e-2, 9, 1 }, nil, "fail" } }), { a = 0.2, b = 0.7, c = 0.1 })
    assert.same({ "b", "a", "c" }, { slices[1].axis.name, slices[2].axis.name,
      slices[3].axis.name })
    assert.same({ "linear", "log", "choice" }, { slices[1].axis.scale, slices[2].axis.scale,
      slices[3].axis.scale })
    assert.same({ "x<y", "z" }, slices[3].axis.labels)
    assert.equal(1, slices[1].without)
    assert.same({ { x = 4, value = 1, number = 0, state = "complete" } }, slices[1].points)
    assert.same({ 2, 1 }, values_of(slices[3].points, "x"))
  end)

  it("of a study of rates spans the rates that were tried", function()
    local study = study_of({ lr = search.loguniform(1e-30, 1e30) }, { { { 1e-3 }, 1 },
      { { 1e-1 }, nil, "fail" } }, { strategy = "rates" })
    local axis = gather.slices(study)[1].axis
    assert.same({ 1e-3, 1e-1 }, { axis.low, axis.high })
    study.count = 0
    assert.equal(1e-30, gather.slices(study)[1].axis.low)
  end)

  it("places values from 0 to 1, over any range there is", function()
    assert.near(0.5, gather.place({ scale = "log", low = 1e-4, high = 1e-2 }, 1e-3), 1e-12)
    assert.near(0.25, gather.place({ scale = "linear", low = 0, high = 8 }, 2), 1e-12)
    assert.equal(0.5, gather.place({ scale = "linear", low = 3, high = 3 }, 3))
    assert.equal(0.5, gather.place({ scale = "linear", low = -1.7e308, high = 1.7e308 }, 0))
  end)
end)

describe("Lines through all dimensions", function()
  it("go from the worst to the best, with gaps where a dimension is not used", function()
    local space = { a = search.uniform(0, 1), b = search.choice("u", "v") }
    local found = gather.parallel(study_of(space, { { { 0, 1 }, 3 }, { { 1, false }, 1 },
      { { 0.5, 2 }, 2, "pruned" }, { { 0.5, 2 }, nil, "running" } }))
    assert.same({ "a", "b", "val_loss" }, values_of(found.axes, "name"))
    assert.same({ 0, 2, 1 }, values_of(found.lines, "number"))
    assert.same({ 1, 0.5, 0 }, values_of(found.lines, "rank"))
    assert.same({ { 0, 0, 1 }, { 0.5, 1, 0.5 }, { 1, false, 0 } },
      values_of(found.lines, "places"))
    assert.equal(1, found.count)
  end)

  it("have an axis for each objective", function()
    local set = { objectives = { { monitor = "val_loss", mode = "min" },
      { monitor = "params", mode = "min" } } }
    local found = gather.parallel(study_of(LINE, { { { 0 }, 3, nil, { 3, 10 } },
      { { 1 }, 1, nil, { 1, 30 } }, { { 1 }, 2 } }, set))
    assert.equal(2, found.count)
    assert.same({ { 0, 1, 0 }, { 1, false, false }, { 1, 0, 1 } },
      values_of(found.lines, "places"))
  end)

  it("of one trial, of equal values and of none are drawn too", function()
    assert.same({ 0.5, 0.5 }, gather.parallel(study_of(LINE, { { { 0.5 }, 7 } })).lines[1].places)
    assert.same({}, gather.parallel(study_of(LINE, { { nil, NAN } })).lines)
  end)
end)

describe("Fronts", function()
  it("are pairs of objectives, with those that no other beats and the knee", function()
    local set = { objectives = {} }
    for i, name in ipairs { "a", "b", "c" } do
      set.objectives[i] = { monitor = name, mode = i == 2 and "max" or "min" }
    end
    local pairs_of = gather.fronts(study_of(LINE, { { nil, 1, nil, { 1, 5, 1 } },
      { nil, 2, nil, { 2, 9, 2 } }, { nil, 2, nil, { 2, 1, 3 } }, { nil, 1, "pruned", { 0, 9, 0 } },
      { nil, nil, "fail" }, { nil, 1, nil, { 0, 1e400, 1 } } }, set))
    assert.equal(3, #pairs_of)
    assert.same({ name = "b", mode = "max" }, pairs_of[1].y)
    assert.same({ 0, 1, 2 }, values_of(pairs_of[1].points, "number"))
    assert.same({ 5, 9, 1 }, values_of(pairs_of[1].points, "y"))
    assert.is_false(pairs_of[1].points[3].front)
    assert.is_nil(gather.fronts(study_of(LINE, {})))
  end)
end)

describe("A study's folder", function()
  local function tree_of(folder)
    local pipe <close> = assert(io.popen(("cd '%s' && find . | sort && cat journal.log"):format(
      folder)))
    return pipe:read "a"
  end

  it("is read as the search had it, without its recipe, and stays as it is", function()
    local folder = studies.folder(finally)
    local code, result, err = studies.search(folder,
      "--strategy random --trials 8 --pruner 'asha{grace=1}'")
    assert.equal(0, code, err)
    local place = folder .. "/out/r-study"
    local before = tree_of(place)
    local seen = view.read(place)
    assert.equal(before, tree_of(place))
    assert.same({}, seen.notes)
    assert.equal("random asha val_loss", ("%s %s %s"):format(seen.set.strategy, seen.set.pruner,
      seen.set.monitor))
    assert.equal(#result.trials, seen.count)
    for _, t in ipairs(result.trials) do
      local mine = seen.trials[t.number]
      assert.same({ t.params, t.value, t.state, t.seed, t.digest }, { mine.params, mine.value,
        mine.state, mine.seed, mine.digest })
    end
    assert.equal(result.best.trial, seen:best().number)
    assert.same(result.importance, select(2, gather.importance(seen)))
    local names = {}
    for _, slice in ipairs(gather.slices(seen)) do
      names[#names + 1] = slice.axis.name .. " " .. slice.axis.scale
    end
    assert.same({ "model.1.units linear", "optimizer choice", "optimizer.adam.lr log",
      "optimizer.sgd.lr log", "optimizer.sgd.momentum choice" }, names)
  end)

  it("that has not begun, or holds what is damaged, is read as far as it goes", function()
    local folder = studies.folder(finally)
    assert.equal(0, (studies.search(folder, "--strategy random --trials 3")))
    local place = folder .. "/out/r-study"
    local path = place .. "/journal.log"
    local text = file.read(path)
    -- Ranges that cannot be, a name that no dimension has, and a line that is torn.
    local lines, n, changed = {}, 0, 0
    for one in text:gmatch "[^\n]+" do
      local entry = line.decode(one)
      if entry and entry.op_code == line.CREATE_TRIAL then
        n = n + 1
        if n == 2 then
          entry.distributions["optimizer<b>"] = '{"name": "FloatDistribution", "attributes": '
            .. '{"low": 3, "high": 1}}'
          entry.params["optimizer<b>"] = 2
          entry.worker_id = "lrrun-1"
          one, changed = line.encode(entry, entry.n, entry.k):sub(1, -2), changed + 1
        end
      end
      lines[#lines + 1] = one
    end
    assert.equal(1, changed)
    file.write(path, table.concat(lines, "\n") .. "\n{\"op_code\"")
    local seen = view.read(place)
    assert.equal(3, seen.count)
    assert.is_nil(seen.trials[1])
    assert.equal(2, #(gather.trials(seen)))
    local notes = table.concat(seen.notes, "\n")
    assert.matches("dimension 'optimizer<b>' 'low' is 3, above 'high' 1", notes)
    assert.matches("cut off", notes)
    file.write(path, "")
    seen = view.read(place)
    assert.is_nil(seen.set)
    assert.equal(0, seen.count)
    local first = line.decode(lines[1])
    first.study_name, first.worker_id = "other", "lrrun-1"
    file.write(path, line.encode(first, 0, nil))
    local ok, why = pcall(view.read, place)
    assert.is_false(ok)
    assert.matches("holds a study called 'other', not 'r'", why)
  end)

  it("that is none is told", function()
    local ok, why = pcall(view.read, "/nowhere")
    assert.is_false(ok)
    assert.matches("/nowhere is no study's folder", why)
  end)
end)
