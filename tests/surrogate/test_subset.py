"""The model sees all of few trials, and of many the best and some of every rank."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skhpo import BayesStrategy, Float
from skhpo._surrogate.subset import MAX_FITTED, MAX_MODELLED, choose_modelled, count_fitted


@given(n=st.integers(1, 400), n_max=st.integers(2, 50), seed=st.integers(0, 99))
def test_chosen_rows_are_distinct_ascending_and_as_many_as_wanted(n, n_max, seed):
    z = np.random.default_rng(seed).normal(size=n).round(1)
    rows = choose_modelled(z, n_max)
    assert len(rows) == min(n, n_max)
    assert np.all(np.diff(rows) > 0)


def test_best_and_worst_are_chosen():
    z = np.random.default_rng(0).permutation(1000).astype(float)
    chosen = np.sort(z[choose_modelled(z, 100)])
    np.testing.assert_array_equal(chosen[-50:], np.arange(950, 1000))
    assert chosen[0] == 0
    assert np.diff(chosen[:50]).max() <= 20


@given(n=st.integers(1, 20000))
def test_hyper_parameters_are_found_from_nearly_all_trials(n):
    fitted = count_fitted(n)
    assert 0.96 * n <= fitted <= n
    assert n > MAX_FITTED or fitted == n


def test_hyper_parameters_are_found_anew_now_and_then():
    found = [count_fitted(n) for n in range(1000, 2000)]
    assert len(set(found)) < 50
    assert found == sorted(found)


def test_hundreds_of_trials_still_end_at_the_optimum():
    strategy = BayesStrategy({"x": Float(0, 1), "y": Float(0, 1)}, random_state=0)
    drawn = [strategy.ask() for _ in range(2 * MAX_MODELLED)]

    def score(params):
        return -((params["x"] - 0.31) ** 2) - (params["y"] - 0.77) ** 2

    for candidate in drawn:
        strategy.tell(candidate, score(candidate.params))
    before = max(score(candidate.params) for candidate in drawn)
    after = []
    for _ in range(5):
        candidate = strategy.ask()
        after.append(score(candidate.params))
        strategy.tell(candidate, after[-1])
    assert max(after) > before / 10
