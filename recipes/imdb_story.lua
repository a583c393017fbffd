-- Vanishing and exploding gradients in a plain recurrent network, seen in the norms of each
-- parameter's gradient, and what clipping and gates change.
--
-- Use:    lrrun recipes/imdb_story.lua
-- Needs:  the IMDB reviews (lrrun data imdb says where they are to be had)
--
-- Four networks read the same reviews word by word and answer from their last state:
--   a plain RNN without clipping; the same with the norm clipped at 5; an LSTM; a GRU.
-- Bengio, Simard and Frasconi (1994) explain why the first learns little: the gradient
-- that reaches early words is a product of as many matrices as there are words after them.

local limit = option("limit", 4000)
local length = option("length", 100)
local rounds = option("epochs", 3)

local function attempt(name, layer, rate, clip)
  return recipe {
    name = "imdb-story-" .. name,
    seed = 1,
    data = data.imdb { batch = 32, val = 0.2, limit = limit, length = length, vocab = 10000 },
    model = nn.sequential { nn.embedding(64), layer, nn.linear(2) },
    loss = nn.cross_entropy(),
    optimizer = optim.sgd { lr = rate, momentum = 0.9 },
    clip = clip,
    metrics = { "grad_norms" },
    epochs = rounds,
  }
end

local function show(title, result)
  print(("%s: %s, val_accuracy %.3f"):format(title, result.reason,
    result.best and result.best.val_accuracy or 0 / 0))
  local norms = result.grad_norms or {}
  local names = {}
  for name in pairs(norms) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if name:find "weight" then
      print(("  %-24s gradient norm: mean %-10.3g largest %.3g"):format(name, norms[name].mean,
        norms[name].max))
    end
  end
end

local large = nn.normal(0.3)
show("plain RNN, large weights, no clipping",
  train.fit(attempt("exploding", nn.rnn { 64, recurrent_init = large }, 0.1)))
show("the same, norm clipped at 5",
  train.fit(attempt("clipped", nn.rnn { 64, recurrent_init = large }, 0.1, { norm = 5 })))
show("plain RNN, small weights: vanishing",
  train.fit(attempt("vanishing", nn.rnn { 64, recurrent_init = nn.normal(0.05) }, 0.1)))
show("LSTM, norm clipped at 5", train.fit(attempt("lstm", nn.lstm(64), 0.1, { norm = 5 })))
show("GRU, norm clipped at 5", train.fit(attempt("gru", nn.gru(64), 0.1, { norm = 5 })))
