local file = require "lrrun.native.file"
local folder = require "lrrun.record.next_folder"
local metrics = require "lrrun.record.metrics_log"
local temporary = require "support.temporary"

local function fresh()
  local path = temporary.file()
  folder.make(path)
  finally(function()
    os.execute("rm -rf '" .. path .. "'")
  end)
  return path
end

describe("run folders", function()
  it("take the next free number, also past gaps", function()
    local parent = fresh() .. "/a/b"
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
    local path = fresh()
    file.write(path .. "/x", "")
    assert.is_false(pcall(folder.make, path .. "/x/y"))
  end)
end)

describe("metrics.jsonl", function()
  it("has one object a line, and is cut back for a resumed run", function()
    local path = fresh() .. "/metrics.jsonl"
    local log = metrics.open(path)
    log:write { epoch = 1, step = 3, val_loss = 0.5 }
    local keep = log:size()
    log:write { epoch = 2, step = 6, val_loss = 0 / 0 }
    log:close()
    assert.matches('^{"epoch":1,"step":3,"val_loss":0.5,"crc":"%x+"}\n'
      .. '{"epoch":2,"step":6,"val_loss":null,"crc":"%x+"}\n$', file.read(path))
    log = metrics.open(path, keep)
    log:write { epoch = 2, step = 6, val_loss = 0.25 }
    log:close()
    assert.same({ { epoch = 1, step = 3, val_loss = 0.5 },
      { epoch = 2, step = 6, val_loss = 0.25 } }, metrics.read(path))
  end)

  it("loses no more than a torn last line", function()
    local path = fresh() .. "/metrics.jsonl"
    file.write(path, '{"epoch":1,"step":3}\n{"epo')
    assert.same({ { epoch = 1, step = 3 } }, metrics.read(path))
    local log = metrics.open(path)
    log:write { epoch = 2, step = 6 }
    log:close()
    assert.same({ { epoch = 1, step = 3 }, { epoch = 2, step = 6 } }, metrics.read(path))
  end)

  -- Lines of three epochs, with checksums or as versions before left them, and their mark.
  local function lines(seed, is_old)
    local path = fresh() .. "/metrics.jsonl"
    local log = metrics.open(path, nil, seed)
    for epoch = 1, 4 do
      log:write { epoch = epoch, step = 3 * epoch, val_loss = 1 / epoch }
    end
    local mark = log:mark()
    log:close()
    local out = {}
    for line in file.read(path):gmatch "[^\n]*\n" do
      out[#out + 1] = is_old and line:gsub(',"crc":"%x+"', "") or line
    end
    return out, mark
  end

  it("knows every line that is changed, cut, doubled or moved", function()
    local all, mark = lines "seed"
    local function fault(list, is_whole)
      return metrics.fault(metrics.scan(table.concat(list), nil, "seed"), mark, is_whole)
    end
    assert.is_nil(fault(all, true))
    for i = 1, 4 do
      local text = all[i]
      for at = 1, #text do
        local list = table.move(all, 1, 4, 1, {})
        list[i] = text:sub(1, at - 1) .. string.char(text:byte(at) ~ 2) .. text:sub(at + 1)
        assert.is_string(fault(list, true))
      end
      local cut, doubled, moved = {}, {}, table.move(all, 1, 4, 1, {})
      for j = 1, 4 do
        cut[#cut + 1] = j ~= i and all[j] or nil
        doubled[#doubled + 1] = all[j]
        doubled[#doubled + 1] = j == i and all[j] or nil
      end
      moved[i], moved[i % 4 + 1] = moved[i % 4 + 1], moved[i]
      for _, list in ipairs { cut, doubled, moved } do
        assert.is_string(fault(list, true))
      end
    end
    assert.matches("it holds 2 of the 4 lines", fault { all[1], all[2] })
    assert.matches("line 1: its checksum differs", fault((lines "another")))
  end)

  it("of a version without checksums knows lines that are doubled or moved", function()
    local all = lines("", true)
    for _, list in ipairs { { 1, 2, 2 }, { 1, 3, 2 }, { 1, 1 } } do
      local text = {}
      for i, at in ipairs(list) do
        text[i] = all[at]
      end
      assert.matches("lines are doubled or moved", metrics.fault(metrics.scan(table.concat(text))))
    end
    assert.is_nil(metrics.fault(metrics.scan(table.concat(all))))
  end)
end)
