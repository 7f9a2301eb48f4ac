"""How long workers wait: wall over ideal of each strategy, fits of very different times.

    python benchmarks/engine/waiting.py
    python benchmarks/engine/waiting.py --quick

Fits sleep for a lognormal time (sigma 1), drawn from the candidate and the fold, so that the
machine's cores do not matter; workers are threads. Wall over ideal is the duration of ``fit``
without refit over the sum of the drawn times divided by the workers. BayesSearch has a seed, and
with it a fixed lag, which is printed. `GridSearchCV` runs in turns with the others.

Targets: Grid and Random 1.05 on 8 workers and 1.2 on 32, Bayes 1.15 on 8.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import joblib  # noqa: E402
import numpy as np  # noqa: E402
from cluster import Sleeper  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold  # noqa: E402

from skhpo import BayesSearch, Float, GridSearch, RandomSearch  # noqa: E402

N_FOLDS = 5


def searches(n_trials: int, median: float, seed: int) -> dict[str, Callable[[], Any]]:
    """Makers of the searches, of equally many trials."""
    values = {"C": list(np.linspace(0.0, 1.0, n_trials))}
    space = {"C": Float(0.0, 1.0)}
    estimator = Sleeper(median=median, seed=seed)
    fixed: dict[str, Any] = {"cv": N_FOLDS, "refit": False}
    seeded = fixed | {"n_iter": n_trials, "random_state": seed}
    return {
        "GridSearchCV": lambda: GridSearchCV(estimator, values, **fixed),
        "GridSearch": lambda: GridSearch(estimator, values, **fixed),
        "RandomSearch": lambda: RandomSearch(estimator, space, **seeded),
        "BayesSearch": lambda: BayesSearch(estimator, space, **seeded),
    }


def measure(make: Callable[[], Any], n_workers: int) -> tuple[float, str]:
    """Wall over ideal of one search, and its lag where it has one."""
    X, y = np.arange(100.0)[:, None], np.random.default_rng(0).normal(size=100)
    with joblib.parallel_config("threading", n_jobs=n_workers):
        started = time.perf_counter()
        search = make().fit(X, y)
        wall = time.perf_counter() - started
    # Of the times that were drawn: measured ones grow when suggestions hold fits up.
    ideal = sum(
        clone(search.estimator).set_params(**params).duration(X[train])
        for params in search.cv_results_["params"]
        for train, _ in KFold(N_FOLDS).split(X)
    )
    ideal /= n_workers
    lag = getattr(search, "lag_", None) if isinstance(search, BayesSearch) else None
    return wall / ideal, "" if lag is None else f"lag {lag}"


def main() -> None:
    """Print a line for each search and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="8 workers, short fits, one turn")
    options = parser.parse_args()
    n_turns, n_trials, median = (1, 16, 0.05) if options.quick else (options.turns, 60, 0.15)
    for n_workers in (8,) if options.quick else (8, 32):
        # Thirty-two workers end as they began, with many more folds than workers.
        n = n_trials if n_workers == 8 else 2 * n_trials
        ratios: dict[str, list[float]] = {}
        lags: dict[str, str] = {}
        # Other times in each turn: one long fit near the end moves a ratio by a third.
        for turn in range(n_turns):
            for name, make in searches(n, median, turn).items():
                ratio, lags[name] = measure(make, n_workers)
                ratios.setdefault(name, []).append(ratio)
        for name, values in ratios.items():
            print(
                f"{n_workers:3} workers  {name:13} wall over ideal {np.median(values):.3f} "
                f"({min(values):.3f} to {max(values):.3f})  {lags[name]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
