-- ends: itself
-- never: lrrun:
-- a chunk that says that it is of lrrun's own, of a file, of a line far away
for _, name in ipairs { "@lrrun:lrrun/cli/init.lua", "=lrrun:lrrun/x.lua", "@/etc/passwd", "\27[2J", ("x"):rep(10000) } do
  print((select(2, pcall(load("error 'x'", name)))))
end
