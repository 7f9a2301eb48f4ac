"""How likely a candidate is to succeed, from where trials failed and where they did not.

U, V        codes of candidates, and of finished trials, shape (n, n_dims), (n_trials, n_dims)
k           Matern 5/2 correlation of u and v at fixed length scales
s           1 for a trial with a score, 0 for a failure
p(u)        (A + sum k s) / (A + B + sum k), with A + B = PRIOR_TRIALS and A / (A + B) the
            share of all trials that succeeded

A failure says nothing of how good its neighbours are. Counted as a bad score it repels
from all of them, and where every fifth trial fails by chance the model learns nothing but
holes. Here failures beside successes lower the chance a little, failures alone a lot, and
it is the expected improvement times the chance that is maximised, as with any unknown
constraint [1]_. The length scales are fixed: what makes a fit fail has other ones than
its score.

References
----------
.. [1] Gelbart, Snoek, Adams (2014). Bayesian optimization with unknown constraints. UAI.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from skhpo._surrogate.kernels import Embedding, matern52

Array = NDArray[np.float64]

# How many trials the prior counts for.
PRIOR_TRIALS = 1.0
# Length scale in one active column, growing with their square root: a fifth of the range.
LENGTH = 0.2
# Chances of success beyond which a failure is one by chance, or one of a region's.
BY_CHANCE, BY_REGION = 0.7, 0.4


@dataclass(frozen=True)
class Feasibility:
    """Chance of success, from finished trials of which one failed at least.

    Parameters
    ----------
    embedding : Embedding
        How codes become features.
    n_active : int
        Columns that a candidate has at most.
    V : ndarray of shape (n_trials, n_dims)
        Codes of finished trials.
    succeeded : ndarray of bool, shape (n_trials,)
        Which of them have a score.
    """

    embedding: Embedding
    n_active: int
    V: Array
    succeeded: NDArray[np.bool_]

    @cached_property
    def _length(self) -> float:
        """Length scale of every column."""
        return LENGTH * float(np.sqrt(self.n_active))

    @cached_property
    def _features(self) -> Array:
        """Features of finished trials, in length scales."""
        return self._scaled(self.V)

    @property
    def _rate(self) -> float:
        """Share of trials that succeeded, as if half a trial more had and half had not."""
        return (float(self.succeeded.sum()) + 0.5) / (len(self.succeeded) + 1.0)

    def doubts(self, failed: Array) -> Array:
        """How little chance each failure had by its neighbours, in [0, 1], shape (n,).

        1 among failures alone: a region that fails is as bad as the worst score. 0 among
        successes: it failed by chance.
        """
        k, _ = self._correlate(self._scaled(failed))
        # Without the failure itself, whose correlation is 1.
        good, total = self._count(k)
        chance = good / (total - 1.0)
        return np.asarray(np.clip((BY_CHANCE - chance) / (BY_CHANCE - BY_REGION), 0.0, 1.0))

    def log_belief(self, U: Array) -> Array:
        """Logarithm of the chance of success, shape (n,)."""
        k, _ = self._correlate(self._scaled(U))
        good, total = self._count(k)
        return np.asarray(np.log(good) - np.log(total))

    def slopes(self, U: Array) -> tuple[Array, Array]:
        """Logarithms, and derivatives by U of shape (n, n_dims), 0 for categories."""
        G = self._scaled(U)
        k, slope = self._correlate(G)
        good, total = self._count(k)
        # Of log good - log total by k, then d r2 / dG = 2 (G - F), summed over trials.
        by_k = self.succeeded / good[:, np.newaxis] - 1.0 / total[:, np.newaxis]
        by_r2 = 2.0 * slope * by_k
        by_G = G * by_r2.sum(axis=1)[:, np.newaxis] - by_r2 @ self._features
        inner = self.embedding.slopes(U) / self._length
        return np.log(good) - np.log(total), (by_G * inner) @ self.embedding.to_column

    def _scaled(self, U: Array) -> Array:
        """Features of codes, in length scales."""
        return self.embedding.features(U) / self._length

    def _correlate(self, G: Array) -> tuple[Array, Array]:
        """Correlations with the finished trials, and their derivatives by squared distance."""
        return matern52(cdist(G, self._features) ** 2)

    def _count(self, k: Array) -> tuple[Array, Array]:
        """Successes about each candidate and all trials about it, the prior's among them."""
        return PRIOR_TRIALS * self._rate + k @ self.succeeded, PRIOR_TRIALS + k.sum(axis=1)
