"""Milliseconds of one PyTorch training step of a size, as step.lua's, with its setting.

Use: python3 tests/bench/scale/step_torch.py threads=2 kind=mlp batch=128 ...  (f32, plain or compiled,
the better; a compiled chain of thousands of layers is not tried.)
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import torch  # noqa: E402
from torch import nn  # noqa: E402

import torch_best  # noqa: E402

asked = dict(word.split("=") for word in sys.argv[1:])
kind = asked["kind"]
batch, width, depth, length, threads = (int(asked.get(key, default)) for key, default in [
    ("batch", 128), ("width", 256), ("depth", 100), ("length", 200), ("threads", 2)])


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20000, 128)
        self.rnn = nn.LSTM(128, 128, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, x):
        return self.head(self.rnn(self.embedding(x))[0][:, -1])


def layers(*sizes):
    out = []
    for a, b in zip(sizes, sizes[1:]):
        out += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*out[:-1])


MAKE = {
    "mlp": lambda: layers(784, 256, 128, 10),
    "wide": lambda: layers(width, width, width, 10),
    "chain": lambda: layers(*[16] * (depth // 2 + 1), 10),
    "lstm": Recurrent,
}
SIZE = {"mlp": 784, "wide": width, "chain": 16}


def one_batch():
    if kind == "lstm":
        return torch.randint(1, 20000, (batch, length)), torch.randint(0, 2, (batch,))
    return torch.randn(batch, SIZE[kind]), torch.randint(0, 10, (batch,))


torch_best.begin(threads)
best = None
for setting in ["plain"] + (["compiled"] if kind in ("mlp", "wide") else []):
    found = torch_best.measure(kind, MAKE[kind], one_batch, "adam", only={"f32": setting})
    if "f32" in found and (best is None or found["f32"] < best):
        best = found["f32"]
if best:
    print(f"{kind} {best[0]:.5f} {best[1]}")
