"""Milliseconds of one PyTorch training step on the workloads of steps.lua; one line each.

Use: OPENBLAS_NUM_THREADS=1 python3 tests/bench/steps_torch.py [name]  (Debian's build is three times
slower without that setting, because OpenBLAS's threads then fight PyTorch's own.)
"""
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(2)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = nn.Embedding(20000, 128)
        self.rnn = kind(128, 128, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0][:, -1])


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.n1, self.n2 = heads, nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        n, t, width = x.shape
        q, k, v = (part.view(n, t, self.heads, -1).transpose(1, 2)
                   for part in self.qkv(self.n1(x)).split(width, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(n, t, width))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Writer(nn.Module):
    def __init__(self, depth, heads, width, context):
        super().__init__()
        self.embedding, self.places = nn.Embedding(96, width), nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, 96)

    def forward(self, x):
        x = self.embedding(x) + self.places.weight
        return self.head(self.norm(self.blocks(x))).flatten(0, 1)


def cnn():
    layers, last = [], 3
    for i, width in enumerate([32, 32, 64, 64, 128, 128]):
        layers += [nn.Conv2d(last, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
        if i in (1, 3):
            layers.append(nn.MaxPool2d(2))
        last = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


WORK = {
    "mlp": (lambda: mlp(784, 256, 128, 10), (128, 784), 10, "adam", 400),
    "tiny": (lambda: mlp(64, 64, 10), (32, 64), 10, "adam", 5000),
    "cnn": (cnn, (128, 3, 32, 32), 10, "sgd", 20),
    "lstm": (lambda: Recurrent(nn.LSTM), (32, 200), 2, "adam", 30),
    "gru": (lambda: Recurrent(nn.GRU), (32, 200), 2, "adam", 30),
    "gpt": (lambda: Writer(4, 4, 128, 128), (32, 128), 96, "adamw", 15),
    "gpt_large": (lambda: Writer(6, 8, 256, 256), (16, 256), 96, "adamw", 5),
}


def measure(make, shape, classes, optimizer, steps):
    torch.manual_seed(1)
    model = make()
    x = torch.randint(1, 20000, shape) if shape == (32, 200) else torch.randn(shape)
    y = torch.randint(0, classes, (shape[0],))
    if optimizer == "adamw":
        x, y = torch.randint(0, 96, shape), torch.randint(0, 96, (shape[0] * shape[1],))
    if optimizer == "adamw":
        opt = torch.optim.AdamW(model.parameters(), 1e-3, fused=True)
    elif optimizer == "adam":
        opt = torch.optim.Adam(model.parameters(), 1e-3)
    else:
        opt = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
    loss = nn.CrossEntropyLoss()
    best = float("inf")
    for _ in range(3):
        for i in range(steps + 5):
            if i == 5:
                began = time.perf_counter()
            opt.zero_grad()
            loss(model(x), y).backward()
            opt.step()
        best = min(best, (time.perf_counter() - began) / steps)
    return 1000 * best


for name in sys.argv[1:] or WORK:
    print(f"{name} {measure(*WORK[name]):.4f}", flush=True)
