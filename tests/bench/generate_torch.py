#!/usr/bin/env python3
"""Tokens a second that a model of language writes in PyTorch, with a cache of keys and values in
plain Python: 4 blocks, 4 heads, 128 wide, vocabulary 96, as tests/bench/generate.lua.

Usage: python3 tests/bench/generate_torch.py [THREADS]"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

VOCAB, WIDTH, HEADS, DEPTH, CONTEXT, ROUNDS = 96, 128, 4, 4, 512, 7
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, cache):
        b, t, c = x.shape
        q, k, v = (y.view(b, t, HEADS, c // HEADS).transpose(1, 2)
                   for y in self.qkv(self.norm1(x)).split(c, 2))
        if cache:
            k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
        cache[:] = k, v
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        x = x + self.out(y.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.place = nn.Embedding(VOCAB, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, VOCAB)

    def forward(self, ids, at, caches):
        x = self.token(ids) + self.place(torch.arange(at, at + ids.shape[1]))
        for block, cache in zip(self.blocks, caches):
            x = block(x, cache)
        return self.head(self.norm(x[:, -1]))


@torch.inference_mode()
def write(model, n):
    caches = [[] for _ in range(DEPTH)]
    ids = torch.zeros(1, 1, dtype=torch.long)
    for at in range(n):
        score, place = torch.topk(model(ids, at, caches)[0] / 0.8, 40)
        p = torch.softmax(score, 0)
        p = p * (torch.cumsum(p, 0) - p < 0.95)
        ids = place[torch.multinomial(p, 1)].view(1, 1)


model = Model().eval()
for n in (120, 500):
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        write(model, n)
        best = min(best, time.perf_counter() - began)
    print("%d tokens: %.4f ms each, %.0f a second" % (n, 1e3 * best / n, n / best))
