"""What lrrun exports runs in onnxruntime and gives what lrrun predicts, to 1e-4.

Usage: python3 tests/interop/onnx_models.py build/lrrun
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

RNG = numpy.random.default_rng(1)
TOLERANCE = 1e-4
passed = 0


class Lrrun:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def call(self, *words):
        done = subprocess.run([self.program, *map(str, words), "--json", "--quiet", "--threads", "1"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
        assert done.returncode == 0, (words, done.stderr)
        return json.loads(done.stdout)

    def train(self, name, data, model, more=""):
        (self.folder / (name + ".lua")).write_text("""
            return recipe { name = "%s", seed = 3, data = %s, model = nn.sequential { %s },
              optimizer = optim.adam { lr = 1e-2 }, epochs = 2, %s }""" % (name, data, model, more))
        return self.call(name + ".lua", "--out", "runs")["run"]

    def export(self, run, *flags):
        path = self.folder / "model.onnx"
        told = self.call("export", run, "-o", path, *flags)
        assert told["check"]["difference"] < TOLERANCE, told
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        meta = {p.key: p.value for p in model.metadata_props}
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]), meta

    def predict(self, run, path, out):
        (self.folder / out).unlink(missing_ok=True)
        self.call("predict", run, "--input", path, "-o", self.folder / out)
        return self.folder / out


def same(name, found, wanted):
    global passed
    found, wanted = numpy.asarray(found, "f8"), numpy.asarray(wanted, "f8")
    assert found.shape == wanted.shape, (name, found.shape, wanted.shape)
    worst = numpy.max(numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted)))
    assert worst <= TOLERANCE, (name, worst)
    assert numpy.std(wanted) > 1e-3, (name, "all outputs are alike")
    print("  %-28s %.1e" % (name, worst))
    passed += 1


def numbers(path, columns=None):
    with open(path) as f:
        rows = list(csv.DictReader(f))
    columns = columns or [c for c in rows[0] if c.startswith("p_")]
    return [[float(row[c]) for c in columns] for row in rows]


def tables(l):
    kinds = ["red", "green", "blue"]
    rows = [[20 + 9 * RNG.normal(), 1.7e9 + 1e4 * RNG.normal(), RNG.choice(kinds)] for _ in range(200)]
    gaps = RNG.random(200) < 0.1
    header = "age,stamp,color,%s"
    with open(l.folder / "kind.csv", "w") as f:
        print(header % "kind", file=f)
        for (a, s, c), gap in zip(rows, gaps):
            print("%s,%.3f,%s,%s" % ("" if gap else a, s, c, "abc"[int(a > 20) + (c == "red")]), file=f)
    with open(l.folder / "price.csv", "w") as f:
        print(header % "price", file=f)
        for a, s, c in rows:
            print("%.6f,%.3f,%s,%.4f" % (a, s, c, 5e4 + 100 * a + (c == "red") * 900), file=f)
    for target, model, flags in [("kind", "nn.linear(16), nn.batchnorm(), nn.gelu(), nn.linear(3)",
                                  ["--probabilities"]),
                                 ("price", "nn.linear(16), nn.selu(), nn.layernorm(), nn.linear(1)", [])]:
        data = 'data.csv { "%s.csv", target = "%s", val = 0.2 }' % (target, target)
        run = l.train("table_" + target, data, model)
        session, meta = l.export(run, "--with-scaling", *flags)
        columns = json.loads(meta["lrrun.input.columns"])
        x = []
        with open(l.folder / (target + ".csv")) as f:
            for row in csv.DictReader(f):
                x.append([float(row[c] or "nan") if c in row else float(row[c.split("=")[0]] == c.split("=")[1])
                          for c in columns])
        kind = {"tensor(double)": "f8", "tensor(float)": "f4"}[session.get_inputs()[0].type]
        found = session.run(None, {"x": numpy.array(x, kind)})[0]
        answers = l.predict(run, target + ".csv", "out.csv")
        same("table, " + target, found, numbers(answers, None if flags else ["price"]))


IMAGE = [
    ("cnn", "nn.conv2d{8, 3, padding='same'}, nn.batchnorm(), nn.relu(), nn.maxpool2d{2}, "
            "nn.conv2d{8, 3, groups=8, padding=1, bias=false}, nn.groupnorm(4), nn.silu(), "
            "nn.residual{nn.conv2d{8, 3, padding=1}, nn.elu(0.7)}, "
            "nn.concat{nn.conv2d{4, {1, 3}, padding={0, 1}}, nn.conv2d{4, 1}}, "
            "nn.avgpool2d{3, stride=2, padding=1}, nn.flatten(), nn.dropout(0.3), nn.linear(4)"),
    ("strided cnn", "nn.conv2d{6, {3, 2}, stride={2, 1}, dilation={1, 2}}, nn.leaky_relu(0.2), "
                    "nn.global_maxpool(), nn.softplus(), nn.linear(4)"),
    ("vit", "nn.conv2d{12, 3, stride=3}, nn.tokens(), nn.positions(), "
            "nn.transformer{2, heads=4, kv_heads=2, qk_norm=true, activation='swiglu', norm='pre'}, nn.global_avgpool(), "
            "nn.linear(4)"),
]
STEPS = [
    ("lstm", "nn.lstm{7, layers=2, bidirectional=true}, nn.linear(4)"),
    ("gru", "nn.gru{7, bidirectional=true, sequences=true}, nn.batchnorm(), nn.last(), nn.linear(4)"),
    ("rnn", "nn.rnn{7, activation='relu', bias=false, sequences=true}, nn.rmsnorm(), nn.first(), "
            "nn.linear(4)"),
    ("conv1d", "nn.conv1d{6, 3, stride=2, padding=1}, nn.tanh(), nn.conv1d{6, 3, padding='causal', "
               "dilation=2, groups=2}, nn.sigmoid(), nn.global_avgpool(), nn.linear(4)"),
    ("reshape", "nn.reshape{2, 5, 3}, nn.batchnorm(), nn.flatten(), nn.linear(4)"),
]


def arrays(l, shape, networks):
    y = RNG.integers(0, 4, 120)
    x = (30 + 9 * RNG.normal(size=(120, *shape)) + 5 * y.reshape(-1, *[1] * len(shape))).astype("f4")
    numpy.save(l.folder / "x.npy", x)
    numpy.save(l.folder / "y.npy", y)
    for name, model in networks:
        run = l.train(name.replace(" ", "_"), 'data.npy { "x.npy", "y.npy", val = 0.2, batch = 16 }', model)
        wanted = numpy.load(l.predict(run, "x.npy", "out.npy"))
        session, _ = l.export(run, "--with-scaling", "--probabilities")
        same(name, session.run(None, {"x": x})[0], wanted)
        session, meta = l.export(run)
        mean, factor = (numpy.array(json.loads(meta["lrrun.input." + k])) for k in ("mean", "factor"))
        wide = (-1, *[1] * (len(shape) - 1)) if len(shape) > 2 else shape
        z = ((x - mean.reshape(wide)) * factor.reshape(wide)).astype("f4")
        for rows in (z[:1], z[:7]):  # the batch has any size
            logits = session.run(None, {"x": rows})[0]
            e = numpy.exp(logits - logits.max(-1, keepdims=True))
            same(name + ", %d logits" % len(rows), e / e.sum(-1, keepdims=True), wanted[:len(rows)])


WORDS = "a b c d e f g h i j".split()
TEXTS = [
    ("text lstm", "nn.embedding(8), nn.lstm{6, layers=2, bidirectional=true}, nn.linear(2)"),
    ("text gru", "nn.embedding(8), nn.gru{6, sequences=true}, nn.last(), nn.linear(2)"),
    ("text rnn", "nn.embedding(8), nn.rnn{6, bidirectional=true}, nn.linear(2)"),
    ("text conv", "nn.embedding(8), nn.conv1d{6, 3, padding='same'}, nn.relu(), nn.global_maxpool(), "
                  "nn.linear(2)"),
    ("text conv, shorter", "nn.embedding(8), nn.conv1d{6, 3}, nn.relu(), nn.global_avgpool(), nn.linear(2)"),
    ("text transformer", "nn.embedding(8), nn.positions(), nn.transformer{2, heads=2}, "
                         "nn.global_avgpool(), nn.linear(2)"),
    ("text transformer, post", "nn.embedding(8), nn.positions{kind='sinusoidal'}, "
                               "nn.transformer{1, heads=2, norm='post'}, nn.first(), nn.linear(2)"),
    ("text rope", "nn.embedding(8), nn.attention{4, kv_heads=2, rope=true, qk_norm=true, causal=true}, "
                  "nn.rmsnorm(), nn.swiglu(), nn.last(), nn.linear(2)"),
]


def batch(lines, vocabulary):
    """Ids and lengths: 0 is padding, 1 a word of none, the first word is 2."""
    ids = [[vocabulary.index(w) + 2 for w in line.split()] for line in lines]
    t = max(map(len, ids))
    return (numpy.array([row + [0] * (t - len(row)) for row in ids], "i8"),
            numpy.array([len(row) for row in ids], "i8"))


def texts(l):
    lines = [" ".join(RNG.choice(WORDS, RNG.integers(1, 12))) for _ in range(120)]
    with open(l.folder / "t.csv", "w") as f:
        print("text,label", file=f)
        for line in lines:
            print("%s,%s" % (line, "yes" if "a" in line else "no"), file=f)
    (l.folder / "in.txt").write_text("\n".join(lines) + "\n")
    for name, model in TEXTS:
        run = l.train("".join(c for c in name if c.isalpha()),
                      'data.text { "t.csv", text = "text", label = "label", val = 0.2, batch = 16 }', model)
        vocabulary = json.loads(pathlib.Path(run, "vocabulary.json").read_text())
        wanted = numpy.array(numbers(l.predict(run, "in.txt", "out.csv")))
        session, meta = l.export(run, "--probabilities")
        assert json.loads(meta["lrrun.classes"]) == ["no", "yes"]
        ids, lengths = batch(lines, vocabulary)
        feeds = {"x": ids, "lengths": lengths}
        taken = {i.name for i in session.get_inputs()}
        feeds = {k: v for k, v in feeds.items() if k in taken}
        t = session.get_inputs()[0].shape[1]
        if isinstance(t, int):
            feeds["x"] = numpy.pad(ids, ((0, 0), (0, t - ids.shape[1])))
        assert "lengths" in taken or "first" in model, name
        same(name, session.run(None, feeds)[0], wanted)


def tags(l):
    lines = [RNG.choice(WORDS, RNG.integers(1, 9)) for _ in range(80)]
    with open(l.folder / "tags.txt", "w") as f:
        for line in lines:
            print("\n".join("%s %s" % (w, "V" if w in "aei" else "C") for w in line) + "\n", file=f)
    run = l.train("tags", 'data.text { "tags.txt", task = "tags", val = 0.2, batch = 16 }',
                  "nn.embedding{8, name='e'}, nn.lstm{4, bidirectional=true, sequences=true}, "
                  "nn.linear(8), nn.linear{tied='e'}, nn.softmax(), nn.linear(2)")
    (l.folder / "in.txt").write_text("\n\n".join("\n".join(line) for line in lines) + "\n")
    wanted = numbers(l.predict(run, "in.txt", "out.csv"))
    session, _ = l.export(run, "--probabilities")
    vocabulary = json.loads(pathlib.Path(run, "vocabulary.json").read_text())
    ids, lengths = batch([" ".join(line) for line in lines], vocabulary)
    found = session.run(None, {"x": ids, "lengths": lengths})[0]
    same("tags, each step", [row for s, n in zip(found, lengths) for row in s[:n]], wanted)


def weights(l, run):
    global passed
    from safetensors.numpy import load_file
    l.call("export", run, "--numpy", "-o", l.folder / "w.npz")
    found, wanted = numpy.load(l.folder / "w.npz"), load_file(run + "/weights.safetensors")
    assert set(found.files) == set(wanted)
    assert all((found[k] == wanted[k]).all() and found[k].dtype == "f4" for k in wanted)
    passed += 1


def main():
    with tempfile.TemporaryDirectory() as name:
        l = Lrrun(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(name))
        tables(l)
        arrays(l, (3, 9, 8), IMAGE)
        arrays(l, (10, 3), STEPS)
        texts(l)
        tags(l)
        weights(l, str(l.folder / "runs" / "cnn-1"))
    print("%d passed, 0 failed" % passed)


main()
