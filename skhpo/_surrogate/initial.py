"""The first candidates: spread over the space before there is anything to learn from."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from skhpo._surrogate.layout import Domain, Layout, key

Array = NDArray[np.float64]

# However many columns there are, the model begins here: it makes more of a trial than the
# design does.
MAX_INITIAL = 8
# Share of a range at either end that the design leaves out: see interior.py.
MARGIN = 0.12


def spread(domain: Domain, layout: Layout, rng: np.random.Generator) -> list[Array]:
    """One code more than there are columns, `MAX_INITIAL` at most, all different.

    The centre comes first. Numbers follow a scrambled Sobol sequence over the inner part of
    their ranges. Levels of categories, branches among them, are dealt in a random order,
    none again before all were.
    """
    n_dims = len(domain.columns)
    n = min(1 + n_dims, MAX_INITIAL)
    U = np.full((n, n_dims), 0.5)
    if n_dims:
        # Sobol sequences are balanced at powers of two only.
        size = 2 ** math.ceil(math.log2(n))
        U[1:] = qmc.Sobol(n_dims, rng=rng).random(size)[: n - 1]
        U[1:] = MARGIN + (1.0 - 2.0 * MARGIN) * U[1:]
    for column in np.flatnonzero(layout.is_categorical):
        levels = layout.levels[column]
        if levels is not None:
            rounds = -(-n // len(levels))
            dealt = np.concatenate([rng.permutation(levels) for _ in range(rounds)])
            U[:, column] = dealt[:n]
    codes = {key(code): code for code in domain.snap(U)}
    return list(codes.values())
