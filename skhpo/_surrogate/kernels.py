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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Array = NDArray[np.float64]

Index = NDArray[np.intp]

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

    @cached_property
    def _plain(self) -> Index:
        """Numbers that every branch has."""
        return self._columns(lambda n, is_conditional: not n and not is_conditional)

    @cached_property
    def _arcs(self) -> Index:
        """Numbers that some branch lacks."""
        return self._columns(lambda n, is_conditional: not n and is_conditional)

    @cached_property
    def _categories(self) -> Index:
        """Categories."""
        return self._columns(lambda n, is_conditional: n > 0)

    def _columns(self, is_wanted: Callable[[int, bool], bool]) -> Index:
        """Columns by their number of levels and whether they are conditional."""
        described = zip(self.n_levels, self.conditional, strict=True)
        return np.array([c for c, column in enumerate(described) if is_wanted(*column)], dtype=int)

    @cached_property
    def _widths(self) -> Index:
        """Features of each category: its levels, and inactive."""
        return np.array([self.n_levels[c] + self.conditional[c] for c in self._categories], int)

    @cached_property
    def owner(self) -> Index:
        """Column of each feature, shape (n_features,): numbers first, then categories."""
        corners = np.repeat(self._categories, self._widths)
        return np.concatenate([self._plain, self._arcs, self._arcs, corners])

    @cached_property
    def to_column(self) -> Array:
        """Sums features to their columns, shape (n_features, n_dims)."""
        return np.equal.outer(self.owner, np.arange(self.n_dims)).astype(np.float64)

    def features(self, U: Array) -> Array:
        """Features of codes, shape (n, n_features)."""
        arcs = U[:, self._arcs]
        is_active = ~np.isnan(arcs)
        sin, cos = np.sin(arcs, where=is_active, out=np.zeros_like(arcs)), np.zeros_like(arcs)
        np.cos(arcs, where=is_active, out=cos)
        return np.hstack([U[:, self._plain], sin, cos, self._corners(U)])

    def slopes(self, U: Array) -> Array:
        """Derivative of each feature by its own column's code; 0 for categories."""
        arcs = U[:, self._arcs]
        is_active = ~np.isnan(arcs)
        cos, sin = np.cos(arcs, where=is_active, out=np.zeros_like(arcs)), np.zeros_like(arcs)
        np.sin(arcs, where=is_active, out=sin)
        n = len(U)
        corners = np.zeros((n, int(self._widths.sum())))
        return np.hstack([np.ones((n, len(self._plain))), cos, -sin, corners])

    def _corners(self, U: Array) -> Array:
        """Corner of each category's simplex; nan is one level more."""
        return one_hot(U[:, self._categories], self._levels, self._widths, SQRT_HALF)

    @cached_property
    def _levels(self) -> Index:
        """Levels of each category."""
        return np.array([self.n_levels[c] for c in self._categories], dtype=int)


def one_hot(u: Array, levels: Index, widths: Index, value: float) -> Array:
    """`value` at the level of each category, 0 elsewhere, shape (n, sum of `widths`).

    nan is the level after the last; where a category has no such feature, nothing is set.
    """
    hot = np.zeros((len(u), int(widths.sum())))
    level = np.minimum(np.where(np.isnan(u), 1.0, u) * levels, levels).astype(int)
    is_there = level < widths
    row, _ = np.nonzero(is_there)
    hot[row, (level + np.cumsum(widths) - widths)[is_there]] = value
    return hot


def column_distances(F: Array, owner: NDArray[np.intp], n_dims: int) -> Array:
    """Squared distances by column, shape (n_dims, n, n), before any length scale."""
    distances = np.empty((n_dims, len(F), len(F)))
    for column in range(n_dims):
        block = F[:, owner == column]
        distances[column] = cdist(block, block, "sqeuclidean")
    return distances


def column_products(E: Array, owner: Index, n_dims: int) -> Array:
    """Inner products by column, shape (n_dims, n, n)."""
    products = np.empty((n_dims, len(E), len(E)))
    for column in range(n_dims):
        block = E[:, owner == column]
        products[column] = block @ block.T
    return products


def matern52(r2: Array) -> tuple[Array, Array]:
    """Matern 5/2 correlation and its derivative by r2, which is finite at 0."""
    a = np.sqrt(5.0 * r2)
    decay = np.exp(-a)
    # dk/dr2 = -(5/6) (1 + a) exp(-a): the 1/a of dk/da * da/dr2 cancels.
    return (1.0 + a + a * a / 3.0) * decay, (-5.0 / 6.0) * (1.0 + a) * decay
