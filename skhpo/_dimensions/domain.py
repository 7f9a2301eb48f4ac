"""One hyper-parameter's domain: draw from it, encode it to [0, 1], decode it.

value       what an estimator gets
u           position in [0, 1]: the share of the domain's probability below the value;
            a level of a discrete domain stands in the middle of its share
level       one value of a discrete domain, numbered from 0 in the order of `u`
kind        "continuous": any u is a value; "ordinal": levels in an order;
            "categorical": levels without one

A value that the user gave is never replaced by decoding its code: ``norm.ppf(norm.cdf(9))``
is infinite, so `encode` may lose what lies in far tails and candidates keep their own values.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from skhpo.exceptions import InvalidParameterError

Array = NDArray[np.float64]
Kind = Literal["continuous", "ordinal", "categorical"]


class Dimension(Protocol):
    """What the space asks of a domain."""

    @property
    def kind(self) -> Kind:
        """Whether any u is a value, or levels have an order, or none."""

    @property
    def n_levels(self) -> int | None:
        """Number of distinct values; None when there are infinitely many."""

    def contains(self, value: Any) -> bool:
        """Whether the domain has a value."""

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a value."""

    def decode(self, u: float) -> Any:
        """Value at a position in [0, 1]."""

    def snap(self, u: Array) -> Array:
        """Positions of the values that `u` decodes to, element by element."""

    def quantiles(self, n: int) -> list[Any]:
        """At most `n` distinct values at even quantiles, ends included where they are finite."""

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """One value, or a list of `size`; `random_state` as scikit-learn takes it."""


def even_positions(n: int, closed: bool) -> Array:
    """`n` even quantiles, from 0 to 1 where both ends are values, else midpoints."""
    if closed and n > 1:
        # Each rounded once, unlike linspace's, so that decades of a range come out exactly.
        return np.arange(n) / (n - 1)
    return (np.arange(n) + 0.5) / n


def snap_levels(u: Array, n_levels: int) -> Array:
    """Move positions to the middle of their one of `n_levels` even shares."""
    return (np.clip(np.floor(u * n_levels), 0, n_levels - 1) + 0.5) / n_levels


def check_size(size: Any) -> None:
    """Raise on what is no number of draws."""
    is_count = isinstance(size, numbers.Integral) and not isinstance(size, bool)
    if size is not None and not (is_count and size >= 0):
        raise InvalidParameterError(
            f"`size` must be an integer of at least 0 or None, got size={size!r}; size=3 draws "
            "three values."
        )


def distinct(values: Iterable[Any]) -> list[Any]:
    """Values in order without repeats, the first of equal ones kept."""
    first: dict[Hashable, Any] = {}
    for value in values:
        first.setdefault(key(value), value)
    return list(first.values())


def key(value: Any) -> Hashable:
    """Key by which choices are told apart: 1, 1.0 and True differ; unhashable ones by identity."""
    if is_nan(value):
        # An array makes another nan object each time it is asked for one.
        return (type(value), "nan")
    try:
        hash(value)
    except TypeError:
        return ("identity", id(value))
    return (type(value), value)


def is_number(value: Any, kind: type[Any] = numbers.Real) -> bool:
    """Whether `value` is a finite number of `kind`, and not a bool."""
    if not isinstance(value, kind) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int above the largest double
        return False


def is_nan(value: Any) -> bool:
    """Whether `value` is a float, of Python or numpy, that is not a number."""
    return isinstance(value, float | np.floating) and bool(np.isnan(value))


def is_equal(a: Any, b: Any) -> bool:
    """Whether two values are equal; False where they cannot be compared."""
    if a is b or (is_nan(a) and is_nan(b)):
        return True
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.all(a == b))
    try:
        return bool(a == b)
    except (TypeError, ValueError):
        return False


def is_same(a: Any, b: Any) -> bool:
    """Whether two values are of one type and equal."""
    return type(a) is type(b) and is_equal(a, b)


def number_kind(value: Any) -> type | None:
    """Whether a value is a bool, an integer, another number, or none."""
    if isinstance(value, bool | np.bool_):
        return bool
    if isinstance(value, numbers.Integral):
        return int
    return float if isinstance(value, numbers.Real) else None


def is_copy(a: Any, b: Any) -> bool:
    """Whether one value is the other, or a copy of it as a file or a process gives it.

    Numbers are copies of equal ones of their kind; containers, arrays and estimators are, where
    their parts are. What has no equality of its own is, by type and name, because nobody can tell.
    """
    if a is b:
        return True
    if number_kind(a) is not number_kind(b):
        return False
    mine, theirs = _parts(a), _parts(b)
    if mine is not None and theirs is not None:
        same_names = type(a) is type(b) and mine.keys() == theirs.keys()
        return same_names and all(is_copy(mine[name], theirs[name]) for name in mine)
    if is_equal(a, b):
        return True
    has_name = getattr(a, "__qualname__", None) == getattr(b, "__qualname__", None)
    return type(a) is type(b) and has_name and not _has_equality(a)


def _has_equality(value: Any) -> bool:
    """Whether a class says when its objects are equal."""
    own: Any = type(value).__eq__
    return own is not object.__eq__


def _parts(value: Any) -> Mapping[Any, Any] | None:
    """Parts of a value by name or place; None where it is seen as a whole."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    if isinstance(value, np.ndarray):
        return {"shape": value.shape, **dict(enumerate(value.ravel().tolist()))}
    if hasattr(value, "get_params") and not isinstance(value, type):
        parts: dict[str, Any] = value.get_params(deep=False)
        return parts
    return None
