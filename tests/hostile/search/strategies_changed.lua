-- ends: itself
for _, make in ipairs { search.bayes, search.tpe, search.sobol, search.grid, search.random } do
  for _, v in ipairs { {}, -1, 1 << 40, 0/0, "x", print } do
    local ok, s = pcall(make)
    if ok and type(s) == "table" and s.opts then for k in pairs(s.opts) do s.opts[k] = v end end
    pcall(search.minimize, { space = { x = search.uniform(0, 1) }, strategy = v, trials = 3, objective = function() return 1 end })
    pcall(search.minimize, { space = { x = search.uniform(0, 1) }, strategy = s, trials = 3, objective = function() return 1 end })
    pcall(search.asha, { grace = v, factor = v }) pcall(search.hyperband, { factor = v }) pcall(search.median, { warmup = v })
  end
end
print "tried"
