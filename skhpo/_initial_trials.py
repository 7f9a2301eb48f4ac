"""Finished trials of earlier searches that a strategy learns from.

old         of an earlier search
partial     an old trial that was stopped: it has no score, and did not fail
metric      the one that the present search maximises; None where that has no name
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import skhpo._surrogate as _surrogate
from skhpo._described import to_json
from skhpo._fold_noise import FoldNoise
from skhpo._initial_params import fill_initial
from skhpo._members import encode_each
from skhpo._parameters import check_parameter
from skhpo._read_checkpoint import load_checkpoint
from skhpo._results import metric_names, scored_metrics
from skhpo._space import Space
from skhpo._trial import Trial
from skhpo._user_warning import warn

Array = NDArray[np.float64]

_PARAMETER = "initial_trials"
# Of so many, the latest, it is found how folds disagree.
_MAX_ROWS = 100


@dataclass(frozen=True)
class OldTrials:
    """What is learnt of old trials, wherever they stood.

    Parameters
    ----------
    params : tuple of dict of str to object
        Their parameters.
    scores : tuple of float
        Larger is better; nan is a failure.
    noise : float
        Standard error of every score; 0 where it is not known.
    """

    params: tuple[dict[str, Any], ...] = ()
    scores: tuple[float, ...] = ()
    noise: float = 0.0


def read_old(initial_trials: Any, metric: str | None = None) -> OldTrials:
    """Read finished trials from what a user has of them; none for None or no trials.

    Raises
    ------
    InvalidParameterError
        If they are of another kind.
    ValueError
        If they lack the metric, or all of them were stopped, or their file is no checkpoint.
    OSError
        If their file is not there, or cannot be read.
    """
    if isinstance(initial_trials, OldTrials):
        return initial_trials
    check_parameter("BayesStrategy", _PARAMETER, initial_trials)
    if initial_trials is None:
        return OldTrials()
    if isinstance(initial_trials, str | os.PathLike):
        return _read_trials(load_checkpoint(initial_trials, _PARAMETER).trials, metric)
    if isinstance(initial_trials, Mapping):
        return _read_table(initial_trials, metric)
    return _read_trials(getattr(initial_trials, "trials", initial_trials), metric)


def describe_old(old: OldTrials) -> dict[str, list[str]] | None:
    """Describe old trials by what is learnt of them, wherever they stood; None for none."""
    if not old.params:
        return None
    content = to_json([list(old.params), list(old.scores), old.noise])
    digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
    return {"trials": [f"{len(old.params)} trials", digest]}


def _read_trials(trials: Sequence[Trial], metric: str | None) -> OldTrials:
    """Read `trials_`, or those of a result of `maximize`."""
    kept = [trial for trial in trials if trial.status != "stopped"]
    _check_finished(len(kept), len(trials))
    name = _choose_metric(metric_names(kept), metric)
    complete = [trial for trial in kept if trial.status == "complete"]
    return OldTrials(
        tuple(trial.params for trial in kept),
        tuple(t.mean_score(name) if t.status == "complete" else math.nan for t in kept),
        _find_noise(trial.fold_scores(name) for trial in complete[-_MAX_ROWS:]),
    )


def _read_table(results: Mapping[str, Any], metric: str | None) -> OldTrials:
    """Read ``cv_results_``: a row that lacks some folds only was stopped, or is not told apart."""
    names = scored_metrics(dict(results))
    has_params = all(isinstance(params, Mapping) for params in results.get("params", [None]))
    if not has_params or not names:
        raise ValueError(
            f"`{_PARAMETER}` must have 'params' and 'mean_test_score' where it is a dict, got the "
            f"keys {sorted(map(str, results))}; pass `cv_results_` of a search, or `trials_`."
        )
    name = _choose_metric(tuple(names), metric)
    scores = np.asarray(results[f"mean_test_{name}"], dtype=np.float64)
    params = list(results["params"])
    if scores.shape != (len(params),):
        raise ValueError(
            f"`{_PARAMETER}` must have a score for each of 'params', got {len(params)} and scores "
            f"of shape {scores.shape}; pass `cv_results_` as the search made it."
        )
    columns = [c for c in results if c.startswith("split") and c.endswith(f"_test_{name}")]
    S = np.array([results[column] for column in columns], dtype=np.float64).T
    S = S if columns else scores[:, np.newaxis]
    has = np.isfinite(S)
    kept = np.flatnonzero(has.all(axis=1) | ~has.any(axis=1))
    _check_finished(len(kept), len(params))
    return OldTrials(
        tuple(params[row] for row in kept),
        tuple(scores[kept].tolist()),
        _find_noise(S[has.all(axis=1)][-_MAX_ROWS:]),
    )


def _check_finished(n_finished: int, n_given: int) -> None:
    """Check that some of the trials were not stopped, if there are any."""
    if n_given and not n_finished:
        raise ValueError(
            f"`{_PARAMETER}` must have a trial with all its folds, got {n_given} that were "
            "stopped; pass those of a search that went on for longer, or None."
        )


def _choose_metric(names: tuple[str, ...], wanted: str | None) -> str:
    """Name of the metric to learn from."""
    if wanted in names:
        return str(wanted)
    # A single metric has no name of its own.
    if len(names) == 1 and (wanted is None or names[0] == "score"):
        return names[0]
    rule = "one metric" if wanted is None else f"the metric {wanted!r}, which is maximised"
    raise ValueError(
        f"`{_PARAMETER}` must have {rule}, got trials of {list(names)}; pass trials that were "
        "scored by the metric of this search."
    )


def _find_noise(rows: Iterable[Sequence[float]]) -> float:
    """Standard error that old trials share, by how their folds disagree; 0 if unknown."""
    noise, shared = FoldNoise(), None
    for row in rows:
        shared = noise.add(row)
    return shared or 0.0


def make_source(
    old: OldTrials, space: Space
) -> tuple[_surrogate.Source | None, dict[str, Any] | None]:
    """What the surrogate learns from, and the best old candidate; None where there is none.

    Raises
    ------
    ValueError
        If there are trials, and none of them is of the space.

    Warns
    -----
    UserWarning
        If some are not of the space.
    """
    if not old.params:
        return None, None
    codes: dict[int, Array] = {}
    reasons = []
    for row, params in enumerate(old.params):
        try:
            codes[row] = encode_each(space, params, _PARAMETER)[0]
        except ValueError as error:
            reasons.append(str(error))
    _report_left_out(reasons, len(old.params))
    scores = np.array([old.scores[row] for row in codes])
    source = _surrogate.make_source(
        np.array(list(codes.values())), scores, np.full(len(codes), old.noise)
    )
    if not source.has_scores:
        return source, None
    best = list(codes)[int(np.nanargmax(scores))]
    # As the space has its values: they may be copies.
    return source, fill_initial(old.params[best], space)[0]


def _report_left_out(reasons: list[str], n_given: int) -> None:
    """Warn of trials that are not of the space, or raise if none is."""
    if not reasons:
        return
    if len(reasons) == n_given:
        raise ValueError(
            f"`{_PARAMETER}` must have a trial of the space, got {n_given} that are not. The first "
            f"one's reason: {reasons[0]}"
        )
    warn(
        f"{len(reasons)} of the {n_given} trials of `{_PARAMETER}` are left out, because they are "
        f"not of the space. The first one's reason: {reasons[0]}"
    )


def name_maximised(scoring: Any, refit: Any) -> str | None:
    """Name of the metric that a search maximises; None where it has none."""
    if isinstance(scoring, str):
        return scoring
    if isinstance(refit, str):
        return refit
    if isinstance(scoring, list | tuple | dict):
        return next(iter(scoring), None)
    return None
