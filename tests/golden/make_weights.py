#!/usr/bin/env python3
"""Writes tests/golden/weights.json: losses with weights of classes and outputs and focal losses,
of the same form as extra.json (see run.lua), computed in double precision.

Usage: python3 tests/golden/make_weights.py > tests/golden/weights.json
Made with PyTorch 1.13.0, Python 3.11; sigmoid_focal is torchvision.ops.sigmoid_focal_loss 0.14,
whose lines stand here, and focal its form with softmax."""

import json
import sys

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
CASES = []


def rounded(x):
    # Inputs are floats exactly, so that float and double programs see the same ones.
    return x.to(torch.float32).to(torch.float64)


def tensor(x):
    x = x.detach()
    return {"shape": list(x.shape), "data": [float("%.7g" % v) for v in x.reshape(-1).tolist()]}


def loss(expr, f, x, target):
    x = rounded(x).requires_grad_()
    value = f(x, target)
    value.backward()
    CASES.append({
        "kind": "loss", "expr": expr, "input": tensor(x), "target": tensor(target),
        "output": value.item(), "grad_input": tensor(x.grad), "rtol": 2e-4, "atol": 2e-6,
    })


def sigmoid_focal(x, t, alpha, gamma):
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return ((alpha * t + (1 - alpha) * (1 - t)) * ce * (1 - p_t) ** gamma).mean()


def focal(x, y, alpha, gamma):
    lp = F.log_softmax(x, 1).gather(1, y[:, None])[:, 0]
    return (-alpha[y] * (1 - lp.exp()) ** gamma * lp).mean()


def main():
    w = torch.tensor([0.5, 3, 1.25])
    names = "{0.5, 3, 1.25}"
    y = torch.tensor([2, 0, 1, 1, 0, 2])
    x = torch.randn(6, 3) * 2
    loss("nn.cross_entropy{class_weights=%s}" % names,
         lambda x, y: F.cross_entropy(x, y, weight=w), x, y)
    loss("nn.cross_entropy{class_weights=%s,label_smoothing=0.2}" % names,
         lambda x, y: F.cross_entropy(x, y, weight=w, label_smoothing=0.2), x, y)
    loss("nn.cross_entropy{class_weights=%s,label_smoothing=0.1}" % names,
         lambda x, y: F.cross_entropy(x.transpose(1, 2), y, weight=w, label_smoothing=0.1),
         torch.randn(3, 4, 3) * 2, torch.randint(0, 3, (3, 4)))
    t = torch.randint(0, 2, (5, 2)).double()
    b = torch.randn(5, 2) * 3
    loss("nn.bce{pos_weight={3,0.25}}", lambda x, t: F.binary_cross_entropy_with_logits(
        x, t, pos_weight=torch.tensor([3, 0.25])), b, t)
    loss("nn.bce{pos_weight=99}", lambda x, t: F.binary_cross_entropy_with_logits(
        x, t, pos_weight=torch.tensor(99.0)), b, rounded(torch.rand(5, 2)))
    loss("nn.sigmoid_focal{}", lambda x, t: sigmoid_focal(x, t, 0.25, 2), b, t)
    loss("nn.sigmoid_focal{gamma=0.5,alpha=0.6}", lambda x, t: sigmoid_focal(x, t, 0.6, 0.5), b,
         rounded(torch.rand(5, 2)))
    loss("nn.focal{}", lambda x, y: focal(x, y, torch.ones(3), 2), x, y)
    loss("nn.focal{gamma=1.5,alpha=%s}" % names, lambda x, y: focal(x, y, w, 1.5), x, y)
    loss("nn.focal{gamma=0,alpha=0.75}", lambda x, y: focal(x, y, torch.tensor([0.25, 0.75]), 0),
         torch.randn(4, 2), torch.tensor([0, 1, 1, 0]))


if __name__ == "__main__":
    torch.manual_seed(20)
    main()
    json.dump(CASES, sys.stdout, separators=(",", ":"))
    print()
