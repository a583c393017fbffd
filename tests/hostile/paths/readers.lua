-- ends: itself
-- never: true
for _, p in ipairs { "../secret.txt", "../outside/secret.csv", "../home/.bashrc", "link.csv", "link_dir/secret.csv", "loop/loop/loop/../../secret.txt", "loop/../secret.txt", "./././../outside/secret.csv", "good.csv/../../secret.txt", "/proc/self/root/etc/passwd", "/proc/self/cwd/../secret.txt", "/proc/self/fd/3", "/dev/fd/0", "/dev/tty", "/sys/kernel/notes", "fifo.csv", "sock", "dangling", "\0", "good.csv\0.txt", "~root", "$HOME/.bashrc", "file:///etc/passwd", "http://localhost/", "|ls", "-", "//etc/passwd", "..", "CON" } do
  for _, f in ipairs { function() return data.csv { p, target = "y" }:open {} end, function() return data.text { p }:open {} end, function() return data.text { p, context = 2 }:open {} end, function() return data.npy { x = p, y = p }:open {} end, function() return data.images { p, size = { 2, 2 } }:open {} end } do
    local ok, why = pcall(f)
    print(p, ok, #why)
  end
end
