"""The trials of a finished search as arrays, whatever made them.

S           fold scores, shape (n_trials, n_folds); nan where a fold is missing or failed
effect      of a fold: how much harder its rows are, the median over complete trials of a
            fold's score less its trial's mean
partial     a trial that was stopped: its score is the mean of what it has, less the
            effects of these folds, so that easy folds do not flatter it
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import NotFittedError

from skhpo._dimensions import Distribution, Float, Int
from skhpo._dimensions.domain import is_number
from skhpo._fold_noise import find_shared_error
from skhpo._results import metric_names, scored_metrics
from skhpo._space import Space
from skhpo._trial import FoldResult, Trial

Array = NDArray[np.float64]

# What the searches call their space.
_SPACE_PARAMETERS = ("param_grid", "param_distributions")


@dataclass(frozen=True)
class History:
    """What a finished search tried, and what it scored.

    Parameters
    ----------
    trials : tuple of Trial
        In the order of their numbers.
    space : Space
        Of which every dimension has a cumulative distribution.
    metric : str
        Name of the metric among the folds' scores.
    label : str
        Name of the metric for people.
    scores : ndarray of shape (n_trials,)
        Mean scores, larger is better; nan where none is known.
    errors : ndarray of shape (n_trials,)
        Standard errors of the means over folds; nan for a single fold.
    noise : float
        Standard error that the trials share, the folds' effects aside; 0 where not known.
    is_complete : ndarray of bool, shape (n_trials,)
        Which trials have all their folds.
    best : int or None
        Row of the winner by this metric.
    """

    trials: tuple[Trial, ...]
    space: Space
    metric: str
    label: str
    scores: Array
    errors: Array
    noise: float
    is_complete: NDArray[np.bool_]
    best: int | None


def read_history(search: Any, metric: str | None = None) -> History:
    """Read a fitted search, scikit-learn's too, or a result of `maximize`.

    Parameters
    ----------
    search : GridSearch, RandomSearch, BayesSearch or MaximizeResult
        Fitted.
    metric : str or None, default=None
        Which of several metrics; None is the one of ``refit``.

    Returns
    -------
    history : History

    Raises
    ------
    TypeError
        If `search` is neither.
    NotFittedError
        If it is not fitted.
    ValueError
        If `metric` is unknown, or needed and missing.
    """
    trials, described = _find_trials(search)
    name = _choose_metric(search, metric_names(trials), metric)
    S = np.array([trial.fold_scores(name) for trial in trials], dtype=np.float64)
    S = S.reshape(len(trials), len(trials[0].folds) if trials else 1)
    is_complete = np.array([trial.status == "complete" for trial in trials], dtype=bool)
    scores = _mean_scores(S, is_complete)
    # As scikit-learn, which takes the winner by them, the search scores failures by `error_score`.
    is_failed = [trial.status in ("failed", "timed_out") for trial in trials]
    scores[is_failed] = np.nan
    return History(
        trials=tuple(trials),
        space=_make_encodable(described, trials),
        metric=name,
        label=label_metric(search, name),
        scores=scores,
        errors=_standard_errors(S),
        noise=_find_noise(S[is_complete]),
        is_complete=is_complete,
        best=_find_best(search, name, np.where(is_complete, scores, np.nan)),
    )


def _find_trials(search: Any) -> tuple[Sequence[Trial], Any]:
    """Trials, and the description of their space."""
    if hasattr(search, "trials") and hasattr(search, "space"):
        if not isinstance(search.space, Space):
            raise ValueError(
                "`search` must have a space, got a result of `maximize` whose strategy has none; "
                "give the strategy an attribute `space`."
            )
        return search.trials, search.space
    parameter = next((name for name in _SPACE_PARAMETERS if hasattr(search, name)), None)
    if parameter is None:
        raise TypeError(
            "`search` must be a fitted GridSearch, RandomSearch or BayesSearch, one of "
            "scikit-learn's, or what maximize returned, got an object of type "
            f"{type(search).__name__}; pass the search itself."
        )
    if not hasattr(search, "cv_results_"):
        raise NotFittedError(
            f"This {type(search).__name__} instance is not fitted yet. Call 'fit' with "
            "appropriate arguments before using its trials."
        )
    has_trials = hasattr(search, "trials_")
    trials = search.trials_ if has_trials else _stock_trials(search.cv_results_, parameter)
    return trials, getattr(search, parameter)


def describe_space(search: Any) -> Space | None:
    """Space of a fitted search as it was described; None where there is none."""
    described = next((getattr(search, p) for p in _SPACE_PARAMETERS if hasattr(search, p)), None)
    described = getattr(search, "space", None) if described is None else described
    return None if described is None else Space.from_description(described)


def has_history(search: Any) -> bool:
    """Whether an estimator is a fitted search."""
    return hasattr(search, "cv_results_") and any(hasattr(search, p) for p in _SPACE_PARAMETERS)


def _stock_trials(results: dict[str, Any], parameter: str) -> list[Trial]:
    """Trials of one of scikit-learn's searches."""
    metrics = scored_metrics(results)
    n_folds = sum(
        key.startswith("split") and key.endswith(f"_test_{metrics[0]}") for key in results
    )
    trials = []
    for number, params in enumerate(results["params"]):
        by_fold = [
            {metric: float(results[f"split{fold}_test_{metric}"][number]) for metric in metrics}
            for fold in range(n_folds)
        ]
        fit_seconds, score_seconds = (
            float(results[f"mean_{what}_time"][number]) for what in ("fit", "score")
        )
        folds = (
            FoldResult(
                number,
                fold,
                scores,
                is_multimetric=metrics != ["score"],
                fit_seconds=fit_seconds,
                score_seconds=score_seconds,
            )
            for fold, scores in enumerate(by_fold)
        )
        has_failed = any(np.isnan(list(scores.values())).any() for scores in by_fold)
        trials.append(
            Trial(
                number,
                params,
                "initial" if parameter == "param_grid" else "random",
                tuple(folds),
                "failed" if has_failed else "complete",
            )
        )
    return trials


def _choose_metric(search: Any, names: tuple[str, ...], wanted: str | None) -> str:
    """Name of a metric among the folds' scores."""
    if wanted in names:
        return str(wanted)
    if names == ("score",) and wanted in (None, getattr(search, "scoring", None)):
        return "score"
    refit = getattr(search, "refit", None)
    by_refit = refit if isinstance(refit, str) else getattr(refit, "metric", None)
    if wanted is None and by_refit in names:
        return str(by_refit)
    if wanted is None and len(names) == 1:
        return names[0]
    raise ValueError(
        f"`metric` must be one of {list(names)}, got {wanted!r}; name the one to look at."
    )


def label_metric(search: Any, metric: str | None = None) -> str:
    """Name of a metric for people: as it was asked for, its sign with it; None is `refit`'s."""
    if metric is None:
        metric = search.refit if isinstance(search.refit, str) and search.multimetric_ else "score"
    if metric != "score" or not hasattr(search, "scoring"):
        return metric.replace("_", " ")
    scoring = search.scoring
    if scoring is None:
        return "score"
    if isinstance(scoring, str):
        return scoring.replace("_", " ")
    return str(getattr(scoring, "__name__", "score")).replace("_", " ")


def _mean_scores(S: Array, is_complete: NDArray[np.bool_]) -> Array:
    """Mean score of each trial, of what it has."""
    full = S[is_complete]
    effects = np.zeros(S.shape[1])
    if len(full) and np.isfinite(full).all():
        effects = np.median(full - full.mean(axis=1, keepdims=True), axis=0)
    means = np.full(len(S), np.nan)
    # scikit-learn's own order of summation where no fold is missing.
    means[is_complete] = np.average(full, axis=1) if len(full) else []
    for row in np.flatnonzero(~is_complete):
        has = np.isfinite(S[row])
        if has.any():
            means[row] = (S[row] - effects)[has].mean()
    return means


def _standard_errors(S: Array) -> Array:
    """Standard error of each mean over folds."""
    if S.shape[1] < 2:
        return np.full(len(S), np.nan)
    with warnings.catch_warnings(), np.errstate(invalid="ignore", over="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)  # fewer than two folds
        n_scored = np.maximum(np.isfinite(S).sum(axis=1), 1)
        return np.asarray(np.nanstd(S, axis=1, ddof=1) / np.sqrt(n_scored))


def _find_noise(S: Array) -> float:
    """Standard error that the complete trials share."""
    if S.shape[1] < 2:
        return 0.0
    return find_shared_error(S[np.isfinite(S).all(axis=1)].tolist()) or 0.0


def _find_best(search: Any, metric: str, scores: Array) -> int | None:
    """Row of the winner: the search's own, where it chose by this metric."""
    refit = getattr(search, "refit", None)
    if hasattr(search, "best_index_") and (metric == "score" or metric == refit):
        return int(search.best_index_)
    ranked = np.where(np.isnan(scores), -math.inf, scores)
    return int(np.argmax(ranked)) if len(ranked) and not np.isneginf(ranked.max()) else None


def _make_encodable(described: Any, trials: Sequence[Trial]) -> Space:
    """Space in which what can only be drawn from is a range of the values that were drawn."""
    space = Space.from_description(described)
    branches = [
        {
            name: _observed_range(name, trials) or dimension
            if isinstance(dimension, Distribution) and not dimension.has_quantiles
            else dimension
            for name, dimension in branch.items()
        }
        for branch in space.branches
    ]
    return Space(branches)


def _observed_range(name: str, trials: Sequence[Trial]) -> Any:
    """Range or choice of all values of a parameter that were tried."""
    values = [trial.params[name] for trial in trials if name in trial.params]
    if all(is_number(value) for value in values) and len(set(values)) > 1:
        is_int = all(isinstance(value, int | np.integer) for value in values)
        return (Int if is_int else Float)(min(values), max(values))
    distinct = {repr(value): value for value in values}
    description: dict[str, Any] = {name: list(distinct.values())}
    return Space.from_description(description).branches[0][name]
