"""Which dict of a space has what a user wrote, and as which of its values.

given       parameter names and values, as somebody wrote them
member      the value of a dimension that a given one stands for: itself in a range, of a
            choice the item that is equal
fit         a branch that has all names that are given, and their members
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from skhpo._dimensions import Categorical, Dimension, Distribution, Float, Int
from skhpo._dimensions.domain import is_equal, is_number, is_same, key, number_kind
from skhpo._parameters import suggest
from skhpo._space import Array, Branch, Space

ABSENT = object()


@dataclass(frozen=True)
class Fit:
    """A branch that has what is given.

    Parameters
    ----------
    number : int
        Of the branch.
    branch : dict of str to Dimension
        The branch itself.
    members : dict of str to object
        The members of what is given.
    """

    number: int
    branch: Branch
    members: dict[str, Any]


def find_fits(space: Space, given: Mapping[str, Any], parameter: str) -> list[Fit]:
    """Find the branches that have what is given, at least one.

    Raises
    ------
    ValueError
        Naming `parameter`, the name or value that no branch has, and what it has.
    """
    fits, misfits = [], []
    for number, branch in enumerate(space.branches):
        if given.keys() <= branch.keys():
            found = {n: find_member(branch, n, value) for n, value in given.items()}
            wrong = [name for name, member in found.items() if member is ABSENT]
            if wrong:
                misfits.append((branch, wrong))
            else:
                fits.append(Fit(number, branch, found))
    if fits:
        return fits
    if not misfits:
        raise ValueError(_describe_names(space, given, parameter))
    branch, wrong = min(misfits, key=lambda misfit: len(misfit[1]))
    raise ValueError(
        f"`{parameter}` must give {wrong[0]!r} {_describe(branch[wrong[0]])}, got "
        f"{given[wrong[0]]!r}; change the value, or the space so that it has it."
    )


def _describe_names(space: Space, given: Mapping[str, Any], parameter: str) -> str:
    """Say what is wrong with names that no branch has all of."""
    valid = sorted({name for branch in space.branches for name in branch})
    unknown = [name for name in given if name not in valid]
    if not unknown:
        return (
            f"`{parameter}` must have the parameters of one dict of the space, got "
            f"{sorted(given)}; drop those of other dicts: the space has "
            f"{[sorted(branch) for branch in space.branches]}."
        )
    hint = suggest(str(unknown[0]), valid)
    return (
        f"`{parameter}` must have names of the space, which are {valid}, got {unknown[0]!r}; "
        f"rename it, drop it, or add it to the space.{hint}"
    )


def _describe(dimension: Dimension) -> str:
    """Say which values a dimension has."""
    if isinstance(dimension, Categorical):
        return f"one of {list(dimension.choices)!r}"
    noun = "an integer" if dimension.n_levels is not None else "a number"
    if isinstance(dimension, Float | Int):
        return f"{noun} from {dimension.low!r} to {dimension.high!r}"
    return f"{noun} in the support of its distribution"


def find_member(branch: Branch, name: str, value: Any) -> Any:
    """Value of a branch's dimension that `value` stands for; `ABSENT` if none does."""
    dimension = branch[name]
    if not isinstance(dimension, Categorical):
        # What an object with rvs alone may draw is known to nobody.
        is_unknown = isinstance(dimension, Distribution) and not dimension.has_quantiles
        return value if is_unknown or dimension.contains(value) else ABSENT
    choices = list(dimension.choices)
    exact = (choice for choice in choices if is_same(choice, value))
    # Names that the branch sets itself, whatever the choice has there.
    set_names = [n.removeprefix(f"{name}__") for n in branch if n.startswith(f"{name}__")]
    is_ordered = dimension.kind == "ordinal"
    alike = (c for c in choices if _is_choice(c, value, is_ordered, set_names))
    return next(exact, next(alike, ABSENT))


def _is_choice(choice: Any, value: Any, is_ordered: bool, set_names: Collection[str]) -> bool:
    """Whether a value of another type or identity stands for a choice.

    Where choices have no order, 1, 1.0 and True are three: as ``max_features``, 1 is a
    count and 1.0 a share.
    """
    if _is_estimator(choice):
        return _has_same_params(choice, value, set_names)
    is_kind = is_ordered or number_kind(choice) is number_kind(value)
    return is_kind and is_equal(choice, value)


def _is_estimator(value: Any) -> bool:
    """Whether a value has parameters of its own."""
    return hasattr(value, "get_params") and not isinstance(value, type)


def _has_same_params(choice: Any, value: Any, set_names: Collection[str]) -> bool:
    """Whether two estimators are of one class with equal parameters, `set_names` aside."""
    if type(choice) is not type(value):
        return False
    mine, theirs = (
        {n: v for n, v in e.get_params().items() if not _is_below(n, set_names)}
        for e in (choice, value)
    )
    return mine.keys() == theirs.keys() and all(_is_alike(mine[n], theirs[n]) for n in mine)


def _is_below(name: str, set_names: Collection[str]) -> bool:
    """Whether a parameter is one of `set_names`, or of an estimator among them."""
    return any(name == n or name.startswith(f"{n}__") for n in set_names)


def _is_alike(a: Any, b: Any) -> bool:
    """Whether two parameters are equal; estimators by class, since deep names tell the rest."""
    if _is_estimator(a):
        return type(a) is type(b)
    if isinstance(a, list | tuple):
        same_size = type(a) is type(b) and len(a) == len(b)
        return same_size and all(map(_is_alike, a, b))
    return is_same(a, b)


def encode_each(space: Space, params: Mapping[str, Any], parameter: str) -> list[Array]:
    """Codes of a candidate in every branch that has it, shape (n_columns,) each.

    Raises
    ------
    ValueError
        If no branch has just these names and these values.
    """
    fits = [fit for fit in find_fits(space, params, parameter) if len(fit.branch) == len(params)]
    if not fits:
        raise ValueError(
            f"`{parameter}` must have all parameters of a dict of the space, got "
            f"{sorted(params)}; the space has {[sorted(branch) for branch in space.branches]}."
        )
    return [space.encode(fit.members, fit.number) for fit in fits]


def find_cell(space: Space, params: Mapping[str, Any]) -> int:
    """Index of a candidate among the cells of a space of lists: the first, if it repeats."""
    number = space.find_branch(params)
    positions = {
        name: list(map(key, dimension.quantiles(1))).index(key(params[name]))
        for name, dimension in space.branches[number].items()
    }
    return space.cells.find(number, positions)


def identify(space: Space, params: Mapping[str, Any]) -> frozenset[tuple[str, Hashable]]:
    """Identity of a candidate: choices by type and value, numbers of ranges by value."""
    branch = space.branches[space.find_branch(params)]
    return frozenset((name, key(_plain(branch[name], v))) for name, v in params.items())


def _plain(dimension: Dimension, value: Any) -> Any:
    """A number of a range as Python's own, whatever wrote it."""
    if isinstance(dimension, Categorical) or not is_number(value):
        return value
    return float(value) if dimension.n_levels is None else int(value)
