-- ends: limit --memory | words memory
data.random { shape = { 3, 64, 64 }, classes = 2, n = 1000000 }:open {}
