"""Scores to the standardised scores that the regression models.

scores      mean validation scores, shape (n_trials,), larger is better; nan is a
            failure, -inf too, +inf the best there is
z           warped scores, shape (n_trials,), mean 0 and deviation 1 (0 if all are equal)
scale       units of score in one unit of `z`, at and above the median

Half of the trials of a search are bad, often by orders of magnitude (a log loss of 30
among .4), and how bad does not help to find the best. So scores below the median keep
their rank only, as in Vizier's half-rank warping [1]_; those above keep their distances.

References
----------
.. [1] Song et al. (2024). The Vizier Gaussian process bandit algorithm, section 3.2.
   arXiv:2408.11527.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Warped:
    """Standardised scores and their unit.

    Parameters
    ----------
    z : ndarray of shape (n_trials,)
        Warped scores.
    scale : float
        Score per unit of `z` above the median; inf where all scores are equal.
    """

    z: Array
    scale: float


def warp(scores: Array) -> Warped:
    """Half-rank, then standardise; finite for any doubles, failures at the worst score."""
    finite, size = _impute(scores)
    if len(finite) == 0 or np.ptp(finite) == 0.0:
        return Warped(np.zeros(len(scores)), np.inf)
    median = float(np.median(finite))
    is_good = finite >= median
    # Of the upper half, as if it were half of a normal distribution.
    spread = float(np.sqrt(np.mean((finite[is_good] - median) ** 2)))
    if spread == 0.0:
        # At least half are tied at the best: only ranks are left.
        spread = 1.0
    quantiles = ndtri((rankdata(finite) - 0.5) / len(finite))
    z = np.where(is_good, (finite - median) / spread, quantiles)
    deviation = float(z.std())
    return Warped((z - z.mean()) / deviation, size * spread * deviation)


def _impute(scores: Array) -> tuple[Array, float]:
    """Scores over their largest magnitude, failures at the worst; and that magnitude."""
    is_finite = np.isfinite(scores)
    if not is_finite.any():
        # Among failures alone, +inf is the only score.
        return np.isposinf(scores).astype(np.float64), 1.0
    best, worst = scores[is_finite].max(), scores[is_finite].min()
    finite = np.where(is_finite, scores, np.where(np.isposinf(scores), best, worst))
    # First, because sums and squares of scores beyond 1e154 overflow.
    size = float(np.abs(finite).max())
    return (finite / size if size > 0.0 else finite), size
