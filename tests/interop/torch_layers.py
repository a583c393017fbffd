#!/usr/bin/env python3
"""Layers of random shapes and options beside PyTorch's: outputs, gradients and running
statistics have to agree as the golden cases do.

Usage: python3 tests/interop/torch_layers.py [lrrun [cases [seed [kinds]]]]; kinds: some of those
below, with commas between (heads,block)"""

import json
import os
import random
import subprocess
import sys
import tempfile

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "golden"))
import make_extra as golden  # noqa: E402
import make_transformer as transformer  # noqa: E402

pick = random.choice


def lua(options):
    parts = []
    for key, value in options.items():
        if isinstance(value, tuple):
            value = "{%s}" % ", ".join(map(str, value))
        parts.append("%s=%s" % (key, str(value).lower() if isinstance(value, bool) else value))
    return ", ".join(parts)


def conv2d():
    groups = pick([1, 1, 1, 2, 3])
    c, out = groups * pick([1, 2, 4, 8, 16]), groups * pick([1, 3, 4, 9, 16, 17])
    kernel = pick([1, 3, 3, 3, 5, 7, (1, 3), (3, 1), (5, 2)])
    o = {"kernel": kernel, "stride": pick([1, 1, 1, 2, 3, (2, 1)]),
         "padding": pick([0, 1, 1, 2, 3, (1, 0)]), "dilation": pick([1, 1, 1, 2]),
         "groups": groups, "bias": pick([True, False])}
    module = nn.Conv2d(c, out, kernel, o["stride"], o["padding"], o["dilation"], groups,
                       o["bias"])
    x = golden.randn(pick([1, 2, 3]), c, pick([9, 11, 13, 16, 33]), pick([9, 12, 14, 17, 32]))
    if min(module(x).shape) > 0:
        golden.layer("nn.conv2d{%d, %s}" % (out, lua(o)), module, x)


def conv1d():
    groups = pick([1, 1, 2])
    c, out = groups * pick([1, 3, 8]), groups * pick([2, 5, 16])
    o = {"kernel": pick([1, 2, 3, 5, 7]), "stride": pick([1, 1, 2, 3]),
         "padding": pick([0, 1, 2]), "dilation": pick([1, 1, 2]), "groups": groups}
    x = golden.randn(pick([1, 3]), pick([13, 17, 21, 40]), c)
    before = 0
    if pick([True, False]):
        before = (o["kernel"] - 1) * o["dilation"]
        o["padding"] = 0
    module = nn.Conv1d(c, out, o["kernel"], o["stride"], o["padding"], o["dilation"], groups)
    if before:
        o["padding"] = "'causal'"
    golden.layer("nn.conv1d{%d, %s}" % (out, lua(o)), module, x,
                 lambda v: module(F.pad(v.transpose(1, 2), (before, 0))).transpose(1, 2))


def pool():
    kernel = pick([2, 3, 4, (2, 3), (3, 1)])
    least = kernel if isinstance(kernel, int) else min(kernel)
    o = {"kernel": kernel, "stride": pick([1, 2, 3, (1, 2)]),
         "padding": pick([0, 0, 1]) if least >= 2 else 0}
    x = golden.randn(2, pick([1, 3, 17]), pick([7, 8, 11]), pick([6, 9, 13]))
    if pick([True, False]):
        golden.layer("nn.maxpool2d{%s}" % lua(o),
                     nn.MaxPool2d(kernel, o["stride"], o["padding"]), x)
    else:
        golden.layer("nn.avgpool2d{%s}" % lua(o),
                     nn.AvgPool2d(kernel, o["stride"], o["padding"]), x)


def linear():
    width, out, bias = pick([1, 2, 5, 17, 64, 129]), pick([1, 3, 7, 16, 65]), pick([True, False])
    shape = pick([(3,), (1,), (9,), (2, 6)])
    golden.layer("nn.linear{%d, bias=%s}" % (out, str(bias).lower()),
                 nn.Linear(width, out, bias), golden.randn(*shape, width))


def norm():
    c, kind = pick([2, 4, 6, 18]), pick(["batch", "batch", "group", "layer"])
    shape = pick([(c,), (c, 5, 7), (c, 1, 3)])
    x = golden.randn(pick([2, 5, 9]), *shape)
    stats = {"running_mean": "running_mean", "running_var": "running_var"}
    if kind == "batch":
        momentum, train = pick([0.1, 0.01, 0.5]), pick([True, True, False])
        make = nn.BatchNorm1d if len(shape) == 1 else nn.BatchNorm2d
        golden.layer("nn.batchnorm{momentum=%g}" % momentum, make(c, momentum=momentum), x,
                     train=train, buffers=stats)
    elif kind == "group" and len(shape) > 1:
        golden.layer("nn.groupnorm{2}", nn.GroupNorm(2, c), x)
    elif len(shape) == 1:
        golden.layer("nn.layernorm{}", nn.LayerNorm(c), x)


def recurrent():
    golden.recurrent(pick(["rnn", "lstm", "gru"]), pick([1, 2, 3, 17]), pick([1, 2, 7, 21]),
                     pick([1, 3, 8]), pick([1, 4, 5, 16, 33]), sequences=pick([True, False]),
                     layers=pick([1, 1, 2, 3]), both=pick([True, False]))


def embedding():
    vocab, width = pick([2, 10, 301]), pick([1, 3, 16])
    golden.layer("nn.embedding{%d, vocab=%d}" % (width, vocab), nn.Embedding(vocab, width),
                 torch.randint(0, vocab, (pick([1, 3]), pick([1, 5, 21]))))


def loss():
    n, k = pick([1, 4, 33]), pick([2, 5, 17])
    smooth = pick([0, 0.1, 0.4])
    golden.loss("nn.cross_entropy{label_smoothing=%g}" % smooth,
                lambda x, y: F.cross_entropy(x, y, label_smoothing=smooth),
                golden.randn(n, k) * pick([1, 20]), torch.randint(0, k, (n,)))


def heads_of(width):
    return pick([h for h in (1, 2, 3, 4, 6, 8) if width % h == 0])


def kv_heads_of(heads):
    return pick([k for k in range(1, heads + 1) if heads % k == 0])


def attention_options(width, heads):
    # The norm of a head of one feature is its sign, whose slope rounds to anything.
    return {"causal": pick([True, False]), "kv_heads": kv_heads_of(heads),
            "rope": pick([None, None, 10000, 77.0]) if width // heads % 2 == 0 else None,
            "qk_norm": width > heads and pick([True, False]), "bias": pick([True, True, False])}


def attention():
    width = pick([2, 4, 6, 12, 16, 24, 34])
    heads = heads_of(width)
    transformer.attention(pick([1, 2, 3]), pick([1, 2, 5, 16, 63, 64, 65, 127, 129, 200]), width,
                          heads, **attention_options(width, heads))


def heads():
    """Attention with heads of the sizes that models have, over lengths of all remainders."""
    size, n_heads, n = pick([1, 3, 8, 20, 32, 64, 80]), pick([1, 2, 3, 4]), pick([1, 1, 2])
    width = size * n_heads
    t, more = random.randint(1, max(2, min(300, 9000 // (n * width)))), attention_options(
        width, n_heads)
    # Of one step the slope of a score is 0, as a difference of terms of thousands.
    more["qk_norm"] = t > 1 and more["qk_norm"]
    transformer.attention(n, t, width, n_heads, **more)


def block():
    width = pick([4, 8, 12])
    heads = heads_of(width)
    more = attention_options(width, heads)
    more["bias"], more["rope"] = True, more["rope"] and 10000
    transformer.block(pick([1, 2]), pick([1, 4, 9, 70]), width, heads, post=pick([True, False]),
                      rms=pick([True, False]), act=pick(["gelu", "relu", "silu"]),
                      mlp=pick([1, 2, 4]), **more)


def steps_and_places():
    width, t = pick([1, 2, 5, 16, 33]), pick([1, 2, 7, 65])
    kind = pick(["learned", "waves", "rmsnorm", "swiglu", "steps", "tokens"])
    if kind == "learned":
        transformer.positions(pick([1, 3]), t, width, t + pick([0, 0, 3]))
    elif kind == "waves":
        transformer.waves(pick([1, 3]), t, width)
    elif kind == "rmsnorm":
        transformer.rmsnorm(pick([(3, width), (2, t, width)]), pick([1e-6, 1e-3]))
    elif kind == "swiglu":
        transformer.swiglu(pick([(3, width), (2, t, width)]), pick([1, 4, 17]), pick([1, 8, 35]),
                           pick([True, False]))
    elif kind == "steps":
        transformer.steps(pick([1, 3]), t, width)
    else:
        transformer.tokens(pick([1, 3]), width, pick([1, 3, 7]), pick([1, 2, 5]))


KINDS = [conv2d, conv2d, conv2d, conv1d, pool, linear, norm, recurrent, recurrent, embedding, loss,
         attention, attention, heads, block, steps_and_places, steps_and_places]


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "build/lrrun"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    kinds = [globals()[name] for name in sys.argv[4].split(",")] if len(sys.argv) > 4 else KINDS
    random.seed(seed)
    torch.manual_seed(seed)
    while len(golden.CASES) < count:
        try:
            pick(kinds)()
        except RuntimeError as e:  # a kernel larger than its input
            if "Kernel size" not in str(e) and "too small" not in str(e) \
                    and "pad should be" not in str(e):
                raise
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "layers.json"), "w") as f:
            json.dump(golden.CASES, f)
        sys.exit(subprocess.call([program, "--trusted", "tests/golden/run.lua", folder]))


main()
