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
from skhpo._surrogate.regression import Kernel, Posterior, condition, find_ratio
from skhpo._surrogate.source import Source, choose_rows, no_source, see
from skhpo._surrogate.subset import MAX_FITTED, MAX_MODELLED
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
    """What a space and an earlier search fix of the model and of the search for candidates.

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
    source : Source
        Trials of an earlier search.
    """

    domain: Domain
    layout: Layout
    kernel: Kernel
    prior: Prior
    n_candidates: int | None
    all_codes: Array | None
    source: Source

    def fit(self, U: Array, scores: Array, noise: Array) -> Array:
        """Hyper-parameters by what was told; the prior's where all scores are equal."""
        is_scored = ~is_failure(scores)
        warped = warp(scores[is_scored])
        if warped.is_flat and not self.source.has_scores:
            return self.prior.mean
        seen = see(self.source, U[is_scored], warped, noise[is_scored], MAX_FITTED)
        prior = self.prior.expecting(seen.shared)
        if self.source.has_scores:
            prior = prior.transferring()
        return fit(self.kernel, seen.U, seen.z, seen.extra_noise, prior, seen.is_old)

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
        posterior, unit = self._condition(theta, U[is_scored], warped, noise[is_scored])
        mean, variance = posterior.predict(C)
        mean, deviation = mean / unit, np.sqrt(variance) / unit
        return warped.invert(mean), warped.invert_spread(mean, deviation)

    def sample(
        self, theta: Array, U: Array, scores: Array, noise: Array, C: Array, normals: Array
    ) -> Array:
        """Draws of the function at codes `C`, in units of score, shape (n_draws, n)."""
        is_scored = ~is_failure(scores)
        warped = warp(scores[is_scored])
        posterior, unit = self._condition(theta, U[is_scored], warped, noise[is_scored])
        draws = posterior.sample(C, normals) / unit
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
        if not is_scored.any() and not self.source.has_scores and feasibility is not None:
            # Nothing is known but where not to go.
            C = self.domain.sample_encoded(N_DRAWS, rng)
            return best_untaken(C, feasibility.log_belief(C), taken)
        warped = warp(scores[is_scored])
        posterior, unit = self._condition(theta, U[is_scored], warped, noise[is_scored])
        best_first, incumbent = self._rank(posterior, U[is_scored], warped)
        if feasibility is not None:
            failed = self._find_failed(U, is_scored)
            posterior = posterior.believe(failed, feasibility.doubts(failed))
        n_trials = len(self.source.tried) + len(U) + len(pending)
        interior = make_interior(self.kernel.embedding.n_levels, n_trials)
        beliefs = (interior,) if feasibility is None else (interior, feasibility)
        incumbent += unit * margin_of_ties(scores[is_scored])
        acquire = Improvement(posterior.believe(pending), incumbent, beliefs)
        if self.all_codes is not None:
            return best_untaken(self.all_codes, acquire(self.all_codes), taken)
        return maximise(acquire, self.domain, self.layout, best_first, taken, rng)

    def _rank(self, posterior: Posterior, U: Array, warped: Warped) -> tuple[Array, float]:
        """Codes of the trials that the model sees, best first, and the best own one's mean.

        Until there is an own one, it is the best old one's.
        """
        old, own = choose_rows(self.source, warped, MAX_MODELLED)
        V = np.vstack([self.source.U[old], U[own]])
        mean, _ = posterior.predict(V)
        incumbent = mean[len(old) :] if len(own) else mean
        return V[np.argsort(-mean, kind="stable")], float(incumbent.max())

    def _find_feasibility(self, U: Array, is_scored: NDArray[np.bool_]) -> Feasibility | None:
        """Chance of success by the latest trials; None where none failed."""
        V = np.vstack([self.source.tried, U])[-MAX_MODELLED:]
        succeeded = np.append(self.source.succeeded, is_scored)[-MAX_MODELLED:]
        if succeeded.all():
            return None
        n_active = int(self.domain.active.sum(axis=1).max())
        return Feasibility(self.kernel.embedding, n_active, V, succeeded)

    def _find_failed(self, U: Array, is_scored: NDArray[np.bool_]) -> Array:
        """Codes of the latest failures."""
        failed = self.source.tried[~self.source.succeeded], U[~is_scored]
        return np.vstack(failed)[-MAX_BELIEVED:]

    def _condition(
        self, theta: Array, U: Array, warped: Warped, noise: Array
    ) -> tuple[Posterior, float]:
        """Posterior of the trials that the model sees, and its units in one of own `z`."""
        seen = see(self.source, U, warped, noise, MAX_MODELLED)
        # Scores that are all equal have no unit.
        found = 1.0 if warped.is_flat else find_ratio(theta, self.kernel.embedding.n_dims)
        z = np.where(seen.is_old, seen.z, found * seen.z)
        posterior = condition(self.kernel, theta, seen.U, z, seen.extra_noise, seen.is_old)
        return posterior, found * seen.ratio

    def draw(self, taken: Collection[bytes], rng: np.random.Generator) -> Array | None:
        """Draw a code that was not proposed before; None if no code is left."""
        C = self.domain.sample_encoded(N_DRAWS, rng)
        code = best_untaken(C, np.zeros(len(C)), taken)
        if code is None and self.n_candidates is not None:
            # So many are taken that going through all takes no longer than they did.
            C = enumerate_codes(self.domain, self.layout)
            code = best_untaken(C, np.zeros(len(C)), taken)
        return code


def make_proposer(
    domain: Domain, n_candidates: int | None, source: Source | None = None
) -> Proposer:
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
        source or no_source(len(n_levels)),
    )
