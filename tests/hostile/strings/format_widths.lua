-- ends: itself
-- never: true
for _, f in ipairs { "%999d", "%.999f", "%0000000099d", "%-+ #099d", "%100s", "%y", "%", "%5", "%-", "% +#-0d%", "%q%", "%10q" } do
  print(f, pcall(string.format, f, "x"))
end
