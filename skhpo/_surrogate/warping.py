"""Scores to the standardised scores that the regression models.

scores      mean validation scores, shape (n_trials,), larger is better; nan is a
            failure, -inf too, +inf the best there is
z           warped scores, shape (n_trials,), mean 0 and deviation 1 (0 if all are equal)
scale       units of score in one unit of `z`, at and above the median
knots       pairs of z and score between which the way back from `z` to scores is straight

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


# By how many of the second best's distances from the median the best may lead it.
MAX_LEAD = 3.0


@dataclass(frozen=True)
class Warped:
    """Standardised scores and their unit.

    Parameters
    ----------
    z : ndarray of shape (n_trials,)
        Warped scores.
    scale : float
        Score per unit of `z` above the median; inf where all scores are equal.
    knots : ndarray of shape (n_knots, 2)
        Values of `z`, increasing, and their scores over `size`, increasing too: bad ones, the
        median, and one above. A single knot where all scores are equal.
    size : float
        Largest magnitude of a score.
    """

    z: Array
    scale: float
    knots: Array
    size: float

    @property
    def is_flat(self) -> bool:
        """Whether all scores are equal."""
        return len(self.knots) == 1

    def invert(self, z: Array) -> Array:
        """Scores of any `z`: what `warp` does, back, element by element; never decreasing.

        The lowest and the highest segment go on for ever. Beyond doubles it is infinite.
        """
        with np.errstate(over="ignore"):
            return self.size * self._invert(z)

    def invert_spread(self, z: Array, deviation: Array) -> Array:
        """Deviations of scores whose `z` deviate so: half of what both sides span.

        Below the median a score is known to its rank, and the next rank's distance adds to
        the deviation of `z`. Where all scores are equal nothing tells their unit, and it is
        infinite.
        """
        if self.is_flat:
            return np.full(np.shape(z), np.inf)
        x = self.knots[:, 0]
        segment = np.clip(np.searchsorted(x, z) - 1, 0, len(x) - 2)
        rank = np.where(z < x[-2], np.diff(x)[segment], 0.0)
        wider = np.hypot(deviation, rank)
        half = (self._invert(z + wider) - self._invert(z - wider)) / 2.0
        with np.errstate(over="ignore"):
            return self.size * half

    def _invert(self, z: Array) -> Array:
        """Scores over `size`."""
        x, y = self.knots.T
        if self.is_flat:
            return np.full(np.shape(z), y[0])
        slopes = np.diff(y) / np.diff(x)
        below, above = np.minimum(z - x[0], 0.0), np.maximum(z - x[-1], 0.0)
        return np.asarray(np.interp(z, x, y) + slopes[0] * below + slopes[-1] * above)


def warp(scores: Array) -> Warped:
    """Half-rank, then standardise; finite for any doubles, failures at the worst score."""
    finite, size = _impute(scores)
    if len(finite) == 0 or np.ptp(finite) == 0.0:
        level = finite[:1] if len(finite) else np.zeros(1)
        return Warped(np.zeros(len(scores)), np.inf, np.array([[0.0, level[0]]]), size)
    median = float(np.median(finite))
    is_good = finite >= median
    distances = _hold_back(np.where(is_good, finite - median, 0.0))
    # Of the upper half, as if it were half of a normal distribution. Over the largest
    # first, because squares of less than 1e-154 vanish.
    lead = float(distances.max())
    spread = lead * float(np.sqrt(np.mean((distances[is_good] / (lead or 1.0)) ** 2)))
    if spread == 0.0:
        # At least half are tied at the best: only ranks are left.
        spread = 1.0
    quantiles = ndtri((rankdata(finite) - 0.5) / len(finite))
    z = np.where(is_good, distances / spread, quantiles)
    mean, deviation = float(z.mean()), float(z.std())
    knots = _find_knots(finite, z, median)
    knots[:, 0] = (knots[:, 0] - mean) / deviation
    return Warped((z - mean) / deviation, size * spread * deviation, knots, size)


def _hold_back(distances: Array) -> Array:
    """Let the best lead the next by no more than `MAX_LEAD` times the next's own distance.

    One outlier above would make all others equal. `distances` are from the median, 0 below.
    """
    runner_up = float(distances[distances < distances.max()].max(initial=0.0))
    limit = (1.0 + MAX_LEAD) * runner_up
    return np.minimum(distances, limit) if runner_up > 0.0 else distances


def _find_knots(finite: Array, z: Array, median: float) -> Array:
    """Bad scores, the median, which needs not be a score, and those above; not standardised.

    Above is the best; where it was held back the second too, which has the slope of all
    others, and one beyond it. Where the best are all tied, what lies above goes on as just
    below.
    """
    is_bad = finite < median
    pairs = {0.0: median, **dict(zip(z[is_bad], finite[is_bad], strict=True))}
    best, second = float(finite.max()), float(finite[finite < finite.max()].max())
    if second > median and best - median > (1.0 + MAX_LEAD) * (second - median):
        unit = (second - median) / float(z[finite == second][0])
        pairs[float(z[finite == second][0])] = second
        pairs[float(z.max())] = best
        return np.array([*sorted(pairs.items()), (float(z.max()) + 1.0, best + unit)])
    below = max((pair for pair in pairs.items() if pair[0] < 0.0), default=(0.0, median))
    above = float(z.max()), float(finite.max())
    if above[1] == median:
        above = -below[0], 2.0 * median - below[1]
    return np.array([*sorted(pairs.items()), above])


def is_failure(scores: Array) -> NDArray[np.bool_]:
    """Which scores are none: nan and -inf."""
    return np.isnan(scores) | np.isneginf(scores)


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
