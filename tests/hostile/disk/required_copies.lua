-- ends: itself | limit --disk | words .
-- flags: --disk 1M
-- what it requires is copied into the run folder
require "good" require "circle_a"
return recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
