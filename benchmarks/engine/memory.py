"""How much memory a search takes, beside GridSearchCV's.

    python benchmarks/engine/memory.py
    python benchmarks/engine/memory.py --quick

Each search runs in a process of its own on 200,000 x 50 numbers (76 MiB), with one and with two
workers, with the refit. Printed is the most proportional set size (PSS: pages that several
processes map count once in all) of the process and its workers, looked at every 20 ms; the
median of the turns, and the ratio to GridSearchCV's; "not shared" is ``share_fits=False``.
Linux only. The target is at most 1.1 where fits are not shared: what is shared takes memory, up
to 256 MiB a worker.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

LOOK_SECONDS = 0.02
MODELS = ("Ridge", "GaussianNB", "Pipeline")
SEARCHES = ("GridSearchCV", "GridSearch", "not shared")


def fit(search: str, model: str, n_jobs: int, n_rows: int) -> None:
    """Fit one search; in a process of its own."""
    from sklearn import linear_model, model_selection, naive_bayes, pipeline, preprocessing

    import skhpo

    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 50))
    y = (X[:, 0] + rng.normal(size=n_rows) > 0).astype(int)
    estimators = {
        "Ridge": (linear_model.Ridge(), "alpha"),
        "GaussianNB": (naive_bayes.GaussianNB(), "var_smoothing"),
        "Pipeline": (
            pipeline.make_pipeline(preprocessing.StandardScaler(), linear_model.Ridge()),
            "ridge__alpha",
        ),
    }
    estimator, name = estimators[model]
    grid = {name: [1e-3, 1e-2, 1e-1, 1.0]}
    if search == "GridSearchCV":
        model_selection.GridSearchCV(estimator, grid, n_jobs=n_jobs).fit(X, y)
    else:
        skhpo.GridSearch(estimator, grid, n_jobs=n_jobs, share_fits=search == "GridSearch").fit(
            X, y
        )


def tree(pid: int) -> list[int]:
    """A process and those that it started."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            pids += tree(int(child))
    return pids


def pss(pid: int) -> float:
    """Proportional set size of a process and its children, in MiB."""
    total = 0.0
    with suppress(OSError):  # one that has ended meanwhile
        for member in tree(pid):
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total


def peak(search: str, model: str, n_jobs: int, n_rows: int) -> float:
    """The most PSS of one search."""
    options = ["--fit", search, model, str(n_jobs), str(n_rows)]
    process = subprocess.Popen([sys.executable, __file__, *options])
    most = 0.0
    while process.poll() is None:
        most = max(most, pss(process.pid))
        time.sleep(LOOK_SECONDS)
    if process.returncode:
        raise RuntimeError(f"{search} of {model} failed")
    return most


def main() -> None:
    """Print a line for each model and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="20,000 rows, one model, one turn")
    parser.add_argument("--fit", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        search, model, n_jobs, n_rows = options.fit
        fit(search, model, int(n_jobs), int(n_rows))
        return
    if not sys.platform.startswith("linux"):
        print("PSS is known on Linux only")
        return
    n_rows, n_turns = (20_000, 1) if options.quick else (200_000, options.turns)
    for model in MODELS[:1] if options.quick else MODELS:
        for n_jobs in (1, 2):
            found = [[peak(s, model, n_jobs, n_rows) for s in SEARCHES] for _ in range(n_turns)]
            theirs, *others = np.transpose(found)
            print(f"{model:10} n_jobs={n_jobs}: GridSearchCV {np.median(theirs):.0f} MiB", end="")
            for name, ours in zip(SEARCHES[1:], others, strict=True):
                ratios = ours / theirs
                print(
                    f", {name} {np.median(ours):.0f} MiB, ratio {np.median(ratios):.2f} "
                    f"({ratios.min():.2f} to {ratios.max():.2f})",
                    end="",
                )
            print(flush=True)


if __name__ == "__main__":
    main()
