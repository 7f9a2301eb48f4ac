"""The first candidates: spread over the space before there is anything to learn from."""

from __future__ import annotations

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
# Codes of the sequence: the design, and what goes on while nothing was told to many workers.
N_SPREAD = 64


def count_initial(n_dims: int) -> int:
    """How many codes the model wants first: one more than there are columns, or eight."""
    return min(1 + n_dims, MAX_INITIAL)


def spread(domain: Domain, layout: Layout, rng: np.random.Generator) -> list[Array]:
    """`N_SPREAD` codes at most, all different; the first of them are spread as well as all.

    The centre comes first. Numbers follow a scrambled Sobol sequence over the inner part of
    their ranges. Levels of categories, branches among them, are dealt in a random order,
    none again before all were.
    """
    n_dims = len(domain.columns)
    U = np.full((N_SPREAD, n_dims), 0.5)
    if n_dims:
        sobol = qmc.Sobol(n_dims, rng=rng).random(N_SPREAD)
        U[1:] = MARGIN + (1.0 - 2.0 * MARGIN) * sobol[:-1]
    for column in np.flatnonzero(layout.is_categorical):
        levels = layout.levels[column]
        if levels is not None:
            rounds = -(-N_SPREAD // len(levels))
            dealt = np.concatenate([rng.permutation(levels) for _ in range(rounds)])
            U[:, column] = dealt[:N_SPREAD]
    codes = {key(code): code for code in domain.snap(U)}
    return list(codes.values())
