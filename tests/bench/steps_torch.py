"""One PyTorch training step of each workload of steps.lua, at its best setting (torch_best.py).

Lines "name precision milliseconds setting", the best of f32 and of bf16; what was tried is said on
stderr. Use: OPENBLAS_NUM_THREADS=1 python3 tests/bench/steps_torch.py [name [f32=SETTING bf16=SETTING]]
(Debian's build is three times slower without that variable, because OpenBLAS's threads then fight
PyTorch's own.)
"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

import torch_best


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


def vectors(*shape):
    return lambda: (torch.randn(shape), torch.randint(0, 10, shape[:1]))


def texts():
    return torch.randint(1, 20000, (32, 200)), torch.randint(0, 2, (32,))


def windows(batch, context):
    return lambda: (torch.randint(0, 96, (batch, context)), torch.randint(0, 96, (batch * context,)))


WORK = {
    "mlp": (lambda: mlp(784, 256, 128, 10), vectors(128, 784), "adam"),
    "tiny": (lambda: mlp(64, 64, 10), vectors(32, 64), "adam"),
    "mlp_large": (lambda: mlp(784, 2048, 2048, 10), vectors(512, 784), "adam"),
    "cnn": (cnn, vectors(128, 3, 32, 32), "sgd", True),
    "lstm": (lambda: Recurrent(nn.LSTM), texts, "adam"),
    "gru": (lambda: Recurrent(nn.GRU), texts, "adam"),
    "gpt": (lambda: Writer(4, 4, 128, 128), windows(32, 128), "adamw"),
    "gpt_large": (lambda: Writer(6, 8, 256, 256), windows(16, 256), "adamw"),
}

torch_best.begin(threads=2)
names = [sys.argv[1]] if len(sys.argv) > 1 else list(WORK)
only = dict(word.split("=") for word in sys.argv[2:])
for name in names:
    for precision, (ms, setting) in torch_best.measure(name, *WORK[name], only=only or None).items():
        print(f"{name} {precision} {ms:.4f} {setting}", flush=True)
