"""How long workers wait: wall over ideal of each strategy, fits of very different times.

    python benchmarks/engine/waiting.py
    python benchmarks/engine/waiting.py --quick

Fits sleep for a lognormal time (sigma 1), drawn from the candidate and the fold, so that the
machine's cores do not matter; workers are threads. Each turn draws other times.

measured   duration of ``fit`` without refit over the sum of the drawn times divided by the
           workers
simulated  the same for the same draws with an engine and suggestions that take no time: what
           the last fits wait for each other, and with a lag what candidates wait for results
           (`lag.py`). No search can be faster than that in this order
other draws   median of the simulated over 100 other draws: a few draws are a few long fits

Grid and Random have 50 trials a worker, of 20 ms in the median (50 ms with 32 workers), that
the last fits do not decide; `GridSearchCV` runs in turns with them. BayesSearch has 100 trials of
150 ms; it has a seed, and with it a fixed lag, which is printed.

Targets: Grid and Random 1.05 on 8 workers and 1.2 on 32, Bayes 1.15 on 8.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import joblib  # noqa: E402
import numpy as np  # noqa: E402
from cluster import Sleeper  # noqa: E402
from lag import wall_over_ideal  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold  # noqa: E402

from skhpo import BayesSearch, Float, GridSearch, RandomSearch  # noqa: E402

N_FOLDS = 5
N_OTHERS = 100


Make = Callable[[Sleeper, int, int], Any]


def grid(kind: Any) -> Make:
    """Maker of a grid search."""

    def make(estimator: Sleeper, n_trials: int, seed: int) -> Any:
        values = {"C": list(np.linspace(0.0, 1.0, n_trials))}
        return kind(estimator, values, cv=N_FOLDS, refit=False)

    return make


def drawn(kind: Any) -> Make:
    """Maker of a search that draws candidates."""

    def make(estimator: Sleeper, n_trials: int, seed: int) -> Any:
        space = {"C": Float(0.0, 1.0)}
        return kind(estimator, space, cv=N_FOLDS, refit=False, n_iter=n_trials, random_state=seed)

    return make


@dataclass(frozen=True)
class Case:
    """Searches that are compared on one number of workers; `median` is seconds of a fit."""

    n_workers: int
    n_trials: int
    median: float
    makers: dict[str, Make]


STATIC = {
    "GridSearchCV": grid(GridSearchCV),
    "GridSearch": grid(GridSearch),
    "RandomSearch": drawn(RandomSearch),
}
BAYES = {"BayesSearch": drawn(BayesSearch)}
CASES = (
    Case(8, 400, 0.02, STATIC),
    Case(32, 1600, 0.05, STATIC),
    Case(8, 100, 0.15, BAYES),
    Case(32, 120, 0.15, BAYES),
)
QUICK_CASES = (Case(8, 40, 0.02, STATIC), Case(8, 12, 0.05, BAYES))


def measure(search: Any, n_workers: int) -> tuple[float, float]:
    """Measured and simulated wall over ideal of one search."""
    X, y = np.arange(100.0)[:, None], np.random.default_rng(0).normal(size=100)
    with joblib.parallel_config("threading", n_jobs=n_workers):
        started = time.perf_counter()
        search.fit(X, y)
        wall = time.perf_counter() - started
    # Of the times that were drawn: measured ones grow when suggestions hold fits up.
    folds = [train for train, _ in KFold(N_FOLDS).split(X)]
    candidates = search.cv_results_["params"]
    models = [clone(search.estimator).set_params(**params) for params in candidates]
    seconds = np.array([[model.duration(X[train]) for train in folds] for model in models])
    lag = search.lag_ if isinstance(search, BayesSearch) else len(seconds)
    return wall / (seconds.sum() / n_workers), wall_over_ideal(seconds, n_workers, lag)


def main() -> None:
    """Print a line for each search and number of workers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="8 workers, short fits, one turn")
    options = parser.parse_args()
    n_turns = 1 if options.quick else options.turns
    for case in QUICK_CASES if options.quick else CASES:
        ratios: dict[str, list[tuple[float, float]]] = {}
        lags: dict[str, str] = {}
        for turn in range(n_turns):
            for name, make in case.makers.items():
                search = make(Sleeper(median=case.median, seed=turn), case.n_trials, turn)
                ratios.setdefault(name, []).append(measure(search, case.n_workers))
                lags[name] = f"  lag {search.lag_}" if isinstance(search, BayesSearch) else ""
        rng = np.random.default_rng(0)
        others = rng.lognormal(0.0, 1.0, (N_OTHERS, case.n_trials, N_FOLDS))
        for name, values in ratios.items():
            lag = int(lags[name].split()[-1]) if lags[name] else case.n_trials
            expected = np.median([wall_over_ideal(one, case.n_workers, lag) for one in others])
            measured, simulated = np.transpose(values)
            print(
                f"{case.n_workers:3} workers {case.n_trials:5} trials  {name:13} "
                f"measured {np.median(measured):.3f} ({measured.min():.3f} to "
                f"{measured.max():.3f})  simulated {np.median(simulated):.3f}  their ratio "
                f"{np.median(measured / simulated):.3f}  of other draws {expected:.3f}{lags[name]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
