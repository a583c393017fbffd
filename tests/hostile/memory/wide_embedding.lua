-- ends: limit --memory | words embedding
nn.embedding { 1000, vocab = 1000000 }:build { 4 }
