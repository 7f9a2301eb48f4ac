"""Where a parameter's values stand on an axis: numbers, on a logarithm or not, or levels.

place       coordinate on the axis: the number itself, or that of the level
height      place from 0 to 1, for axes that stand side by side
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhpo._dimensions import Categorical, Dimension, Float, Int
from skhpo._display.drawing import escape, show_values
from skhpo._history import History
from skhpo._members import ABSENT, find_member
from skhpo._parameters import suggest

Array = NDArray[np.float64]

# An axis of more levels names some of them.
_MAX_LABELS = 10
# From three decades on, powers of ten are enough to read an axis by.
_WIDE = 1000.0


@dataclass(frozen=True)
class Scale:
    """Axis of one parameter.

    Parameters
    ----------
    name : str
        The parameter.
    low, high : float
        Ends; of levels, half a level beyond the first and the last.
    is_log : bool
        Whether numbers stand by their logarithm.
    levels : tuple of object, or None
        Values in their order; None for numbers.
    dimensions : tuple of Dimension
        Those of the branches that have the parameter.
    """

    name: str
    low: float
    high: float
    is_log: bool
    levels: tuple[Any, ...] | None
    dimensions: tuple[Dimension, ...]

    def place(self, value: Any) -> float:
        """Place of a value; nan where it is none of the levels."""
        if self.levels is None:
            return float(value)
        for dimension in self.dimensions:
            member = find_member({self.name: dimension}, self.name, value)
            if member is not ABSENT:
                return float(self._find(member))
        return float("nan")

    def _find(self, member: Any) -> int:
        """Number of a level."""
        return next(
            i for i, level in enumerate(self.levels or ()) if level is member or _is(level, member)
        )

    def height(self, place: float) -> float:
        """Place from 0 to 1."""
        if self.is_log:
            return float(np.log(place / self.low) / np.log(self.high / self.low))
        return (place - self.low) / (self.high - self.low)

    @cached_property
    def labels(self) -> list[str]:
        """Names of the levels."""
        return [escape(text) for text in show_values(self.levels or ())]

    @property
    def is_integer(self) -> bool:
        """Whether numbers are all integers."""
        return self.levels is None and all(d.n_levels is not None for d in self.dimensions)

    def ticks(self) -> tuple[list[float], list[str]]:
        """Places to name, and their names."""
        from matplotlib.ticker import LogLocator, MaxNLocator

        if self.levels is not None:
            step = -(-len(self.levels) // _MAX_LABELS)
            shown = range(0, len(self.levels), step)
            return [float(i) for i in shown], [self.labels[i] for i in shown]
        places: list[float] = []
        if self.is_log:
            steps = (1.0,) if self._is_wide else (1.0, 2.0, 5.0)
            places = self._within(LogLocator(subs=steps, numticks=6))
        if len(places) < 2:
            places = self._within(MaxNLocator(4, integer=self.is_integer))
        return places, [_show_number(place) for place in places]

    @property
    def _is_wide(self) -> bool:
        """Whether powers of ten are enough to read a logarithmic axis by."""
        return self.high / self.low >= _WIDE

    def _within(self, locator: Any) -> list[float]:
        """Ticks of a locator that are on the axis."""
        ticks = locator.tick_values(self.low, self.high)
        return [float(tick) for tick in ticks if self.low <= tick <= self.high]

    def grid(self, n: int) -> list[Any]:
        """Values evenly over the axis: `n` numbers, or all levels."""
        if self.levels is not None:
            return list(self.levels)
        ends = self.low, self.high
        values = np.geomspace(*ends, n) if self.is_log else np.linspace(*ends, n)
        if self.is_integer:
            return [int(v) for v in np.unique(np.round(values))]
        return [float(v) for v in np.clip(values, *ends)]

    def set_on(self, axis: Any, ax: Any) -> None:
        """Give an axis of matplotlib, "x" or "y", the scale and its ticks."""
        set_scale, set_limits = getattr(ax, f"set_{axis}scale"), getattr(ax, f"set_{axis}lim")
        set_ticks = getattr(ax, f"set_{axis}ticks")
        if self.levels is None:
            set_scale("log" if self.is_log else "linear")
        # Between few powers of ten, matplotlib's own labels run into each other.
        if self.levels is not None or (self.is_log and not self._is_wide):
            set_ticks(*self.ticks())
            set_ticks([], minor=True)
        set_limits(self.low, self.high)


def _show_number(number: float) -> str:
    """Short text of a number."""
    if number == 0.0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:g}"
    digits, exponent = f"{number:.0e}".split("e")
    return f"{digits}e{int(exponent)}"


def _is(a: Any, b: Any) -> bool:
    """Whether two levels are one."""
    try:
        return type(a) is type(b) and bool(a == b)
    except (TypeError, ValueError):
        return False


def make_scale(history: History, name: str) -> Scale:
    """Scale of a parameter, over all branches that have it.

    Raises
    ------
    ValueError
        If no branch has it.
    """
    dimensions = [branch[name] for branch in history.space.branches if name in branch]
    if not dimensions:
        known = sorted({n for branch in history.space.branches for n in branch})
        steps = [full for full in known if full.rpartition("__")[2] == name]
        hint = f" Did you mean {steps[0]!r}?" if steps else suggest(name, known)
        raise ValueError(
            f"`parameters` must be of the space, {known}, got {name!r}; name one.{hint}"
        )
    if any(isinstance(dimension, Categorical) for dimension in dimensions):
        levels = _levels(dimensions)
        return Scale(name, -0.5, len(levels) - 0.5, False, levels, tuple(dimensions))
    values = [float(t.params[name]) for t in history.trials if name in t.params]
    ends = [_ends(dimension) for dimension in dimensions]
    low = min([*values, *(end[0] for end in ends)])
    high = max([*values, *(end[1] for end in ends)])
    is_log = low > 0.0 and all(map(_is_log, dimensions))
    return Scale(name, low, high, is_log, None, tuple(dimensions))


def _levels(dimensions: Sequence[Dimension]) -> tuple[Any, ...]:
    """Values of all dimensions, each once; ranges beside choices at their quantiles."""
    levels: list[Any] = []
    for dimension in dimensions:
        n = dimension.n_levels or 5
        values = [dimension.decode((i + 0.5) / n) for i in range(n)]
        levels += [v for v in values if not any(level is v or _is(level, v) for level in levels)]
    return tuple(levels)


def _ends(dimension: Dimension) -> tuple[float, float]:
    """Ends of a range, or where most of a distribution is."""
    if isinstance(dimension, Float | Int):
        return float(dimension.low), float(dimension.high)
    return float(dimension.decode(0.01)), float(dimension.decode(0.99))


def _is_log(dimension: Dimension) -> bool:
    """Whether the logarithm of values is more even than they are."""
    if isinstance(dimension, Float | Int):
        return bool(dimension.log)
    low, middle, high = (float(dimension.decode(u)) for u in (0.05, 0.5, 0.95))
    # Over less than a decade it makes little difference, and steps of integers decide.
    if low <= 0.0 or high < 10.0 * low:
        return False
    by_ratio = np.log(middle / low) / np.log(high / low)
    return bool(abs(by_ratio - 0.5) < abs((middle - low) / (high - low) - 0.5))


def varying(history: History) -> list[str]:
    """Names of the parameters that do not have one value in all branches."""
    names = sorted({name for branch in history.space.branches for name in branch})
    return [name for name in names if _varies(history, name)]


def _varies(history: History, name: str) -> bool:
    """Whether a parameter has several values, or is absent from some branches."""
    branches = history.space.branches
    scale_of = [branch[name] for branch in branches if name in branch]
    if any(dimension.n_levels != 1 for dimension in scale_of):
        return True
    return len(scale_of) < len(branches) or len(_levels(scale_of)) > 1
