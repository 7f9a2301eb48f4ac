"""The trials of a search as an Optuna study, for Optuna's pictures and tables.

An Optuna study has one distribution for each parameter. So the dimensions that the dicts of
a space have for one name are made one: the hull of ranges, or all choices together.
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import NotFittedError

from skhpo._dimensions import Categorical, Dimension, Distribution, Float, Int
from skhpo._search import BaseSearch
from skhpo._space import Space
from skhpo._trial import Trial

if TYPE_CHECKING:
    from optuna import Study

_STATES = {"complete": "COMPLETE", "stopped": "PRUNED", "failed": "FAIL", "timed_out": "FAIL"}


def to_optuna_study(search: Any, metric: str | None = None) -> Study:
    """Make an Optuna study of a search's trials.

    Parameters
    ----------
    search : GridSearch, RandomSearch or BayesSearch
        Fitted, or interrupted.
    metric : str or None, default=None
        Which of several metrics is the objective; None makes each of them one.

    Returns
    -------
    study : optuna.Study
        In memory, to be maximised, its trials in the order of `trials_`. Stopped trials are
        pruned ones; those that failed, timed out or have no finite score are failed ones.
        Values are mean validation scores; of a single objective the intermediate values are
        the scores of the folds, the step being the fold's number. The user attributes
        `origin` and `why` are those of the `Trial`. A trial lasts as long as its folds did
        together; when it began is not known, so that a timeline says nothing.

    Raises
    ------
    ImportError
        If Optuna is not installed.
    TypeError
        If `search` is no search of ours.
    NotFittedError
        Before a fit.
    ValueError
        If `metric` is none of the search's.

    See Also
    --------
    space_from_optuna : Optuna's distributions as a space of ours.

    Notes
    -----
    Optuna's choices are None, bools, numbers and strings; other values, such as estimators
    and tuples, stand in the study as their text. The folds of several objectives are left
    out, because an Optuna trial reports intermediate values of a single one only.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhpo import GridSearch, to_optuna_study
    >>> X, y = load_iris(return_X_y=True)
    >>> search = GridSearch(SVC(), {"C": [0.1, 1, 10]}, cv=3).fit(X, y)
    >>> study = to_optuna_study(search)
    >>> study.best_params == search.best_params_
    True
    >>> [trial.state.name for trial in study.trials]
    ['COMPLETE', 'COMPLETE', 'COMPLETE']
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "`to_optuna_study` needs Optuna, which is not installed; run `pip install "
            "skhpo[optuna]`."
        ) from error
    if not isinstance(search, BaseSearch):
        raise TypeError(
            "`search` must be a fitted GridSearch, RandomSearch or BayesSearch, got an object of "
            f"type {type(search).__name__}; pass the search itself."
        )
    if not hasattr(search, "trials_"):
        raise NotFittedError(
            f"This {type(search).__name__} instance is not fitted yet. Call 'fit' with "
            "appropriate arguments before using to_optuna_study."
        )
    metrics = _find_metrics(search, metric)
    study = optuna.create_study(directions=["maximize"] * len(metrics))
    if len(metrics) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(metrics)
    distributions = _make_distributions(search, optuna.distributions)
    study.add_trials(_make_trial(trial, metrics, distributions, optuna) for trial in search.trials_)
    return study


def _find_metrics(search: Any, metric: str | None) -> list[str]:
    """Names of the objectives.

    Raises
    ------
    ValueError
        If `metric` is no name of the search's.
    """
    prefix = "mean_test_"
    names = [
        key.removeprefix(prefix)
        for key in getattr(search, "cv_results_", {"mean_test_score": None})
        if key.startswith(prefix)
    ]
    if metric is None:
        return names
    if metric not in names:
        raise ValueError(f"`metric` must be one of {names}, got {metric!r}; None takes all.")
    return [metric]


def _make_trial(trial: Trial, metrics: list[str], distributions: Any, optuna: Any) -> Any:
    """Optuna's form of a trial."""
    values = [trial.mean_score(metric) for metric in metrics]
    state = _STATES[trial.status]
    if state == "COMPLETE" and not all(map(math.isfinite, values)):
        state = "FAIL"
    folds = dict(enumerate(trial.fold_scores(metrics[0]))) if len(metrics) == 1 else {}
    made = optuna.trial.create_trial(
        state=getattr(optuna.trial.TrialState, state),
        values=values if state == "COMPLETE" else None,
        params={name: _simplify(value) for name, value in trial.params.items()},
        distributions={name: distributions[name] for name in trial.params},
        user_attrs={"origin": trial.origin, "why": trial.why},
        intermediate_values={k: float(v) for k, v in folds.items() if not math.isnan(v)},
    )
    seconds = sum(f.fit_seconds + f.score_seconds for f in trial.folds if f is not None)
    made.datetime_complete = made.datetime_start + timedelta(seconds=seconds)
    return made


def _make_distributions(search: Any, of_optuna: Any) -> dict[str, Any]:
    """Optuna's distribution of each parameter that a trial has."""
    space = Space.from_description(getattr(search, search._space_parameter), search._space_noun)
    values: dict[str, list[Any]] = {}
    for trial in search.trials_:
        for name, value in trial.params.items():
            values.setdefault(name, []).append(_simplify(value))
    return {
        name: _make_distribution(
            [branch[name] for branch in space.branches if name in branch], values[name], of_optuna
        )
        for name in values
    }


def _make_distribution(dimensions: Sequence[Dimension], values: list[Any], of_optuna: Any) -> Any:
    """Optuna's distribution that holds all that the dimensions do, and the values tried.

    The values are the range of an unbounded distribution.
    """
    if not all(isinstance(d, Float | Int | Distribution) for d in dimensions) or not all(
        isinstance(value, numbers.Real) and not isinstance(value, bool) for value in values
    ):
        choices = (d.choices for d in dimensions if isinstance(d, Categorical))
        listed = [_simplify(choice) for part in choices for choice in part]
        return of_optuna.CategoricalDistribution(_without_repeats([*listed, *values]))
    ends = [end for d in dimensions for end in _find_ends(d) if math.isfinite(end)]
    low, high = min([*ends, *values]), max([*ends, *values])
    if all(isinstance(value, int) for value in values):
        log = all(map(_is_log, dimensions)) and low >= 1
        return of_optuna.IntDistribution(math.ceil(low), math.floor(high), log=log)
    log = all(map(_is_log, dimensions)) and low > 0
    return of_optuna.FloatDistribution(float(low), float(high), log=log)


def _find_ends(dimension: Any) -> tuple[float, float]:
    """Least and greatest value of a range; infinite where unknown."""
    if isinstance(dimension, Distribution):
        return dimension.support
    return dimension.low, dimension.high


def _is_log(dimension: Any) -> bool:
    """Whether the logarithm of a range is uniform."""
    if isinstance(dimension, Distribution):
        family = getattr(getattr(dimension.source, "dist", None), "name", "")
        return family in ("loguniform", "reciprocal")
    return bool(dimension.log)


def _simplify(value: Any) -> Any:
    """A value as Optuna keeps it: Python's own numbers, None and strings; all else as text."""
    if isinstance(value, np.generic):
        value = value.item()
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _without_repeats(values: Iterable[Any]) -> list[Any]:
    """Distinct values in their order; 1, 1.0 and True are equal to Optuna too."""
    return list(dict.fromkeys(values))
