"""Milliseconds of one JAX training step of a size, as step.lua's; compiled, f32.

Use: python3 tests/bench/scale/step_jax.py threads=2 kind=mlp batch=128 ...  (A chain of thousands of
layers takes XLA longer to compile than BENCH_LIMIT.)
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import jax_best as best  # noqa: E402

asked = dict(word.split("=") for word in sys.argv[1:])
kind = asked["kind"]
batch, width, depth, length, threads = (int(asked.get(key, default)) for key, default in [
    ("batch", 128), ("width", 256), ("depth", 100), ("length", 200), ("threads", 2)])
SIZES = {"mlp": [784, 256, 128, 10], "wide": [width, width, width, 10],
         "chain": [16] * (depth // 2 + 1) + [10]}

best.begin(threads)


def network():
    return best.recurrent("lstm") if kind == "lstm" else best.mlp(*SIZES[kind])


def one_batch():
    if kind == "lstm":
        return best.whole(20000, batch, length), best.whole(2, batch)
    return best.normal(batch, SIZES[kind][0], scale=1), best.whole(10, batch)


for ms in best.measure(kind, network, one_batch, "adam", ["f32"]).values():
    print(f"{kind} {ms:.5f} jit")
