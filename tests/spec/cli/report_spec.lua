-- lrrun report: one HTML page of a run.

local files = require "support.files"
local html = require "support.html"
local json = require "lrrun.record.json"
local program = require "support.program"
local round = require "lrrun.page.round"

local RECIPE = [[return recipe { name = "m<b>&\"'", data = data.moons { n = 60, val = 0.5 },
  model = nn.sequential { nn.linear(4), nn.tanh(), nn.linear(2) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 3, metrics = { "grad_norms" } }
-- </pre><script>alert(1)</script>
]]

local function read(path)
  local f <close> = assert(io.open(path, "rb"))
  return f:read "a"
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
    html.check(page)
    for _, title in ipairs { "loss by epoch", "accuracy by epoch", "learning rate",
      "gradient norms by parameter" } do
      assert.matches("<figcaption>" .. title .. "</figcaption>", page)
    end
    for _, want in ipairs { run.digest, round(run.best.val_loss),
      'title="' .. json.number(run.best.val_loss) .. '"',
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
    html.check_closed(page)
    assert.is_nil(page:find "m<b>")
    assert.is_truthy(page:find("<h1>m&lt;b&gt;&amp;&quot;'</h1>", 1, true))
    assert.is_truthy(page:find("&lt;script&gt;alert(1)", 1, true))
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
    html.check(page)
    assert.matches("not ended after 5 epochs", page)
    assert.matches('<td>extended</td><td class="long">base 0.2, epochs 5, from_lr [^<]*, via '
      .. "cooldown", page)
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
    html.check(page)
    assert.is_truthy(page:find("lrrun replay " .. exp, 1, true))
    assert.is_truthy(page:find("<td>1.linear</td>", 1, true))
  end)

  it("takes whatever stands in an experiment file", function()
    local report = require "lrrun.report.run"
    local odd = { { "a" }, "<b>", -1.5, true }
    for _, x in ipairs(odd) do
      local page = report.html { name = x, label = "l", path = "p", settings = x, program = x,
        machine = x, data = x, started = { overrides = x }, network = { x, { output = x } },
        history = { { event = x, step = x } },
        metrics = { { epoch = x, val_loss = x, lr = 1e308 }, { epoch = 1e300, lr = -1e308 } },
        result = { reason = x, epochs = x, params = x, best = x, last = { val_loss = x },
          grad_norms = x, digest = x, seconds = x } }
      html.check(page)
      html.check_closed(page)
      assert.is_nil(page:find("<b></b>", 1, true))
    end
  end)

  it("asks the weights about the validation samples, unless it is to open no data", function()
    local path = folder .. "/asked.html"
    assert.equal(0, (program.run(("report %s -o %s"):format(run.run, path))))
    local page = read(path)
    assert.is_truthy(page:find("which class was taken for which", 1, true))
    assert.matches("<th>class</th><th class=\"right\">precision</th>", page)
    assert.is_truthy(page:find("Samples that it met worst", 1, true))
    local code, _, err = program.run(("report %s --no-data -o %s"):format(run.run, path))
    assert.equal(0, code, err)
    page = read(path)
    assert.is_nil(page:find("taken for", 1, true))
    assert.is_truthy(page:find("They are not shown: --no-data", 1, true))
  end)

  it("is written all the same where weights or data cannot be had, and says why", function()
    local copy, path = folder .. "/copy", folder .. "/without.html"
    assert.is_true(os.execute(("cp -r %s %s && rm %s/weights.safetensors"):format(
      program.quote(run.run), program.quote(copy), program.quote(copy))))
    local code, _, err = program.run(("report %s -o %s"):format(copy, path))
    assert.equal(0, code, err)
    assert.is_truthy(read(path):find("They are not shown: the run has no weights.safetensors", 1,
      true))
    assert.match("the page has no answers on the validation samples: the run has no weights", err)
    program.write(folder .. "/t.csv", ("1,2\n3,4\n5,6\n7,9\n"):rep(5))
    program.write(folder .. "/c.lua", [[return recipe { name = "c", epochs = 1,
      data = data.csv { "t.csv", val = 0.5, task = "regression" }, loss = nn.mse(),
      model = nn.sequential { nn.linear(1) }, optimizer = optim.sgd { lr = 0.1 } }]])
    code, _, err = program.run(("%s/c.lua --quiet --out %s/runs"):format(folder, folder))
    assert.equal(0, code, err)
    program.write(folder .. "/t.csv", ("1,2\n3,4\n5,6\n7,8\n"):rep(5))
    code, _, err = program.run(("report %s/runs/c-1 -o %s"):format(folder, path))
    assert.equal(0, code, err)
    assert.is_truthy(read(path):find("The data are others than those", 1, true))
    assert.is_truthy(read(path):find("the weights of epoch 1, 10 samples", 1, true))
    os.remove(folder .. "/t.csv")
    code, _, err = program.run(("report %s/runs/c-1 -o %s"):format(folder, path))
    assert.equal(0, code, err)
    assert.matches("They are not shown: [^<]*t%.csv", read(path))
    assert.match("the page has no answers on the validation samples: [^\n]*t%.csv", err)
  end)

  it("takes a run that was stopped before its first epoch", function()
    local copy, path = folder .. "/begun", folder .. "/begun.html"
    assert.is_true(os.execute(("cp -r %s %s && cd %s && rm -rf weights.safetensors result.json "
      .. "metrics.* checkpoints"):format(program.quote(run.run), program.quote(copy),
      program.quote(copy))))
    local code, _, err = program.run(("report %s -o %s"):format(copy, path))
    assert.equal(0, code, err)
    local page = read(path)
    html.check(page)
    assert.is_truthy(page:find("No epoch has come to its end", 1, true))
    assert.is_truthy(page:find("not ended after 0 epochs", 1, true))
  end)

  it("lays several runs over each other, with what differs, and passes over what is none",
    function()
      local code, _, err = program.run(("%s/r.lua --quiet --out %s/runs --set %s"):format(folder,
        folder, "optimizer.lr=0.05"))
      assert.equal(0, code, err)
      local path = folder .. "/both.html"
      code, _, err = program.run(("report %s %s/runs/* %s -o %s --json"):format(run.run, folder,
        folder, path))
      assert.equal(0, code, err)
      assert.matches("left out: [^\n]* is no run folder", err)
      local page = read(path)
      html.check(page)
      html.check_closed(page)
      assert.is_truthy(page:find("<figcaption>val_loss</figcaption>", 1, true))
      assert.is_truthy(page:find("<td>optimizer.lr</td>", 1, true))
      assert.is_truthy(page:find("left out: ", 1, true))
      assert.matches('<td class="right best">', page)
      code, _, err = program.run(("report %s %s -o %s"):format(folder, folder, path))
      assert.equal(2, code)
      assert.matches("none of these is a run's folder", err)
      code, _, err = program.run(("report %s %s/nothing -o %s"):format(run.run, folder, path))
      assert.equal(2, code)
      assert.matches("no such run folder", err)
    end)

  it("says what is no run", function()
    local code, _, err = program.run("report " .. folder)
    assert.equal(2, code)
    assert.matches("^lrrun: [^\n]* is no run folder", err)
  end)
end)
