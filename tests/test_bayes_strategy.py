"""The Bayesian strategy: what it promises beyond the suite that every strategy passes.

`tests/testing/test_strategies.py` has the others: seeds, order, copies, spaces, scores.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from threadpoolctl import threadpool_limits

from skhpo import (
    BayesStrategy,
    Float,
    Int,
    RandomStrategy,
    SpaceExhaustedError,
)
from tests.surrogate.strategies import CONDITIONAL, FLOATS, MIXED, run, score_of

SPACES = {"floats": FLOATS, "mixed": MIXED, "conditional": CONDITIONAL}
all_spaces = pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)


# ------------------------------------------------------------------ determinism


def test_the_number_of_blas_threads_does_not_matter():
    found = []
    for limit in (1, 2):
        with threadpool_limits(limits=limit):
            found.append(run(BayesStrategy(MIXED, random_state=0), 14))
    assert found[0] == found[1]


# -------------------------------------------------------------------- candidates


@all_spaces
def test_origins_tell_where_candidates_come_from(space):
    strategy = BayesStrategy(space, random_state=0)
    n_columns = len(strategy.space.columns)
    origins = []
    for number in range(2 * n_columns + 2):
        candidate = strategy.ask()
        assert candidate.number == number
        strategy.tell(candidate, score_of(candidate.params))
        origins.append(candidate.origin)
    n_initial = origins.count("initial")
    assert 1 <= n_initial <= 1 + n_columns
    assert origins == ["initial"] * n_initial + ["model"] * (len(origins) - n_initial)


def test_the_centre_comes_first():
    first = BayesStrategy({"x": Float(2, 4), "n": Int(1, 9)}, random_state=5).ask()
    assert first.params == {"x": 3.0, "n": 5}


def test_every_branch_is_seen_first():
    strategy = BayesStrategy(CONDITIONAL, random_state=0)
    assert {strategy.ask().params["k"] for _ in range(3)} == {"rbf", "poly", "linear"}


def test_a_finite_space_with_far_tails_is_exhausted_without_repeats():
    strategy = BayesStrategy({"n": stats.binom(40, 0.5)}, random_state=0)
    asked = run(strategy, strategy.n_candidates, lambda params: params["n"])
    assert len({params["n"] for params in asked}) == len(asked) == strategy.n_candidates
    with pytest.raises(SpaceExhaustedError, match="candidates of the space were asked"):
        strategy.ask()


def test_repeated_choices_are_one_candidate():
    strategy = BayesStrategy({"a": [1, 1, 2]}, random_state=0)
    assert strategy.n_candidates == 2
    assert sorted(params["a"] for params in run(strategy, 2)) == [1, 2]


def test_distributions_are_searched():
    space = {"C": stats.loguniform(1e-3, 1e3), "n": stats.randint(1, 50), "z": stats.norm()}
    best = max(
        run(BayesStrategy(space, random_state=0), 25, lambda p: -abs(math.log10(p["C"]) - 1)),
        key=lambda p: -abs(math.log10(p["C"]) - 1),
    )
    assert best["C"] == pytest.approx(10, rel=0.3)


# ------------------------------------------------------------------------ pending


@all_spaces
def test_pending_candidates_are_not_proposed_again_and_spread(space):
    strategy = BayesStrategy(space, random_state=0)
    run(strategy, 10)
    pending = [strategy.ask() for _ in range(6)]
    codes = np.array([strategy.space.encode(c.params) for c in pending])
    for i in range(6):
        for j in range(i):
            same_branch = np.array_equal(np.isnan(codes[i]), np.isnan(codes[j]))
            # Without the fantasies all are within a step of the local search of each other.
            assert not same_branch or np.nanmax(np.abs(codes[i] - codes[j])) > 1e-3


def test_many_may_be_asked_before_one_is_told():
    strategy = BayesStrategy(FLOATS, random_state=0)
    candidates = [strategy.ask() for _ in range(70)]
    assert [c.origin for c in candidates] == ["initial"] * 64 + ["random"] * 6
    assert len({c.params["x"] for c in candidates}) == 70
    # Spread, not drawn: each sixteenth of the inner range has its four of 63, give or take one.
    x = np.array([(c.params["x"] - 0.12) / 0.76 for c in candidates[1:64]])
    assert set(np.histogram(x, 16, (0.0, 1.0))[0]) <= {3, 4}


def test_the_design_ends_where_something_is_told():
    strategy = BayesStrategy(FLOATS, random_state=0)
    candidates = [strategy.ask() for _ in range(5)]
    strategy.tell(candidates[0], 0.0)
    assert strategy.ask().origin == "model"


# ---------------------------------------------------------------------- statistics


def branches(params):
    """Optimum 1, in the branch with a parameter of its own."""
    if params["k"] == "b":
        return 0.5 - (params["s"] - 0.3) ** 2
    return 1 - (params["s"] - 0.7) ** 2 - 4 * (params["t"] - 0.2) ** 2


def test_fewer_trials_beat_random_search_where_a_branch_has_a_parameter_of_its_own():
    # Were both alike, Bayes with half of the trials would win at most half of the pairs,
    # and 7 of 7 with probability 2**-7; seeds are fixed, so nothing is drawn.
    space = [
        {"k": ["a"], "s": Float(0, 1), "t": Float(0, 1)},
        {"k": ["b"], "s": Float(0, 1)},
    ]
    wins = 0
    for seed in range(7):
        bayes = run(BayesStrategy(space, random_state=seed), 20, branches)
        random = run(RandomStrategy(space, random_state=seed), 40, branches)
        wins += max(map(branches, bayes)) > max(map(branches, random))
    assert wins == 7
