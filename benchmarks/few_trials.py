"""Whether few trials are better spent on the two parameters that matter most than on about four.

Bayesian search of `default_space` with low and with medium effort, the estimator's defaults first
in both, on the same folds and seeds: tasks of `default_spaces.py` whose two spaces differ and
whose fits take milliseconds.

    python benchmarks/few_trials.py
    python benchmarks/few_trials.py --quick

better    the mean over seeds of the best validation score is higher with low effort; equal and
          worse likewise
gain      best validation score with low effort less that with medium, in standard deviations of
          the scores of medium's random candidates: median over tasks with its 95 % interval
"""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import numpy as np
from default_spaces import DATA, bootstrap_median, make_tasks
from sklearn.base import clone
from sklearn.model_selection import cross_val_score

from skhpo import BayesStrategy, RandomStrategy, default_space

BUDGETS = (3, 5, 10, 20)
CHEAP = {
    "SVC", "KNeighborsClassifier", "SGDClassifier", "DecisionTreeClassifier", "SVR",
    "KNeighborsRegressor", "SGDRegressor", "DecisionTreeRegressor",
}  # fmt: skip


def run(space: Any, evaluate: Any, seed: int) -> np.ndarray:
    """Best score after each trial."""
    strategy = BayesStrategy(space, random_state=seed)
    scores = [evaluate({})]
    while len(scores) < BUDGETS[-1]:
        candidate = strategy.ask()
        scores.append(evaluate(candidate.params))
        strategy.tell(candidate, scores[-1])
    return np.maximum.accumulate(scores)


def measure(data: str, estimator: Any, n_seeds: int) -> np.ndarray:
    """Gains of low effort at each budget, in standard deviations."""
    X, y = DATA[data]()
    rows = np.random.default_rng(0).permutation(len(y))[:300]
    X, y = X[rows], y[rows]

    def evaluate(params: Any) -> float:
        return float(np.mean(cross_val_score(clone(estimator).set_params(**params), X, y, cv=3)))

    low, medium = (default_space(estimator, effort=effort) for effort in ("low", "medium"))
    random = RandomStrategy(medium, random_state=1000)
    # Of the better half: a score like that of no model at all says nothing of the unit.
    pool = np.sort([evaluate(random.ask().params) for _ in range(40)])[20:]
    at = np.array(BUDGETS) - 1
    gains = [
        run(low, evaluate, seed)[at] - run(medium, evaluate, seed)[at] for seed in range(n_seeds)
    ]
    return np.mean(gains, axis=0) / max(pool.std(), 1e-9)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two tasks, one seed")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    tasks = []
    for data, estimator in make_tasks(quick=False):
        model = estimator[-1] if hasattr(estimator, "steps") else estimator
        if type(model).__name__ in CHEAP and data != "digits":
            tasks.append((data, estimator))
    tasks = tasks[:2] if options.quick else tasks
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gains = np.array([measure(*task, 1 if options.quick else options.seeds) for task in tasks])
    print(f"{len(tasks)} tasks\ntrials  better / equal / worse   gain")
    for n_trials, gain in zip(BUDGETS, gains.T, strict=True):
        is_equal = np.abs(gain) < 1e-9
        counts = ((gain > 0) & ~is_equal).sum(), is_equal.sum(), ((gain < 0) & ~is_equal).sum()
        low, high = bootstrap_median(gain)
        print(
            f"{n_trials:>6}  {counts[0]:>6} / {counts[1]} / {counts[2]:<8}"
            f"{np.median(gain):+8.2f} [{low:+.2f}, {high:+.2f}]"
        )


if __name__ == "__main__":
    main()
