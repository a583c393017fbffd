-- Several runs on one page.

local html = require "support.html"
local report = require "lrrun.report.runs"

local function run_of(i, more)
  local run = { label = "r-" .. i, path = "runs/r-" .. i, metrics = {}, history = {},
    data = { splits = { val = 10 } }, settings = { optimizer = { lr = i / 100 }, epochs = 3 },
    result = { reason = "done", epochs = 3, steps = 30, best = { epoch = 3, val_loss = 1 / i,
      val_accuracy = i / 1000 } } }
  for e = 1, 100 do
    run.metrics[e] = { epoch = e, step = 10 * e, lr = 0.1, train_loss = 1 / e, val_loss = 2 / e }
  end
  for key, value in pairs(more or {}) do
    run[key] = value
  end
  return run
end

describe("a page of several runs", function()
  it("has the best first, marked, and the settings that differ", function()
    local page = report.html({ run_of(1), run_of(3), run_of(2) }, { "left out: <x>" })
    html.check(page)
    html.check_closed(page)
    local first = page:match "<td>(r%-%d)</td>"
    assert.equal("r-3", first)
    assert.matches('<td class="right best">0.3333</td>', page)
    assert.matches("<td>optimizer.lr</td><td>0.03</td><td>0.02</td><td>0.01</td>", page)
    assert.is_nil(page:find("<td>epochs</td>", 1, true))
    assert.is_truthy(page:find("left out: &lt;x&gt;", 1, true))
  end)

  it("goes by what all of them watch", function()
    local stop = { monitor = "val_accuracy" }
    local runs = {}
    for i = 1, 3 do
      runs[i] = run_of(i, { settings = { stop = stop } })
      runs[i].result.best.val_accuracy = ({ 0.5, 0.9, 0.7 })[i]
    end
    local page = report.html(runs)
    assert.equal("r-2", page:match "<td>(r%-%d)</td>")
    assert.is_truthy(page:find("by their best val_accuracy", 1, true))
    runs[1].settings = {}
    page = report.html(runs)
    assert.equal("r-3", page:match "<td>(r%-%d)</td>")
    assert.is_truthy(page:find("by their best val_loss", 1, true))
  end)

  it("stays small with hundreds of them", function()
    local runs = {}
    for i = 1, 300 do
      runs[i] = run_of(i)
    end
    local page = report.html(runs)
    html.check(page)
    assert.is_true(#page < 1000000)
    assert.is_truthy(page:find("curves of the 40 best runs of 300", 1, true))
    assert.is_truthy(page:find("<td>r-1</td>", 1, true))
  end)

  it("takes runs without a figure, of the same name, and whatever their records say", function()
    local odd = { { "a" }, "<b>", -1.5, true, 0 / 0 }
    for _, x in ipairs(odd) do
      local page = report.html { run_of(1, { path = "a/r-1" }), run_of(1, { path = "b/r-1" }),
        run_of(2, { settings = x, program = x, data = x, started = x, metrics = {},
          result = { reason = x, epochs = x, best = x, notes = x, params = x } }) }
      html.check(page)
      assert.is_truthy(page:find("<td>a/r-1</td>", 1, true))
      assert.is_truthy(page:find("<td>r-2</td>", 1, true))
    end
    html.check(report.html { run_of(1, { metrics = {}, result = {} }) })
  end)
end)
