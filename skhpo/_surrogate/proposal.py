"""From what was told to the next code: the seam between a strategy and the surrogate.

U           codes of told candidates, shape (n_trials, n_dims); nan where inactive
scores      their scores, shape (n_trials,), larger is better; nan is a failure
noise       their standard errors, shape (n_trials,), 0 where none is known
theta       hyper-parameters of the model (hyperparameters.py)
pending     codes of candidates that were asked and not told, shape (n_pending, n_dims)
taken       keys of all candidates that were proposed before
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skhpo._surrogate.acquisition import Improvement, margin_of_ties
from skhpo._surrogate.effects import MainEffects
from skhpo._surrogate.feasibility import Feasibility
from skhpo._surrogate.hyperparameters import Prior, fit, make_prior
from skhpo._surrogate.interior import make_interior
from skhpo._surrogate.kernels import Embedding
from skhpo._surrogate.layout import (
    Domain,
    Layout,
    best_untaken,
    enumerate_codes,
    find_layout,
)
from skhpo._surrogate.maximise import maximise
from skhpo._surrogate.noise import find_extra, find_shared, scale_noise
from skhpo._surrogate.regression import Kernel, Posterior, condition
from skhpo._surrogate.subset import MAX_FITTED, MAX_MODELLED, choose_modelled
from skhpo._surrogate.warping import Warped, is_failure, warp

Array = NDArray[np.float64]

# Finite spaces up to this size are scored as a whole at every proposal.
MAX_ENUMERATED = 2000
# Draws at random among which one that was not proposed before is looked for.
N_DRAWS = 256
# Failures that are believed beside the trials that the model sees, the latest.
MAX_BELIEVED = 50


@dataclass(frozen=True)
class Proposer:
    """What a space fixes of the model and of the search for candidates.

    Parameters
    ----------
    domain : Domain
        The space.
    layout : Layout
        Kinds and levels of its columns.
    kernel : Kernel
        How the covariance sees its columns.
    prior : Prior
        Prior of the hyper-parameters.
    n_candidates : int or None
        Number of candidates of a finite space.
    all_codes : ndarray of shape (n_candidates, n_dims), or None
        All of a small finite space, else None.
    """

    domain: Domain
    layout: Layout
    kernel: Kernel
    prior: Prior
    n_candidates: int | None
    all_codes: Array | None

    def fit(self, U: Array, scores: Array, noise: Array) -> Array:
        """Hyper-parameters by one told trial or more; the prior's where all scores are equal."""
        is_scored = ~is_failure(scores)
        if not is_scored.any():
            return self.prior.mean
        warped = warp(scores[is_scored])
        if warped.is_flat:
            return self.prior.mean
        rows = choose_modelled(warped.z, MAX_FITTED)
        variances = scale_noise(noise[is_scored], warped.scale)
        prior = self.prior.expecting(find_shared(variances))
        extra_noise = find_extra(variances)[rows]
        return fit(self.kernel, U[is_scored][rows], warped.z[rows], extra_noise, prior)

    def predict(
        self, theta: Array, U: Array, scores: Array, noise: Array, C: Array
    ) -> tuple[Array, Array]:
        """Median and deviation of the function at codes `C`, in units of score, each (n,).

        A warped score is normal and its way back monotone: the mean becomes the median.
        """
        is_scored = ~is_failure(scores)
        warped = warp(scores[is_scored])
        if warped.is_flat:
            # A space of constants has no columns to predict by.
            zeros = np.zeros(len(C))
            return warped.invert(zeros), warped.invert_spread(zeros, zeros)
        mean, variance = self._condition(theta, U[is_scored], warped, noise[is_scored]).predict(C)
        return warped.invert(mean), warped.invert_spread(mean, np.sqrt(variance))

    def sample(
        self, theta: Array, U: Array, scores: Array, noise: Array, C: Array, normals: Array
    ) -> Array:
        """Draws of the function at codes `C`, in units of score, shape (n_draws, n)."""
        is_scored = ~is_failure(scores)
        warped = warp(scores[is_scored])
        posterior = self._condition(theta, U[is_scored], warped, noise[is_scored])
        draws = posterior.sample(C, normals)
        return warped.invert(draws.ravel()).reshape(draws.shape)

    def propose(
        self,
        theta: Array,
        U: Array,
        scores: Array,
        noise: Array,
        pending: Array,
        taken: Collection[bytes],
        rng: np.random.Generator,
    ) -> Array | None:
        """Best code by the model that was not proposed before, shape (n_dims,), if found."""
        is_scored = ~is_failure(scores)
        feasibility = self._find_feasibility(U, is_scored)
        if not is_scored.any() and feasibility is not None:
            # Nothing is known but where not to go.
            C = self.domain.sample_encoded(N_DRAWS, rng)
            return best_untaken(C, feasibility.log_belief(C), taken)
        warped = warp(scores[is_scored])
        seen = U[is_scored][choose_modelled(warped.z, MAX_MODELLED)]
        posterior = self._condition(theta, U[is_scored], warped, noise[is_scored])
        mean, _ = posterior.predict(seen)
        if feasibility is not None:
            failed = U[~is_scored][-MAX_BELIEVED:]
            posterior = posterior.believe(failed, feasibility.doubts(failed))
        interior = make_interior(self.kernel.embedding.n_levels, len(U) + len(pending))
        beliefs = (interior,) if feasibility is None else (interior, feasibility)
        incumbent = float(mean.max()) + margin_of_ties(scores[is_scored])
        acquire = Improvement(posterior.believe(pending), incumbent, beliefs)
        if self.all_codes is not None:
            return best_untaken(self.all_codes, acquire(self.all_codes), taken)
        best_first = seen[np.argsort(-mean, kind="stable")]
        return maximise(acquire, self.domain, self.layout, best_first, taken, rng)

    def _find_feasibility(self, U: Array, is_scored: NDArray[np.bool_]) -> Feasibility | None:
        """Chance of success by the latest trials; None where none failed."""
        V, succeeded = U[-MAX_MODELLED:], is_scored[-MAX_MODELLED:]
        if succeeded.all():
            return None
        n_active = int(self.domain.active.sum(axis=1).max())
        return Feasibility(self.kernel.embedding, n_active, V, succeeded)

    def _condition(self, theta: Array, U: Array, warped: Warped, noise: Array) -> Posterior:
        """Posterior of the trials that the model sees."""
        rows = choose_modelled(warped.z, MAX_MODELLED)
        extra_noise = find_extra(scale_noise(noise, warped.scale))[rows]
        return condition(self.kernel, theta, U[rows], warped.z[rows], extra_noise)

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
        Kernel(Embedding(n_levels, tuple(is_lacked)), MainEffects(n_levels)),
        make_prior(len(n_levels), int(domain.active.sum(axis=1).max())),
        n_candidates,
        all_codes,
    )
