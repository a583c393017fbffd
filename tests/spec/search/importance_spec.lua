-- What a study shows of its trials: shares of importance and pictures.
local importance = require "lrrun.study.importance"
local picture = require "lrrun.study.picture"
local search = require "lrrun.search"
local spaces = require "lrrun.search.space"

-- A study in memory: trials of all points of a grid, values by f(params).
local function study_of(space, points, f)
  local study = { space = spaces.collect(space), trials = {}, count = 0, name = "test",
    set = { sign = 1, monitor = "val_loss" } }
  for i, point in ipairs(points) do
    study.trials[i - 1] = { number = i - 1, point = point, state = "complete",
      value = f(table.unpack(point)) }
  end
  study.count = #points
  function study.best()
    return study.trials[0]
  end
  return study
end

local function grid()
  local points = {}
  for i = 0, 7 do
    for j = 0, 7 do
      points[#points + 1] = { i / 7, 10 ^ (-4 + 3 * j / 7), 1 + (i + j) % 2 }
    end
  end
  return points
end

local SPACE = {
  a = search.uniform(0, 1), b = search.loguniform(1e-4, 1e-1), c = search.choice("x", "y"),
}

describe("Importance", function()
  it("is all of the one dimension that decides", function()
    local shares = importance.of(study_of(SPACE, grid(), function(_, b)
      return math.abs(math.log(b / 1e-3))
    end))
    assert.is_true(shares.b > 0.95)
    assert.is_true(shares.a < 0.05 and shares.c < 0.05)
    assert.near(1, shares.a + shares.b + shares.c, 1e-12)
  end)

  it("is shared by what counts alike, and one wild value does not hide it", function()
    local wild = true
    local shares = importance.of(study_of(SPACE, grid(), function(a, b)
      local value = wild and 1e30 or a + (math.log(b, 10) + 4) / 3
      wild = false
      return value
    end))
    assert.near(0.5, shares.a, 0.1)
    assert.near(0.5, shares.b, 0.1)
  end)

  it("counts where a dimension is inactive as a bin of its own", function()
    local points = grid()
    for _, p in ipairs(points) do
      p[1] = p[3] == 1 and p[1] or false
    end
    local shares = importance.of(study_of(SPACE, points, function(a)
      return a and 1 + a or 0
    end))
    assert.is_true(shares.a > shares.b)
    assert.is_true(shares.c > shares.b)
  end)

  it("is not told from fewer than 4 trials, and is 0 where nothing differs", function()
    local points = grid()
    local same = function()
      return 1
    end
    assert.same({ a = 0, b = 0, c = 0 }, importance.of(study_of(SPACE, points, same)))
    assert.is_nil(importance.of(study_of(SPACE, { points[1], points[2] }, same)))
  end)
end)

describe("The picture", function()
  it("counts every choice of a dimension with very many", function()
    local points, names = {}, {}
    for i = 1, 1100 do
      names[i] = "c" .. i
      points[2 * i - 1], points[2 * i] = { i, 0.5 }, { i, 0.25 }
    end
    local shares = importance.of(study_of({ a = search.choice(names), b = search.uniform(0, 1) },
      points, function(a)
        return a
      end))
    assert.near(1, shares.a, 1e-3)
  end)

  it("is drawn over any range of a logarithm", function()
    local study = study_of({ d = search.loguniform(1e-320, 1e300) }, { { 1e-300 }, { 1e299 } },
      function(d)
        return d
      end)
    assert.falsy(picture.svg(study):find "nan")
    assert.falsy(picture.svg(study):find "inf")
    assert.is_true(#picture.lines(study, 1, 60, 5) > 5)
  end)

  it("has a circle for each trial and dimension", function()
    local study = study_of(SPACE, grid(), function(a, b)
      return a + b
    end)
    local svg = picture.svg(study, importance.of(study))
    local _, circles = svg:gsub("<circle", "")
    assert.equal(3 * 64, circles)
    assert.is_nil(svg:find "nan")
  end)

  it("is drawn for a study without trials too", function()
    local study = study_of(SPACE, {}, nil)
    assert.matches("^<svg", picture.svg(study))
    assert.equal(10, #picture.lines(study, 1, 60, 8))
  end)

  it("marks the best in the terminal, with the ends of the axis below", function()
    local study = study_of(SPACE, grid(), function(a)
      return a
    end)
    local text = table.concat(picture.lines(study, 2, 60, 8), "\n")
    assert.matches("%*", text)
    assert.matches("0%.0001 +0%.1$", text)
  end)
end)
