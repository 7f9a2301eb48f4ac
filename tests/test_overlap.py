"""Overlap: found where rows were taken over, silent where data repeat themselves."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_iris

from skhpo._fingerprint import row_fingerprints
from skhpo._overlap import (
    LEVEL,
    Overlap,
    _Deal,
    _tail,
    _tails,
    chance_of_equal,
    count_overlap,
    duplication_rate,
)


def rows(*contents):
    return np.array(contents, dtype=np.uint64)


def distinct(n, start=0):
    return np.arange(start, start + n, dtype=np.uint64)


def deal(pool, n_test, rng):
    order = rng.permutation(len(pool))
    return pool[order[:n_test]], pool[order[n_test:]]


# Data with duplicates of their own: name, pool of 300 or so rows, share of test rows.
def _natural_data():
    rng = np.random.default_rng(0)
    flags = np.eye(6)[rng.integers(0, 6, (300, 3))].reshape(300, -1)
    normal = rng.standard_normal((150, 3))
    yield "iris", row_fingerprints(load_iris().data), 0.2
    yield "integer codes", row_fingerprints(rng.integers(0, 8, (300, 3))), 0.2
    yield "one-hot", row_fingerprints(flags), 0.25
    yield "heavy tail", row_fingerprints(rng.zipf(1.4, (300, 2))), 0.3
    yield "every row twice", row_fingerprints(np.repeat(normal, 2, axis=0)), 0.2
    yield "few values", row_fingerprints(rng.integers(0, 3, (300, 1))), 0.5
    yield "oversampled", row_fingerprints(normal[rng.integers(0, 150, 300)]), 0.2


NATURAL = [pytest.param(pool, share, id=name) for name, pool, share in _natural_data()]


# Statistics ---------------------------------------------------------------------------


@pytest.mark.parametrize(("pool", "share"), NATURAL)
def test_rows_dealt_by_chance_raise_no_alarm(pool, share):
    rng = np.random.default_rng(1)
    n_deals = 400
    p_values = [
        count_overlap(*deal(pool, int(share * len(pool)), rng)).p_value for _ in range(n_deals)
    ]
    # Under the null P(p <= a) <= a. Counts of 400 deals exceed these bounds, the mean
    # and five standard errors, with probability below 10^-5.
    for level in (0.1, 0.01):
        bound = level * n_deals + 5 * math.sqrt(level * n_deals)
        assert np.sum(np.array(p_values) <= level) < bound
    # 0.04 are expected; two or more come once in 1,300, three once in 10^5.
    assert np.sum(np.array(p_values) <= LEVEL) < 3


@pytest.mark.parametrize(("pool", "share"), NATURAL)
def test_rows_scored_before_raise_no_alarm_by_chance(pool, share):
    rng = np.random.default_rng(2)
    n_deals, n_test = 150, int(0.2 * len(pool))
    n_alarms = 0
    for _ in range(n_deals):
        test, rest = deal(pool, n_test, rng)
        n_alarms += count_overlap(test, rest[:n_test], rest[n_test:]).p_value <= 0.01
    assert n_alarms < 0.01 * n_deals + 5 * math.sqrt(0.01 * n_deals)


@pytest.mark.parametrize("n_planted", [10, 20, 60])
@pytest.mark.parametrize("n_test", [100, 120])
def test_rows_taken_over_are_found(n_test, n_planted):
    development = distinct(400)
    test = np.concatenate([development[:n_planted], distinct(n_test - n_planted, 1000)])
    overlap = count_overlap(test, development)
    assert overlap.is_significant
    assert overlap.n_seen == overlap.n_excess == n_planted
    assert overlap.is_half == (n_planted >= n_test / 2)


@pytest.mark.parametrize("n_natural", [0, 5, 22])
def test_a_tenth_taken_over_is_found_beside_natural_pairs(n_natural):
    # 1,200 rows, of which up to 3.7 % have a duplicate; 30 of 300 test rows taken over.
    rng = np.random.default_rng(3)
    pool = np.concatenate([distinct(1200 - n_natural), distinct(n_natural)])
    found = 0
    for _ in range(20):
        test, development = deal(pool, 300, rng)
        test[:30] = rng.choice(development, 30, replace=False)
        found += count_overlap(test, development).is_significant
    assert found == 20


@pytest.mark.parametrize("size", [5, 40])
def test_a_tenth_taken_over_is_found_beside_natural_clusters(size):
    # 1,000 rows, of which 4 % are in clusters; 20 of 200 test rows taken over.
    rng = np.random.default_rng(3)
    pool = np.concatenate([np.repeat(distinct(40 // size), size), distinct(960, 1000)])
    found = 0
    for _ in range(20):
        test, development = deal(pool, 200, rng)
        test[:20] = rng.choice(development, 20, replace=False)
        found += count_overlap(test, development).is_significant
    # As in all of 1,000 such deals with another seed.
    assert found == 20


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_the_share_taken_over_is_estimated_without_bias(share):
    rng = np.random.default_rng(4)
    pool = row_fingerprints(rng.integers(0, 12, (2000, 3)))  # half of the rows are duplicates
    shares = []
    for _ in range(50):
        test, development = deal(pool, 400, rng)
        test[: int(share * 400)] = rng.choice(development, int(share * 400), replace=False)
        overlap = count_overlap(test, development)
        assert overlap.is_significant or share < 0.5
        shares.append(overlap.share)
    # 50 estimates with a deviation near 0.03: five standard errors.
    assert np.mean(shares) == pytest.approx(share, abs=0.02)


def test_draws_of_the_same_rows_again_are_found():
    """A second split of the same data: a fifth of its test rows were scored before."""
    rng = np.random.default_rng(5)
    spent, _ = deal(distinct(1000), 200, rng)
    test, development = deal(distinct(1000), 200, rng)
    overlap = count_overlap(test, spent, development)
    assert overlap.is_significant
    assert not overlap.is_half
    assert overlap.n_seen == np.isin(test, spent).sum()


# Reference values ---------------------------------------------------------------------


@pytest.mark.parametrize("n_pairs", [1, 2, 5, 10])
def test_tail_of_pairs_is_binomial(n_pairs):
    """Each of a few pairs in a large pool is divided with probability 2 f (1 - f)."""
    test = np.concatenate([distinct(n_pairs), distinct(20_000 - n_pairs, 10**6)])
    development = np.concatenate([distinct(n_pairs), distinct(80_000 - n_pairs, 10**7)])
    exact = stats.binom.sf(n_pairs - 1, n_pairs, 2 * 0.2 * 0.8)
    # The formula is an expansion: a few per cent where one pair is all there is.
    assert count_overlap(test, development).p_value == pytest.approx(exact, rel=0.15)


@pytest.mark.parametrize(("pool", "share"), NATURAL[1:4])
def test_tail_equals_counts_of_deals(pool, share):
    rng = np.random.default_rng(6)
    n_test = int(share * len(pool))
    deals = [deal(pool, n_test, rng) for _ in range(2000)]
    contents, n_copies = np.unique(pool, return_counts=True)
    pairs = contents[n_copies == 2]
    # The two statistics: all contents, and pairs only.
    for number, counted in enumerate((contents, pairs)):
        seen = np.array([(np.isin(*d) & np.isin(d[0], counted)).sum() for d in deals])
        by_seen = {}
        for n, d in zip(seen, deals, strict=True):
            if n not in by_seen:
                by_seen[n] = _tails(*d, rows())[number]
        for n, p in by_seen.items():
            # Below five deals the share is no normal variable.
            if n > seen.mean() + 1 and p * len(deals) >= 5:
                share_seen = np.mean(seen >= n)
                # Once in 15,000; about 100 are made.
                error = 4 * math.sqrt(p * (1 - p) / len(deals))
                assert p == pytest.approx(share_seen, abs=error + 0.1 * p)


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True),
    st.floats(0.01, 0.6),
    st.floats(0.05, 1.0),
    st.floats(0.1, 6.0),
    st.floats(0.0, 0.9),
    st.data(),
)
def test_derivatives_of_cumulants_are_those_of_differences(copies, f, share, v, b, data):
    is_counted = data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=4, max_size=4))
    m = np.array(copies, dtype=float)
    dealt = _Deal(m, np.ones(len(m)), f, share * (1.0 - f), np.array(is_counted[: len(m)]))
    low, middle, high = (dealt.cumulants(v + step, b) for step in (-1e-4, 0.0, 1e-4))
    # Second-order differences: an error of 1e-8 times the third derivative, which is below
    # m^3, and of rounding.
    for order in (0, 1):
        difference = (high[order] - low[order]) / 2e-4
        assert middle[order + 1] == pytest.approx(difference, rel=1e-4, abs=1e-4)


def test_duplication_rate_is_the_share_of_repeated_rows():
    assert duplication_rate(rows(1, 1, 2, 3, 3, 3), 5) == pytest.approx(5 / 6)
    assert duplication_rate(rows(1, 1, 2, 3, 3, 3), 10**6) == pytest.approx(5 / 6)
    assert duplication_rate(distinct(100), 99) == 0.0
    assert duplication_rate(rows(7, 7), 1) == 1.0
    assert duplication_rate(rows(7), 5) == duplication_rate(rows(), 5) == 0.0


@given(st.lists(st.integers(0, 4), min_size=2, max_size=8), st.data())
def test_duplication_rate_is_the_mean_over_draws(contents, data):
    n_others = data.draw(st.integers(1, len(contents) - 1))
    expected = []
    for number, content in enumerate(contents):
        others = contents[:number] + contents[number + 1 :]
        n_twins = others.count(content)
        # No twin among the drawn: hypergeometric.
        expected.append(1 - stats.hypergeom.pmf(0, len(others), n_twins, n_others))
    assert duplication_rate(rows(*contents), n_others) == pytest.approx(np.mean(expected))


# Extremes -----------------------------------------------------------------------------


def test_one_natural_pair_is_no_alarm():
    overlap = count_overlap(distinct(30), np.concatenate([distinct(1), distinct(119, 100)]))
    assert overlap.n_seen == 1
    assert not overlap.is_significant
    assert overlap.is_conclusive


def test_half_of_the_rows_is_half_beside_a_natural_pair():
    iris = row_fingerprints(load_iris().data)  # 101 and 142 are equal
    test = np.concatenate([iris[:15], distinct(15)])
    overlap = count_overlap(test, iris[:143])
    assert 0.0 < overlap.n_expected < 1.0
    assert overlap.n_excess == 15
    assert overlap.is_half


def test_rows_of_few_values_are_inconclusive():
    flags = np.random.default_rng(0).integers(0, 2, 1000).astype(np.uint64)
    overlap = count_overlap(flags[:200], flags[200:])
    assert overlap.n_seen == 200
    assert not overlap.is_significant
    assert not overlap.is_conclusive
    assert "too few" in str(overlap)


def test_a_test_set_of_few_values_is_known_as_a_set():
    rng = np.random.default_rng(0)
    cells = rng.integers(0, 16, 1000).astype(np.uint64)
    test, development = deal(cells, 200, rng)
    overlap = count_overlap(test, rng.permutation(test), development)
    assert overlap.is_half
    assert overlap.n_excess == 200
    # Another test set of these rows is not, nor is one that chance makes equal.
    assert not count_overlap(development[:200], test, development[200:]).is_significant
    flags = np.repeat(distinct(2), 10)
    assert not count_overlap(flags[5:15], flags[5:15], flags[:10]).is_significant


def test_chance_of_equal_numbers_is_hypergeometric():
    # 3 of 5 red and 2 of 15 blue rows are drawn.
    test, rest = rows(1, 1, 1, 2, 2), rows(*[1] * 2, *[2] * 13)
    expected = stats.hypergeom.pmf(3, 20, 5, 5)
    assert chance_of_equal(test, test[::-1], rest) == pytest.approx(expected)
    assert chance_of_equal(test, rows(1, 1, 2, 2, 2), rest) == 1.0


def test_a_single_test_row_is_inconclusive_against_few_rows():
    overlap = count_overlap(distinct(1), distinct(50))
    assert not overlap.is_significant
    assert not overlap.is_conclusive


def test_the_same_rows_twice_are_all_overlap():
    for n in (20, 1000):
        overlap = count_overlap(distinct(n), distinct(n))
        assert overlap.is_half
        assert overlap.share == 1.0


@pytest.mark.parametrize("n_development", [20, 88, 354, 10_000])
@pytest.mark.parametrize("n_test", [10, 88, 1000])
@pytest.mark.parametrize("own", [0.0, 0.1, 0.3])
def test_the_same_rows_scored_again_are_known_whatever_their_number(n_test, n_development, own):
    n = n_test + n_development
    n_pairs = int(own * n / 2)
    pool = np.concatenate([np.repeat(distinct(n_pairs), 2), distinct(n - 2 * n_pairs, 10**6)])
    test, development = deal(pool, n_test, np.random.default_rng(0))
    assert count_overlap(test, test, development).is_half


def test_more_test_rows_than_rows_seen():
    overlap = count_overlap(distinct(1000), distinct(30))
    assert overlap.n_seen == 30
    assert overlap.is_significant
    assert not overlap.is_half


def test_counts_at_the_mean_and_beyond_the_possible():
    # One pair, and a test set a row short of half: the mean is 0.4999995.
    test, seen = distinct(499), np.concatenate([distinct(1), distinct(499, 1000)])
    assert count_overlap(test, seen).p_value == 0.5
    deal = _Deal(np.array([1.0, 2.0]), np.array([997.0, 1.0]), 0.499, 0.501, np.ones(2))
    assert _tail(2, 499, deal) == 0.0


def test_nothing_to_compare():
    for test, seen in ((distinct(0), distinct(5)), (distinct(5), distinct(0))):
        overlap = count_overlap(test, seen)
        assert (overlap.n_seen, overlap.p_value, overlap.share) == (0, 1.0, 0.0)
        assert not overlap.is_conclusive


@given(
    st.lists(st.integers(0, 20), min_size=1, max_size=40),
    st.lists(st.integers(0, 20), min_size=1, max_size=40),
    st.lists(st.integers(0, 20), max_size=40),
)
def test_every_overlap_is_finite_and_in_range(test, seen, development):
    for reference in (None, rows(*development)) if development else (None,):
        overlap = count_overlap(rows(*test), rows(*seen), reference)
        assert 0.0 <= overlap.p_value <= 1.0
        assert 0.0 <= overlap.n_excess <= overlap.n_seen <= len(test)
        assert 0.0 <= overlap.n_expected <= len(test)


@given(st.integers(0, 2**32 - 1))
def test_order_of_rows_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    test, development = deal(rng.integers(0, 50, 60).astype(np.uint64), 20, rng)
    shuffled = count_overlap(rng.permutation(test), rng.permutation(development))
    assert shuffled == count_overlap(test, development)


# Messages -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overlap", "text"),
    [
        (Overlap(10, 0, 50, 0.0, 0, 1.0, True), "0 of 10 rows"),
        (Overlap(10, 1, 50, 0.5, 1, 0.3, True), "1 of 10 rows, which .* duplicates explain"),
        (Overlap(10, 9, 50, 0.5, 9, 0.0, True), "9 of 10 rows, where .* are about 0.5"),
        (Overlap(10, 10, 50, 10.0, 0, 1.0, False), "10 of 10 rows; too few rows"),
    ],
)
def test_an_overlap_says_how_many(overlap, text):
    assert re.fullmatch(text + ".*", str(overlap))
