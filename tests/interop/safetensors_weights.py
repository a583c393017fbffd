"""Weights go between lrrun and the Python package safetensors, both ways, bit for bit.

Usage: python3 tests/interop/safetensors_weights.py build/lrrun
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

RECIPE = """
return recipe {
  name = "%s",
  data = data.digits { limit = 100 },
  model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(10) },
  optimizer = optim.sgd { lr = %s }, epochs = 1,
  checkpoint = { every = 1*steps }, %s
}
"""
SHAPES = {
    "1.linear.bias": (6,), "1.linear.weight": (6, 64),
    "3.linear.bias": (10,), "3.linear.weight": (10, 6),
}


def train(program, folder, name, lr, more=""):
    path = folder / (name + ".lua")
    path.write_text(RECIPE % (name, lr, more))
    out = subprocess.run(
        [program, str(path), "--out", str(folder / "runs"), "--json", "--quiet"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(out)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    passed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        first = train(program, folder, "first", "0.1")
        weights = load_file(first["run"] + "/weights.safetensors")
        assert {k: v.shape for k, v in weights.items()} == SHAPES
        assert all(v.dtype == numpy.float32 for v in weights.values())
        passed += 1

        # Python's own writer gives the same bytes for the same tensors.
        with safe_open(first["run"] + "/weights.safetensors", "np") as f:
            save_file(weights, folder / "again.safetensors", metadata=f.metadata())
        again = load_file(folder / "again.safetensors")
        assert all((again[k] == weights[k]).all() for k in SHAPES)
        passed += 1

        # Every checkpoint is a file that Python reads.
        for path in sorted(pathlib.Path(first["run"], "checkpoints").iterdir()):
            state = load_file(path)
            assert state["params"].size >= sum(v.size for v in weights.values())
            with safe_open(path, "np") as f:
                assert json.loads(f.metadata()["state"])["step"] > 0
        passed += 1

        # Weights under another framework's names, in single and half precision.
        renamed = {k.replace(".linear.", ".").join(["net.", ""]): v for k, v in weights.items()}
        save_file(renamed, folder / "renamed.safetensors")
        use = 'init = { "%s", map = { ["(%%d)%%.linear%%.(%%a+)"] = "net.%%1.%%2" } },'
        second = train(program, folder, "second", "1e-30", use % "renamed.safetensors")
        assert second["digest"] == first["digest"]
        half = {k: v.astype(numpy.float16) for k, v in renamed.items()}
        save_file(half, folder / "half.safetensors")
        third = train(program, folder, "third", "1e-30", use % "half.safetensors")
        got = load_file(third["run"] + "/weights.safetensors")
        for key, value in weights.items():
            assert (got[key] == value.astype(numpy.float16).astype(numpy.float32)).all()
        passed += 2
    print("%d passed, 0 failed" % passed)


main()
