#!/usr/bin/env python3
"""Optimizers with random options beside the packages that they are said to agree with: prodigyopt,
dadaptation, pytorch_optimizer (SAM, SOAP) and PyTorch (L-BFGS), all in double. Weights, losses and
estimated distances have to agree as the golden cases do; L-BFGS, whose search parts in floats and
doubles, within four times of that.

Usage: python3 tests/interop/torch_optimizers.py [lrrun [cases [seed]]]"""

import copy
import json
import os
import random
import subprocess
import sys
import tempfile

import torch
from torch import nn

torch.set_default_dtype(torch.float64)
pick = random.choice
RTOL = 2e-5


def floats(t):
    """A copy whose values are exact as floats."""
    return t.detach().float().double()


def lua(options):
    words = []
    for key, value in options.items():
        if isinstance(value, tuple):
            value = "{%s}" % ", ".join(map(repr, value))
        elif isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, str):
            value = repr(value)
        words.append("%s=%s" % (key, value))
    return ", ".join(words)


def gradients(n, steps, w, optimizer, d_of):
    """Updates on a noisy square around a point at some distance."""
    center = w.detach() + torch.randn(n) * 10 ** random.uniform(-1, 1)
    curvature = torch.rand(n) * 3 + 0.1
    grads, params, d = [], [], []
    for _ in range(steps):
        g = floats(curvature * (w.detach() - center) + 0.1 * torch.randn(n))
        w.grad = g.clone()
        optimizer.step()
        grads.append(g.tolist())
        params.append(w.detach().tolist())
        d.append(float(d_of(optimizer)))
    return grads, params, d


def adaptive_case(name, make, options):
    n, steps = pick([3, 6, 17]), pick([10, 25])
    init = floats(torch.randn(n) * 0.5)
    w = nn.Parameter(init.clone())
    grads, params, d = gradients(n, steps, w, make(w), lambda o: o.param_groups[0]["d"])
    return {"kind": "optimizer", "expr": "optim.%s{%s}" % (name, lua(options)), "rtol": RTOL,
            "init": init.tolist(), "grads": grads, "params": params, "d": d}


def prodigy():
    from prodigyopt import Prodigy
    o = {"lr": pick([1, 0.5]), "d0": pick([1e-2, 1e-3, 1e-6]), "d_coef": pick([1, 2, 0.5]),
         "weight_decay": pick([0, 0.01]), "betas": pick([(0.9, 0.999), (0.8, 0.95)]),
         "bias_correction": pick([True, False]), "safeguard_warmup": pick([True, False])}
    if pick([True, False]):
        o["growth_rate"] = pick([1.02, 2])
    if pick([True, False]):
        o["beta3"] = 0.9
    return adaptive_case("prodigy", lambda w: Prodigy(
        [w], lr=o["lr"], d0=o["d0"], d_coef=o["d_coef"], weight_decay=o["weight_decay"],
        betas=o["betas"], use_bias_correction=o["bias_correction"], beta3=o.get("beta3"),
        safeguard_warmup=o["safeguard_warmup"], growth_rate=o.get("growth_rate", float("inf"))), o)


def dadapt_adam():
    from dadaptation import DAdaptAdam
    o = {"lr": pick([1, 0.5]), "d0": pick([1e-2, 1e-3, 1e-6]), "weight_decay": pick([0, 0.01]),
         "betas": pick([(0.9, 0.999), (0.8, 0.95)]), "bias_correction": pick([True, False])}
    if pick([True, False]):
        o["growth_rate"] = pick([1.02, 2])
    return adaptive_case("dadapt_adam", lambda w: DAdaptAdam(
        [w], lr=o["lr"], d0=o["d0"], weight_decay=o["weight_decay"], betas=o["betas"],
        decouple=True, use_bias_correction=o["bias_correction"],
        growth_rate=o.get("growth_rate", float("inf"))), o)


def network():
    model = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(floats(p))
    return model


NAMES = ["1.linear.weight", "1.linear.bias", "3.linear.weight", "3.linear.bias"]


def named(model):
    return dict(zip(NAMES, model.parameters()))


def trained(model, x, y, step, updates):
    """Loss before each update, and all weights after it."""
    loss_of, steps = nn.CrossEntropyLoss(), []

    def closure():
        model.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        return loss

    for _ in range(updates):
        loss = step(closure).item()
        steps.append({"loss": loss, "params": {
            k: p.detach().flatten().tolist() for k, p in named(model).items()}})
    return steps


def apart(a, b):
    """The largest difference of two runs, in units of each tensor's largest weight."""
    return max(max(abs(u - v) for u, v in zip(s["params"][k], t["params"][k]))
               / max(abs(u) for u in s["params"][k])
               for s, t in zip(a, b) for k in s["params"])


def train_case(expr, make, updates, by_float=False):
    """make: of a model, what makes an update with a closure. by_float: as close as floats are."""
    model, x, y = network(), floats(torch.randn(8, 5)), torch.randint(0, 3, (8,))
    case = {"kind": "train", "model": "nn.sequential{nn.linear{4}, nn.tanh{}, nn.linear{3}}",
            "loss": "nn.cross_entropy{}", "expr": expr, "rtol": RTOL,
            "input": {"shape": [8, 5], "data": x.flatten().tolist()},
            "target": {"shape": [8], "data": y.tolist()},
            "params": {k: {"shape": list(p.shape), "data": p.detach().flatten().tolist()}
                       for k, p in named(model).items()}}
    single = copy.deepcopy(model).float()
    case["steps"] = trained(model, x, y, make(model), updates)
    if by_float:
        other = trained(single, x.float(), y, make(single), updates)
        case["rtol"] = max(RTOL, 4 * apart(case["steps"], other))
    return case


def sam():
    from pytorch_optimizer import SAM
    adaptive = pick([True, False])
    rho = pick([0.5, 1.0]) if adaptive else pick([0.05, 0.2])
    base, make = pick([
        ("optim.sgd{lr=0.1, momentum=0.9, weight_decay=0.01}",
         lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
        ("optim.adamw{lr=0.01, weight_decay=0.1}",
         lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1))])

    def start(model):
        optimizer = SAM(list(model.parameters()), base_optimizer=lambda p, **_: make(p), rho=rho,
                        adaptive=adaptive)
        return lambda closure: both(optimizer, closure)

    return train_case("optim.sam{base=%s, rho=%r, adaptive=%s}"
                      % (base, rho, str(adaptive).lower()), start, pick([2, 4]))


def both(optimizer, closure):
    loss = closure()
    optimizer.first_step(zero_grad=True)
    closure()
    optimizer.second_step(zero_grad=True)
    return loss


def lbfgs():
    o = {"lr": pick([1, 0.5]), "max_iter": pick([1, 3, 4]), "history": pick([2, 5]),
         "line_search": pick(["none", "strong_wolfe"])}
    return train_case("optim.lbfgs{%s}" % lua(o), lambda model: torch.optim.LBFGS(
        model.parameters(), lr=o["lr"], max_iter=o["max_iter"], history_size=o["history"],
        line_search_fn=None if o["line_search"] == "none" else o["line_search"]).step,
        pick([1, 2]), by_float=True)


def soap():
    """A square matrix, as an eigenvector that a gradient says nothing of may be any. Its QR is in
    floats there."""
    from pytorch_optimizer import SOAP
    n, steps = pick([3, 5, 12]), pick([10, 30])
    o = {"lr": pick([3e-3, 0.03]), "betas": pick([(0.95, 0.95), (0.9, 0.99)]),
         "weight_decay": pick([0.0, 0.1]), "every": pick([1, 3, 10]),
         "max_dim": pick([10000, 10000, 4])}
    w = floats(torch.randn(n, n) * 0.5).requires_grad_()
    optimizer = SOAP([w], lr=o["lr"], betas=o["betas"], weight_decay=o["weight_decay"],
                     precondition_frequency=o["every"], max_precondition_dim=o["max_dim"])
    init = w.detach().flatten().tolist()
    grads, params, _ = gradients((n, n), steps, w, optimizer, lambda _: 0)
    return {"kind": "optimizer", "expr": "optim.soap{%s}" % lua(o), "rtol": 1e-4,
            "shape": [n, n], "init": init,
            "grads": [sum(g, []) for g in grads], "params": [sum(p, []) for p in params]}


def main():
    lrrun = sys.argv[1] if len(sys.argv) > 1 else "build/lrrun"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        cases = [make() for _ in range(count) for make in (prodigy, dadapt_adam, sam, lbfgs, soap)]
        with open(os.path.join(folder, "cases.json"), "w") as f:
            json.dump(cases, f)
        sys.exit(subprocess.run([lrrun, "--trusted", "tests/golden/run.lua", folder]).returncode)


if __name__ == "__main__":
    main()
