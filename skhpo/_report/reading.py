"""A fitted search to the facts of its report.

top         the best tenth of the complete trials, three at least and ten at most
end         of a range: its outer twentieth as the search sees it, in the logarithm where it
            searches there; of ordered choices the first or last
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._dimensions import Distribution
from skhpo._display.drawing import show_value
from skhpo._history import History, describe_space
from skhpo._importance import ParameterImportances
from skhpo._initial_params import find_default
from skhpo._members import identify
from skhpo._report.facts import Best, Edge, Facts, Gain, Progress, Share, Test, Worth
from skhpo._space import Space
from skhpo._trial import Trial

Array = NDArray[np.float64]

_END = 0.05
# What counts as near an end, where the other best trials are looked at.
_NEAR = 0.2
# Fewer trials have no halves to compare.
_MIN_TRIALS = 10
_MAX_REASONS, _MAX_REASON, _MAX_VALUE = 3, 200, 120


def read_facts(search: Any, history: History, importances: ParameterImportances) -> Facts:
    """Read what a report says.

    Parameters
    ----------
    search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
        Fitted.
    history : History
        Of the search, by the metric that the report is of.
    importances : ParameterImportances
        By the same metric.

    Returns
    -------
    facts : Facts
    """
    trials = history.trials
    best = choose_row(search, history)
    counts = Counter(trial.status for trial in trials)
    failures, n_other = _find_reasons(trials)
    n_saved, seconds_saved = _find_saved(trials)
    finite = np.isfinite(history.scores) & history.is_complete
    space = describe_space(search)
    is_grid = hasattr(search, "param_grid")
    stop_reason = getattr(search, "stop_reason_", getattr(search, "stop_reason", "complete"))
    return Facts(
        search=type(search).__name__ if hasattr(search, "estimator") else "maximize",
        estimator=name_searched(search),
        metric=history.label,
        n_trials=len(trials),
        n_complete=counts["complete"],
        n_stopped=counts["stopped"],
        n_failed=counts["failed"],
        n_timed_out=counts["timed_out"],
        n_folds=len(trials[0].folds) if trials else 1,
        seconds=float(getattr(search, "search_time_", getattr(search, "search_time", math.nan))),
        stop_reason=stop_reason,
        is_exhausted=_is_exhausted(space, history) or (is_grid and stop_reason == "complete"),
        is_grid=is_grid,
        best=None if best is None else _describe_best(history, best),
        chosen_by="a function" if callable(getattr(search, "refit", None)) else "",
        default=_find_default(search, space, history, best),
        median=_find_median(history, best, finite),
        takes_default=hasattr(search, "initial_params"),
        worth=read_worth(search, history),
        test=_read_test(search, history),
        edges=_find_edges(space, history, best, finite, importances),
        shares=_read_shares(importances),
        why_no_shares="" if importances.tells else importances.why,
        failures=failures,
        n_other_failures=n_other,
        n_folds_saved=n_saved,
        seconds_saved=seconds_saved,
        progress=None if is_grid else _find_progress(history, finite),
    )


def name_searched(search: Any) -> str:
    """Name of the winner, whose steps the search may have chosen, or of what was to be fitted."""
    return name_estimator(getattr(search, "best_estimator_", getattr(search, "estimator", None)))


def name_estimator(estimator: Any) -> str:
    """Name of an estimator, of a Pipeline with those of its steps; empty for None."""
    if estimator is None:
        return ""
    name = type(estimator).__name__
    steps = getattr(estimator, "steps", None)
    if not isinstance(steps, list) or not all(isinstance(step, tuple) for step in steps):
        return name
    # A step that is switched off is a text, or None.
    names = (
        str(step or "passthrough") if step is None or isinstance(step, str) else type(step).__name__
        for _, step in steps
    )
    return f"{name} ({' → '.join(names)})"


def show_params(params: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Names and values of a candidate, as text."""
    return tuple((str(name), describe_value(value)) for name, value in params.items())


def describe_value(value: Any) -> str:
    """Text of a value: of an estimator or function its name, cut if it is long."""
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    try:
        return show_value(value, _MAX_VALUE)
    except Exception as error:  # what a user's repr raises
        return f"{type(value).__name__} ({type(error).__name__} in its repr)"


def choose_row(search: Any, history: History) -> int | None:
    """Row of the winner: the search's own where a function chose it."""
    if callable(getattr(search, "refit", None)) and hasattr(search, "best_index_"):
        return int(search.best_index_)
    return history.best


def _describe_best(history: History, row: int) -> Best:
    """The winner."""
    trial = history.trials[row]
    scores = float(history.scores[row]), float(history.errors[row])
    return Best(trial.number, show_params(trial.params), *scores)


def _compare(history: History, best: int, row: int) -> tuple[float, float, float]:
    """Score of a trial, by how much the winner is above it, and the standard error of that."""
    fold_scores = [np.array(history.trials[r].fold_scores(history.metric)) for r in (best, row)]
    D = fold_scores[0] - fold_scores[1]
    error = float(D.std(ddof=1) / np.sqrt(len(D))) if len(D) > 1 else math.nan
    return float(fold_scores[1].mean()), float(D.mean()), error


def _find_default(
    search: Any, space: Space | None, history: History, best: int | None
) -> Gain | None:
    """The estimator's own parameters, if they were tried; else those that stood for them."""
    estimator = getattr(search, "estimator", None)
    if estimator is None or space is None or best is None:
        return None
    try:
        own = find_default(space, estimator)
    except ValueError:
        return None
    if own.n_found < own.n_names and not _asks_default(search):
        return None
    wanted = _identity(space, own.params)
    for row in np.flatnonzero(history.is_complete).tolist():
        if wanted is not None and _identity(space, history.trials[row].params) == wanted:
            compared = _compare(history, best, row)
            return Gain(history.trials[row].number, *compared, own.n_found, own.n_names)
    return None


def _asks_default(search: Any) -> bool:
    """Whether "default" is among `initial_params`."""
    asked = getattr(search, "initial_params", None)
    items = asked if isinstance(asked, list | tuple) else [asked]
    return any(isinstance(item, str) and item == "default" for item in items)


def _identity(space: Space, params: dict[str, Any]) -> Any:
    """Identity of a candidate; None where it has none."""
    try:
        return identify(space, params)
    except (KeyError, TypeError, ValueError):
        return None


def _find_median(history: History, best: int | None, finite: NDArray[np.bool_]) -> Gain | None:
    """The candidate in the middle, the lower of two."""
    rows = np.flatnonzero(finite)
    if best is None or not len(rows):
        return None
    row = int(rows[np.argsort(history.scores[rows], kind="stable")][(len(rows) - 1) // 2])
    return Gain(history.trials[row].number, *_compare(history, best, row))


def read_worth(search: Any, history: History) -> Worth | None:
    """What the search says of its best score, if it is by the metric of the report."""
    best = getattr(search, "best_index_", None)
    refit = getattr(search, "refit", None)
    chose = {refit if isinstance(refit, str) else None, getattr(refit, "metric", None), "score"}
    correction = getattr(search, "correction_", None)
    if best is None or correction is None or history.metric not in chose:
        return None
    if correction.why:
        return Worth(why=correction.why)
    n_equivalent = len(search.equivalent_candidates())
    found = correction.score, correction.interval, correction.optimism
    return Worth(*found, "", n_equivalent, correction.n_candidates)


def _read_test(search: Any, history: History) -> Test | None:
    """What `score_test` found, if it was called."""
    report = getattr(search, "test_report_", None)
    if report is None or history.metric not in (report.metric, "score"):
        return None
    return Test(
        score=report.score,
        interval=report.interval,
        level=report.interval_level,
        n_rows=report.n_rows,
        best_score=report.best_score,
        optimism=report.optimism,
        n_candidates=report.n_candidates,
    )


def _read_shares(importances: ParameterImportances) -> tuple[Share, ...]:
    """Shares of the parameters, where the trials tell."""
    if not importances.tells:
        return ()
    return tuple(
        Share(str(item.name), item.total, *item.total_interval, item.matters)
        for item in importances.parameters
    )


def _is_exhausted(space: Space | None, history: History) -> bool:
    """Whether every candidate of a finite space has ended."""
    n = None if space is None else space.n_candidates
    return n is not None and int((~_is_stopped(history.trials)).sum()) >= n


def _is_stopped(trials: Sequence[Trial]) -> NDArray[np.bool_]:
    """Which trials lack folds because the search ended."""
    return np.array([t.status == "stopped" and "not finished" in t.why for t in trials], dtype=bool)


def _find_edges(
    space: Space | None,
    history: History,
    best: int | None,
    finite: NDArray[np.bool_],
    importances: ParameterImportances,
) -> tuple[Edge, ...]:
    """Ranges at whose end the winner and half of the best trials are."""
    rows = np.flatnonzero(finite)
    if space is None or best is None or len(rows) < 3:
        return ()
    n_top = int(np.clip(round(len(rows) / 10), 3, 10))
    top = rows[np.argsort(-history.scores[rows], kind="stable")][:n_top]
    tells = {str(i.name): i.matters for i in importances.parameters} if importances.tells else {}
    edges = []
    params = history.trials[best].params
    for name, value in params.items():
        # It is said elsewhere that it does not matter.
        if tells.get(name) is False:
            continue
        u = _position(space, params, name)
        side = None if u is None else "lower" if u < 0.5 else "upper"
        if u is None or side is None or min(u, 1 - u) > _END:
            continue
        near = [_position(space, history.trials[row].params, name) for row in top]
        n_near = sum(v is not None and abs(v - round(u)) <= _NEAR for v in near)
        if 2 * n_near >= n_top:
            dimension = space.branches[space.find_branch(params)][name]
            end = describe_value(dimension.decode(float(round(u))))
            edges.append(
                Edge(name, side, describe_value(value), end, n_near, n_top, tells.get(name))
            )
    return tuple(edges)


def _position(space: Space, params: dict[str, Any], name: str) -> float | None:
    """Position of a value from end to end of its range; None where it has no ends."""
    try:
        dimension = space.branches[space.find_branch(params)][name]
        if dimension.kind == "categorical" or not _has_ends(dimension):
            return None
        u = float(dimension.encode(params[name]))
    except (KeyError, TypeError, ValueError):
        return None
    n = dimension.n_levels
    if n is None:
        return u
    # Levels stand at the middles of their parts of [0, 1]; fewer than three have no middle.
    return None if n < 3 else float(np.clip((u * n - 0.5) / (n - 1), 0.0, 1.0))


def _has_ends(dimension: Any) -> bool:
    """Whether a range ends where somebody said so."""
    if not isinstance(dimension, Distribution):
        return True
    return dimension.has_quantiles and all(map(math.isfinite, dimension.source.support()))


def _find_reasons(trials: Sequence[Trial]) -> tuple[tuple[tuple[str, int], ...], int]:
    """Commonest reasons of failures, and the number of others."""
    reasons = Counter(_reason(trial) for trial in trials if trial.status in ("failed", "timed_out"))
    commonest = tuple(reasons.most_common(_MAX_REASONS))
    return commonest, reasons.total() - sum(n for _, n in commonest)


def _reason(trial: Trial) -> str:
    """What went wrong with a trial: the exception itself, the last line of its traceback."""
    lines = [line for line in (trial.traceback or "").splitlines() if line.strip()]
    text = trial.why if trial.status == "timed_out" or not lines else lines[-1].strip()
    return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 1]}…"


def _find_saved(trials: Sequence[Trial]) -> tuple[int, float]:
    """Folds that stopped trials did not run, and the seconds of as many median folds."""
    n = sum(trial.folds.count(None) for trial in trials if trial.status == "stopped")
    seconds = [f.fit_seconds + f.score_seconds for t in trials for f in t.folds if f is not None]
    return n, n * float(np.median(seconds)) if n and seconds else math.nan


def _find_progress(history: History, finite: NDArray[np.bool_]) -> Progress | None:
    """What the second half of the complete trials brought."""
    rows = np.flatnonzero(finite)
    if len(rows) < _MIN_TRIALS:
        return None
    scores = history.scores[rows]
    half = len(rows) // 2
    first, best = int(rows[np.argmax(scores[:half])]), int(rows[np.argmax(scores)])
    _, gain, error = _compare(history, best, first)
    return Progress(half, gain, error)
