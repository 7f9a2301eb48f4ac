"""Whether random search on `default_space` beats the estimator's defaults, and with what effort.

A task is a data set and an estimator. A third of the rows is set aside; the estimator as it is,
and the winner of 20 random candidates by three folds, are fitted to the others and scored on
those set aside: accuracy of classes, R2 of numbers. The space is not touched, and no range was
chosen by these data.

    python benchmarks/default_spaces.py            2 divisions of the rows, low, medium and high
    python benchmarks/default_spaces.py --quick    1 division, few tasks, in half a minute

better    the search's mean score over the divisions is higher than the defaults'; equal and
          worse likewise
score     by how much it is higher, median over tasks with its 95 % interval (bootstrap over tasks)
error     the same as a share of what the worse of both lacks of a perfect score
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_wine,
    make_classification,
    make_friedman1,
    make_friedman2,
    make_moons,
    make_sparse_uncorrelated,
)
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier, SGDRegressor
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skhpo import RandomSearch, default_space

EFFORTS = ("low", "medium", "high")
N_ROWS = 400
N_ITER = 20

DATA = {
    "breast cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "digits": lambda: load_digits(return_X_y=True),
    "informative 5 of 20": lambda: make_classification(
        N_ROWS, 20, n_informative=5, n_classes=3, flip_y=0.05, random_state=0
    ),
    "moons": lambda: make_moons(N_ROWS, noise=0.3, random_state=0),
    "diabetes": lambda: load_diabetes(return_X_y=True),
    "friedman1": lambda: make_friedman1(N_ROWS, noise=1.0, random_state=0),
    "friedman2": lambda: make_friedman2(N_ROWS, noise=100.0, random_state=0),
    "sparse": lambda: make_sparse_uncorrelated(N_ROWS, 20, random_state=0),
}
IS_CLASSES = {"breast cancer", "wine", "digits", "informative 5 of 20", "moons"}

# Fewer trees and epochs than by default, which no space searches, are for time alone.
CLASSIFIERS = [
    LogisticRegression(max_iter=1000),
    SVC(),
    KNeighborsClassifier(),
    GaussianNB(),
    SGDClassifier(random_state=0),
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(50, random_state=0),
    HistGradientBoostingClassifier(random_state=0),
    MLPClassifier(max_iter=60, random_state=0),
]
REGRESSORS = [
    Ridge(),
    ElasticNet(),
    SVR(),
    KNeighborsRegressor(),
    SGDRegressor(random_state=0),
    GaussianProcessRegressor(random_state=0),
    DecisionTreeRegressor(random_state=0),
    RandomForestRegressor(50, random_state=0),
    HistGradientBoostingRegressor(random_state=0),
    MLPRegressor(max_iter=60, random_state=0),
]
QUICK = {"LogisticRegression", "SVC", "DecisionTreeClassifier", "Ridge", "SVR"}
# Models whose fits take a tenth of a second are tried on these data only, for time.
SLOW = ("Forest", "HistGradient", "MLP")
FOR_SLOW = {"moons", "friedman1"}
NOT_SCALED = ("Tree", "Forest", "Boosting", "GaussianNB")


@dataclass(frozen=True)
class Run:
    """Scores of one task and division, on the rows set aside.

    Parameters
    ----------
    task : str
        Data set and estimator.
    seed : int
        Of the division.
    defaults : float
        Score of the estimator as it is.
    searched : dict of str to float
        Score of the search's winner, by effort.
    """

    task: str
    seed: int
    defaults: float
    searched: dict[str, float]


def make_tasks(quick: bool) -> list[tuple[str, BaseEstimator]]:
    """Pairs of a data set's name and an estimator, scaled where that matters."""
    tasks = []
    for name in DATA:
        for model in CLASSIFIERS if name in IS_CLASSES else REGRESSORS:
            kind = type(model).__name__
            is_slow = any(word in kind for word in SLOW) and name not in FOR_SLOW
            if is_slow or (quick and kind not in QUICK):
                continue
            is_scaled = not any(word in kind for word in NOT_SCALED)
            steps = [("scale", StandardScaler()), ("model", model)]
            tasks.append((name, Pipeline(steps) if is_scaled else model))
    return tasks


def run_one(data: str, estimator: BaseEstimator, seed: int, efforts: tuple[str, ...]) -> Run:
    """Score the defaults and the searches on one division of the rows."""
    X, y = DATA[data]()
    chosen = np.random.default_rng(0).permutation(len(y))[:N_ROWS]
    X, y = X[chosen], y[chosen]
    labels = y if is_classifier(estimator) else None
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=1 / 3, random_state=seed, stratify=labels
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        defaults = clone(estimator).fit(X, y).score(X_test, y_test)
        searched = {}
        for effort in efforts:
            space = default_space(estimator, effort=effort)
            search = RandomSearch(estimator, space, n_iter=N_ITER, cv=3, random_state=seed)
            searched[effort] = search.fit(X, y).score(X_test, y_test)
    return Run(name_task(data, estimator), seed, defaults, searched)


def run_all(
    tasks: list[tuple[str, BaseEstimator]], n_seeds: int, n_jobs: int, out: Path | None
) -> list[Run]:
    """Run what the file does not hold yet, division by division, and keep it there."""
    lines = out.read_text().splitlines() if out is not None and out.exists() else []
    done = {(run["task"], run["seed"]): Run(**run) for run in map(json.loads, lines)}
    wanted = [(name_task(*task), seed, task) for seed in range(n_seeds) for task in tasks]
    jobs: list[Any] = [
        delayed(run_one)(*task, seed, EFFORTS)
        for name, seed, task in wanted
        if (name, seed) not in done
    ]
    for run in Parallel(n_jobs=n_jobs, return_as="generator_unordered")(jobs):
        done[run.task, run.seed] = run
        if out is not None:
            with out.open("a") as file:
                file.write(json.dumps(asdict(run)) + "\n")
    return [done[name, seed] for name, seed, _ in wanted]


def name_task(data: str, estimator: BaseEstimator) -> str:
    """What a task is called: the data set and the model."""
    model = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return f"{data}, {type(model).__name__}"


def average(runs: list[Run], effort: str) -> dict[str, tuple[float, float]]:
    """Mean scores of the defaults and of the search over the divisions, by task."""
    tasks = list(dict.fromkeys(run.task for run in runs))
    means = {}
    for task in tasks:
        own = [run for run in runs if run.task == task]
        means[task] = (
            float(np.mean([run.defaults for run in own])),
            float(np.mean([run.searched[effort] for run in own])),
        )
    return means


def describe(means: dict[str, tuple[float, float]]) -> str:
    """Counts and the median gain of one effort."""
    defaults, searched = np.array(list(means.values())).T
    gain = searched - defaults
    # Of the larger of both, so that a perfect score and a failure are -100 % and 100 %.
    share = gain / np.maximum(1 - np.minimum(defaults, searched), 1e-9)
    is_equal = np.abs(gain) < 1e-9
    counts = ((gain > 0) & ~is_equal).sum(), is_equal.sum(), ((gain < 0) & ~is_equal).sum()
    low, high = bootstrap_median(share)
    score_low, score_high = bootstrap_median(gain)
    return (
        f"{counts[0]:>6} / {counts[1]} / {counts[2]:<6} {np.median(gain):+8.4f} "
        f"[{score_low:+.4f}, {score_high:+.4f}] {np.median(share):+8.1%} [{low:+.1%}, {high:+.1%}]"
    )


def bootstrap_median(values: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval of the median over tasks."""
    rng = np.random.default_rng(0)
    draws = np.median(rng.choice(values, size=(5000, len(values))), axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Run and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 division and few tasks")
    parser.add_argument("--seeds", type=int, default=2, help="divisions of the rows")
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="file of runs, to go on from")
    parser.add_argument("--by-task", action="store_true")
    options = parser.parse_args()
    n_seeds = 1 if options.quick else options.seeds
    tasks = make_tasks(options.quick)
    started = time.perf_counter()
    runs = run_all(tasks, n_seeds, options.n_jobs, options.out)
    print(f"{len(tasks)} tasks, {n_seeds} divisions, {N_ITER} random candidates, three folds")
    print(f"{'effort':8} {'better / equal / worse':>16} {'score':>8} {'':>18} {'error':>8}")
    for effort in EFFORTS:
        print(f"{effort:8} {describe(average(runs, effort))}")
    medium = average(runs, "medium")
    print("\nmedium, by estimator")
    for name in dict.fromkeys(task.split(", ")[-1] for task in medium):
        own = {task: means for task, means in medium.items() if task.endswith(f", {name}")}
        print(f"{name:32} {describe(own)}")
    if options.by_task:
        print()
        for task, (defaults, searched) in medium.items():
            print(f"{task:52} {defaults:7.3f} {searched:7.3f}")
    print(f"\n{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
