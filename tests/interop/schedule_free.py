#!/usr/bin/env python3
"""Schedule-free optimizers beside the package of their authors: the weights that train and
those that are evaluated after each update, with options at random.

Usage: python3 tests/interop/schedule_free.py [lrrun [cases [seed]]]"""

import json
import os
import random
import subprocess
import sys
import tempfile

import torch
import schedulefree

pick = random.choice


def options():
    """The same options for both: what the recipe says, and what the package takes."""
    beta, warmup = pick([0.5, 0.8, 0.9, 0.95, 0.98]), pick([0, 0, 1, 7, 25, 60])
    decay = pick([0, 0, 0.01, 0.3])
    lua = ["weight_decay=%g" % decay, "warmup=%d*steps" % warmup]
    theirs = {"weight_decay": decay, "warmup_steps": warmup}
    if pick([True, False]):
        theirs["lr"] = pick([0.01, 0.1, 0.5])
        theirs["momentum"] = beta
        name, lua = "schedule_free_sgd", lua + ["momentum=%g" % beta]
    else:
        theirs["lr"] = pick([1e-3, 2.5e-3, 0.03])
        theirs["betas"] = (beta, pick([0.9, 0.99, 0.999]))
        theirs["eps"] = pick([1e-8, 1e-3])
        name = "schedule_free_adamw"
        lua += ["betas={%g, %g}" % theirs["betas"], "eps=%g" % theirs["eps"]]
    lua.append("lr=%g" % theirs["lr"])
    return name, "optim.%s{%s}" % (name, ", ".join(lua)), theirs


def floats(n):
    """Doubles that are floats, too."""
    return torch.randn(n).double()


def case(steps=50):
    name, expr, theirs = options()
    make = schedulefree.SGDScheduleFree if name == "schedule_free_sgd" \
        else schedulefree.AdamWScheduleFree
    sizes = {"a": pick([9, 17]), "b": pick([16, 40])}  # rtol is of the largest number
    w = {k: torch.nn.Parameter(floats(n)) for k, n in sizes.items()}
    out = {"kind": "optimizer", "expr": expr, "rtol": 2e-5,
           "init": {k: {"shape": [sizes[k]], "data": v.tolist()} for k, v in w.items()},
           "grads": [], "params": [], "eval": []}
    o = make(w.values(), foreach=False, **theirs)
    o.train()
    for _ in range(steps):
        grads = {k: floats(n) * 10.0 ** pick([-2, 0, 1]) + 0.3 for k, n in sizes.items()}
        grads = {k: g.float().double() for k, g in grads.items()}
        for k, v in w.items():
            v.grad = grads[k].clone()
        o.step()
        out["grads"].append({k: g.tolist() for k, g in grads.items()})
        out["params"].append({k: v.tolist() for k, v in w.items()})
        o.eval()
        out["eval"].append({k: v.tolist() for k, v in w.items()})
        o.train()
    return out


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "build/lrrun"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    random.seed(seed)
    torch.manual_seed(seed)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "schedule_free.json"), "w") as f:
            json.dump([case() for _ in range(count)], f)
        sys.exit(subprocess.call([program, "--trusted", "tests/golden/run.lua", folder]))


main()
