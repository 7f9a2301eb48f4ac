"""One fit gives several candidates: models whose smaller fit is the beginning of a larger one.

stage    what such a model adds one after the other: a tree, or a tree for each class
group    candidates that differ in their number of stages only; the largest is fitted

Trees are grown in order, and with an int seed the draws of a tree do not depend on how many
follow. So the first k of n stages are, to the bit, what a fit with k of them gives: for
forests, extra trees and gradient boosting, where nothing but the number says when to stop.
``tests/test_staged.py`` holds this for each class and option.

Histogram-based gradient boosting keeps its stages private. It answers for fewer of them by
``staged_predict`` and the like, which is exact for scorers that ask for predictions only.
Neighbours are no stages: among rows at the same distance a query for more may choose others.
"""

from __future__ import annotations

import numbers
import sys
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from skhpo._candidate import make_candidate
from skhpo._prefix_key import seeded_token
from skhpo._staged_answers import StagedAnswers

# By name: to import ``sklearn.ensemble`` takes longer than the rest of this package does.
_FORESTS = (
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
)
_BOOSTING = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HISTOGRAM = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")
_ALL = _FORESTS + _BOOSTING + _HISTOGRAM


def n_stages(estimator: Any) -> int:
    """Number of stages of a candidate of a group."""
    model = _model(estimator)
    return int(getattr(model, _stages_name(model)))


def _stages_name(model: Any) -> str:
    """Parameter that says how many stages a model has."""
    return "max_iter" if _is_one_of(type(model), _HISTOGRAM) else "n_estimators"


def group_key(estimator: Any, *, asks_predictions: bool) -> Hashable | None:
    """What candidates of a group have in common; None for one that is fitted by itself.

    Parameters
    ----------
    estimator : estimator
        The candidate, unfitted: a model, or a ``Pipeline`` that ends with one.
    asks_predictions : bool
        Whether scorers ask for predictions and look at nothing else.
    """
    model = _model(estimator)
    if not _has_stages(model, asks_predictions):
        return None
    # By parameters: a forest's template of a tree has no seed, each tree gets one.
    params = model.get_params(deep=False)
    parts = [params[name] for name in sorted(params) if name != _stages_name(model)]
    if type(estimator) is Pipeline:
        parts += [step for _, step in estimator.steps[:-1]]
    tokens = [seeded_token(part) for part in parts]
    return None if None in tokens else (type(model), *tokens)


def find_groups(
    estimator: Any, candidates: Sequence[dict[str, Any]], *, asks_predictions: bool
) -> list[list[int]]:
    """Divide candidates into groups that one fit serves.

    Parameters
    ----------
    estimator : estimator
        What the search tunes.
    candidates : sequence of dict of str to object
        Their parameters.
    asks_predictions : bool
        See `group_key`.

    Returns
    -------
    groups : list of list of int
        Numbers of the candidates, in the order in which groups begin; many are alone.
    """
    groups: dict[Hashable, list[int]] = {}
    for number, params in enumerate(candidates):
        key = None
        if may_have_stages(estimator, params):
            try:
                key = group_key(
                    make_candidate(estimator, params), asks_predictions=asks_predictions
                )
            except Exception:  # the fold will say it, with its traceback
                key = None
        groups.setdefault(("alone", number) if key is None else key, []).append(number)
    return list(groups.values())


def may_divide(fitted: Any) -> bool:
    """Whether a fitted model has the stages of smaller ones, which its fit had to tell."""
    # With early_stopping="auto" the number of rows decides.
    return not getattr(_model(fitted), "do_early_stopping_", False)


def first_stages(fitted: Any, candidates: Sequence[Any]) -> list[Any]:
    """Models of candidates, taken from the fitted largest one of their group.

    Parameters
    ----------
    fitted : estimator
        The first candidate, fitted.
    candidates : sequence of estimator
        The others, unfitted.
    """
    if type(fitted) is Pipeline:
        name, model = fitted.steps[-1]
        parts = first_stages(model, [candidate.steps[-1][1] for candidate in candidates])
        wholes = [_copy(fitted) for _ in parts]
        for whole, part in zip(wholes, parts, strict=True):
            whole.steps = [*fitted.steps[:-1], (name, part)]
        return wholes
    stages = [n_stages(candidate) for candidate in candidates]
    if _is_one_of(type(fitted), _HISTOGRAM):
        answers = StagedAnswers(fitted, stages)
        return [_answering(fitted, answers, n) for n in stages]
    return [_beginning(fitted, n) for n in stages]


def _answering(fitted: Any, answers: StagedAnswers, n: int) -> Any:
    """Model that answers as it did after `n` iterations."""
    part = _copy(fitted)
    part.max_iter = n
    vars(part).update(answers.shadows(n))
    return part


def _beginning(fitted: Any, n: int) -> Any:
    """Model of the first `n` trees."""
    part = _copy(fitted)
    part.n_estimators = n
    part.estimators_ = fitted.estimators_[:n]
    if _is_one_of(type(fitted), _BOOSTING):
        part.n_estimators_ = n
        for name in ("train_score_", "oob_improvement_", "oob_scores_"):
            if hasattr(fitted, name):
                setattr(part, name, getattr(fitted, name)[:n])
        if hasattr(fitted, "oob_score_"):
            part.oob_score_ = fitted.oob_scores_[n - 1]
    return part


def _model(estimator: Any) -> Any:
    """The estimator, or the last step of a Pipeline proper."""
    is_pipeline = type(estimator) is Pipeline and estimator.memory is None
    return estimator.steps[-1][1] if is_pipeline else estimator


def may_have_stages(estimator: Any, params: dict[str, Any]) -> bool:
    """Whether a candidate is worth a look: most are not."""
    kinds = [type(_model(estimator)), *map(type, params.values())]
    return any(kind is Pipeline or _is_one_of(kind, _ALL) for kind in kinds)


def _is_one_of(kind: type, names: tuple[str, ...]) -> bool:
    """Whether a class is one of ``sklearn.ensemble``; subclasses may do anything with trees."""
    # Who has an object of it has imported it.
    ensemble = sys.modules.get("sklearn.ensemble")
    return kind.__name__ in names and kind is getattr(ensemble, kind.__name__, None)


def _has_stages(model: Any, asks_predictions: bool) -> bool:
    """Whether the first stages of a model are those of a smaller one."""
    if not _is_one_of(type(model), _ALL) or model.warm_start:
        return False
    n = getattr(model, _stages_name(model))
    if not ((type(n) is int or isinstance(n, np.integer)) and int(n) >= 1):
        return False
    is_seeded = isinstance(model.random_state, numbers.Integral)
    if _is_one_of(type(model), _HISTOGRAM):
        # Without a seed it draws for a share of the features in each split only, and of the
        # rows beyond 200,000.
        draws = model.max_features != 1.0
        never_stops = model.early_stopping is False or model.early_stopping == "auto"
        return asks_predictions and never_stops and (is_seeded or not draws)
    # `oob_score` asks all trees at the end of the fit; `n_iter_no_change` may stop before it.
    decides_later = getattr(model, "oob_score", False) or getattr(model, "n_iter_no_change", None)
    return is_seeded and not decides_later


def _copy(estimator: Any) -> Any:
    """Shallow copy with all fitted attributes."""
    kind: Any = type(estimator)
    copied = kind.__new__(kind)
    vars(copied).update(vars(estimator))
    return copied
