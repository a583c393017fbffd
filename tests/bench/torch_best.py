"""PyTorch at its best: a training step measured in each setting that it has, f32 and bfloat16.

Denormals are flushed (gradients through many steps turn subnormal, which is ten times slower), the
optimizer is fused where PyTorch has it fused. Settings, tried in turn: `plain`; `channels_last` for
images; `compiled` by torch.compile, which wants a C++ compiler; both. What fails, or takes longer
than its time, is said on stderr and skipped.
"""
import os
import shutil
import signal
import sys
import time
import warnings

os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
import torch  # noqa: E402: it reads the environment

warnings.filterwarnings("ignore")
LIMIT = int(os.environ.get("BENCH_LIMIT", "90"))  # seconds that one setting may take
ROUND = 0.7  # seconds of one measurement, of three
PRECISIONS = ("f32", "bf16")


class TooLong(Exception):
    pass


def too_long(*_):
    raise TooLong(f"more than {LIMIT} s (BENCH_LIMIT)")


def begin(threads):
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    signal.signal(signal.SIGALRM, too_long)


def optimizer(kind, model):
    make, keys = {
        "adam": (torch.optim.Adam, {"lr": 1e-3}),
        "adamw": (torch.optim.AdamW, {"lr": 1e-3}),
        "sgd": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    }[kind]
    try:
        return make(model.parameters(), fused=True, **keys)
    except (RuntimeError, TypeError, ValueError):  # this version has it not
        return make(model.parameters(), **keys)


def settings(image):
    plain = ["plain"] + (["channels_last"] if image else [])
    if not hasattr(torch, "compile"):
        return plain
    if shutil.which(os.environ.get("CXX", "g++")) is None and shutil.which("clang++") is None:
        print("compiled: skipped, there is no C++ compiler", file=sys.stderr)
        return plain
    return plain + ["compiled"] + (["channels_last+compiled"] if image else [])


def step_of(make, batch, kind, setting, precision):
    torch.manual_seed(1)
    model, loss, (x, y) = make(), torch.nn.CrossEntropyLoss(), batch()
    if "channels_last" in setting:
        model = model.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    opt = optimizer(kind, model)
    forward = torch.compile(model) if "compiled" in setting else model

    def step():
        opt.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            out = forward(x)
        loss(out.float(), y).backward()
        opt.step()

    return step


def seconds_of(step):
    for _ in range(5):
        step()
    best = float("inf")
    for _ in range(3):
        n, began, passed = 0, time.perf_counter(), 0.0
        while passed < ROUND:
            step()
            n, passed = n + 1, time.perf_counter() - began
        best = min(best, passed / n)
    return best


def measure(name, make, batch, kind, image=False, only=None):
    """{precision: (milliseconds, setting)} of the best; only: {precision: setting} instead of all."""
    found = {}
    for precision in only or PRECISIONS:
        for setting in [only[precision]] if only else settings(image):
            signal.alarm(LIMIT)
            try:
                ms = 1000 * seconds_of(step_of(make, batch, kind, setting, precision))
            except Exception as why:  # what a setting cannot do is no fault of the benchmark
                print(f"{name} {precision} {setting}: skipped, {' '.join(str(why).split())[:160]}",
                      file=sys.stderr, flush=True)
                continue
            finally:
                signal.alarm(0)
                torch._dynamo.reset() if hasattr(torch, "_dynamo") else None
            print(f"{name} {precision} {setting}: {ms:.4f} ms", file=sys.stderr, flush=True)
            if precision not in found or ms < found[precision][0]:
                found[precision] = (ms, setting)
    return found
