"""Gaussian process regression: hyper-parameters by posterior mode, and a frozen posterior.

U, z          codes (n_trials, n_dims) and standardised scores (n_trials,)
F, G          features of told and of other candidates (kernels.py), shape (n, n_features)
E             features of their main effects (effects.py), in deviations
theta         hyper-parameters in the logarithm, shape (2 n_dims + 2,): length scales,
              signal variance, noise variance, variances of the main effects
extra_noise   noise variance known of single trials, in z squared, shape (n_trials,)
k             correlation; K the covariance signal * k + E E^T + MEAN_VARIANCE + noise on
              the diagonal, shape (n_trials, n_trials)
L, alpha      Cholesky factor of K, and K^-1 z

The mean is an unknown constant with a N(0, MEAN_VARIANCE) prior, integrated out: it adds
MEAN_VARIANCE to every covariance. A search tells mostly good candidates, so their average
is not what to expect elsewhere, and the scores themselves have to say.

References
----------
.. [1] Rasmussen and Williams (2006). Gaussian processes for machine learning (RW2006).
.. [2] Hvarfner, Hellsten, Nardi (2024). Vanilla Bayesian optimization performs great in
   high dimensions. ICML, section 5: length scales that grow with sqrt(n_dims).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dtrtrs
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from skhpo._surrogate.effects import MainEffects
from skhpo._surrogate.kernels import Embedding, column_distances, column_products, matern52

Array = NDArray[np.float64]

# z has variance 1 by construction.
MEAN_VARIANCE = 1.0
# Normal priors of theta. A length scale of the whole range where six columns are active,
# within a factor of e. Of a signal as strong as z itself, which is standardised. Of the
# noise, BoTorch's: a deviation of .14, within a factor of 1.6. Of the main effects of all
# active columns together, a third of z, any column's within a factor of 4.5.
LENGTH_DIMS = 6.0
LENGTH_SPREAD = 1.0
SIGNAL_PRIOR = (0.0, 0.5)
NOISE_PRIOR = (-4.0, 1.0)
EFFECT_PRIOR = (-1.0, 1.5)
# Beyond these the likelihood is flat, or K's condition number above 1e9.
LENGTH_BOUNDS = (math.log(1e-2), math.log(1e3))
SIGNAL_BOUNDS = (math.log(0.02), math.log(50.0))
NOISE_BOUNDS = (math.log(1e-6), math.log(2.0))
EFFECT_BOUNDS = (math.log(1e-4), math.log(20.0))
# The mode is known well enough long before L-BFGS-B's own tolerance says so.
MAX_ITERATIONS = 60
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


@dataclass(frozen=True)
class Prior:
    """Normal prior of theta, and the box that holds it.

    Parameters
    ----------
    mean, spread : ndarray of shape (2 n_dims + 2,)
        Means and deviations.
    bounds : tuple of (float, float)
        Lowest and highest value of each.
    """

    mean: Array
    spread: Array
    bounds: tuple[tuple[float, float], ...]


def make_prior(n_dims: int, n_active: int) -> Prior:
    """Prior for `n_dims` columns of which a candidate has at most `n_active`."""
    n_active = max(n_active, 1)
    length = 0.5 * math.log(n_active / LENGTH_DIMS)
    effect = EFFECT_PRIOR[0] - math.log(n_active)
    return Prior(
        np.array([length] * n_dims + [SIGNAL_PRIOR[0], NOISE_PRIOR[0]] + [effect] * n_dims),
        np.array(
            [LENGTH_SPREAD] * n_dims
            + [SIGNAL_PRIOR[1], NOISE_PRIOR[1]]
            + [EFFECT_PRIOR[1]] * n_dims
        ),
        (LENGTH_BOUNDS,) * n_dims + (SIGNAL_BOUNDS, NOISE_BOUNDS) + (EFFECT_BOUNDS,) * n_dims,
    )


@dataclass(frozen=True)
class Pairs:
    """What the likelihood needs of all pairs of told candidates, before any length scale.

    Parameters
    ----------
    distances : ndarray of shape (n_dims, n_trials, n_trials)
        Squared distances by column.
    products : ndarray of shape (n_dims, n_trials, n_trials)
        Inner products of the main effects' features by column.
    """

    distances: Array
    products: Array


def find_pairs(kernel: Kernel, U: Array) -> Pairs:
    """Distances and products of all pairs of codes."""
    n_dims = kernel.embedding.n_dims
    F, E = kernel.embedding.features(U), kernel.effects.features(U)
    return Pairs(
        column_distances(F, kernel.embedding.owner, n_dims),
        column_products(E, kernel.effects.owner, n_dims),
    )


def negative_log_posterior(
    theta: Array, pairs: Pairs, z: Array, extra_noise: Array, prior: Prior
) -> tuple[float, Array]:
    """Minus log p(z, theta) up to a constant, and its gradient by theta."""
    n_dims, n = len(pairs.distances), len(z)
    w = np.exp(-2.0 * theta[:n_dims])
    signal, noise = np.exp(theta[n_dims : n_dims + 2])
    variances = np.exp(theta[n_dims + 2 :])
    distances, products = pairs.distances.reshape(n_dims, -1), pairs.products.reshape(n_dims, -1)
    k, slope = matern52(w @ distances)
    K = (signal * k + variances @ products + MEAN_VARIANCE).reshape(n, n)
    K[np.diag_indices(n)] += noise + extra_noise
    L = factorise(K)
    alpha = _solve(L, z)
    # RW2006 eq. 5.8 and 5.9.
    value = 0.5 * float(z @ alpha) + float(np.log(np.diag(L)).sum())
    inverse = dpotri(L, lower=1)[0]
    inverse += np.tril(inverse, -1).T
    by_K = 0.5 * (inverse - np.outer(alpha, alpha)).ravel()
    weighted = signal * by_K
    gradient = np.empty_like(theta)
    gradient[:n_dims] = -2.0 * w * (distances @ (weighted * slope))
    gradient[n_dims] = weighted @ k
    gradient[n_dims + 1] = noise * by_K[:: n + 1].sum()
    gradient[n_dims + 2 :] = variances * (products @ by_K)
    deviation = (theta - prior.mean) / prior.spread
    return value + 0.5 * float(deviation @ deviation), gradient + deviation / prior.spread


def factorise(K: Array) -> Array:
    """Lower Cholesky factor; the diagonal grows tenfold until K is definite."""
    jitter = 0.0
    while True:
        L, info = dpotrf(K + jitter * np.eye(len(K)), lower=1, clean=1)
        if info == 0:
            return np.asarray(L)
        # From the rounding of K's largest entry.
        jitter = max(10.0 * jitter, 1e-14 * float(np.abs(K).max()))


def _solve(L: Array, b: Array) -> Array:
    """Solve L L^T x = b; RW2006 Alg. 2.1 line 3."""
    half = dtrtrs(L, b, lower=1)[0]
    return np.asarray(dtrtrs(L, half, lower=1, trans=1)[0])


@dataclass(frozen=True)
class Posterior:
    """What the told trials say of all others.

    Parameters
    ----------
    kernel : Kernel
        How codes become features.
    theta : ndarray of shape (2 n_dims + 2,)
        Hyper-parameters.
    F : ndarray of shape (n_trials, n_features)
        Features of the told candidates, in length scales.
    E : ndarray of shape (n_trials, n_effects)
        Features of their main effects, in deviations.
    z, extra_noise : ndarray of shape (n_trials,)
        Their scores and known noise variances.
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
        cross = self.signal * correlation + E @ self.E.T + MEAN_VARIANCE
        # RW2006 Alg. 2.1 lines 4 to 6.
        half = dtrtrs(self.L, cross.T, lower=1)[0]
        variance = self._prior_variance(E) - np.einsum("ij,ij->j", half, half)
        return cross @ self.alpha, np.maximum(variance, MIN_VARIANCE)

    def predict_slopes(self, U: Array) -> tuple[Array, Array, Array, Array]:
        """Mean, variance, and their derivatives by U, shape (n, n_dims); 0 for categories."""
        embedding, effects = self.kernel.embedding, self.kernel.effects
        G, E = self._scaled(U), self._effects(U)
        correlation, slope = matern52(_squared_distances(G, self.F))
        cross = self.signal * correlation + E @ self.E.T + MEAN_VARIANCE
        weights = _solve(self.L, cross.T).T
        variance = self._prior_variance(E) - np.einsum("ij,ij->i", cross, weights)
        # d r2 / dG = 2 (G - F), the sum over told candidates expanded.
        by_mean = 2.0 * self.signal * slope * self.alpha
        by_variance = -4.0 * self.signal * slope * weights
        inner = embedding.slopes(U) * self._inverse_lengths
        d_mean = (G * by_mean.sum(1)[:, np.newaxis] - by_mean @ self.F) * inner
        d_variance = (G * by_variance.sum(1)[:, np.newaxis] - by_variance @ self.F) * inner
        d_effects = effects.slopes(U) * self._effect_deviations
        e_mean = d_effects * (self.alpha @ self.E)
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
            )
        )

    def _prior_variance(self, E: Array) -> Array:
        """Variance before any trial, shape (n,)."""
        total: Array = self.signal + MEAN_VARIANCE + np.einsum("ij,ij->i", E, E)
        return total

    @cached_property
    def _inverse_lengths(self) -> Array:
        """One over the length scale of each feature."""
        return np.exp(-self.theta[self.kernel.embedding.owner])

    @cached_property
    def _effect_deviations(self) -> Array:
        """Prior deviation of each feature of the main effects."""
        n_dims = self.kernel.embedding.n_dims
        return np.exp(0.5 * self.theta[n_dims + 2 :])[self.kernel.effects.owner]

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
    K = prior.signal * correlation + prior.E @ prior.E.T + MEAN_VARIANCE
    K[np.diag_indices(len(K))] += prior.noise + prior.extra_noise
    L = factorise(K)
    return replace(prior, L=L, alpha=_solve(L, prior.z))


def fit(kernel: Kernel, U: Array, z: Array, extra_noise: Array, prior: Prior) -> Array:
    """Mode of theta that L-BFGS-B reaches from the prior's mean, shape (2 n_dims + 2,).

    One trial or more; equal ones and equal scores are fine.
    """
    result = minimize(
        negative_log_posterior,
        prior.mean,
        args=(find_pairs(kernel, U), z, extra_noise, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds,
        options={"maxiter": MAX_ITERATIONS},
    )
    return np.asarray(result.x)


def condition(kernel: Kernel, theta: Array, U: Array, z: Array, extra_noise: Array) -> Posterior:
    """Posterior of told candidates at given hyper-parameters."""
    empty = np.empty(0)
    nothing = Posterior(kernel, theta, empty, empty, z, extra_noise, empty, empty)
    F, E = nothing._scaled(U), nothing._effects(U)
    return _condition(replace(nothing, F=F, E=E))
