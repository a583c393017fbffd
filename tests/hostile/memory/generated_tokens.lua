-- ends: limit --memory | words memory | words 'length'
data.random { tokens = 20, length = 100000, classes = 2, n = 100000 }:open {}
