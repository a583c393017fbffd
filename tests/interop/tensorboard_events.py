"""TensorBoard reads what a run writes: curves, settings, and a resumption's steps once.

Usage: python3 tests/interop/tensorboard_events.py build/lrrun
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

RECIPE = """
return recipe {
  name = "board", data = data.digits { limit = 100, val = 0.2 },
  model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 6, checkpoint = { every = 1*epochs, keep = 6 },
  metrics = { "histograms", "grad_norms" }, log = 3*steps,
}
"""
NAMES = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr", "grad_norm"]


def check(run):
    board = EventAccumulator(str(run), size_guidance={"histograms": 0, "scalars": 0})
    board.Reload()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for name in NAMES:
        got = [(e.step, e.value) for e in board.Scalars(name)]
        want = [(line["step"], line[name]) for line in lines]
        assert [s for s, _ in got] == [s for s, _ in want], (name, got, want)
        assert all(a == single(b) for (_, a), (_, b) in zip(got, want)), name
    steps = [json.loads(line) for line in (run / "steps.jsonl").read_text().splitlines()]
    for name in ["loss", "lr", "grad_norm"]:
        got = [(e.step, e.value) for e in board.Scalars("steps/" + name)]
        assert got == [(line["step"], single(line[name])) for line in steps], (name, got)
    for kind in ["grad_norms", "gradients", "weights", "updates"]:
        assert len(board.Scalars(kind + "/1.linear.weight")) == len(lines), kind
    for kind, count in [("weights", 64 * 6), ("gradients", 64 * 6)]:
        events = board.Histograms(kind + "/1.linear.weight/spread")
        assert [e.step for e in events] == [line["step"] for line in lines]
        for e in events:
            h = e.histogram_value
            assert h.num == count == sum(h.bucket) and h.bucket_limit[-1] == h.max, h
            if kind == "weights":
                norm = [s.value for s in board.Scalars("weights/1.linear.weight")
                        if s.step == e.step][0]
                assert abs(h.sum_squares ** 0.5 / norm - 1) < 0.5, (h.sum_squares, norm)
    data = board.SummaryMetadata("_hparams_/session_start_info").plugin_data
    content = plugin_data_pb2.HParamsPluginData.FromString(data.content)
    settings = content.session_start_info.hparams
    assert settings["optimizer.lr"].number_value == 0.1
    assert settings["data.kind"].string_value == "data.digits"
    assert settings["data.shuffle"].bool_value is True


def single(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def lrrun(program, *words):
    subprocess.run([program, *map(str, words), "--quiet"], check=True,
                   stdout=subprocess.DEVNULL)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "r.lua").write_text(RECIPE)
        lrrun(program, folder / "r.lua", "--out", folder / "runs")
        run = folder / "runs" / "board-1"
        check(run)
        fresh = EventAccumulator(str(run))
        fresh.Reload()
        shown = fresh.Tensors("recipe")[0].tensor_proto.string_val[0].decode()
        assert shown.splitlines() == ["    " + line for line in RECIPE.split("\n")], shown
        # As if it had been killed after its third epoch was saved and its last was not.
        (run / "result.json").unlink()
        saved = [(int(re.search(r"\d+", path.name)[0]), path)
                 for path in (run / "checkpoints").iterdir()]
        for _, path in sorted(saved)[3:]:
            path.unlink()
        lrrun(program, "resume", run)
        assert len(list(run.glob("events.out.tfevents.*"))) == 2
        check(run)
        lrrun(program, "extend", run, "--epochs", "+2", "--via", "cooldown")
        check(run)
    print("3 passed, 0 failed (tensorboard %s)" % tensorboard.__version__)


main()
