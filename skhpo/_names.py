"""Whether an estimator has the parameters and methods that are named, before the first fit."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable
from typing import Any

from sklearn.base import clone

from skhpo._candidate import make_candidate
from skhpo._dimensions import Categorical
from skhpo._space import Space

# Combinations of estimator-valued choices whose parameter names are tried beforehand.
_MAX_COMBINATIONS = 100


def check_names(estimator: Any, space: Space) -> None:
    """Set one candidate of each branch on a clone, to find misspelt names before the first fit.

    Where choices are estimators, the names that are valid depend on them: each
    combination of such choices is tried.

    Raises
    ------
    ValueError
        scikit-learn's sentence of an invalid parameter, and the nearest valid name.
    """
    for branch in space.branches:
        for params in representatives(branch):
            trial = clone(estimator)
            try:
                trial.set_params(**clone(params, safe=False))
            except ValueError as error:
                name = _invalid_name(str(error))
                if name is None:
                    continue
                raise ValueError(f"{error}{_nearest(trial, name, params)}") from error
            except Exception:
                # Another kind of problem: the fold will say it, with its traceback.
                continue


def check_keep_oof(search: Any, space: Space) -> None:
    """Check that some candidate has the method whose responses are to be kept.

    Raises
    ------
    ValueError
        Naming the method and the estimator.
    """
    method = search.keep_oof
    if not isinstance(method, str) or not hasattr(search.estimator, "set_params"):
        return
    for branch in space.branches:
        for params in representatives(branch):
            try:
                candidate = make_candidate(search.estimator, params)
                if hasattr(candidate, method):
                    return
            except Exception:  # the fold will say it
                return
    raise ValueError(
        f"`keep_oof` must name a method that the estimator has, got {method!r} for "
        f"{search.estimator!r}; use keep_oof=True, which keeps what the scorer asks for."
    )


def representatives(branch: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """One candidate for each combination of estimator-valued choices."""
    options = []
    for dimension in branch.values():
        is_swap = isinstance(dimension, Categorical) and any(
            hasattr(choice, "get_params") for choice in dimension.choices
        )
        if is_swap:
            options.append(list(dimension.choices))
        elif isinstance(dimension, Categorical):
            options.append([dimension.choices[0]])
        else:
            options.append([dimension.rvs(random_state=0)])
    combinations = itertools.islice(itertools.product(*options), _MAX_COMBINATIONS)
    return (dict(zip(branch, values, strict=True)) for values in combinations)


def _invalid_name(message: str) -> str | None:
    """Name in scikit-learn's sentence of an invalid parameter; None for another error."""
    if not message.startswith("Invalid parameter "):
        return None
    return message.split("'")[1] if "'" in message else None


def _nearest(estimator: Any, name: str, given: Iterable[str]) -> str:
    """Ask whether the nearest name was meant, in whatever step and case it stands."""
    # The whole of what was given: where a step is misspelt, its parameter tells.
    wrong = next((full for full in given if name in full.split("__")), name)
    last = {full: full.rpartition("__")[2].lower() for full in estimator.get_params(deep=True)}
    near = difflib.get_close_matches(wrong.rpartition("__")[2].lower(), last.values(), n=1)
    same = [full for full in last if last[full] in near]
    if not same:
        return ""
    best = max(same, key=lambda full: difflib.SequenceMatcher(None, wrong, full).ratio())
    return f" Did you mean {best!r}?"
