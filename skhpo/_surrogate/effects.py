"""Main effects: what each column does by itself, whatever the others are.

U           codes, shape (n, n_dims), in the unit cube; nan where inactive
E           features of the effects, shape (n, n_features), 0 where inactive
owner       column of each feature, shape (n_features,)
variances   prior variance of each column's effect, shape (n_dims,)

A Gaussian process of a product kernel learns of a column only from trials that are near in
all the others, of which the first thirty trials of a search have none. Most of what
hyper-parameters do is additive [1]_, [2]_, so a second part of the covariance is the sum
over columns of variance * e(u) e(v): Bayesian linear regression on

- the first three Legendre polynomials of a number, of mean 0 and variance 1 on [0, 1],
- the levels of a category, centred.

References
----------
.. [1] Duvenaud, Nickisch, Rasmussen (2011). Additive Gaussian processes. NeurIPS 24.
.. [2] Hutter, Hoos, Leyton-Brown (2014). An efficient approach for assessing
   hyperparameter importance. ICML: single parameters explain most of the variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.kernels import Index, one_hot

Array = NDArray[np.float64]

# Prior variances of the linear, quadratic and cubic part of an effect.
DEGREE_VARIANCES = np.array([1.0, 0.5, 0.2])


@dataclass(frozen=True)
class MainEffects:
    """Features of the columns' effects.

    Parameters
    ----------
    n_levels : tuple of int
        Levels of each categorical column; 0 for a number.
    """

    n_levels: tuple[int, ...]

    @cached_property
    def _numbers(self) -> Index:
        """Columns of numbers."""
        return np.array([c for c, n in enumerate(self.n_levels) if not n], dtype=int)

    @cached_property
    def _categories(self) -> Index:
        """Columns of categories."""
        return np.array([c for c, n in enumerate(self.n_levels) if n], dtype=int)

    @cached_property
    def _levels(self) -> Index:
        """Levels of each category."""
        return np.array([n for n in self.n_levels if n], dtype=int)

    @cached_property
    def owner(self) -> Index:
        """Column of each feature, shape (n_features,): numbers first, then categories."""
        return np.concatenate(
            [
                np.repeat(self._numbers, len(DEGREE_VARIANCES)),
                np.repeat(self._categories, self._levels),
            ]
        )

    @cached_property
    def to_column(self) -> Array:
        """Sums features to their columns, shape (n_features, n_dims)."""
        return np.equal.outer(self.owner, np.arange(len(self.n_levels))).astype(np.float64)

    def features(self, U: Array) -> Array:
        """Features of codes, shape (n, n_features)."""
        u = U[:, self._numbers]
        x = np.where(np.isnan(u), 0.0, 2.0 * u - 1.0)[:, :, np.newaxis]
        polynomials = _SCALES * np.concatenate(
            [x, 1.5 * x * x - 0.5, (2.5 * x * x - 1.5) * x], axis=2
        )
        polynomials[np.isnan(u)] = 0.0
        return np.hstack([polynomials.reshape(len(U), -1), self._contrasts(U)])

    def slopes(self, U: Array) -> Array:
        """Derivative of each feature by its own column's code; 0 for categories."""
        u = U[:, self._numbers]
        x = np.where(np.isnan(u), 0.0, 2.0 * u - 1.0)[:, :, np.newaxis]
        slopes = (
            2.0 * _SCALES * np.concatenate([np.ones_like(x), 3.0 * x, 7.5 * x * x - 1.5], axis=2)
        )
        slopes[np.isnan(u)] = 0.0
        contrasts = np.zeros((len(U), int(self._levels.sum())))
        return np.hstack([slopes.reshape(len(U), -1), contrasts])

    def _contrasts(self, U: Array) -> Array:
        """Levels of each category less their mean, of squared length 1 (k - 1 of k levels)."""
        u = U[:, self._categories]
        hot = one_hot(u, self._levels, self._levels, 1.0)
        share = np.repeat(1.0 / self._levels, self._levels)
        is_active = np.repeat(~np.isnan(u), self._levels, axis=1)
        return np.where(is_active, (hot - share) / np.sqrt(1.0 - share), 0.0)


# Legendre polynomials of degree k have variance 1 / (2 k + 1) on [-1, 1].
_SCALES = np.sqrt(DEGREE_VARIANCES * (2.0 * np.arange(1, 4) + 1.0))
