local data = require "lrrun.data"
local is_kept = require "lrrun.data.is_kept"
local nn = require "lrrun.nn"
local optim = require "lrrun.optim"
local recipe = require "lrrun.recipe".new
local train = require "lrrun.language.train"

describe("data whose targets are the next tokens", function()
  local function open(opts, ctx)
    opts = opts or {}
    opts.task, opts.tokens, opts.length = "lm", opts.tokens or 7, opts.length or 5
    opts.n = opts.n or 12
    return data.random(opts):open(ctx or { seed = 1 })
  end

  it("have windows of one length, and the token behind each of theirs as its target", function()
    local d = open { batch = 12 }
    assert.same({ 5 }, d.shape)
    assert.is_nil(d.seq)
    assert.is_nil(d.length)
    assert.is_true(d.next)
    assert.is_true(d.per_step)
    assert.equal(7, d.classes)
    local b = d:loader { shuffle = false }:next()
    local x, y = b.x:values(), b.y:values()
    assert.same({ 12, 5 }, b.x:shape())
    assert.same({ 12, 5 }, b.y:shape())
    assert.is_nil(b.len)
    for i = 1, 59 do
      assert.equal(x[i + 1], y[i]) -- side by side on one list
      assert.truthy(x[i] >= 1 and x[i] < 7)
    end
  end)

  it("have the same batches for any number of threads, another order in each epoch", function()
    local function list(threads, epoch)
      local d = open({ n = 4000, length = 30, batch = 50 }, { seed = 3, threads = threads })
      local out = {}
      for b in d:batches("train", epoch) do
        table.move(b.x:values(), 1, 50 * 30, #out + 1, out)
      end
      return out
    end
    assert.same(list(1, 1), list(4, 1))
    assert.are_not.same(list(1, 1), list(1, 2))
  end)

  it("count the targets of a split for the loss to beat", function()
    local d = open { val = 0.25 }
    local sum = 0
    for _, n in ipairs(d.counts.of) do
      sum = sum + n
    end
    assert.equal(9 * 5, d.counts.n)
    assert.equal(9 * 5, sum)
  end)

  it("keep what a trained model has to know", function()
    local d = open()
    local kept = d:kept()
    assert.is_true(is_kept(kept))
    assert.is_true(kept.next)
    kept.length = 5
    assert.is_false(is_kept(kept))
  end)

  it("want tokens, not a shape", function()
    local ok, why = pcall(data.random, { shape = { 3 }, task = "lm" })
    assert.is_false(ok)
    assert.truthy(tostring(why):find("'lm\", which is for tokens", 1, true)
      or tostring(why):find('"lm", which is for tokens', 1, true))
  end)

  local function fit(more)
    local r = { data = data.random { tokens = 7, length = 5, task = "lm", n = 40, val = 0.2 },
      model = nn.sequential { nn.embedding(4), nn.linear(7) }, optimizer = optim.adam { lr = 0.01 },
      loss = nn.cross_entropy { label_smoothing = 0.3 }, epochs = 2 }
    for key, item in pairs(more or {}) do
      r[key] = item
    end
    return train.fit(recipe(r), { record = false, quiet = true })
  end

  it("report perplexity, exp of the loss, of validation without label smoothing", function()
    local last = fit().last
    assert.near(math.exp(last.val_loss), last.val_perplexity, 1e-9)
    assert.near(math.exp(last.train_loss), last.train_perplexity, 1e-9)
    assert.is_nil(last.val_bits_per_byte) -- random tokens are no text
    assert.is_nil(fit { loss = nn.focal() }.last.val_perplexity)
  end)

  it("train networks that flatten what an embedding gives", function()
    local last = fit { model = nn.sequential { nn.embedding(4), nn.flatten(), nn.linear(35),
      nn.reshape { 5, 7 } } }.last
    assert.truthy(last.val_loss > 0)
  end)
end)
