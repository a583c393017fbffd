-- lrrun predict of a model with a tag for each token: a row for each, in every form.

local files = require "support.files"
local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[return recipe { name = "tags", seed = 1,
  data = data.text { "t.txt", task = "tags", val = 0.2, batch = 8 },
  model = nn.sequential { nn.embedding(8), nn.linear(3) }, optimizer = optim.adam { lr = 0.1 },
  epochs = 12 }]]

describe("lrrun predict of tags", function()
  local folder
  setup(function()
    folder = files.folder()
    files.write(folder, "t.txt", ("U.N. B-X\nsays O\n\nYork I-X\n, O\nof O\n\n"):rep(20))
    files.write(folder, "new.txt", "York\n, ?\n\nsays a b\n\"Q\"\nU.N.\nof\n")
    files.write(folder, "r.lua", RECIPE)
    assert.equal(0, (program.run_in(folder, "r.lua --quiet")))
  end)

  teardown(function()
    os.execute("rm -rf " .. program.quote(folder))
  end)

  local function run(args)
    return program.run_in(folder, "predict runs/tags-1 --input new.txt " .. args)
  end

  local function good(args)
    local code, out, err = run(args)
    assert.equal(0, code, err)
    return out, err
  end

  local function read(name)
    local file <close> = assert(io.open(folder .. "/" .. name))
    return file:read "a"
  end

  it("writes a row for each token, with those that have no answer", function()
    local out = good "-o out.csv"
    assert.matches("out.csv: 6 rows of 2 samples\n", out, 1, true)
    local rows = {}
    for line in read("out.csv"):gmatch "([^\n]*)\n" do
      rows[#rows + 1] = line
    end
    assert.equal("sample,step,token,label,probability,p_B-X,p_I-X,p_O", rows[1])
    assert.equal(7, #rows)
    local want = { "1,1,York,I-X,", '1,2,",",O,', "2,1,says,O,", '2,2,"""Q""",', "2,3,U.N.,B-X," }
    for i, text in ipairs(want) do
      assert.equal(text, rows[i + 1]:sub(1, #text))
    end
    assert.equal("2,4,of,,,,,", rows[7])
    local sum = 0
    for field in rows[2]:match "^1,1,York,I%-X,[^,]*,(.*)$":gmatch "[^,]+" do
      sum = sum + tonumber(field)
    end
    assert.near(1, sum, 1e-6)
    good "-o out.csv" -- its own answers may be written again
  end)

  it("says which tokens have none", function()
    local _, err = good "-o -"
    assert.matches("new.txt: 1 token behind the first 3 of 1 sentence left out: the network was "
      .. "built for the training's longest", err, 1, true)
  end)

  it("gives the same on the screen and as JSON, by sample", function()
    local out = good ""
    assert.matches("1  York/I%-X ,/O\n", out)
    assert.matches('says/O "Q"/%S+ U.N./B%-X of/%-\n', out)
    good "-o out.jsonl"
    local lines = {}
    for line in read("out.jsonl"):gmatch "([^\n]*)\n" do
      lines[#lines + 1] = json.decode(line)
    end
    local found = json.decode((good "--json"))
    assert.equal(2, #lines)
    assert.same(lines[2].steps, found.predictions[2].steps)
    local steps = lines[2].steps
    assert.same({ "says", "O" }, { steps[1].token, steps[1].label })
    assert.same({ token = "of", skipped = "behind the longest of the training" }, steps[4])
  end)

  it("refuses an array, and says what holds answers of steps", function()
    local code, _, err = run "-o out.npy"
    assert.equal(2, code)
    assert.matches("-o: the model has an answer at each step of a sample: .csv has a row for each "
      .. "step, .jsonl a line for each sample", err, 1, true)
  end)
end)
