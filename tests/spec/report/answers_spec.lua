-- What a report shows of the samples that were kept back.

local answers = require "lrrun.report.answers"
local files = require "support.files"
local html = require "support.html"
local inspect = require "lrrun.report.inspect"
local page = require "lrrun.page"
local program = require "support.program"
local reload = require "lrrun.runs.reload"
local current = require "lrrun.util.current"
local request = require "lrrun.recipe.request"
local script = require "lrrun.recipe.script"

describe("answers in a report", function()
  local folder

  setup(function()
    folder = files.folder()
  end)

  teardown(function()
    os.execute("rm -rf " .. program.quote(folder))
  end)

  -- What inspect finds of a run of this recipe, and the section of a page of it.
  local function of(name, text)
    program.write(("%s/%s.lua"):format(folder, name), text)
    local code, _, err = program.run(("%s/%s.lua --quiet --out %s/runs"):format(folder, name,
      folder))
    assert.equal(0, code, err)
    current.begin { request = request.new { opens = { folder } }, script = script.new() }
    local run = reload.network(("%s/runs/%s-1"):format(folder, name))
    local found, why = inspect.run(run, 60)
    if not found then
      return nil, why
    end
    local p = page.new "t"
    answers.put(p, found, run.dataset)
    local out = p:html()
    html.check(out)
    html.check_closed(out)
    return found, out
  end

  it("are residuals of numbers, and the rows that are farthest off", function()
    local lines = { "a,kind,when,y" }
    for i = 1, 60 do
      lines[#lines + 1] = ("%d,%s,2024-01-%02d,%g"):format(i, i % 2 == 0 and "<even>" or "odd",
        i % 28 + 1, i == 50 and 500 or 2 * i)
    end
    program.write(folder .. "/t.csv", table.concat(lines, "\n") .. "\n")
    local found, text = of("numbers", [[return recipe { name = "numbers", epochs = 3,
      data = data.csv { "t.csv", target = "y", task = "regression", batch = 8,
        split = "last", val = 0.25 },
      model = nn.sequential { nn.linear(1) }, loss = nn.mse(),
      optimizer = optim.adam { lr = 0.1 } }]])
    assert.equal(15, found.n)
    assert.equal(15, #found.points)
    local worst = found.worst[1]
    assert.equal(500, math.floor(worst.targets[1] + 0.5)) -- in the data's own units
    assert.equal(5, worst.number) -- the 50th row is the fifth that was kept back
    assert.same({ { "a", "50" }, { "kind", "<even>" }, { "when", "2024-01-23" } },
      worst.sample.columns)
    for i = 2, #found.worst do
      assert.is_true(found.worst[i].loss <= found.worst[i - 1].loss)
    end
    for _, want in ipairs { "<figcaption>residuals</figcaption>", "<td>&lt;even&gt;</td>",
      "<figcaption>answer over target</figcaption>", "<th>when</th>" } do
      assert.is_truthy(text:find(want, 1, true), want)
    end
  end)

  it("are which class was taken for which, and the words of texts", function()
    local lines = {}
    for i = 1, 40 do
      lines[i] = i % 2 == 0 and "good\tfine </td><script>x() day " .. i or "bad\tawful night " .. i
    end
    program.write(folder .. "/t.tsv", table.concat(lines, "\n") .. "\n")
    local found, text = of("words", [[return recipe { name = "words", epochs = 2,
      data = data.text { "t.tsv", val = 0.25, batch = 4 },
      model = nn.sequential { nn.embedding(4), nn.lstm(4), nn.linear(2) },
      optimizer = optim.adam { lr = 0.01 } }]])
    assert.equal(10, found.n)
    assert.equal(2, #found.result.confusion)
    assert.equal("text", found.worst[1].sample.kind)
    assert.matches("day", table.concat({ found.worst[1].sample.text, found.worst[2].sample.text,
      found.worst[3].sample.text, found.worst[10].sample.text }, " ") .. " day")
    assert.is_truthy(text:find("which class was taken for which", 1, true))
    assert.is_truthy(text:find("words that the network knows", 1, true))
    assert.is_nil(text:gsub("<script>.-</script></body>", ""):find("<script", 1, true))
  end)

  it("say what the loss of each of the worst is", function()
    local found = of("moons", [[return recipe { name = "moons", epochs = 1,
      data = data.moons { n = 64, val = 0.5, batch = 8 },
      model = nn.sequential { nn.linear(2) }, optimizer = optim.sgd { lr = 0.1 } }]])
    local sum = 0
    for _, item in ipairs(found.worst) do
      assert.is_true(math.abs(item.loss + math.log(item.target_probability)) < 1e-6)
      sum = sum + item.loss
    end
    assert.equal(12, #found.worst)
    assert.is_true(sum / 12 > found.result.loss) -- the worst are worse than the mean
    local n = 0
    for _, row in ipairs(found.result.confusion) do
      n = n + row[1] + row[2]
    end
    assert.equal(found.n, n)
  end)

  it("are none where nothing was kept back", function()
    local found, why = of("none", [[return recipe { name = "none", epochs = 1,
      data = data.moons { n = 32 }, model = nn.sequential { nn.linear(2) },
      optimizer = optim.sgd { lr = 0.1 } }]])
    assert.is_nil(found)
    assert.equal("no samples were kept back from the training", why)
  end)
end)
