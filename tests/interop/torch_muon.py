#!/usr/bin/env python3
"""optim.muon on matrices of random shapes and options beside torch.optim.Muon, in double: the
weights after each update have to agree as the golden cases do. PyTorch's iteration is made to
compute in double; as it comes, in bfloat16, it has to stay within a few thousandths.

Usage: python3 tests/interop/torch_muon.py [lrrun [cases [seed]]]"""

import json
import os
import random
import subprocess
import sys
import tempfile

import torch

try:
    from torch.optim import _muon
except ImportError:
    print("skipped: this PyTorch has no torch.optim.Muon")
    sys.exit(0)

pick = random.choice
AS_IT_IS = _muon._zeropower_via_newtonschulz
SCALES = {"original": "original", "rms": "match_rms_adamw", "spectral": "spectral_unclamped"}


def in_double(grad, coefficients, steps, eps):
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    a, b, c = coefficients
    for _ in range(steps):
        s = x @ x.T
        x = a * x + (b * s + c * s @ s) @ x
    return x.T if grad.size(0) > grad.size(1) else x


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64).float().double()


def rows(o, start, grads, iteration):
    """Weights after each update: matrices by Muon, vectors by AdamW."""
    _muon._zeropower_via_newtonschulz = iteration
    params = {name: x.clone().requires_grad_() for name, x in start.items()}
    flat = {name: x for name, x in params.items() if x.ndim < 2}
    matrices = [x for x in params.values() if x.ndim == 2]
    optimizers = [torch.optim.Muon(matrices, lr=o["lr"], weight_decay=o["weight_decay"],
                                   momentum=o["momentum"], nesterov=o["nesterov"],
                                   ns_steps=o["ns_steps"], adjust_lr_fn=SCALES[o["scale"]])]
    if flat:
        optimizers.append(torch.optim.AdamW(flat.values(), lr=o["adamw"],
                                            weight_decay=o["weight_decay"]))
    out = []
    for row in grads:
        for name, x in params.items():
            x.grad = row[name].clone()
        for optimizer in optimizers:
            optimizer.step()
        out.append({name: x.detach().clone() for name, x in params.items()})
    return out


def case():
    o = {"lr": pick([1e-3, 0.02, 0.1]), "weight_decay": pick([0, 0.1]),
         "momentum": pick([0.5, 0.9, 0.95]), "nesterov": pick([True, False]),
         "ns_steps": pick([1, 3, 5, 5]), "scale": pick(list(SCALES)), "adamw": pick([1e-3, 0.01])}
    shapes = {"w": (pick([2, 5, 16, 33, 70]), pick([2, 4, 16, 31, 90])), "b": (pick([1, 7, 20]),)}
    if pick([True, False]):
        shapes["v"] = (pick([3, 8]), pick([3, 9]))
    start = {name: randn(*shape) for name, shape in shapes.items()}
    # Round matrices lose their smallest directions between float and double: a little noise less.
    grads = [{name: randn(*shape) + 2 * start[name].flip(0) for name, shape in shapes.items()}
             for _ in range(12)]
    params, rough = rows(o, start, grads, in_double), rows(o, start, grads, AS_IT_IS)
    for name in shapes:
        moved = (params[-1][name] - start[name]).norm()
        off = (rough[-1][name] - params[-1][name]).norm() / moved
        assert off < 0.05, "%s in bfloat16 is %g of its way off" % (name, off)
    text = ("optim.muon{lr=%g, weight_decay=%g, momentum=%g, nesterov=%s, ns_steps=%d, scale='%s', "
            "adamw={lr=%g}}") % (o["lr"], o["weight_decay"], o["momentum"],
                                 str(o["nesterov"]).lower(), o["ns_steps"], o["scale"], o["adamw"])

    def plain(row):
        return {name: x.reshape(-1).tolist() for name, x in row.items()}
    return {"kind": "optimizer", "expr": text, "rtol": 5e-5,
            "init": {name: {"shape": list(x.shape), "data": x.reshape(-1).tolist()}
                     for name, x in start.items()},
            "grads": [plain(row) for row in grads], "params": [plain(row) for row in params]}


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "build/lrrun"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    random.seed(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    torch.manual_seed(random.randrange(1 << 30))
    cases = [case() for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "muon.json"), "w") as f:
            json.dump(cases, f)
        sys.exit(subprocess.call([program, "--trusted", "tests/golden/run.lua", folder]))


main()
