"""Measure a fitted search on test rows: all metrics, and the report of one."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from sklearn.metrics import check_scoring

from skhpo._fold_scores import to_number
from skhpo._holdout import HeldOut
from skhpo._honesty import MAX_BYTES, CannotReplayError, Replay, StoredEstimator
from skhpo._parameters import suggest
from skhpo._responses import Responses, recording
from skhpo._results import scored_metrics
from skhpo._routing import is_routing_enabled
from skhpo._rows import cut_params, n_rows, take_rows
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
    scores, responses = _score_and_record(search, rows)
    seconds = time.perf_counter() - started
    n = n_rows(rows.X)
    interval = known_interval(search, rows, metric, scores[metric], responses)
    if interval is None:
        score_drawn = _replay_or_predict(search, rows, metric, scores[metric], responses)
        interval = bootstrap_interval(score_drawn, n, groups=rows.groups, seed=0)
    return TestReport(
        score=scores[metric],
        interval=(interval.low, interval.high),
        best_score=validation_score(search, metric),
        n_rows=n,
        metric=metric,
        scoring=_name_scoring(search, metric),
        metrics=scores,
        interval_level=interval.level,
        interval_method=interval.method,
        n_draws=interval.n_draws,
        score_seconds=seconds,
        n_candidates=len(search.cv_results_["params"]),
        **_describe_choice(search, metric),
    )


def _name_scoring(search: Any, metric: str) -> str:
    """Name of a single metric: scikit-learn's, or the function's."""
    if metric != "score" or search.scoring is None:
        return ""
    return search.scoring if isinstance(search.scoring, str) else _name_function(search.scoring)


def _name_function(scoring: Any) -> str:
    """Name of a function; a scorer's own description where it has none."""
    return str(getattr(scoring, "__name__", scoring))


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
    # Whatever there is to warn of was said when the test set was scored.
    with warnings.catch_warnings(action="ignore"):
        scores, responses = _score_and_record(search, rows)
    return _replay_or_predict(search, rows, metric, scores[metric], responses)


def _score_and_record(search: Any, rows: HeldOut) -> tuple[dict[str, float], Responses]:
    """Score test rows by all metrics, and keep what the estimator answered meanwhile."""
    estimator = search.best_estimator_
    with recording(estimator, rows.X, MAX_BYTES) as recorder:
        scores = score_by_metric(search, rows.X, rows.y, dict(rows.params))
    return scores, cast(Responses, recorder.finish(estimator))


def _replay_or_predict(
    search: Any, rows: HeldOut, metric: str, score: float, responses: Responses
) -> Callable[[Any], float]:
    """Score drawn rows by what was answered for them; where that cannot be, predict again."""
    n, scorer = n_rows(rows.X), _scorer(search, metric)
    params = dict(rows.params)
    if isinstance(search.scorer_, dict) and is_routing_enabled():
        # What only other metrics request would be refused.
        params = {p: params[p] for p in scorer.get_metadata_routing().consumes("score", params)}
    stored = StoredEstimator(search.best_estimator_, responses)
    replay = Replay(scorer, metric, stored, rows.y, params, n)
    with suppress(CannotReplayError):
        replay.score_as_recorded(score)
        return replay.score

    def predict_again(drawn: Any) -> float:
        """Score drawn rows, whatever the scorer asks for."""
        X, y = take_rows(rows.X, drawn), take_rows(rows.y, drawn)
        return score_by_metric(search, X, y, cut_params(params, n, drawn), metric)[metric]

    return predict_again


def score_by_metric(
    search: Any, X: Any, y: Any, params: dict[str, Any], only: str | None = None
) -> dict[str, float]:
    """Score the best estimator by every metric, or by one."""
    scorer = _scorer(search, only)
    arguments = (X,) if y is None else (X, y)
    scores = scorer(search.best_estimator_, *arguments, **params)
    if not isinstance(scores, dict):
        return {"score": to_number(scores, scorer)}
    return {name: to_number(score, name) for name, score in scores.items()}


def _scorer(search: Any, only: str | None) -> Any:
    """Make the scorer of every metric, or of one."""
    scorer = search.scorer_
    if not isinstance(scorer, dict):
        return scorer
    # Several metrics at once share their predictions, and each gets the parameters that it
    # takes; a failure is raised.
    scorers = scorer if only is None else {only: scorer[only]}
    return check_scoring(search.best_estimator_, scorers, raise_exc=True)
