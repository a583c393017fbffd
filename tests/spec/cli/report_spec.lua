-- lrrun report: one HTML page of a run.

local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"
local svg = require "lrrun.record.svg"

local RECIPE = [[return recipe { name = "m<b>&\"'", data = data.moons { n = 60, val = 0.5 },
  model = nn.sequential { nn.linear(4), nn.tanh(), nn.linear(2) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 3, metrics = { "grad_norms" } }
-- </pre><script>alert(1)</script>
]]

local function read(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read "a"
end

local VOID = { meta = true }

-- Every tag of a page is shut, and in order.
local function check_tags(page)
  local open, count = {}, 0
  page = page:gsub("<style>.-</style>", "")
  for slash, name, rest in page:gmatch "<(/?)(%a[%w]*)([^>]*)>" do
    count = count + 1
    if slash == "/" then
      assert.equal(name, table.remove(open))
    elseif not VOID[name] and rest:sub(-1) ~= "/" then
      open[#open + 1] = name
    end
  end
  assert.equal(0, #open)
  assert.is_true(count > 100)
end

describe("lrrun report", function()
  local folder, run

  setup(function()
    folder = files.folder()
    program.write(folder .. "/r.lua", RECIPE)
    local code, text, err = program.run(("%s/r.lua --quiet --json --out %s/runs --set %s"):format(
      folder, folder, "optimizer.lr=0.2"))
    assert.equal(0, code, err)
    run = json.decode(text)
  end)

  teardown(function()
    os.execute("rm -rf " .. program.quote(folder))
  end)

  it("writes curves, figures, network, settings and how to repeat it", function()
    local code, text, err = program.run("report --json " .. run.run)
    assert.equal(0, code, err)
    local answer = json.decode(text)
    assert.equal(run.run .. "/report.html", answer.file)
    local page = read(answer.file)
    assert.equal(#page, answer.bytes)
    check_tags(page)
    for _, title in ipairs { "loss", "accuracy", "learning rate" } do
      assert.matches('<text class="title"[^>]*>' .. title .. "</text>", page)
    end
    for _, want in ipairs { run.digest, json.number(run.best.val_loss),
      "<td>1.linear</td><td>linear{units=4}</td><td>(4)</td>", "<td>3.linear.weight</td>",
      "<td>overrides.1</td><td>optimizer.lr=0.2</td>", "lrrun pack " .. run.run,
      "<td>fingerprint</td>", "<td>optimizer.kind</td><td>optim.sgd</td>" } do
      assert.is_truthy(page:find(want, 1, true), want)
    end
  end)

  it("loads nothing and runs nothing, whatever the recipe says", function()
    local path = folder .. "/page.html"
    assert.equal(0, (program.run(("report %s -o %s"):format(run.run, path))))
    local page = read(path)
    assert.is_nil(page:find "<script")
    assert.is_nil(page:find "m<b>")
    assert.is_truthy(page:find("<h1>m&lt;b&gt;&amp;&quot;'</h1>", 1, true))
    assert.is_truthy(page:find("&lt;script&gt;alert(1)", 1, true))
    assert.is_truthy(page:find("default-src 'none'", 1, true))
    assert.is_nil(page:gsub('xmlns="http://www.w3.org/2000/svg"', ""):find "https?://")
    assert.is_nil(page:find "%son%a+=")
  end)

  it("tells what happened to a run, and takes one that has not ended", function()
    local code, _, err = program.run(("extend %s --epochs +2 --via cooldown --quiet"):format(
      run.run))
    assert.equal(0, code, err)
    os.remove(run.run .. "/result.json")
    code, _, err = program.run("resume --quiet " .. run.run)
    assert.equal(0, code, err)
    os.remove(run.run .. "/result.json")
    local path = folder .. "/later.html"
    assert.equal(0, (program.run(("report %s -o %s"):format(run.run, path))))
    local page = read(path)
    check_tags(page)
    assert.matches("not ended after 5 epochs", page)
    assert.matches("<td>extended</td><td>base 0.2, epochs 5, from_lr [^<]*, via cooldown", page)
    assert.matches("<td>resumed</td><td>step 5</td>", page)
    assert.is_truthy(page:find("lrrun resume " .. run.run, 1, true))
    assert.equal(0, (program.run("resume --quiet " .. run.run)))
  end)

  it("takes an experiment file", function()
    local exp = folder .. "/exp.yaml"
    local code, _, why = program.run(("pack %s -o %s"):format(run.run, exp))
    assert.equal(0, code, why)
    local done, out, err = program.run("report " .. exp)
    assert.equal(0, done, err)
    assert.matches("exp%.html: %d+ bytes", out)
    local page = read(folder .. "/exp.html")
    check_tags(page)
    assert.is_truthy(page:find("lrrun replay " .. exp, 1, true))
    assert.is_truthy(page:find("<td>1.linear</td>", 1, true))
  end)

  it("takes whatever stands in an experiment file", function()
    local report = require "lrrun.record.report"
    local odd = { { "a" }, "<b>", -1.5, true }
    for _, x in ipairs(odd) do
      local page = report.html { name = x, label = "l", path = "p", settings = x, program = x,
        machine = x, data = x, started = { overrides = x }, network = { x, { output = x } },
        history = { { event = x, step = x } },
        metrics = { { epoch = x, val_loss = x, lr = 1e308 }, { epoch = 1e300, lr = -1e308 } },
        result = { reason = x, epochs = x, params = x, best = x, last = { val_loss = x },
          grad_norms = x, digest = x, seconds = x } }
      check_tags(page)
      assert.is_nil(page:find("<b>l", 1, true))
    end
  end)

  it("says what is no run", function()
    local code, _, err = program.run("report " .. folder)
    assert.equal(2, code)
    assert.matches("^lrrun: [^\n]* is no run folder", err)
  end)
end)

describe("a chart", function()
  it("shows a point that has no neighbours", function()
    local chart = svg.chart { series = { { name = "a", x = { 1, 2, 3, 4 },
      y = { 5, 0 / 0, 6, 7 } } } }
    assert.equal(1, select(2, chart:gsub("<circle", "")))
    chart = svg.chart { bare = true, series = { { name = "a", x = { 1 }, y = { 5 } } } }
    assert.equal(1, select(2, chart:gsub("<circle", "")))
    assert.is_nil(chart:find "<style>")
  end)
end)
