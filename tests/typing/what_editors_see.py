"""Types that an editor shows, held by pyright: ``.ci/run editors``. Nothing here is run."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from skhpo import (
    BayesSearch,
    BayesStrategy,
    Candidate,
    Comparison,
    Float,
    GridSearch,
    GridStrategy,
    Int,
    MaximizeResult,
    NestedScore,
    OofPredictions,
    RandomSearch,
    TestReport,
    Trial,
    compare,
    maximize,
    nested_score,
    space_from_optuna,
)


def searches(estimator: object, X: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """`fit` gives the class itself, so that its methods complete after it."""
    assert_type(GridSearch(estimator, {"C": [1, 10]}).fit(X, y), GridSearch)
    assert_type(RandomSearch(estimator, {"C": Float(0, 1)}).fit(X, y), RandomSearch)
    search = BayesSearch(estimator, {"C": Float(0, 1)}, cv=0.25, test_size=0.2).fit(X, y)
    assert_type(search, BayesSearch)
    assert_type(search.score_test(), float)
    assert_type(search.score(X, y), float)
    assert_type(search.test_report_, TestReport)
    assert_type(search.trials_, tuple[Trial, ...])
    assert_type(search.best_score_, float)
    assert_type(search.best_index_, int)
    assert_type(search.corrected_interval_, tuple[float, float])
    assert_type(search.oof_predictions(0), OofPredictions)
    assert_type(search.equivalent_candidates(), list[int])
    assert_type(search.n_trials_, int)
    assert_type(search.stop_reason_, str)
    search.predict(X)
    search.predict_proba(X)
    search.best_params_["C"]
    search.cv_results_["mean_test_score"]
    search.best_estimator_.predict(X)


def without_an_estimator() -> None:
    """`maximize` and the strategies."""
    space = {"x": Float(0, 1), "n": Int(1, 9)}
    result = maximize(lambda x, n: x * n, space, n_iter=5)
    assert_type(result, MaximizeResult)
    assert_type(result.best_score, float)
    assert_type(result.trials, tuple[Trial, ...])
    for strategy in (GridStrategy({"x": [0, 1]}), BayesStrategy(space)):
        candidate = strategy.ask()
        assert_type(candidate, Candidate)
        strategy.tell(candidate, 1.0)


def comparisons(estimator: object, X: NDArray[np.float64], y: NDArray[np.float64]) -> None:
    """`compare` and `nested_score`."""
    search = GridSearch(estimator, {"C": [1, 10]})
    assert_type(compare({"grid": search}, X, y, test_size=0.2), Comparison)
    assert_type(nested_score(search, X, y), NestedScore)
    assert_type(space_from_optuna({}), dict[str, Float | Int | list[Any]])
