"""A study's journal is Optuna's: it loads, its figures are lrrun's, and both may append.

Usage: python3 tests/interop/optuna_journal.py build/lrrun
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

RECIPE = """
return recipe {
  name = "interop",
  data = data.blobs { n = 90, classes = 3, batch = 16, val = 0.2 },
  model = nn.sequential {
    nn.linear(search.logint(4, 32)), search.choice { nn.relu(), nn.tanh() },
    nn.dropout(search.uniform(0, 0.5, { step = 0.1 })), nn.linear(3),
  },
  optimizer = search.choice {
    optim.adam { lr = search.loguniform(1e-4, 1e-1) },
    optim.sgd { lr = search.loguniform(1e-3, 1), momentum = search.choice(0, 0.9) },
  },
  epochs = 4,
  on = { epoch = function(t) if t.lr > 0.5 then error("too fast") end end },
}
"""


def search(program, folder, trials):
    return run(program, folder, "out", "--strategy", "tpe", "--trials", str(trials), "--pruner",
               "median{startup=2}")


def run(program, folder, out, *flags):
    out = subprocess.run(
        [program, "search", str(folder / "r.lua"), "--out", str(folder / out), "--json",
         "--quiet", *flags], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    return json.loads(out)


def load(result):
    backend = JournalFileBackend(str(pathlib.Path(result["study"]) / "journal.log"))
    return optuna.load_study(study_name="interop", storage=JournalStorage(backend))


STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "fail"}


def compare(study, result):
    theirs = {t.user_attrs["lrrun"]["number"]: t for t in study.trials if "lrrun" in t.user_attrs}
    assert len(theirs) == len(result["trials"])
    for mine in result["trials"]:
        trial = theirs[mine["number"]]
        assert STATES[trial.state.name] == mine["state"], (trial, mine)
        assert trial.value == mine.get("value") or trial.state.name == "FAIL"
        assert trial.user_attrs.get("digest") == mine.get("digest")
        assert trial.datetime_complete is not None
        assert set(trial.params) == set(mine["params"])
        for name, value in mine["params"].items():
            assert trial.params[name] == value, (name, trial.params[name], value)
        if trial.state.name == "COMPLETE":
            assert min(trial.intermediate_values.values()) == trial.value
            assert len(trial.intermediate_values) == mine["epochs"]
    assert study.best_trial.user_attrs["lrrun"]["number"] == result["best"]["trial"]


def several(program, folder):
    """A study of several objectives has Optuna's front; a population's trials load too."""
    text = RECIPE.replace("epochs = 4,", "epochs = 4, objective = { 'val_accuracy', 'params' },")
    (folder / "r.lua").write_text(text)
    result = run(program, folder, "several", "--strategy", "bayes", "--trials", "12")
    study = load(result)
    assert [d.name for d in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    for mine in result["trials"]:
        theirs = study.trials[mine["number"]]
        if theirs.state.name == "COMPLETE":
            assert theirs.values == [mine["values"][name] for name in result["objective"]]
    front = {t.user_attrs["lrrun"]["number"] for t in study.best_trials}
    assert front == set(result["pareto"]), (front, result["pareto"])
    (folder / "r.lua").write_text(RECIPE)
    result = run(program, folder, "pbt", "--strategy", "pbt{population=4}")
    study = load(result)
    assert study.best_trial.value <= result["best"]["value"]
    for mine in result["trials"]:
        theirs = study.trials[mine["number"]]
        assert STATES[theirs.state.name] == mine["state"]
        assert theirs.user_attrs["lrrun"].get("from") == mine.get("from")
    return len(front)


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with tempfile.TemporaryDirectory() as temp:
        folder = pathlib.Path(temp)
        (folder / "r.lua").write_text(RECIPE)
        result = search(program, folder, 12)
        study = load(result)
        compare(study, result)
        trial = study.ask()  # another program adds a trial of its own
        trial.report(math.nan, 1)
        study.tell(trial, 1e9)
        more = search(program, folder, 16)
        compare(load(more), more)
        for before, after in zip(result["trials"], more["trials"]):
            assert before == after
        front = several(program, folder)
        print("Optuna %s: %d trials the same, 1 of its own; a front of %d the same" % (
            optuna.__version__, len(more["trials"]), front))


main()
