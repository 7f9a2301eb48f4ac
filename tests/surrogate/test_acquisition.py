"""Log expected improvement against quadrature, its gradients, and the ends of the doubles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.special import log_ndtr

from skhpo._surrogate.acquisition import (
    log_augmented_improvement,
    log_expected_improvement,
    log_h,
)
from tests.surrogate.cubes import central_difference

# Both sides of each branch's threshold, and the ranges between.
VALUES = np.array([-500, -101, -100, -99, -20, -5, -1.01, -1, -0.99, 0, 0.5, 3, 30])


@pytest.mark.parametrize(("mean", "deviation"), [(0.3, 1.0), (-2.0, 0.7), (1.5, 0.2), (-3.0, 1.0)])
def test_expected_improvement_equals_quadrature(mean, deviation):
    incumbent = 0.4
    density = stats.norm(mean, deviation).pdf
    top = mean + 40 * deviation
    value, _ = quad(lambda y: (y - incumbent) * density(y), incumbent, top, epsabs=0, limit=200)
    found = log_expected_improvement(np.array([mean]), np.array([deviation**2]), incumbent)
    # quad's own relative tolerance is 1.5e-8.
    assert found.value[0] == pytest.approx(math.log(value), rel=1e-7)


@pytest.mark.parametrize("v", [-500.0, -150.0, -101.0, -99.0, -40.0, -5.0, -1.5])
def test_tail_equals_quadrature_of_its_integral(v):
    # h(v) is the integral of Phi up to v; scaled by phi(v), exp(-(t**2) / 2 + v t) in t > 0
    # leaves phi(v) times the integral of t exp(-t**2 / 2 + v t).
    integral, _ = quad(lambda t: t * math.exp(-0.5 * t * t + v * t), 0, 60 / abs(v), epsabs=0)
    expected = stats.norm.logpdf(v) + math.log(integral)
    assert log_h(np.array([v])).value[0] == pytest.approx(expected, rel=1e-9)


def test_finite_and_increasing_from_minus_1e100_to_1e100():
    sizes = np.logspace(-100, 100, 4001)
    v = np.concatenate([-sizes[::-1], [0.0], sizes])
    found = log_h(v)
    for part in (found.value, found.cdf_ratio, found.pdf_ratio):
        assert np.isfinite(part).all()
    assert np.all(np.diff(found.value) >= 0)
    assert np.all(found.cdf_ratio > 0)
    assert np.all(np.diff(found.cdf_ratio) <= 1e-9 * found.cdf_ratio[:-1])


@pytest.mark.parametrize("threshold", [-1.0, -100.0])
def test_branches_meet(threshold):
    v = np.array([np.nextafter(threshold, -np.inf), threshold, np.nextafter(threshold, np.inf)])
    found = log_h(v)
    # What the worse branch loses at the threshold: eps * v**2.
    for part in (found.value, found.cdf_ratio, found.pdf_ratio):
        np.testing.assert_allclose(part, part[1], rtol=1e-11)


def test_ratios_equal_their_definitions():
    v = VALUES[VALUES > -30]
    found = log_h(v)
    np.testing.assert_allclose(found.cdf_ratio, np.exp(log_ndtr(v) - found.value), rtol=1e-10)
    np.testing.assert_allclose(
        found.pdf_ratio, np.exp(stats.norm.logpdf(v) - found.value), rtol=1e-9
    )


@pytest.mark.parametrize("noise", [0.0, 1e-8, 0.02, 5.0])
@pytest.mark.parametrize("v", VALUES)
def test_derivatives_equal_finite_differences(v, noise):
    variance, incumbent = 0.09, 0.1
    mean = incumbent + 0.3 * v

    def value(x):
        return log_augmented_improvement(x[:1], x[1:], incumbent, noise).value[0]

    found = log_augmented_improvement(np.array([mean]), np.array([variance]), incumbent, noise)
    numeric = central_difference(value, np.array([mean, variance]))
    # Rounding of values up to 1e5 over steps of 1e-6.
    np.testing.assert_allclose(
        [found.by_mean[0], found.by_variance[0]], numeric, rtol=1e-5, atol=1e-6
    )


def test_noise_discounts_candidates_that_are_known():
    mean, variance = np.zeros(3), np.array([1e-6, 1e-2, 1e2])
    plain = log_expected_improvement(mean, variance, 0.5).value
    augmented = log_augmented_improvement(mean, variance, 0.5, 0.01).value
    lost = plain - augmented
    assert np.all(lost > 0)
    assert np.all(np.diff(lost) < 0)
    # Huang et al. equation 12.
    expected = -np.log(1 - np.sqrt(0.01 / (variance + 0.01)))
    np.testing.assert_allclose(lost, expected, rtol=1e-9)


def test_values_are_finite_for_the_smallest_noise_and_variance():
    found = log_augmented_improvement(np.array([-50.0]), np.array([1e-12]), 3.0, 1e-300)
    assert np.isfinite([found.value, found.by_mean, found.by_variance]).all()
