-- ends: itself | limit --lua-seconds
-- flags: --lua-seconds 2
-- windows that overlap in all but one token
return recipe { data = data.text { "r.lua", task = "lm", tokens = "bytes", context = 100, stride = 1, batch = 8 }, model = nn.sequential { nn.embedding(2), nn.linear(256) }, optimizer = optim.sgd { lr = 0.1 }, steps = 2 }
