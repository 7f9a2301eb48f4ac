"""Candidates that are tried first: those that the user names, and the estimator's own.

given       what one item of `initial_params` names
own         the estimator's parameters by name, at every depth
middle      the value at u = 0.5; of choices without an order, the first
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from skhpo._dimensions import Categorical, Distribution
from skhpo._members import ABSENT, Fit, find_fits, find_member, identify
from skhpo._space import Branch, Space

_PARAMETER = "initial_params"


class Filled(NamedTuple):
    """A candidate, and how much of it is the estimator's own.

    Parameters
    ----------
    params : dict of str to object
        One value for each name of a branch.
    n_found : int
        Number of values that are the estimator's own.
    n_names : int
        Number of names that the estimator was asked for.
    """

    params: dict[str, Any]
    n_found: int
    n_names: int


def find_default(space: Space, estimator: Any) -> Filled:
    """Find the candidate that is nearest to the estimator as it is.

    Of several dicts it is of the one that has most of the estimator's own values: of equals
    the one that lacks fewest, then the first. Values that the dict lacks are middles.

    Raises
    ------
    ValueError
        If a value is lacking, and its distribution has no middle.
    """
    return _fill(space, {}, _read_own(estimator))


def fill_initial(initial_params: Any, space: Space, estimator: Any = None) -> list[dict[str, Any]]:
    """Complete the candidates of `initial_params`, in their order; none for None.

    Raises
    ------
    ValueError
        If a name or value is none of the space, a candidate stands there twice, or "default"
        where there is no `estimator`.
    """
    if initial_params is None:
        return []
    items = initial_params if isinstance(initial_params, list | tuple) else [initial_params]
    own = {} if estimator is None else _read_own(estimator)
    candidates = []
    for item in items:
        if isinstance(item, str) and estimator is None:
            raise ValueError(
                f"`{_PARAMETER}` must be dicts where there is no estimator, got {item!r}; name "
                "the values, or use a search."
            )
        given = {} if isinstance(item, str) else item
        candidates.append(_fill(space, given, own).params)
    _check_distinct(space, candidates)
    return candidates


def _check_distinct(space: Space, candidates: list[dict[str, Any]]) -> None:
    """Raise on a candidate that stands there twice."""
    first: dict[Any, int] = {}
    for number, params in enumerate(candidates):
        before = first.setdefault(identify(space, params), number)
        if before != number:
            raise ValueError(
                f"`{_PARAMETER}` must be different candidates, got {params!r} as items {before} "
                f"and {number}; drop one."
            )


def _read_own(estimator: Any) -> dict[str, Any]:
    """Parameters of an estimator by name; none where it does not tell."""
    own: dict[str, Any] = estimator.get_params() if hasattr(estimator, "get_params") else {}
    return own


def _fill(space: Space, given: Mapping[str, Any], own: Mapping[str, Any]) -> Filled:
    """Complete what is given, in the branch that suits it best.

    A branch of just the given names comes first.
    """
    fits = find_fits(space, given, _PARAMETER)
    found = [_find_own(fit, own) for fit in fits]

    def rank(i: int) -> tuple[bool, int, int]:
        """Larger is better."""
        n_lacking = len(fits[i].branch) - len(given)
        return n_lacking == 0, len(found[i]), -n_lacking

    best = max(range(len(fits)), key=rank)
    known = fits[best].members | found[best]
    branch = fits[best].branch
    params = {n: known[n] if n in known else _find_middle(branch, n) for n in branch}
    return Filled(params, len(found[best]), len(branch) - len(given))


def _find_own(fit: Fit, own: Mapping[str, Any]) -> dict[str, Any]:
    """The estimator's own values of names that are not given, where the branch has them."""
    members = {
        name: find_member(fit.branch, name, own[name])
        for name in fit.branch
        if name in own and name not in fit.members
    }
    return {name: member for name, member in members.items() if member is not ABSENT}


def _find_middle(branch: Branch, name: str) -> Any:
    """Value in the middle of a dimension."""
    dimension = branch[name]
    if isinstance(dimension, Distribution) and not dimension.has_quantiles:
        raise ValueError(
            f"`{_PARAMETER}` must give {name!r} a value, because its distribution, "
            f"{dimension.source!r}, has no `ppf` and so no middle; name the value."
        )
    is_unordered = isinstance(dimension, Categorical) and dimension.kind == "categorical"
    return dimension.decode(0.0 if is_unordered else 0.5)
