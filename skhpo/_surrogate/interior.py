"""Where an optimum is expected before anything is known: away from the ends of ranges.

U           codes of candidates, shape (n, n_dims); nan where inactive
b(u)        EDGE + 4 u (1 - u): 1 + EDGE in the middle of a range, EDGE at its ends
weight      STRENGTH / number of trials so far

Whoever gives a range from 1e-4 to 1e4 does not expect the best value to be 1e-4; but of a
range of which nothing is known, the ends, and the corners of many ranges most, are where a
Gaussian process is least certain, and so where expected improvement goes first. A user's
belief multiplies it here as in [1]_, with a weight that falls as trials speak: the
acquisition times the product over numbers of b(u) to the power of `weight`.

References
----------
.. [1] Hvarfner, Stoll, Souza, Lindauer, Hutter, Nardi (2022). PiBO: augmenting acquisition
   functions with user beliefs for Bayesian optimization. ICLR, equation 6.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.kernels import Index

Array = NDArray[np.float64]

STRENGTH = 12.0
# The end of a range is 21 times less likely than its middle, before the weight.
EDGE = 0.05


@dataclass(frozen=True)
class Interior:
    """Belief that optima lie inside of ranges.

    Parameters
    ----------
    numbers : ndarray of int
        Columns that are numbers.
    weight : float
        Power of the belief, not negative.
    """

    numbers: Index
    weight: float

    def log_belief(self, U: Array) -> Array:
        """Weighted logarithm of the belief, shape (n,)."""
        return np.asarray(self.weight * np.log(_belief(U[:, self.numbers])).sum(axis=1))

    def slopes(self, U: Array) -> tuple[Array, Array]:
        """Weighted logarithms, and derivatives by U of shape (n, n_dims)."""
        u = U[:, self.numbers]
        belief = _belief(u)
        by_U = np.zeros_like(U)
        by_U[:, self.numbers] = self.weight * np.where(
            np.isnan(u), 0.0, 4.0 * (1.0 - 2.0 * u) / belief
        )
        return self.weight * np.log(belief).sum(axis=1), by_U


def _belief(u: Array) -> Array:
    """b(u); where inactive as in the middle, so that branches of many columns lose nothing."""
    inside = np.where(np.isnan(u), 0.5, u)
    return np.asarray(EDGE + 4.0 * inside * (1.0 - inside))


def make_interior(n_levels: tuple[int, ...], n_trials: int) -> Interior:
    """Belief after `n_trials` trials, told or pending; `n_levels` is 0 for numbers."""
    numbers = np.array([c for c, n in enumerate(n_levels) if not n], dtype=np.intp)
    return Interior(numbers, STRENGTH / max(n_trials, 1))
