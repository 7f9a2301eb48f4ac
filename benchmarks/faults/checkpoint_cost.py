"""What a checkpoint costs: searches with one and without one, by turns.

    python benchmarks/faults/checkpoint_cost.py
    python benchmarks/faults/checkpoint_cost.py --quick

Fits compute for 20 ms of CPU time, or nothing; 40 candidates, five folds, one worker and two.
Wall seconds of the search with a checkpoint over those of the search without, in the same
turn: median, least, most. The target is 1.03 for fits of 20 ms.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from sklearn.base import BaseEstimator, ClassifierMixin  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402

from skhpo import RandomSearch  # noqa: E402


class Busy(ClassifierMixin, BaseEstimator):
    """Computes for a time."""

    def __init__(self, C: float = 1.0, seconds: float = 0.02) -> None:
        self.C = C
        self.seconds = seconds

    def fit(self, X: np.ndarray, y: np.ndarray) -> Busy:
        """Compute."""
        end = time.thread_time() + self.seconds
        while time.thread_time() < end:
            pass
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Labels that the parameter decides."""
        return (X[:, 2] > self.C).astype(int)


def seconds_of(n_trials: int, fit_seconds: float, n_jobs: int, checkpoint: Path | None) -> float:
    """Wall seconds of one search."""
    X, y = load_iris(return_X_y=True)
    search = RandomSearch(
        Busy(seconds=fit_seconds),
        {"C": np.linspace(1, 6, 10_000).tolist()},
        n_iter=n_trials,
        random_state=0,
        n_jobs=n_jobs,
        refit=False,
        checkpoint=checkpoint,
    )
    started = time.perf_counter()
    search.fit(X, y)
    return time.perf_counter() - started


def main() -> None:
    """Print a line for each duration and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="eight candidates, one turn")
    options = parser.parse_args()
    n_trials, n_turns = (8, 1) if options.quick else (40, options.turns)
    for fit_seconds in (0.02, 0.0):
        for n_jobs in (1, 2):
            # Workers start before the clock does.
            seconds_of(4, 0.0, n_jobs, None)
            ratios = []
            for turn in range(n_turns):
                with tempfile.TemporaryDirectory() as folder:
                    paths = [None, Path(folder) / "search.sqlite"]
                    # Who is first changes by turns.
                    order = paths if turn % 2 else paths[::-1]
                    found = {p: seconds_of(n_trials, fit_seconds, n_jobs, p) for p in order}
                    ratios.append(found[paths[1]] / found[None])
            print(
                f"fits of {fit_seconds * 1e3:3.0f} ms, n_jobs={n_jobs}: with over without "
                f"{np.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})",
                flush=True,
            )


if __name__ == "__main__":
    main()
