local file = require "lrrun.native.file"
local folder = require "lrrun.record.next_folder"
local metrics = require "lrrun.record.metrics_log"

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  folder.make(path)
  finally(function()
    os.execute("rm -rf '" .. path .. "'")
  end)
  return path
end

describe("run folders", function()
  it("take the next free number, also past gaps", function()
    local parent = temporary() .. "/a/b"
    assert.matches("/a/b/x%-1$", folder.next(parent, "x"))
    assert.matches("/x%-2$", folder.next(parent, "x"))
    file.mkdir(parent .. "/x-10")
    file.mkdir(parent .. "/x-y-50")
    assert.matches("/x%-11$", folder.next(parent, "x"))
    assert.matches("/x%-y%-51$", folder.next(parent, "x-y"))
  end)

  it("have names that are safe as files", function()
    assert.equal("a-b-c", folder.safe "a/b c")
    assert.equal("run", folder.safe "...")
    assert.equal("etc-passwd", folder.safe "../../etc/passwd")
  end)

  it("cannot be where a file is", function()
    local path = temporary()
    file.write(path .. "/x", "")
    assert.is_false(pcall(folder.make, path .. "/x/y"))
  end)
end)

describe("metrics.jsonl", function()
  it("has one object a line, and is cut back for a resumed run", function()
    local path = temporary() .. "/metrics.jsonl"
    local log = metrics.open(path)
    log:write { epoch = 1, val_loss = 0.5 }
    local keep = log:size()
    log:write { epoch = 2, val_loss = 0 / 0 }
    log:close()
    assert.equal('{"epoch":1,"val_loss":0.5}\n{"epoch":2,"val_loss":null}\n', file.read(path))
    log = metrics.open(path, keep)
    log:write { epoch = 2, val_loss = 0.25 }
    log:close()
    assert.same({ { epoch = 1, val_loss = 0.5 }, { epoch = 2, val_loss = 0.25 } },
      metrics.read(path))
  end)

  it("loses no more than a torn last line", function()
    local path = temporary() .. "/metrics.jsonl"
    file.write(path, '{"epoch":1}\n{"epo')
    assert.same({ { epoch = 1 } }, metrics.read(path))
    local log = metrics.open(path)
    log:write { epoch = 2 }
    log:close()
    assert.same({ { epoch = 1 }, { epoch = 2 } }, metrics.read(path))
  end)
end)
