"""What validation rows that stop boosting do to its score, and how many rounds the refit needs.

Searches of histogram-based gradient boosting with a fixed learning rate, on data with thousands
of fresh rows; all figures are paired over tasks and seeds.

    python benchmarks/early_stopping.py [--quick] [--seeds 5] [--candidates 5] [--folds 5]

First table, for `eval_set` "inner" and "fold" and the difference of the two:

flattered   validation score less the score of the same fitted models on fresh rows, mean over
            folds and candidates; ± is the standard error over seeds
winner      the same for the winner alone, which chance in choosing flatters too
fresh       score of the refitted winner on fresh rows

Second table: the best rounds of the folds (mean M, with m of n rows), the winner fitted on all n
rows for M times a factor; `loss` is the loss on fresh rows above that of the best number of
rounds, in per cent of it, and `rounds` the rounds relative to the best number.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import get_scorer

from skhpo import Float, Int, RandomSearch
from skhpo.exceptions import LeakageWarning

sys.path.insert(0, str(Path(__file__).parent / "honesty"))
import data

MAX_ROUNDS = 500
TASKS = [
    data.Setting(make, n)
    for make in (data.product, data.rings, data.sparse_linear, data.friedman1, data.friedman3)
    for n in (300, 1_000)
]
SPACE = {
    "max_leaf_nodes": Int(3, 31, log=True),
    "min_samples_leaf": Int(2, 50, log=True),
    "l2_regularization": Float(1e-3, 1e2, log=True),
}
FACTORS = {
    "M": lambda n, m: 1.0,
    "1.1 M": lambda n, m: 1.1,
    "(n / m)^1/2 M": lambda n, m: (n / m) ** 0.5,
    "n / m M": lambda n, m: n / m,
    "(n / m)^2 M": lambda n, m: (n / m) ** 2,
}


class BothScores:
    """Score validation rows, and fresh ones beside them."""

    def __init__(self, name, X, y):
        self.score, self.X, self.y = get_scorer(name), X, y

    def __call__(self, estimator, X, y):
        """Two scores of a fitted model."""
        return {
            "validation": self.score(estimator, X, y),
            "fresh": self.score(estimator, self.X, self.y),
        }


@dataclass
class Found:
    """What one task gave, by `eval_set` or by factor: an entry a seed."""

    metric: str
    flattered: dict = field(default_factory=lambda: {"inner": [], "fold": []})
    winner: dict = field(default_factory=lambda: {"inner": [], "fold": []})
    fresh: dict = field(default_factory=lambda: {"inner": [], "fold": []})
    loss: dict = field(default_factory=lambda: defaultdict(list))
    rounds: dict = field(default_factory=lambda: defaultdict(list))


def run(task, n_seeds, n_iter, cv):
    """Search with both kinds of rows, for each seed."""
    is_class = task.make in (data.product, data.rings, data.sparse_linear)
    kind = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    found = Found("neg_log_loss" if is_class else "r2")
    for seed in range(n_seeds):
        X, y, X_fresh, y_fresh = task.draw(seed)
        for eval_set in ("inner", "fold"):
            model = kind(
                learning_rate=0.1, max_iter=MAX_ROUNDS, early_stopping=True, random_state=0
            )
            search = RandomSearch(
                model,
                SPACE,
                n_iter=n_iter,
                cv=cv,
                eval_set=eval_set,
                random_state=seed,
                scoring=BothScores(found.metric, X_fresh, y_fresh),
                refit="validation",
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", LeakageWarning)
                search.fit(X, y)
            means = search.cv_results_
            gaps = means["mean_test_validation"] - means["mean_test_fresh"]
            found.flattered[eval_set].append(gaps.mean())
            found.winner[eval_set].append(gaps[search.best_index_])
            score = get_scorer(found.metric)(search.best_estimator_, X_fresh, y_fresh)
            found.fresh[eval_set].append(score)
            note_rounds(found, eval_set, model, search, X, y, X_fresh, y_fresh, cv)
    return found


def note_rounds(found, eval_set, model, search, X, y, X_fresh, y_fresh, cv):
    """Losses of the winner after each number of rounds, and after those that factors give."""
    # With as much patience as rounds nothing stops it.
    winner = model.set_params(**search.best_params_, n_iter_no_change=MAX_ROUNDS)
    winner.fit(X, y, X_val=X_fresh, y_val=y_fresh)
    losses = -np.asarray(winner.validation_score_)
    best = int(losses[1:].argmin()) + 1
    M = float(search.cv_results_["mean_best_iteration"][search.best_index_])
    n, m = len(X), len(X) * (1 - 1 / cv) * (0.9 if eval_set == "inner" else 1.0)
    for name, factor in FACTORS.items():
        rounds = min(MAX_ROUNDS, max(1, round(M * factor(n, m))))
        found.loss[eval_set, name].append(100 * (losses[rounds] / losses[best] - 1))
        found.rounds[eval_set, name].append(rounds / best)


def with_error(values):
    """Mean and its standard error."""
    values = np.asarray(values)
    return f"{values.mean():8.4f} ± {values.std(ddof=1) / np.sqrt(len(values)):.4f}"


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--candidates", type=int, default=5)
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    tasks = TASKS[::5] if options.quick else TASKS
    n_seeds, n_iter = (2, 2) if options.quick else (options.seeds, options.candidates)
    print(f"{'task':20} {'metric':14} eval_set {'flattered':>17} {'winner':>17} {'fresh':>17}")
    results = {}
    for task in tasks:
        found = results[task.name] = run(task, n_seeds, n_iter, options.folds)
        parts = (found.flattered, found.winner, found.fresh)
        for e in ("inner", "fold"):
            columns = " ".join(with_error(part[e]) for part in parts)
            print(f"{task.name:20} {found.metric:14} {e:8} {columns}")
        pairs = " ".join(with_error(np.subtract(part["fold"], part["inner"])) for part in parts)
        print(f"{'':20} {'fold - inner':23} {pairs}", flush=True)
    print(f"\n{'rounds of the refit':20} eval_set {'loss, mean':>18} {'rounds, median':>15}")
    for e in ("inner", "fold"):
        for f in FACTORS:
            losses = [np.mean(found.loss[e, f]) for found in results.values()]
            rounds = np.concatenate([found.rounds[e, f] for found in results.values()])
            print(f"{f:20} {e:8} {with_error(losses)} {np.median(rounds):12.2f}")


if __name__ == "__main__":
    main()
