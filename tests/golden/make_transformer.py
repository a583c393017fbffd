#!/usr/bin/env python3
"""Writes tests/golden/transformer.json: reference cases of what transformers are made of, of the
form of extra.json. Attention is PyTorch's scaled_dot_product_attention, rotary positions are
products of complex numbers, all in double precision.

Usage: python3 tests/golden/make_transformer.py > tests/golden/transformer.json
Made with PyTorch 2.15.0, Python 3.11."""

import json
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_extra as golden  # noqa: E402


def turn(x, base):
    """x (n, heads, t, size): pairs (i, i + size / 2) turned by t base^(-2 i / size)."""
    half = x.shape[-1] // 2
    angle = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * base ** (
        -torch.arange(half, dtype=torch.float64) / half)
    z = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([z.real, z.imag], -1)


class Attention(nn.Module):
    def __init__(self, width, heads, causal=False, kv_heads=None, rope=None, qk_norm=False,
                 bias=True):
        super().__init__()
        self.heads, self.kv, self.size = heads, kv_heads or heads, width // heads
        self.causal, self.rope, self.qk_norm, self.bias = causal, rope, qk_norm, bias
        rows = (heads + 2 * self.kv) * self.size
        self.weight_qkv = nn.Parameter(torch.empty(rows, width))
        self.weight_out = nn.Parameter(torch.empty(width, width))
        if bias:
            self.bias_qkv = nn.Parameter(torch.empty(rows))
            self.bias_out = nn.Parameter(torch.empty(width))
        if qk_norm:
            self.q_norm = nn.Parameter(torch.empty(self.size))
            self.k_norm = nn.Parameter(torch.empty(self.size))

    def forward(self, x):
        n, t, width = x.shape
        qkv = F.linear(x, self.weight_qkv, self.bias_qkv if self.bias else None)
        parts = qkv.split([self.heads * self.size, self.kv * self.size, self.kv * self.size], 2)
        q, k, v = (p.reshape(n, t, -1, self.size).transpose(1, 2) for p in parts)
        if self.qk_norm:
            q = F.rms_norm(q, (self.size,), self.q_norm, 1e-6)
            k = F.rms_norm(k, (self.size,), self.k_norm, 1e-6)
        if self.rope:
            q, k = turn(q, self.rope), turn(k, self.rope)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=self.causal, enable_gqa=True)
        y = y.transpose(1, 2).reshape(n, t, width)
        return F.linear(y, self.weight_out, self.bias_out if self.bias else None)

    def expr(self):
        parts = ["heads=%d" % self.heads]
        if self.causal:
            parts.append("causal=true")
        if self.kv != self.heads:
            parts.append("kv_heads=%d" % self.kv)
        if self.rope:
            parts.append("rope=true" if self.rope == 10000 else "rope=%r" % self.rope)
        if self.qk_norm:
            parts.append("qk_norm=true")
        if not self.bias:
            parts.append("bias=false")
        return "nn.attention{%s}" % ", ".join(parts)


class SwiGLU(nn.Module):
    def __init__(self, width, units, hidden, bias=False):
        super().__init__()
        self.bias = bias
        for name, shape in (("gate", (hidden, width)), ("up", (hidden, width)),
                            ("down", (units, hidden))):
            setattr(self, "weight_" + name, nn.Parameter(torch.empty(shape)))
            if bias:
                setattr(self, "bias_" + name, nn.Parameter(torch.empty(shape[0])))

    def part(self, x, name):
        return F.linear(x, getattr(self, "weight_" + name),
                        getattr(self, "bias_" + name) if self.bias else None)

    def forward(self, x):
        return self.part(F.silu(self.part(x, "gate")) * self.part(x, "up"), "down")


class Positions(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(length, width))

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


class Block(nn.Module):
    """nn.transformer{1, ...}, its parts under lrrun's names."""

    def __init__(self, width, heads, post=False, rms=False, act="gelu", mlp=4, **more):
        super().__init__()
        make = (lambda: nn.RMSNorm(width, eps=1e-6)) if rms else (lambda: nn.LayerNorm(width))
        self.post, self.act, self.rms = post, act, rms
        self.a, self.n1, self.n2 = Attention(width, heads, **more), make(), make()
        self.up, self.down = nn.Linear(width, mlp * width), nn.Linear(mlp * width, width)
        self.last = None if post else make()

    def mlp(self, x):
        return self.down(getattr(F, self.act)(self.up(x)))

    def forward(self, x):
        if self.post:
            x = self.n1(x + self.a(x))
            return self.n2(x + self.mlp(x))
        x = x + self.a(self.n1(x))
        return self.last(x + self.mlp(self.n2(x)))

    def names(self):
        norm = "rmsnorm" if self.rms else "layernorm"
        at = 1 if self.post else 2
        out = {"1.1.residual.%d.attention.%s" % (at, n): "a." + n
               for n, _ in self.a.named_parameters()}
        places = {"up": "1.%d.residual.%d.linear" % (3 if self.post else 2, at),
                  "down": "1.%d.residual.%d.linear" % (3 if self.post else 2, at + 2),
                  "n1": "1.2." + norm if self.post else "1.1.residual.1." + norm,
                  "n2": "1.4." + norm if self.post else "1.2.residual.1." + norm}
        if not self.post:
            places["last"] = "2." + norm
        for part, place in places.items():
            for n, _ in getattr(self, part).named_parameters():
                out["%s.%s" % (place, n)] = "%s.%s" % (part, n)
        return out


def attention(n, t, width, *args, **more):
    module = Attention(width, *args, **more)
    golden.layer(module.expr(), module, golden.randn(n, t, width))


def swiglu(shape, units, hidden, bias):
    golden.layer("nn.swiglu{%d, hidden=%d, bias=%s}" % (units, hidden, str(bias).lower()),
                 SwiGLU(shape[-1], units, hidden, bias), golden.randn(*shape))


def positions(n, t, width, length):
    golden.layer("nn.positions{%d}" % length, Positions(length, width),
                 golden.randn(n, t, width))


def waves(n, t, width):
    angle = torch.arange(t)[:, None] / 10000 ** (
        torch.div(torch.arange(width), 2, rounding_mode="floor") * 2 / width)
    table = torch.where(torch.arange(width) % 2 == 0, angle.sin(), angle.cos())
    golden.layer("nn.positions{kind='sinusoidal'}", nn.Module(), golden.randn(n, t, width),
                 lambda x: x + table)


def rmsnorm(shape, eps=1e-6):
    golden.layer("nn.rmsnorm{eps=%g}" % eps, nn.RMSNorm(shape[-1], eps=eps),
                 golden.randn(*shape))


def steps(n, t, width):
    golden.layer("nn.last{}", nn.Module(), golden.randn(n, t, width), lambda x: x[:, -1] * 1)
    golden.layer("nn.first{}", nn.Module(), golden.randn(n, t, width), lambda x: x[:, 0] * 1)


def tokens(n, c, h, w):
    golden.layer("nn.tokens{}", nn.Module(), golden.randn(n, c, h, w),
                 lambda x: x.flatten(2).transpose(1, 2) * 1)


def block(n, t, width, heads, **more):
    module = Block(width, heads, **more)
    parts = ["heads=%d" % heads]
    for key, name in (("post", "norm='post'"), ("rms", "rmsnorm=true"), ("causal", "causal=true"),
                      ("qk_norm", "qk_norm=true"), ("rope", "rope=true")):
        if more.get(key):
            parts.append(name)
    for key in ("mlp", "kv_heads"):
        if more.get(key):
            parts.append("%s=%d" % (key, more[key]))
    if more.get("act"):
        parts.append("activation='%s'" % more["act"])
    golden.layer("nn.transformer{1, %s}" % ", ".join(parts), module,
                 golden.randn(n, t, width), names=module.names())


def cases():
    attention(2, 5, 6, 3)
    attention(1, 64, 4, 1, causal=True)
    attention(1, 65, 4, 2)
    attention(1, 130, 2, 1, causal=True, rope=10000)
    attention(2, 9, 12, 6, kv_heads=2)
    attention(2, 9, 12, 6, kv_heads=1, causal=True, bias=False)
    attention(2, 7, 16, 2, causal=True, rope=500.0)
    attention(2, 7, 16, 4, kv_heads=2, rope=10000, qk_norm=True)
    attention(3, 1, 8, 2, qk_norm=True)
    attention(2, 6, 34, 2, causal=True, qk_norm=True, bias=False)
    swiglu((3, 5), 4, 7, False)
    swiglu((2, 4, 17), 17, 33, True)
    positions(3, 4, 5, 4)
    positions(2, 3, 17, 9)
    waves(2, 11, 7)
    waves(1, 70, 6)
    rmsnorm((5, 33))
    rmsnorm((2, 3, 4), 0.01)
    steps(3, 4, 5)
    tokens(2, 3, 4, 5)
    block(2, 6, 8, 2, causal=True)
    block(2, 5, 8, 4, post=True, rms=True, act="silu", mlp=2)
    block(1, 7, 16, 4, kv_heads=2, causal=True, rope=10000, qk_norm=True, act="relu", mlp=1)


if __name__ == "__main__":
    torch.manual_seed(13)
    cases()
    json.dump(golden.CASES, sys.stdout, separators=(",", ":"))
    sys.stdout.write("\n")
