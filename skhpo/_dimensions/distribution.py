"""Objects with ``rvs``, such as scipy's frozen distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import stats

from skhpo._dimensions.domain import Array, Kind, distinct, even_positions, is_number, is_same

# The nearest doubles inside (0, 1): at 0 and 1 themselves the quantile function of an
# unbounded distribution is infinite, and that of a discrete one is below its support.
U_MIN, U_MAX = 2.0**-53, 1.0 - 2.0**-53


@dataclass(frozen=True, eq=False)
class Distribution:
    """Any object with ``rvs``, such as a frozen scipy distribution, in a description.

    Without ``cdf`` and ``ppf`` it can be drawn from, and nothing else.
    """

    source: Any

    def __eq__(self, other: object) -> bool:
        """Whether the source is the same object, or frozen with the same arguments."""
        if not isinstance(other, Distribution):
            return False
        mine, theirs = self.source, other.source
        if not hasattr(mine, "dist") or not hasattr(theirs, "dist"):
            return mine is theirs
        # Every frozen distribution has a copy of its family. Only of scipy's named families do
        # the arguments say all: histograms and lists of values have theirs inside.
        family: Any = getattr(stats, mine.dist.name, None)
        return mine is theirs or (
            type(mine.dist) is type(theirs.dist) is type(family)
            and mine.dist.name == theirs.dist.name
            and is_same(mine.args, theirs.args)
            and is_same(mine.kwds, theirs.kwds)
        )

    def __hash__(self) -> int:
        """Hash of what equality always compares."""
        return hash(type(self.source))

    @property
    def has_quantiles(self) -> bool:
        """Whether values can be encoded and decoded."""
        return hasattr(self.source, "cdf") and hasattr(self.source, "ppf")

    @cached_property
    def _is_discrete(self) -> bool:
        """Whether values have probabilities of their own; scipy's are then integers."""
        return hasattr(self.source, "pmf")

    @cached_property
    def support(self) -> tuple[float, float]:
        """Least and greatest value; infinite where unknown."""
        if not hasattr(self.source, "support"):
            return -math.inf, math.inf
        low, high = self.source.support()
        return float(low), float(high)

    @property
    def _is_bounded(self) -> bool:
        """Whether both ends are finite."""
        return all(map(math.isfinite, self.support))

    @property
    def kind(self) -> Kind:
        """Either "ordinal" for a discrete one of bounded support, or "continuous"."""
        return "continuous" if self.n_levels is None else "ordinal"

    @property
    def n_levels(self) -> int | None:
        """Number of integers in the support of a discrete one, if bounded."""
        if not self._is_discrete or not self._is_bounded:
            return None
        low, high = self.support
        return int(high - low) + 1

    def contains(self, value: Any) -> bool:
        """Whether a value is a number in the support; of a discrete one, an integer."""
        low, high = self.support
        if not is_number(value) or (self._is_discrete and value != round(value)):
            return False
        return bool(low <= value <= high)

    def encode(self, value: Any) -> float:
        """Cumulative probability of a value; of a level, that of its middle."""
        upper = float(self.source.cdf(value))
        lower = float(self.source.cdf(value - 1)) if self._is_discrete else upper
        return min(max((lower + upper) / 2, 0.0), 1.0)

    def decode(self, u: float) -> Any:
        """Quantile, a finite number for any u in [0, 1]."""
        value = float(self.source.ppf(self._inside(u)))
        return round(value) if self._is_discrete else value

    def _inside(self, u: Any) -> Any:
        """Clip to the positions whose quantiles are values."""
        if self._is_bounded and not self._is_discrete:
            return np.clip(u, 0.0, 1.0)
        return np.clip(u, U_MIN, U_MAX)

    def snap(self, u: Array) -> Array:
        """Positions of the quantiles of `u`: only a discrete one moves them."""
        inside = self._inside(u)
        if not self._is_discrete:
            return np.asarray(inside)
        values = self.source.ppf(inside)
        return np.asarray((self.source.cdf(values - 1) + self.source.cdf(values)) / 2)

    def quantiles(self, n: int) -> list[Any]:
        """At most `n` values at even quantiles, ends included where both are finite."""
        if self.n_levels is not None and n >= self.n_levels:
            low = round(self.support[0])
            return [k for k in range(low, low + self.n_levels) if self.source.pmf(k) > 0]
        positions = even_positions(n, closed=self._is_bounded)
        return distinct(self.decode(float(u)) for u in positions)

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draw as scikit-learn does: what the source gives for a ``RandomState``."""
        if size is None:
            return self.source.rvs(random_state=random_state)
        return self.source.rvs(size=size, random_state=random_state)
