"""The first candidates: spread over the space before there is anything to learn from."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from skhpo._surrogate.layout import Domain, Layout, key

Array = NDArray[np.float64]
MAX_INITIAL = 8


def spread(domain: Domain, layout: Layout, rng: np.random.Generator) -> list[Array]:
    """One code more than there are columns at most, all different, the centre first.

    Numbers follow a scrambled Sobol sequence. Levels of categories, branches among
    them, are dealt in a random order, none again before all were.
    """
    n_dims = len(domain.columns)
    n = min(1 + n_dims, MAX_INITIAL)
    U = np.full((n, n_dims), 0.5)
    if n_dims:
        # Sobol sequences are balanced at powers of two only.
        size = 2 ** math.ceil(math.log2(n))
        U[1:] = qmc.Sobol(n_dims, rng=rng).random(size)[: n - 1]
    for column in np.flatnonzero(layout.is_categorical):
        levels = layout.levels[column]
        if levels is not None:
            rounds = -(-n // len(levels))
            dealt = np.concatenate([rng.permutation(levels) for _ in range(rounds)])
            U[:, column] = dealt[:n]
    codes = {key(code): code for code in domain.snap(U)}
    return list(codes.values())
