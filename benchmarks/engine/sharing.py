"""How much faster a grid is when candidates share the first steps of a Pipeline.

    python benchmarks/engine/sharing.py
    python benchmarks/engine/sharing.py --quick

One process, one thread: ``PCA(svd_solver="full")`` and
``LogisticRegression(solver="newton-cholesky")`` on 4000 x 400, five folds. A grid of 12
values of C with 60 components, and one of 3 sizes and 8 values of C. Then gradient boosting
(histogram-based, too) and a random forest on 500 x 20, with 8 values of ``n_estimators`` or
``max_iter`` from 25 to 200, of which one fit gives all. scikit-learn's GridSearchCV, for a
Pipeline the same with ``Pipeline(memory=)``, GridSearch, and GridSearch with
``share_fits=False`` run by turns, the refit included, and for 12 C once more without it, since a
refit shares nothing. "by hand" is a loop that fits and applies each PCA once for each fold, and
each model: no search that fits the same models can be faster. For each: median CPU seconds,
and the median, least and largest ratio of GridSearchCV's seconds to its own in the same turn.
CPU time is that of the one thread: other work on the machine changes it less than wall time.
Scores are the same to the bit, or this fails.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from dataclasses import dataclass

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.decomposition import PCA  # noqa: E402
from sklearn.ensemble import (  # noqa: E402
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.model_selection import GridSearchCV, StratifiedKFold  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402

from skhpo import GridSearch  # noqa: E402

PIPELINE = Pipeline(
    [
        ("pca", PCA(60, svd_solver="full")),
        ("model", LogisticRegression(solver="newton-cholesky")),
    ]
)
# What each grid must reach, as a ratio.
GRIDS = {
    "12 C": ({"model__C": np.logspace(-3, 3, 12)}, 6.0),
    "3 PCA x 8 C": (
        {"pca__n_components": [20, 40, 60], "model__C": np.logspace(-3, 3, 8)},
        4.0,
    ),
}
STAGES = [25, 50, 75, 100, 125, 150, 175, 200]
MODELS = {
    "boosting": (GradientBoostingClassifier(random_state=0), "n_estimators", 3.5),
    "forest": (RandomForestClassifier(random_state=0), "n_estimators", 3.5),
    "histogram": (HistGradientBoostingClassifier(random_state=0), "max_iter", 3.5),
}
BASE = "GridSearchCV"


@dataclass(frozen=True)
class ByHand:
    """A grid on a Pipeline of two steps, searched by loops."""

    pipeline: Pipeline
    grid: dict[str, object]
    refit: bool

    def fit(self, X: np.ndarray, y: np.ndarray) -> ByHand:
        """Fit each transformer once for each fold, and each model behind it."""
        sizes = self.grid.get("pca__n_components", [self.pipeline["pca"].n_components])
        for train, test in StratifiedKFold(5).split(X, y):
            X_train, y_train, X_test, y_test = X[train], y[train], X[test], y[test]
            for size in sizes:
                pca = clone(self.pipeline["pca"]).set_params(n_components=size)
                Z_train, Z_test = pca.fit_transform(X_train), pca.transform(X_test)
                for C in self.grid["model__C"]:
                    model = clone(self.pipeline["model"]).set_params(C=C)
                    model.fit(Z_train, y_train).score(Z_test, y_test)
        if self.refit:
            clone(self.pipeline).fit(X, y)
        return self


def build(
    estimator: object, grid: dict[str, object], folder: str, *, refit: bool
) -> dict[str, object]:
    """The searches that are compared."""
    searches = {
        BASE: GridSearchCV(estimator, grid, refit=refit),
        "GridSearch, not shared": GridSearch(estimator, grid, refit=refit, share_fits=False),
        "GridSearch": GridSearch(estimator, grid, refit=refit),
    }
    if isinstance(estimator, Pipeline):
        cached = clone(estimator).set_params(memory=folder)
        searches["GridSearchCV, memory"] = GridSearchCV(cached, grid, refit=refit)
        searches["by hand"] = ByHand(estimator, grid, refit)
    return searches


def run(
    estimator: object,
    grid: dict[str, object],
    X: np.ndarray,
    y: np.ndarray,
    seconds: dict[str, list],
    *,
    refit: bool,
) -> None:
    """Fit each search once and note the seconds."""
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, search in build(estimator, grid, folder, refit=refit).items():
            started = time.process_time()
            search.fit(X, y)
            seconds.setdefault(name, []).append(time.process_time() - started)
            if not isinstance(search, ByHand):
                scores[name] = search.cv_results_["mean_test_score"]
    for name, values in scores.items():
        np.testing.assert_array_equal(values, scores[BASE], err_msg=name)


def main() -> None:
    """Run by turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="800 x 200, 2 turns")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    n_rows, n_columns, n_turns = (800, 200, 2) if options.quick else (4000, 400, options.turns)
    wide = make_classification(n_rows, n_columns, random_state=0)
    small = make_classification(100 if options.quick else 500, 20, random_state=0)
    print(f"{n_rows} x {n_columns}, {len(small[0])} x 20, {n_turns} turns\n")
    print(f"{'grid':12} {'search':24} {'seconds':>8} {'ratio':>6} {'least':>6} {'most':>6}")
    cases = [(label, PIPELINE, *rest, wide, True) for label, rest in GRIDS.items()]
    cases.insert(1, ("  no refit", PIPELINE, *GRIDS["12 C"], wide, False))
    cases += [
        (label, model, {stages: STAGES}, target, small, True)
        for label, (model, stages, target) in MODELS.items()
    ]
    for label, estimator, grid, target, (X, y), refit in cases:
        seconds: dict[str, list[float]] = {}
        for _ in range(n_turns):
            run(estimator, grid, X, y, seconds, refit=refit)
        show(label, seconds, None if options.quick else target)


def show(label: str, seconds: dict[str, list[float]], target: float | None) -> None:
    """Print the rows of one grid."""
    for name, spent in seconds.items():
        ratios = np.array(seconds[BASE]) / spent
        note = f"  (at least {target:g})" if target and name == "GridSearch" else ""
        print(
            f"{label:12} {name:24} {np.median(spent):8.2f} {np.median(ratios):6.2f} "
            f"{ratios.min():6.2f} {ratios.max():6.2f}{note}",
            flush=True,
        )


if __name__ == "__main__":
    main()
