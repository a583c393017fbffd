-- What goes to a terminal fits it: 80 columns where none says otherwise.

local program = require "support.program"
local screen = require "lrrun.util.screen"
local temporary = require "support.temporary"

local RECIPE = [[
return recipe {
  name = "lines", seed = 1, data = data.blobs { n = 96, classes = 3, batch = 32, val = 0.25 },
  model = nn.sequential { nn.linear(8), nn.relu(), nn.linear(3) },
  optimizer = optim.sgd { lr = 0.05 },
  metrics = { "f1", "auc", "balanced_accuracy" }, epochs = 6,
}]]

local function widest(text)
  local most = 0
  for line in text:gmatch "[^\n]+" do
    most = math.max(most, screen.columns(line))
  end
  return most
end

describe("lines of the terminal", function()
  local folder, code, out, err

  local function lrrun(args, columns, env)
    return program.run_in(folder, args, ("COLUMNS=%s %s"):format(columns or 80, env or ""))
  end

  setup(function()
    folder = temporary.folder()
    program.write(folder .. "/r.lua", RECIPE)
    code, out, err = lrrun("r.lua", 80, "LC_ALL=C.UTF-8 TERM=xterm")
  end)

  teardown(function()
    os.execute("rm -rf " .. folder)
  end)

  it("fit 80 columns, with the losses and the rate, whatever is measured", function()
    assert.equal(0, code)
    assert.is_true(widest(err) <= 80, err)
    local lines = 0
    for line in err:gmatch "epoch %d/6[^\n]+" do
      lines = lines + 1
      assert.matches("^epoch %d/6[* ]  loss [%d.]+.*  val_loss [%d.]+.*  lr 0%.05 +%d:%d%d$", line)
      assert.falsy(line:find("grad", 1, true))
    end
    assert.equal(6, lines)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(screen.columns(line) <= 80 or not line:find "[^ ] [^ ]", line)
    end
  end)

  it("show all where the terminal is wide enough", function()
    local _, _, wide = lrrun("r.lua --seed 2", 300)
    assert.matches("epoch 1/6%*  loss.-  acc .-f1 .-auc .-val_loss.-val_auc.-lr 0%.05 +grad ", wide)
  end)

  it("mark an evaluation that is the best until then", function()
    local result = assert(io.open(folder .. "/runs/lines-1/result.json")):read "a"
    local best = tonumber(result:match '"epoch": (%d+)')
    local last = 0
    for epoch in err:gmatch "epoch (%d)/6%*" do
      last = tonumber(epoch)
    end
    assert.equal(best, last)
  end)

  it("end in the loss and the metric as curves, of UTF-8 or without", function()
    assert.matches("\n  val_loss      [▁▂▃▄▅▆▇█]+  %d+%.%d+ to %d+%.%d+\n", out)
    assert.matches("\n  val_accuracy  [▁▂▃▄▅▆▇█]+ ", out)
    local again, plain = lrrun("resume runs/lines-1", 80, "LC_ALL=C TERM=xterm")
    assert.equal(0, again)
    assert.matches("\n  val_loss      [.:#]+  %d+%.%d+ to ", plain)
    assert.falsy(plain:find "[\x80-\xff]")
    local _, dumb = lrrun("resume runs/lines-1", 80, "LC_ALL=C.UTF-8 TERM=dumb")
    assert.falsy(dumb:find "[\x80-\xff]")
  end)

  it("have no curves with --quiet, and none in --json's document", function()
    local _, quiet = lrrun("resume runs/lines-1 --quiet", 80, "LC_ALL=C.UTF-8 TERM=xterm")
    assert.falsy(quiet:find("▁", 1, true))
    local _, document = lrrun("resume runs/lines-1 --json", 80, "LC_ALL=C.UTF-8 TERM=xterm")
    assert.falsy(document:find("▁", 1, true))
    assert.equal("lines", require("lrrun.record.json").decode(document).run:match "(lines)%-1$")
  end)

  it("say of a run that has ended that nothing is left to do", function()
    local again, _, said = lrrun("resume runs/lines-1", 9999)
    assert.equal(0, again)
    assert.matches("runs/lines%-1: the run has ended, nothing is left to do", said)
  end)

  it("of plans and help fit as well", function()
    for _, words in ipairs { "plan r.lua", "help", "help search", "help nn.linear" } do
      local _, text = lrrun(words)
      assert.is_true(widest(text) <= 80, text)
    end
  end)

  it("of errors stay whole where no terminal is", function()
    local _, _, said = lrrun "plan r.lua --set optimizer.learning_rate_of_this=3"
    assert.equal(1, select(2, said:gsub("\n", "")), said)
    assert.is_true(widest(said) > 80)
  end)

  it("of errors are folded on a terminal, at words", function()
    local pipe <close> = assert(io.popen(("cd %s && COLUMNS=60 script -qec %s /dev/null"):format(
      folder, program.quote("env COLUMNS=60 " .. require("lrrun.native.sys").program()
        .. " plan r.lua --set optimizer.learning_rate_of_this=3"))))
    local text = pipe:read("a"):gsub("\r", "")
    assert.is_true(widest(text) <= 60, text)
    assert.matches("^lrrun: .-\n  %S", text)
  end)
end)

describe("screen.fold", function()
  it("cuts at spaces, and goes on below what stands behind a head", function()
    assert.equal("memory  12 KiB: data 1,\n        work 2", screen.fold(
      "memory  12 KiB: data 1, work 2", 24))
    assert.equal("  a b c\n    d e", screen.fold("  a b c d e", 8))
  end)

  it("leaves a word whole that is longer than the line", function()
    local path = "/" .. ("x"):rep(50)
    assert.equal("in " .. path .. " as\n  it is", screen.fold("in " .. path .. " as it is", 57))
  end)

  it("counts columns, not bytes, and none for colours", function()
    local text = "\27[1mé é é\27[0m é é"
    assert.equal(text, screen.fold(text, 9))
    assert.equal("é é é\n  é é\n  é", screen.fold("é é é é é é", 5))
  end)
end)
