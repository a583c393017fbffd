#!/usr/bin/env python3
"""Writes tests/golden/extra.json: reference cases beside those of layers.json and optim.json,
of the same form (see run.lua). Layers with odd shapes and every option, all activations and
losses, and the options of optimizers, computed in double precision.

Usage: python3 tests/golden/make_extra.py > tests/golden/extra.json
Made with PyTorch 1.13.1 as Debian 12 has it, Python 3.11."""

import json
import sys

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
CASES = []


def rounded(x):
    # Inputs are floats exactly, so that float and double programs see the same ones.
    return x.to(torch.float32).to(torch.float64)


def tensor(x):
    x = x.detach()
    data = [float("%.7g" % v) for v in x.reshape(-1).tolist()]
    return {"shape": list(x.shape), "data": data}


def randn(*shape):
    return rounded(torch.randn(*shape))


def fill(module):
    for p in module.parameters():
        p.data = rounded(torch.randn(p.shape) * 0.3)


def layer(expr, module, x, forward=None, names=None, train=True, buffers=None):
    """names: lrrun's name -> attribute of the module; buffers likewise."""
    fill(module)
    module.train(train)
    buffers = buffers or {}
    case = {"kind": "layer", "expr": expr, "train": train, "input": tensor(x), "params": {}}
    names = names if names is not None else {n: n for n, _ in module.named_parameters()}
    params = dict(module.named_parameters())
    for ours, theirs in names.items():
        case["params"][ours] = tensor(params[theirs])
    state = dict(module.named_buffers())
    if buffers:
        for theirs in buffers.values():
            state[theirs].copy_(rounded(torch.rand(state[theirs].shape) + 0.5))
        case["buffers_before"] = {o: tensor(state[t]) for o, t in buffers.items()}
    real = x.dtype == torch.float64
    if real:
        x = x.clone().requires_grad_()
    y = (forward or module)(x)
    gy = randn(*y.shape)
    y.backward(gy)
    case["output"] = tensor(y)
    case["grad_output"] = tensor(gy)
    case["grad_params"] = {o: tensor(params[t].grad) for o, t in names.items()}
    if real:
        case["grad_input"] = tensor(x.grad)
    if buffers:
        case["buffers_after"] = {o: tensor(state[t]) for o, t in buffers.items()}
    case["rtol"], case["atol"] = 2e-4, 2e-5
    CASES.append(case)


def loss(expr, f, x, target):
    x = x.clone().requires_grad_()
    value = f(x, target)
    value.backward()
    CASES.append({
        "kind": "loss", "expr": expr, "input": tensor(x), "target": tensor(target),
        "output": value.item(), "grad_input": tensor(x.grad), "rtol": 2e-4, "atol": 2e-6,
    })


def recurrent_names(kind, layers, both):
    out = {}
    for l in range(layers):
        for direction in ("", "_reverse")[: 2 if both else 1]:
            for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                ours = ("l%d." % (l + 1) if l else "") + ("reverse." if direction else "") + part
                out[ours] = "%s_l%d%s" % (part, l, direction)
    return out


def recurrent(kind, n, t, f, h, sequences=False, layers=1, both=False):
    cls = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind]
    module = cls(f, h, num_layers=layers, bidirectional=both, batch_first=True)

    def forward(x):
        y = module(x)[0]
        if sequences:
            return y
        if both:
            return torch.cat([y[:, -1, :h], y[:, 0, h:]], 1)
        return y[:, -1]

    parts = ["%d" % h]
    if layers > 1:
        parts.append("layers=%d" % layers)
    if both:
        parts.append("bidirectional=true")
    if sequences:
        parts.append("sequences=true")
    layer("nn.%s{%s}" % (kind, ", ".join(parts)), module, randn(n, t, f), forward,
          recurrent_names(kind, layers, both))


def layers():
    layer("nn.linear{65}", nn.Linear(17, 65), randn(3, 17))
    layer("nn.linear{3}", nn.Linear(5, 3), randn(2, 6, 5))
    layer("nn.conv2d{5, kernel=7, stride=2, padding=3}", nn.Conv2d(3, 5, 7, 2, 3),
          randn(2, 3, 13, 9))
    layer("nn.conv2d{4, kernel=3, dilation=2}", nn.Conv2d(2, 4, 3, dilation=2), randn(2, 2, 9, 8))
    layer("nn.conv2d{6, kernel=3, padding=1, groups=6}", nn.Conv2d(6, 6, 3, 1, 1, groups=6),
          randn(2, 6, 7, 5))
    layer("nn.conv2d{12, kernel=3, stride=2, padding=1, groups=6}",
          nn.Conv2d(6, 12, 3, 2, 1, groups=6), randn(1, 6, 7, 6))
    layer("nn.conv2d{9, kernel=1, stride=2, bias=false}", nn.Conv2d(4, 9, 1, 2, bias=False),
          randn(2, 4, 7, 7))
    layer("nn.conv2d{4, kernel={1, 5}, padding={0, 2}}", nn.Conv2d(3, 4, (1, 5), 1, (0, 2)),
          randn(2, 3, 4, 6))
    layer("nn.conv2d{17, kernel=3, padding=1}", nn.Conv2d(16, 17, 3, 1, 1), randn(1, 16, 6, 7))
    layer("nn.maxpool2d{3, stride=2, padding=1}", nn.MaxPool2d(3, 2, 1), randn(2, 2, 7, 9))
    layer("nn.maxpool2d{kernel={2, 3}, stride={1, 2}}", nn.MaxPool2d((2, 3), (1, 2)),
          randn(2, 2, 5, 8))
    layer("nn.avgpool2d{3, stride=2}", nn.AvgPool2d(3, 2), randn(2, 2, 7, 9))
    layer("nn.avgpool2d{3, stride=2, padding=1}", nn.AvgPool2d(3, 2, 1), randn(2, 2, 7, 9))
    layer("nn.global_maxpool{}", nn.AdaptiveMaxPool2d(1), randn(3, 4, 5, 3),
          lambda x: F.adaptive_max_pool2d(x, 1).flatten(1))
    stats = {"running_mean": "running_mean", "running_var": "running_var"}
    layer("nn.batchnorm{momentum=0.3, eps=1e-3}", nn.BatchNorm2d(3, momentum=0.3, eps=1e-3),
          randn(3, 3, 4, 7), buffers=stats)
    layer("nn.batchnorm{}", nn.BatchNorm1d(7), randn(9, 7), train=False, buffers=stats)
    layer("nn.layernorm{}", nn.LayerNorm(6), randn(3, 5, 6))
    layer("nn.layernorm{eps=1e-2}", nn.LayerNorm(11, eps=1e-2), randn(4, 11))
    layer("nn.groupnorm{2}", nn.GroupNorm(2, 6), randn(3, 6, 4, 5))
    layer("nn.groupnorm{3, eps=1e-3}", nn.GroupNorm(3, 6, eps=1e-3), randn(2, 6, 3, 3))
    layer("nn.embedding{3, vocab=301}", nn.Embedding(301, 3), torch.randint(0, 301, (3, 21)))


def activations():
    for expr, f in [
        ("nn.relu{}", F.relu), ("nn.leaky_relu{}", F.leaky_relu),
        ("nn.leaky_relu{0.2}", lambda x: F.leaky_relu(x, 0.2)), ("nn.elu{}", F.elu),
        ("nn.elu{0.5}", lambda x: F.elu(x, 0.5)), ("nn.selu{}", F.selu), ("nn.gelu{}", F.gelu),
        ("nn.silu{}", F.silu), ("nn.tanh{}", torch.tanh), ("nn.sigmoid{}", torch.sigmoid),
        ("nn.softplus{}", F.softplus), ("nn.softmax{}", lambda x: F.softmax(x, -1)),
    ]:
        layer(expr, nn.Identity(), rounded(torch.randn(3, 13) * 3), f)
    layer("nn.softmax{}", nn.Identity(), randn(2, 4, 5), lambda x: F.softmax(x, -1))


def recurrences():
    recurrent("rnn", 2, 21, 3, 5)
    recurrent("rnn", 3, 4, 2, 3, layers=2, sequences=True)
    recurrent("lstm", 2, 21, 3, 4)
    recurrent("lstm", 2, 5, 3, 4, both=True)
    recurrent("lstm", 2, 4, 3, 3, both=True, layers=2, sequences=True)
    recurrent("lstm", 3, 4, 5, 2, layers=3)
    recurrent("gru", 2, 21, 3, 4, sequences=True)
    recurrent("gru", 2, 6, 2, 3, both=True, sequences=True)
    recurrent("gru", 3, 5, 4, 3, both=True, layers=2)


def losses():
    loss("nn.cross_entropy{}", F.cross_entropy, randn(7, 13) * 4, torch.randint(0, 13, (7,)))
    loss("nn.cross_entropy{label_smoothing=0.3}",
         lambda x, y: F.cross_entropy(x, y, label_smoothing=0.3), randn(5, 3),
         torch.randint(0, 3, (5,)))
    loss("nn.bce{}", F.binary_cross_entropy_with_logits, rounded(randn(6, 3) * 5),
         rounded(torch.rand(6, 3)))
    loss("nn.mse{}", F.mse_loss, randn(5, 1), randn(5, 1))
    loss("nn.l1{}", F.l1_loss, randn(4, 3), randn(4, 3))
    loss("nn.huber{}", F.huber_loss, randn(6, 2) * 3, randn(6, 2))
    loss("nn.huber{0.3}", lambda x, y: F.huber_loss(x, y, delta=0.3), randn(6, 2), randn(6, 2))


def optimizer(expr, make, n=7, steps=9):
    w = nn.Parameter(randn(n))
    o = make([w])
    case = {"kind": "optimizer", "expr": expr, "rtol": 2e-5, "init": w.tolist(), "grads": [],
            "params": []}
    for _ in range(steps):
        w.grad = randn(n)
        case["grads"].append(w.grad.tolist())
        o.step()
        case["params"].append(w.tolist())
    CASES.append(case)


class NAdam:
    """Dozat 2016 as torch.optim.NAdam has it, whose releases of that age multiply the product
    of the mu by the last one twice."""

    def __init__(self, params, lr, betas, weight_decay, eps=1e-8, psi=4e-3):
        self.w, self.lr, self.betas, self.decay = params[0], lr, betas, weight_decay
        self.eps, self.psi, self.k, self.product = eps, psi, 0, 1.0
        self.m, self.v = torch.zeros_like(self.w), torch.zeros_like(self.w)

    def step(self):
        with torch.no_grad():
            b1, b2 = self.betas
            self.k += 1
            mu, after = (b1 * (1 - 0.5 * 0.96 ** (k * self.psi)) for k in (self.k, self.k + 1))
            self.product *= mu
            d = self.w.grad + self.decay * self.w
            self.m = b1 * self.m + (1 - b1) * d
            self.v = b2 * self.v + (1 - b2) * d * d
            root = (self.v / (1 - b2 ** self.k)).sqrt() + self.eps
            self.w -= self.lr * ((1 - mu) / (1 - self.product) * d
                                 + after / (1 - self.product * after) * self.m) / root


def optimizers():
    o = torch.optim
    optimizer("optim.sgd{lr=0.1, weight_decay=0.1}", lambda p: o.SGD(p, 0.1, weight_decay=0.1))
    optimizer("optim.sgd{lr=0.05, momentum=0.8, dampening=0.3}",
              lambda p: o.SGD(p, 0.05, momentum=0.8, dampening=0.3))
    optimizer("optim.sgd{lr=0.05, momentum=0.9, weight_decay=0.05}",
              lambda p: o.SGD(p, 0.05, momentum=0.9, weight_decay=0.05))
    optimizer("optim.adam{lr=0.02, betas={0.8, 0.95}, eps=1e-3, weight_decay=0.1}",
              lambda p: o.Adam(p, 0.02, (0.8, 0.95), 1e-3, 0.1))
    optimizer("optim.adam{lr=0.02, amsgrad=true, weight_decay=0.1}",
              lambda p: o.Adam(p, 0.02, weight_decay=0.1, amsgrad=True))
    optimizer("optim.adamw{lr=0.02, weight_decay=0.3, amsgrad=true}",
              lambda p: o.AdamW(p, 0.02, weight_decay=0.3, amsgrad=True))
    optimizer("optim.adamax{lr=0.02, betas={0.7, 0.9}, weight_decay=0.1}",
              lambda p: o.Adamax(p, 0.02, (0.7, 0.9), weight_decay=0.1))
    optimizer("optim.nadam{lr=0.02, betas={0.8, 0.9}, weight_decay=0.1}",
              lambda p: NAdam(p, 0.02, (0.8, 0.9), weight_decay=0.1))
    optimizer("optim.radam{lr=0.02, betas={0.8, 0.99}, weight_decay=0.1}",
              lambda p: o.RAdam(p, 0.02, (0.8, 0.99), weight_decay=0.1), steps=12)
    optimizer("optim.rmsprop{lr=0.01, rho=0.9, momentum=0.7, centered=true, eps=1e-4, "
              "weight_decay=0.1}",
              lambda p: o.RMSprop(p, 0.01, 0.9, 1e-4, 0.1, 0.7, True))
    optimizer("optim.rmsprop{lr=0.01, rho=0.95, momentum=0.5}",
              lambda p: o.RMSprop(p, 0.01, 0.95, 1e-8, 0, 0.5))
    optimizer("optim.adagrad{lr=0.05, eps=1e-6, weight_decay=0.1, lr_decay=0.1}",
              lambda p: o.Adagrad(p, 0.05, 0.1, 0.1, eps=1e-6))
    optimizer("optim.adadelta{lr=0.7, rho=0.8, eps=1e-4, weight_decay=0.1}",
              lambda p: o.Adadelta(p, 0.7, 0.8, 1e-4, 0.1))
    optimizer("optim.rprop{lr=0.02, etas={0.4, 1.3}}",
              lambda p: o.Rprop(p, 0.02, (0.4, 1.3)))


def schedule(expr, scheduler, clock, note, count=None, base=None):
    """Closed forms at every update; the optimizer's rate is the base."""
    w = nn.Parameter(torch.zeros(1))
    o = torch.optim.SGD([w], base or clock["lr"], momentum=0.9)
    s = scheduler(o)
    at = []
    for t in range(count or clock["total_steps"]):
        at.append([t, o.param_groups[0]["lr"]])
        o.step()
        s.step()
    CASES.append({"kind": "schedule", "expr": expr, "clock": clock, "at": at, "rtol": 1e-9,
                  "note": note})


def schedules():
    s = torch.optim.lr_scheduler
    clock = {"lr": 0.3, "steps_per_epoch": 1, "total_steps": 60}
    schedule("schedule.exponential{rate=0.93, every=1*steps}",
             lambda o: s.ExponentialLR(o, 0.93), clock, "PyTorch ExponentialLR")
    schedule("schedule.linear{from=0.3*0.1, to=0.3, length=12*steps}",
             lambda o: s.LinearLR(o, 0.1, 1, 12), clock, "PyTorch LinearLR")
    schedule("schedule.polynomial{power=3, to=0, length=45*steps}",
             lambda o: s.PolynomialLR(o, 45, 3), clock, "PyTorch PolynomialLR")
    schedule("schedule.cyclic{min=0.02, max=0.5, step_size=7*steps, step_size_down=11*steps}",
             lambda o: s.CyclicLR(o, 0.02, 0.5, 7, 11, cycle_momentum=False), clock,
             "PyTorch CyclicLR")
    schedule("schedule.cyclic{min=0.02, max=0.5, step_size=9*steps, mode='exp_range', gamma=0.97}",
             lambda o: s.CyclicLR(o, 0.02, 0.5, 9, mode="exp_range", gamma=0.97,
                                  cycle_momentum=False), clock, "PyTorch CyclicLR")
    one = {"lr": 0.4, "steps_per_epoch": 1, "total_steps": 60}
    schedule("schedule.one_cycle{max=0.4, warmup=0.25, div=10, final_div=100, anneal='linear', "
             "three_phase=true, length=60*steps}",
             lambda o: s.OneCycleLR(o, 0.4, 60, pct_start=0.25, div_factor=10,
                                    final_div_factor=100, anneal_strategy="linear",
                                    three_phase=True, cycle_momentum=False), one,
             "PyTorch OneCycleLR", count=59, base=0.4)
    schedule("schedule.multistep{at={3*steps, 4*steps, 50*steps}, factor=0.5} * "
             "schedule.exponential{rate=0.99, every=1*steps}",
             lambda o: s.ChainedScheduler([s.MultiStepLR(o, [3, 4, 50], 0.5),
                                           s.ExponentialLR(o, 0.99)]), clock,
             "PyTorch ChainedScheduler")


if __name__ == "__main__":
    torch.manual_seed(20)
    for part in (layers, activations, recurrences, losses, optimizers, schedules):
        part()
    json.dump(CASES, sys.stdout, separators=(",", ":"))
    print()
