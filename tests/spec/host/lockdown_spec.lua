-- The process ring from outside: every verb does its work behind it. What it denies is tried in
-- C (tests/unit/test_lockdown.c).
local program = require "support.program"
local verbs = require "lrrun.cli.verbs"

local RECIPE = [[
return recipe {
  name = "q", seed = 1, data = data.digits { val = 0.2, limit = 600 },
  model = nn.sequential { nn.linear(8), nn.relu(), nn.linear(10) },
  optimizer = optim.adam { lr = search.loguniform(1e-4, 1e-1, { default = 1e-2 }) },
  epochs = 2, checkpoint = { every = 1*epochs, keep = 2 },
}]]

local WRITES = [[
return recipe {
  name = "w", seed = 1, data = data.text { "w.txt", task = "lm", context = 8, val = 0.2 },
  model = nn.sequential { nn.embedding(8), nn.attention { 2, causal = true }, nn.linear(3) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 1,
}]]

local TRAVELS = [[
local width = option("width", 32)
return recipe {
  name = "t", seed = 1, data = data.digits { val = 0.2, limit = 600 },
  model = nn.sequential { nn.linear(width), nn.relu(), nn.linear(width), nn.linear(10) },
  optimizer = optim.adamw { lr = 1e-2 }, epochs = 1,
  transfer = { kind = "mup", base = { width = 32 } },
}]]

-- In this order: later ones use what earlier ones have made. %s is the folder.
local CALLS = {
  { "run", "run %s/r.lua --threads 4" },
  { "plan", "plan %s/r.lua" },
  { "range", "range %s/r.lua" },
  { "probe", "probe %s/r.lua --at init,1 --samples 50" },
  { "probe", "probe %s/runs/q-1 --samples 50" },
  { "advise", "advise %s/r.lua --budget 1 --jobs 2 --freeze %s/rate.lua" },
  { "sensitivity", "sensitivity %s/r.lua --points 2 --seeds 1 --epochs 1 --jobs 2" },
  { "coord", "coord %s/t.lua" },
  { "search", "search %s/r.lua --trials 3 --jobs 2 --strategy bayes --freeze %s/best.lua" },
  { "resume", "resume %s/runs/q-1" },
  { "verify-resume", "verify-resume %s/r.lua" },
  { "extend", "extend %s/runs/q-1 --epochs +1 --via rewarm" },
  { "continue", "continue %s/runs/q-1 --epochs +1 --set schedule=schedule.linear{}" },
  { "eval", "eval %s/runs/q-1" },
  { "eval", "eval %s/runs/q-1 --average 1" },
  { "run", "run %s/w.lua" },
  { "generate", "generate %s/runs/w-1 --prompt a --tokens 20" },
  { "predict", "predict %s/runs/q-1 --input %s/one.csv" },
  { "report", "report %s/runs/q-1" },
  { "export", "export %s/runs/q-1 -o %s/q.onnx" },
  { "import", "import %s/runs/q-1/weights.safetensors %s/r.lua -o %s/i.safetensors" },
  { "pack", "pack %s/runs/q-1 -o %s/q.yaml --weights" },
  { "replay", "replay %s/q.yaml" },
  { "replay", "replay %s/runs/q-study#1" },
  { "trial", "trial %s/runs/q-study 1" },
  { "runs", "runs" },
  { "schedule", "schedule cosine -o %s/x.svg" },
  { "watch", "watch %s/runs/q-1" },
  { "compare", "compare %s/runs/q-1 %s/runs/q-replay-1" },
  { "diff", "diff %s/runs/q-1 %s/runs/q-replay-1" },
  { "data", "data digits" },
  { "init", "init %s/new/first" },
  { "init", "init %s/new/book --data %s/w.txt" },
  { "trust", "trust --list" },
  { "help", "help run" },
}

describe("behind the process ring", function()
  it("every verb does its work", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", RECIPE)
    program.write(folder .. "/w.lua", WRITES)
    program.write(folder .. "/t.lua", TRAVELS)
    program.write(folder .. "/w.txt", ("ab"):rep(200))
    program.write(folder .. "/one.csv", ("0,"):rep(63) .. "0\n")
    local done = {}
    for _, call in ipairs(CALLS) do
      local words, makes_run, is_quiet = call[2]:gsub("%%s", folder), false, false
      for _, flag in ipairs(verbs.flags(verbs.by_name[call[1]])) do
        makes_run, is_quiet = makes_run or flag[1] == "out", is_quiet or flag[1] == "quiet"
      end
      words = words .. (makes_run and (" --out %s/runs"):format(folder) or "")
      local code, _, err = program.run(words .. (is_quiet and " --quiet" or ""))
      assert.equal(0, code, words .. ": " .. err)
      assert.is_nil(err:find("not permitted", 1, true), err)
      done[call[1]] = true
    end
    for _, name in ipairs(verbs.names()) do
      assert.is_true(done[name], "no call of " .. name)
    end
  end)

  it("an interrupt ends a run with its exit code", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", (RECIPE:gsub("epochs = 2,", "epochs = 100000,")))
    local words = ("--out %s/runs %s/r.lua --quiet"):format(folder, folder)
    assert.equal(143, (program.run(words, "timeout --preserve-status -s TERM 0.5")))
    assert.equal(130, (program.run(words, "timeout --preserve-status -s INT 0.5")))
  end)
end)
