"""Which strategy is best, by the number of hyper-parameters, of trials, and the seconds of a trial.

    python benchmarks/surrogate/run.py --searches bayes --seeds 3
    python benchmarks/surrogate/which_strategy.py
    python benchmarks/surrogate/which_strategy.py --quick

One and two hyper-parameters are `default_space(..., effort="low")` of estimators that fit in
milliseconds on the data of `default_spaces.py`, by three folds, run here. More are the development
tasks of the suite, with the runs of `run.py`: those kept for the end are not looked at.

gap       best score of t trials less what random search expects of t, over the best score known
          less the same, clipped to [-1, 1]; mean over tasks with its 95 % interval
grid      of the largest number of cells up to t, ends included, of the tasks that have one so
          small, their number in brackets; "-" where fewer than five have
random =  how many random trials are expected to reach what the Bayesian search has at t: median
          over tasks
even      milliseconds that a trial takes when both searches take equally long to get there, the
          suggestion costing 27 ms: below it random search is faster
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from run import HERE, read_runs
from score_table import expected_best, interval
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from suite import TASKS

from skhpo import BayesStrategy, RandomStrategy, default_space
from skhpo._space import Space

# The data sets, estimators and cutting of grids of the scripts one folder up.
sys.path.append(str(HERE.parent))
from default_spaces import DATA, make_tasks
from tasks import grid_of

SUGGESTION_MS = 27.0  # cost.py: at 60 trials, of eight columns
# Of fewer tasks an interval says nothing.
N_TASKS_OF_GRID = 5
FEW, MANY = (5, 10, 25), (15, 30, 60)
CHEAP = {
    "LogisticRegression", "SVC", "KNeighborsClassifier", "GaussianNB", "DecisionTreeClassifier",
    "Ridge", "ElasticNet", "SVR", "KNeighborsRegressor", "DecisionTreeRegressor",
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """What is known of one task.

    Parameters
    ----------
    n_columns : int
        Hyper-parameters of its space, branches being one.
    pool : ndarray
        Scores of random candidates.
    bayes : list of list of float
        Best score after each trial, by seed.
    grids : dict of int to float
        Best score of the grid, by the number of trials; none where none is so small.
    """

    n_columns: int
    pool: np.ndarray
    bayes: list[np.ndarray]
    grids: dict[int, float]

    def best(self) -> float:
        """Best score known."""
        return max([self.pool.max(), *(run.max() for run in self.bayes), *self.grids.values()])

    def gap(self, score: float, n_trials: int) -> float:
        """Share of the way from random search of `n_trials` to the best known."""
        random = expected_best(self.pool, n_trials)
        return float(np.clip((score - random) / max(self.best() - random, 1e-12), -1.0, 1.0))

    def random_equivalent(self, n_trials: int) -> float:
        """How many random trials are expected to reach what Bayesian search has."""
        target = np.mean([run[n_trials - 1] for run in self.bayes])
        for n in range(1, len(self.pool) + 1):
            if expected_best(self.pool, n) >= target - 1e-12:
                return n
        return math.inf


def find_grids(
    space: Any, budgets: tuple[int, ...], evaluate: Callable[[Any], float], worst: float
):
    """Best score of the largest grid up to each budget."""
    found = {}
    for budget in budgets:
        if n_smallest(space) > budget:
            continue
        cells = list(Space.from_description(grid_of(listed(space), budget)).cells)
        if len(cells) <= budget:
            scores = [evaluate(cell) for cell in cells]
            found[budget] = max([worst, *(s for s in scores if not math.isnan(s))])
    return found


def n_smallest(space: Any) -> int:
    """Cells of the smallest grid: two points a range, all of a choice."""
    branches = Space.from_description(space).branches
    return sum(
        math.prod(
            d.n_levels if d.kind == "categorical" else min(2, d.n_levels or 2) for d in b.values()
        )
        for b in branches
    )


def listed(space: Any) -> Any:
    """The space with choices as lists, which are not cut."""
    parts = space if isinstance(space, list) else [space]
    return [
        {name: list(getattr(domain, "choices", domain)) if hasattr(domain, "choices") else domain
         for name, domain in part.items()}
        for part in parts
    ]  # fmt: skip


def measure_few(quick: bool) -> list[Measured]:
    """Run all searches on spaces of one and two hyper-parameters."""
    found = []
    for data, estimator in make_tasks(quick=False):
        model = estimator[-1] if hasattr(estimator, "steps") else estimator
        if type(model).__name__ not in CHEAP or data == "digits":
            continue
        X, y = DATA[data]()
        rows = np.random.default_rng(0).permutation(len(y))[:300]
        space = default_space(estimator, effort="low")
        evaluate = make_objective(estimator, X[rows], y[rows])
        found.append(measure(space, evaluate, FEW, n_seeds=3, n_pool=150))
        if quick and len(found) == 2:
            break
    return found


def make_objective(estimator: Any, X: Any, y: Any) -> Callable[[Any], float]:
    """Mean score of three folds."""

    def evaluate(params: Any) -> float:
        candidate = clone(estimator).set_params(**params)
        return float(np.mean(cross_val_score(candidate, X, y, cv=3)))

    return evaluate


def measure(space: Any, evaluate: Any, budgets: tuple[int, ...], n_seeds: int, n_pool: int):
    """Run random, Bayesian and grid search on one objective."""
    random = RandomStrategy(space, random_state=1000)
    n_pool = min(n_pool, random.n_candidates or n_pool)
    pool = np.array([evaluate(random.ask().params) for _ in range(n_pool)])
    bayes = []
    for seed in range(n_seeds):
        strategy, scores = BayesStrategy(space, random_state=seed), []
        for _ in range(budgets[-1]):
            candidate = strategy.ask()
            scores.append(evaluate(candidate.params))
            strategy.tell(candidate, scores[-1])
        bayes.append(np.maximum.accumulate(scores))
    n_columns = len(Space.from_description(space).columns)
    return Measured(n_columns, pool, bayes, find_grids(space, budgets, evaluate, pool.min()))


def read_many(path: Path) -> list[Measured]:
    """The suite's development tasks, with the runs that are there."""
    references = json.loads((HERE / "reference.json").read_text())
    runs = [run for run in read_runs(path) if run["search"] == "bayes"]
    found = []
    for task in TASKS:
        own = [run["scores"] for run in runs if run["task"] == task.name and not task.is_kept]
        if not own:
            continue
        scores = references[task.name]["scores"]
        worst = min(score for score in scores if score is not None)
        pool = np.array([worst if score is None else score for score in scores])
        bayes = [
            np.maximum.accumulate([worst if score is None else score for score in run])
            for run in own
        ]
        n_columns = len(Space.from_description(task.space).columns)
        grids = find_grids(task.space, MANY, task.evaluate, worst)
        found.append(Measured(n_columns, pool, bayes, grids))
    return found


def describe(tasks: list[Measured], n_trials: int) -> str:
    """One line of the table."""
    bayes = np.array(
        [[np.mean([t.gap(r[n_trials - 1], n_trials) for r in t.bayes])] for t in tasks]
    )
    mean, half = interval(bayes)
    gridded = [task.gap(task.grids[n_trials], n_trials) for task in tasks if n_trials in task.grids]
    grid = "-"
    if len(gridded) >= N_TASKS_OF_GRID:
        grid_mean, grid_half = interval(np.array(gridded)[:, None])
        grid = f"{grid_mean[0]:+.2f} +-{grid_half[0]:.2f} ({len(gridded)})"
    equivalent = float(np.median([task.random_equivalent(n_trials) for task in tasks]))
    # Where the random candidates that there are do not reach it, it takes more than all of them.
    n_known = min(equivalent, *(len(task.pool) for task in tasks))
    sign = ("", "") if n_known == equivalent else (">", "<")
    even = SUGGESTION_MS / (n_known / n_trials - 1) if n_known > n_trials else math.inf
    return (
        f"{n_trials:>6} {mean[0]:+.2f} +-{half[0]:.2f}   {grid:>18} "
        f"{sign[0] + format(n_known, 'g'):>9} {sign[1] + format(even, '.1f'):>8}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=HERE / "runs.jsonl")
    parser.add_argument("--quick", action="store_true", help="two tasks of few hyper-parameters")
    options = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        few = measure_few(options.quick)
        many = [] if options.quick else read_many(options.runs)
    groups = {
        "1": [t for t in few if t.n_columns == 1],
        "2": [t for t in few if t.n_columns == 2],
        "3 to 7": [t for t in many if t.n_columns <= 7],
        "8 and more": [t for t in many if t.n_columns > 7],
    }
    print("     columns tasks trials bayes                        grid  random =     even")
    for name, tasks in groups.items():
        for n_trials in (FEW if name in {"1", "2"} else MANY) if tasks else ():
            print(f"{name:>12} {len(tasks):>5} {describe(tasks, n_trials)}")


if __name__ == "__main__":
    main()
