-- What `make bench-scale` measures: groups of sizes, each with the work that a size is.
--
-- A group: { name =, unit = what a cost is given for, rows... }; a row: { label, work = units,
-- ours = words behind the program, theirs = { module = words behind the interpreter, for what needs
-- that module }, rows = of a table that is written first, whose name stands where they have FILE }.
-- All print "NAME milliseconds [setting]".

local HERE = "tests/bench/scale/"

-- A training step on so many threads.
local function step(label, work, threads, size)
  local ours, theirs = "", ("threads=%d"):format(threads)
  for _, key in ipairs { "kind", "batch", "width", "depth", "length" } do
    if size[key] then
      ours = ("%s --set %s=%s"):format(ours, key, size[key])
      theirs = ("%s %s=%s"):format(theirs, key, size[key])
    end
  end
  return { label, work = work,
    ours = ("--quiet --threads %d %sstep.lua%s"):format(threads, HERE, ours),
    theirs = { torch = HERE .. "step_torch.py " .. theirs,
      jax = HERE .. "step_jax.py " .. theirs } }
end

local function each(name, unit, sizes, make)
  local group = { name = name, unit = unit }
  for i, size in ipairs(sizes) do
    group[i] = make(size)
  end
  return group
end

local rows = {
  each("batch", "sample", { 1, 8, 64, 512, 4096 }, function(n)
    return step("784-256-128-10, batch " .. n, n, 2, { kind = "mlp", batch = n })
  end),
  each("threads", "sample", { 8, 128, 4096 }, function(n)
    return step(("the same, batch %d, 1 thread"):format(n), n, 1, { kind = "mlp", batch = n })
  end),
  each("length", "token", { 50, 100, 200, 400, 800 }, function(n)
    return step("LSTM 128, batch 32, length " .. n, 32 * n, 2,
      { kind = "lstm", batch = 32, length = n })
  end),
  -- Three layers, forward and backward twice: a multiplication and an addition each.
  each("width", "Gflop", { 64, 128, 256, 512, 1024, 2048 }, function(n)
    return step(("%d-%d-%d-10, batch 128"):format(n, n, n), 128 * 6 * (2 * n * n + 10 * n) / 1e9, 2,
      { kind = "wide", width = n })
  end),
  each("depth", "layer", { 10, 100, 1000, 8000 }, function(n)
    return step(("a step of %d layers, 16 wide, batch 8"):format(n), n, 1,
      { kind = "chain", depth = n, batch = 8 })
  end),
  each("plan", "layer", { 10, 100, 1000, 8000 }, function(n)
    return { ("plan of %d layers"):format(n), work = n,
      ours = ("--trusted --quiet %splan.lua %d"):format(HERE, n), theirs = {} }
  end),
  each("csv", "row", { 10000, 100000, 1000000 }, function(n)
    return { ("a table of %d rows, 11 columns"):format(n), work = n, rows = n,
      ours = ("--trusted --threads 1 %scsv.lua FILE"):format(HERE),
      theirs = { pandas = HERE .. "csv_pandas.py FILE" } }
  end),
}
for _, name in ipairs { "bayes", "tpe" } do
  table.insert(rows, #rows, each(name, "trial", { 10, 100, 1000, 10000 }, function(n)
    return { ("%s proposes beside %d trials"):format(name, n), work = n,
      ours = ("--trusted --threads 1 %strials.lua %s %d"):format(HERE, name, n), theirs = {} }
  end))
end
return rows
