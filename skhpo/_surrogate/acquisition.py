"""Acquisition: how much a candidate promises, in the logarithm.

mean, deviation   the posterior's at a candidate, in the units of `z`; deviation > 0
incumbent         best posterior mean at the told candidates
v                 improvement in deviations, (mean - incumbent) / deviation
phi, Phi          density and distribution function of the standard normal
h(v)              phi(v) + v Phi(v): expected improvement is deviation * h(v)
m(v)              Phi(v) / phi(v), Mills' ratio of -v: sqrt(pi / 2) erfcx(-v / sqrt(2))

Expected improvement underflows at v < -38 and leaves an optimiser without a gradient
on most of the cube; its logarithm never does [1]_. Valid for |v| <= 1e150: v squared
must not overflow.

References
----------
.. [1] Ament, Daulton, Eriksson, Balandat, Bakshy (2023). Unexpected improvements to
   expected improvement for Bayesian optimization. NeurIPS 36, equations 8 and 14.
.. [2] Huang, Allen, Notz, Zeng (2006). Global optimization of stochastic black-box
   systems via sequential kriging meta-models. J. Global Optimization 34, equation 12.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, ndtr

from skhpo._surrogate.regression import Posterior

Array = NDArray[np.float64]

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)
# Above -1 the terms of h do not cancel: the loss is below 2 bits.
NO_CANCELLATION = -1.0
# Below -100 the series of 1 + v m in 1 / v**2, cut after four terms, is exact to
# 945 / v**8 = 1e-13, while the difference itself keeps only eps * v**2 = 2e-12.
SERIES = -100.0
# By how much each tie with the best raises the bar, and all of them at most.
TIE_MARGIN, MAX_TIE_MARGIN = 0.2, 2.0


@dataclass(frozen=True)
class LogH:
    """log h at each v, with the ratios that its derivatives need.

    Parameters
    ----------
    value : ndarray
        log h(v).
    cdf_ratio : ndarray
        Phi / h, the derivative of `value`.
    pdf_ratio : ndarray
        phi / h, which is 1 - v Phi / h without its cancellation.
    """

    value: Array
    cdf_ratio: Array
    pdf_ratio: Array


def log_h(v: Array) -> LogH:
    """log(phi(v) + v Phi(v)) without underflow or cancellation, for |v| <= 1e150."""
    v = np.asarray(v, dtype=np.float64)
    # Each branch sees values of its own range only, so that none overflows.
    near = np.maximum(v, NO_CANCELLATION)
    phi = np.exp(-0.5 * near**2 - LOG_SQRT_2PI)
    cdf = ndtr(near)
    h = phi + near * cdf
    middle = np.clip(v, SERIES, NO_CANCELLATION)
    mills = math.sqrt(0.5 * math.pi) * erfcx(-middle / math.sqrt(2.0))
    far = np.minimum(v, SERIES)
    s = 1.0 / far**2
    # h / phi = 1 + v m, by m's asymptotic series (Abramowitz and Stegun 26.2.12).
    far_h = s * (1.0 - s * (3.0 - s * (15.0 - s * 105.0)))
    far_mills = (far_h - 1.0) / far
    is_near, is_far = v > NO_CANCELLATION, v < SERIES
    h_over_phi = np.where(is_far, far_h, 1.0 + middle * mills)
    m = np.where(is_far, far_mills, mills)
    tail = np.where(is_near, 0.0, v)
    return LogH(
        np.where(is_near, np.log(h), -0.5 * tail**2 - LOG_SQRT_2PI + np.log(h_over_phi)),
        np.where(is_near, cdf / h, m / h_over_phi),
        np.where(is_near, phi / h, 1.0 / h_over_phi),
    )


@dataclass(frozen=True)
class Acquired:
    """Acquisition and its derivatives, each of the shape of the means.

    Parameters
    ----------
    value : ndarray
        Logarithm of the acquisition, larger is better.
    by_mean, by_variance : ndarray
        Derivatives by the posterior's mean and variance.
    """

    value: Array
    by_mean: Array
    by_variance: Array


def log_expected_improvement(mean: Array, variance: Array, incumbent: float) -> Acquired:
    """Logarithm of the expected improvement over `incumbent`, for positive variance.

    Finite wherever ``|mean - incumbent| / sqrt(variance) <= 1e150``.
    """
    deviation = np.sqrt(variance)
    h = log_h((mean - incumbent) / deviation)
    # EI = deviation * h(v): its derivatives by mean and deviation are Phi and phi.
    return Acquired(
        h.value + np.log(deviation),
        h.cdf_ratio / deviation,
        h.pdf_ratio / (2.0 * variance),
    )


def log_augmented_improvement(
    mean: Array, variance: Array, incumbent: float, noise: float
) -> Acquired:
    """Logarithm of the augmented expected improvement [2]_.

    Expected improvement times 1 - sqrt(noise / (variance + noise)): a candidate whose
    value is known as well as one more noisy trial can tell is not worth a trial. Without
    it, searches of rough plateaus repeat themselves next to the incumbent. `noise` is the
    variance of a trial in the units of `z` squared, not negative; 0 is the plain one.
    """
    plain = log_expected_improvement(mean, variance, incumbent)
    if noise == 0.0:
        return plain
    # 1 - (1 + q)**(-1/2) with q = variance / noise; expm1 keeps it positive for small q.
    log_ratio = np.log1p(variance / noise)
    discount = -np.expm1(-0.5 * log_ratio)
    slope = 0.5 * np.exp(-1.5 * log_ratio) / (noise * discount)
    return Acquired(
        plain.value + np.log(discount),
        plain.by_mean,
        plain.by_variance + slope,
    )


def margin_of_ties(scores: Array) -> float:
    """By how much the incumbent is to be improved upon, in units of `z`.

    Accuracies on few rows come in steps, and a model of them believes that a plateau of
    equal best scores rises by less than a step somewhere. Each trial that only ties with
    the best raises the bar; where scores never tie, it stays.
    """
    n_tied = int(np.count_nonzero(scores == scores.max(initial=-np.inf)))
    return min(TIE_MARGIN * max(n_tied - 1, 0), MAX_TIE_MARGIN)


class Belief(Protocol):
    """A factor of the acquisition, by its logarithm."""

    def log_belief(self, U: Array) -> Array:
        """Logarithm at each code, shape (n,)."""

    def slopes(self, U: Array) -> tuple[Array, Array]:
        """Logarithms, and derivatives by U of shape (n, n_dims), 0 for categories."""


@dataclass(frozen=True)
class Improvement:
    """Log augmented expected improvement of candidates, times what else is believed of them.

    Parameters
    ----------
    posterior : Posterior
        Of the told trials, pending ones believed.
    incumbent : float
        What is to be improved upon: the best posterior mean at the told candidates, since
        the best score itself may be luck, or more.
    beliefs : tuple of Belief, default=()
        Factors: the chance of success, where optima are expected.
    """

    posterior: Posterior
    incumbent: float
    beliefs: tuple[Belief, ...] = ()

    def __call__(self, U: Array) -> Array:
        """Value of each code, shape (n,)."""
        mean, variance = self.posterior.predict(U)
        value = self._acquire(mean, variance).value
        for belief in self.beliefs:
            value = value + belief.log_belief(U)
        return value

    def slopes(self, U: Array) -> tuple[Array, Array]:
        """Values, and derivatives by U of shape (n, n_dims), 0 for categories."""
        mean, variance, d_mean, d_variance = self.posterior.predict_slopes(U)
        found = self._acquire(mean, variance)
        value = found.value
        by_U = found.by_mean[:, np.newaxis] * d_mean + found.by_variance[:, np.newaxis] * d_variance
        for belief in self.beliefs:
            more, more_by_U = belief.slopes(U)
            value, by_U = value + more, by_U + more_by_U
        return value, by_U

    def _acquire(self, mean: Array, variance: Array) -> Acquired:
        """Acquisition at the model's own noise."""
        return log_augmented_improvement(mean, variance, self.incumbent, self.posterior.noise)
