"""Covariance between candidates of mixed and conditional spaces.

U, V        codes, shape (n, n_dims) and (m, n_dims), in the unit cube; nan where a
            branch lacks the column
F, G        their features, shape (n, n_features): each column embedded on its own
owner       column of each feature, shape (n_features,)
w           inverse squared length scales, shape (n_dims,)
r2          squared distance in length scales: the sum over columns of w * distance**2
k           Matern 5/2 correlation, (1 + a + a**2 / 3) exp(-a) with a = sqrt(5 r2)

One radial kernel covers every kind of column, because each is embedded in a Euclidean
space, where any positive semi-definite radial kernel stays so:

- a number is itself;
- a number that some branches lack lies on an arc of one radian and radius 1, and at the
  arc's centre where it is inactive [1]_: chords are within 5 % of differences, and
  inactive is equally far (1, the column's range) from every active value;
- a category, inactive among them, is a corner of a simplex of unit edges, so that r2
  grows by w where levels differ.

Branches share the columns they have in common; the column of branches, a category,
carries the difference that remains.

References
----------
.. [1] Swersky, Duvenaud, Snoek, Hutter, Osborne (2013). Raiders of the lost
   architecture: kernels for Bayesian optimization in conditional parameter spaces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]

SQRT_HALF = math.sqrt(0.5)


@dataclass(frozen=True)
class Embedding:
    """How each column becomes features.

    Parameters
    ----------
    n_levels : tuple of int
        Levels of each categorical column; 0 for a number.
    conditional : tuple of bool
        Whether some branch lacks the column.
    """

    n_levels: tuple[int, ...]
    conditional: tuple[bool, ...]

    @property
    def n_dims(self) -> int:
        """Number of columns."""
        return len(self.n_levels)

    @property
    def owner(self) -> NDArray[np.intp]:
        """Column of each feature, shape (n_features,)."""
        widths = [
            n + is_conditional if n else 1 + is_conditional
            for n, is_conditional in zip(self.n_levels, self.conditional, strict=True)
        ]
        return np.repeat(np.arange(self.n_dims), widths)

    def features(self, U: Array) -> Array:
        """Features of codes, shape (n, n_features)."""
        blocks = [self._embed(column, U[:, column]) for column in range(self.n_dims)]
        stacked: Array = np.hstack([np.empty((len(U), 0)), *blocks])
        return stacked

    def slopes(self, U: Array) -> Array:
        """Derivative of each feature by its own column's code; 0 for categories."""
        blocks = [self._embed_slope(column, U[:, column]) for column in range(self.n_dims)]
        stacked: Array = np.hstack([np.empty((len(U), 0)), *blocks])
        return stacked

    def _embed(self, column: int, u: Array) -> Array:
        """Features of one column."""
        if self.n_levels[column]:
            # nan is one level more: inactive.
            level = np.floor(np.nan_to_num(u, nan=1.0) * self.n_levels[column])
            width = self.n_levels[column] + self.conditional[column]
            return np.where(np.equal.outer(level, np.arange(width)), SQRT_HALF, 0.0)
        if not self.conditional[column]:
            return u[:, np.newaxis]
        arc = np.column_stack([np.sin(u), np.cos(u)])
        return np.where(np.isnan(arc), 0.0, arc)

    def _embed_slope(self, column: int, u: Array) -> Array:
        """Derivatives of one column's features."""
        if self.n_levels[column]:
            return np.zeros((len(u), self.n_levels[column] + self.conditional[column]))
        if not self.conditional[column]:
            return np.ones((len(u), 1))
        arc = np.column_stack([np.cos(u), -np.sin(u)])
        return np.where(np.isnan(arc), 0.0, arc)


def column_distances(F: Array, owner: NDArray[np.intp], n_dims: int) -> Array:
    """Squared distances by column, shape (n_dims, n, n), before any length scale."""
    distances = np.empty((n_dims, len(F), len(F)))
    for column in range(n_dims):
        block = F[:, owner == column]
        distances[column] = cdist(block, block, "sqeuclidean")
    return distances


def matern52(r2: Array) -> tuple[Array, Array]:
    """Matern 5/2 correlation and its derivative by r2, which is finite at 0."""
    a = np.sqrt(5.0 * r2)
    decay = np.exp(-a)
    # dk/dr2 = -(5/6) (1 + a) exp(-a): the 1/a of dk/da * da/dr2 cancels.
    return (1.0 + a + a * a / 3.0) * decay, (-5.0 / 6.0) * (1.0 + a) * decay
