"""From what was told to the next code: the seam between a strategy and the surrogate.

U           codes of told candidates, shape (n_trials, n_dims); nan where inactive
scores      their scores, shape (n_trials,), larger is better; nan is a failure
noise       their standard errors, shape (n_trials,), 0 where none is known
pending     codes of candidates that were asked and not told, shape (n_pending, n_dims)
taken       keys of all candidates that were proposed before
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.acquisition import Improvement
from skhpo._surrogate.kernels import Embedding
from skhpo._surrogate.layout import (
    Domain,
    Layout,
    best_untaken,
    enumerate_codes,
    find_layout,
)
from skhpo._surrogate.maximise import maximise
from skhpo._surrogate.regression import Posterior, Prior, fit, make_prior
from skhpo._surrogate.warping import warp

Array = NDArray[np.float64]

# Finite spaces up to this size are scored as a whole at every proposal.
MAX_ENUMERATED = 2000
# Draws at random among which one that was not proposed before is looked for.
N_DRAWS = 256
# Deviations of z beyond which a trial's noise says that it says nothing.
MAX_NOISE = 10.0


@dataclass(frozen=True)
class Proposer:
    """What a space fixes of the model and of the search for candidates.

    Parameters
    ----------
    domain : Domain
        The space.
    layout : Layout
        Kinds and levels of its columns.
    embedding : Embedding
        How the kernel sees its columns.
    prior : Prior
        Prior of the hyper-parameters.
    n_candidates : int or None
        Number of candidates of a finite space.
    all_codes : ndarray of shape (n_candidates, n_dims), or None
        All of a small finite space, else None.
    """

    domain: Domain
    layout: Layout
    embedding: Embedding
    prior: Prior
    n_candidates: int | None
    all_codes: Array | None

    def fit(self, U: Array, scores: Array, noise: Array) -> Posterior:
        """Posterior of one told trial or more."""
        warped = warp(scores)
        # All scores equal: the scale is infinite, and noise means nothing in it.
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            ratio = np.where(noise > 0.0, np.minimum(noise / warped.scale, MAX_NOISE), 0.0)
        return fit(self.embedding, U, warped.z, ratio**2, self.prior, [self.prior.mean])

    def predict(self, U: Array, scores: Array, noise: Array, C: Array) -> tuple[Array, Array]:
        """Median and deviation of the function at codes `C`, in units of score, each (n,).

        A warped score is normal and its way back monotone: the mean becomes the median.
        """
        warped = warp(scores)
        if warped.is_flat:
            # Nothing to fit, and a space of constants has no columns to fit by.
            zeros = np.zeros(len(C))
            return warped.invert(zeros), warped.invert_spread(zeros, zeros)
        mean, variance = self.fit(U, scores, noise).predict(C)
        return warped.invert(mean), warped.invert_spread(mean, np.sqrt(variance))

    def propose(
        self,
        U: Array,
        scores: Array,
        noise: Array,
        pending: Array,
        taken: Collection[bytes],
        rng: np.random.Generator,
    ) -> Array | None:
        """Best code by the model that was not proposed before, shape (n_dims,), if found."""
        posterior = self.fit(U, scores, noise)
        mean, _ = posterior.predict(U)
        acquire = Improvement(posterior.believe(pending), float(mean.max()))
        if self.all_codes is not None:
            return best_untaken(self.all_codes, acquire(self.all_codes), taken)
        best_first = U[np.argsort(-mean, kind="stable")]
        return maximise(acquire, self.domain, self.layout, best_first, taken, rng)

    def draw(self, taken: Collection[bytes], rng: np.random.Generator) -> Array | None:
        """Draw a code that was not proposed before; None if no code is left."""
        C = self.domain.sample_encoded(N_DRAWS, rng)
        code = best_untaken(C, np.zeros(len(C)), taken)
        if code is None and self.n_candidates is not None:
            # So many are taken that going through all takes no longer than they did.
            C = enumerate_codes(self.domain, self.layout)
            code = best_untaken(C, np.zeros(len(C)), taken)
        return code


def make_proposer(domain: Domain, n_candidates: int | None) -> Proposer:
    """Proposer of a space of `n_candidates`, None if there are infinitely many."""
    layout = find_layout(domain)
    all_codes = None
    if n_candidates is not None and n_candidates <= MAX_ENUMERATED:
        codes = enumerate_codes(domain, layout)
        # Levels in a distribution's far tails have no code of their own.
        all_codes = codes if len(codes) == n_candidates else None
    n_levels = tuple(
        0 if levels is None or not is_categorical else len(levels)
        for levels, is_categorical in zip(layout.levels, layout.is_categorical, strict=True)
    )
    is_lacked = np.any(~domain.active, axis=0).tolist()
    return Proposer(
        domain,
        layout,
        Embedding(n_levels, tuple(is_lacked)),
        make_prior(len(n_levels), int(domain.active.sum(axis=1).max())),
        n_candidates,
        all_codes,
    )
