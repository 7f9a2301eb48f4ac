"""What two candidates must have in common to share the first steps of a Pipeline.

step     a transformer before the last one; "passthrough" and None are none
token    stands for a parameter's value: equal tokens are values that fit the same
key      the tokens of a step and of all steps before it

A step is shared where fitting it again would give the same bits: its seeds are ints, or
it draws nothing. scikit-learn's estimators without a seed draw from numpy's global
generator, so that whether they draw is seen when they are fitted (`_prefix`); an estimator
of another library with ``random_state=None`` may draw from anywhere and is not shared.
"""

from __future__ import annotations

import numbers
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType
from typing import Any

import joblib
import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from skhpo._candidate import make_candidate


class _CannotShareError(Exception):
    """A step has a parameter that rules sharing out."""


@dataclass
class _Draws:
    """What the parameters of one step say of its random numbers."""

    is_unseeded: bool = False
    is_parallel: bool = False
    seen: set[int] = field(default_factory=set)


def step_keys(estimator: Any, fit_params: Sequence[str] = ()) -> list[tuple[int, Hashable]]:
    """Positions and keys of the first steps that candidates may share.

    Parameters
    ----------
    estimator : estimator
        Unfitted; anything but a ``Pipeline`` itself, without ``memory``, shares nothing.
    fit_params : sequence of str, default=()
        Names of the keyword arguments of ``fit``.

    Returns
    -------
    keys : list of (int, hashable)
        By step, up to the first that cannot be shared.
    """
    if type(estimator) is not Pipeline or not _is_plain(estimator, fit_params):
        return []
    keys: list[tuple[int, Hashable]] = []
    key: Hashable = ()
    for position, (name, step) in enumerate(estimator.steps[:-1]):
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        if any(param.startswith(f"{name}__") for param in fit_params):
            break
        try:
            key = (key, _step_token(step))
        except _CannotShareError:
            break
        keys.append((position, key))
    return keys


def prefix_key(estimator: Any, params: dict[str, Any]) -> tuple[Hashable, ...]:
    """Keys of the steps that one candidate may share with others, the first step's first.

    Parameters
    ----------
    estimator : estimator
        What the search tunes.
    params : dict of str to object
        The candidate's parameters.

    Returns
    -------
    keys : tuple of hashable
        Empty if it shares nothing. A fold is best sent to the worker that ran its fold and
        ``keys[-1]`` before.
    """
    if type(estimator) is not Pipeline:
        return ()
    try:
        candidate = make_candidate(estimator, params)
    except Exception:  # the fold will say it, with its traceback
        return ()
    return tuple(key for _, key in step_keys(candidate))


def group_by_prefix(keys: Sequence[tuple[Hashable, ...]]) -> list[int]:
    """Order in which candidates that share steps follow each other.

    Parameters
    ----------
    keys : sequence of tuple of hashable
        What `prefix_key` gave for each candidate.

    Returns
    -------
    order : list of int
        Numbers of the candidates; those that share most are nearest, else first come first.
    """
    ranks: dict[Hashable, int] = {}
    by_candidate = [tuple(ranks.setdefault(key, len(ranks)) for key in own) for own in keys]
    return sorted(range(len(keys)), key=by_candidate.__getitem__)


def seeded_token(value: Any) -> Hashable | None:
    """Token of a value, of which every seed inside is an int; None if there is none."""
    draws = _Draws()
    try:
        token = _token(value, draws)
    except _CannotShareError:
        return None
    return None if draws.is_unseeded else token


def _is_plain(pipeline: Pipeline, fit_params: Sequence[str]) -> bool:
    """Whether steps get rows and targets only, and nobody else keeps them."""
    is_routing = bool(get_config().get("enable_metadata_routing", False))
    steps = pipeline.steps
    return (
        pipeline.memory is None
        and pipeline.transform_input is None
        and not (is_routing and fit_params)
        and isinstance(steps, list)
        and all(isinstance(step, tuple) and len(step) == 2 for step in steps)
    )


def _step_token(step: Any) -> Hashable:
    """Token of an unfitted transformer."""
    if not isinstance(step, BaseEstimator):
        raise _CannotShareError
    draws = _Draws()
    token = _token(step, draws)
    # Workers of its own would draw from generators that nobody here sees.
    if draws.is_unseeded and draws.is_parallel:
        raise _CannotShareError
    return token


def _token(value: Any, draws: _Draws) -> Hashable:
    """Token of any value; types are part of it, as 1, 1.0 and True are equal."""
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return kind, value
    if kind in (float, complex):
        # By their bits: nan is itself, and -0.0 is not 0.0.
        return kind, np.asarray(value).tobytes()
    if isinstance(value, FunctionType | BuiltinFunctionType | type | np.ufunc):
        return kind, value
    if isinstance(value, BaseEstimator):
        return _estimator_token(value, draws)
    if kind in (list, tuple, dict):
        return _container_token(value, draws)
    return _hashed(value)


def _estimator_token(estimator: BaseEstimator, draws: _Draws) -> Hashable:
    """Token of all attributes: parameters, and what else clones keep, such as `set_output`'s."""
    if id(estimator) in draws.seen:
        raise _CannotShareError
    draws.seen.add(id(estimator))
    attributes = vars(estimator)
    for name, value in attributes.items():
        if name.endswith("random_state") or name in ("seed", "random_seed"):
            _note_seed(estimator, value, draws)
        elif name == "n_jobs":
            draws.is_parallel |= value not in (None, 1)
    parts = ((name, _token(attributes[name], draws)) for name in sorted(attributes))
    return type(estimator), tuple(parts)


def _note_seed(estimator: BaseEstimator, seed: Any, draws: _Draws) -> None:
    """Note a seed that is missing; rule out generators, and other libraries without a seed."""
    is_ours_to_see = type(estimator).__module__.partition(".")[0] == "sklearn"
    if seed is None and is_ours_to_see:
        draws.is_unseeded = True
    elif not isinstance(seed, numbers.Integral):
        raise _CannotShareError


def _container_token(value: Any, draws: _Draws) -> Hashable:
    """Token of the items, in order."""
    if isinstance(value, dict):
        return dict, tuple((_token(k, draws), _token(v, draws)) for k, v in value.items())
    return type(value), tuple(_token(item, draws) for item in value)


def _hashed(value: Any) -> Hashable:
    """Token of the pickled bytes: what a worker would get."""
    try:
        return type(value), joblib.hash(value)
    except Exception as error:  # pickling may raise anything
        raise _CannotShareError from error
