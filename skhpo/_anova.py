"""Functional analysis of variance of draws of a function on one branch of a space.

u           codes of the columns that vary, shape (n, n_columns), independent of each other
phi         a basis of a column: functions of its code, of mean 0, orthonormal over the space
effect      the part of a function that the products of one column's basis, or of a pair's,
            span; effects are uncorrelated, so that their variances add up [1]_
F           draws of the function at codes, shape (n_draws, n)

A draw is regressed on the basis, all draws at once; an effect's variance is the sum of its
squared coefficients. What no effect of one or two columns has is left: effects of three
columns, of pairs that are left out, and detail finer than the basis.

References
----------
.. [1] Hutter, Hoos, Leyton-Brown (2014). An efficient approach for assessing
   hyperparameter importance. ICML, section 3.
.. [2] Sudret (2008). Global sensitivity analysis using polynomial chaos expansions.
   Reliability Engineering and System Safety 93: variances from the coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import legvander
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Degrees of a column's own effect, and of its part in a pair's: with them, what is left of a
# Gaussian bump a quarter of the range wide is below 1 % of its variance.
DEGREE, PAIR_DEGREE = 8, 4
# Positions at which a column's distribution is seen.
_N_POSITIONS = 1024


@dataclass(frozen=True)
class Basis:
    """Orthonormal functions of one column.

    Parameters
    ----------
    levels : ndarray of shape (n_levels,), or None
        Codes of a category's levels; None for a number.
    weights : ndarray of shape (n_functions + 1, n_functions)
        Raw functions to orthonormal ones.
    """

    levels: Array | None
    weights: Array

    @property
    def n_functions(self) -> int:
        """Number of functions."""
        return int(self.weights.shape[1])

    def evaluate(self, u: Array) -> Array:
        """Functions at codes, shape (n, n_functions)."""
        return np.asarray(_raw(u, self.levels, self.weights.shape[0] - 1) @ self.weights)


def make_basis(u: Array, is_categorical: bool, degree: int) -> Basis:
    """Basis of a column whose codes are distributed as those of `u`, shape (n,).

    All functions of a category's levels, polynomials up to `degree` of a number.
    """
    distinct = np.unique(u)
    n_functions = len(distinct) - 1 if is_categorical else min(degree, len(distinct) - 1)
    levels = distinct if is_categorical else None
    raw = _raw(u, levels, n_functions)
    R = np.linalg.qr(raw, mode="r")
    return Basis(levels, np.sqrt(len(u)) * np.linalg.inv(R)[:, 1:])


def _raw(u: Array, levels: Array | None, n_functions: int) -> Array:
    """A constant and `n_functions` more, shape (n, n_functions + 1)."""
    if levels is None:
        return np.asarray(legvander(2.0 * u - 1.0, n_functions))
    nearest = np.abs(u[:, np.newaxis] - levels).argmin(axis=1)
    hot = np.eye(len(levels))[nearest]
    hot[:, 0] = 1.0
    return np.asarray(hot)


@dataclass(frozen=True)
class Effects:
    """Variances of draws, and of their effects.

    Parameters
    ----------
    mean, total : ndarray of shape (n_draws,)
        Mean and variance of each draw.
    single : ndarray of shape (n_columns, n_draws)
        Variances of the columns' own effects.
    pairs : dict of (int, int) to ndarray of shape (n_draws,)
        Variances of the effects of pairs.
    """

    mean: Array
    total: Array
    single: Array
    pairs: dict[tuple[int, int], Array]


def decompose(
    F: Array, u: Array, bases: Sequence[tuple[Basis, Basis]], pairs: Sequence[tuple[int, int]]
) -> Effects:
    """Split the variance of draws.

    Parameters
    ----------
    F : ndarray of shape (n_draws, n)
        The draws.
    u : ndarray of shape (n, n_columns)
        Where, evenly over the space.
    bases : sequence of (Basis, Basis)
        Of each column, for its own effect and for its part in pairs.
    pairs : sequence of (int, int)
        Pairs in the order of their worth: those that the number of codes cannot resolve
        are left out, from the last.

    Returns
    -------
    effects : Effects
    """
    blocks = [own.evaluate(u[:, column]) for column, (own, _) in enumerate(bases)]
    in_pairs = [pair.evaluate(u[:, column]) for column, (_, pair) in enumerate(bases)]
    # Half of the codes are left to tell what the basis does not hold from what it does.
    room = len(u) // 2 - sum(block.shape[1] for block in blocks)
    kept = []
    for a, b in pairs:
        room -= in_pairs[a].shape[1] * in_pairs[b].shape[1]
        if room < 0:
            break
        kept.append((a, b))
        blocks.append(
            (in_pairs[a][:, :, np.newaxis] * in_pairs[b][:, np.newaxis]).reshape(len(u), -1)
        )
    Phi = np.hstack([np.ones((len(u), 1)), *blocks])
    found = np.linalg.lstsq(Phi, F.T, rcond=None)[0]
    squared = found[1:] ** 2
    left = np.sum((F.T - Phi @ found) ** 2, axis=0) / (len(u) - Phi.shape[1])
    ends = np.cumsum([0, *(block.shape[1] for block in blocks)])
    sums = [squared[start:end].sum(axis=0) for start, end in pairwise(ends)]
    n_columns = len(bases)
    return Effects(
        mean=found[0],
        total=squared.sum(axis=0) + left,
        single=np.array(sums[:n_columns]).reshape(n_columns, len(F)),
        pairs=dict(zip(kept, sums[n_columns:], strict=True)),
    )


def spread_codes(n: int, n_columns: int, rng: np.random.Generator) -> Array:
    """Latin hypercube: `n` codes, even in each column."""
    ranks = np.tile(np.arange(n), (n_columns, 1))
    return np.asarray((rng.permuted(ranks, axis=1).T + 0.5) / n)


def positions() -> Array:
    """Even positions at which a column's distribution is seen."""
    return (np.arange(_N_POSITIONS) + 0.5) / _N_POSITIONS
