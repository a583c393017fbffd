"""One JAX training step of each workload of steps.lua (jax_best.py).

Lines "name precision milliseconds jit". Use: python3 tests/bench/steps_jax.py [name]
"""
import sys

import jax_best as best

best.begin(threads=2)


def vectors(*shape):
    return lambda: (best.normal(*shape, scale=1), best.whole(10, shape[0]))


def texts():
    return best.whole(20000, 32, 200), best.whole(2, 32)


def windows(batch, context):
    return lambda: (best.whole(96, batch, context), best.whole(96, batch * context))


WORK = {
    "mlp": (lambda: best.mlp(784, 256, 128, 10), vectors(128, 784), "adam"),
    "tiny": (lambda: best.mlp(64, 64, 10), vectors(32, 64), "adam"),
    "mlp_large": (lambda: best.mlp(784, 2048, 2048, 10), vectors(512, 784), "adam"),
    "cnn": (best.cnn, vectors(128, 32, 32, 3), "sgd"),
    "lstm": (lambda: best.recurrent("lstm"), texts, "adam"),
    "gru": (lambda: best.recurrent("gru"), texts, "adam"),
    "gpt": (lambda: best.writer(4, 4, 128, 128), windows(32, 128), "adamw"),
    "gpt_large": (lambda: best.writer(6, 8, 256, 256), windows(16, 256), "adamw"),
}

for name in [sys.argv[1]] if len(sys.argv) > 1 else list(WORK):
    for precision, ms in best.measure(name, *WORK[name]).items():
        print(f"{name} {precision} {ms:.4f} jit", flush=True)
