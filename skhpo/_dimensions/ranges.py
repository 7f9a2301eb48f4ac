"""Ranges of numbers: `Float` and `Int`."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skhpo._dimensions.domain import (
    Array,
    Dimension,
    Kind,
    distinct,
    even_positions,
    snap_levels,
)


def _draw(dimension: Dimension, size: int | None, random_state: Any) -> Any:
    """Draw by decoding uniform positions: every domain's own rvs."""
    rng = check_random_state(random_state)
    if size is None:
        return dimension.decode(float(rng.uniform()))
    return [dimension.decode(float(u)) for u in rng.uniform(size=size)]


def _is_finite(value: Any, kind: type[Any]) -> bool:
    """Whether `value` is a finite number of `kind`, and not a bool."""
    return (
        isinstance(value, kind) and not isinstance(value, bool) and bool(np.isfinite(float(value)))
    )


def _check_range(low: Any, high: Any, log: Any, kind: type, noun: str) -> None:
    """Raise on ends of the wrong kind, in the wrong order, or not positive under `log`."""
    for name, value in (("low", low), ("high", high)):
        if not _is_finite(value, kind):
            raise TypeError(
                f"`{name}` must be a finite {noun}, got {name}={value!r}; "
                f"pass a number such as {name}=1."
            )
    if not isinstance(log, bool | np.bool_):
        raise TypeError(f"`log` must be True or False, got log={log!r}; pass log=True.")
    if low >= high:
        raise ValueError(
            f"`low` must be below `high`, got low={low!r}, high={high!r}; "
            + ("swap them." if low > high else "a list of one value keeps a parameter fixed.")
        )
    if log and low <= 0:
        raise ValueError(
            f"`low` must be positive when log=True, got low={low!r}; "
            "raise `low` above 0 or pass log=False."
        )


@dataclass(frozen=True)
class Float:
    """A range of floats, uniform or uniform in the logarithm.

    Parameters
    ----------
    low, high : float
        Ends of the range, both included; ``low < high``.
    log : bool, default=False
        Whether the logarithm is uniform; needs ``low > 0``.

    Raises
    ------
    TypeError
        If an end is not a finite number, or `log` not a bool.
    ValueError
        If ``low >= high``, or ``low <= 0`` with ``log=True``.

    Examples
    --------
    >>> from skhpo import Float
    >>> Float(1e-4, 1e-1, log=True).rvs(random_state=0)
    0.0044...
    """

    low: float
    high: float
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the ends."""
        _check_range(self.low, self.high, self.log, numbers.Real, "number")

    @property
    def kind(self) -> Kind:
        """Always "continuous"."""
        return "continuous"

    @property
    def n_levels(self) -> None:
        """Always None: infinitely many values."""
        return None

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a number; beyond the ends is clipped."""
        clipped = min(max(float(value), self.low), self.high)
        if self.log:
            return math.log(clipped / self.low) / math.log(self.high / self.low)
        # Halved, because high - low overflows for ends near the largest double.
        return (clipped / 2 - self.low / 2) / (self.high / 2 - self.low / 2)

    def decode(self, u: float) -> float:
        """Value at position `u` in [0, 1]."""
        if self.log:
            # Base 10, in which the decades that people grid over come out exactly.
            value = 10.0 ** ((1 - u) * math.log10(self.low) + u * math.log10(self.high))
        else:
            value = (1 - u) * self.low + u * self.high
        # Rounding may leave the range by an ulp, or miss an end.
        if u <= 0.0 or value < self.low:
            value = self.low
        elif u >= 1.0 or value > self.high:
            value = self.high
        return float(value)

    def snap(self, u: Array) -> Array:
        """Every position is a value's."""
        return np.clip(u, 0.0, 1.0)

    def quantiles(self, n: int) -> list[float]:
        """`n` values at even quantiles from `low` to `high`."""
        return [self.decode(float(u)) for u in even_positions(n, closed=True)]

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draw one float, or a list of `size`.

        Parameters
        ----------
        size : int or None, default=None
            Number of draws; None returns one value instead of a list.
        random_state : int, RandomState or None, default=None
            Source of the draws.

        Returns
        -------
        value : float, or list of float
        """
        return _draw(self, size, random_state)


@dataclass(frozen=True)
class Int:
    """A range of integers, both ends included.

    Parameters
    ----------
    low, high : int
        Ends of the range, both included; ``low < high``.
    log : bool, default=False
        Whether the logarithm is uniform: n is drawn in proportion to
        ``log((n + .5) / (n - .5))``; needs ``low > 0``.

    Raises
    ------
    TypeError
        If an end is not an integer, or `log` not a bool.
    ValueError
        If ``low >= high``, or ``low <= 0`` with ``log=True``.

    Examples
    --------
    >>> from skhpo import Int
    >>> Int(1, 6).rvs(size=3, random_state=0)
    [4, 5, 4]
    """

    low: int
    high: int
    log: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Check the ends."""
        _check_range(self.low, self.high, self.log, numbers.Integral, "integer")

    @property
    def kind(self) -> Kind:
        """Always "ordinal"."""
        return "ordinal"

    @property
    def n_levels(self) -> int:
        """Number of integers in the range."""
        return int(self.high) - int(self.low) + 1

    def _edges(self) -> tuple[float, float]:
        """Ends of the shares of the first and the last integer, in the logarithm."""
        return math.log(self.low - 0.5), math.log(self.high + 0.5)

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a number; beyond the ends is clipped."""
        clipped = min(max(value, self.low), self.high)
        if self.log:
            first, last = self._edges()
            return (math.log(clipped) - first) / (last - first)
        return (float(clipped - self.low) + 0.5) / self.n_levels

    def decode(self, u: float) -> int:
        """Integer whose share holds `u`."""
        if self.log:
            first, last = self._edges()
            value = math.floor(math.exp((1 - u) * first + u * last) + 0.5)
        else:
            value = int(self.low) + math.floor(u * self.n_levels)
        return int(min(max(value, self.low), self.high))

    def snap(self, u: Array) -> Array:
        """Positions of the integers whose shares hold `u`."""
        if not self.log:
            return snap_levels(u, self.n_levels)
        first, last = self._edges()
        values = np.floor(np.exp(first + u * (last - first)) + 0.5)
        values = np.clip(values, self.low, self.high)
        return np.asarray((np.log(values) - first) / (last - first))

    def quantiles(self, n: int) -> list[int]:
        """At most `n` integers from `low` to `high`, evenly spaced (in the logarithm)."""
        if n >= self.n_levels:
            return list(range(int(self.low), int(self.high) + 1))
        span = Float(self.low, self.high, log=self.log)
        return distinct(round(value) for value in span.quantiles(n))

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draw one integer, or a list of `size`.

        Parameters
        ----------
        size : int or None, default=None
            Number of draws; None returns one value instead of a list.
        random_state : int, RandomState or None, default=None
            Source of the draws.

        Returns
        -------
        value : int, or list of int
        """
        return _draw(self, size, random_state)
