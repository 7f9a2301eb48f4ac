"""The regression of scores as they are, for looking at a function instead of maximising it.

U           codes, shape (n_trials, n_dims)
scores      finite scores, shape (n_trials,)
noise       their standard errors, 0 where not known
theta       hyper-parameters (hyperparameters.py)

The warping of scores that serves to find the best keeps only the ranks of the bad half
(warping.py). What a parameter does in the bad half is then told by its ranks, which a search
that has seen little of it has few of. Unwarped, the same process comes nearer to the exact
effects of known functions (benchmarks/importance.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.hyperparameters import fit
from skhpo._surrogate.noise import find_extra, find_shared, scale_noise
from skhpo._surrogate.proposal import Proposer
from skhpo._surrogate.regression import Posterior, condition
from skhpo._surrogate.subset import choose_modelled

Array = NDArray[np.float64]

# Trials of which hyper-parameters are found, and which the posterior knows: once in a while
# somebody waits for it, and not at each suggestion as in subset.py.
MAX_FITTED, MAX_MODELLED = 150, 500


@dataclass(frozen=True)
class Units:
    """Scores standardised: where their zero is, and how large their unit.

    Parameters
    ----------
    mean, deviation : float
        Of the scores over `size`.
    size : float
        Largest magnitude of a score: squares of scores beyond 1e154 overflow.
    """

    mean: float
    deviation: float
    size: float

    def standardise(self, scores: Array) -> Array:
        """Scores with mean 0 and deviation 1."""
        return np.asarray((scores / self.size - self.mean) / self.deviation)

    def restore(self, z: Array) -> Array:
        """Scores of standardised ones."""
        return np.asarray(self.size * (self.mean + self.deviation * z))


def find_units(scores: Array) -> Units:
    """Units of scores; of scores that are all equal, their own size."""
    size = float(np.abs(scores).max()) or 1.0
    deviation = float((scores / size).std())
    return Units(float((scores / size).mean()), deviation or 1.0, size)


def fit_unwarped(proposer: Proposer, U: Array, scores: Array, noise: Array) -> Array:
    """Hyper-parameters by the scores as they are."""
    units = find_units(scores)
    z, variances = units.standardise(scores), scale_noise(noise, units.deviation * units.size)
    rows = choose_modelled(z, MAX_FITTED)
    prior = proposer.prior.loosened().expecting(find_shared(variances))
    is_old = np.zeros(len(rows), dtype=bool)
    return fit(proposer.kernel, U[rows], z[rows], find_extra(variances)[rows], prior, is_old)


def condition_unwarped(
    proposer: Proposer, theta: Array, U: Array, scores: Array, noise: Array
) -> Posterior:
    """Posterior of the scores, standardised by `find_units`."""
    units = find_units(scores)
    z, variances = units.standardise(scores), scale_noise(noise, units.deviation * units.size)
    rows = choose_modelled(z, MAX_MODELLED)
    extra = find_extra(variances)[rows]
    return condition(proposer.kernel, theta, U[rows], z[rows], extra)
