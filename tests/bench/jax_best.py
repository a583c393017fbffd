"""JAX's training steps, compiled by XLA for the CPU: networks as plain functions, Adam, AdamW and SGD
with momentum, cross entropy, and how long a step takes in f32 and with operands of products in bfloat16.

begin(threads) has to be called before anything else is, as it chooses the processors that XLA counts.
A network is (weights, apply(weights, x)); a step gives new weights in the memory of the old ones.
"""
import os
import signal
import sys
import time

LIMIT = int(os.environ.get("BENCH_LIMIT", "90"))  # seconds that one measurement may take
ROUND = 0.7  # seconds of one measurement, of three
PRECISIONS = ("f32", "bf16")
jax = jnp = lax = None
product = None  # the type of operands of products


def begin(threads):
    global jax, jnp, lax
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import jax as _jax
    import jax.numpy as _jnp
    from jax import lax as _lax
    jax, jnp, lax = _jax, _jnp, _lax

    def too_long(*_):
        raise TimeoutError(f"more than {LIMIT} s (BENCH_LIMIT)")

    signal.signal(signal.SIGALRM, too_long)


keys = iter(range(1, 1 << 30))


def normal(*shape, scale=0.05):
    return scale * jax.random.normal(jax.random.PRNGKey(next(keys)), shape)


def whole(high, *shape):
    return jax.random.randint(jax.random.PRNGKey(next(keys)), shape, 0, high)


def dot(x, w):
    return jnp.matmul(x.astype(product), w.astype(product), preferred_element_type=jnp.float32)


# ---- networks ----

def linear(n, m):
    return {"w": normal(n, m), "b": jnp.zeros(m)}


def of_linear(p, x):
    return dot(x, p["w"]) + p["b"]


def mlp(*sizes):
    def apply(weights, x):
        for p in weights[:-1]:
            x = jax.nn.relu(of_linear(p, x))
        return of_linear(weights[-1], x)
    return [linear(a, b) for a, b in zip(sizes, sizes[1:])], apply


def recurrent(kind):
    gates = {"lstm": 4, "gru": 3}[kind]
    weights = {"table": normal(20000, 128, scale=1), "in": linear(128, 128 * gates),
               "back": linear(128, 128 * gates), "head": linear(128, 2)}

    def lstm(p, state, x):
        h, c = state
        i, f, g, o = jnp.split(x + of_linear(p, h), 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    def gru(p, state, x):
        h, _ = state
        (xr, xz, xn), (hr, hz, hn) = jnp.split(x, 3, -1), jnp.split(of_linear(p, h), 3, -1)
        z = jax.nn.sigmoid(xz + hz)
        return ((1 - z) * jnp.tanh(xn + jax.nn.sigmoid(xr + hr) * hn) + z * h, h), None

    def apply(w, x):
        x = of_linear(w["in"], w["table"][x.T])  # all steps at once
        zero = jnp.zeros((x.shape[1], 128))
        one = {"lstm": lstm, "gru": gru}[kind]
        (h, _), _ = lax.scan(lambda state, x: one(w["back"], state, x), (zero, zero), x)
        return of_linear(w["head"], h)
    return weights, apply


def cnn():
    widths = [3, 32, 32, 64, 64, 128, 128]
    weights = {"conv": [{"w": normal(3, 3, a, b), "scale": jnp.ones(b), "shift": jnp.zeros(b)}
                        for a, b in zip(widths, widths[1:])], "head": linear(128, 10)}

    def apply(w, x):  # (batch, height, width, channels), XLA's own order on the CPU
        for i, p in enumerate(w["conv"]):
            x = lax.conv_general_dilated(x.astype(product), p["w"].astype(product), (1, 1), "SAME",
                                         dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = x.astype(jnp.float32)
            mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
            x = jax.nn.relu((x - mean) * lax.rsqrt(var + 1e-5) * p["scale"] + p["shift"])
            if i in (1, 3):
                x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return of_linear(w["head"], x.mean((1, 2)))
    return weights, apply


def writer(depth, heads, width, context):
    def norm():
        return {"scale": jnp.ones(width), "shift": jnp.zeros(width)}

    def of_norm(p, x):
        x = x - x.mean(-1, keepdims=True)
        return x * lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5) * p["scale"] + p["shift"]

    weights = {"table": normal(96, width), "places": normal(context, width), "norm": norm(),
               "head": linear(width, 96),
               "blocks": [{"n1": norm(), "n2": norm(), "qkv": linear(width, 3 * width),
                           "out": linear(width, width), "up": linear(width, 4 * width),
                           "down": linear(4 * width, width)} for _ in range(depth)]}

    def attend(p, x):
        n, t, _ = x.shape
        q, k, v = (a.reshape(n, t, heads, -1) for a in jnp.split(of_linear(p["qkv"], x), 3, -1))
        y = jax.nn.dot_product_attention(q, k, v, is_causal=True)
        return of_linear(p["out"], y.reshape(n, t, width))

    def apply(w, x):
        x = w["table"][x] + w["places"]
        for p in w["blocks"]:
            x = x + attend(p, of_norm(p["n1"], x))
            x = x + of_linear(p["down"], jax.nn.gelu(of_linear(p["up"], of_norm(p["n2"], x)), False))
        return of_linear(w["head"], of_norm(w["norm"], x)).reshape(-1, 96)
    return weights, apply


# ---- optimizers: (state of weights, (state, weights, gradients) -> (state, weights)) ----

def adam(weights, decay=0.0):
    zeros = jax.tree.map(jnp.zeros_like, weights)

    def update(state, w, g):
        m, v, t = state
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        t, rate = t + 1, 1e-3
        c1, c2 = 1 - 0.9 ** (t + 1.0), 1 - 0.999 ** (t + 1.0)
        w = jax.tree.map(lambda w, m, v: w * (1 - rate * decay)
                         - rate * (m / c1) / (jnp.sqrt(v / c2) + 1e-8), w, m, v)
        return (m, v, t), w
    return (zeros, jax.tree.map(jnp.zeros_like, weights), 0), update


def sgd(weights):
    def update(v, w, g):
        v = jax.tree.map(lambda v, g: 0.9 * v + g, v, g)
        return v, jax.tree.map(lambda w, v: w - 0.01 * v, w, v)
    return jax.tree.map(jnp.zeros_like, weights), update


OPTIMIZERS = {"adam": adam, "adamw": lambda w: adam(w, 0.01), "sgd": sgd}


def step_of(network, batch, kind):
    weights, apply = network()
    x, y = batch()
    state, update = OPTIMIZERS[kind](weights)

    def loss(w, x, y):
        out = jax.nn.log_softmax(apply(w, x))
        return -jnp.take_along_axis(out, y[:, None], 1).mean()

    def step(w, s, x, y):
        value, g = jax.value_and_grad(loss)(w, x, y)
        s, w = update(s, w, g)
        return w, s, value

    jitted, held = jax.jit(step, donate_argnums=(0, 1)), [weights, state]

    def once():
        held[0], held[1], value = jitted(held[0], held[1], x, y)
        return value
    return once


def seconds_of(step):
    for _ in range(5):
        step().block_until_ready()
    best = float("inf")
    for _ in range(3):
        n, began, passed = 0, time.perf_counter(), 0.0
        while passed < ROUND:
            step().block_until_ready()
            n, passed = n + 1, time.perf_counter() - began
        best = min(best, passed / n)
    return best


def measure(name, network, batch, kind, precisions=PRECISIONS):
    """{precision: milliseconds}; what fails or takes too long is said on stderr and left out."""
    global product
    found = {}
    for precision in precisions:
        product = {"f32": jnp.float32, "bf16": jnp.bfloat16}[precision]
        signal.alarm(LIMIT)
        try:
            found[precision] = 1000 * seconds_of(step_of(network, batch, kind))
        except Exception as why:  # what it cannot do is no fault of the benchmark
            print(f"{name} {precision} JAX: skipped, {' '.join(str(why).split())[:160]}",
                  file=sys.stderr, flush=True)
            continue
        finally:
            signal.alarm(0)
        print(f"{name} {precision} JAX: {found[precision]:.4f} ms", file=sys.stderr, flush=True)
    return found
