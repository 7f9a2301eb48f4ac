"""Which trials the model sees, so that a suggestion's cost stops growing with their number.

n           number of told trials
z           their warped scores, shape (n,), larger is better

A Gaussian process of n trials costs n**3 to fit and n**2 for each candidate. Beyond
`MAX_MODELLED` trials it sees a subset of data: where the best are matters most, and the
bad ones are many and alike. Hyper-parameters are found from fewer still, and found again
when the trials have grown by a share of `1 / N_REFITS`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A suggestion takes 40 ms at most with these (benchmarks/surrogate/cost.py).
MAX_MODELLED = 200
MAX_FITTED = 100
N_REFITS = 25


def choose_modelled(z: Array, n_max: int) -> NDArray[np.intp]:
    """Rows of `n_max` trials, ascending: half the best, half evenly through the others' ranks."""
    if len(z) <= n_max:
        return np.arange(len(z))
    ranked = np.argsort(-z, kind="stable")
    n_best = n_max // 2
    # Both ends are taken: the next best, and the worst.
    spaced = np.linspace(n_best, len(z) - 1, n_max - n_best)
    return np.sort(np.append(ranked[:n_best], ranked[np.round(spaced).astype(np.intp)]))


def count_fitted(n: int) -> int:
    """Of `n` told trials, how many the hyper-parameters are found from."""
    if n <= MAX_FITTED:
        return n
    return n - n % max(n // N_REFITS, 1)
