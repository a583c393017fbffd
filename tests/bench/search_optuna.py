"""Optuna's samplers on the functions of tests/bench/search.lua, one line for each study.

Usage: python tests/bench/search_optuna.py [--seeds 20] [--trials 40] [--functions a,b]
       [--samplers tpe,gp,random] > optuna.tsv
       python tests/bench/search_optuna.py --compare ours.tsv optuna.tsv
Needs: pip install optuna scipy torch (the GP sampler's own needs).
Each line: function, sampler, seed, value, lowest. The value is the function without its noise
at the trial with the lowest observed value.

The comparison prints the median of each, and marks ours: "<" worse than a sampler of the
same kind of Optuna's by a one-sided Mann-Whitney test with p < 0.01, ">" better (bayes
against gp and tpe, tpe against tpe, both letters named). Ranks are over all studies of a
function, 0 best, 1 worst. Functions with noise have a second row, of the lowest observed
value, which is what such a study reports; it has no part in the mean rank.
"""

import argparse
import math
import random
import sys
import warnings

import optuna

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def branin(t):
    x, y = t.suggest_float("x", -5, 10), t.suggest_float("y", 0, 15)
    b, c = 5.1 / (4 * math.pi**2), 5 / math.pi
    return (y - b * x * x + c * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


H6A = [
    [10, 3, 17, 3.5, 1.7, 8],
    [0.05, 10, 17, 0.1, 8, 14],
    [3, 3.5, 1.7, 10, 17, 8],
    [17, 8, 0.05, 10, 0.1, 14],
]
H6P = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def hartmann6(t):
    x = [t.suggest_float(f"x{i}", 0, 1) for i in range(6)]
    total = 0.0
    for alpha, a, p in zip([1, 1.2, 3, 3.2], H6A, H6P):
        total += alpha * math.exp(-sum(ai * (xi - pi) ** 2 for ai, xi, pi in zip(a, x, p)))
    return -total


def lr_curve(t):
    """Loss after training over the learning rate: a valley in log lr, a cliff above."""
    z = math.log10(t.suggest_float("lr", 1e-5, 1, log=True))
    return 0.3 + 0.08 * (z + 2.3) ** 2 + 1.5 / (1 + math.exp(-8 * (z + 0.8)))


def mixed(t):
    """A recipe's space: two optimizers with rates of their own, width, depth, dropout."""
    kind = t.suggest_categorical("optimizer", ["sgd", "adam", "rmsprop"])
    if kind == "sgd":
        z = math.log10(t.suggest_float("sgd.lr", 1e-4, 1, log=True))
        m = t.suggest_float("sgd.momentum", 0, 0.99)
        loss = 0.25 + 0.10 * (z + 1.2 + 1.5 * (m - 0.9)) ** 2 + 0.2 * (m - 0.9) ** 2
    elif kind == "adam":
        z = math.log10(t.suggest_float("adam.lr", 1e-5, 1e-1, log=True))
        loss = 0.22 + 0.12 * (z + 2.7) ** 2
    else:
        z = math.log10(t.suggest_float("rmsprop.lr", 1e-5, 1e-1, log=True))
        loss = 0.28 + 0.12 * (z + 3.2) ** 2
    units = t.suggest_int("units", 8, 512, log=True)
    layers = t.suggest_int("layers", 1, 5)
    drop = t.suggest_float("dropout", 0, 0.6)
    act = t.suggest_categorical("activation", ["relu", "tanh", "gelu"])
    loss += 0.03 * (math.log2(units) - 7) ** 2 * (0.5 + drop) + 0.02 * (layers - 3) ** 2
    loss += 0.4 * (drop - 0.2) ** 2 + {"relu": 0.02, "tanh": 0.08, "gelu": 0.0}[act]
    return loss


def ackley5(t):
    x = [t.suggest_float(f"x{i}", -15, 30) for i in range(5)]
    a = math.sqrt(sum(v * v for v in x) / 5)
    b = sum(math.cos(2 * math.pi * v) for v in x) / 5
    return -20 * math.exp(-0.2 * a) - math.exp(b) + 20 + math.e


def rosenbrock4(t):
    x = [t.suggest_float(f"x{i}", -2, 2) for i in range(4)]
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(3))


def levy4(t):
    w = [1 + (t.suggest_float(f"x{i}", -10, 10) - 1) / 4 for i in range(4)]
    total = math.sin(math.pi * w[0]) ** 2
    for v in w[:-1]:
        total += (v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2)
    return total + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)


def camel(t):
    x, y = t.suggest_float("x", -3, 3), t.suggest_float("y", -2, 2)
    return (4 - 2.1 * x * x + x**4 / 3) * x * x + x * y + (-4 + 4 * y * y) * y * y


def noisy_ints(t):
    a, b = t.suggest_int("a", 0, 20), t.suggest_int("b", 1, 1000, log=True)
    x, y = t.suggest_float("x", -1, 1), t.suggest_float("y", -1, 1)
    return ((a - 13) / 10) ** 2 + (math.log10(b) - 1.7) ** 2 + (x - 0.3) ** 2 + (y + 0.6) ** 2


def hole(t):
    """Branin that fails where the plane is too high, as a run that diverges."""
    value = branin(t)
    return math.nan if value > 80 else value


# name: function, deviation of the noise
FUNCTIONS = {
    "branin": (branin, 0),
    "hartmann6": (hartmann6, 0),
    "lr_curve": (lr_curve, 0.05),
    "mixed": (mixed, 0),
    "ackley5": (ackley5, 0),
    "rosenbrock4": (rosenbrock4, 0),
    "levy4": (levy4, 0),
    "camel": (camel, 0),
    "noisy_ints": (noisy_ints, 0.1),
    "hole": (hole, 0),
}
SAMPLERS = {
    "tpe": lambda seed: optuna.samplers.TPESampler(seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
}


def run(name, sampler, seed, trials):
    f, noise = FUNCTIONS[name]
    gauss = random.Random(1000 * seed + 7).gauss
    study = optuna.create_study(sampler=SAMPLERS[sampler](seed))
    best, found = math.inf, math.inf
    for _ in range(trials):
        trial = study.ask()
        true = f(trial)
        seen = true + noise * gauss(0, 1)
        if math.isnan(seen):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        study.tell(trial, seen)
        if seen < best:
            best, found = seen, true
    return found, best


RIVALS = {"bayes": ("optuna_gp", "optuna_tpe", "random"), "tpe": ("optuna_tpe",)}


SEEN = ", seen"


def read(paths):
    table = {}
    for path in paths:
        with open(path) as lines:
            for line in lines:
                name, sampler, _, value, lowest = line.split("\t")
                table.setdefault(name, {}).setdefault(sampler, []).append(float(value))
                if FUNCTIONS[name][1] > 0:
                    row = table.setdefault(name + SEEN, {})
                    row.setdefault(sampler, []).append(float(lowest))
    return table


def marks(sampler, row):
    from scipy.stats import mannwhitneyu

    out = ""
    for rival in RIVALS.get(sampler, ()):
        if rival not in row:
            continue
        for sign, side in (("<", "greater"), (">", "less")):
            if mannwhitneyu(row[sampler], row[rival], alternative=side).pvalue < 0.01:
                out += sign + rival.replace("optuna_", "")[0]
    return out


def compare(paths):
    import numpy
    from scipy.stats import rankdata

    table = read(paths)
    samplers = list(dict.fromkeys(s for row in table.values() for s in row))
    ranks = {s: [] for s in samplers}
    print(f"{'':16}", *(f"{s:15}" for s in samplers))
    for name, row in table.items():
        cells = []
        flat = [(v, s) for s in samplers for v in row.get(s, [])]
        places = rankdata([v for v, _ in flat]) / len(flat)
        for s in samplers:
            if s not in row:
                cells.append("-")
                continue
            cells.append(f"{numpy.median(row[s]):.4g} {marks(s, row)}")
            if not name.endswith(SEEN):
                ranks[s].append(numpy.mean([p for p, (_, of) in zip(places, flat) if of == s]))
        print(f"{name:16}", *(f"{c:15}" for c in cells))
    print(f"{'mean rank':16}", *(f"{numpy.mean(ranks[s]):<15.3f}" for s in samplers))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--seeds", type=int, default=20)
    p.add_argument("--trials", type=int, default=40)
    p.add_argument("--functions", default=",".join(FUNCTIONS))
    p.add_argument("--samplers", default="tpe,gp,random")
    p.add_argument("--compare", nargs="+")
    args = p.parse_args()
    if args.compare:
        return compare(args.compare)
    for name in args.functions.split(","):
        for sampler in args.samplers.split(","):
            for seed in range(1, args.seeds + 1):
                value, lowest = run(name, sampler, seed, args.trials)
                print(f"{name}\toptuna_{sampler}\t{seed}\t{value:.12g}\t{lowest:.12g}")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
