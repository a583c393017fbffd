-- ends: itself
-- never: true
for _, p in ipairs { "../out/other-1", "other-1", "out/other-1", "../out", "link_out", "..", "/", "/proc/self" } do print(pcall(train.evaluate, p), pcall(train.predict, p, { input = "good.csv" })) end
