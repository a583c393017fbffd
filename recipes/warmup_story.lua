-- Why transformers are warmed up: one network with its norms after each sum (post) or before each
-- layer (pre), with and without warmup, at three rates, and its first 200 updates.
--
-- Use:    lrrun recipes/warmup_story.lua      (--set steps=20: a glimpse;
--         --set picture=true > warmup.svg: the curves of these trainings in its place)
-- Needs:  nothing; the 1,797 digits are part of the program
-- Result: post-norm at 0.003 has 10.0 % in validation without warmup, which is chance, and 98.3 %
--         with it (seeds 2 to 4 likewise); at 0.001 it learns either way, at 0.01 neither way (what
--         it had learnt by update 78 is lost again); pre-norm has 92.8 % or more at all three
--         without (seed 1); 110 s of processor time
--         on 2 cores of an AMD EPYC (Zen 5)
--
-- 1. Before any training. In pre-norm later blocks weigh less, the more blocks there are before
--    them, and have smaller gradients than in post-norm (Xiong et al., ICML 2020, arXiv
--    2002.04745), here by a little. But Adam's first update changes each weight by the rate,
--    whatever its gradient, and a norm after each sum lets each block's change weigh in full in
--    all that follows (Liu et al., EMNLP 2020, arXiv 2004.08249). One such update, and to the last
--    layer all images are nearly the same.
-- 2. Twelve trainings. Where images are the same, the best answer is each class's share: a loss of
--    ln 10, 2.30. Warmup makes the first updates small; it does not make a rate fit that is too
--    high once it is reached.

local updates = option("steps", 200)
local picture = option("picture", false)
local seed = option("seed", 1)

local DEPTH, RATES, WARMUP = 24, { 1e-3, 3e-3, 1e-2 }, 100
local BLOCKS = { 1, 6, 12, 18, 24 } -- shown of them
local SHOWN = { 1, 10, 25, 50, 100, 200 } -- updates in the table
local WINDOW = 10 -- updates whose mean is shown
local TITLES = { post = "post-norm", pre = "pre-norm" }

local function say(...)
  if not picture then
    print(string.format(...))
  end
end

local function digits()
  return data.digits { images = true, batch = 64, val = 0.2, seed = seed }
end

-- Pixels two by two are 16 steps of 32 values; `head`: the layer that answers, or nil.
local function network(norm, head)
  return nn.sequential {
    nn.conv2d { 32, kernel = 2, stride = 2 }, nn.tokens(), nn.positions(),
    nn.transformer { DEPTH, heads = 4, norm = norm },
    nn.flatten(), head,
  }
end

local function length_of(list)
  local sum = 0
  for _, v in ipairs(list) do
    sum = sum + v * v
  end
  return math.sqrt(sum)
end

-- Norms of the blocks' gradients of the first batch.
local function block_norms(model)
  local norms = {}
  for name, gradient in pairs(model:grads()) do
    local block = tonumber(name:match "^4%.(%d+)%.")
    if block then
      norms[block] = length_of { norms[block] or 0, length_of(gradient:values()) }
    end
  end
  return norms
end

-- How far the samples' rows of n values lie from their mean, over the rows' own size.
local function spread(values, n)
  local count, off = #values // n, {}
  for i = 1, n do
    local mean = 0
    for row = 0, count - 1 do
      mean = mean + values[row * n + i] / count
    end
    for row = 0, count - 1 do
      off[row * n + i] = values[row * n + i] - mean
    end
  end
  return length_of(off) / length_of(values)
end

-- Norms of the blocks' gradients of new weights; how different images are to the last layer, at
-- first and after one update of Adam at these rates.
local function before_training(norm, rates)
  local set = digits()
  local batch = set:batches("train", 1)()
  local features, norms, spreads = network(norm):build(set.shape, { seed = seed }), nil, {}
  for i = 0, #rates do
    local model = network(norm, nn.linear(10)):build(set.shape, { seed = seed })
    model:step(batch, nn.cross_entropy())
    if i == 0 then
      norms = block_norms(model)
    else
      optim.adam { lr = rates[i] }:bind(model):update { lr = rates[i] }
    end
    local trained = model:params()
    for name, values in pairs(features:params()) do
      values:set(trained[name]:values())
    end
    spreads[i] = spread(features:forward(batch.x):values(), features:shape()[1])
  end
  return norms, spreads
end

local function show_start(norm)
  local norms, spreads = before_training(norm, { RATES[2] / WARMUP, table.unpack(RATES) })
  local parts = {}
  for i, block in ipairs(BLOCKS) do
    parts[i] = ("%6.2f"):format(norms[block])
  end
  for i = 0, #spreads do
    parts[#parts + 1] = ("%7.3f"):format(spreads[i])
  end
  say("   %-9s %s", TITLES[norm], table.concat(parts, " "))
end

local function train_one(norm, lr, warmup)
  local run = { norm = norm, lr = lr, warmup = warmup, losses = {}, gradients = {} }
  run.result = train.fit(recipe {
    name = "warmup-story",
    seed = seed,
    data = digits(),
    model = network(norm, nn.linear(10)),
    loss = nn.cross_entropy(),
    optimizer = optim.adam { lr = lr },
    schedule = warmup and schedule.warmup(WARMUP * steps) or nil,
    on = { step = function(t)
      run.losses[t.step], run.gradients[t.step] = t.loss, t.grad_norm
    end },
    steps = updates,
  }, { record = false, quiet = true })
  return run
end

-- Mean of what is in `list` up to `last`.
local function mean_to(list, last)
  local sum, n = 0, 0
  for i = math.max(1, last - WINDOW + 1), last do
    sum, n = sum + list[i], n + 1
  end
  return sum / n
end

-- The highest of n values f(i), and where.
local function highest(n, f)
  local at = 1
  for i = 2, n do
    at = f(i) > f(at) and i or at
  end
  return f(at), at
end

local function show(run)
  local parts, losses, gradients = {}, run.losses, run.gradients
  if #losses == 0 then
    return -- `lrrun plan` trains nothing
  end
  for i, last in ipairs(SHOWN) do
    parts[i] = last <= #losses and ("%5.2f"):format(mean_to(losses, last)) or "    -"
  end
  local low, low_at = highest(#losses, function(i)
    return -mean_to(losses, i)
  end)
  local top, top_at = highest(#gradients, function(i)
    return gradients[i]
  end)
  say("   %-9s  %-5g  %-6s  %s  %5.2f (%3d)  %5.1f (%3d)  %5.2f %6.1f %%", TITLES[run.norm],
    run.lr, run.warmup and "yes" or "no", table.concat(parts, " "), -low, low_at, top, top_at,
    mean_to(gradients, #gradients), 100 * run.result.last.val_accuracy)
end

-- The picture: loss above, gradients below; the rates' colours, without warmup in dashes.
local WIDTH, HEIGHT, GAP = 300, 150, 50
local COLORS = { "#1f77b4", "#2ca02c", "#d62728" }
local STYLE = "text{font:12px sans-serif;fill:#333}path{fill:none;stroke-width:1.6}"
  .. "rect{fill:none;stroke:#999}.page{fill:#fff;stroke:none}"
  .. "@media(prefers-color-scheme:dark){text{fill:#ddd}.page{fill:#1b1b1b}}"

local function curve(values, low, high, log)
  local points = {}
  for i = 1, #values do
    local v = mean_to(values, i)
    local y = log and math.log(v / low) / math.log(high / low) or (v - low) / (high - low)
    points[i] = ("%.1f %.1f"):format(WIDTH * i / updates,
      HEIGHT * (1 - math.max(0, math.min(1, y))))
  end
  return "M" .. table.concat(points, "L")
end

local function panel(out, runs, at, what)
  out(('<g transform="translate(%d %d)"><rect width="%d" height="%d"/>'):format(at.x, at.y, WIDTH,
    HEIGHT))
  out(('<text x="0" y="-6">%s, %s</text>'):format(TITLES[at.norm], what.title))
  out(('<text x="-6" y="10" text-anchor="end">%g</text>'):format(what.high))
  out(('<text x="-6" y="%d" text-anchor="end">%g</text>'):format(HEIGHT, what.low))
  out(('<text x="%d" y="%d" text-anchor="end">%d updates</text>'):format(WIDTH, HEIGHT + 15,
    updates))
  for _, run in ipairs(runs) do
    if run.norm == at.norm then
      out(('<path stroke="%s"%s d="%s"/>'):format(run.color,
        run.warmup and "" or ' stroke-dasharray="4 3"',
        curve(run[what.of], what.low, what.high, what.log)))
    end
  end
  out "</g>"
end

local function draw(runs)
  local wide, high = 2 * (WIDTH + GAP) + 10, 2 * (HEIGHT + GAP) + 30
  print(('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">'):format(wide,
    high))
  print(("<style>%s</style>"):format(STYLE))
  print(('<rect class="page" width="%d" height="%d"/>'):format(wide, high))
  for i, norm in ipairs { "post", "pre" } do
    local x = GAP + (i - 1) * (WIDTH + GAP)
    panel(print, runs, { norm = norm, x = x, y = 30 },
      { title = "loss", of = "losses", low = 0, high = 4 })
    panel(print, runs, { norm = norm, x = x, y = 30 + HEIGHT + GAP },
      { title = "norm of the gradient", of = "gradients", low = 0.01, high = 100, log = true })
  end
  for i, lr in ipairs(RATES) do
    print(('<text x="%d" y="%d" style="fill:%s">rate %g</text>'):format(GAP + 90 * (i - 1),
      high - 12, COLORS[i], lr))
  end
  print(('<text x="%d" y="%d">dashed: no warmup; solid: warmup of %d updates</text></svg>'):format(
    GAP + 290, high - 12, WARMUP))
end

say "1. Before any training: norms of the blocks' gradients; how different images are to the last"
say "   layer (deviation from their mean over their size), at first and after one update of Adam"
say("   block     %6d %6d %6d %6d %6d   first %7g %7g %7g %7g", BLOCKS[1], BLOCKS[2], BLOCKS[3],
  BLOCKS[4], BLOCKS[5], RATES[2] / WARMUP, table.unpack(RATES))
show_start "post"
show_start "pre"

say "2. Trainings: loss (means of ten updates up to the one named, and where lowest), norm of the"
say "   gradient (largest, and the mean of the last ten), accuracy in validation"
say("              rate   warmup  %5d %5d %5d %5d %5d %5d   lowest (at)   largest      end correct",
  table.unpack(SHOWN))
local runs = {}
for _, norm in ipairs { "post", "pre" } do
  for i, lr in ipairs(RATES) do
    for _, warmup in ipairs { false, true } do
      local run = train_one(norm, lr, warmup)
      run.color = COLORS[i]
      show(run)
      runs[#runs + 1] = run
    end
  end
end
if picture then
  draw(runs)
end
