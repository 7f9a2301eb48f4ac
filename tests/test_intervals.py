"""Intervals of accuracy and of areas under the ROC curve: references, extremes, coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from skhpo._intervals import (
    delong_interval,
    delong_variance,
    newcombe_interval,
    wilson_interval,
)

# Wilson -------------------------------------------------------------------------------


def test_wilson_is_the_published_interval():
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    # Medicine 17, 1998, table I, method 3: four decimals.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_wilson_is_the_closed_form():
    # Wilson 1927: the roots of (p - k/n)^2 = z^2 p (1 - p) / n.
    for n_right, n, level in ((7, 9, 0.9), (30, 31, 0.95), (500, 1000, 0.99)):
        z2 = stats.norm.ppf((1 + level) / 2) ** 2
        share = n_right / n
        roots = np.roots([1 + z2 / n, -2 * share - z2 / n, share**2])
        assert wilson_interval(n_right, n, level) == pytest.approx(sorted(roots), rel=1e-9)


@pytest.mark.parametrize("n", [1, 5, 10**6])
def test_all_right_and_none_right_have_a_width(n):
    low, high = wilson_interval(n, n)
    # z^2 / (n + z^2), the closed form's other root.
    z2 = stats.norm.ppf(0.975) ** 2
    assert (1 - low, high) == pytest.approx((z2 / (n + z2), 1.0))
    assert wilson_interval(0, n) == pytest.approx((0.0, 1 - low))


@pytest.mark.parametrize("n", [10, 30, 100])
def test_wilson_covers(n):
    # Exactly, by summing over counts: no chance of a false failure.
    counts = np.arange(n + 1)
    ends = np.array([wilson_interval(k, n) for k in counts])
    shares = np.linspace(0.02, 0.98, 97)
    held = (ends[:, :1] <= shares) & (shares <= ends[:, 1:])
    covered = (stats.binom.pmf(counts[:, np.newaxis], n, shares) * held).sum(axis=0)
    assert covered.mean() == pytest.approx(0.955, abs=0.01)
    # Its known dip is where the share is near 0 or 1 (Brown, Cai and DasGupta 2001).
    assert covered.min() > 0.83


# Area under the ROC curve -------------------------------------------------------------


def brute_force(is_positive, scores):
    """DeLong et al. (1988) by all pairs: equations 1 to 5 as they stand."""
    X, Y = scores[is_positive], scores[~is_positive]
    pairs = (X[:, None] > Y) + 0.5 * (X[:, None] == Y)
    return pairs.mean(), (
        pairs.mean(axis=1).var(ddof=1) / len(X) + pairs.mean(axis=0).var(ddof=1) / len(Y)
    )


@pytest.mark.parametrize("n_values", [3, 1000])
def test_midranks_give_the_variance_of_all_pairs(n_values):
    rng = np.random.default_rng(n_values)
    is_positive = rng.random(60) < 0.3
    scores = rng.integers(n_values, size=60) + 0.3 * n_values * is_positive
    auc, variance = delong_variance(is_positive, scores)
    # Sums of at most 60 numbers below 1, in another order.
    assert (auc, variance) == pytest.approx(brute_force(is_positive, scores), abs=1e-14)
    assert auc == pytest.approx(roc_auc_score(is_positive, scores), abs=1e-14)


def test_newcombe_solves_its_equation():
    # Newcombe 2006, part 2, method 5: |AUC - limit| is z standard errors at the limit.
    for auc, m, n, level in ((0.8, 20, 30, 0.95), (0.5, 3, 200, 0.9), (0.99, 500, 40, 0.99)):
        for limit in newcombe_interval(auc, m, n, level):
            mean = (m + n) / 2 - 1
            spread = 1 + mean * (1 - limit) / (2 - limit) + mean * limit / (1 + limit)
            error = math.sqrt(limit * (1 - limit) * spread / (m * n))
            z = stats.norm.ppf((1 + level) / 2)
            # The root is found to 2e-12, a millionth of a standard error or less.
            assert abs(auc - limit) == pytest.approx(z * error, rel=1e-6)


def test_newcombe_of_a_single_pair_is_wilsons_of_one_row():
    # One pair is one comparison: the same equation.
    assert newcombe_interval(1.0, 1, 1) == pytest.approx(wilson_interval(1, 1), abs=1e-9)


def test_reversed_scores_reverse_the_interval():
    rng = np.random.default_rng(1)
    is_positive, scores = rng.random(80) < 0.5, rng.normal(size=80)
    low, high = delong_interval(is_positive, scores)
    assert delong_interval(is_positive, -scores) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_only_the_order_of_scores_matters():
    rng = np.random.default_rng(2)
    is_positive, scores = rng.random(80) < 0.5, rng.normal(size=80)
    assert delong_interval(is_positive, scores) == delong_interval(is_positive, np.exp(scores))


@pytest.mark.parametrize(
    ("is_positive", "scores", "auc"),
    [
        ([1, 1, 1, 0, 0, 0], [6, 5, 4, 3, 2, 1], 1.0),
        ([1, 1, 1, 0, 0, 0], [1, 2, 3, 4, 5, 6], 0.0),
        ([1, 1, 1, 0, 0, 0], [1] * 6, 0.5),
        ([1, 0], [2, 1], 1.0),
        ([1, 0, 0, 0], [2, 1, 3, 0], 2 / 3),
    ],
)
def test_extremes_have_a_width(is_positive, scores, auc):
    low, high = delong_interval(is_positive, scores)
    assert 0.0 <= low <= auc <= high <= 1.0
    assert high - low > 0.3


def test_a_million_rows_take_little_time_and_have_a_narrow_interval():
    rng = np.random.default_rng(3)
    is_positive = rng.random(10**6) < 0.01
    low, high = delong_interval(is_positive, rng.normal(size=10**6) + is_positive)
    assert low < stats.norm.cdf(1 / math.sqrt(2)) < high
    assert high - low < 0.02


@pytest.mark.parametrize(
    ("auc", "spread", "m", "n"),
    [(0.8, 3, 10, 90), (0.95, 1, 10, 10), (0.99, 3, 50, 50), (0.999, 1, 200, 200)],
)
def test_the_interval_covers_the_area(auc, spread, m, n):
    rng = np.random.default_rng(4)
    shift = stats.norm.ppf(auc) * np.hypot(1, spread)
    is_positive = np.arange(m + n) < m
    n_covered = 0
    for _ in range(300):
        noise = rng.normal(size=m + n)
        low, high = delong_interval(
            is_positive, np.where(is_positive, shift + spread * noise, noise)
        )
        n_covered += low <= auc <= high
    # Coverages of 0.905 or more by benchmarks/honesty/auc_interval.py; below 250 of 300
    # less than once in 10^4.
    assert n_covered >= 250
