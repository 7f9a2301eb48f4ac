"""How many threads compute at once where searches, estimators and BLAS are nested.

    python benchmarks/engine/nesting.py
    python benchmarks/engine/nesting.py --quick

Each fit writes down when it ran and how many threads BLAS and its own joblib calls might
use. Printed is the most that fits running at the same time might use together, beside the
cores, for `GridSearch` and `GridSearchCV`, and seconds of wall time. Thread limits of the
environment are removed first, since they would hide what a search does.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.pop(variable, None)

import joblib  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.base import BaseEstimator, RegressorMixin  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from threadpoolctl import threadpool_info  # noqa: E402

from skhpo import GridSearch  # noqa: E402


class Witness(RegressorMixin, BaseEstimator):
    """Its fit writes a line: begin, end, and the threads that it might use."""

    def __init__(self, path: str = "", C: float = 1.0, n_jobs: int | None = None) -> None:
        self.path = path
        self.C = C
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any) -> Witness:
        """Wait a little, so that fits which may overlap do."""
        begin = time.time()
        blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
        # An estimator's jobs and BLAS seldom compute at the same time.
        n_threads = max([*blas, joblib.effective_n_jobs(self.n_jobs)])
        time.sleep(0.1)
        with open(self.path, "a", encoding="ascii") as file:
            file.write(f"{begin} {time.time()} {n_threads}\n")
        self.fitted_ = True
        return self

    def predict(self, X: Any) -> Any:
        """The candidate's one value."""
        return np.full(len(X), self.C)


def peak_threads(path: Path) -> int:
    """The most threads of fits that ran at the same time."""
    fits = np.loadtxt(path, ndmin=2)
    running = [(fits[:, 0] <= begin) & (begin < fits[:, 1]) for begin in fits[:, 0]]
    return int(max(fits[now, 2].sum() for now in running))


def cases(search: Any, n_candidates: int) -> dict[str, Callable[[str], Any]]:
    """What is nested in what, given the path that fits write to."""
    X, y = np.arange(40.0)[:, None], np.arange(40.0)
    grid = {"C": list(range(n_candidates))}

    def make(path: str, n_jobs: int | None = None, inner: int | None = None) -> Any:
        return search(Witness(path, n_jobs=inner), grid, cv=2, n_jobs=n_jobs, refit=False)

    def nested(path: str) -> Any:
        # Scored by its best score: without refit there is nobody to predict.
        best = lambda fitted, *_: fitted.best_score_  # noqa: E731
        return cross_val_score(make(path, 2), X, y, cv=2, n_jobs=2, scoring=best)

    return {
        "search alone": lambda path: make(path).fit(X, y),
        "search n_jobs=2": lambda path: make(path, 2).fit(X, y),
        "search n_jobs=-1": lambda path: make(path, -1).fit(X, y),
        "estimator n_jobs=2": lambda path: make(path, None, 2).fit(X, y),
        "both n_jobs=2": lambda path: make(path, 2, 2).fit(X, y),
        "cross_val_score of a search, both n_jobs=2": nested,
    }


def main() -> None:
    """Print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few candidates")
    n_candidates = 3 if parser.parse_args().quick else 12
    print(f"{joblib.cpu_count()} cores")
    for backend in ("loky", "threading"):
        for name in cases(GridSearch, n_candidates):
            found = []
            for search in (GridSearchCV, GridSearch):
                with tempfile.TemporaryDirectory() as folder:
                    path = Path(folder) / "fits"
                    config = nullcontext() if backend == "loky" else joblib.parallel_config(backend)
                    started = time.perf_counter()
                    with config:
                        cases(search, n_candidates)[name](str(path))
                    seconds = time.perf_counter() - started
                    found.append(f"{search.__name__} {peak_threads(path)} ({seconds:.1f} s)")
            print(f"{backend:9} {name:43} threads at once: {', '.join(found)}", flush=True)


if __name__ == "__main__":
    main()
