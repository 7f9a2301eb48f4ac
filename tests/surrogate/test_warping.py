"""Warped scores keep the order, forget the scale, and are finite whatever was scored."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo._surrogate.warping import warp

SCORES = st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30).map(
    np.array
)
FINITE = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30).map(np.array)


@given(SCORES)
def test_any_scores_give_finite_ones(scores):
    warped = warp(scores)
    assert np.isfinite(warped.z).all()
    assert not math.isnan(warped.scale)


@given(FINITE)
def test_the_order_is_kept_and_equal_scores_stay_equal(scores):
    order = np.argsort(scores, kind="stable")
    steps = np.diff(warp(scores).z[order])
    assert np.all(steps >= -1e-12)
    np.testing.assert_allclose(steps[np.diff(scores[order]) == 0], 0, atol=1e-12)


def test_warped_scores_are_standardised():
    z = warp(np.random.default_rng(0).standard_cauchy(50)).z
    # Sums of fifty numbers near 1.
    assert abs(z.mean()) < 1e-14
    assert z.std() == pytest.approx(1)


@pytest.mark.parametrize("scale", [1e-300, 1e-100, 1e100, 1e300])
def test_scale_does_not_matter(scale):
    scores = np.random.default_rng(1).normal(size=20)
    np.testing.assert_allclose(warp(scale * scores).z, warp(scores).z, rtol=1e-9)
    assert warp(scale * scores).scale == pytest.approx(scale * warp(scores).scale)


def test_how_bad_the_bad_half_is_does_not_matter():
    scores = np.array([0.9, 0.8, 0.85, 0.5, 0.3, 0.1])
    worse = np.where(scores == 0.1, -1e50, scores)
    # The bad outlier sets the size that scores are divided by: what rounds away is 1e-17.
    np.testing.assert_allclose(warp(worse * 1e-50).z[3:], warp(worse).z[3:], atol=1e-12)
    milder = np.where(scores == 0.1, -30.0, scores)
    np.testing.assert_allclose(warp(milder).z, warp(scores).z, atol=1e-12)


def test_distances_above_the_median_are_kept():
    scores = np.array([0.0, 1.0, 2.0, 3.0, 5.0, 9.0])
    z, scale = warp(scores).z, warp(scores).scale
    np.testing.assert_allclose(np.diff(z[3:]) * scale, np.diff(scores[3:]))


def test_failures_count_as_the_worst_and_inf_as_the_best():
    z = warp(np.array([0.2, math.nan, 0.9, -math.inf, math.inf, 0.5])).z
    assert z[1] == z[3] == z[0] == z.min()
    assert z[4] == z[2] == z.max()


@pytest.mark.parametrize(
    "scores", [[0.3], [0.7, 0.7, 0.7], [math.nan] * 3, [-math.inf], [math.inf], [0.0, 0.0]]
)
def test_equal_scores_say_nothing(scores):
    warped = warp(np.array(scores))
    np.testing.assert_array_equal(warped.z, np.zeros(len(scores)))
    assert warped.scale == math.inf


def test_ties_at_the_best_leave_ranks():
    z = warp(np.array([1.0, 1.0, 1.0, 0.5, 0.2])).z
    assert z[0] == z[1] == z[2] > z[3] > z[4]


# ---------------------------------------------------------------------- the way back

# Differences below 1e-6 of the largest would be lost to rounding of the sums in between.
SEPARATE = st.lists(st.integers(-1000, 1000), min_size=1, max_size=30).map(
    lambda scores: np.array(scores, dtype=float)
)


@given(SEPARATE, st.sampled_from([1e-300, 1e-100, 1.0, 1e100, 1e300]))
def test_the_way_back_gives_the_scores(scores, scale):
    warped = warp(scale * scores)
    np.testing.assert_allclose(warped.invert(warped.z) / scale, scores, atol=1e-9)


@given(SCORES, st.lists(st.floats(-50, 50), min_size=2, max_size=20).map(sorted).map(np.array))
def test_the_way_back_never_decreases_and_deviations_are_not_negative(scores, z):
    warped = warp(scores)
    back = warped.invert(z)
    assert not np.isnan(back).any()
    # Products round; no step down is larger than that.
    finite = back[np.isfinite(back)]
    assert np.all(np.diff(finite) >= -1e-12 * np.abs(finite[1:]))
    spread = warped.invert_spread(z, np.abs(z))
    assert not np.isnan(spread).any()
    assert np.all(spread >= 0)


def test_above_the_median_the_way_back_is_straight_whatever_lies_beyond():
    scores = np.array([0.0, 1.0, 2.0, 3.0, 5.0, 9.0])
    warped = warp(scores)
    steps = np.array([0.0, 0.5, 1.0, 10.0])
    np.testing.assert_allclose(warped.invert(warped.z[3] + steps), 3.0 + warped.scale * steps)


def test_below_the_worst_the_lowest_slope_goes_on():
    warped = warp(np.array([0.0, 1.0, 4.0, 7.0, 8.0, 9.0]))
    slope = 1.0 / (warped.z[1] - warped.z[0])
    np.testing.assert_allclose(
        warped.invert(warped.z[0] - np.array([1.0, 3.0])), [-slope, -3 * slope]
    )


def test_deviations_between_straight_lines_are_those_of_the_slope():
    warped = warp(np.array([0.0, 1.0, 2.0, 3.0, 5.0, 9.0]))
    z = warped.z[4:]
    np.testing.assert_allclose(warped.invert_spread(z, np.full(2, 0.1)), 0.1 * warped.scale)


def test_below_the_median_deviations_are_wider_by_a_rank():
    warped = warp(np.array([0.0, 1.0, 2.0, 3.0, 5.0, 9.0]))
    # A rank to both sides of the second worst, whose neighbours are 1 away.
    spread = warped.invert_spread(warped.z[1:2], np.zeros(1))
    assert 0.5 < spread[0] < 1.5


def test_ties_at_the_best_go_on_as_just_below():
    warped = warp(np.array([1.0, 1.0, 1.0, 0.5, 0.2]))
    slope = 0.5 / (warped.z[0] - warped.z[3])
    np.testing.assert_allclose(warped.invert(warped.z[0] + np.array([1.0])), 1.0 + slope)
