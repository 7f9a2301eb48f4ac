"""Measure a fitted search on test rows: all metrics, and the interval of one."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from sklearn.metrics import check_scoring

from skhpo._fold import cut_params, to_number
from skhpo._holdout import HeldOut
from skhpo._parameters import suggest
from skhpo._results import scored_metrics
from skhpo._rows import n_rows, take_rows
from skhpo._test_report import TestReport, bootstrap_interval


def name_test_metric(search: Any, metric: str | None) -> str:
    """Name of the metric that `score_test` returns.

    Raises
    ------
    ValueError
        If the name is unknown, or needed and missing.
    """
    names = scored_metrics(search.cv_results_)
    if not search.multimetric_ and metric in (None, search.scoring):
        return "score"
    if metric is None and isinstance(search.refit, str):
        return search.refit
    if metric in names:
        return str(metric)
    raise ValueError(
        f"The 'metric' parameter of score_test must be a str among {names}"
        f"{'' if callable(search.refit) else ' or None'}. Got {metric!r} instead."
        + (suggest(metric, names) if isinstance(metric, str) else "")
    )


def measure(search: Any, rows: HeldOut, metric: str) -> TestReport:
    """Score test rows by all metrics, and draw the interval of one."""
    started = time.perf_counter()
    scores = _score_all(search, rows.X, rows.y, dict(rows.params))
    seconds = time.perf_counter() - started
    n = n_rows(rows.X)
    score_drawn = scorer_of_draws(search, rows, metric)
    # The first score was slower than the next ones will be: it does not say how many fit.
    interval = bootstrap_interval(score_drawn, n, groups=rows.groups, seed=0)
    return TestReport(
        score=scores[metric],
        interval=(interval.low, interval.high),
        best_score=getattr(search, "best_score_", math.nan),
        n_rows=n,
        metric=metric,
        metrics=scores,
        interval_level=interval.level,
        interval_method=interval.method,
        n_draws=interval.n_draws,
        score_seconds=seconds,
    )


def scorer_of_draws(search: Any, rows: HeldOut, metric: str) -> Callable[[Any], float]:
    """Make the function that scores drawn test rows, with their weights, by one metric."""
    n = n_rows(rows.X)

    def score(drawn: Any) -> float:
        """Score drawn rows by the metric."""
        X, y = take_rows(rows.X, drawn), take_rows(rows.y, drawn)
        return _score_all(search, X, y, cut_params(dict(rows.params), n, drawn))[metric]

    return score


def _score_all(search: Any, X: Any, y: Any, params: dict[str, Any]) -> dict[str, float]:
    """Score the best estimator by every metric."""
    scorer = search.scorer_
    if isinstance(scorer, dict):
        # Several metrics at once share their predictions; a failure is raised.
        scorer = check_scoring(search.best_estimator_, scorer, raise_exc=True)
    arguments = (X,) if y is None else (X, y)
    scores = scorer(search.best_estimator_, *arguments, **params)
    if not isinstance(scores, dict):
        return {"score": to_number(scores, scorer)}
    return {name: to_number(score, name) for name, score in scores.items()}
