-- ends: itself
-- never: true
-- quotes: yes
for _, n in ipairs { "linked", "link_dir.module", "link_dir/module", "..outside.module", "loop.loop.linked", "/etc/passwd", "good.lua", "./good", "fifo", "sock", "dangling", "good\0", "lrrun.io", "lrrun.native.sys", "lrrun.train.loop", "_G", "jit", "ffi", "lfs", "posix", "socket.core", "cjson" } do print(n:gsub("%z", "0"), pcall(require, n)) end
