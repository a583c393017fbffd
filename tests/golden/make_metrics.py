#!/usr/bin/env python3
"""Writes tests/golden/metrics.json: outputs, targets and what scikit-learn says of them; see
metrics.lua. Two and ten classes, few positives, equal scores, a class that is missing, questions
of yes and no, several numbers with one that is always the same.

Usage: python3 tests/golden/make_metrics.py > tests/golden/metrics.json
Made with scikit-learn 1.9.1, numpy 2.4.6, Python 3.11."""

import json
import warnings

import numpy as np
from sklearn import metrics as sk

warnings.simplefilter("ignore")
rng = np.random.default_rng(11)
CASES = []


def listed(x):
    return [float("%.6g" % v) for v in np.asarray(x, float).reshape(-1)]


def floats(x):
    # What a program in single precision reads of the text.
    return np.asarray(listed(x), np.float32).astype(float).reshape(np.shape(x))


def case(expr, of, cols, x, y, **want):
    figures = {k: float(v) for k, v in want.items() if v is not None and np.ndim(v) == 0}
    lists = {k: np.asarray(v).tolist() for k, v in want.items() if v is not None and np.ndim(v)}
    CASES.append({"kind": "metrics", "expr": expr, "of": of, "cols": cols, "outputs": listed(x),
                  "targets": listed(y), "figures": figures, "lists": lists})


def scores(x):
    """What rises with the probability of a class, the same for the same one: its logarithm, in
    single precision. Probabilities themselves are all 1 where logits are large, and of equal ones
    some differ in the last digit."""
    x = x - x.max(axis=1, keepdims=True)
    rest = np.exp(x)
    rest[np.arange(len(x)), x.argmax(axis=1)] = 0
    return (x - np.log1p(rest.sum(axis=1, keepdims=True))).astype(np.float32)


def of_classes(expr, x, y):
    """Logits x (n, k), classes y (n)."""
    x = floats(x)
    n, k = x.shape
    answer = x.argmax(axis=1)
    how = dict(average="binary" if k == 2 else "macro", zero_division=0)
    is_whole = len(set(y)) == k
    auc = None
    if is_whole and k == 2:
        auc = sk.roc_auc_score(y, x[:, 1] - x[:, 0])
    elif is_whole:
        s = scores(x)
        auc = np.mean([sk.roc_auc_score(y == c, s[:, c]) for c in range(k)])
        plain = sk.roc_auc_score(y, np.exp(s) / np.exp(s).sum(axis=1, keepdims=True),
                                 multi_class="ovr", average="macro")
        assert np.abs(x).max() > 20 or abs(auc - plain) < 1e-3, (expr, auc, plain)
    each = sk.precision_recall_fscore_support(y, answer, labels=range(k), zero_division=0)
    # Ours counts the first of equal logits; scikit-learn's the last: turned around, it is ours.
    top5 = sk.top_k_accuracy_score(k - 1 - y, x[:, ::-1], k=5, labels=range(k)) if k > 5 else None
    case(expr, "classes", k, x, y, accuracy=sk.accuracy_score(y, answer),
         balanced_accuracy=sk.balanced_accuracy_score(y, answer),
         f1=sk.f1_score(y, answer, **how), precision=sk.precision_score(y, answer, **how),
         recall=sk.recall_score(y, answer, **how), auc=auc, top5=top5,
         each_precision=each[0], each_recall=each[1], each_f1=each[2], each_n=each[3],
         confusion=sk.confusion_matrix(y, answer, labels=range(k)))


def logits(y, k, by, step=None):
    x = rng.normal(size=(len(y), k))
    x[np.arange(len(y)), y] += by
    return np.round(x / step) * step if step else np.round(x, 3)


y = rng.integers(0, 2, 101)
of_classes("two classes", logits(y, 2, 0.7), y)
of_classes("two classes, equal scores", logits(y, 2, 0.7, 0.5), y)
y = (np.arange(300) % 100 == 7).astype(int)
of_classes("1 % positives", logits(y, 2, 1.5), y)
of_classes("1 % positives, none answered", logits(y, 2, 1.5) + [9, 0], y)
of_classes("two classes, one missing", logits(y * 0, 2, 0.2), y * 0)
y = rng.integers(0, 10, 120)
of_classes("ten classes", logits(y, 10, 1), y)
of_classes("ten classes, equal scores", logits(y, 10, 1, 1), y)
of_classes("ten classes, one missing", logits(y % 9, 10, 1), y % 9)
y = rng.choice(4, 200, p=[0.9, 0.06, 0.03, 0.01])
of_classes("four classes, unlike in size", logits(y, 4, 1.2), y)
of_classes("large logits", logits(y, 4, 1.2) * 40, y)


def of_questions(expr, x, y):
    """Logits x (n, k), 0 or 1 y (n, k)."""
    x = floats(x)
    k = x.shape[1]
    answer = (x > 0).astype(int)
    one = k == 1
    how = dict(average="binary" if one else "macro", zero_division=0)
    a, b = (y[:, 0], answer[:, 0]) if one else (y, answer)
    balanced = [sk.balanced_accuracy_score(y[:, i], answer[:, i]) for i in range(k)]
    case(expr, "binary", k, x, y, f1=sk.f1_score(a, b, **how),
         precision=sk.precision_score(a, b, **how), recall=sk.recall_score(a, b, **how),
         balanced_accuracy=np.mean(balanced),
         auc=sk.roc_auc_score(a, x[:, 0] if one else x, average="macro"))


y = (rng.random((90, 1)) < 0.3).astype(int)
of_questions("one question", rng.normal(size=y.shape) + y - 0.4, y)
y = (rng.random((90, 3)) < [0.5, 0.1, 0.9]).astype(int)
of_questions("three questions", rng.normal(size=y.shape) + y - 0.4, y)


def of_numbers(expr, x, y):
    x, y = floats(x), floats(y)
    if x.shape[1] == 1:
        x, y = x[:, 0], y[:, 0]
    case(expr, "numbers", 1 if x.ndim == 1 else x.shape[1], x, y, r2=sk.r2_score(y, x),
         mae=sk.mean_absolute_error(y, x), rmse=np.sqrt(sk.mean_squared_error(y, x)))


y = rng.normal(size=(77, 1))
of_numbers("a number", y + 0.3 * rng.normal(size=y.shape), y)
of_numbers("a number, worse than its mean", rng.normal(size=y.shape) * 3, y)
y = rng.normal(size=(50, 3)) * [1, 100, 0.01] + [0, 5000, 1e-3]
of_numbers("three numbers of other sizes", y + rng.normal(size=y.shape) * [0.5, 10, 0.02], y)
y[:, 1] = 3
x = y + rng.normal(size=y.shape) * 0.1
of_numbers("three numbers, one always the same", x, y)
x[:, 1] = 3
of_numbers("three numbers, one always the same and met", x, y)
y = 1.6e9 + np.arange(64.0).reshape(64, 1) * 10000
of_numbers("large numbers", y + rng.integers(-3, 4, y.shape) * 10000, y)

print("[" + ",\n".join(json.dumps(c) for c in CASES) + "]")
