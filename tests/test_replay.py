"""A strategy that has its candidates from a checkpoint is the one that proposed them."""

from __future__ import annotations

import copy
import math
import pickle
import time

import numpy as np
import pytest
from scipy import stats
from sklearn.linear_model import Ridge

from skhpo import (
    BayesStrategy,
    Candidate,
    Float,
    GridStrategy,
    Int,
    RandomStrategy,
    SpaceExhaustedError,
    maximize,
)
from skhpo._dimensions.domain import is_copy
from tests.surrogate.strategies import CONDITIONAL, FLOATS, MIXED, score_of

SPACES = {
    "floats": FLOATS,
    "mixed": MIXED,
    "conditional": CONDITIONAL,
    "distributions": {
        "z": stats.norm(3, 2),
        "C": stats.loguniform(1e-3, 1e3),
        "n": stats.poisson(4),
    },
    "overlapping": [{"x": Float(0, 1)}, {"x": Float(0.5, 2)}, {"x": [0.25, 0.75]}],
    "lists": {"a": [1, 2, 3], "b": [1, 1.0, True, "1"], "c": [None, "x"]},
    "overlapping lists": [{"a": [1, 2, 3], "b": ["x", "y"]}, {"a": [2, 3, 4], "b": ["x", "y"]}],
    "large lists": {"a": list(range(300)), "b": list(range(300))},
    "integers": {"n": Int(1, 10**9), "m": Int(1, 512), "k": Int(1, 10**6, log=True)},
}


def value(params):
    """Score of any parameters; every seventh or so fails."""
    text = repr(sorted(params.items()))
    numbers = [v for v in params.values() if isinstance(v, int | float) and not isinstance(v, bool)]
    return math.nan if len(text) % 7 == 0 else -sum(math.log1p(abs(v)) for v in numbers)


def tell(strategy, candidate):
    """Tell one trial: with noise, and every fifth stopped at a share of its folds."""
    if candidate.number % 5 == 4:
        strategy.tell(candidate, value(candidate.params), noise=0.1, status="stopped", budget=0.4)
    else:
        strategy.tell(candidate, value(candidate.params), noise=0.05)


def run_both(make, n, lag):
    """Run one strategy and replay it with another, `lag` - 1 trials pending at every ask."""
    asked, replayed = make(), make()
    candidates = []
    for number in range(n):
        if number >= lag:
            tell(asked, candidates[number - lag])
            tell(replayed, candidates[number - lag])
        try:
            candidates.append(asked.ask())
        except SpaceExhaustedError:
            break
        # As a file and another process give them.
        params = pickle.loads(pickle.dumps(candidates[-1].params))
        assert replayed.replay(params, candidates[-1].origin) == candidates[-1]
    return asked, replayed, candidates


def go_on(strategy, candidates, n=3):
    """Tell all that is pending, ask `n` more and tell them."""
    for candidate in candidates[-2:]:
        tell(strategy, candidate)
    found = []
    for _ in range(n):
        try:
            found.append(strategy.ask())
        except SpaceExhaustedError:
            return found
        tell(strategy, found[-1])
    return found


# With trials pending; without, the suite of all strategies replays.
@pytest.mark.parametrize(("name", "lag"), [("mixed", 1), *((name, 3) for name in SPACES)])
def test_replayed_bayes_goes_on_to_the_last_bit(name, lag):
    def make():
        return BayesStrategy(SPACES[name], random_state=3)

    asked, replayed, candidates = run_both(make, 14, lag)
    assert go_on(asked, candidates) == go_on(replayed, candidates)


def test_replay_of_given_candidates_goes_on_alike():
    def make():
        given = [{"x": 0.25}, {"x": 0.125, "y": 0.1 + 0.2}]
        return BayesStrategy(MIXED, random_state=3, initial_params=given)

    asked, replayed, candidates = run_both(make, 12, 2)
    assert [c.origin for c in candidates[:2]] == ["initial", "initial"]
    assert go_on(asked, candidates) == go_on(replayed, candidates)


def test_replay_after_old_trials_goes_on_alike():
    old = maximize(lambda **params: score_of(params), MIXED, n_iter=15, random_state=8).trials

    def make():
        return BayesStrategy(MIXED, random_state=3, initial_trials=old)

    asked, replayed, candidates = run_both(make, 10, 2)
    assert go_on(asked, candidates) == go_on(replayed, candidates)


@pytest.mark.parametrize("name", ["mixed", "lists", "overlapping lists"])
def test_replayed_random_and_grid_go_on_alike(name):
    for make in (
        lambda: RandomStrategy(SPACES[name], random_state=3),
        lambda: GridStrategy(SPACES[name]),
    ):
        asked, replayed, candidates = run_both(make, 10, 1)
        assert go_on(asked, candidates) == go_on(replayed, candidates)


def test_replay_stands_between_asks_and_copies():
    asked, replayed, candidates = run_both(lambda: BayesStrategy(FLOATS, random_state=0), 9, 1)
    copied = copy.deepcopy(replayed)
    assert go_on(copied, candidates, 6) == go_on(asked, candidates, 6)


def test_replay_optimises_nothing():
    drawing = RandomStrategy(MIXED, random_state=0)
    params = [drawing.ask().params for _ in range(300)]
    strategy = BayesStrategy(MIXED, random_state=0)
    started = time.process_time()
    for each in params:
        strategy.tell(strategy.replay(each, "model"), score_of(each))
    # A hundred suggestions take 3 s.
    assert time.process_time() - started < 1.0
    assert strategy.ask().number == 300


def test_bayes_refuses_what_it_cannot_have_given_and_stays_as_it_was():
    strategy = BayesStrategy(MIXED, random_state=0, initial_params={"x": 0.5})
    first = BayesStrategy(MIXED, random_state=0, initial_params={"x": 0.5}).ask()
    with pytest.raises(ValueError, match=r"`params` and `origin` must be those of candidate 0, "):
        strategy.replay({**first.params, "x": 0.25}, "initial")
    assert strategy.replay(first.params, "initial") == first
    with pytest.raises(ValueError, match="must have the parameters of one dict of the space"):
        strategy.replay({"x": 0.5}, "model")
    with pytest.raises(ValueError, match="Parameter 'c': the value must be one of"):
        strategy.replay({**first.params, "c": "d"}, "model")
    assert strategy.ask().number == 1


def test_a_finite_space_is_exhausted_by_replay_too():
    strategy = BayesStrategy({"a": [1, 2]}, random_state=0)
    for a in (2, 1):
        strategy.replay({"a": a}, "initial")
    with pytest.raises(SpaceExhaustedError, match="All 2 candidates of the space were asked"):
        strategy.replay({"a": 1}, "model")


@pytest.mark.parametrize(
    "make", [GridStrategy, lambda space: RandomStrategy(space, random_state=0)]
)
def test_another_grid_or_seed_is_named(make):
    space = {"a": list(range(20))}
    first = make(space).ask()
    message = r"`params` and `origin` must be those of candidate 0, .* got \{'a': -1\} and "
    with pytest.raises(ValueError, match=message):
        make(space).replay({"a": -1}, first.origin)
    other = "model"
    with pytest.raises(ValueError, match="and 'model'; replay what a strategy of the same space"):
        make(space).replay(first.params, other)


class Opaque:
    """Equal to nothing but itself."""


def double(x):
    return 2 * x


COPIES = [
    (1.5, np.float64(1.5)),
    (3, np.int64(3)),
    (math.nan, float("nan")),
    ("a", np.str_("a")),
    (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
    ((1, [2, math.nan]), (1, [2, math.nan])),
    ({"a": np.arange(3)}, {"a": np.arange(3)}),
    (Ridge(alpha=2.0), Ridge(alpha=2.0)),
    ([Ridge(), None], [Ridge(), None]),
    (double, double),
    (Opaque(), Opaque()),
    (None, None),
]
OTHERS = [
    (1, 1.0),
    (1, True),
    (1.0, 1.5),
    ({"a": 1}, {"a": True}),
    (np.arange(3), np.arange(4)),
    (np.arange(3), np.arange(3.0)),
    ((1, 2), [1, 2]),
    ((1, 2), (1, 2, 3)),
    (Ridge(), Ridge(alpha=2.0)),
    (Ridge, Ridge()),
    (double, score_of),
    (None, "None"),
    ("a", "b"),
]


@pytest.mark.parametrize(("a", "b"), COPIES, ids=lambda value: type(value).__name__)
def test_copies_are_known_again(a, b):
    assert is_copy(a, b)
    assert is_copy(b, a)


@pytest.mark.parametrize(("a", "b"), OTHERS, ids=lambda value: type(value).__name__)
def test_what_is_no_copy_is_told_apart(a, b):
    assert not is_copy(a, b)
    assert not is_copy(b, a)


def test_candidates_with_objects_are_replayed():
    space = {"c": [None, (1, 2), Ridge(), Ridge(2.0), np.arange(3), {"a": 1}], "x": Float(0, 1)}
    asked, replayed = (RandomStrategy(space, random_state=0) for _ in range(2))
    for number in range(8):
        candidate = asked.ask()
        copied = pickle.loads(pickle.dumps(candidate.params))
        found = replayed.replay(copied, candidate.origin)
        assert isinstance(found, Candidate)
        assert found.number == number
        assert found.params["c"] is candidate.params["c"]
