-- ends: itself
-- what a recipe says comes back in messages: never as it stands
local evil = "\27[2J\u{9b}31m\u{202e}\0\r\xff"
for _, f in ipairs { function() nn.linear { [evil] = 1 } end, function() return nn[evil] end, function() return _G[evil].x end, function() train[evil] = 1 end, function() require(evil) end, function() error(evil) end, function() option(evil) end, function() recipe { [evil] = 1 } end,
  function() data.csv { evil }:open {} end, function() data.csv { "good.csv", target = evil }:open {} end, function() schedule.cosine { after = evil } end, function() optim.adam { like = evil } end, function() stop.time(evil) end, function() stop.early { monitor = evil, mode = evil } end, function() nn.linear(evil) end, function() tensor.new({ 1 }, { evil }) end, function() tensor.new({ 1 }, nil, evil) end,
  function() search.minimize { space = { [evil] = search.uniform(1, 0) } } end, function() train.evaluate(evil) end, function() return evil + 1 end, function() return evil.x.y end, function() local t = setmetatable({}, { __name = evil }) return t + 1 end, function() string.format(evil .. "%y") end, function() string.rep(evil, evil) end, function() assert(false, evil) end, function() load(evil, evil) error(load(evil, evil)) end } do
  print(select(2, pcall(f)))
end
