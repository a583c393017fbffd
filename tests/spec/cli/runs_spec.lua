-- lrrun runs: what lies in a folder of runs, filtered and sorted.

local epochs_text = require "lrrun.util.epochs_text"
local trained_epochs = require "lrrun.util.trained_epochs"
local filter = require "lrrun.record.filter"
local json = require "lrrun.record.json"
local program = require "support.program"
local temporary = require "support.temporary"
local verb = require "support.verb"

local RUN = [[
format: 1
name: %s
seed: 1
recipe: r.lua
settings:
  epochs: 20
  kind: recipe
  optimizer:
    kind: optim.%s
    lr: %s
  data:
    seed: 7
    kind: data.blobs
  stop:
    kind: stop.early
    monitor: %s
    patience: 5
data:
  kind: data.blobs
  splits:
    val: 10
]]

describe("lrrun runs", function()
  local folder

  local function add(name, optimizer, lr, loss, accuracy, monitor)
    local path = folder .. "/" .. name
    os.execute("mkdir -p " .. path)
    program.write(path .. "/run.yaml", RUN:format(name, optimizer, lr, monitor or "val_loss"))
    if loss then
      program.write(path .. "/result.json", json.encode { reason = "done", epochs = 20, steps = 40,
        best = { epoch = 12, val_loss = loss, val_accuracy = accuracy, lr = 1e-9 },
        last = { val_loss = loss + 1 } })
    end
    return path
  end

  local function touch(name, when)
    os.execute(("touch -d @%d %s/%s/*.yaml"):format(when, folder, name))
  end

  local function runs(...)
    local out = verb.run("runs", { folder, ... }, { trusted = true })
    assert.is_nil(out.raised)
    local labels = {}
    for i, e in ipairs(out.result.runs) do
      labels[i] = e.path:match "[^/]+$"
    end
    return table.concat(labels, " "), out
  end

  local function refused(text, flags)
    flags = flags or {}
    flags.trusted = true
    return verb.run("runs", { folder, text }, flags).raised
  end

  setup(function()
    folder = temporary.folder()
    add("a-1", "adam", "0.01", 0.5, 0.8)
    add("a-2", "sgd", "0.1", 0.3, 0.95)
    add("b-10", "adam", "0.001", 0.4, 0.9)
    local live = add("b-9", "adam", "0.002")
    program.write(live .. "/metrics.jsonl", '{"epoch":1,"step":2,"val_loss":0.9}\n'
      .. '{"epoch":2,"step":4,"val_loss":0.7,"crc":"00000000"}\n{"epoch":3,"st')
    for i, name in ipairs { "a-1", "a-2", "b-10", "b-9" } do
      touch(name, 1700000000 + (i > 2 and 100 or i))
    end
    os.execute(("mkdir -p %s/broken-1 %s/broken-2 %s/photos %s/r-range-1"):format(folder, folder,
      folder, folder))
    program.write(folder .. "/broken-1/run.yaml", "a: [")
    program.write(folder .. "/broken-2/run.yaml", "sealed: true\nname: x\n")
    program.write(folder .. "/r-range-1/range.json", '{"suggestion":0.02,"ended":"done"}')
    os.execute(("touch -d @1600000000 %s/r-range-1/range.json"):format(folder))
  end)

  teardown(function()
    os.execute("rm -rf " .. folder)
  end)

  it("lists runs and range tests, newest first, and names what is damaged", function()
    local labels, out = runs()
    assert.equal("b-10 b-9 a-2 a-1 r-range-1", labels)
    assert.equal(2, #out.result.passed_over)
    assert.matches("broken%-1: passed over: .*line 2", out.words[1])
    assert.matches("broken%-2: passed over: .*cut", out.words[2])
    local text = table.concat(out.lines, "\n")
    assert.matches("b%-9 +stopped +2/20 epochs +val_loss 0%.7000", text)
    assert.matches("r%-range%-1 +range test +%- +lr 0%.02", text)
    assert.is_nil(text:find "photos")
  end)

  it("filters by metrics and settings, whole names and their ends", function()
    assert.equal("a-2", (runs "val_accuracy>0.9"))
    assert.equal("b-10 a-2", (runs "val_accuracy >= 90%"))
    assert.equal("b-10 b-9 a-1", (runs "optimizer=adam"))
    assert.equal("b-10", (runs "optimizer == optim.adam and val_loss<0.5"))
    assert.equal("a-2 a-1", (runs "lr>=0.01"))
    assert.equal("a-2 r-range-1", (runs "not optimizer=adam"))
    assert.equal("b-9 a-2", (runs "status=stopped or (lr=1e-1 and name='a-2')"))
    assert.equal("b-10 b-9", (runs "name=b-*"))
    assert.equal("a-1", (runs "last.val_loss > 1.4"))
    assert.equal("r-range-1", (runs "kind=range"))
    assert.equal("b-10 b-9 a-2 a-1", (runs "seed=1"))
  end)

  it("sorts by a metric, the best first, and by others from the least up", function()
    local function by(key)
      local out = verb.run("runs", { folder, "kind=run" }, { trusted = true, sort = key })
      local labels = {}
      for i, e in ipairs((out.result or { runs = {} }).runs) do
        labels[i] = e.name
      end
      return table.concat(labels, " "), out.raised
    end
    assert.equal("a-2 b-10 a-1 b-9", (by "val_accuracy"))
    assert.equal("a-2 b-10 a-1 b-9", (by "val_loss"))
    assert.equal("b-10 b-9 a-1 a-2", (by "lr"))
    assert.equal("a-2 a-1 b-9 b-10", (by "-lr"))
    local _, raised = by "val_acc"
    assert.matches("no run has 'val_acc'; did you mean 'val_accuracy'%?", raised)
  end)

  it("refuses a filter in words that say what is taken", function()
    assert.matches("no run has 'optimiser'; did you mean 'optimizer'%?", refused "optimiser=adam")
    assert.matches("no run has 'vall_loss'; did you mean 'val_loss'%?", refused "vall_loss<1")
    assert.matches("a value is wanted behind 'lr>', found nothing", refused "lr>")
    assert.matches("'lr' is compared with nothing", refused "lr")
    assert.matches("'and' or 'or' is wanted before 'lr'", refused "seed=1 lr>1")
    assert.matches("'optimizer' is no number %(optim.adam", refused "optimizer>1")
    assert.matches("'optimizer%.lr' is compared with a number, got 'big'", refused "lr>big")
    assert.matches("a '%)' is wanted, found nothing", refused "(lr>1")
    assert.matches("the quote at character 6 is not closed", refused "name='x")
    assert.matches("'<>' is no comparison", refused "lr<>1")
    assert.matches("more than 50 deep", refused(("("):rep(99) .. "lr=1"))
    local two = verb.run("runs", { "a=1", "b=2" }, { trusted = true })
    assert.matches("takes one FILTER", two.raised)
  end)

  it("takes damaged text for no condition, and no text for a pattern", function()
    for _, text in ipairs { "\0", "\xff=1", "a=", "=", "()", "not", "and", "a=1 or", "%%=1" } do
      assert.is_string(refused(text), text)
    end
    assert.equal("", (runs "name='a.1'"))
    assert.equal("", (runs "name='%a-1'"))
  end)

  it("says which texts there are where none is equal", function()
    local tree, keys, words = filter.apply("optimizer=adm", { { optimizer = "optim.adam" } })
    assert.same({ false }, tree)
    assert.same({ "optimizer" }, keys)
    assert.matches("did you mean 'adam'", words[1])
  end)

  it("writes numbers of epochs out", function()
    local texts = {}
    for i, epochs in ipairs { 20, 2.5, 12.3456, 999.4, 18391, 18390.6, 1234567 } do
      texts[i] = epochs_text(epochs)
    end
    assert.same({ "20", "2.5", "12.35", "999.4", "18391", "18391", "1234567" }, texts)
  end)

  it("counts the part of an epoch that was trained, where the record tells", function()
    assert.equal(0.4, trained_epochs { epochs = 0, steps = 4, steps_per_epoch = 10 })
    assert.equal(3, trained_epochs { epochs = 3, steps = 37 }) -- of lrrun 1.0
    for _, none in ipairs { {}, { steps = 4 }, { epochs = "3" }, { epochs = 0 / 0 }, "x" } do
      assert.is_nil(trained_epochs(none))
    end
    assert.equal(2, trained_epochs { epochs = 2, steps = 4, steps_per_epoch = 0 })
  end)

  it("asks for one of several names that a key may stand for", function()
    assert.has_error(function()
      filter.apply("p=1", { { ["a.p"] = 1, ["b.p"] = 2 } })
    end)
    assert.equal("a.p", filter.key({ { ["a.p"] = 1, ["a.b.p"] = 2 } }, "p"))
  end)

  it("works in the sandbox, and finds a study with what it has come to", function()
    program.write(folder .. "/s.lua", [[return recipe { name = "s", seed = 1,
      data = data.moons { n = 60, val = 0.5 },
      model = nn.sequential { nn.linear(2) },
      optimizer = optim.sgd { lr = search.loguniform(1e-3, 1) }, epochs = 1 }]])
    local code, _, err = program.run(("search %s/s.lua --out %s/more --trials 2 --jobs 1 --quiet"
      .. " --strategy random"):format(folder, folder))
    assert.equal(0, code, err)
    local ended, text, why = program.run(("runs --out %s/more"):format(folder), "COLUMNS=80")
    assert.equal(0, ended, why)
    assert.matches("s%-study +study +2/2 trials +val_loss [%d.]+", text)
    ended, text = program.run(("runs %s/more 'kind=study and lr>0' --json"):format(folder))
    assert.equal(0, ended)
    local e = json.decode(text).runs[1]
    assert.same({ "study", 2, "done" }, { e.kind, e.trials, e.status })
    local wrong, _, said = program.run(("runs %s/more 'lrr>0'"):format(folder))
    assert.equal(2, wrong)
    assert.matches("did you mean 'lr'", said)
    wrong, _, said = program.run("runs /no/such")
    assert.equal(2, wrong)
    assert.matches("there is no folder /no/such", said)
  end)
end)
