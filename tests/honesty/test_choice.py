"""The choice drawn again."""

from __future__ import annotations

import numpy as np
import pytest

from skhpo._honesty.choice import draw_choice, model_variance


def test_candidates_of_equal_worth_are_worth_what_they_are():
    # 400 data sets of 60 rows and 40 equal candidates of mean 0: the best one seems to be
    # worth .27; the mean of corrected scores errs by .01, of which 4 are allowed: 6e-5.
    rng = np.random.default_rng(0)
    naive, corrected = [], []
    for seed in range(400):
        V = rng.normal(size=(60, 40))
        naive.append(V.mean(axis=0).max())
        corrected.append(draw_choice(V, seed=seed, n_draws=100).score)
    assert np.mean(naive) > 0.25
    error = np.std(corrected) / 20
    assert error < 0.011
    assert abs(np.mean(corrected)) < 4 * error


def test_a_candidate_that_is_far_ahead_is_not_corrected():
    rng = np.random.default_rng(0)
    V = rng.normal(size=(200, 5))
    V[:, 2] += 10.0
    choice = draw_choice(V, seed=0)
    # The draws choose it always: what is left is the error of 500 means of 74 units.
    assert choice.shares[2] == 1.0
    assert choice.score == pytest.approx(V[:, 2].mean(), abs=4 * V[:, 2].std() / np.sqrt(74 * 500))
    assert choice.variance == pytest.approx(V[:, 2].var(ddof=1) / 200, rel=1e-4)


def test_the_same_seed_gives_the_same():
    V = np.random.default_rng(0).normal(size=(30, 6))
    first, again, other = (draw_choice(V, seed=seed) for seed in (1, 1, 2))
    assert first.score == again.score
    np.testing.assert_array_equal(first.p_values, again.p_values)
    assert first.score != other.score


def test_the_truly_best_is_among_those_that_may_be_the_best():
    # Of equal candidates any is the best: each must be kept in 95 % of 300 data sets.
    # Fewer than 90 % has a probability below 1e-3.
    rng = np.random.default_rng(1)
    kept = []
    for seed in range(300):
        V = rng.normal(size=(100, 1)) + rng.normal(size=(100, 30))
        kept.append(draw_choice(V, seed=seed, n_draws=200).p_values[0] > 0.05)
    assert np.mean(kept) >= 0.90


def test_worse_candidates_are_told():
    rng = np.random.default_rng(0)
    V = rng.normal(size=(400, 10)) * 0.5
    V[:, 5:] -= 1.0
    p_values = draw_choice(V, seed=0).p_values
    assert (p_values[5:] < 0.01).all()
    assert p_values[V.mean(axis=0).argmax()] == 1.0


def test_a_rule_of_ones_own_is_drawn_again():
    V = np.random.default_rng(0).normal(size=(50, 4))
    choice = draw_choice(V, seed=0, choose=lambda scores: np.full(len(scores), 3))
    assert choice.shares.tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("n_units", [2, 3, 10])
def test_few_units_and_equal_values(n_units):
    choice = draw_choice(np.ones((n_units, 3)), seed=0)
    assert choice.score == 1.0
    assert choice.variance == 0.0
    assert (choice.p_values == 1.0).all()


def test_variance_of_models_is_what_rows_do_not_explain():
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0.5])
    # 4,000 folds whose models differ by .3, scored on rows with a variance of .04: the
    # estimate of .09 errs by .13 * sqrt(2 / 4000) = .003.
    means = 0.3 * rng.normal(size=(4000, 2)) + 0.2 * rng.normal(size=(4000, 2))
    found = model_variance(means, np.full(means.shape, 0.04), shares)
    assert found == pytest.approx(0.09, abs=0.012)
    assert model_variance(means, np.full(means.shape, 1.0), shares) == 0.0
    assert model_variance(means[:1], np.full((1, 2), 0.04), shares) == 0.0


def test_a_single_candidate_has_no_optimism_in_any_draws():
    V = np.random.default_rng(0).normal(size=(50, 1))
    for seed in range(5):
        assert draw_choice(V, seed=seed, n_draws=20).score == pytest.approx(V.mean(), abs=1e-6)
