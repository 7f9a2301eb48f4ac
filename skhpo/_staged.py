"""One fit gives several candidates: models whose smaller fit is the beginning of a larger one.

stage    what such a model adds one after the other: a tree, or a tree for each class
group    candidates that differ in their number of stages only; the largest is fitted

Trees are grown in order, and with an int seed the draws of a tree do not depend on how many
follow. So the first k of n stages are, to the bit, what a fit with k of them gives: for
forests, extra trees and gradient boosting, where nothing but `n_estimators` says when to
stop. ``tests/test_staged.py`` holds this for each class and option.
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

# By name: to import ``sklearn.ensemble`` takes longer than the rest of this package does.
_FORESTS = (
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "RandomForestClassifier",
    "RandomForestRegressor",
)
_BOOSTING = ("GradientBoostingClassifier", "GradientBoostingRegressor")

_STAGES = "n_estimators"


def n_stages(estimator: Any) -> int:
    """Number of stages of a candidate of a group."""
    return int(getattr(_model(estimator), _STAGES))


def group_key(estimator: Any) -> Hashable | None:
    """What candidates of a group have in common; None for one that is fitted by itself.

    Parameters
    ----------
    estimator : estimator
        The candidate, unfitted: a model, or a ``Pipeline`` that ends with one.
    """
    model = _model(estimator)
    if not _has_stages(model):
        return None
    # By parameters: a forest's template of a tree has no seed, each tree gets one.
    params = model.get_params(deep=False)
    parts = [params[name] for name in sorted(params) if name != _STAGES]
    if type(estimator) is Pipeline:
        parts += [step for _, step in estimator.steps[:-1]]
    tokens = [seeded_token(part) for part in parts]
    return None if None in tokens else (type(model), *tokens)


def find_groups(estimator: Any, candidates: Sequence[dict[str, Any]]) -> list[list[int]]:
    """Divide candidates into groups that one fit serves.

    Parameters
    ----------
    estimator : estimator
        What the search tunes.
    candidates : sequence of dict of str to object
        Their parameters.

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
                key = group_key(make_candidate(estimator, params))
            except Exception:  # the fold will say it, with its traceback
                key = None
        groups.setdefault(("alone", number) if key is None else key, []).append(number)
    return list(groups.values())


def first_stages(fitted: Any, candidate: Any) -> Any:
    """Model of a smaller candidate, taken from the fitted largest one of its group."""
    if type(fitted) is Pipeline:
        name, model = fitted.steps[-1]
        whole = _copy(fitted)
        whole.steps = [*fitted.steps[:-1], (name, first_stages(model, candidate.steps[-1][1]))]
        return whole
    n = n_stages(candidate)
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
    return any(kind is Pipeline or _is_one_of(kind, _FORESTS + _BOOSTING) for kind in kinds)


def _is_one_of(kind: type, names: tuple[str, ...]) -> bool:
    """Whether a class is one of ``sklearn.ensemble``; subclasses may do anything with trees."""
    # Who has an object of it has imported it.
    ensemble = sys.modules.get("sklearn.ensemble")
    return kind.__name__ in names and kind is getattr(ensemble, kind.__name__, None)


def _has_stages(model: Any) -> bool:
    """Whether the first stages of a model are those of a smaller one."""
    if not _is_one_of(type(model), _FORESTS + _BOOSTING) or model.warm_start:
        return False
    n = model.n_estimators
    is_number = (type(n) is int or isinstance(n, np.integer)) and int(n) >= 1
    is_seeded = isinstance(model.random_state, numbers.Integral)
    # `oob_score` asks all trees at the end of the fit; `n_iter_no_change` may stop before it.
    decides_later = getattr(model, "oob_score", False) or getattr(model, "n_iter_no_change", None)
    return is_number and is_seeded and not decides_later


def _copy(estimator: Any) -> Any:
    """Shallow copy with all fitted attributes."""
    kind: Any = type(estimator)
    copied = kind.__new__(kind)
    vars(copied).update(vars(estimator))
    return copied
