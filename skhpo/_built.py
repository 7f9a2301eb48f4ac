"""A candidate as the folds of one worker need it: made once, and cloned for each of them.

Folds of a candidate mostly follow each other in a worker. A clone of the candidate costs
less than a clone of the search's estimator whose parameters are set, and what is read from
the candidate's parameters and tags is the same for each of its folds.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skhpo._candidate import make_candidate
from skhpo._fold_rows import asks_to_overwrite

# These put a parameter where a clone finds it; another class's may do more.
_PLAIN = (BaseEstimator.set_params, Pipeline.set_params)


@dataclass(frozen=True)
class Built:
    """What the folds of one candidate have in common.

    Parameters
    ----------
    estimator : estimator or None
        What is cloned; None where each fold's has to be made from the parameters.
    kind : hashable
        Its classes, see `estimator_kind`.
    is_pairwise : bool
        Whether it takes a square X.
    may_write : bool
        Whether a parameter lets it write to its input.
    """

    estimator: Any
    kind: Hashable
    is_pairwise: bool
    may_write: bool


def estimator_kind(estimator: Any) -> Hashable:
    """Class of an estimator, and of the steps if it is a Pipeline: who may write to its input."""
    if type(estimator) is not Pipeline:
        return (type(estimator),)
    return tuple(type(step[-1]) for step in estimator.steps if isinstance(step, tuple))


def build(estimator: Any, params: dict[str, Any]) -> Built:
    """Make a candidate and look at it.

    Parameters
    ----------
    estimator : estimator
        What the search tunes.
    params : dict of str to object
        The candidate's parameters.
    """
    candidate = make_candidate(estimator, params)
    return Built(
        candidate if type(candidate).set_params in _PLAIN else None,
        estimator_kind(candidate),
        get_tags(candidate).input_tags.pairwise,
        asks_to_overwrite(candidate),
    )


def copy_built(built: Built, estimator: Any, params: dict[str, Any]) -> Any:
    """Estimator for one fold, unfitted.

    Parameters
    ----------
    built : Built
        What `build` gave for `estimator` and `params`.
    """
    if built.estimator is not None:
        try:
            return clone(built.estimator)
        except Exception:  # one whose constructor changes what it is given is made as ever
            pass
    return make_candidate(estimator, params)
