local file = require "lrrun.native.file"
local program = require "support.program"
local runs = require "support.runs"

describe("a run that is stopped and resumed again and again", function()
  for _, item in ipairs(runs.list) do
    it("ends in the bits of the run in one piece: " .. item.name, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/r.lua", item.text)
      local code, out, err = program.run(("verify-resume %s/r.lua --out %s/runs --quiet")
        :format(folder, folder))
      assert.equal("", err)
      assert.equal(0, code, out)
      assert.matches("same to the last bit", out)
    end)
  end
end)

describe("verify-resume that is interrupted", function()
  -- { steps, the folder whose making is waited for }: in the run in one piece, and in the other
  for where, case in pairs { ["in the run in one piece"] = { 2000000, "v-1" },
    ["in the one that is resumed"] = { 3000, "v-2" } } do
    it("says so and not that the bits differ, and leaves no folder: " .. where, function()
      local folder = runs.folder(finally)
      program.write(folder .. "/v.lua", "return recipe { data = data.spirals { n = 64 }, "
        .. "model = nn.sequential { nn.linear(64), nn.linear(3) }, loss = nn.cross_entropy(), "
        .. ("optimizer = optim.sgd { lr = 0.001 }, epochs = %d }"):format(case[1]))
      local pipe = assert(io.popen("bash -c " .. program.quote(([[
        %s --threads 1 --out %s/runs verify-resume %s/v.lua >%s/out 2>%s/err &
        for i in $(seq 6000); do [ -e %s/runs/%s/run.yaml ] && break; sleep 0.005; done
        kill -INT $!; wait $!; echo "=$?"; cat %s/out %s/err; ls %s/runs]]):format(program.path,
        folder, folder, folder, folder, folder, case[2], folder, folder, folder))))
      local said = pipe:read "a"
      pipe:close()
      assert.equal("=130\nlrrun: interrupted\n", said)
    end)
  end
end)

describe("a run that was ended before its first checkpoint", function()
  it("begins anew on the data that it began with, and on no others", function()
    local folder = program.folder(finally)
    local function table_of(first)
      program.write(folder .. "/t.csv", "a,y\n" .. first .. ",u\n" .. ("1,u\n2,v\n"):rep(20))
    end
    for name, text in pairs { inside = "", stored = ", stream = true" } do
      program.write(folder .. "/r.lua", ([[return recipe { name = "%s",
        data = data.csv { "t.csv", target = "y"%s }, model = nn.linear(2),
        optimizer = optim.sgd { lr = 0.1 }, epochs = 3, checkpoint = { every = 1*epochs } }
      ]]):format(name, text))
      table_of "1"
      local resume = "resume runs/" .. name .. "-1 --quiet"
      local code, out, err = program.run_in(folder, "r.lua --quiet")
      assert.equal(0, code, err)
      local want = out:match "digest +(%x+)"
      local run = folder .. "/runs/" .. name .. "-1"
      os.remove(run .. "/result.json")
      for _, checkpoint in ipairs(assert(file.list(run .. "/checkpoints"))) do
        os.remove(run .. "/checkpoints/" .. checkpoint)
      end
      table_of "3"
      code, out, err = program.run_in(folder, resume)
      assert.equal(1, code, out)
      assert.matches("^lrrun: the data differ from what the run was trained on %(data%.csv%): want "
        .. "SHA%-256 %x+, found %x+\n$", err)
      table_of "1"
      code, out, err = program.run_in(folder, resume)
      assert.equal(0, code, err)
      assert.equal(want, out:match "digest +(%x+)")
    end
  end)
end)

describe("a run whose data have lost a class", function()
  it("is told that they differ, and not that its network does not fit", function()
    local folder = program.folder(finally)
    local function table_of(last)
      program.write(folder .. "/t.csv", "a,y\n" .. ("1,u\n2,v\n3," .. last .. "\n"):rep(20))
    end
    program.write(folder .. "/r.lua", [[return recipe { data = data.csv { "t.csv", target = "y" },
      model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 3 }]])
    table_of "w"
    assert.equal(0, (program.run_in(folder, "r.lua --quiet")))
    table_of "v"
    os.execute("cp -r " .. folder .. "/runs/r-1 " .. folder .. "/runs/r-2")
    os.remove(folder .. "/runs/r-2/result.json")
    for _, line in ipairs { "resume runs/r-2", "extend runs/r-1 --epochs +1 --via stretch",
      "continue runs/r-1 --epochs +1 --lr 0.2" } do
      local code, out, err = program.run_in(folder, line .. " --quiet")
      assert.equal(1, code, out)
      assert.matches("^lrrun: the data differ from what the run was trained on %(data%.csv%)", err)
    end
  end)
end)

describe("a callback's print", function()
  local TEXT = [[
print "the script is read"
return recipe { name = "p", data = data.blobs { n = 60, val = 0.2, batch = 12 },
  model = nn.linear(3),
  optimizer = optim.sgd { lr = 0.1 }, epochs = 3, checkpoint = { every = 1*epochs },
  on = { epoch = function(t) print("EPOCH", t.epoch) end,
    stop = function() print "ENDED" end } }
]]

  it("is seen in resume, extend and replay, and what the script prints itself is not", function()
    local folder = runs.folder(finally)
    local function call(line, want)
      local code, out, err = program.run((line:gsub("DIR", folder)))
      assert.equal(0, code, err)
      local seen = {}
      for word in (out .. err):gmatch "[^\n]*" do
        seen[#seen + 1] = (word:find "^EPOCH" or word:find "^ENDED" or word:find "^the script")
          and word or nil
      end
      assert.same(want, seen)
    end
    program.write(folder .. "/p.lua", TEXT)
    call("DIR/p.lua --out DIR/runs --quiet", { "the script is read", "EPOCH\t1", "EPOCH\t2",
      "EPOCH\t3", "ENDED" })
    os.remove(folder .. "/runs/p-1/result.json")
    for _, name in ipairs(require("lrrun.native.file").list(folder .. "/runs/p-1/checkpoints")) do
      os.remove(folder .. "/runs/p-1/checkpoints/" .. name)
    end
    call("resume DIR/runs/p-1 --quiet --json", { "EPOCH\t1", "EPOCH\t2", "EPOCH\t3", "ENDED" })
    call("extend DIR/runs/p-1 --epochs +1 --via stretch --quiet", { "EPOCH\t4", "ENDED" })
    call("pack DIR/runs/p-1 -o DIR/p.yaml", {})
    call("replay DIR/p.yaml --out DIR/again --quiet", { "EPOCH\t1", "EPOCH\t2", "EPOCH\t3",
      "ENDED", "EPOCH\t4", "ENDED" })
    call("eval DIR/runs/p-1", {})
  end)
end)

describe("a run that is killed while its folder is being made", function()
  -- With byte pairs and a file that is required: both are written before run.yaml.
  local TEXT = [[
local width = require "width"
return recipe { data = data.text { "t.txt", task = "lm", tokens = "bpe", vocab = 260,
    context = 4, batch = 4 },
  model = nn.sequential { nn.embedding(width), nn.gru { width, sequences = true },
    nn.linear(260) },
  optimizer = optim.sgd { lr = 0.1 }, steps = 2 }]]
  local LEFT = "runs/r-1 is no run folder: it is what a run leaves that is killed while its folder "
    .. "is being made, and nothing was trained; lrrun RECIPE begins it again"

  local function digest(out)
    return assert(out:match "digest +(%x+)", out)
  end

  it("is told from other folders in one line, or resumed to the same bits", function()
    local folder = program.folder(finally)
    local place, seen, before = folder .. "/runs/r-1", {}, "export XDG_STATE_HOME=$PWD/state;"
    local function said(line, want)
      local code, out, err = program.run_in(folder, line, before)
      assert.same(want, { code, out, err }, line)
    end
    program.write(folder .. "/width.lua", "return 3")
    program.write(folder .. "/t.txt", ("one two three "):rep(20))
    program.write(folder .. "/r.lua", TEXT)
    local code, out, err = program.run_in(folder, "r.lua --quiet --out whole", before)
    assert.equal(0, code, err)
    local want = digest(out)
    local n, begun = 1
    repeat -- each file is synced before it has its name, and its folder after that
      os.execute("rm -rf " .. folder .. "/runs")
      assert.equal(137, (program.run_in(folder, "r.lua --quiet",
        ("%s export LRRUN_FAULT=fsync:%d:KILL;"):format(before, n))))
      n, begun = n + 1, file.kind(place .. "/run.yaml") ~= nil
      local left = table.concat(file.list(place), " "):gsub("%.lrrun[%d.]+", "part.")
      if not begun and not seen[left] then
        seen[left] = true
        said("resume runs/r-1", { 2, "", "lrrun: " .. LEFT .. "\n" })
      end
    until begun
    assert.is_true(seen[""] and seen["part.tmp data.json files recipe.lua tokenizer.json"])
    code, out, err = program.run_in(folder, "resume runs/r-1 --quiet", before)
    assert.equal(0, code, err)
    assert.equal(want, digest(out))

    os.execute(("cd %s && rm -r run.yaml result.json weights* checkpoints metrics* history* "
      .. "events*"):format(place))
    program.write(place .. "/vocabulary.json", "[]") -- of data with words
    for _, line in ipairs { "extend runs/r-1 --epochs +1 --via stretch", "report runs/r-1" } do
      said(line, { 2, "", "lrrun: " .. LEFT .. "\n" })
    end
    code, out, err = program.run_in(folder, "compare runs/r-1 whole/r-1", before)
    assert.equal(0, code)
    assert.equal("lrrun: warning: " .. LEFT .. ": left out\n", err)
    assert.matches("\nr%-1 [^\n]*\n$", out)
    said("runs", { 0, "no run, study or range test in runs\n", "" })
    program.write(place .. "/a.png", "")
    code, out, err = program.run_in(folder, "resume runs/r-1", before)
    assert.same({ 2, "" }, { code, out })
    assert.matches("^[^\n]*it is a folder with neither run.yaml nor study.json;[^\n]*\n$", err)
  end)
end)
