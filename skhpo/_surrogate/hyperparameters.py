"""Hyper-parameters of the covariance by the mode of their posterior.

U, z          codes (n_trials, n_dims) and standardised scores (n_trials,)
theta         hyper-parameters in the logarithm, shape (2 n_dims + 2,): length scales,
              signal variance, noise variance, variances of the main effects; with old trials
              two more: `rho` as its logit, and `ratio` over what is expected of it (source.py)
w             inverse squared length scales, shape (n_dims,)
extra_noise   noise variance known of single trials, in z squared, shape (n_trials,)
is_apart      pairs of an old trial and an own one, shape (n_trials * n_trials,)
K, L, alpha   covariance, its Cholesky factor, and K^-1 z (regression.py)

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
from scipy.linalg.lapack import dpotri
from scipy.optimize import minimize

from skhpo._surrogate.kernels import column_distances, column_products, matern52
from skhpo._surrogate.regression import (
    MEAN_VARIANCE,
    Kernel,
    factorise,
    find_ratio,
    find_rho,
    solve,
)

Array = NDArray[np.float64]

# Normal priors of theta. A length scale of the whole range where six columns are active,
# within a factor of e. Of a signal as strong as z itself, which is standardised. Of the
# noise, BoTorch's: a deviation of .14, within a factor of 1.6. Of the main effects of all
# active columns together, a third of z, any column's within a factor of 4.5.
LENGTH_DIMS = 6.0
LENGTH_SPREAD = 1.0
SIGNAL_PRIOR = (0.0, 0.5)
NOISE_PRIOR = (-4.0, 1.0)
# Where the centre of that prior may be, by the noise that was told.
EXPECTED_NOISE = (-9.0, 0.0)
EFFECT_PRIOR = (-1.0, 1.5)
# Spreads of lengths, signal and effects in their place where a function is looked at, not
# maximised: what a column does is then what is asked, and the trials alone should say. Within
# factors of 20, 7 and 55.
LOOSE_SPREADS = (3.0, 2.0, 4.0)
# Of the correlation with an earlier search, as its logit, .73, within .18 and .97: broad, so that
# trials that mislead are found out by the first few that do not agree. Of how far the units are
# other than expected, within a factor of e.
RHO_PRIOR = (1.0, 2.5)
RATIO_PRIOR = (0.0, 1.0)
# Beyond these the likelihood is flat, or K's condition number above 1e9.
LENGTH_BOUNDS = (math.log(1e-2), math.log(1e3))
SIGNAL_BOUNDS = (math.log(0.02), math.log(50.0))
NOISE_BOUNDS = (math.log(1e-6), math.log(2.0))
EFFECT_BOUNDS = (math.log(1e-4), math.log(20.0))
RHO_BOUNDS = (-6.0, 6.0)
RATIO_BOUNDS = (-20.0, 20.0)
# The mode is known well enough long before L-BFGS-B's own tolerance says so.
MAX_ITERATIONS = 60


@dataclass(frozen=True)
class Prior:
    """Normal prior of theta, and the box that holds it.

    Parameters
    ----------
    mean, spread : ndarray of shape (2 n_dims + 2,), or 2 more with old trials
        Means and deviations.
    bounds : tuple of (float, float)
        Lowest and highest value of each.
    """

    mean: Array
    spread: Array
    bounds: tuple[tuple[float, float], ...]

    def expecting(self, noise: float) -> Prior:
        """Prior with its noise centred on a variance that was told; itself for 0."""
        if noise == 0.0:
            return self
        mean = self.mean.copy()
        mean[len(mean) // 2] = np.clip(math.log(noise), *EXPECTED_NOISE)
        return replace(self, mean=mean)

    def loosened(self) -> Prior:
        """Prior that leaves to the trials what each column does."""
        n_dims = len(self.mean) // 2 - 1
        length, signal, effect = LOOSE_SPREADS
        noise = self.spread[n_dims + 1]
        spread = np.array([length] * n_dims + [signal, noise] + [effect] * n_dims)
        return replace(self, spread=spread)

    def transferring(self) -> Prior:
        """Prior with the two hyper-parameters that old trials need."""
        return Prior(
            np.append(self.mean, [RHO_PRIOR[0], RATIO_PRIOR[0]]),
            np.append(self.spread, [RHO_PRIOR[1], RATIO_PRIOR[1]]),
            (*self.bounds, RHO_BOUNDS, RATIO_BOUNDS),
        )


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
    is_old : ndarray of bool, shape (n_trials,)
        Which are of an earlier search.
    """

    distances: Array
    products: Array
    is_old: NDArray[np.bool_]

    @cached_property
    def is_apart(self) -> NDArray[np.bool_]:
        """Pairs of an old trial and an own one, shape (n_trials * n_trials,)."""
        apart: NDArray[np.bool_] = self.is_old[:, np.newaxis] != self.is_old
        return apart.ravel()


def find_pairs(kernel: Kernel, U: Array, is_old: NDArray[np.bool_] | None = None) -> Pairs:
    """Distances and products of all pairs of codes; None is none of them old."""
    n_dims = kernel.embedding.n_dims
    F, E = kernel.embedding.features(U), kernel.effects.features(U)
    return Pairs(
        column_distances(F, kernel.embedding.owner, n_dims),
        column_products(E, kernel.effects.owner, n_dims),
        np.zeros(len(U), dtype=bool) if is_old is None else is_old,
    )


def negative_log_posterior(
    theta: Array, pairs: Pairs, z: Array, extra_noise: Array, prior: Prior
) -> tuple[float, Array]:
    """Minus log p(z, theta) up to a constant, and its gradient by theta."""
    n_dims, n = len(pairs.distances), len(z)
    w = np.exp(-2.0 * theta[:n_dims])
    signal, noise = np.exp(theta[n_dims : n_dims + 2])
    variances = np.exp(theta[n_dims + 2 : 2 * n_dims + 2])
    distances, products = pairs.distances.reshape(n_dims, -1), pairs.products.reshape(n_dims, -1)
    k, slope = matern52(w @ distances)
    C = signal * k + variances @ products
    shares = np.where(pairs.is_apart, find_rho(theta, n_dims), 1.0)
    K = np.where(pairs.is_apart, shares * C, C + MEAN_VARIANCE).reshape(n, n)
    K[np.diag_indices(n)] += noise + extra_noise
    z = np.where(pairs.is_old, z, find_ratio(theta, n_dims) * z)
    value, by_K, alpha = _explain(K, z)
    by_C = by_K * shares
    weighted = signal * by_C
    gradient = np.empty_like(theta)
    gradient[:n_dims] = -2.0 * w * (distances @ (weighted * slope))
    gradient[n_dims] = weighted @ k
    gradient[n_dims + 1] = noise * by_K[:: n + 1].sum()
    gradient[n_dims + 2 : 2 * n_dims + 2] = variances * (products @ by_C)
    if len(theta) > 2 * n_dims + 2:
        more, gradient[-2:] = _transfer_terms(theta, pairs, by_C * C, alpha * z)
        value += more
    deviation = (theta - prior.mean) / prior.spread
    return value + 0.5 * float(deviation @ deviation), gradient + deviation / prior.spread


def _explain(K: Array, z: Array) -> tuple[float, Array, Array]:
    """Minus log p(z) up to a constant, its gradient by K's entries in a row, and alpha."""
    L = factorise(K)
    alpha = solve(L, z)
    # RW2006 eq. 5.8 and 5.9.
    value = 0.5 * float(z @ alpha) + float(np.log(np.diag(L)).sum())
    inverse = dpotri(L, lower=1)[0]
    inverse += np.tril(inverse, -1).T
    return value, 0.5 * (inverse - np.outer(alpha, alpha)).ravel(), alpha


def _transfer_terms(
    theta: Array, pairs: Pairs, by_log_C: Array, by_log_z: Array
) -> tuple[float, Array]:
    """What the unit of own scores adds to the value, and the gradient by rho and by ratio."""
    is_own = ~pairs.is_old
    n_own = int(is_own.sum())
    rho = find_rho(theta, len(pairs.distances))
    # d log rho / d logit rho = 1 - rho.
    by_rho = (1.0 - rho) * by_log_C[pairs.is_apart].sum()
    # Densities are of the scores before they were multiplied: each has the ratio as a factor.
    return -n_own * theta[-1], np.array([by_rho, by_log_z[is_own].sum() - n_own])


def fit(
    kernel: Kernel,
    U: Array,
    z: Array,
    extra_noise: Array,
    prior: Prior,
    is_old: NDArray[np.bool_] | None = None,
) -> Array:
    """Mode of theta that L-BFGS-B reaches from the prior's mean, of its shape.

    One trial or more; equal ones and equal scores are fine.
    """
    result = minimize(
        negative_log_posterior,
        prior.mean,
        args=(find_pairs(kernel, U, is_old), z, extra_noise, prior),
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds,
        options={"maxiter": MAX_ITERATIONS},
    )
    return np.asarray(result.x)
