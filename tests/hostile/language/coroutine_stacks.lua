-- ends: limit --lua-memory | limit --lua-seconds
-- each keeps a deep stack
local function deep(n) if n == 0 then coroutine.yield() end return 1 + deep(n - 1) end
local kept = {}
while true do
  local co = coroutine.create(deep)
  coroutine.resume(co, 10000)
  kept[#kept + 1] = co
end
