"""Measure a fitted search on test rows: all metrics, and the report of one."""

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
from skhpo._score_interval import known_interval
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
    """Score test rows by all metrics, and find the interval of one."""
    started = time.perf_counter()
    scores = score_by_metric(search, rows.X, rows.y, dict(rows.params))
    seconds = time.perf_counter() - started
    n = n_rows(rows.X)
    interval = known_interval(search, rows, metric, scores[metric])
    if interval is None:
        score_drawn = scorer_of_draws(search, rows, metric)
        # The first score was slower than the next ones will be: it does not say how many fit.
        interval = bootstrap_interval(score_drawn, n, groups=rows.groups, seed=0)
    return TestReport(
        score=scores[metric],
        interval=(interval.low, interval.high),
        best_score=validation_score(search, metric),
        n_rows=n,
        metric=metric,
        metrics=scores,
        interval_level=interval.level,
        interval_method=interval.method,
        n_draws=interval.n_draws,
        score_seconds=seconds,
        n_candidates=len(search.cv_results_["params"]),
        **_describe_choice(search, metric),
    )


def validation_score(search: Any, metric: str) -> float:
    """Mean validation score of the winner by a metric; nan where there is no such score."""
    scores = search.cv_results_.get(f"mean_test_{metric}")
    return math.nan if scores is None else float(scores[search.best_index_])


def _describe_choice(search: Any, metric: str) -> dict[str, Any]:
    """What chose the winner, and what the choosing was estimated to give to its score."""
    choice: dict[str, Any] = {}
    if callable(search.refit):
        choice["chosen_by"] = "a function"
    if search.multimetric_ and metric != search.refit:
        return {"chosen_by": search.refit} | choice
    correction = getattr(search, "correction_", None)
    unknown = (math.nan, math.nan)
    return choice | {
        "corrected_score": getattr(search, "corrected_score_", math.nan),
        "corrected_interval": getattr(search, "corrected_interval_", unknown),
        "optimism": getattr(search, "optimism_", math.nan),
        "correction_method": getattr(correction, "why", "") or getattr(correction, "method", ""),
    }


def scorer_of_draws(search: Any, rows: HeldOut, metric: str) -> Callable[[Any], float]:
    """Make the function that scores drawn test rows, with their weights, by one metric."""
    n = n_rows(rows.X)

    def score(drawn: Any) -> float:
        """Score drawn rows by the metric."""
        X, y = take_rows(rows.X, drawn), take_rows(rows.y, drawn)
        return score_by_metric(search, X, y, cut_params(dict(rows.params), n, drawn))[metric]

    return score


def score_by_metric(search: Any, X: Any, y: Any, params: dict[str, Any]) -> dict[str, float]:
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
