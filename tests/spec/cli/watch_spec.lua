-- lrrun watch: a run while another process writes it.

local file = require "lrrun.native.file"
local follow = require "lrrun.study.follow"
local json = require "lrrun.record.json"
local program = require "support.program"
local temporary = require "support.temporary"

local RUN = [[
name: w
settings:
  epochs: 4
  optimizer:
    kind: optim.sgd
data:
  splits:
    val: 10
]]

local function line(epoch, loss)
  return ('{"epoch":%d,"step":%d,"lr":0.1,"train_loss":%g,"val_loss":%g,"val_accuracy":0.5,'
    .. '"seconds":%d}\n'):format(epoch, 10 * epoch, loss, loss, epoch)
end

describe("lrrun watch", function()
  local folder

  local function append(text, mode)
    local out <close> = assert(io.open(folder .. "/metrics.jsonl", mode or "ab"))
    out:write(text)
  end

  local function finish(reason)
    program.write(folder .. "/result.json", json.encode { reason = reason, epochs = 2, steps = 20,
      best = { epoch = 2, val_loss = 0.5 }, last = {} })
  end

  local function watch(flags, before)
    return program.run(("watch %s %s"):format(folder, flags or ""), before or "COLUMNS=80")
  end

  before_each(function()
    folder = temporary.folder()
    program.write(folder .. "/run.yaml", RUN)
    append(line(1, 0.9))
  end)

  after_each(function()
    os.execute("rm -rf " .. folder)
  end)

  it("sees each evaluation once, whole lines alone", function()
    local self = follow.new(folder, 60)
    assert.equal(1, #self:poll())
    local text = line(2, 0.5)
    append(text:sub(1, 20))
    assert.equal(0, #self:poll())
    append(text:sub(21) .. "no json\n[1]\n{\"step\":-3}\n" .. '{"event":"rollback","step":5}\n')
    local fresh, anew = self:poll()
    assert.same({ 1, false, 0.5 }, { #fresh, anew, fresh[1].val_loss })
    assert.equal(2, #self.rows)
  end)

  it("takes long logs in at once", function()
    append(('{"step":20,"epoch":2,"val_loss":0.5,"note":"%s"}\n'):format(("x"):rep(1e5)))
    local before = os.clock()
    assert.equal(2, #follow.new(folder, 60):poll())
    assert.is_true(os.clock() - before < 2) -- it was half a minute
  end)

  it("begins anew where the run goes on from an earlier step", function()
    local self = follow.new(folder, 60)
    append(line(2, 0.5))
    self:poll()
    append(line(1, 0.8), "wb")
    local fresh, anew = self:poll()
    assert.same({ 1, true, 1 }, { #fresh, anew, #self.rows })
  end)

  it("knows a run that is trained, and one whose process is gone", function()
    local self = follow.new(folder, 60)
    do
      local _ <close> = file.lock(folder)
      self:poll()
      assert.same({ true, "running" }, { self.is_held, self.entry.status })
      assert.is_nil(self.over)
    end
    for _ = 1, 5 do
      self:poll()
    end
    assert.equal("died", self.over)
  end)

  it("takes a process that was never seen for dead by time alone", function()
    local self = follow.new(folder, 60)
    for _ = 1, 9 do
      self:poll()
    end
    assert.is_nil(self.over)
    os.execute(("touch -d '3 minutes ago' %s/*"):format(folder))
    self:poll()
    assert.equal("stale", self.over)
  end)

  it("does not end where a longer evaluation may be on its way", function()
    append((line(2, 0.5):gsub('"seconds":2', '"seconds":600')))
    os.execute(("touch -d '3 minutes ago' %s/*"):format(folder))
    local self = follow.new(folder, 1)
    for _ = 1, 9 do
      self:poll()
    end
    assert.is_nil(self.over)
  end)

  it("prints the evaluations, in 80 columns, and how the run has ended, with its status", function()
    append(line(2, 0.5))
    for reason, want in pairs { done = 0, diverged = 3, early_stop = 0, interrupted = 130 } do
      finish(reason)
      local code, out, err = watch()
      assert.equal(want, code, err)
      assert.matches("epoch 1/4%* .-val_loss 0%.9000.-\nepoch 2/4%*", out)
      assert.matches(reason == "interrupted" and "interrupted at step 20; to go on: lrrun resume"
        or reason .. " after 2 epochs, 20 steps;%s+best%s+val_loss 0%.5", out)
      assert.is_nil(out:find("\27", 1, true))
    end
  end)

  it("gives a document with --json, and the last line alone with --quiet", function()
    finish "done"
    local code, out = watch "--json"
    assert.equal(0, code)
    local d = json.decode(out)
    assert.same({ "run", "ended", "done", 20 }, { d.kind, d.ended, d.status, d.steps })
    local _, last = watch "--quiet"
    assert.equal(1, select(2, last:gsub("\n", "")), last)
  end)

  it("redraws in place on a terminal, and not on a dumb one", function()
    finish "done"
    local words = require("lrrun.native.sys").program() .. " watch " .. folder
    for term, is in pairs { xterm = true, dumb = false } do
      local pipe <close> = assert(io.popen(("LC_ALL=C TERM=%s script -qec %s /dev/null"):format(
        term, program.quote(words))))
      assert.equal(is, pipe:read("a"):find("\27[K", 1, true) ~= nil, term)
    end
  end)

  it("says that a run has died, and ends on Ctrl-C", function()
    os.execute(("touch -d '3 minutes ago' %s/*"):format(folder))
    local code, out, err = watch("--stale 1", "")
    assert.equal(1, code)
    assert.matches("has died after step 10: .*lrrun resume", out)
    assert.matches("no process has", err)
    append(line(2, 0.5))
    assert.equal(130, (watch("--quiet", "timeout --preserve-status -s INT 1")))
  end)

  it("refuses what is no run, and says what is wrong with one that is damaged", function()
    assert.equal(2, (program.run "watch /no/such"))
    program.write(folder .. "/run.yaml", "a: [")
    local code, _, err = watch()
    assert.equal(1, code)
    assert.matches("run%.yaml: line 2", err)
    assert.is_nil(err:find("traceback", 1, true))
    os.execute(("rm %s/*; mkdir %s/empty"):format(folder, folder))
    code, _, err = program.run(("watch --out %s/empty"):format(folder))
    assert.equal(2, code)
    assert.matches("no run and no study", err)
  end)
end)
