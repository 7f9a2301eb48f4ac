"""What a search adds to the fits themselves, beside what GridSearchCV adds.

    python benchmarks/engine/overhead.py
    python benchmarks/engine/overhead.py --quick

bare     clone, set_params, fit and score on folds that were cut beforehand
added    CPU seconds of a search (one worker, no refit, share_fits=False) less bare's
ratio    ours added over GridSearchCV's added, of the medians; the target is at most 0.5

Where fits take long, the difference of two long times tells little on a machine that others
use, too: `Nothing` fits nothing, and what its searches take is all added.

And, for tiny fits on two workers, wall seconds of GridSearchCV over ours (target: 1.4). All
run in turns in one process; fits of other sizes are the same code.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from sklearn.base import BaseEstimator, clone, is_classifier  # noqa: E402
from sklearn.datasets import load_iris, make_classification  # noqa: E402
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold  # noqa: E402
from sklearn.naive_bayes import GaussianNB  # noqa: E402
from sklearn.tree import DecisionTreeClassifier  # noqa: E402

from skhpo import GridSearch  # noqa: E402


class Nothing(BaseEstimator):
    """Fits nothing; its score is its parameter."""

    def __init__(self, a: float = 0.0) -> None:
        self.a = a

    def fit(self, X: Any, y: Any) -> Nothing:
        """Do nothing."""
        return self

    def score(self, X: Any, y: Any) -> float:
        """Give the parameter."""
        return self.a


CASES: tuple[tuple[Any, str, Callable[[int], list[Any]]], ...] = (
    (Nothing(), "a", lambda n: list(np.linspace(0, 1, n))),
    (Ridge(), "alpha", lambda n: list(np.logspace(-3, 3, n))),
    (GaussianNB(), "var_smoothing", lambda n: list(np.logspace(-12, 0, n))),
    (LogisticRegression(max_iter=30), "C", lambda n: list(np.logspace(-3, 0, n))),
    (
        DecisionTreeClassifier(max_depth=3, random_state=0),
        "min_samples_leaf",
        lambda n: list(range(1, n + 1)),
    ),
)
Rows = tuple[np.ndarray, np.ndarray]


def run_bare(estimator: Any, grid: dict[str, list[Any]], rows: Rows, cv: Any) -> None:
    """Fit and score every candidate on folds that are cut."""
    X, y = rows
    ((name, values),) = grid.items()
    folds = [(X[train], y[train], X[test], y[test]) for train, test in cv.split(X, y)]
    for value in values:
        for X_train, y_train, X_test, y_test in folds:
            model = clone(estimator).set_params(**{name: value})
            model.fit(X_train, y_train).score(X_test, y_test)


def measure(run: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Seconds of a run."""
    started = clock()
    run()
    return clock() - started


def spread(values: list[float]) -> str:
    """Smallest and largest; of no turn, if noise was larger than what GridSearchCV adds in all."""
    return f"{min(values):.2f} to {max(values):.2f}" if values else "less than noise"


def compare_added(estimator: Any, grid: dict[str, list[Any]], rows: Rows, n_turns: int) -> None:
    """Print the ratio of what is added on one worker."""
    cv = StratifiedKFold(5) if is_classifier(estimator) else KFold(5)
    X, y = rows
    runs: dict[str, Callable[[], Any]] = {
        "bare": lambda: run_bare(estimator, grid, rows, cv),
        "theirs": lambda: GridSearchCV(estimator, grid, cv=cv, refit=False).fit(X, y),
        "ours": lambda: GridSearch(estimator, grid, cv=cv, refit=False, share_fits=False).fit(X, y),
    }
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(n_turns):
        for name, run in runs.items():
            seconds[name].append(measure(run, time.process_time))
    bare, theirs, ours = (float(np.median(seconds[name])) for name in runs)
    by_turn = [
        (mine - least) / (other - least)
        for least, other, mine in zip(*seconds.values(), strict=True)
        if other > least
    ]
    ratio = (ours - bare) / (theirs - bare)
    print(
        f"{type(estimator).__name__:24} {len(X):7,} rows  bare {bare:6.2f} s  added: theirs "
        f"{theirs - bare:5.2f}, ours {ours - bare:5.2f} s  ratio {ratio:5.2f}"
        f"  (by turn {spread(by_turn)})"
    )


def compare_two_workers(
    estimator: Any, grid: dict[str, list[Any]], rows: Rows, n_turns: int
) -> None:
    """Print how much faster tiny fits are on two workers."""
    runs = [
        lambda search=search: search(estimator, grid, n_jobs=2, refit=False).fit(*rows)
        for search in (GridSearchCV, GridSearch)
    ]
    for run in runs:
        run()
    ratios = [
        measure(runs[0], time.perf_counter) / measure(runs[1], time.perf_counter)
        for _ in range(n_turns)
    ]
    print(
        f"{type(estimator).__name__:24} two workers: {np.median(ratios):.2f} times as fast "
        f"(by turn {spread(ratios)})"
    )


def main() -> None:
    """Print all ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="few candidates, two turns")
    options = parser.parse_args()
    n_turns, n_small, n_large = (2, 10, 0) if options.quick else (options.turns, 200, 20)
    # Some candidates do not converge, for either search.
    warnings.simplefilter("ignore")
    os.environ["PYTHONWARNINGS"] = "ignore"
    small = load_iris(return_X_y=True)
    large = make_classification(100_000, 20, random_state=0) if n_large else small
    for rows, n in ((small, n_small), (large, n_large)):
        for estimator, name, values in CASES if n else ():
            compare_added(estimator, {name: values(n)}, rows, n_turns)
    for estimator, name, values in CASES:
        compare_two_workers(estimator, {name: values(n_small)}, small, n_turns)


if __name__ == "__main__":
    main()
