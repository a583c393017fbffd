-- lrrun schedule: any schedule, drawn.

local json = require "lrrun.record.json"
local program = require "support.program"

describe("lrrun schedule", function()
  local function draw(expression, flags)
    return program.run(("schedule %s %s"):format(program.quote(expression), flags or ""),
      "COLUMNS=80")
  end

  it("draws it, in 80 columns, with its phases and landmarks", function()
    local code, out, err = draw "warmup(5) .. cosine{ min = 1e-5 }"
    assert.equal(0, code, err)
    assert.matches("lr 1, 20 epochs of 100 updates", out)
    assert.matches("phase 2: cosine{min=1e%-05}, from update 500, 1500 updates", out)
    assert.matches("\n500 +5 +1 +phase 2 begins", out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(utf8.len(line) <= 80, line)
    end
  end)

  it("gives the points as a document, of any length", function()
    local _, out = draw("linear{ to = 0 } * 0.5", "--json --epochs 4 --steps-per-epoch 25 --lr 0.1")
    local d = json.decode(out)
    assert.equal(100, d.clock.total_steps)
    assert.equal(100, #d.points)
    assert.is_true(math.abs(d.points[1].lr - 0.05) < 1e-12)
    assert.is_true(math.abs(d.points[51].lr - 0.025) < 1e-12)
    local code, long = draw("schedule.cosine()", "--json --epochs 1000000 --steps-per-epoch 100000")
    assert.equal(0, code)
    assert.equal(256, #json.decode(long).points)
  end)

  it("writes a picture that is readable on dark pages too", function()
    local folder = program.folder(finally)
    local code, _, err = draw("one_cycle{ max = 0.1 }", "-o " .. folder .. "/x.svg")
    assert.equal(0, code, err)
    local text = assert(io.open(folder .. "/x.svg")):read "a"
    assert.matches("^<svg .*prefers%-color%-scheme:dark.*</svg>\n$", text)
    local wrong, _, said = draw("cosine", "-o " .. folder .. "/x.png")
    assert.equal(2, wrong)
    assert.matches("want %.svg", said)
    local _, out = draw("cosine", "-o -")
    assert.matches("^<svg", out)
  end)

  it("takes a constructor's name alone, and says what only a run can tell", function()
    assert.equal(0, (draw "cosine"))
    local _, out = draw "plateau{ patience = 2 }"
    assert.matches("watches val_loss", out)
    _, out = draw "fn(function(t) return t.metrics.val_loss end)"
    assert.matches("only a run can tell", out)
    local _, _, err = draw "warmup(100) .. cosine{}"
    assert.matches("phase 2 begins where the run has ended", err)
  end)

  it("has the errors of recipes, with the nearest name", function()
    for text, want in pairs {
      ["cosin{}"] = "unknown name 'cosin'; did you mean 'cosine'?",
      ["cosine{ mn = 1 }"] = "schedule.cosine: unknown key 'mn'; did you mean 'min'?",
      ["warmup(5"] = "')' expected near <eof>", ["3"] = "gives 3, want a schedule",
      [""] = "gives nil, want a schedule", ["os.exit(1)"] = "'os' is not there in a recipe",
      ["warmup(5) + cosine{}"] = "is not taken; a .. b runs schedule b after",
      ["nn.linear(3)"] = "gives nn.linear, want a schedule",
    } do
      local code, _, err = draw(text)
      assert.equal(1, code, text)
      assert.is_truthy(err:find(want, 1, true), err)
    end
    local code, _, err = draw("(function() while true do end end)()", "--lua-seconds 0.2")
    assert.equal(1, code)
    assert.matches("took longer than 0%.2 s", err)
    for flags, want in pairs { ["--epochs 0"] = "integer above 0", ["--lr 0"] = "above 0",
      ["--steps-per-epoch 0"] = "above 0", ["--set a=1"] = "takes no %-%-set",
      ["--epochs 9007199254740992"] = "2%^53" } do
      code, _, err = draw("cosine", flags)
      assert.equal(2, code, flags)
      assert.matches(want, err)
    end
  end)
end)
