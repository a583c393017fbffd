-- ends: words . | limit --lua-seconds
for _, n in ipairs { "broken", "binary" } do print(n, (pcall(require, n))) end
print(require "circle_a")
require "endless"
