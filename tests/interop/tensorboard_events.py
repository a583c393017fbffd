"""TensorBoard reads what a run writes: curves, settings, and a resumption's steps once.

Usage: python3 tests/interop/tensorboard_events.py build/lrrun
"""
import json
import pathlib
import re
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
  metrics = { "tensorboard", "grad_norms" },
}
"""
NAMES = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "lr", "grad_norm"]


def check(run):
    board = EventAccumulator(str(run))
    board.Reload()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for name in NAMES:
        got = [(e.step, e.value) for e in board.Scalars(name)]
        want = [(line["step"], line[name]) for line in lines]
        assert [s for s, _ in got] == [s for s, _ in want], (name, got, want)
        assert all(abs(a - b) <= 1e-6 * abs(b) for (_, a), (_, b) in zip(got, want)), name
    assert "grad_norms/1.linear.weight" in board.Tags()["scalars"]
    data = board.SummaryMetadata("_hparams_/session_start_info").plugin_data
    content = plugin_data_pb2.HParamsPluginData.FromString(data.content)
    settings = content.session_start_info.hparams
    assert settings["optimizer.lr"].number_value == 0.1
    assert settings["data.kind"].string_value == "data.digits"
    assert settings["data.shuffle"].bool_value is True


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
