"""Predictions under a budget of bytes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skhpo._honesty.store import ResponseStore
from skhpo._responses import Responses
from skhpo._trial import FoldResult

N_FOLDS = 3


def fold(number, fold, score, size=1_000, error=None):
    """A finished fold with `size` bytes of predictions."""
    if error is not None:
        return FoldResult(number, fold, None, error=error)
    responses = Responses({"predict": np.full(size, number, dtype=np.uint8)})
    return FoldResult(number, fold, {"score": score}, responses=responses)


def fill(store, results):
    """What is kept of the results, in their order."""
    for result in results:
        store.add(result)
    return store.end()


def candidates(scores, sizes=None):
    """Folds of candidates, by their scores."""
    sizes = [1_000] * len(scores) if sizes is None else sizes
    return [
        fold(number, k, score, size)
        for number, (score, size) in enumerate(zip(scores, sizes, strict=True))
        for k in range(N_FOLDS)
    ]


SCORES = st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4, math.nan]), min_size=1, max_size=30)
BUDGETS = st.sampled_from([20_000, 50_000, 120_000, math.inf])


@given(scores=SCORES, budget=BUDGETS, seed=st.integers(0, 99), data=st.data())
def test_what_is_kept_does_not_depend_on_the_order_of_folds(scores, budget, seed, data):
    sizes = data.draw(st.lists(st.integers(0, 2_000), min_size=len(scores), max_size=len(scores)))
    results = candidates(scores, sizes)
    shuffled = data.draw(st.permutations(results))
    kept = fill(ResponseStore(N_FOLDS, None, seed, budget), results)
    assert list(fill(ResponseStore(N_FOLDS, None, seed, budget), shuffled)) == list(kept)


@given(scores=SCORES, budget=BUDGETS, data=st.data())
def test_the_budget_is_kept_whatever_comes(scores, budget, data):
    sizes = data.draw(st.lists(st.integers(0, 5_000), min_size=len(scores), max_size=len(scores)))
    kept = fill(ResponseStore(N_FOLDS, None, 0, budget), candidates(scores, sizes))
    assert sum(r.n_bytes for folds in kept.values() for r in folds) <= budget


@given(scores=SCORES, budget=st.sampled_from([50_000, 120_000]))
def test_the_best_are_kept(scores, budget):
    store = ResponseStore(N_FOLDS, None, 0, budget)
    kept = fill(store, candidates(scores))
    # A fold takes 1,000 bytes and as many for Python's objects.
    n_best = budget // 2 // (N_FOLDS * 2_000)
    ranking = sorted(range(len(scores)), key=lambda k: (-np.nan_to_num(scores[k], nan=-9), k))
    assert set(ranking[:n_best]) <= set(kept)


def test_beside_the_best_there_is_a_sample_by_the_seed():
    results = candidates(np.linspace(0, 1, 200).tolist())
    first, again, other = (
        list(fill(ResponseStore(N_FOLDS, None, seed, 120_000), results)) for seed in (0, 0, 1)
    )
    assert first == again != other
    best = set(range(190, 200))
    assert best <= set(first)
    # Ten are drawn of 200: none in the lower half has a probability of 1e-3.
    assert min(set(first) - best) < 100
    assert len(first) <= 20


def test_within_the_budget_all_are_kept_as_they_were():
    kept = fill(ResponseStore(N_FOLDS, None, 0, 1e9), candidates([0.1] * 40))
    assert list(kept) == list(range(40))
    assert [r.get("predict")[0] for r in kept[7]] == [7, 7, 7]


def test_without_a_budget_all_are_kept_and_a_fold_may_take_anything():
    store = ResponseStore(N_FOLDS, None, 0, math.inf)
    assert store.max_fold_bytes == math.inf
    assert len(fill(store, candidates([0.1] * 40))) == 40


def test_a_fold_may_take_what_lets_ten_candidates_fit():
    assert ResponseStore(5, None, 0, 10_000).max_fold_bytes == 200


def test_tiny_folds_take_what_python_needs_for_them():
    # Leave-one-out on 500 rows: a byte a fold, and 1,000 for the objects.
    store = ResponseStore(500, None, 0, 5_100_000)
    kept = fill(store, [fold(n, k, 0.5, size=1) for n in range(30) for k in range(500)])
    assert len(kept) <= 10


def test_a_candidate_with_a_failed_or_missing_fold_is_not_kept():
    results = candidates([0.1, 0.2, 0.3])
    results[4] = fold(1, 1, 0.0, error="Traceback")
    assert list(fill(ResponseStore(N_FOLDS, None, 0, 1e9), results[:-1])) == [0]


@pytest.mark.parametrize("metric", [None, "score", "accuracy"])
def test_a_single_metric_is_found_by_any_name(metric):
    # A str as `refit` names the only metric too, which folds call "score".
    scores = np.linspace(0, 1, 100).tolist()
    kept = fill(ResponseStore(N_FOLDS, metric, 0, 60_000), candidates(scores))
    assert {95, 96, 97, 98, 99} <= set(kept)


def test_of_several_metrics_the_named_one_decides():
    def result(number, k):
        scores = {"first": 1.0 - number / 100, "second": number / 100}
        return FoldResult(number, k, scores, True, responses=fold(0, 0, 0).responses)

    results = [result(n, k) for n in range(100) for k in range(N_FOLDS)]
    assert set(range(5)) <= set(fill(ResponseStore(N_FOLDS, "first", 0, 60_000), results))
    kept = set(fill(ResponseStore(N_FOLDS, "second", 0, 60_000), results))
    assert set(range(95, 100)) <= kept
