#!/usr/bin/env python3
"""Writes tests/golden/probe.json: the largest eigenvalue of the whole Hessian of small networks'
losses by PyTorch's autograd, of P^-1/2 H P^-1/2 under Adam, and gradient noise by batches; see
probe.lua. Weights and samples are sines of their places, so that the file holds none.

Usage: python3 tests/golden/make_probe.py > tests/golden/probe.json
Made with torch 1.13.0, numpy 2.4.6, Python 3.11; double precision throughout, from values rounded
to single."""

import json
import math

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
CASES = []


def sines(n, start, scale):
    """What probe.lua makes: as single precision has it."""
    x = [scale * math.sin(78.233 * (i + 1) + 12.9898 * start) for i in range(n)]
    return torch.tensor(np.asarray(x, np.float32).astype(float))


def fill(model):
    for k, p in enumerate(model.parameters()):
        fan = p[0].numel() if p.dim() > 1 else 4
        p.data = sines(p.numel(), k + 1, 1.6 / math.sqrt(fan)).reshape(p.shape)
        if p.dim() == 1:
            p.data += 0.1
            p.data = p.data.float().double()


def hessian(model, loss_of):
    params = list(model.parameters())
    grads = torch.autograd.grad(loss_of(), params, create_graph=True)
    flat = torch.cat([g.reshape(-1) for g in grads])
    rows = []
    for g in flat:
        if not g.requires_grad:
            rows.append(torch.zeros(len(flat)))
            continue
        row = torch.autograd.grad(g, params, retain_graph=True, allow_unused=True)
        rows.append(torch.cat([(torch.zeros_like(p) if r is None else r).reshape(-1)
                               for r, p in zip(row, params)]))
    h = torch.stack(rows).detach()
    assert (h - h.T).abs().max() < 1e-9 * h.abs().max() + 1e-12
    return h


def top(h):
    return float(torch.linalg.eigvalsh(h)[-1])


def noise(model, loss_of, x, y, b):
    def norms(x, y):
        grads = torch.autograd.grad(loss_of(x, y), list(model.parameters()))
        return torch.cat([g.reshape(-1) for g in grads])
    gs = [norms(x[i:i + b], y[i:i + b]) for i in range(0, len(x), b)]
    small = float(sum(g @ g for g in gs) / len(gs))
    mean = sum(gs) / len(gs)
    large, whole = float(mean @ mean), len(x)
    return {"signal": (whole * large - b * small) / (whole - b),
            "noise": (small - large) / (1 / b - 1 / whole)}


def case(expr, model, shape, n, loss, classes=None, targets=None, task=None, optimizer=None,
         updates=0, batch=None, noisy=True):
    fill(model)
    x = sines(n * int(np.prod(shape)), 0, 1.5).reshape(n, *shape)
    if classes:
        y = torch.arange(n) * 7 % classes
        want = y
    else:
        y = sines(n * targets, 99, 2).reshape(n, targets)
        want = y
    torch_loss = task

    def loss_of(x=x, y=want):
        return torch_loss(model(x), y)
    if updates:
        o = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(updates):
            o.zero_grad()
            loss_of().backward()
            o.step()
    h = hessian(model, loss_of)
    c = {"kind": "probe", "expr": expr, "loss": loss, "shape": list(shape), "n": n,
         "sharpness": top(h), "optimizer": optimizer or "optim.sgd { lr = 0.1 }",
         "updates": updates, "rtol": 0.002}
    if classes:
        c["classes"] = classes
    else:
        c["targets"] = targets
    if updates:
        p = torch.cat([(1 - 0.9 ** updates) * (s["exp_avg_sq"] / (1 - 0.999 ** updates)).sqrt()
                       .add(1e-8).reshape(-1) for s in o.state.values()])
        d = p ** -0.5
        c["preconditioned"] = top(d[:, None] * h * d)
        c["factor"] = 2 * 1.9 / 0.1
    if noisy:
        c["noise"] = noise(model, loss_of, x, want, n // 8)
    CASES.append(c)


def relu_like(name, module, n=32):
    case("nn.sequential { nn.linear(9), nn.%s, nn.linear(7), nn.%s, nn.linear(4) }" % (name, name),
         nn.Sequential(nn.Linear(6, 9), module, nn.Linear(9, 7), module, nn.Linear(7, 4)), (6,), n,
         "nn.cross_entropy()", classes=4, task=nn.CrossEntropyLoss())


relu_like("tanh()", nn.Tanh())
relu_like("relu()", nn.ReLU())
relu_like("leaky_relu(0.2)", nn.LeakyReLU(0.2))
relu_like("elu()", nn.ELU())
relu_like("selu()", nn.SELU())
relu_like("gelu()", nn.GELU())

case("nn.sequential { nn.conv2d(4, 3), nn.relu(), nn.maxpool2d(2), nn.conv2d(3, 2), nn.relu(), "
     "nn.flatten(), nn.linear(3) }",
     nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 2), nn.ReLU(),
                   nn.Flatten(), nn.Linear(12, 3)), (1, 8, 8), 24,
     "nn.cross_entropy()", classes=3, task=nn.CrossEntropyLoss())
case("nn.sequential { nn.linear(8, { bias = false }), nn.batchnorm(), nn.relu(), nn.linear(6), "
     "nn.batchnorm(), nn.relu(), nn.linear(3) }",
     nn.Sequential(nn.Linear(5, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 6),
                   nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3)), (5,), 48,
     "nn.cross_entropy { label_smoothing = 0.1 }", classes=3,
     task=nn.CrossEntropyLoss(label_smoothing=0.1))


class Recurrent(nn.Module):
    """A recurrent layer, and a linear one of its last state."""

    def __init__(self, layer, classes):
        super().__init__()
        self.layer, self.last = layer, nn.Linear(layer.hidden_size, classes)

    def forward(self, x):
        return self.last(self.layer(x)[0][:, -1])


for expr, layer in (("nn.rnn { 6, activation = 'relu' }", nn.RNN(3, 6, nonlinearity="relu",
                                                                batch_first=True)),
                    ("nn.lstm(4)", nn.LSTM(3, 4, batch_first=True)),
                    ("nn.gru(5)", nn.GRU(3, 5, batch_first=True))):
    case("nn.sequential { %s, nn.linear(3) }" % expr, Recurrent(layer, 3), (5, 3), 24,
         "nn.cross_entropy()", classes=3, task=nn.CrossEntropyLoss())
for expr, loss in (("nn.mse()", nn.MSELoss()), ("nn.l1()", nn.L1Loss()),
                   ("nn.huber { delta = 0.8 }", nn.HuberLoss(delta=0.8))):
    case("nn.sequential { nn.linear(10), nn.relu(), nn.linear(2) }",
         nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2)), (4,), 40, expr, targets=2,
         task=loss)
case("nn.sequential { nn.linear(9), nn.tanh(), nn.linear(4) }",
     nn.Sequential(nn.Linear(6, 9), nn.Tanh(), nn.Linear(9, 4)), (6,), 32,
     "nn.cross_entropy()", classes=4, task=nn.CrossEntropyLoss(),
     optimizer="optim.adam { lr = 0.01 }", updates=6)
print(json.dumps(CASES, indent=1))
