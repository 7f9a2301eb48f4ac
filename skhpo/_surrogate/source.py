"""Trials of an earlier search, from which a present one learns.

old         of the earlier search; own, of the present one
z           warped scores, each search's by themselves: another level and spread are no news
rho         correlation of the earlier function with the present one, in (0, 1)
ratio       the earlier search's units of `z` in one of the present search's

Both functions come from one Gaussian process, and a covariance between an old and an own trial
is `rho` times what it is among trials of one search [1]_ [2]_; their means are independent, so
that the level is learnt. `rho` is a hyper-parameter like the others: old trials that agree
with the own ones count nearly as much, those that do not count for nothing.

The own trials are soon all good ones, and their spread says little of the function's. What is
expected of `ratio` is that both searches score in the same units; how far that is wrong is a
hyper-parameter too.

References
----------
.. [1] Swersky, Snoek, Adams (2013). Multi-task Bayesian optimization. NeurIPS 26.
.. [2] Cao, Pan, Zhang, Yeung, Yang (2010). Adaptive transfer learning. AAAI.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.noise import find_extra, find_shared, scale_noise
from skhpo._surrogate.subset import choose_modelled
from skhpo._surrogate.warping import Warped, is_failure, warp

Array = NDArray[np.float64]
Index = NDArray[np.intp]

# Within these, equal units are believed: own trials vary less as they come near the best, and
# seldom more. Beyond them the hyper-parameter finds out.
EXPECTED_RATIO = (0.01, 10.0)


@dataclass(frozen=True)
class Seen:
    """Trials that the model sees, the old ones first.

    Parameters
    ----------
    U : ndarray of shape (n, n_dims)
        Codes.
    z, extra_noise : ndarray of shape (n,)
        Warped scores in the units of the old ones, and known noise variances in their square.
    is_old : ndarray of bool, shape (n,)
        Which are of the earlier search.
    shared : float
        Noise variance that is expected of every trial; 0 where none was told.
    ratio : float
        What own scores were multiplied by: what is expected of `ratio`.
    """

    U: Array
    z: Array
    extra_noise: Array
    is_old: NDArray[np.bool_]
    shared: float
    ratio: float


@dataclass(frozen=True)
class Source:
    """An earlier search's trials.

    Parameters
    ----------
    U : ndarray of shape (n_scored, n_dims)
        Codes of those that have a score.
    z, variances : ndarray of shape (n_scored,)
        Warped scores, and what is known of their noise, in `z` squared.
    scale : float
        Score per unit of `z`.
    tried : ndarray of shape (n_trials, n_dims)
        Codes of all trials.
    succeeded : ndarray of bool, shape (n_trials,)
        Which of them have a score.
    """

    U: Array
    z: Array
    variances: Array
    scale: float
    tried: Array
    succeeded: NDArray[np.bool_]

    @property
    def has_scores(self) -> bool:
        """Whether there is anything to learn from but failures."""
        return len(self.z) > 0

    def expect_ratio(self, scale: float) -> float:
        """Ratio if both search's scores have the same unit; 1 where nothing tells."""
        if math.isinf(scale) or not self.has_scores:
            return 1.0
        low, high = EXPECTED_RATIO
        return float(np.clip(scale / self.scale, low, high))


def make_source(U: Array, scores: Array, noise: Array) -> Source:
    """Source of an earlier search's codes, scores and their standard errors.

    Scores that are all equal say nothing.
    """
    succeeded = ~is_failure(scores)
    warped = warp(scores[succeeded])
    if warped.is_flat:
        return Source(U[:0], np.empty(0), np.empty(0), 1.0, U, succeeded)
    variances = scale_noise(noise[succeeded], warped.scale)
    return Source(U[succeeded], warped.z, variances, warped.scale, U, succeeded)


def choose_rows(source: Source, warped: Warped, n_max: int) -> tuple[Index, Index]:
    """Rows of `n_max` trials of both searches, old ones and own: at most half are old."""
    old = choose_modelled(source.z, n_max // 2)
    return old, choose_modelled(warped.z, n_max - len(old))


def see(source: Source, U: Array, warped: Warped, noise: Array, n_max: int) -> Seen:
    """Trials of `choose_rows`, in the units of the old ones."""
    old, own = choose_rows(source, warped, n_max)
    ratio = source.expect_ratio(warped.scale)
    variances = ratio**2 * scale_noise(noise, warped.scale)
    return Seen(
        np.vstack([source.U[old], U[own]]),
        np.append(source.z[old], ratio * warped.z[own]),
        np.append(find_extra(source.variances)[old], find_extra(variances)[own]),
        np.arange(len(old) + len(own)) < len(old),
        find_shared(variances) or find_shared(source.variances),
        ratio,
    )


def no_source(n_dims: int) -> Source:
    """Source of a search that begins from nothing."""
    return make_source(np.empty((0, n_dims)), np.empty(0), np.empty(0))
