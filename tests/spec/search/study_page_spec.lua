-- Pages of studies and range tests: lrrun report FOLDER.
local file = require "lrrun.native.file"
local html = require "support.html"
local json = require "lrrun.record.json"
local line = require "lrrun.study.line"
local page = require "lrrun.study.page"
local parallel = require "lrrun.page.parallel"
local program = require "support.program"
local studies = require "support.studies"

local HOSTILE = "</script><script>alert(1)</script>\"' onload=\"x()\" <q>&\27[31m\u{202e}"
local NAN = 0 / 0

local FLOAT = '{"name": "FloatDistribution", "attributes": {"low": %s, "high": %s, "log": %s}}'
local KINDS = {
  lr = FLOAT:format("1e-5", "1", "true"), [HOSTILE] = FLOAT:format("-1e308", "1e308", "false"),
  tiny = FLOAT:format("1e-320", "1e300", "true"), same = FLOAT:format("2", "2", "false"),
  kind = json.encode { name = "CategoricalDistribution",
    attributes = { choices = { HOSTILE, "b", 3, true } } },
}

-- The folder of a study with these trials: list of fields of a trial, its params and reports.
local function folder_of(finally, trials, settings)
  local folder = program.folder(finally)
  local kept = { format = 1, identity = ("0"):rep(64), seed = 1, lag = 3, monitor = "val_loss",
    strategy = { kind = "search.random" }, mode = "min", trials = 20 }
  for key, value in pairs(settings or {}) do
    kept[key] = value
  end
  local lines, n = {}, 0
  local function put(op, k, fields)
    fields.op_code, fields.worker_id = op, "lrrun-1"
    lines[#lines + 1] = line.encode(fields, n, k)
    n = n + 1
  end
  put(line.CREATE_STUDY, nil, { study_name = HOSTILE, directions = { 1 } })
  put(line.STUDY_ATTR, nil, { study_id = 0, user_attr = { lrrun = kept } })
  for i, t in ipairs(trials) do
    local kinds, mine = {}, { number = i - 1, seed = i, jobs = { i - 1 }, rungs = { 1 },
      values = json.array {}, ends = t.state }
    if t.value then
      mine.values[1] = t.value
    end
    for name in pairs(t.params) do
      kinds[name] = KINDS[name]
    end
    put(line.CREATE_TRIAL, 0, { study_id = 0, id = i - 1, params = t.params, distributions = kinds,
      user_attrs = { lrrun = mine, error = t.error, objectives = t.objectives, seconds = 0.5 } })
    for k, value in ipairs(t.reports or {}) do
      put(line.REPORT, k, { trial_id = i - 1, step = k, intermediate_value = value })
    end
  end
  file.write(folder .. "/study.json", json.encode { format = 1, name = HOSTILE } .. "\n")
  file.write(folder .. "/journal.log", table.concat(lines))
  return folder
end

local function check(text)
  html.check(text)
  html.check_closed(text)
  assert.is_nil(text:find "<q>")
  assert.is_nil(text:find("\27", 1, true))
  assert.is_nil(text:find("[ \"L]%-?nan"))
  assert.is_nil(text:find("[ \"L]%-?inf[ \"]"))
  return text
end

describe("the page of a study", function()
  it("is closed and whole whatever its trials are called and came to", function()
    local trials = {
      { state = "complete", value = 0.5, params = { lr = 0.1, kind = 0, [HOSTILE] = 1e308 },
        reports = { 0.9, NAN, 0.5 } },
      { state = "fail", error = HOSTILE, params = { lr = 1, kind = 1 } },
      { state = "pruned", value = 1e300, params = { lr = 1e-5, tiny = 1e-320 } },
      { state = "complete", value = 0.25, params = { lr = 0.01, kind = 3, same = 2 } },
      { params = { lr = 0.02, tiny = 1e300 } },
      { value = 0.75, params = { lr = 0.5, tiny = 1 } },
      { state = "complete", value = -1e250, params = { [HOSTILE] = -1e308 } },
    }
    local text = check(page.html(folder_of(finally, trials)))
    for _, want in ipairs { "random search, 7 of 20 trials: 3 complete, 1 pruned, 1 paused, 1 "
      .. "running, 1 failed", "Importance", "A line for each trial", "not used", "&lt;/script&gt;",
      ">true<", "as the 1 best" } do
      assert.is_truthy(text:find(want, 1, true), want)
    end
  end)

  it("is drawn of one trial, of equal values, of failures alone and of none", function()
    for _, trials in ipairs { {}, { { state = "fail", error = "no", params = { lr = 1 } } },
      { { state = "complete", value = 0, params = { same = 2, kind = 2 } } },
      { { params = { lr = 1 } } }, { { state = "complete", value = 3, params = {} } } } do
      check(page.html(folder_of(finally, trials)))
    end
    local same = {}
    for i = 1, 12 do
      same[i] = { state = "complete", value = 2, params = { lr = 0.1, kind = i % 4 } }
    end
    check(page.html(folder_of(finally, same)))
  end)

  it("shows the front of several objectives and the knee", function()
    local trials = {}
    for i = 1, 9 do
      trials[i] = { state = "complete", value = i, objectives = { i, 100 - i * i },
        params = { lr = i / 10 } }
    end
    local text = check(page.html(folder_of(finally, trials, { objectives = {
      { monitor = "val_loss", mode = "min" }, { monitor = "params", mode = "min" } } })))
    for _, want in ipairs { "Pareto front", "beaten by no other", "The knee", "knee: params",
      "params against val_loss" } do
      assert.is_truthy(text:find(want, 1, true), want)
    end
  end)

  it("of more trials than it has room for shows the best ones", function()
    local trials = {}
    for i = 1, 2100 do
      trials[i] = { state = "complete", value = i, params = { lr = 0.1 } }
    end
    local text = page.html(folder_of(finally, trials))
    assert.is_truthy(text:find("show the 2000 best trials, not the other 100", 1, true))
    assert.is_truthy(text:find("The last 1000 trials", 1, true))
    assert.is_true(#text < 3 << 20)
  end)

  it("is made by lrrun report, without the recipe, and at once when a search is cut short",
    function()
      local folder = studies.folder(finally)
      assert.equal(0, (studies.search(folder, "--strategy random --trials 6")))
      local place = folder .. "/out/r-study"
      os.remove(place .. "/recipe.lua")
      os.remove(folder .. "/r.lua")
      local code, out, err = program.run("report --json " .. place)
      assert.equal(0, code, err)
      local answer = json.decode(out)
      assert.matches("/r%-study/report%.html$", answer.file)
      local text = check(assert(file.read(answer.file)))
      assert.is_truthy(text:find("random search, 6 of 6 trials: 6 complete", 1, true))
      assert.is_truthy(text:find("optimizer.sgd.momentum", 1, true))
      assert.equal(0, (program.run(("report %s -o %s/there.html"):format(place, folder))))
    end)
end)

describe("parallel coordinates", function()
  it("leave a place for what an item does not have, on rails of any length", function()
    local text = parallel.figure { title = "t", rails = { { name = "a", low = 1, high = 1 },
      { name = "b", labels = { "only" } }, { name = "c", low = 1e-3, high = 10, log = true },
      { name = "d" } }, lines = { { name = "one", rank = 0, places = { 0.5, 0.5, false, false },
        values = { 1, 1, false, false } } } }
    html.check(text)
    assert.is_nil(text:find "nan")
    assert.equal(2, select(2, text:gsub("not used", "")))
    assert.matches('data%-v="1 1 %- %-"', text)
  end)
end)

describe("the page of a range test", function()
  it("has the curves of each seed, what the methods say, and its recipe", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", [[return recipe { name = "r",
      data = data.blobs { n = 60, batch = 8, val = 0.2 },
      model = nn.sequential { nn.linear(4), nn.tanh(), nn.linear(3) },
      optimizer = optim.sgd { lr = 0.1 }, epochs = 2 } -- </pre><script>alert(1)</script>]])
    local code, out, err = program.run(("range %s/r.lua --seeds 2 --points 40 --to 1e3 --json "
      .. "--quiet --out %s/out"):format(folder, folder))
    assert.equal(0, code, err)
    local of = json.decode(out)
    code, out, err = program.run(("report %s -o -"):format(of.run))
    assert.equal(0, code, err)
    local text = check(out)
    for _, want in ipairs { "learning-rate range test", "seed 2", "valley", "minimum/10" } do
      assert.is_truthy(text:find(want, 1, true), want)
    end
    -- Files of others: what is not finite, and what is no number at all.
    file.write(of.run .. "/range.json", [[{"ended":"not finite","points":[{"lr":1e-3,"loss":null,
      "smoothed":null,"trend":null},{"lr":1e-2,"loss":1}],"doubt":"<q>"}]])
    code, out, err = program.run(("report %s -o -"):format(of.run))
    assert.equal(0, code, err)
    check(out)
    file.write(of.run .. "/range.json", '{"ended":"done","points":[{"lr":-1}]}')
    code, out, err = program.run(("report %s -o -"):format(of.run))
    assert.equal("1 ", code .. " " .. out)
    assert.matches("range%.json: 'points%[1%]%.lr' is %-1", err)
  end)
end)
