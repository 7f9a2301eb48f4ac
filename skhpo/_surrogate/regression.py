"""Gaussian process regression: a frozen posterior at given hyper-parameters.

U, z          codes (n_trials, n_dims) and standardised scores (n_trials,)
F, G          features of told and of other candidates (kernels.py), shape (n, n_features)
E             features of their main effects (effects.py), in deviations
theta         hyper-parameters in the logarithm, shape (2 n_dims + 2,): length scales,
              signal variance, noise variance, variances of the main effects; with old trials
              two more: `rho` as its logit, and `ratio` over what is expected of it (source.py)
extra_noise   noise variance known of single trials, in z squared, shape (n_trials,)
is_old        which trials are of an earlier search, shape (n_trials,)
k             correlation; K the covariance signal * k + E E^T, times rho between old trials
              and own ones, + MEAN_VARIANCE where both are of one search + noise on the
              diagonal, shape (n_trials, n_trials)
L, alpha      Cholesky factor of K, and K^-1 z

Each search's mean is an unknown constant with a N(0, MEAN_VARIANCE) prior, integrated out:
it adds MEAN_VARIANCE to every covariance. A search tells mostly good candidates, so their
average is not what to expect elsewhere, and the scores themselves have to say.

References
----------
.. [1] Rasmussen and Williams (2006). Gaussian processes for machine learning (RW2006).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dtrtrs
from scipy.spatial.distance import cdist
from scipy.special import expit

from skhpo._surrogate.effects import MainEffects
from skhpo._surrogate.kernels import Embedding, matern52

Array = NDArray[np.float64]

# z has variance 1 by construction.
MEAN_VARIANCE = 1.0
# Variance that rounding of K leaves, at most: smaller ones mean nothing.
MIN_VARIANCE = 1e-12


@dataclass(frozen=True)
class Kernel:
    """How codes become features, of either part of the covariance.

    Parameters
    ----------
    embedding : Embedding
        Of the part that sees all columns at once.
    effects : MainEffects
        Of the part that sees them one by one.
    """

    embedding: Embedding
    effects: MainEffects


def factorise(K: Array) -> Array:
    """Lower Cholesky factor; the diagonal grows tenfold until K is definite."""
    jitter = 0.0
    while True:
        L, info = dpotrf(K + jitter * np.eye(len(K)), lower=1, clean=1)
        if info == 0:
            return np.asarray(L)
        # From the rounding of K's largest entry.
        jitter = max(10.0 * jitter, 1e-14 * float(np.abs(K).max()))


def solve(L: Array, b: Array) -> Array:
    """Solve L L^T x = b; RW2006 Alg. 2.1 line 3."""
    half = dtrtrs(L, b, lower=1)[0]
    return np.asarray(dtrtrs(L, half, lower=1, trans=1)[0])


def find_rho(theta: Array, n_dims: int) -> float:
    """Correlation of an earlier function with the present one; 1 where there is none."""
    return float(expit(theta[-2])) if len(theta) > 2 * n_dims + 2 else 1.0


def find_ratio(theta: Array, n_dims: int) -> float:
    """What own scores are multiplied by besides what was expected; 1 without old ones."""
    return math.exp(theta[-1]) if len(theta) > 2 * n_dims + 2 else 1.0


@dataclass(frozen=True)
class Posterior:
    """What the told trials say of all others, in the present search.

    Parameters
    ----------
    kernel : Kernel
        How codes become features.
    theta : ndarray of shape (2 n_dims + 2,), or 2 more with old trials
        Hyper-parameters.
    F : ndarray of shape (n_trials, n_features)
        Features of the told candidates, in length scales.
    E : ndarray of shape (n_trials, n_effects)
        Features of their main effects, in deviations.
    z, extra_noise : ndarray of shape (n_trials,)
        Their scores and known noise variances.
    is_old : ndarray of bool, shape (n_trials,)
        Which are of an earlier search.
    L : ndarray of shape (n_trials, n_trials)
        Cholesky factor of their covariance.
    alpha : ndarray of shape (n_trials,)
        Their weights in the mean.
    """

    kernel: Kernel
    theta: Array
    F: Array
    E: Array
    z: Array
    extra_noise: Array
    is_old: NDArray[np.bool_]
    L: Array
    alpha: Array

    @property
    def signal(self) -> float:
        """Variance of the part that sees all columns at once."""
        return math.exp(self.theta[self.kernel.embedding.n_dims])

    @property
    def noise(self) -> float:
        """Variance of a trial's score about the function."""
        return math.exp(self.theta[self.kernel.embedding.n_dims + 1])

    def predict(self, U: Array) -> tuple[Array, Array]:
        """Mean and variance of the function, without noise, each of shape (n,)."""
        correlation, _ = matern52(_squared_distances(self._scaled(U), self.F))
        E = self._effects(U)
        cross = self._cross(correlation, E)
        # RW2006 Alg. 2.1 lines 4 to 6.
        half = dtrtrs(self.L, cross.T, lower=1)[0]
        variance = self._prior_variance(E) - np.einsum("ij,ij->j", half, half)
        return cross @ self.alpha, np.maximum(variance, MIN_VARIANCE)

    def sample(self, U: Array, normals: Array) -> Array:
        """Draws of the function at all of `U` jointly, from standard normals; (n_draws, n)."""
        G, E = self._scaled(U), self._effects(U)
        correlation, _ = matern52(_squared_distances(G, self.F))
        cross = self._cross(correlation, E)
        half = dtrtrs(self.L, cross.T, lower=1)[0]
        among, _ = matern52(_squared_distances(G, G))
        # RW2006 equation 2.24.
        covariance = self.signal * among + E @ E.T + MEAN_VARIANCE - half.T @ half
        covariance[np.diag_indices(len(U))] += MIN_VARIANCE
        draws: Array = cross @ self.alpha + normals @ factorise(covariance).T
        return draws

    def find_surprise(self, U: Array) -> float:
        """How often larger squared errors at the told candidates are than their variances.

        Errors are of predictions from all the others, and a told candidate counts by the share
        of `U`, codes of shape (n, n_dims), that is nearer to it than to any other.
        """
        half = dtrtrs(self.L, np.eye(len(self.L)), lower=1)[0]
        # RW2006 equations 5.12: 1 / [K^-1]_ii is the variance, alpha_i its multiple the error.
        precision = np.einsum("ij,ij->j", half, half)
        nearest = _squared_distances(self._scaled(U), self.F).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(precision))
        return float(counts @ (self.alpha**2 / precision)) / len(U)

    def predict_slopes(self, U: Array) -> tuple[Array, Array, Array, Array]:
        """Mean, variance, and their derivatives by U, shape (n, n_dims); 0 for categories."""
        embedding, effects = self.kernel.embedding, self.kernel.effects
        G, E = self._scaled(U), self._effects(U)
        correlation, slope = matern52(_squared_distances(G, self.F))
        cross = self._cross(correlation, E)
        weights = solve(self.L, cross.T).T
        variance = self._prior_variance(E) - np.einsum("ij,ij->i", cross, weights)
        # d r2 / dG = 2 (G - F), the sum over told candidates expanded.
        alpha, weights = self.alpha * self._shares, weights * self._shares
        by_mean = 2.0 * self.signal * slope * alpha
        by_variance = -4.0 * self.signal * slope * weights
        inner = embedding.slopes(U) * self._inverse_lengths
        d_mean = (G * by_mean.sum(1)[:, np.newaxis] - by_mean @ self.F) * inner
        d_variance = (G * by_variance.sum(1)[:, np.newaxis] - by_variance @ self.F) * inner
        d_effects = effects.slopes(U) * self._effect_deviations
        e_mean = d_effects * (alpha @ self.E)
        e_variance = 2.0 * d_effects * (E - weights @ self.E)
        return (
            cross @ self.alpha,
            np.maximum(variance, MIN_VARIANCE),
            d_mean @ embedding.to_column + e_mean @ effects.to_column,
            d_variance @ embedding.to_column + e_variance @ effects.to_column,
        )

    def believe(self, U: Array, doubts: Array | None = None) -> Posterior:
        """Posterior as if candidates had been told their posterior means [kriging believer].

        The mean stays; the variance falls about them, so that the next is elsewhere.
        `doubts` in [0, 1], shape (n,), move what is told from there to the worst score.
        """
        if len(U) == 0:
            return self
        told, _ = self.predict(U)
        if doubts is not None:
            told = told + doubts * (self.z.min() - told)
        return _condition(
            replace(
                self,
                F=np.vstack([self.F, self._scaled(U)]),
                E=np.vstack([self.E, self._effects(U)]),
                z=np.append(self.z, told),
                extra_noise=np.append(self.extra_noise, np.zeros(len(U))),
                is_old=np.append(self.is_old, np.zeros(len(U), dtype=bool)),
            )
        )

    def _prior_variance(self, E: Array) -> Array:
        """Variance before any trial, shape (n,)."""
        total: Array = self.signal + MEAN_VARIANCE + np.einsum("ij,ij->i", E, E)
        return total

    @cached_property
    def _shares(self) -> Array:
        """How much of its own covariance each told trial has with the present function, (n,)."""
        return np.where(self.is_old, find_rho(self.theta, self.kernel.embedding.n_dims), 1.0)

    def _cross(self, correlation: Array, E: Array) -> Array:
        """Covariances with the told trials, shape (n, n_trials)."""
        shared: Array = (self.signal * correlation + E @ self.E.T) * self._shares
        return shared + np.where(self.is_old, 0.0, MEAN_VARIANCE)

    @cached_property
    def _inverse_lengths(self) -> Array:
        """One over the length scale of each feature."""
        return np.exp(-self.theta[self.kernel.embedding.owner])

    @cached_property
    def _effect_deviations(self) -> Array:
        """Prior deviation of each feature of the main effects."""
        n_dims = self.kernel.embedding.n_dims
        variances = self.theta[n_dims + 2 : 2 * n_dims + 2]
        return np.exp(0.5 * variances)[self.kernel.effects.owner]

    def _scaled(self, U: Array) -> Array:
        """Features in length scales."""
        return self.kernel.embedding.features(U) * self._inverse_lengths

    def _effects(self, U: Array) -> Array:
        """Features of main effects, in deviations."""
        return self.kernel.effects.features(U) * self._effect_deviations


def _squared_distances(G: Array, F: Array) -> Array:
    """Squared distances between rows, exactly 0 between equal ones."""
    return np.asarray(cdist(G, F, "sqeuclidean"))


def _condition(prior: Posterior) -> Posterior:
    """Factorise the covariance of `prior.F` and `prior.E`, and weigh `prior.z`."""
    correlation, _ = matern52(_squared_distances(prior.F, prior.F))
    K = prior.signal * correlation + prior.E @ prior.E.T
    is_apart = prior.is_old[:, np.newaxis] != prior.is_old
    rho = find_rho(prior.theta, prior.kernel.embedding.n_dims)
    K = np.where(is_apart, rho * K, K + MEAN_VARIANCE)
    K[np.diag_indices(len(K))] += prior.noise + prior.extra_noise
    L = factorise(K)
    return replace(prior, L=L, alpha=solve(L, prior.z))


def condition(
    kernel: Kernel,
    theta: Array,
    U: Array,
    z: Array,
    extra_noise: Array,
    is_old: NDArray[np.bool_] | None = None,
) -> Posterior:
    """Posterior of told candidates at given hyper-parameters; None is none of them old."""
    empty = np.empty(0)
    known_old = np.zeros(len(U), dtype=bool) if is_old is None else is_old
    nothing = Posterior(kernel, theta, empty, empty, z, extra_noise, known_old, empty, empty)
    F, E = nothing._scaled(U), nothing._effects(U)
    return _condition(replace(nothing, F=F, E=E))
