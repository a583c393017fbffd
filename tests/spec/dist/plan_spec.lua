-- What ranks would cost, before there are any (lrrun plan --ranks).

local json = require "lrrun.record.json"
local program = require "support.program"

local RECIPE = [[
return recipe { name = "p", epochs = 2, shards = option("shards", 8),
  data = data.digits { limit = 60, batch = 20 },
  model = nn.sequential { nn.linear(option("width", 9)),
    option("norm", true) and nn.batchnorm() or nn.relu(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1 } }]]

describe("a plan with ranks", function()
  local function run(words)
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    return program.run_in(folder, "plan r.lua " .. words)
  end

  local function plan(words)
    local code, out, err = run("--json " .. words)
    assert.equal(0, code, err)
    return json.decode(out)
  end

  it("says who has how many shards, and what they send", function()
    local r = plan "--ranks 3".ranks
    assert.same({ 3, 8, 2, 3, 0 }, { r.ranks, r.shards, r.fewest, r.most, r.idle })
    local params = 64 * 9 + 9 + 9 + 9 + 9 * 10 + 10
    -- Shards 2 .. 4 are two pieces of the tree: they are sent, and the sum of a third comes back.
    local gradient = params * 4 * 2 / 3 * 3
    assert.equal(math.floor(gradient + 2 * (3 * 9 + 1) * 8 * 3 * 2), r.bytes)
    assert.equal(5, r.messages) -- two of batchnorm, the loss, two of the gradient
    assert.equal(3, #r.links)
    for i, link in ipairs(r.links) do
      assert.is_true(link.share > 0 and link.share < 1)
      assert.is_true(i == 1 or link.seconds < r.links[i - 1].seconds)
    end
  end)

  it("says that one shard is one rank's work, and that one rank sends nothing", function()
    local code, out = run "--ranks 4 --set shards=1"
    assert.equal(0, code)
    assert.truthy(out:find("one shard is one rank's work", 1, true))
    local r = plan "--ranks 1".ranks
    assert.same({ 0, 0, 8 }, { r.bytes, r.messages, r.most })
  end)

  it("counts the memory of shards", function()
    assert.is_nil(plan("--set shards=1").memory.shards)
    assert.is_true(plan("").memory.shards > plan("--set shards=2").memory.shards)
  end)

  it("takes as many gradients of the largest layer as the tree of shards is deep", function()
    local function of(width, shards)
      local words = ("--set norm=false --set shards=%d --set width=%d"):format(shards, width)
      return plan(words).memory.shards
    end
    local layer = 64 * 1024 * 4
    for shards, deep in pairs { [2] = 2, [8] = 4, [16] = 5 } do
      local more = of(2048, shards) - of(1024, shards)
      assert.is_true(more >= deep * layer and more < (deep + 0.2) * layer, shards .. " shards")
    end
  end)

  it("tells ranks that have nothing to do", function()
    assert.equal(4, plan "--ranks 12".ranks.idle)
  end)

  it("has a page of its own in the help", function()
    local code, out = program.run "help ranks"
    assert.equal(0, code)
    assert.truthy(out:find("mpirun -n 4 lrrun recipe.lua", 1, true))
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)
end)
