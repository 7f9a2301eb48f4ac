"""Ranges of numbers: `Float` and `Int`."""

from __future__ import annotations

import math
import numbers
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skhpo._dimensions.domain import (
    Array,
    Dimension,
    Kind,
    check_size,
    distinct,
    even_positions,
    is_number,
    snap_levels,
)

# 10.0 to more than this overflows; log10 of the largest double rounds up to more.
_MAX_EXPONENT = math.nextafter(math.log10(sys.float_info.max), 0.0)


def _draw(dimension: Dimension, size: int | None, random_state: Any) -> Any:
    """Draw by decoding uniform positions: every domain's own rvs."""
    check_size(size)
    rng = check_random_state(random_state)
    if size is None:
        return dimension.decode(float(rng.uniform()))
    return [dimension.decode(float(u)) for u in rng.uniform(size=size)]


def _log_ratio(a: float, b: float) -> float:
    """Logarithm of ``a / b``, where that overflows or is nearly 1 too."""
    return math.log1p((a - b) / b) if a < 2 * b else math.log(a) - math.log(b)


def _check_range(low: Any, high: Any, log: Any, kind: type, noun: str) -> None:
    """Raise on ends of the wrong kind, in the wrong order, or not positive under `log`."""
    for name, value in (("low", low), ("high", high)):
        if not is_number(value, kind):
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

    def contains(self, value: Any) -> bool:
        """Whether a value is a number from `low` to `high`."""
        return is_number(value) and bool(self.low <= value <= self.high)

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a number; beyond the ends is clipped."""
        low, high = float(self.low), float(self.high)
        clipped = min(max(float(value), low), high)
        if self.log:
            return _log_ratio(clipped, low) / _log_ratio(high, low)
        # Halved where high - low overflows; elsewhere halves of the smallest doubles are 0.
        scale = 0.5 if math.isinf(high - low) else 1.0
        return (clipped * scale - low * scale) / (high * scale - low * scale)

    def decode(self, u: float) -> float:
        """Value at position `u` in [0, 1]."""
        low, high = float(self.low), float(self.high)
        # Rounding may miss an end, or leave the range by an ulp.
        if u <= 0.0 or u >= 1.0:
            return low if u <= 0.0 else high
        if self.log:
            # Base 10, in which the decades that people grid over come out exactly.
            first = math.log10(low)
            exponent = first + u * (math.log10(high) - first)
            value = math.pow(10.0, min(exponent, _MAX_EXPONENT))
        else:
            value = (1 - u) * low + u * high
        return min(max(value, low), high)

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

    def _log_scale(self) -> tuple[float, float]:
        """Where the first integer's share begins, and the logarithm of last end over it.

        With ``log1p`` and ``expm1`` of differences, exact in narrow ranges of large integers too.
        """
        start = int(self.low) - 0.5
        return start, math.log1p(self.n_levels / start)

    def contains(self, value: Any) -> bool:
        """Whether a value is an integer from `low` to `high`."""
        return is_number(value, numbers.Integral) and bool(self.low <= value <= self.high)

    def encode(self, value: Any) -> float:
        """Position in [0, 1] of a number; beyond the ends is clipped."""
        # numpy's integers of few bits overflow when subtracted.
        number = int(value) if isinstance(value, numbers.Integral) else float(value)
        clipped = min(max(number, int(self.low)), int(self.high))
        steps = float(clipped - int(self.low)) + 0.5
        if not self.log:
            return steps / self.n_levels
        start, span = self._log_scale()
        return math.log1p(steps / start) / span

    def decode(self, u: float) -> int:
        """Integer whose share holds `u`."""
        if self.log:
            start, span = self._log_scale()
            steps = math.floor(start * math.expm1(u * span))
        else:
            steps = math.floor(u * self.n_levels)
        return int(self.low) + min(max(steps, 0), self.n_levels - 1)

    def snap(self, u: Array) -> Array:
        """Positions of the integers whose shares hold `u`."""
        if not self.log:
            return snap_levels(u, self.n_levels)
        start, span = self._log_scale()
        steps = np.clip(np.floor(start * np.expm1(u * span)), 0, self.n_levels - 1)
        return np.asarray(np.log1p((steps + 0.5) / start) / span)

    def quantiles(self, n: int) -> list[int]:
        """At most `n` integers from `low` to `high`, evenly spaced (in the logarithm)."""
        if n >= self.n_levels:
            return list(range(int(self.low), int(self.high) + 1))
        span = Float(self.low, self.high, log=self.log)
        # The nearest double of an end may be beyond it.
        return distinct(
            min(max(round(value), int(self.low)), int(self.high)) for value in span.quantiles(n)
        )

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
